// DescribeLimits, account settings, resource policies.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "kinesis_core/api/internal/account.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/resource.h"
#include "kinesis_core/api/internal/schema_account_operations.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api {
namespace {

// A number as a response shows it: the model's shapes end at a million.
int32_t Count(int64_t number) {
  constexpr int64_t kMost = 1'000'000;
  return static_cast<int32_t>(std::min(number, kMost));
}

}  // namespace

absl::StatusOr<DescribeLimitsResponse> internal::EngineClient::DescribeLimits(
    const DescribeLimitsRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kDescribeLimits, request, time));
  core_->lifecycle().FinishDeletions(time);
  const Account::Use use = core_->account().CountUse(time);
  const Limits& limits = core_->limits();
  return DescribeLimitsResponse{.shard_limit = Count(limits.shards_per_account),
                                .open_shard_count = Count(use.provisioned_shards),
                                .on_demand_stream_count = Count(use.on_demand_streams),
                                .on_demand_stream_count_limit = Count(limits.on_demand_streams_max),
                                .channel_count = Count(core_->channels().CountAll(time.ms())),
                                .channel_count_limit = Count(limits.channels_per_account_max)};
}

// --- Settings ------------------------------------------------------------------------------------

absl::StatusOr<DescribeAccountSettingsResponse> internal::EngineClient::DescribeAccountSettings(
    const DescribeAccountSettingsRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kDescribeAccountSettings, request, time));
  Account& account = core_->account();
  const MutexLock lock(account.mutex());
  return DescribeAccountSettingsResponse{
      account.billing_commitment().At(absl::FromUnixMillis(time.ms()))};
}

absl::StatusOr<UpdateAccountSettingsResponse> internal::EngineClient::UpdateAccountSettings(
    const UpdateAccountSettingsRequest& request) {
  CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kUpdateAccountSettings, request, time));
  const absl::Time now = absl::FromUnixMillis(time.ms());
  const auto wanted = internal::Resolve(*request.minimum_throughput_billing_commitment->status);
  Account& account = core_->account();
  const MutexLock lock(account.mutex());
  const absl::Status status =
      account.ChangeCommitment(now, [&](internal::BillingCommitment& commitment) {
        if (wanted == MinimumThroughputBillingCommitmentInputStatus::kEnabled) {
          commitment.Enable(now);
        } else {
          commitment.Disable(now);
        }
      });
  if (!status.ok()) return core_->errors().FromEngine(status, "");
  return UpdateAccountSettingsResponse{account.billing_commitment().At(now)};
}

// --- Policies ------------------------------------------------------------------------------------

absl::Status internal::EngineClient::PutResourcePolicy(const PutResourcePolicyRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kPutResourcePolicy,
                                                      request, Resource::Kind::kAny, time));
  KC_RETURN_IF_ERROR(RequireActive(*core_, resource, time));
  resource.policy() = request.policy;
  return Save(*core_, resource);
}

absl::StatusOr<GetResourcePolicyResponse> internal::EngineClient::GetResourcePolicy(
    const GetResourcePolicyRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kGetResourcePolicy,
                                                      request, Resource::Kind::kAny, time));
  // As the service answers where none is set.
  return GetResourcePolicyResponse{resource.policy().value_or("{}")};
}

absl::Status internal::EngineClient::DeleteResourcePolicy(
    const DeleteResourcePolicyRequest& request) {
  CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kDeleteResourcePolicy,
                                                      request, Resource::Kind::kAny, time));
  KC_RETURN_IF_ERROR(RequireActive(*core_, resource, time));
  if (!resource.policy()) {
    return MakeError(ErrorType::kResourceNotFound,
                     "No policy found for resource " + *request.resource_arn + ".");
  }
  resource.policy().reset();
  return Save(*core_, resource);
}

}  // namespace kinesis::api
