// SplitShard, MergeShards, UpdateShardCount.
//
// Of the two ways in which the service was seen to carry out UpdateShardCount, this is the one of
// equal shards (Stream::ReshardUniformly): its documents promise "shards of equal size", and the
// later observation, 4 -> 3, shows exactly these shard ids. The earlier one, of 2022, split every
// shard in half and merged neighbours, and ended in unequal shards.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/daily_limit.h"
#include "kinesis_core/api/internal/describe_shard_operations.h"

namespace kinesis::api {
namespace {

using internal::ClientCore;
using internal::StreamPtr;
using internal::StreamRecord;

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

absl::Status CheckActive(const ClientCore& core, StreamRecord& stream) {
  const StreamRecord::Locked state = stream.Lock();
  return core.RequireActive(stream, state);
}

absl::Status RefuseOnDemand(const ClientCore& core, StreamRecord& stream) {
  if (stream.Lock()->mode != StreamMode::kOnDemand) return absl::OkStatus();
  return MakeError(ErrorType::kValidation, "Request is invalid. Stream " + stream.name() +
                                               " under account " + core.account() +
                                               " is in On-Demand mode.");
}

absl::StatusOr<kinesis::Shard> FindShard(const ClientCore& core, const StreamRecord& stream,
                                         const TextOr<ShardId>& given) {
  const std::optional<ShardId> id = internal::Resolve(given);
  if (!id) return core.ShardNotFoundToReshard(internal::WireText(given), stream);
  absl::StatusOr<kinesis::Shard> shard = stream.stream().FindShard(*id);
  if (!shard.ok()) return core.ShardNotFoundToReshard(id->ToString(), stream);
  return shard;
}

absl::Status CheckOpen(const ClientCore& core, const StreamRecord& stream,
                       const kinesis::Shard& shard) {
  if (shard.is_open()) return absl::OkStatus();
  return Invalid("Shard " + shard.id().ToString() + " in " + core.Describe(stream) +
                 " has already been merged or split, and thus is not eligible for merging or "
                 "splitting.");
}

// What all three begin with.
template <class Request>
absl::StatusOr<StreamPtr> BeginReshard(ClientCore& core, const Request& request) {
  absl::StatusOr<StreamPtr> stream = core.FindStream(request);
  if (!stream.ok()) return stream;
  if (absl::Status status = CheckActive(core, **stream); !status.ok()) return status;
  if (absl::Status status = RefuseOnDemand(core, **stream); !status.ok()) return status;
  return stream;
}

// A key above 2^128-1 has the right pattern and is out of every range.
absl::Status CheckSplitKey(const ClientCore& core, const StreamRecord& stream,
                           const kinesis::Shard& shard, const TextOr<HashKey>& given,
                           const std::optional<HashKey>& key) {
  const kinesis::HashKeyRange range = shard.hash_key_range();
  const bool fits =
      key && range.start() != HashKey::Max() && *key > range.start().Next() && *key < range.end();
  if (fits) return absl::OkStatus();
  return Invalid(
      "NewStartingHashKey " + internal::WireText(given) + " used in SplitShard() on shard " +
      shard.id().ToString() + " in " + core.Describe(stream) +
      " is not both greater than one plus the shard's StartingHashKey " + range.start().ToString() +
      " and less than the shard's EndingHashKey " + range.end().ToString() + ".");
}

}  // namespace

absl::Status Client::SplitShard(const SplitShardRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kSplitShard, request); !status.ok()) {
    return status;
  }
  const std::lock_guard lock(core_->control_mutex());
  const auto found = BeginReshard(*core_, request);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  const auto shard = FindShard(*core_, stream, *request.shard_to_split);
  if (!shard.ok()) return shard.status();
  if (absl::Status status = CheckOpen(*core_, stream, *shard); !status.ok()) return status;
  const TextOr<HashKey>& given = *request.new_starting_hash_key;
  const std::optional<HashKey> key = internal::Resolve(given);
  if (absl::Status status = CheckSplitKey(*core_, stream, *shard, given, key); !status.ok()) {
    return status;
  }
  if (absl::Status status = core_->CheckShardLimit(1); !status.ok()) return status;
  const auto children = stream.stream().SplitShard(shard->id(), *key);
  if (!children.ok()) return core_->FromEngine(children.status(), stream);
  StreamRecord::Locked state = stream.Lock();
  core_->FinishReshard(stream, state);
  return absl::OkStatus();
}

