// WriteSimulation: records meet the write limits of their shards in simulated time.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kinesis_core/lab/capacity_meter.h"
#include "kinesis_core/lab/delay_histogram.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/simulation_report.h"
#include "kinesis_core/lab/write_throttle.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class WriteSimulation {
 public:
  // Begins a run of about `duration_ns`. Keeps a series of `intervals` intervals over it; if
  // intervals is 0, neither a series nor delays are kept.
  WriteSimulation(size_t shards, const WriteLimits& limits, int64_t duration_ns, size_t intervals);

  // Takes a record that arrives at a shard, and returns the time when it is accepted if its
  // producer waits. Arrivals do not decrease.
  int64_t Offer(size_t shard, int64_t arrival_ns, uint64_t bytes);

  ThrottleReport Report() const;
  uint64_t queued() const { return report_.queued; }  // so far
  const LoadSeries& series() const { return series_; }

 private:
  // Both are the same until a record finds no room: only then is a shard's second one made.
  std::vector<WriteThrottle> waiting_;
  std::vector<std::optional<WriteThrottle>> dropping_;
  CapacityMeter capacity_;
  DelayHistogram delays_;
  ThrottleReport report_;
  LoadSeries series_;
  size_t interval_ = 0;  // of the series, now
  int64_t interval_end_ns_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_
