// RowReader: cuts a line of a table, or the lines of one record, into fields.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_ROW_READER_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_ROW_READER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/record_format.h"
#include "kinesis_core/lab/text_input.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class RowReader {
 public:
  using Result = RecordFormat::Result;

  virtual ~RowReader() = default;

  // Cuts `line`, which is without its end and was read from `input` last, and reads further lines
  // if the record goes on there. Adds their bytes to `record->text_bytes`, which has those of
  // `line`. Leaves `*fields` with views that are valid until the next call or the next line is
  // read.
  virtual absl::StatusOr<Result> Read(std::string_view line, TextInput& input, RawRecord* record,
                                      LineProblem* problem,
                                      std::vector<std::string_view>* fields) = 0;

  // True if a time with a zone behind a blank becomes two fields.
  virtual bool cuts_times() const { return false; }

  // As RecordFormat::description: "fields cut at tabs", "csv".
  virtual std::string description() const = 0;
};

// Cuts at any number of blanks and tabs, as awk does.
std::unique_ptr<RowReader> NewBlankRows();
// Cuts at every `delimiter`, so that fields may be empty.
std::unique_ptr<RowReader> NewDelimitedRows(char delimiter);
// Cuts at blanks; "..." with \" and \\ in it, and [...], are one field without what encloses it.
std::unique_ptr<RowReader> NewLogRows();
// Cuts as RFC 4180 has it, with that delimiter: quoted fields may hold delimiters, line ends and
// doubled quotes.
std::unique_ptr<RowReader> NewCsvRows(char delimiter);

// Returns a delimiter as messages name it: "tabs", "commas", "'x'".
std::string DelimiterName(char delimiter);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_ROW_READER_H_
