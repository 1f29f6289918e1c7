// CreateStream, DeleteStream.
#include <algorithm>
#include <string>
#include <utility>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/describe_stream_operations.h"
#include "kinesis_core/api/internal/resource_id.h"
#include "kinesis_core/api/internal/tag_rules.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::ConstraintError;
using internal::StreamRecord;

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

// What goes together with the mode, and what the year's limits say of single members.
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

// Requires: the control mutex is held.
absl::Status CheckCounts(ClientCore& core, const CreateStreamRequest& request, CallTime& time) {
  const ClientCore::AccountUse use = core.CountUse(time);
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
      return MakeError(ErrorType::kLimitExceeded,
                       "This request would exceed the limit of " +
                           std::to_string(limits.on_demand_streams_max) +
                           " streams in ON_DEMAND mode for the account " + core.account() + ".");
    }
    return absl::OkStatus();
  }
  return core.CheckShardLimit(*request.shard_count, time);
}

absl::Status MakeStream(ClientCore& core, const CreateStreamRequest& request, CallTime& time) {
  const std::string& name = *request.stream_name;
  StreamOptions options = core.options().stream_options;
  options.shard_count = InitialShards(core, request);
  options.retention = absl::Hours(core.limits().retention_hours_default);
  options.record_distribution_strategy = StrategyOf(request);
  absl::StatusOr<kinesis::Stream> stream = core.engine().CreateStream(name, options);
  if (absl::IsAlreadyExists(stream.status())) {
    return MakeError(ErrorType::kResourceInUse,
                     "Stream " + name + " under account " + core.account() + " already exists.");
  }
  if (absl::IsOutOfRange(stream.status())) {
    return MakeError(ErrorType::kLimitExceeded, std::string(stream.status().message()));
  }
  if (!stream.ok()) {
    return MakeError(ErrorType::kInternalFailure, std::string(stream.status().message()));
  }
  const int64_t now_ms = time.ms();
  const uint64_t uid = core.NextStreamUid();
  const auto record = std::make_shared<StreamRecord>(
      internal::StreamNames{name, internal::StreamArn(core.options().region, core.account(), name),
                            internal::MakeResourceId(core.seal_key(), "stream id", uid)},
      internal::StreamIdentity{uid, core.seal_key(), name}, *stream, core.limits(), now_ms,
      core.EndOf(core.delays().create_stream, time));
  if (request.max_record_size_in_kib) {
    record->set_record_bytes_max(int64_t{*request.max_record_size_in_kib} << 10);
  }
  {
    StreamRecord::Locked state = record->Lock();
    state.SetMode(ModeOf(core, request), now_ms);
    state->retention_hours = core.limits().retention_hours_default;
    if (request.tags) state->tags = *request.tags;
    state->warm_throughput_mibps = request.warm_throughput_mibps;
  }
  core.streams().Add(record);
  return absl::OkStatus();
}

}  // namespace

absl::Status Client::CreateStream(const CreateStreamRequest& request) {
  CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kCreateStream, request, time); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckMembers(*core_, request); !status.ok()) return status;
  core_->FinishDeletions(time);
  const std::lock_guard lock(core_->control_mutex());
  const std::string& name = *request.stream_name;
  if (core_->streams().FindByName(name) != nullptr) {
    return MakeError(ErrorType::kResourceInUse,
                     "Stream " + name + " under account " + core_->account() + " already exists.");
  }
  if (request.tags) {
    absl::Status status = internal::CheckNewTags(*core_, {}, *request.tags, name);
    if (!status.ok()) return status;
  }
  if (absl::Status status = CheckCounts(*core_, request, time); !status.ok()) return status;
  return MakeStream(*core_, request, time);
}

absl::Status Client::DeleteStream(const DeleteStreamRequest& request) {
  CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kDeleteStream, request, time); !status.ok()) {
    return status;
  }
  const absl::StatusOr<internal::StreamPtr> stream = core_->FindStream(request, time);
  if (!stream.ok()) return stream.status();
  const int64_t now_ms = time.ms();
  {
    StreamRecord::Locked state = (*stream)->Lock();
    // In CREATING, too: then it never comes to be ACTIVE.
    if (state.StatusAt(now_ms) == StreamStatus::kDeleting) {
      return core_->RequireSettled(**stream, state, time);
    }
    const bool consumers = std::any_of(
        state->consumers.begin(), state->consumers.end(),
        [now_ms](const auto& consumer) { return consumer.second.deleted_at_ms > now_ms; });
    if (consumers && !request.enforce_consumer_deletion.value_or(false)) {
      return MakeError(ErrorType::kResourceInUse,
                       "Stream " + (*stream)->name() + " under account " + core_->account() +
                           " has consumers registered to it. Deregister them, or set "
                           "EnforceConsumerDeletion.");
    }
    if (core_->channels().CountOfStream((*stream)->uid(), now_ms) > 0) {
      return core_->StreamHasChannels(**stream, "be deleted");
    }
    core_->BeginDeletion(state, time);
  }
  core_->FinishDeletions(time);
  return absl::OkStatus();
}

}  // namespace kinesis::api
