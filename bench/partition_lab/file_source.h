// FileSource: records from the lines of a file or of standard input.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_FILE_SOURCE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_FILE_SOURCE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bench/partition_lab/key_source.h"
#include "bench/partition_lab/record_format.h"

namespace kinesis::lab {

struct FileSourceOptions {
  std::string path = {};          // "-" is standard input
  std::string format = "fields";  // fields, csv or json
  bool csv_header = false;
  Columns columns = {};
  // "unix_s" (with or without decimals), "unix_ms", "rfc3339", or a format of absl::ParseTime,
  // which is that of strptime; without a zone, UTC.
  std::string time_format = "rfc3339";
  // Leave lines that cannot be used out, and count them; otherwise they are errors.
  bool skip_bad_lines = false;
};

// kInvalidArgument, kNotFound: the options or the file are wrong. The source's Next gives
// kInvalidArgument for a line that cannot be used.
absl::StatusOr<std::unique_ptr<KeySource>> NewFileSource(const FileSourceOptions& options);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_FILE_SOURCE_H_
