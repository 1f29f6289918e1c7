// The results of the simulation, as plain values.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_SIMULATION_REPORT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_SIMULATION_REPORT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace kinesis::lab {

// A shard in its hottest window (capacity_meter.h).
struct CapacityPeak {
  double utilization = 0;
  size_t shard = 0;
  int64_t start_ns = 0;
};

// The records against the write limits of the shards. Three questions have three answers:
//
//   over capacity  the records that do not fit in the long run (capacity_meter.h): the headline
//   queued         the records that wait, at a producer that keeps a queue for each shard and sends
//                  a record the moment the shard accepts it; and how long they wait. A queue that
//                  never empties makes every record wait, although only a few are too many.
//   dropped        the records that are lost, at a producer that sends each record once
//
// The last two see a second's worth of burst that each shard begins with.
struct ThrottleReport {
  uint64_t records = 0;

  double over_capacity = 0;  // records
  std::vector<double> over_capacity_per_shard;
  // The load of each shard over the whole run as a share of the load that it accepts, and the
  // highest such share of any shard in a window.
  std::vector<double> utilization_per_shard;
  CapacityPeak peak;
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

// The load that arrived at each shard, in intervals of the same length: [shard][interval].
struct LoadSeries {
  int64_t interval_ns = 1;
  std::vector<std::vector<uint64_t>> records;
  std::vector<std::vector<uint64_t>> bytes;
};

// How long after its acceptance a record is done with by the reader of its shard.
struct ShardLag {
  int64_t max_ns = 0;
  int64_t last_ns = 0;  // of the last record: about the maximum if the reader never catches up
};

// The load that arrives at the shards when records are packed.
struct AggregationReport {
  uint64_t records = 0;  // packs
  uint64_t bytes = 0;
  uint64_t put_units = 0;          // prices.h
  double over_capacity_share = 0;  // of the packs
};

// Everything that one strategy's replay of the records has shown (replay.h).
struct ReplayReport {
  ThrottleReport throttle;
  LoadSeries series;
  double out_of_order_share = 0;  // of the records, or of those whose keys are sampled
  std::vector<ShardLag> lags;     // of each shard's reader
  AggregationReport aggregated;
};

// The number of equal shards that a strategy needs (shards_needed.h).
struct ShardsNeeded {
  std::optional<int64_t> shards;  // nothing: more than were tried
  int64_t shards_tried = 0;       // the most
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_SIMULATION_REPORT_H_
