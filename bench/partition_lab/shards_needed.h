// FindShardsNeeded: how many shards of the same size it takes until a load fits them.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_SHARDS_NEEDED_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_SHARDS_NEEDED_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/replay.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/simulation_report.h"
#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

struct ShardsSearch {
  // A number will do if with it less than this share of the records is over capacity, less than
  // this waits and less than this is dropped (ThrottleReport).
  double share_max = 0.01;
  int64_t shards_min = 1;  // fewer cannot hold the load however it is spread: LeastShards
  int64_t shards_max = 1'024;
  // If a scenario has an even pace and more records than this, so many are replayed first, to find
  // where to look. The result holds for all of them nevertheless.
  uint64_t sample_records = 300'000;
};

// The number of shards that so much load fills in so many seconds: rate over limit, rounded up.
int64_t LeastShards(uint64_t records, uint64_t bytes, double seconds, const WriteLimits& limits);

// Finds for each strategy a number of shards that will do for the whole scenario, while with one
// less it is not so: found by doubling and by bisection. (It may be worse again with a shard more,
// since every boundary moves; so it is a number that will do, not always the least.) Nothing is put
// to the engine.
absl::StatusOr<std::vector<ShardsNeeded>> FindShardsNeeded(
    KeySource& source, std::span<const StrategyKind> kinds, const StrategyContext& context,
    const Scenario& scenario, const ShardsSearch& options, Progress& progress);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_SHARDS_NEEDED_H_
