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

using internal::ClientCore;
using internal::ConstraintError;
using internal::StreamRecord;

// The mode that a request asks for.
StreamMode ModeOf(const CreateStreamRequest& request) {
  if (!request.stream_mode_details) return StreamMode::kProvisioned;
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
  const bool on_demand = ModeOf(request) == StreamMode::kOnDemand;
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

absl::Status LimitExceeded(const std::string& what, int64_t limit, const ClientCore& core) {
  return MakeError(ErrorType::kLimitExceeded, "This request would exceed the limit of " +
                                                  std::to_string(limit) + " " + what +
                                                  " for the account " + core.account() + ".");
}

// Requires: the control mutex is held.
absl::Status CheckCounts(ClientCore& core, const CreateStreamRequest& request) {
  const ClientCore::AccountUse use = core.CountUse();
  const Limits& limits = core.limits();
  if (use.creating_streams >= limits.streams_creating_max) {
    return LimitExceeded("streams in CREATING", limits.streams_creating_max, core);
  }
  if (ModeOf(request) == StreamMode::kOnDemand) {
    if (use.on_demand_streams >= limits.on_demand_streams_max) {
      return LimitExceeded("streams in ON_DEMAND mode", limits.on_demand_streams_max, core);
    }
    return absl::OkStatus();
  }
  return core.CheckShardLimit(*request.shard_count);
}

absl::Status MakeStream(ClientCore& core, const CreateStreamRequest& request) {
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
  const int64_t now_ms = core.NowMs();
  const uint64_t uid = core.NextStreamUid();
  const auto record = std::make_shared<StreamRecord>(
      internal::StreamNames{name, internal::StreamArn(core.options().region, core.account(), name),
                            internal::MakeResourceId(core.seal_key(), "stream id", uid)},
      internal::StreamIdentity{uid, core.seal_key(), name}, *stream, core.limits(), now_ms,
      core.EndOf(core.delays().create_stream));
  if (request.max_record_size_in_kib) {
    record->set_record_bytes_max(int64_t{*request.max_record_size_in_kib} << 10);
  }
  {
    StreamRecord::Locked state = record->Lock();
    state.SetMode(ModeOf(request), now_ms);
    state->retention_hours = core.limits().retention_hours_default;
    if (request.tags) state->tags = *request.tags;
    state->warm_throughput_mibps = request.warm_throughput_mibps;
  }
  core.streams().Add(record);
  return absl::OkStatus();
}

}  // namespace

absl::Status Client::CreateStream(const CreateStreamRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kCreateStream, request); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckMembers(*core_, request); !status.ok()) return status;
  core_->FinishDeletions();
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
  if (absl::Status status = CheckCounts(*core_, request); !status.ok()) return status;
  return MakeStream(*core_, request);
}

absl::Status Client::DeleteStream(const DeleteStreamRequest& request) {
  if (absl::Status status = core_->Admit(Operation::kDeleteStream, request); !status.ok()) {
    return status;
  }
  const absl::StatusOr<internal::StreamPtr> stream = core_->FindStream(request);
  if (!stream.ok()) return stream.status();
  const int64_t now_ms = core_->NowMs();
  {
    StreamRecord::Locked state = (*stream)->Lock();
    if (absl::Status status = core_->RequireSettled(**stream, state); !status.ok()) return status;
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
    core_->BeginDeletion(state);
  }
  core_->FinishDeletions();
  return absl::OkStatus();
}

}  // namespace kinesis::api
