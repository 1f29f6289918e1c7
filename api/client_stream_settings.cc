// The settings of a stream: retention, encryption, record size, mode, warm throughput, record
// distribution.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/daily_limit.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/pending_reshard.h"
#include "kinesis_core/api/internal/schema_stream_operations.h"
#include "kinesis_core/api/internal/shard_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::StreamEntry;
using internal::StreamPtr;

// A stream that is going to be changed: it is ACTIVE, and locked as long as this lives.
struct Change {
  StreamPtr stream;
  StreamEntry::Locked state;
};

template <class Request>
absl::StatusOr<Change> BeginChange(ClientCore& core, Operation operation, const Request& request,
                                   CallTime& time) {
  KC_RETURN_IF_ERROR(core.gates().Admit(operation, request, time));
  KC_ASSIGN_OR_RETURN(StreamPtr stream, core.gates().FindStream(request, time));
  Change change{stream, stream->Lock()};
  KC_RETURN_IF_ERROR(core.gates().RequireActive(*stream, change.state, time));
  return change;
}

// --- Retention -----------------------------------------------------------------------------------

absl::Status BadRetention(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

absl::Status CheckRetentionRange(const Limits& limits, int32_t hours) {
  const std::string requested =
      " hours. Requested retention period (" + std::to_string(hours) + " hours) is too ";
  if (hours < limits.retention_hours_min) {
    return BadRetention("Minimum allowed retention period is " +
                        std::to_string(limits.retention_hours_min) + requested + "short.");
  }
  if (hours > limits.retention_hours_max) {
    return BadRetention("Maximum allowed retention period is " +
                        std::to_string(limits.retention_hours_max) + requested + "long.");
  }
  return absl::OkStatus();
}

absl::Status SetRetention(ClientCore& core, Change& change, int32_t hours, CallTime& time) {
  if (change.state->retention_hours == hours) return absl::OkStatus();
  const int32_t hours_before = change.state->retention_hours;
  const int64_t updating_before = change.state->updating_until_ms;
  change.state->retention_hours = hours;
  core.lifecycle().BeginUpdate(change.state, time);
  // Saved first: records that a shorter period has expired do not come back.
  KC_RETURN_IF_ERROR(core.Save(change.state));
  absl::Status status = change.stream->stream().SetRetention(absl::Hours(hours));
  if (status.ok()) return status;
  change.state->retention_hours = hours_before;
  change.state->updating_until_ms = updating_before;
  // If the disk does not take that either: the next client goes by the engine's period.
  change.state.TrySave().IgnoreError();
  return core.errors().FromEngine(status, change.stream->name());
}

std::string WrongDirection(const Change& change, int32_t hours, const char* than,
                           const char* other) {
  return "Requested retention period (" + std::to_string(hours) + " hours) for stream " +
         change.stream->name() + " can not be " + than + " than existing retention period (" +
         std::to_string(change.state->retention_hours) + " hours). Use " + other +
         "RetentionPeriod API.";
}

}  // namespace

absl::Status internal::EngineClient::IncreaseStreamRetentionPeriod(
    const IncreaseStreamRetentionPeriodRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(
      Change change, BeginChange(*core_, Operation::kIncreaseStreamRetentionPeriod, request, time));
  const int32_t hours = *request.retention_period_hours;
  KC_RETURN_IF_ERROR(CheckRetentionRange(core_->limits(), hours));
  if (hours < change.state->retention_hours) {
    return BadRetention(WrongDirection(change, hours, "shorter", "Decrease"));
  }
  return SetRetention(*core_, change, hours, time);
}

absl::Status internal::EngineClient::DecreaseStreamRetentionPeriod(
    const DecreaseStreamRetentionPeriodRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(
      Change change, BeginChange(*core_, Operation::kDecreaseStreamRetentionPeriod, request, time));
  const int32_t hours = *request.retention_period_hours;
  KC_RETURN_IF_ERROR(CheckRetentionRange(core_->limits(), hours));
  if (hours > change.state->retention_hours) {
    return BadRetention(WrongDirection(change, hours, "longer", "Increase"));
  }
  return SetRetention(*core_, change, hours, time);
}

