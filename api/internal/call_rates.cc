#include "kinesis_core/api/internal/call_rates.h"

#include <algorithm>

namespace kinesis::api::internal {

CallThrottle::CallThrottle(const Limits& limits, RateScope scope) : scope_(scope) { Reset(limits); }

void CallThrottle::Reset(const Limits& limits) {
  rates_.clear();
  if (!limits.rates) return;
  for (size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    const int64_t rate = limits.RateOf(operation);
    if (ScopeOf(operation) == scope_ && rate != kUnlimited) {
      rates_.push_back({operation, TokenBucket(rate)});
    }
  }
}

bool CallThrottle::TryCall(Operation operation, int64_t now_ms) {
  const auto found = std::find_if(rates_.begin(), rates_.end(), [operation](const Rate& rate) {
    return rate.operation == operation;
  });
  if (found == rates_.end()) return true;
  const std::lock_guard lock(mutex_);
  return found->bucket.TryTake(1, now_ms);
}

}  // namespace kinesis::api::internal
