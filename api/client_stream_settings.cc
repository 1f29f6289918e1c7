// What can be changed about a stream: retention, encryption, record size, mode, warm throughput,
// record distribution.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/daily_limit.h"
#include "kinesis_core/api/internal/describe_stream_operations.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::StreamPtr;
using internal::StreamRecord;

// Finds the stream and locks it, for a change that wants it ACTIVE.
struct Change {
  StreamPtr stream;
  std::unique_ptr<StreamRecord::Locked> state;
};

template <class Request>
absl::StatusOr<Change> BeginChange(ClientCore& core, Operation operation, const Request& request,
                                   CallTime& time) {
  if (absl::Status status = core.Admit(operation, request, time); !status.ok()) return status;
  absl::StatusOr<StreamPtr> stream = core.FindStream(request, time);
  if (!stream.ok()) return stream.status();
  Change change{*std::move(stream), nullptr};
  change.state = std::make_unique<StreamRecord::Locked>(*change.stream);
  if (absl::Status status = core.RequireActive(*change.stream, *change.state, time); !status.ok()) {
    return status;
  }
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
  if ((*change.state)->retention_hours == hours) return absl::OkStatus();
  const absl::Status status = change.stream->stream().SetRetention(absl::Hours(hours));
  if (!status.ok()) return core.FromEngine(status, *change.stream);
  (*change.state)->retention_hours = hours;
  core.BeginUpdate(*change.state, time);
  return absl::OkStatus();
}

std::string WrongDirection(const Change& change, int32_t hours, const char* than,
                           const char* other) {
  return "Requested retention period (" + std::to_string(hours) + " hours) for stream " +
         change.stream->name() + " can not be " + than + " than existing retention period (" +
         std::to_string((*change.state)->retention_hours) + " hours). Use " + other +
         "RetentionPeriod API.";
}

}  // namespace

absl::Status Client::IncreaseStreamRetentionPeriod(
    const IncreaseStreamRetentionPeriodRequest& request) {
  CallTime time(core_->clock());
  auto change = BeginChange(*core_, Operation::kIncreaseStreamRetentionPeriod, request, time);
  if (!change.ok()) return change.status();
  const int32_t hours = *request.retention_period_hours;
  absl::Status status = CheckRetentionRange(core_->limits(), hours);
  if (!status.ok()) return status;
  if (hours < (*change->state)->retention_hours) {
    return BadRetention(WrongDirection(*change, hours, "shorter", "Decrease"));
  }
  return SetRetention(*core_, *change, hours, time);
}

absl::Status Client::DecreaseStreamRetentionPeriod(
    const DecreaseStreamRetentionPeriodRequest& request) {
  CallTime time(core_->clock());
  auto change = BeginChange(*core_, Operation::kDecreaseStreamRetentionPeriod, request, time);
  if (!change.ok()) return change.status();
  const int32_t hours = *request.retention_period_hours;
  absl::Status status = CheckRetentionRange(core_->limits(), hours);
  if (!status.ok()) return status;
  if (hours > (*change->state)->retention_hours) {
    return BadRetention(WrongDirection(*change, hours, "longer", "Increase"));
  }
  return SetRetention(*core_, *change, hours, time);
}

// --- Encryption ----------------------------------------------------------------------------------

namespace {

// Both operations name the kind of encryption they switch, and KMS is the only one.
absl::Status CheckEncryptionType(const TextOr<EncryptionType>& type) {
  if (internal::Resolve(type) == EncryptionType::kKms) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "EncryptionType " + internal::WireText(type) + " is not valid here; use KMS.");
}

}  // namespace

absl::Status Client::StartStreamEncryption(const StartStreamEncryptionRequest& request) {
  CallTime time(core_->clock());
  auto change = BeginChange(*core_, Operation::kStartStreamEncryption, request, time);
  if (!change.ok()) return change.status();
  if (absl::Status status = CheckEncryptionType(*request.encryption_type); !status.ok()) {
    return status;
  }
  change->stream->set_encryption_type(EncryptionType::kKms);
  (*change->state)->key_id = request.key_id;
  core_->BeginUpdate(*change->state, time);
  return absl::OkStatus();
}

absl::Status Client::StopStreamEncryption(const StopStreamEncryptionRequest& request) {
  CallTime time(core_->clock());
  auto change = BeginChange(*core_, Operation::kStopStreamEncryption, request, time);
  if (!change.ok()) return change.status();
  if (absl::Status status = CheckEncryptionType(*request.encryption_type); !status.ok()) {
    return status;
  }
  change->stream->set_encryption_type(EncryptionType::kNone);
  (*change->state)->key_id.reset();
  core_->BeginUpdate(*change->state, time);
  return absl::OkStatus();
}

// --- Record size ---------------------------------------------------------------------------------

