#include "kinesis_core/simulated_clock.h"

#include <algorithm>
#include <cstdio>

namespace kinesis {

namespace {

// In real time, before a sleeper says that it sleeps.
constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

SimulatedClock::SimulatedClock(absl::Time start) : now_(start) {}

absl::Time SimulatedClock::Now() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return now_;
}

void SimulatedClock::Wait(WaitEvent& event, absl::Time deadline) {
  const std::pair<absl::Time, WaitEvent*> self(deadline, &event);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (now_ >= deadline) return;
    sleepers_.insert(self);
    sleepers_changed_.notify_all();
    AutoAdvanceLocked();
  }
  if (!event.BlockFor(kPatience)) {
    std::fprintf(stderr,
                 "SimulatedClock: a thread has slept for %s of real time, until it is %s; it is "
                 "%s. Does anybody move the clock?\n",
                 absl::FormatDuration(kPatience).c_str(), absl::FormatTime(deadline).c_str(),
                 absl::FormatTime(Now()).c_str());
    event.Block();
  }
  // Only this thread takes itself out, so the event exists while it is in.
  const std::lock_guard<std::mutex> lock(mutex_);
  sleepers_.erase(sleepers_.find(self));
}

void SimulatedClock::Advance(absl::Duration step) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SetLocked(now_ + step);
}

void SimulatedClock::Set(absl::Time time) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SetLocked(time);
}

bool SimulatedClock::AdvanceToNextDeadline() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return AdvanceToNextDeadlineLocked();
}

void SimulatedClock::SetAutoAdvance(size_t threads) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto_advance_threads_ = threads;
  AutoAdvanceLocked();
}

bool SimulatedClock::AdvanceToNextDeadlineLocked() {
  // Sleepers that have been woken but not yet left are behind the clock; they are none to wait for.
  for (const auto& [deadline, event] : sleepers_) {
    if (deadline <= now_) continue;
    if (deadline == absl::InfiniteFuture()) return false;
    SetLocked(deadline);
    return true;
  }
  return false;
}

size_t SimulatedClock::sleepers() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sleepers_.size();
}

bool SimulatedClock::AwaitSleepers(size_t count, absl::Duration real_time_max) {
  std::unique_lock<std::mutex> lock(mutex_);
  const bool enough =
      sleepers_changed_.wait_for(lock, absl::ToChronoNanoseconds(real_time_max),
                                 [this, count] { return sleepers_.size() >= count; });
  if (!enough) {
    std::fprintf(stderr,
                 "SimulatedClock: AwaitSleepers has waited for %s for %zu sleeping threads; %zu "
                 "sleep\n",
                 absl::FormatDuration(real_time_max).c_str(), count, sleepers_.size());
  }
  return enough;
}

void SimulatedClock::AutoAdvanceLocked() {
  if (auto_advance_threads_ == 0) return;
  // Whoever has been notified is on its way out and may still do something before the deadline.
  const auto asleep = std::count_if(sleepers_.begin(), sleepers_.end(), [](const auto& sleeper) {
    return !sleeper.second->BlockFor(absl::ZeroDuration());
  });
  if (static_cast<size_t>(asleep) >= auto_advance_threads_) AdvanceToNextDeadlineLocked();
}

void SimulatedClock::SetLocked(absl::Time time) {
  now_ = time;
  for (const auto& [deadline, event] : sleepers_) {
    if (deadline > now_) break;
    event->Notify();
  }
}

}  // namespace kinesis
