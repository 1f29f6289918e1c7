// RunLab: puts the records of a source to partitioning strategies, measures what each does to the
// shards of a stream, and advises which shards to split and to merge.
//
// It takes several passes over the source: look at the records; count; find hot keys; replay all
// records through the engine under Kinesis's limits; search for the shards needed; and, when a plan
// of splits and merges has been made, apply it in the engine and replay the records again.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LAB_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LAB_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/prices.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/report.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

struct LabOptions {
  std::vector<StrategyKind> strategies = {};
  ShardMap shards = {};  // one, unless said otherwise: ShardMap::Uniform(8).value()
  uint64_t seed = 1;
  uint32_t salt_buckets = 4;
  uint32_t virtual_nodes = 100;
  // Tables of keys take about so much at most. Numbers of keys that do not fit are estimated, and
  // the report says so.
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
  // Beyond the first time through the input, so many records go through the engine at most.
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
  std::optional<size_t> advise = std::nullopt;  // the strategy, by number
  size_t advise_shards = 0;                     // 0: as many as there are
  double tolerance = 0.05;
};

// Runs the lab on options and a source that are known to be right, as those of the partition_lab
// program are, and shows its progress. Errors: those of the source; kInternal: the engine did not
// do what the lab computed.
absl::StatusOr<LabReport> RunLab(KeySource& source, const LabOptions& options, Progress& progress);

// Runs the lab on a program's own source and strategies, without a word on standard error.
// `strategies` takes the place of `options.strategies`. The options, the names of the strategies
// and every record of the source are checked first.
//
//   StringSource source(...);                     // a KeySource of yours, or NewFileSource(...)
//   std::vector<StrategyKind> strategies = BuiltInStrategies();
//   strategies.push_back({"mine", "what it does", [](const StrategyContext&) { ... }});
//   absl::StatusOr<LabReport> report =
//       RunLab({.shards = ShardMap::Uniform(8).value()}, source, std::move(strategies));
//   std::cout << ToText(*report);
//
// kInvalidArgument or kOutOfRange: a field of the options, a strategy without a name or with
// another one's, or a record that Kinesis would not take; or an error of the source. kInternal as
// above. Needs memory
// of about `memory_bytes` and of the engine's streams in simulated time; reads the source several
// times. Thread-safe as long as sources and strategies are; all that it calls, it calls on this
// thread.
absl::StatusOr<LabReport> RunLab(LabOptions options, KeySource& source,
                                 std::vector<StrategyKind> strategies);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LAB_H_
