// KeyMoves: the share of the keys that another shard serves after resharding.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_KEY_MOVES_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_KEY_MOVES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// Shares of the keys. A shard that is split goes on as the lower child, one that is merged as the
// child of the merge (the upper one ends), and shard i of a uniform map as shard i of a larger one.
//
// Nothing where it has no meaning: for a strategy whose keys have no shard of their own, for a
// merge of a single shard, and for growing a map that is not uniform.
struct KeyMoves {
  std::optional<double> split;  // of the hottest shard, in the middle
  std::optional<double> merge;  // of the two neighbours with the least load
  std::optional<double> grow;   // from S to S + 1 shards of the same size
};

// Computes the moves of `keys` by asking the strategy for each before and after. `loads` are those
// of the shards.
KeyMoves ComputeKeyMoves(const StrategyKind& kind, const StrategyContext& context,
                         std::span<const uint64_t> loads, std::span<const std::string> keys);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_KEY_MOVES_H_
