// The lab: puts the records of a source to strategies, measures what comes of it, and advises.
//
// It takes passes over the source: look at the records; count; find hot keys; play all records
// through the engine under Kinesis's limits; search for the shards needed; and, when a plan of
// splits and merges has been made, apply it in the engine and play them again.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LAB_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LAB_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/partition_lab/aggregation.h"
#include "bench/partition_lab/key_source.h"
#include "bench/partition_lab/prices.h"
#include "bench/partition_lab/progress.h"
#include "bench/partition_lab/reader_lag.h"
#include "bench/partition_lab/report.h"
#include "bench/partition_lab/shard_map.h"
#include "bench/partition_lab/strategy.h"
#include "bench/partition_lab/write_throttle.h"

namespace kinesis::lab {

struct LabOptions {
  std::vector<StrategyKind> strategies;
  ShardMap shards;
  uint64_t seed = 1;
  uint32_t salt_buckets = 4;
  uint32_t virtual_nodes = 100;
  // About what tables of keys may take. What does not fit is estimated, and the report says so.
  uint64_t memory_bytes = uint64_t{256} << 20;
  bool measure_cost = true;

  // --- Simulation
  bool simulate = true;
  // Records that arrive each second; 0: at their own times if they have any, otherwise four fifths
  // of what all shards accept, by whichever limit comes first.
  uint64_t records_per_second = 0;
  uint64_t speedup = 1;  // of their own times
  // An even pace is kept up for so long at least, over and over again if need be, lest the second
  // of burst that every shard begins with hides what follows.
  uint64_t seconds_min = 60;
  WriteLimits limits = {};
  // What goes through the engine beyond the first time through the input, at most.
  uint64_t engine_records_max = 1'000'000;
  // The shards needed are those with less than this share over capacity, less than this queued and
  // less than this dropped; 0: they are not looked for.
  double throttled_max = 0.01;
  int64_t shards_max = 1'024;
  uint64_t search_records = 300'000;  // ShardsSearch::sample_records
  ReaderOptions readers = {};
  int64_t poll_ns = 1'000'000'000;  // between two reads of a shard
  AggregationOptions aggregation = {};
  double consumers = 1;  // that read everything, for what it costs
  Prices prices = DefaultPrices();

  // --- Advice
  std::optional<size_t> advise;  // the strategy, by number
  size_t advise_shards = 0;      // 0: as many as there are
  double tolerance = 0.05;
};

// kInvalidArgument or another error of the source; kInternal: the engine is wrong.
absl::StatusOr<LabReport> RunLab(KeySource& source, const LabOptions& options, Progress& progress);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LAB_H_
