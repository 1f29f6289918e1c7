// FileSource: records from the lines of a file or of standard input.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_FILE_SOURCE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_FILE_SOURCE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/record_format.h"

namespace kinesis::lab {

struct FileSourceOptions {
  std::string path = {};  // "-" is standard input; gzip and zstd are decompressed
  FormatOptions format = {};
  std::string time_format = "rfc3339";  // see TimeFormat (time_format.h)
  std::string time_zone = "UTC";        // of times without one
  // Records before this time, a date or a time of iso8601, cannot be used; empty: all can.
  std::string time_min = {};
  // Leave lines that cannot be used out, and count them; otherwise they are errors.
  bool skip_bad_lines = false;
};

// kInvalidArgument, kNotFound: the options or the file are wrong. The source's Next gives
// kInvalidArgument for a line that cannot be used.
absl::StatusOr<std::unique_ptr<KeySource>> NewFileSource(const FileSourceOptions& options);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_FILE_SOURCE_H_
