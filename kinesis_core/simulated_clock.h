// SimulatedClock: time that moves only when a test or a simulation says so.
//
//   kinesis::SimulatedClock clock;
//   auto engine = kinesis::Engine::Create({.clock = &clock});
//   ...
//   clock.Advance(absl::Hours(24));  // retention has run out; no time has passed
//
// Every timestamp, expiry and wait of an engine goes through its clock, so with this one they are
// exact and repeatable. A thread that sleeps in the engine (Iterator::Wait, Stream::Put with a
// deadline) wakes when what it waits for happens, or when the clock is moved to or past its
// deadline. There are three ways to move it:
//
//   clock.Advance(absl::Minutes(5));  // by so much
//   clock.AdvanceToNextDeadline();    // to where the next sleeper wakes
//   clock.SetAutoAdvance(1);          // by itself, whenever all of 1 thread sleep
//
// A program whose only thread sleeps without the last of the three hangs, as nobody is left to move
// the clock. Whoever has slept for ten seconds of real time says so on standard error, once.
#ifndef KINESIS_CORE_SIMULATED_CLOCK_H_
#define KINESIS_CORE_SIMULATED_CLOCK_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <utility>

#include "absl/time/time.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/export.h"

namespace kinesis {

// Thread-safe: all operations may run concurrently. Must outlive the engines that use it.
class KINESIS_CORE_EXPORT SimulatedClock final : public Clock {
 public:
  // Begins at `start`; the default is an arbitrary round date.
  explicit SimulatedClock(absl::Time start = absl::FromUnixSeconds(1'600'000'000));

  absl::Time Now() const override;
  void Wait(WaitEvent& event, absl::Time deadline) override;

  // Moves the clock by `step`, which may be negative to imitate a clock that is set back, and wakes
  // the sleepers whose deadlines have come.
  void Advance(absl::Duration step);

  // Moves the clock to `time`, likewise.
  void Set(absl::Time time);

  // Moves the clock forward to the earliest deadline that a thread sleeps for and wakes it. False,
  // and nothing happens, if nobody sleeps with a deadline.
  bool AdvanceToNextDeadline();

  // From now on, whenever `threads` threads sleep at once that nothing has woken, the clock moves
  // to the earliest of their deadlines by itself: a wait of five minutes returns at once, five
  // minutes later. `threads` is how many threads use the clock; 0, the default, ends it. If none of
  // them has a deadline they sleep on, as they would for good in real time.
  void SetAutoAdvance(size_t threads);

  // Threads asleep now.
  size_t sleepers() const;

  // Returns when at least `count` threads sleep, so that a test can move the clock knowing that
  // they do. Waits in real time; after `real_time_max` it says on standard error how many sleep,
  // and returns false.
  bool AwaitSleepers(size_t count, absl::Duration real_time_max = absl::Seconds(60));

 private:
  // All of these require: mutex_ is held.
  void SetLocked(absl::Time time);
  bool AdvanceToNextDeadlineLocked();
  void AutoAdvanceLocked();

  mutable std::mutex mutex_;
  std::condition_variable sleepers_changed_;
  absl::Time now_;
  size_t auto_advance_threads_ = 0;                            // 0: off
  std::multiset<std::pair<absl::Time, WaitEvent*>> sleepers_;  // by deadline
};

}  // namespace kinesis

#endif  // KINESIS_CORE_SIMULATED_CLOCK_H_
