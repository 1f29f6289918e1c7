// FindHottestKeys: the key that puts the most load on the hottest shard of each strategy.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_HOT_KEYS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_HOT_KEYS_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/key_counts.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/load_scale.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// Finds for each strategy the key of `candidates` with the most load (of `scale`) on the shard in
// `shards`, with its records and bytes there; nothing if none of them is on it. Where a strategy
// puts each key into one shard, the candidates' own loads say it; the others take a pass over the
// source. Errors are those of the source.
absl::StatusOr<std::vector<std::optional<KeyLoad>>> FindHottestKeys(
    KeySource& source, std::span<const StrategyKind> kinds, const StrategyContext& context,
    std::span<const size_t> shards, std::span<const KeyLoad> candidates, const LoadScale& scale,
    Progress& progress);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_HOT_KEYS_H_
