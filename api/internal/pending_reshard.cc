#include "kinesis_core/api/internal/pending_reshard.h"

#include "absl/status/statusor.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {
namespace {

absl::Status StartShardAt(kinesis::Stream& stream, HashKey start) {
  KC_ASSIGN_OR_RETURN(const ShardId holder, stream.OpenShardOf(start));
  KC_ASSIGN_OR_RETURN(const kinesis::Shard shard, stream.FindShard(holder));
  if (shard.hash_key_range().start() == start) return absl::OkStatus();
  return stream.SplitShard(holder, start).status();
}

absl::Status RemoveStart(kinesis::Stream& stream, HashKey start) {
  KC_ASSIGN_OR_RETURN(const ShardId upper, stream.OpenShardOf(start));
  KC_ASSIGN_OR_RETURN(const ShardId lower, stream.OpenShardOf(start.Prev()));
  if (lower == upper) return absl::OkStatus();
  return stream.MergeShards(lower, upper).status();
}

}  // namespace

absl::Status PendingReshard::CarryOut(kinesis::Stream& stream) const {
  if (shard_count) return stream.ReshardUniformly(*shard_count);
  if (removed_start) return RemoveStart(stream, *removed_start);
  for (const HashKey start : new_starts) {
    KC_RETURN_IF_ERROR(StartShardAt(stream, start));
  }
  return absl::OkStatus();
}

}  // namespace kinesis::api::internal
