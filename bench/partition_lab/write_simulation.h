// WriteSimulation: records meet the write limits of their shards in simulated time.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_SIMULATION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kinesis_core/lab/capacity_meter.h"
#include "kinesis_core/lab/delay_histogram.h"
#include "kinesis_core/lab/write_throttle.h"

namespace kinesis::lab {

// How a simulation went. Three questions with three answers:
//
//   over capacity  what does not fit in the long run (capacity_meter.h): the headline
//   queued         what waits, at a producer that keeps a queue for each shard and sends a record
//                  the moment the shard accepts it; and how long. A queue that never empties makes
//                  every record wait, although only a few are too many.
//   dropped        what is lost, at a producer that sends each record once
//
// The last two see a second's worth of burst that each shard begins with.
struct ThrottleReport {
  uint64_t records = 0;

  double over_capacity = 0;  // records
  std::vector<double> over_capacity_per_shard;
  // What each shard gets over the whole run against what it accepts, and the most that any one gets
  // in a window.
  std::vector<double> utilization_per_shard;
  CapacityMeter::Peak peak;
  int64_t window_ns = 0;

  uint64_t queued = 0;
  std::vector<uint64_t> queued_per_shard;
  // From arrival to acceptance, of all records.
  uint64_t delay_p50_ns = 0;
  uint64_t delay_p99_ns = 0;
  uint64_t delay_max_ns = 0;
  bool delays_exact = true;  // or quantiles are up to 1/1024 too high
  int64_t last_arrival_ns = 0;
  int64_t last_acceptance_ns = 0;

  uint64_t dropped = 0;
  std::vector<uint64_t> dropped_per_shard;

  double over_capacity_share() const { return Share(over_capacity); }
  double queued_share() const { return Share(static_cast<double>(queued)); }
  double dropped_share() const { return Share(static_cast<double>(dropped)); }
  // The largest of the three.
  double worst_share() const {
    return std::max({over_capacity_share(), queued_share(), dropped_share()});
  }

 private:
  double Share(double part) const { return records == 0 ? 0 : part / static_cast<double>(records); }
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
  // A run of about `duration_ns`. Keeps a series of `intervals` intervals over it; if intervals is
  // 0, neither a series nor delays are kept.
  WriteSimulation(size_t shards, const WriteLimits& limits, int64_t duration_ns, size_t intervals);

  // A record arrives at a shard; returns the time when it is accepted if its producer waits.
  // Arrivals do not decrease.
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