// --- Encryption ----------------------------------------------------------------------------------

namespace {

// InvalidArgumentException unless the kind of encryption that is switched on or off is KMS, the
// only one.
absl::Status CheckEncryptionType(const TextOr<EncryptionType>& type) {
  if (internal::Resolve(type) == EncryptionType::kKms) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "EncryptionType " + internal::WireText(type) + " is not valid here; use KMS.");
}

}  // namespace

absl::Status internal::EngineClient::StartStreamEncryption(
    const StartStreamEncryptionRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Change change,
                      BeginChange(*core_, Operation::kStartStreamEncryption, request, time));
  KC_RETURN_IF_ERROR(CheckEncryptionType(*request.encryption_type));
  StreamFacts facts = change.state.facts();
  facts.encryption_type = EncryptionType::kKms;
  change.state->key_id = request.key_id;
  core_->lifecycle().BeginUpdate(change.state, time);
  return core_->Save(change.state, facts);
}

absl::Status internal::EngineClient::StopStreamEncryption(
    const StopStreamEncryptionRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Change change,
                      BeginChange(*core_, Operation::kStopStreamEncryption, request, time));
  KC_RETURN_IF_ERROR(CheckEncryptionType(*request.encryption_type));
  StreamFacts facts = change.state.facts();
  facts.encryption_type = EncryptionType::kNone;
  change.state->key_id.reset();
  core_->lifecycle().BeginUpdate(change.state, time);
  return core_->Save(change.state, facts);
}

// --- Record size ---------------------------------------------------------------------------------

absl::Status internal::EngineClient::UpdateMaxRecordSize(
    const UpdateMaxRecordSizeRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Change change,
                      BeginChange(*core_, Operation::kUpdateMaxRecordSize, request, time));
  StreamFacts facts = change.state.facts();
  facts.record_bytes_max = int64_t{*request.max_record_size_in_kib} << 10;
  core_->lifecycle().BeginUpdate(change.state, time);
  return core_->Save(change.state, facts);
}

// --- Mode and warm throughput --------------------------------------------------------------------

namespace {

absl::Status CheckWarmThroughput(const ClientCore& core, const std::optional<int32_t>& mibps) {
  const int64_t most = core.limits().warm_throughput_mibps_max;
  if (!mibps || *mibps <= most) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "WarmThroughputMiBps must be at most " + std::to_string(most) + ".");
}

absl::Status SetStrategy(const ClientCore& core, Change& change,
                         RecordDistributionStrategy strategy) {
  const absl::Status status = change.stream->stream().SetRecordDistributionStrategy(strategy);
  return status.ok() ? status : core.errors().FromEngine(status, change.stream->name());
}

// Makes room for a warm throughput: one shard takes 1 MiB/s. Never takes shards away.
absl::Status Warm(ClientCore& core, Change& change, int32_t mibps, CallTime& time) {
  const int64_t open = internal::OpenShardCount(change.stream->stream());
  internal::PendingReshard reshard;
  if (mibps > open) {
    reshard.shard_count = mibps;
    reshard.added = mibps - open;
  }
  const std::optional<int32_t> before = change.state->warm_throughput_mibps;
  change.state->warm_throughput_mibps = mibps;
  absl::Status status =
      core.lifecycle().BeginReshard(*change.stream, change.state, std::move(reshard), time);
  if (status.ok()) return status;
  change.state->warm_throughput_mibps = before;
  change.state.TrySave().IgnoreError();  // if the disk does not take it, it says more than is so
  return core.errors().FromEngine(status, change.stream->name());
}

}  // namespace

