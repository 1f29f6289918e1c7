#include "kinesis_core/api/internal/shard_shapes.h"

#include <algorithm>

namespace kinesis::api::internal {
namespace {

HashKeyRange RangeShape(const kinesis::HashKeyRange& range) { return {range.start(), range.end()}; }

}  // namespace

Shard ShardShape(const kinesis::Shard& shard) {
  Shard shape{
      .shard_id = shard.id(),
      .parent_shard_id = std::nullopt,
      .adjacent_parent_shard_id = std::nullopt,
      .hash_key_range = RangeShape(shard.hash_key_range()),
      .sequence_number_range = {shard.starting_sequence_number(), shard.ending_sequence_number()}};
  const std::vector<ShardId> parents = shard.parents();
  if (!parents.empty()) shape.parent_shard_id = parents[0];
  if (parents.size() > 1) shape.adjacent_parent_shard_id = parents[1];
  return shape;
}

std::vector<ChildShard> ChildShardShapes(const kinesis::Stream& stream,
                                         const std::vector<ShardId>& ids) {
  std::vector<ChildShard> shapes;
  for (const ShardId id : ids) {
    const absl::StatusOr<kinesis::Shard> shard = stream.FindShard(id);
    if (!shard.ok()) continue;
    shapes.push_back({id, shard->parents(), RangeShape(shard->hash_key_range())});
  }
  return shapes;
}

int64_t OpenShardCount(const kinesis::Stream& stream) {
  const std::vector<kinesis::Shard> shards = stream.ListShards();
  return std::count_if(shards.begin(), shards.end(),
                       [](const kinesis::Shard& shard) { return shard.is_open(); });
}

}  // namespace kinesis::api::internal
