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

#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/daily_limit.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/pending_reshard.h"
#include "kinesis_core/api/internal/schema_shard_operations.h"
#include "kinesis_core/api/internal/shard_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::PendingReshard;
using internal::StreamEntry;
using internal::StreamPtr;

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

absl::Status CheckActive(const ClientCore& core, StreamEntry& stream, CallTime& time) {
  const StreamEntry::Locked state = stream.Lock();
  return core.gates().RequireActive(stream, state, time);
}

absl::Status RefuseOnDemand(const ClientCore& core, StreamEntry& stream) {
  if (stream.Lock()->mode != StreamMode::kOnDemand) return absl::OkStatus();
  return MakeError(ErrorType::kValidation, "Request is invalid. Stream " + stream.name() +
                                               " under account " + core.options().account_id +
                                               " is in On-Demand mode.");
}

absl::StatusOr<kinesis::Shard> FindShard(const ClientCore& core, const StreamEntry& stream,
                                         const TextOr<ShardId>& given) {
  const std::optional<ShardId> id = internal::Resolve(given);
  if (id) {
    absl::StatusOr<kinesis::Shard> shard = stream.stream().FindShard(*id);
    if (shard.ok()) return shard;
  }
  const internal::ServiceErrors& errors = core.errors();
  return errors.ShardNotFoundToReshard(id ? id->ToString() : internal::WireText(given),
                                       errors.StreamText(stream.name()));
}

absl::Status CheckOpen(const ClientCore& core, const StreamEntry& stream,
                       const kinesis::Shard& shard) {
  if (shard.is_open()) return absl::OkStatus();
  return Invalid("Shard " + shard.id().ToString() + " in " +
                 core.errors().StreamText(stream.name()) +
                 " has already been merged or split, and thus is not eligible for merging or "
                 "splitting.");
}

// ResourceNotFoundException for text that is no shard's id. The service says so before it looks for
// the stream.
template <class Request>
absl::Status CheckShardIds(const ClientCore& core, const Request& request,
                           std::initializer_list<const TextOr<ShardId>*> ids) {
  KC_ASSIGN_OR_RETURN(const std::string& stream_text,
                      core.gates().CheckNames(internal::AddressOf(request)));
  for (const TextOr<ShardId>* id : ids) {
    KC_RETURN_IF_ERROR(core.gates().CheckShardIdText(*id, stream_text));
  }
  return absl::OkStatus();
}

// The stream of any of the three operations: there, ACTIVE and PROVISIONED.
template <class Request>
absl::StatusOr<StreamPtr> FindStreamToReshard(ClientCore& core, const Request& request,
                                              CallTime& time) {
  KC_ASSIGN_OR_RETURN(StreamPtr stream, core.gates().FindStream(request, time));
  KC_RETURN_IF_ERROR(CheckActive(core, *stream, time));
  KC_RETURN_IF_ERROR(RefuseOnDemand(core, *stream));
  return stream;
}

// Begins the change that any of the three operations has come to.
absl::Status CarryOut(const ClientCore& core, StreamEntry& stream, PendingReshard reshard,
                      CallTime& time) {
  StreamEntry::Locked state = stream.Lock();
  const absl::Status status =
      core.lifecycle().BeginReshard(stream, state, std::move(reshard), time);
  return status.ok() ? status : core.errors().FromEngine(status, stream.name());
}

// A key above 2^128-1 has the right pattern and is out of every range. The message says the last
// key but one, where the rule says the last, as the service's does.
absl::Status CheckSplitKey(const ClientCore& core, const StreamEntry& stream,
                           const kinesis::Shard& shard, const TextOr<HashKey>& given,
                           const std::optional<HashKey>& key) {
  const kinesis::HashKeyRange range = shard.hash_key_range();
  const bool fits =
      key && range.start() != HashKey::Max() && *key > range.start().Next() && *key < range.end();
  if (fits) return absl::OkStatus();
  return Invalid(
      "NewStartingHashKey " + internal::WireText(given) + " used in SplitShard() on shard " +
      shard.id().ToString() + " in " + core.errors().StreamText(stream.name()) +
      " is not both greater than one plus the shard's StartingHashKey " + range.start().ToString() +
      " and less than the shard's EndingHashKey " +
      (range.end() == HashKey::Min() ? range.end() : range.end().Prev()).ToString() + ".");
}

}  // namespace

