#include "kinesis_core/api/internal/account.h"

#include <algorithm>
#include <string>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/shard_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api::internal {

absl::StatusOr<uint64_t> Account::Load() {
  const MutexLock lock(mutex_);
  KC_ASSIGN_OR_RETURN(AccountImage image, store_.LoadAccount());
  if (image.generation > 0) {
    billing_commitment_ = BillingCommitment(image.billing_commitment);
  } else {
    image.billing_commitment = billing_commitment_.At(absl::InfinitePast());
  }
  generation_ = ++image.generation;
  KC_RETURN_IF_ERROR(store_.SaveAccount(image));
  return generation_;
}

Account::Use Account::CountUse(CallTime& time) const {
  Use use;
  for (const StreamPtr& stream : streams_.List()) {
    lifecycle_.AdvanceIfDue(*stream, time);
    const int64_t open = OpenShardCount(stream->stream());
    StreamEntry::Locked state = stream->Lock();
    const StreamStatus status = state.StatusAt(time.ms());
    const bool changing = status == StreamStatus::kCreating || status == StreamStatus::kDeleting;
    if (changing) ++use.changing_streams;
    if (state->mode == StreamMode::kOnDemand) {
      ++use.on_demand_streams;
      continue;
    }
    use.provisioned_shards += open;
    if (state->reshard) use.coming_shards += std::max<int64_t>(state->reshard->added, 0);
  }
  return use;
}

absl::Status Account::CheckShardLimit(int64_t additional, CallTime& time) const {
  const int64_t limit = options_.limits.shards_per_account;
  if (additional <= 0 || limit == kUnlimited) return absl::OkStatus();
  const Use use = CountUse(time);
  const int64_t current = use.provisioned_shards + use.coming_shards;
  if (current + additional <= limit) return absl::OkStatus();
  return MakeError(
      ErrorType::kLimitExceeded,
      "This request would exceed the shard limit for the account " + options_.account_id + " in " +
          options_.region + ". Current shard count for the account: " + std::to_string(current) +
          ". Limit: " + std::to_string(limit) +
          ". Number of additional shards that would have resulted from this request: " +
          std::to_string(additional) +
          ". Refer to the AWS Service Limits page "
          "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current "
          "limits and how to request higher limits.");
}

}  // namespace kinesis::api::internal