absl::Status Client::UpdateMaxRecordSize(const UpdateMaxRecordSizeRequest& request) {
  CallTime time(core_->clock());
  auto change = BeginChange(*core_, Operation::kUpdateMaxRecordSize, request, time);
  if (!change.ok()) return change.status();
  change->stream->set_record_bytes_max(int64_t{*request.max_record_size_in_kib} << 10);
  core_->BeginUpdate(*change->state, time);
  return absl::OkStatus();
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
  return status.ok() ? status : core.FromEngine(status, *change.stream);
}

// Makes room for what is asked: one shard takes 1 MiB/s. Never takes shards away.
absl::Status Warm(ClientCore& core, Change& change, int32_t mibps, CallTime& time) {
  const int64_t open = internal::OpenShardCount(change.stream->stream());
  internal::ReshardPlan plan;
  if (mibps > open) {
    plan.shard_count = mibps;
    plan.added = mibps - open;
  }
  const absl::Status status =
      core.BeginReshard(*change.stream, *change.state, std::move(plan), time);
  if (!status.ok()) return core.FromEngine(status, *change.stream);
  (*change.state)->warm_throughput_mibps = mibps;
  return absl::OkStatus();
}

}  // namespace

absl::Status Client::UpdateStreamMode(const UpdateStreamModeRequest& request) {
  CallTime time(core_->clock());
  auto change = BeginChange(*core_, Operation::kUpdateStreamMode, request, time);
  if (!change.ok()) return change.status();
  const auto mode = internal::Resolve(*request.stream_mode_details->stream_mode);
  internal::StreamState& state = **change->state;
  if (request.warm_throughput_mibps && mode != StreamMode::kOnDemand) {
    return MakeError(ErrorType::kValidation,
                     "WarmThroughputMiBps is not expected when StreamMode=PROVISIONED");
  }
  absl::Status status = CheckWarmThroughput(*core_, request.warm_throughput_mibps);
  if (!status.ok()) return status;
  const bool leaves_on_demand =
      state.mode == StreamMode::kOnDemand && *mode == StreamMode::kProvisioned;
  if (leaves_on_demand && core_->channels().CountOfStream(change->stream->uid(), time.ms()) > 0) {
    return core_->StreamHasChannels(*change->stream, "become PROVISIONED");
  }
  if (state.mode != *mode) {
    if (!internal::TakeDaily(state.mode_changes_ms, core_->limits().mode_changes_per_day,
                             time.ms())) {
      return MakeError(ErrorType::kLimitExceeded,
                       "The mode of " + core_->Describe(*change->stream) + " can be changed " +
                           std::to_string(core_->limits().mode_changes_per_day) +
                           " times in 24 hours.");
    }
    change->state->SetMode(*mode, time.ms());
    if (leaves_on_demand) {
      state.warm_throughput_mibps.reset();
      status = SetStrategy(*core_, *change, RecordDistributionStrategy::kUserPartitionKey);
      if (!status.ok()) return status;
    }
    core_->BeginUpdate(*change->state, time);
  }
  if (!request.warm_throughput_mibps) return absl::OkStatus();
  return Warm(*core_, *change, *request.warm_throughput_mibps, time);
}

// In force at once, so that the stream is never in UPDATING for it.
absl::Status Client::UpdateStreamRecordDistributionStrategy(
    const UpdateStreamRecordDistributionStrategyRequest& request) {
  CallTime time(core_->clock());
  auto change =
      BeginChange(*core_, Operation::kUpdateStreamRecordDistributionStrategy, request, time);
  if (!change.ok()) return change.status();
  if ((*change->state)->mode != StreamMode::kOnDemand) {
    return MakeError(ErrorType::kInvalidArgument,
                     "Request is invalid. Stream " + change->stream->name() + " under account " +
                         core_->account() + " is in Provisioned mode.");
  }
  return SetStrategy(*core_, *change, *internal::Resolve(*request.record_distribution_strategy));
}

absl::StatusOr<UpdateStreamWarmThroughputResponse> Client::UpdateStreamWarmThroughput(
    const UpdateStreamWarmThroughputRequest& request) {
  CallTime time(core_->clock());
  auto change = BeginChange(*core_, Operation::kUpdateStreamWarmThroughput, request, time);
  if (!change.ok()) return change.status();
  if ((*change->state)->mode != StreamMode::kOnDemand) {
    return MakeError(ErrorType::kValidation, "Request is invalid. Stream " +
                                                 change->stream->name() + " under account " +
                                                 core_->account() + " is in Provisioned mode.");
  }
  absl::Status status = CheckWarmThroughput(*core_, request.warm_throughput_mibps);
  if (!status.ok()) return status;
  const std::optional<int32_t> before = (*change->state)->warm_throughput_mibps;
  status = Warm(*core_, *change, *request.warm_throughput_mibps, time);
  if (!status.ok()) return status;
  return UpdateStreamWarmThroughputResponse{
      change->stream->arn(), change->stream->name(),
      WarmThroughputObject{request.warm_throughput_mibps, before.value_or(0)}};
}

}  // namespace kinesis::api
