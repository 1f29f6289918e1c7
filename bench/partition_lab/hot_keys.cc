#include "kinesis_core/lab/hot_keys.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "kinesis_core/lab/fingerprint.h"
#include "kinesis_core/lab/record_pass.h"

namespace kinesis::lab {

absl::StatusOr<std::vector<std::optional<KeyLoad>>> FindHottestKeys(
    KeySource& source, std::span<const StrategyKind> kinds, const StrategyContext& context,
    std::span<const size_t> shards, std::span<const KeyLoad> candidates, const LoadScale& scale,
    Progress& progress) {
  assert(shards.size() == kinds.size());
  absl::flat_hash_map<uint64_t, size_t> ranks;
  std::vector<KeyLoad> zero;
  for (const KeyLoad& candidate : candidates) {
    ranks.emplace(Fingerprint(candidate.key), zero.size());
    zero.push_back({candidate.key, 0, 0});
  }
  // The loads of the candidates on the shard, for each strategy.
  std::vector<std::vector<KeyLoad>> loads(kinds.size(), zero);
  std::vector<std::unique_ptr<Strategy>> strategies;
  bool all_by_key = true;
  for (size_t i = 0; i < kinds.size(); ++i) {
    strategies.push_back(kinds[i].make(context));
    if (!strategies[i]->depends_on_key_alone()) {
      all_by_key = false;
      continue;
    }
    for (size_t rank = 0; rank < candidates.size(); ++rank) {
      const KeyLoad& candidate = candidates[rank];
      const HashKey hash_key = strategies[i]->Place(candidate.key, candidate.bytes);
      if (context.shards.IndexOf(hash_key) == shards[i]) loads[i][rank] = candidate;
    }
  }
  if (!all_by_key) {
    progress.Begin("looking for hot keys");
    const absl::Status status = ForEachRecord(source, progress, [&](const KeyRecord& record) {
      const auto rank = ranks.find(Fingerprint(record.key));
      for (size_t i = 0; i < strategies.size(); ++i) {
        if (strategies[i]->depends_on_key_alone()) continue;
        const HashKey hash_key = strategies[i]->PlaceRecord(record);
        if (rank == ranks.end() || context.shards.IndexOf(hash_key) != shards[i]) continue;
        KeyLoad& load = loads[i][rank->second];
        ++load.records;
        load.bytes += record.bytes;
      }
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
  }
  std::vector<std::optional<KeyLoad>> hottest;
  for (const std::vector<KeyLoad>& load : loads) {
    const auto found =
        std::max_element(load.begin(), load.end(), [&scale](const KeyLoad& a, const KeyLoad& b) {
          return scale.Of(a.records, a.bytes) < scale.Of(b.records, b.bytes);
        });
    const bool any = found != load.end() && found->records > 0;
    hottest.push_back(any ? std::optional(*found) : std::nullopt);
  }
  return hottest;
}

}  // namespace kinesis::lab
