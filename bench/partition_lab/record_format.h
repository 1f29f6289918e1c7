// RecordFormat: finds the partition key, and if wanted the size, the time and the hash key, in the
// records of a text: fields of lines, a web server's log, CSV, or JSON lines.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_FORMAT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_FORMAT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace kinesis::lab {

class TextInput;

// The reasons for which a line cannot be used.
enum class BadLine {
  kMissingColumn,
  kMalformed,  // not CSV, not JSON
  kNotText,    // a JSON key that is neither text nor a number nor a truth value
  kEmptyKey,
  kNotUtf8,
  kKeyTooLong,
  kBadSize,
  kBadTime,
  kBadHashKey,
  kTooLarge,
};
inline constexpr int kBadLineKinds = 10;
// The name of a reason, such as "missing column".
std::string_view BadLineName(BadLine kind);

struct LineProblem {
  BadLine kind = BadLine::kMalformed;
  std::string message;  // what is wrong, without the line number
};

// The columns of the parts of a record. In tables (fields, log, csv) they are numbers from 1, or
// names from the header; 0 is the whole line, except in CSV. In JSON they are names of members, or
// pointers (RFC 6901) such as "/user/id". The empty text: there is none.
struct Columns {
  std::string key = "1";
  std::string size = {};  // none: the record counts with the bytes of its text
  // Several with commas between them are joined by blanks: "1,2" for a date and a time of day.
  std::string time = {};
  std::string hash_key = {};  // an explicit hash key, in decimal
};

// A record as it stands in the text; the views are valid until the next one is read.
struct RawRecord {
  uint64_t line = 0;        // where it begins
  uint64_t text_bytes = 0;  // of its line or lines, without the last line's end
  std::string_view key;
  std::string_view size;
  std::string_view time;
  std::string_view behind_time;  // tables: the field that follows those of the time, if any
  std::string_view hash_key;
};

struct FormatOptions {
  // "fields": lines cut at the delimiter, which means nothing else. "log": lines cut at blanks,
  // where text in quotes or in square brackets is one field, as web servers and load balancers
  // write it. "csv": RFC 4180. "json": an object on each line.
  std::string name = "fields";
  Columns columns = {};
  // The delimiter of fields and csv: one character, or "tab", "comma", "semicolon", "pipe" or
  // "blanks" (any number of blanks and tabs; fields only). Empty: a comma for csv; for fields a tab
  // if the first record has one, otherwise blanks.
  std::string delimiter = {};
  // Tables: the first record names the columns. So it does when a column is given by a name, unless
  // a #Fields line of the W3C's extended log format names them.
  bool header = false;
  // Lines that begin with this are no records; empty: none do. The directives of the W3C's extended
  // log format (#Version:, #Fields:, ...) and of Zeek (#separator, #fields, ...) never are.
  std::string comment = {};
};

// Thread-compatible: one thread at a time.
class RecordFormat {
 public:
  enum class Result { kRecord, kProblem, kEnd };

  virtual ~RecordFormat() = default;

  // Reads the next record: fills in `*record`, or of a record that cannot be used its line and
  // `*problem`. An error is one that no skipping can mend.
  virtual absl::StatusOr<Result> Read(TextInput& input, RawRecord* record,
                                      LineProblem* problem) = 0;

  // Is to be called when the input has been rewound.
  virtual void Restart() = 0;

  // The number of lines that were comments, since the beginning.
  virtual uint64_t comments() const = 0;

  // The way in which lines are cut, for the head of a report: "fields cut at tabs", "csv". It is
  // known when the first record has been read.
  virtual std::string description() const = 0;
};

// Makes the format of that name. kInvalidArgument: the options make no sense together, and the
// message names which.
absl::StatusOr<std::unique_ptr<RecordFormat>> NewRecordFormat(const FormatOptions& options);

// --- For the formats themselves ------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<RecordFormat>> NewTableFormat(const FormatOptions& options);
absl::StatusOr<std::unique_ptr<RecordFormat>> NewJsonFormat(const FormatOptions& options);

// Cuts a list at its commas, into one part at least.
std::vector<std::string> SplitAtCommas(std::string_view list);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_FORMAT_H_
