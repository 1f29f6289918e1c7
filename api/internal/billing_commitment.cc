#include "kinesis_core/api/internal/billing_commitment.h"

namespace kinesis::api::internal {

const MinimumThroughputBillingCommitmentOutput& BillingCommitment::At(absl::Time now) {
  if (output_.status == Status::kEnabledUntilEarliestAllowedEnd &&
      now >= *output_.earliest_allowed_end_at) {
    output_.status = Status::kDisabled;
    output_.ended_at = output_.earliest_allowed_end_at;
  }
  return output_;
}

void BillingCommitment::Enable(absl::Time now) {
  At(now);
  if (output_.status == Status::kDisabled) {
    output_.started_at = now;
    output_.ended_at.reset();
    output_.earliest_allowed_end_at = now + absl::Hours(24);
  }
  output_.status = Status::kEnabled;
}

void BillingCommitment::Disable(absl::Time now) {
  At(now);
  if (output_.status != Status::kEnabled) return;
  if (now < *output_.earliest_allowed_end_at) {
    output_.status = Status::kEnabledUntilEarliestAllowedEnd;
    return;
  }
  output_.status = Status::kDisabled;
  output_.ended_at = now;
}

}  // namespace kinesis::api::internal