absl::Status internal::EngineClient::UpdateStreamMode(const UpdateStreamModeRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Change change,
                      BeginChange(*core_, Operation::kUpdateStreamMode, request, time));
  const auto mode = internal::Resolve(*request.stream_mode_details->stream_mode);
  internal::StreamState& state = *change.state;
  if (request.warm_throughput_mibps && mode != StreamMode::kOnDemand) {
    return MakeError(ErrorType::kValidation,
                     "WarmThroughputMiBps is not expected when StreamMode=PROVISIONED");
  }
  KC_RETURN_IF_ERROR(CheckWarmThroughput(*core_, request.warm_throughput_mibps));
  const bool leaves_on_demand =
      state.mode == StreamMode::kOnDemand && *mode == StreamMode::kProvisioned;
  if (leaves_on_demand && core_->channels().CountOfStream(change.stream->uid(), time.ms()) > 0) {
    return core_->errors().StreamHasChannels(change.stream->name(), "become PROVISIONED");
  }
  if (state.mode != *mode) {
    if (!internal::TakeDaily(state.mode_changes_ms, core_->limits().mode_changes_per_day,
                             time.ms())) {
      return MakeError(
          ErrorType::kLimitExceeded,
          "The mode of " + core_->errors().StreamText(change.stream->name()) + " can be changed " +
              std::to_string(core_->limits().mode_changes_per_day) + " times in 24 hours.");
    }
    const auto strategy = change.stream->stream().record_distribution_strategy();
    if (leaves_on_demand) {
      // First, as an ON_DEMAND stream may have this one, too, if the process ends here.
      absl::Status status =
          SetStrategy(*core_, change, RecordDistributionStrategy::kUserPartitionKey);
      if (!status.ok()) {
        state.mode_changes_ms.pop_back();
        return status;
      }
      state.warm_throughput_mibps.reset();
    }
    change.state.SetMode(*mode, time.ms());
    core_->lifecycle().BeginUpdate(change.state, time);
    if (!request.warm_throughput_mibps) {
      absl::Status status = core_->Save(change.state);
      if (!status.ok() && leaves_on_demand) SetStrategy(*core_, change, strategy).IgnoreError();
      return status;
    }
  }
  if (!request.warm_throughput_mibps) return absl::OkStatus();
  return Warm(*core_, change, *request.warm_throughput_mibps, time);
}

// The strategy is in force at once, so the stream is never in UPDATING for it.
absl::Status internal::EngineClient::UpdateStreamRecordDistributionStrategy(
    const UpdateStreamRecordDistributionStrategyRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(
      Change change,
      BeginChange(*core_, Operation::kUpdateStreamRecordDistributionStrategy, request, time));
  if (change.state->mode != StreamMode::kOnDemand) {
    return MakeError(ErrorType::kInvalidArgument,
                     "Request is invalid. Stream " + change.stream->name() + " under account " +
                         core_->options().account_id + " is in Provisioned mode.");
  }
  return SetStrategy(*core_, change, *internal::Resolve(*request.record_distribution_strategy));
}

absl::StatusOr<UpdateStreamWarmThroughputResponse>
internal::EngineClient::UpdateStreamWarmThroughput(
    const UpdateStreamWarmThroughputRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Change change,
                      BeginChange(*core_, Operation::kUpdateStreamWarmThroughput, request, time));
  if (change.state->mode != StreamMode::kOnDemand) {
    return MakeError(ErrorType::kValidation, "Request is invalid. Stream " + change.stream->name() +
                                                 " under account " + core_->options().account_id +
                                                 " is in Provisioned mode.");
  }
  KC_RETURN_IF_ERROR(CheckWarmThroughput(*core_, request.warm_throughput_mibps));
  const std::optional<int32_t> before = change.state->warm_throughput_mibps;
  KC_RETURN_IF_ERROR(Warm(*core_, change, *request.warm_throughput_mibps, time));
  return UpdateStreamWarmThroughputResponse{
      change.stream->arn(), change.stream->name(),
      WarmThroughputObject{request.warm_throughput_mibps, before.value_or(0)}};
}

}  // namespace kinesis::api
