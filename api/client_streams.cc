// CreateStream, DeleteStream.
#include <algorithm>
#include <string>
#include <utility>

#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/resource_id.h"
#include "kinesis_core/api/internal/schema_stream_operations.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/tag_rules.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::ConstraintError;
using internal::StreamEntry;
using internal::StreamPtr;

// The mode that a request asks for. One that names neither a mode nor a number of shards gets a
// stream of four shards from the service (seen in 2022, when its mode was not noted). That is how
// an ON_DEMAND stream begins, and PROVISIONED ones have to say their number, so ON_DEMAND it is;
// but not in a year that does not have the mode.
StreamMode ModeOf(const ClientCore& core, const CreateStreamRequest& request) {
  if (!request.stream_mode_details) {
    const bool has_modes = core.limits().Has(Operation::kUpdateStreamMode);
    return has_modes && !request.shard_count ? StreamMode::kOnDemand : StreamMode::kProvisioned;
  }
  return internal::Resolve(*request.stream_mode_details->stream_mode)
      .value_or(StreamMode::kProvisioned);
}

RecordDistributionStrategy StrategyOf(const CreateStreamRequest& request) {
  constexpr auto kDefault = RecordDistributionStrategy::kUserPartitionKey;
  if (!request.record_distribution_strategy) return kDefault;
  return internal::Resolve(*request.record_distribution_strategy).value_or(kDefault);
}

// Which members go together with the mode, and the limits of the year for single members.
absl::Status CheckMembers(const ClientCore& core, const CreateStreamRequest& request) {
  const bool on_demand = ModeOf(core, request) == StreamMode::kOnDemand;
  if (!on_demand && !request.shard_count) {
    return ConstraintError("shardCount", internal::kNullText, "Member must not be null");
  }
  if (on_demand && request.shard_count) {
    return MakeError(ErrorType::kValidation,
                     "ShardCount is not expected when StreamMode=ON_DEMAND");
  }
  if (!on_demand && request.warm_throughput_mibps) {
    return MakeError(ErrorType::kValidation,
                     "WarmThroughputMiBps is not expected when StreamMode=PROVISIONED");
  }
  if (!on_demand && request.record_distribution_strategy) {
    return MakeError(ErrorType::kInvalidArgument,
                     "RecordDistributionStrategy is not expected when StreamMode=PROVISIONED");
  }
  const int64_t most = core.limits().shards_per_create_max;
  if (request.shard_count && *request.shard_count > most) {
    return ConstraintError("shardCount", internal::QuotedText(std::to_string(*request.shard_count)),
                           "Member must have value less than or equal to " + std::to_string(most));
  }
  if (request.warm_throughput_mibps &&
      *request.warm_throughput_mibps > core.limits().warm_throughput_mibps_max) {
    return MakeError(ErrorType::kInvalidArgument,
                     "WarmThroughputMiBps must be at most " +
                         std::to_string(core.limits().warm_throughput_mibps_max) + ".");
  }
  return absl::OkStatus();
}

// One shard takes 1 MiB/s, so a warm throughput is a number of shards.
int64_t InitialShards(const ClientCore& core, const CreateStreamRequest& request) {
  if (request.shard_count) return *request.shard_count;
  return std::max<int64_t>(core.limits().on_demand_initial_shards,
                           request.warm_throughput_mibps.value_or(0));
}

// LimitExceededException if the account may not have this stream beside those that it has.
absl::Status CheckCounts(ClientCore& core, const CreateStreamRequest& request, CallTime& time)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(core.account().mutex()) {
  const internal::Account::Use use = core.account().CountUse(time);
  const Limits& limits = core.limits();
  if (use.changing_streams >= limits.streams_creating_max) {
    // The service's words, which clients look for to try again.
    return MakeError(ErrorType::kLimitExceeded,
                     "This request would have exceed the limit on the number of streams that can "
                     "simultaneously be in CREATING or DELETING. Limit: " +
                         std::to_string(limits.streams_creating_max));
  }
  if (ModeOf(core, request) == StreamMode::kOnDemand) {
    if (use.on_demand_streams >= limits.on_demand_streams_max) {
      return MakeError(
          ErrorType::kLimitExceeded,
          "This request would exceed the limit of " + std::to_string(limits.on_demand_streams_max) +
              " streams in ON_DEMAND mode for the account " + core.options().account_id + ".");
    }
    return absl::OkStatus();
  }
  return core.account().CheckShardLimit(*request.shard_count, time);
}

