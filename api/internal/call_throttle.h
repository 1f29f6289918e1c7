// CallThrottle: the rates of calls that are shared by an account or a stream.
#ifndef KINESIS_CORE_API_INTERNAL_CALL_THROTTLE_H_
#define KINESIS_CORE_API_INTERNAL_CALL_THROTTLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/token_bucket.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {

// Who shares the rate of an operation (texts of the operations in the service model).
enum class RateScope { kAccount, kStream, kShard, kConsumerAndShard };

constexpr RateScope ScopeOf(Operation operation) {
  switch (operation) {
    case Operation::kListShards:
    case Operation::kRegisterStreamConsumer:
    case Operation::kDescribeStreamConsumer:
    case Operation::kListStreamConsumers:
    case Operation::kDeregisterStreamConsumer:
      return RateScope::kStream;
    case Operation::kGetShardIterator:
      return RateScope::kShard;
    case Operation::kSubscribeToShard:
      return RateScope::kConsumerAndShard;
    default:
      return RateScope::kAccount;
  }
}

// One for the account, one for each stream.
//
// Thread-safe: all operations may run concurrently.
class CallThrottle {
 public:
  CallThrottle(const Limits& limits, RateScope scope);
  CallThrottle(const CallThrottle&) = delete;
  CallThrottle& operator=(const CallThrottle&) = delete;

  // Begins anew, with the rates of other limits. Requires: nothing else runs.
  void Reset(const Limits& limits);

  // Whether the call may be made now, and then charges it. An operation of another scope, or
  // without a rate, may always be called, and costs no lock.
  bool TryCall(Operation operation, int64_t now_ms);

 private:
  const RateScope scope_;
  Mutex mutex_;
  // One for each operation of the scope that has a rate. Fixed between resets but for the buckets.
  std::vector<Operation> operations_;
  std::vector<TokenBucket> buckets_ ABSL_GUARDED_BY(mutex_);  // of operations_, in their order
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CALL_THROTTLE_H_