absl::Status internal::EngineClient::SplitShard(const SplitShardRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kSplitShard, request, time));
  KC_RETURN_IF_ERROR(CheckShardIds(*core_, request, {&*request.shard_to_split}));
  const MutexLock lock(core_->account().mutex());
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, FindStreamToReshard(*core_, request, time));
  StreamEntry& stream = *found;
  KC_ASSIGN_OR_RETURN(const kinesis::Shard& shard,
                      FindShard(*core_, stream, *request.shard_to_split));
  KC_RETURN_IF_ERROR(CheckOpen(*core_, stream, shard));
  const TextOr<HashKey>& given = *request.new_starting_hash_key;
  const std::optional<HashKey> key = internal::Resolve(given);
  KC_RETURN_IF_ERROR(CheckSplitKey(*core_, stream, shard, given, key));
  KC_RETURN_IF_ERROR(core_->account().CheckShardLimit(1, time));
  PendingReshard reshard;
  reshard.new_starts = {*key};
  reshard.added = 1;
  return CarryOut(*core_, stream, std::move(reshard), time);
}

absl::Status internal::EngineClient::MergeShards(const MergeShardsRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kMergeShards, request, time));
  KC_RETURN_IF_ERROR(CheckShardIds(*core_, request,
                                   {&*request.shard_to_merge, &*request.adjacent_shard_to_merge}));
  const MutexLock lock(core_->account().mutex());
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, FindStreamToReshard(*core_, request, time));
  StreamEntry& stream = *found;
  KC_ASSIGN_OR_RETURN(const kinesis::Shard& lower,
                      FindShard(*core_, stream, *request.shard_to_merge));
  KC_ASSIGN_OR_RETURN(const kinesis::Shard& upper,
                      FindShard(*core_, stream, *request.adjacent_shard_to_merge));
  for (const kinesis::Shard* shard : {&lower, &upper}) {
    KC_RETURN_IF_ERROR(CheckOpen(*core_, stream, *shard));
  }
  if (!lower.hash_key_range().IsFollowedBy(upper.hash_key_range())) {
    return Invalid("Shards " + lower.id().ToString() + " and " + upper.id().ToString() + " in " +
                   core_->errors().StreamText(stream.name()) +
                   " are not an adjacent pair of shards eligible for merging");
  }
  PendingReshard reshard;
  reshard.removed_start = upper.hash_key_range().start();
  reshard.added = -1;
  return CarryOut(*core_, stream, std::move(reshard), time);
}

namespace {

// How far one call may go from `current`.
absl::Status CheckTarget(const ClientCore& core, const StreamEntry& stream, int64_t current,
                         int64_t target) {
  const Limits& limits = core.limits();
  if (target > limits.shard_count_max) {
    return MakeError(ErrorType::kLimitExceeded,
                     "TargetShardCount " + std::to_string(target) + " of " +
                         core.errors().StreamText(stream.name()) + " is above the limit of " +
                         std::to_string(limits.shard_count_max) + " shards.");
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

absl::StatusOr<UpdateShardCountResponse> internal::EngineClient::UpdateShardCount(
    const UpdateShardCountRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kUpdateShardCount, request, time));
  const MutexLock lock(core_->account().mutex());
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, FindStreamToReshard(*core_, request, time));
  StreamEntry& stream = *found;
  const int64_t target = *request.target_shard_count;
  const int64_t current = internal::OpenShardCount(stream.stream());
  KC_RETURN_IF_ERROR(CheckTarget(*core_, stream, current, target));
  KC_RETURN_IF_ERROR(core_->account().CheckShardLimit(target - current, time));
  {
    StreamEntry::Locked state = stream.Lock();
    const int64_t most = core_->limits().shard_count_updates_per_day;
    if (!internal::TakeDaily(state->shard_count_updates_ms, most, time.ms())) {
      return MakeError(ErrorType::kLimitExceeded,
                       "The shard count of " + core_->errors().StreamText(stream.name()) +
                           " can be updated " + std::to_string(most) + " times in 24 hours.");
    }
  }
  PendingReshard reshard;
  reshard.shard_count = target;
  reshard.added = target - current;
  KC_RETURN_IF_ERROR(CarryOut(*core_, stream, std::move(reshard), time));
  return UpdateShardCountResponse{stream.name(), stream.arn(), static_cast<int32_t>(current),
                                  static_cast<int32_t>(target)};
}

}  // namespace kinesis::api
