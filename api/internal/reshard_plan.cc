#include "kinesis_core/api/internal/reshard_plan.h"

#include "absl/status/statusor.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {
namespace {

absl::Status StartShardAt(kinesis::Stream& stream, HashKey start) {
  const absl::StatusOr<ShardId> holder = stream.OpenShardOf(start);
  if (!holder.ok()) return holder.status();
  const absl::StatusOr<kinesis::Shard> shard = stream.FindShard(*holder);
  if (!shard.ok()) return shard.status();
  if (shard->hash_key_range().start() == start) return absl::OkStatus();
  return stream.SplitShard(*holder, start).status();
}

absl::Status RemoveStart(kinesis::Stream& stream, HashKey start) {
  const absl::StatusOr<ShardId> upper = stream.OpenShardOf(start);
  if (!upper.ok()) return upper.status();
  const absl::StatusOr<ShardId> lower = stream.OpenShardOf(start.Prev());
  if (!lower.ok()) return lower.status();
  if (*lower == *upper) return absl::OkStatus();
  return stream.MergeShards(*lower, *upper).status();
}

}  // namespace

absl::Status ReshardPlan::CarryOut(kinesis::Stream& stream) const {
  if (shard_count) return stream.ReshardUniformly(*shard_count);
  if (removed_start) return RemoveStart(stream, *removed_start);
  for (const HashKey start : new_starts) {
    if (absl::Status status = StartShardAt(stream, start); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace kinesis::api::internal
