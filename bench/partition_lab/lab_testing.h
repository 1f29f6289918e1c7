// Sources, files and maps for the tests of the lab.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LAB_TESTING_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LAB_TESTING_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/shard_map.h"

namespace kinesis::lab {

// Writes `text` to a file of its own and returns the path.
std::string WriteFile(std::string_view text);

// A record that owns its key.
struct OwnedRecord {
  std::string key;
  uint64_t bytes = 0;
  int64_t unix_time_ns = 0;

  friend bool operator==(const OwnedRecord&, const OwnedRecord&) = default;
};

// The records of a source up to its end or its first error.
struct Outcome {
  std::vector<OwnedRecord> records;
  absl::Status status;

  std::vector<std::string> keys() const;
};
Outcome ReadAll(KeySource& source);

// Records that a test made up.
class ListSource final : public KeySource {
 public:
  explicit ListSource(std::vector<OwnedRecord> records, bool has_times = false)
      : records_(std::move(records)), has_times_(has_times) {}

  absl::StatusOr<bool> Next(KeyRecord* record) override;
  absl::Status Rewind() override;
  std::string description() const override { return "a list"; }
  bool has_times() const override { return has_times_; }
  double progress() const override { return 0; }

 private:
  const std::vector<OwnedRecord> records_;
  const bool has_times_;
  size_t next_ = 0;
};

// A map of `shards` shards of the same size.
ShardMap UniformMap(int64_t shards);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LAB_TESTING_H_
