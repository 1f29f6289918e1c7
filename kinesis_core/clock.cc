#include "kinesis_core/clock.h"

#include <algorithm>
#include <chrono>

#include "kinesis_core/internal/base/system_time.h"

namespace kinesis {

void WaitEvent::Notify() {
  // Notified under the lock: the sleeper may destroy the event as soon as it has the lock again.
  const std::lock_guard<std::mutex> lock(mutex_);
  notified_ = true;
  condition_.notify_all();
}

void WaitEvent::Block() {
  std::unique_lock<std::mutex> lock(mutex_);
  condition_.wait(lock, [this] { return notified_; });
}

bool WaitEvent::BlockFor(absl::Duration real_time) {
  // Longer than any sleep anybody waits out, and short enough for every arithmetic below this call.
  constexpr absl::Duration kLongest = absl::Hours(24);
  const auto timeout = absl::ToChronoNanoseconds(std::min(real_time, kLongest));
  std::unique_lock<std::mutex> lock(mutex_);
  return condition_.wait_for(lock, timeout, [this] { return notified_; });
}

namespace {

class RealClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::TimeFromTimespec(internal::SystemNow()); }

  int64_t NowMillis() const override { return internal::SystemNowMillis(); }

  absl::Duration Lag() const override {
    // More than the longest tick, 10 ms.
    constexpr absl::Duration kUsual = absl::Milliseconds(16);
    // In this order: the time between the two counts as lag.
    const absl::Time coarse = Now();
    return std::max(kUsual, absl::TimeFromTimespec(internal::ExactSystemNow()) - coarse);
  }

  void Wait(WaitEvent& event, absl::Time deadline) override {
    // One tick more, so that a sleep of the whole remainder ends with Now() past the deadline.
    constexpr absl::Duration kTick = absl::Milliseconds(10);
    const absl::Duration left = deadline - Now();
    if (left > absl::ZeroDuration()) event.BlockFor(std::min(left, absl::Hours(24)) + kTick);
  }
};

}  // namespace

Clock& SystemClock() {
  static RealClock* const clock = new RealClock;
  return *clock;
}

}  // namespace kinesis
