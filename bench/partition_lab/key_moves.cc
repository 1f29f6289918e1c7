#include "kinesis_core/lab/key_moves.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/shard_map.h"

namespace kinesis::lab {
namespace {

// The id of the shard that serves each key.
std::vector<uint32_t> ShardIds(const StrategyKind& kind, const StrategyContext& like,
                               const ShardMap& map, std::span<const std::string> keys) {
  const std::unique_ptr<Strategy> strategy = kind.make(like.On(map));
  std::vector<uint32_t> ids;
  ids.reserve(keys.size());
  for (const std::string& key : keys) ids.push_back(map.id(map.IndexOf(strategy->Place(key, 1))));
  return ids;
}

size_t ColdestPair(std::span<const uint64_t> loads) {
  size_t coldest = 0;
  for (size_t i = 1; i + 1 < loads.size(); ++i) {
    if (loads[i] + loads[i + 1] < loads[coldest] + loads[coldest + 1]) coldest = i;
  }
  return coldest;
}

}  // namespace

KeyMoves ComputeKeyMoves(const StrategyKind& kind, const StrategyContext& context,
                         std::span<const uint64_t> loads, std::span<const std::string> keys) {
  KeyMoves moves;
  if (keys.empty() || !kind.make(context)->depends_on_key_alone()) return moves;
  const ShardMap& map = context.shards;
  const std::vector<uint32_t> before = ShardIds(kind, context, map, keys);
  const auto moved_to = [&](const ShardMap& other) {
    const std::vector<uint32_t> after = ShardIds(kind, context, other, keys);
    size_t moved = 0;
    for (size_t i = 0; i < keys.size(); ++i) moved += before[i] != after[i] ? 1 : 0;
    return static_cast<double>(moved) / static_cast<double>(keys.size());
  };
  const auto hottest =
      static_cast<size_t>(std::max_element(loads.begin(), loads.end()) - loads.begin());
  const HashKey middle = map.range(hottest).Midpoint();
  if (middle != map.range(hottest).start()) moves.split = moved_to(map.Split(hottest, middle));
  if (map.size() > 1) moves.merge = moved_to(map.Merge(ColdestPair(loads)));
  const auto shards = static_cast<int64_t>(map.size());
  const absl::StatusOr<ShardMap> larger = ShardMap::Uniform(shards + 1);
  const bool is_uniform = ShardMap::Uniform(shards)->ranges() == map.ranges();
  if (larger.ok() && is_uniform) moves.grow = moved_to(*larger);
  return moves;
}

}  // namespace kinesis::lab
