// CallThrottle: the rates of calls, as far as they are shared by an account or a stream.
#ifndef KINESIS_CORE_API_INTERNAL_CALL_RATES_H_
#define KINESIS_CORE_API_INTERNAL_CALL_RATES_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

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

  // Whether the call may be made now, and then charges it. Always, for an operation of another
  // scope or without a rate, and then takes no lock.
  bool TryCall(Operation operation, int64_t now_ms);

 private:
  struct Rate {
    Operation operation;
    TokenBucket bucket;
  };

  const RateScope scope_;
  std::mutex mutex_;
  std::vector<Rate> rates_;  // fixed between resets but for the buckets, which mutex_ guards
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CALL_RATES_H_