absl::Status MakeStream(ClientCore& core, const CreateStreamRequest& request, CallTime& time) {
  const std::string& name = *request.stream_name;
  const int64_t now_ms = time.ms();
  internal::StreamImage image;
  image.facts.uid = core.tokens().NextUid();
  image.facts.id = internal::MakeResourceId(core.tokens().seal_key(), "stream id", image.facts.uid);
  image.facts.created_ms = now_ms;
  image.facts.active_at_ms = core.lifecycle().EndOf(core.delays().create_stream, time);
  image.facts.record_bytes_max = request.max_record_size_in_kib
                                     ? int64_t{*request.max_record_size_in_kib} << 10
                                     : core.limits().record_bytes_max;
  image.state.BeginMode(ModeOf(core, request), now_ms);
  image.state.retention_hours = core.limits().retention_hours_default;
  if (request.tags) image.state.tags = *request.tags;
  image.state.warm_throughput_mibps = request.warm_throughput_mibps;

  StreamOptions options = core.options().stream_options;
  options.shard_count = InitialShards(core, request);
  options.retention = absl::Hours(core.limits().retention_hours_default);
  options.record_distribution_strategy = StrategyOf(request);
  const absl::StatusOr<kinesis::Stream> stream = core.store().CreateStream(name, options, image);
  if (absl::IsAlreadyExists(stream.status())) {
    return MakeError(ErrorType::kResourceInUse, "Stream " + name + " under account " +
                                                    core.options().account_id + " already exists.");
  }
  if (absl::IsOutOfRange(stream.status())) {
    return MakeError(ErrorType::kLimitExceeded, std::string(stream.status().message()));
  }
  if (!stream.ok()) {
    return MakeError(ErrorType::kInternalFailure, std::string(stream.status().message()));
  }
  core.streams().Add(std::make_shared<StreamEntry>(
      internal::StreamNames{
          name, internal::StreamArn(core.options().region, core.options().account_id, name)},
      core.tokens().seal_key(), *stream, core.limits(), std::move(image), core.store()));
  return absl::OkStatus();
}

}  // namespace

absl::Status internal::EngineClient::CreateStream(const CreateStreamRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kCreateStream, request, time));
  KC_RETURN_IF_ERROR(CheckMembers(*core_, request));
  core_->lifecycle().FinishDeletions(time);
  const MutexLock lock(core_->account().mutex());
  const std::string& name = *request.stream_name;
  if (core_->streams().FindByName(name) != nullptr) {
    return MakeError(
        ErrorType::kResourceInUse,
        "Stream " + name + " under account " + core_->options().account_id + " already exists.");
  }
  if (request.tags) {
    KC_RETURN_IF_ERROR(internal::CheckNewTags(*core_, {}, *request.tags, name));
  }
  KC_RETURN_IF_ERROR(CheckCounts(*core_, request, time));
  return MakeStream(*core_, request, time);
}

absl::Status internal::EngineClient::DeleteStream(const DeleteStreamRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kDeleteStream, request, time));
  KC_ASSIGN_OR_RETURN(const StreamPtr& stream, core_->gates().FindStream(request, time));
  const int64_t now_ms = time.ms();
  {
    StreamEntry::Locked state = stream->Lock();
    // In CREATING, too: then it never comes to be ACTIVE.
    if (state.StatusAt(now_ms) == StreamStatus::kDeleting) {
      return core_->gates().RequireActiveOrUpdating(*stream, state, time);
    }
    const bool consumers = std::any_of(
        state->consumers.begin(), state->consumers.end(),
        [now_ms](const auto& consumer) { return consumer.second.deleted_at_ms > now_ms; });
    if (consumers && !request.enforce_consumer_deletion.value_or(false)) {
      return MakeError(ErrorType::kResourceInUse,
                       "Stream " + stream->name() + " under account " +
                           core_->options().account_id +
                           " has consumers registered to it. Deregister them, or set "
                           "EnforceConsumerDeletion.");
    }
    if (core_->channels().CountOfStream(stream->uid(), now_ms) > 0) {
      return core_->errors().StreamHasChannels(stream->name(), "be deleted");
    }
    const absl::Status status = core_->lifecycle().BeginDeletion(state, time);
    if (!status.ok()) return core_->errors().FromEngine(status, stream->name());
  }
  core_->lifecycle().FinishDeletions(time);
  return absl::OkStatus();
}

}  // namespace kinesis::api
