// RecordFormat: finds the partition key, and if wanted the size and the time, in the records of a
// text: fields of lines, CSV, or JSON lines.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_FORMAT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_FORMAT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/partition_lab/text_input.h"

namespace kinesis::lab {

// Why a line cannot be used.
enum class BadLine {
  kMissingColumn,
  kMalformed,  // not CSV, not JSON
  kNotText,    // a JSON key that is neither text nor a number nor a truth value
  kEmptyKey,
  kNotUtf8,
  kKeyTooLong,
  kBadSize,
  kBadTime,
  kTooLarge,
};
inline constexpr int kBadLineKinds = 9;
// Such as "missing column".
std::string_view BadLineName(BadLine kind);

struct LineProblem {
  BadLine kind = BadLine::kMalformed;
  std::string message;  // what is wrong, without the line number
};

// Which columns hold what. Fields of lines: numbers from 1, or 0 for the whole line. CSV: numbers
// from 1, or names from the header. JSON: names of members, or JSON pointers such as "/user/id".
struct Columns {
  std::string key = "1";
  std::string size = {};  // empty: the record counts with the bytes of its text
  std::string time = {};  // empty: there is none
};

// One record as found; the views are valid until the next one is read.
struct RawRecord {
  uint64_t line = 0;        // where it begins
  uint64_t text_bytes = 0;  // of its line or lines, without the last line's end
  std::string_view key;
  std::string_view size;
  std::string_view time;
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

  // To be called when the input has been rewound.
  virtual void Restart() {}
};

// Lines cut at blanks and tabs, as awk does. kInvalidArgument: a column is not a number.
absl::StatusOr<std::unique_ptr<RecordFormat>> NewFieldsFormat(const Columns& columns);

// CSV as RFC 4180 defines it: quoted fields may hold commas, line ends and doubled quotes. `header`
// says that the first record names the columns; so does a column that is given by name.
absl::StatusOr<std::unique_ptr<RecordFormat>> NewCsvFormat(const Columns& columns, bool header);

// One JSON object on each line. Numbers and truth values serve as keys by their JSON text.
absl::StatusOr<std::unique_ptr<RecordFormat>> NewJsonFormat(const Columns& columns);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_FORMAT_H_
