// SteppingClock: a clock that steps back at every second reading, over one that does not.
//
//   SteppingClock stepping(simulated, absl::Seconds(5));
//   auto client = Client::Create({}, {.clock = &stepping});  // 5 s ahead, then not, then ahead
//
// Clock allows time to go backwards; who reads it twice in one call and compares finds out here.
#ifndef KINESIS_CORE_TESTING_INTERNAL_STEPPING_CLOCK_H_
#define KINESIS_CORE_TESTING_INTERNAL_STEPPING_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/testing/internal/environment.h"

namespace kinesis::testing {

// Thread-safe. `base` outlives this.
class SteppingClock final : public Clock {
 public:
  SteppingClock(Clock& base, absl::Duration step) : base_(base), step_(step) {}

  absl::Time Now() const override {
    // Relaxed: threads take turns as they come.
    const bool ahead = readings_.fetch_add(1, std::memory_order_relaxed) % 2 == 0;
    return ahead ? base_.Now() + step_ : base_.Now();
  }
  void Wait(WaitEvent& event, absl::Time deadline) override { base_.Wait(event, deadline); }

  // From now on. While no other thread reads it.
  void SetStep(absl::Duration step) { step_ = step; }

  int64_t readings() const {
    return readings_.load(std::memory_order_relaxed);  // as above
  }

 private:
  Clock& base_;
  absl::Duration step_;
  mutable std::atomic<int64_t> readings_{0};
};

// The step, if the whole suite is to run on such a clock. Those who set it take less than a
// millisecond, so that the times that tests expect hold.
inline absl::Duration SuiteClockStep() {
  return absl::Microseconds(static_cast<int64_t>(FromEnvironment("KINESIS_TEST_CLOCK_STEP_US", 0)));
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_STEPPING_CLOCK_H_
