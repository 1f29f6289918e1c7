// ShardsNeeded: how many shards of the same size it takes until only so many records are throttled.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_SHARDS_NEEDED_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_SHARDS_NEEDED_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/partition_lab/key_source.h"
#include "bench/partition_lab/playing.h"
#include "bench/partition_lab/progress.h"
#include "bench/partition_lab/strategy.h"

namespace kinesis::lab {

struct ShardsNeeded {
  std::optional<int64_t> shards;  // nothing: more than were tried
  int64_t shards_tried = 0;       // the most
};

// For each strategy the number of shards, up to `shards_max`, with which less than the share
// `throttled_max` of the scenario's records is throttled, while with one less it is not: found by
// doubling from `shards_min` and by bisection. (Throttling may rise again with a shard more, since
// every boundary moves; so it is a number that will do, not always the least.) The limits are those
// of the scenario; nothing is put to the engine.
absl::StatusOr<std::vector<ShardsNeeded>> FindShardsNeeded(KeySource& source,
                                                           std::span<const StrategyKind> kinds,
                                                           const StrategyContext& context,
                                                           const Scenario& scenario,
                                                           double throttled_max, int64_t shards_min,
                                                           int64_t shards_max, Progress& progress);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_SHARDS_NEEDED_H_
