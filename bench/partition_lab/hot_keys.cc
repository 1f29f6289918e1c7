#include "bench/partition_lab/hot_keys.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "bench/partition_lab/fingerprint.h"
#include "bench/partition_lab/record_pass.h"

namespace kinesis::lab {

absl::StatusOr<std::vector<std::optional<KeyLoad>>> FindHottestKeys(
    KeySource& source, std::span<const StrategyKind> kinds, const StrategyContext& context,
    std::span<const size_t> shards, std::span<const KeyLoad> candidates, Progress& progress) {
  assert(shards.size() == kinds.size());
  absl::flat_hash_map<uint64_t, size_t> ranks;
  std::vector<KeyLoad> zero;
  for (const KeyLoad& candidate : candidates) {
    ranks.emplace(Fingerprint(candidate.key), zero.size());
    zero.push_back({candidate.key, 0, 0});
  }
  std::vector<std::vector<KeyLoad>> loads(kinds.size(), zero);
  std::vector<std::unique_ptr<Strategy>> strategies;
  for (const StrategyKind& kind : kinds) strategies.push_back(kind.make(context));

  progress.Begin("looking for hot keys");
  const absl::Status status = ForEachRecord(source, progress, [&](const KeyRecord& record) {
    const auto rank = ranks.find(Fingerprint(record.key));
    for (size_t i = 0; i < strategies.size(); ++i) {
      const bool is_hot = rank != ranks.end();
      // What depends on the key alone need not see the others.
      if (!is_hot && strategies[i]->depends_on_key_alone()) continue;
      const HashKey hash_key = strategies[i]->Place(record.key, record.bytes);
      if (!is_hot || context.shards.IndexOf(hash_key) != shards[i]) continue;
      KeyLoad& load = loads[i][rank->second];
      ++load.records;
      load.bytes += record.bytes;
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  std::vector<std::optional<KeyLoad>> hottest;
  for (const std::vector<KeyLoad>& load : loads) {
    const auto found =
        std::max_element(load.begin(), load.end(),
                         [](const KeyLoad& a, const KeyLoad& b) { return a.records < b.records; });
    const bool any = found != load.end() && found->records > 0;
    hottest.push_back(any ? std::optional(*found) : std::nullopt);
  }
  return hottest;
}

}  // namespace kinesis::lab