absl::Status Client::MergeShards(const MergeShardsRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kMergeShards, request); !status.ok()) {
    return status;
  }
  const std::lock_guard lock(core_->control_mutex());
  const auto found = BeginReshard(*core_, request);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  const auto lower = FindShard(*core_, stream, *request.shard_to_merge);
  if (!lower.ok()) return lower.status();
  const auto upper = FindShard(*core_, stream, *request.adjacent_shard_to_merge);
  if (!upper.ok()) return upper.status();
  for (const kinesis::Shard* shard : {&*lower, &*upper}) {
    if (absl::Status status = CheckOpen(*core_, stream, *shard); !status.ok()) return status;
  }
  if (!lower->hash_key_range().IsFollowedBy(upper->hash_key_range())) {
    return Invalid("Shards " + lower->id().ToString() + " and " + upper->id().ToString() + " in " +
                   core_->Describe(stream) +
                   " are not an adjacent pair of shards eligible for merging");
  }
  const auto child = stream.stream().MergeShards(lower->id(), upper->id());
  if (!child.ok()) return core_->FromEngine(child.status(), stream);
  StreamRecord::Locked state = stream.Lock();
  core_->FinishReshard(stream, state);
  return absl::OkStatus();
}

namespace {

// How far one call may go from `current`.
absl::Status CheckTarget(const ClientCore& core, const StreamRecord& stream, int64_t current,
                         int64_t target) {
  const Limits& limits = core.limits();
  if (target > limits.shard_count_max) {
    return MakeError(ErrorType::kLimitExceeded,
                     "TargetShardCount " + std::to_string(target) + " of " + core.Describe(stream) +
                         " is above the limit of " + std::to_string(limits.shard_count_max) +
                         " shards.");
  }
  const int64_t factor = limits.shard_count_factor_max;
  if (factor == kUnlimited) return absl::OkStatus();
  const bool too_many = target > current * factor;
  const bool too_few = target * factor < current;
  if (!too_many && !too_few) return absl::OkStatus();
  return Invalid("TargetShardCount " + std::to_string(target) + " of " + core.Describe(stream) +
                 " must be at least half and at most double the current open shard count " +
                 std::to_string(current) + ".");
}

}  // namespace

absl::StatusOr<UpdateShardCountResponse> Client::UpdateShardCount(
    const UpdateShardCountRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kUpdateShardCount, request); !status.ok()) {
    return status;
  }
  const std::lock_guard lock(core_->control_mutex());
  const auto found = BeginReshard(*core_, request);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  const int64_t target = *request.target_shard_count;
  const int64_t current = internal::OpenShardCount(stream.stream());
  if (absl::Status status = CheckTarget(*core_, stream, current, target); !status.ok()) {
    return status;
  }
  if (absl::Status status = core_->CheckShardLimit(target - current); !status.ok()) return status;
  {
    StreamRecord::Locked state = stream.Lock();
    const int64_t most = core_->limits().shard_count_updates_per_day;
    if (!internal::TakeDaily(state->shard_count_updates_ms, most, core_->NowMs())) {
      return MakeError(ErrorType::kLimitExceeded, "The shard count of " + core_->Describe(stream) +
                                                      " can be updated " + std::to_string(most) +
                                                      " times in 24 hours.");
    }
  }
  const absl::Status status = stream.stream().ReshardUniformly(target);
  if (!status.ok()) return core_->FromEngine(status, stream);
  StreamRecord::Locked state = stream.Lock();
  core_->FinishReshard(stream, state);
  return UpdateShardCountResponse{stream.name(), stream.arn(), static_cast<int32_t>(current),
                                  static_cast<int32_t>(target)};
}

}  // namespace kinesis::api
