// ReaderLag: the delay of the readers of the shards, each of which handles so many records a
// second.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_READER_LAG_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_READER_LAG_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/simulation_report.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time. Each shard has one reader, which takes its records one
// after another, each as soon as it has been accepted and the one before is done.
class ReaderLag {
 public:
  ReaderLag(size_t shards, const ReaderOptions& options)
      : nanos_per_record_(options.records_per_second > 0 ? kSecond / options.records_per_second
                                                         : 0),
        nanos_per_byte_(static_cast<double>(kSecond) /
                        static_cast<double>(options.bytes_per_second)),
        shards_(shards) {}

  // Counts a record that a shard has accepted. Times of a shard do not decrease.
  void Add(size_t shard, int64_t accepted_ns, uint64_t bytes) {
    Shard& one = shards_[shard];
    const auto for_bytes = static_cast<uint64_t>(static_cast<double>(bytes) * nanos_per_byte_);
    const uint64_t needed = std::max(for_bytes, nanos_per_record_);
    one.done_ns = std::max(one.done_ns, accepted_ns) + static_cast<int64_t>(needed);
    one.lag.last_ns = one.done_ns - accepted_ns;
    one.lag.max_ns = std::max(one.lag.max_ns, one.lag.last_ns);
  }

  std::vector<ShardLag> PerShard() const {
    std::vector<ShardLag> lags;
    for (const Shard& one : shards_) lags.push_back(one.lag);
    return lags;
  }

 private:
  static constexpr uint64_t kSecond = 1'000'000'000;

  struct Shard {
    int64_t done_ns = 0;
    ShardLag lag;
  };

  const uint64_t nanos_per_record_;
  const double nanos_per_byte_;
  std::vector<Shard> shards_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_READER_LAG_H_
