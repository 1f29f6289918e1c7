// CheckedSource: guards the lab against a source of somebody else. A record that Kinesis would not
// take ends the run with an error.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_CHECKED_SOURCE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_CHECKED_SOURCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/lab/key_source.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time. `source` outlives it.
class CheckedSource final : public KeySource {
 public:
  explicit CheckedSource(KeySource& source) : source_(source) {}

  // kInvalidArgument, with the record's number from 1: its key is empty, not UTF-8 or longer than
  // 256 characters, its bytes are fewer than those of its key or more than 10 MiB, or its time is
  // before 1970.
  absl::StatusOr<bool> Next(KeyRecord* record) override;

  absl::Status Rewind() override;
  std::string description() const override { return source_.description(); }
  bool has_times() const override { return source_.has_times(); }
  bool has_hash_keys() const override { return source_.has_hash_keys(); }
  double progress() const override { return source_.progress(); }
  std::vector<SkippedLines> skipped() const override { return source_.skipped(); }
  std::vector<std::string> notes() const override { return source_.notes(); }

 private:
  KeySource& source_;
  uint64_t number_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_CHECKED_SOURCE_H_
