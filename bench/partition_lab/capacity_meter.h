// CapacityMeter: how much of a load is above what shards accept in the long run, whatever their
// bursts let through at first and however long producers queue.
//
// The run is cut into windows of the same length, a minute or somewhat more. In each, a shard
// accepts its limits times the length; of what comes above that, the share that does not fit counts
// as over capacity: 1 - 1/u of the records of a shard that gets u times what it accepts, u being
// the larger of that in records and that in bytes. So a load that stays the same gives the closed
// form, and an hour that is too hot shows although the day as a whole would fit.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_CAPACITY_METER_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_CAPACITY_METER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/simulation_report.h"

namespace kinesis::lab {

// The load of a shard as a share of the load that it accepts, by whichever limit is nearer: 1 is
// full.
inline double Utilization(double records, double bytes, double seconds, const WriteLimits& limits) {
  const double by_records = records / (static_cast<double>(limits.records_per_second) * seconds);
  const double by_bytes = bytes / (static_cast<double>(limits.bytes_per_second) * seconds);
  return by_records > by_bytes ? by_records : by_bytes;
}

// Thread-compatible: one thread at a time.
class CapacityMeter {
 public:
  // For a run of about `duration_ns`. One of less than a second counts as one of a second: times
  // often are no finer.
  CapacityMeter(size_t shards, const WriteLimits& limits, int64_t duration_ns);

  // Counts a record that arrives at a shard. Arrivals at a shard do not decrease.
  void Add(size_t shard, int64_t arrival_ns, uint64_t bytes) {
    Shard& one = shards_[shard];
    if (arrival_ns >= one.window_end_ns) Close(one, shard, WindowOf(arrival_ns));
    ++one.records;
    one.bytes += bytes;
  }

  int64_t window_ns() const { return window_ns_; }

  struct Result {
    std::vector<double> over;         // records over capacity of each shard
    std::vector<double> utilization;  // of each shard over the whole run
    CapacityPeak peak;
  };
  Result Finish() const;

 private:
  struct Shard {
    int64_t window = 0;
    int64_t window_end_ns = 0;  // of the last one: never
    uint64_t records = 0;       // of the window
    uint64_t bytes = 0;
    uint64_t records_before = 0;
    uint64_t bytes_before = 0;
    double over = 0;
  };

  int64_t WindowOf(int64_t arrival_ns) const {
    const int64_t window = arrival_ns / window_ns_;
    return window < windows_ ? window : windows_ - 1;
  }
  // Ends the shard's window.
  void Close(Shard& one, size_t shard, int64_t next_window);

  const WriteLimits limits_;
  const int64_t duration_ns_;
  const int64_t windows_;
  const int64_t window_ns_;
  std::vector<Shard> shards_;
  CapacityPeak peak_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_CAPACITY_METER_H_
