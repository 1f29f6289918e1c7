// When a call to a service is made again: the standard mode of Amazon's SDKs.
//
// The numbers and lists are those of botocore's retries/standard.py (1.29), by whose schedule
// remote_client_test holds them. The options of users are in remote_options.h.
#ifndef KINESIS_CORE_API_INTERNAL_RETRY_H_
#define KINESIS_CORE_API_INTERNAL_RETRY_H_

#include <functional>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "kinesis_core/api/internal/mutex.h"

namespace kinesis {
class Clock;
}  // namespace kinesis

namespace kinesis::api::internal {

// What a failed attempt is to the policy.
enum class Failure {
  kFinal,      // another attempt would fail as well
  kTransient,  // the service or the way to it failed, or a rate was exceeded
  kTimeout,    // no answer came in time
};

// Of an answer with this HTTP status and error name ("ProvisionedThroughputExceededException").
Failure JudgeAnswer(int http_status, std::string_view error_name);

// How long to wait after attempt number `attempt`, the first of which is 1. `random` is in [0, 1).
absl::Duration RetryDelay(int attempt, double random);

// A number in [0, 1): from `random`, or one of this thread's own if that is null.
double DrawRandom(const std::function<double()>& random);

// Sleeps by the clock, for as long if that is set back meanwhile.
void SleepFor(Clock& clock, absl::Duration delay);

// The budget that the calls of a client share. Thread-safe.
class RetryBudget {
 public:
  static constexpr int kCapacity = 500;
  static constexpr int kRetryCost = 5;
  static constexpr int kTimeoutCost = 10;
  static constexpr int kFirstTrySuccess = 1;

  static constexpr int CostOf(Failure failure) {
    return failure == Failure::kTimeout ? kTimeoutCost : kRetryCost;
  }

  // False: it is not enough, and stays what it was.
  bool TryTake(int cost);
  // Never above kCapacity.
  void GiveBack(int amount);

 private:
  Mutex mutex_;
  int left_ ABSL_GUARDED_BY(mutex_) = kCapacity;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_RETRY_H_
