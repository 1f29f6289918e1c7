// BillingCommitment: the account's minimum throughput billing commitment, which is kept and shown
// and bills nobody. It begins when asked for, and ends no earlier than a day later.
#ifndef KINESIS_CORE_API_INTERNAL_BILLING_COMMITMENT_H_
#define KINESIS_CORE_API_INTERNAL_BILLING_COMMITMENT_H_

#include "absl/time/time.h"
#include "kinesis_core/api/account_operations.h"

namespace kinesis::api::internal {

// Thread-compatible.
class BillingCommitment {
 public:
  BillingCommitment() { output_.status = Status::kDisabled; }

  // One that is as another was, which was shown so.
  explicit BillingCommitment(const MinimumThroughputBillingCommitmentOutput& output)
      : output_(output) {}

  // As the service shows it at `now`, which is when an end that was asked for may have come.
  const MinimumThroughputBillingCommitmentOutput& At(absl::Time now);

  // Does nothing if it is enabled already; takes an end back that has not come.
  void Enable(absl::Time now);
  // Ends it, or, in its first day, lets it end with that day.
  void Disable(absl::Time now);

 private:
  using Status = MinimumThroughputBillingCommitmentOutputStatus;

  MinimumThroughputBillingCommitmentOutput output_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_BILLING_COMMITMENT_H_
