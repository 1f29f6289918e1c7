// WriteSimulation: records meet the write limits of their shards in simulated time.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/partition_lab/delay_histogram.h"
#include "bench/partition_lab/write_throttle.h"

namespace kinesis::lab {

// How a simulation went. Delays are those from arrival to acceptance, of all records.
struct ThrottleReport {
  uint64_t records = 0;
  uint64_t throttled = 0;  // not accepted when they arrived
  uint64_t delay_p50_ns = 0;
  uint64_t delay_p99_ns = 0;
  uint64_t delay_max_ns = 0;
  int64_t last_arrival_ns = 0;
  int64_t last_acceptance_ns = 0;
  std::vector<uint64_t> throttled_per_shard;

  double throttled_share() const {
    return records == 0 ? 0 : static_cast<double>(throttled) / static_cast<double>(records);
  }
};

// What arrived at each shard, in intervals of the same length: [shard][interval].
struct LoadSeries {
  int64_t interval_ns = 1;
  std::vector<std::vector<uint64_t>> records;
  std::vector<std::vector<uint64_t>> bytes;
};

// Thread-compatible: one thread at a time.
class WriteSimulation {
 public:
  // Keeps a series of `intervals` intervals over `duration_ns`; of none if intervals is 0.
  WriteSimulation(size_t shards, const WriteLimits& limits, int64_t duration_ns, size_t intervals);

  // A record arrives at a shard; returns the time when it is accepted. Arrivals do not decrease.
  int64_t Offer(size_t shard, int64_t arrival_ns, uint64_t bytes);

  ThrottleReport Report() const;
  const LoadSeries& series() const { return series_; }

 private:
  std::vector<WriteThrottle> throttles_;
  DelayHistogram delays_;
  ThrottleReport report_;
  LoadSeries series_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_
