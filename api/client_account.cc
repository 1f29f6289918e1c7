// DescribeLimits, account settings, resource policies.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/describe_account_operations.h"
#include "kinesis_core/api/internal/resource.h"

namespace kinesis::api {
namespace {

using internal::Resource;
using CommitmentStatus = MinimumThroughputBillingCommitmentOutputStatus;

// What a response can say of a number: the model's shapes end at a million.
int32_t Count(int64_t number) {
  constexpr int64_t kMost = 1'000'000;
  return static_cast<int32_t>(std::min(number, kMost));
}

}  // namespace

absl::StatusOr<DescribeLimitsResponse> Client::DescribeLimits(
    const DescribeLimitsRequest& request) {
  internal::CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kDescribeLimits, request, time); !status.ok()) {
    return status;
  }
  core_->FinishDeletions(time);
  const internal::ClientCore::AccountUse use = core_->CountUse(time);
  const Limits& limits = core_->limits();
  return DescribeLimitsResponse{.shard_limit = Count(limits.shards_per_account),
                                .open_shard_count = Count(use.provisioned_shards),
                                .on_demand_stream_count = Count(use.on_demand_streams),
                                .on_demand_stream_count_limit = Count(limits.on_demand_streams_max),
                                .channel_count = Count(core_->channels().CountAll(time.ms())),
                                .channel_count_limit = Count(limits.channels_per_account_max)};
}

// --- Settings: the commitment begins when asked for, and ends no earlier than a day later --------

namespace {

// The commitment as of now.
void Settle(absl::Time now, MinimumThroughputBillingCommitmentOutput& commitment) {
  if (commitment.status != CommitmentStatus::kEnabledUntilEarliestAllowedEnd) return;
  if (now < *commitment.earliest_allowed_end_at) return;
  commitment.status = CommitmentStatus::kDisabled;
  commitment.ended_at = commitment.earliest_allowed_end_at;
}

void Enable(absl::Time now, MinimumThroughputBillingCommitmentOutput& commitment) {
  if (commitment.status == CommitmentStatus::kDisabled) {
    commitment.started_at = now;
    commitment.ended_at.reset();
    commitment.earliest_allowed_end_at = now + absl::Hours(24);
  }
  commitment.status = CommitmentStatus::kEnabled;
}

void Disable(absl::Time now, MinimumThroughputBillingCommitmentOutput& commitment) {
  if (commitment.status != CommitmentStatus::kEnabled) return;
  if (now < *commitment.earliest_allowed_end_at) {
    commitment.status = CommitmentStatus::kEnabledUntilEarliestAllowedEnd;
    return;
  }
  commitment.status = CommitmentStatus::kDisabled;
  commitment.ended_at = now;
}

}  // namespace

absl::StatusOr<DescribeAccountSettingsResponse> Client::DescribeAccountSettings(
    const DescribeAccountSettingsRequest& request) {
  internal::CallTime time(core_->clock());
  absl::Status status = core_->Admit(Operation::kDescribeAccountSettings, request, time);
  if (!status.ok()) return status;
  const std::lock_guard lock(core_->control_mutex());
  Settle(absl::FromUnixMillis(time.ms()), core_->billing_commitment);
  return DescribeAccountSettingsResponse{core_->billing_commitment};
}

absl::StatusOr<UpdateAccountSettingsResponse> Client::UpdateAccountSettings(
    const UpdateAccountSettingsRequest& request) {
  internal::CallTime time(core_->clock());
  absl::Status status = core_->Admit(Operation::kUpdateAccountSettings, request, time);
  if (!status.ok()) return status;
  const std::lock_guard lock(core_->control_mutex());
  const absl::Time now = absl::FromUnixMillis(time.ms());
  Settle(now, core_->billing_commitment);
  const auto wanted = internal::Resolve(*request.minimum_throughput_billing_commitment->status);
  if (wanted == MinimumThroughputBillingCommitmentInputStatus::kEnabled) {
    Enable(now, core_->billing_commitment);
  } else {
    Disable(now, core_->billing_commitment);
  }
  return UpdateAccountSettingsResponse{core_->billing_commitment};
}

// --- Policies ------------------------------------------------------------------------------------

absl::Status Client::PutResourcePolicy(const PutResourcePolicyRequest& request) {
  internal::CallTime time(core_->clock());
  const absl::StatusOr<Resource> resource =
      FindResource(*core_, Operation::kPutResourcePolicy, request, Resource::Kind::kAny, time);
  if (!resource.ok()) return resource.status();
  if (absl::Status status = RequireActive(*core_, *resource, time); !status.ok()) return status;
  resource->policy() = request.policy;
  return absl::OkStatus();
}

absl::StatusOr<GetResourcePolicyResponse> Client::GetResourcePolicy(
    const GetResourcePolicyRequest& request) {
  internal::CallTime time(core_->clock());
  const absl::StatusOr<Resource> resource =
      FindResource(*core_, Operation::kGetResourcePolicy, request, Resource::Kind::kAny, time);
  if (!resource.ok()) return resource.status();
  // As the service answers where none is set.
  return GetResourcePolicyResponse{resource->policy().value_or("{}")};
}

absl::Status Client::DeleteResourcePolicy(const DeleteResourcePolicyRequest& request) {
  internal::CallTime time(core_->clock());
  const absl::StatusOr<Resource> resource =
      FindResource(*core_, Operation::kDeleteResourcePolicy, request, Resource::Kind::kAny, time);
  if (!resource.ok()) return resource.status();
  if (absl::Status status = RequireActive(*core_, *resource, time); !status.ok()) return status;
  if (!resource->policy()) {
    return MakeError(ErrorType::kResourceNotFound,
                     "No policy found for resource " + *request.resource_arn + ".");
  }
  resource->policy().reset();
  return absl::OkStatus();
}

}  // namespace kinesis::api
