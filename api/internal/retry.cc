#include "kinesis_core/api/internal/retry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "kinesis_core/api/internal/back_off.h"
#include "kinesis_core/clock.h"

namespace kinesis::api::internal {
namespace {

// Names by which services refuse for a rate or ask for another try. Kinesis knows the first three;
// the others are what gateways and emulators in front of it say.
constexpr auto kRetryable = std::to_array<std::string_view>({
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "RequestTimeout",
    "RequestTimeoutException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "PriorRequestNotComplete",
    "SlowDown",
    "EC2ThrottledException",
});

constexpr auto kTransientStatuses = std::to_array<int>({500, 502, 503, 504});

constexpr double kLongestSeconds = 20;

}  // namespace

Failure JudgeAnswer(int http_status, std::string_view error_name) {
  const bool again =
      std::find(kRetryable.begin(), kRetryable.end(), error_name) != kRetryable.end() ||
      std::find(kTransientStatuses.begin(), kTransientStatuses.end(), http_status) !=
          kTransientStatuses.end();
  return again ? Failure::kTransient : Failure::kFinal;
}

absl::Duration RetryDelay(int attempt, double random) {
  return absl::Seconds(std::min(std::ldexp(random, attempt - 1), kLongestSeconds));
}

double DrawRandom(const std::function<double()>& random) {
  if (random) return random();
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::uniform_real_distribution<double>()(generator);
}

void SleepFor(Clock& clock, absl::Duration delay) {
  SteadyTime time(clock);
  const absl::Time deadline = time.Now() + delay;
  WaitEvent never;
  while (time.Now() < deadline) clock.Wait(never, time.OnClock(deadline));
}

bool RetryBudget::TryTake(int cost) {
  const MutexLock lock(mutex_);
  if (cost > left_) return false;
  left_ -= cost;
  return true;
}

void RetryBudget::GiveBack(int amount) {
  const MutexLock lock(mutex_);
  left_ = std::min(left_ + amount, kCapacity);
}

}  // namespace kinesis::api::internal
