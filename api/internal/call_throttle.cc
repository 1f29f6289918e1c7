#include "kinesis_core/api/internal/call_throttle.h"

#include <algorithm>

namespace kinesis::api::internal {

CallThrottle::CallThrottle(const Limits& limits, RateScope scope) : scope_(scope) { Reset(limits); }

void CallThrottle::Reset(const Limits& limits) {
  const MutexLock lock(mutex_);
  operations_.clear();
  buckets_.clear();
  if (!limits.rates) return;
  for (size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    const int64_t rate = limits.RateOf(operation);
    if (ScopeOf(operation) == scope_ && rate != kUnlimited) {
      operations_.push_back(operation);
      buckets_.emplace_back(rate);
    }
  }
}

bool CallThrottle::TryCall(Operation operation, int64_t now_ms) {
  const auto found = std::find(operations_.begin(), operations_.end(), operation);
  if (found == operations_.end()) return true;
  const MutexLock lock(mutex_);
  return buckets_[static_cast<size_t>(found - operations_.begin())].TryTake(1, now_ms);
}

}  // namespace kinesis::api::internal
