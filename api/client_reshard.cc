// SplitShard, MergeShards, UpdateShardCount.
//
// Of the two ways in which the service was seen to carry out UpdateShardCount, this is the one of
// equal shards (Stream::ReshardUniformly): its documents promise "shards of equal size", and the
// later observation, 4 -> 3, shows exactly these shard ids. The earlier one, of 2022, split every
// shard in half and merged neighbours, and ended in unequal shards.
#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/daily_limit.h"
#include "kinesis_core/api/internal/describe_shard_operations.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::ReshardPlan;
using internal::StreamPtr;
using internal::StreamRecord;

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

absl::Status CheckActive(const ClientCore& core, StreamRecord& stream, CallTime& time) {
  const StreamRecord::Locked state = stream.Lock();
  return core.RequireActive(stream, state, time);
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
  if (!id) return core.ShardNotFoundToReshard(internal::WireText(given), core.Describe(stream));
  absl::StatusOr<kinesis::Shard> shard = stream.stream().FindShard(*id);
  if (!shard.ok()) return core.ShardNotFoundToReshard(id->ToString(), core.Describe(stream));
  return shard;
}

absl::Status CheckOpen(const ClientCore& core, const StreamRecord& stream,
                       const kinesis::Shard& shard) {
  if (shard.is_open()) return absl::OkStatus();
  return Invalid("Shard " + shard.id().ToString() + " in " + core.Describe(stream) +
                 " has already been merged or split, and thus is not eligible for merging or "
                 "splitting.");
}

// Text that is no shard's id is told before the stream is looked for.
template <class Request>
absl::Status CheckShardIds(const ClientCore& core, const Request& request,
                           std::initializer_list<const TextOr<ShardId>*> ids) {
  const auto described = core.CheckNames(internal::AddressOf(request));
  if (!described.ok()) return described.status();
  for (const TextOr<ShardId>* id : ids) {
    if (absl::Status status = core.CheckShardIdText(*id, *described); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// What all three begin with.
template <class Request>
absl::StatusOr<StreamPtr> FindStreamToReshard(ClientCore& core, const Request& request,
                                              CallTime& time) {
  absl::StatusOr<StreamPtr> stream = core.FindStream(request, time);
  if (!stream.ok()) return stream;
  if (absl::Status status = CheckActive(core, **stream, time); !status.ok()) return status;
  if (absl::Status status = RefuseOnDemand(core, **stream); !status.ok()) return status;
  return stream;
}

// And what they end with.
absl::Status CarryOut(const ClientCore& core, StreamRecord& stream, ReshardPlan plan,
                      CallTime& time) {
  StreamRecord::Locked state = stream.Lock();
  const absl::Status status = core.BeginReshard(stream, state, std::move(plan), time);
  return status.ok() ? status : core.FromEngine(status, stream);
}

// A key above 2^128-1 has the right pattern and is out of every range. The message says the last
// key but one, where the rule says the last, as the service's does.
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
      " and less than the shard's EndingHashKey " +
      (range.end() == HashKey::Min() ? range.end() : range.end().Prev()).ToString() + ".");
}

}  // namespace

absl::Status Client::SplitShard(const SplitShardRequest& request) {
  CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kSplitShard, request, time); !status.ok()) {
    return status;
  }
  absl::Status ids = CheckShardIds(*core_, request, {&*request.shard_to_split});
  if (!ids.ok()) return ids;
  const std::lock_guard lock(core_->control_mutex());
  const auto found = FindStreamToReshard(*core_, request, time);
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
  if (absl::Status status = core_->CheckShardLimit(1, time); !status.ok()) return status;
  ReshardPlan plan;
  plan.new_starts = {*key};
  plan.added = 1;
  return CarryOut(*core_, stream, std::move(plan), time);
}

absl::Status Client::MergeShards(const MergeShardsRequest& request) {
  CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kMergeShards, request, time); !status.ok()) {
    return status;
  }
  absl::Status ids =
      CheckShardIds(*core_, request, {&*request.shard_to_merge, &*request.adjacent_shard_to_merge});
  if (!ids.ok()) return ids;
  const std::lock_guard lock(core_->control_mutex());
  const auto found = FindStreamToReshard(*core_, request, time);
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
  ReshardPlan plan;
  plan.removed_start = upper->hash_key_range().start();
  plan.added = -1;
  return CarryOut(*core_, stream, std::move(plan), time);
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
  // The first is the service's text; the second says the same of the other direction.
  return Invalid("UpdateShardCount cannot scale " +
                 std::string(too_many ? "up over double" : "down below half") +
                 " your current open shard count. Current open shard count: " +
                 std::to_string(current) + " Target shard count: " + std::to_string(target));
}

}  // namespace

absl::StatusOr<UpdateShardCountResponse> Client::UpdateShardCount(
    const UpdateShardCountRequest& request) {
  CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kUpdateShardCount, request, time);
      !status.ok()) {
    return status;
  }
  const std::lock_guard lock(core_->control_mutex());
  const auto found = FindStreamToReshard(*core_, request, time);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  const int64_t target = *request.target_shard_count;
  const int64_t current = internal::OpenShardCount(stream.stream());
  if (absl::Status status = CheckTarget(*core_, stream, current, target); !status.ok()) {
    return status;
  }
  if (absl::Status status = core_->CheckShardLimit(target - current, time); !status.ok()) {
    return status;
  }
  {
    StreamRecord::Locked state = stream.Lock();
    const int64_t most = core_->limits().shard_count_updates_per_day;
    if (!internal::TakeDaily(state->shard_count_updates_ms, most, time.ms())) {
      return MakeError(ErrorType::kLimitExceeded, "The shard count of " + core_->Describe(stream) +
                                                      " can be updated " + std::to_string(most) +
                                                      " times in 24 hours.");
    }
  }
  ReshardPlan plan;
  plan.shard_count = target;
  plan.added = target - current;
  absl::Status status = CarryOut(*core_, stream, std::move(plan), time);
  if (!status.ok()) return status;
  return UpdateShardCountResponse{stream.name(), stream.arn(), static_cast<int32_t>(current),
                                  static_cast<int32_t>(target)};
}

}  // namespace kinesis::api
