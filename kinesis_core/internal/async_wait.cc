#include "kinesis_core/internal/async_wait.h"

#include <algorithm>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/event_scope.h"
#include "kinesis_core/internal/short_wait.h"

namespace kinesis::internal {
namespace {

// How many calls of Executor::Post this thread is in.
thread_local int posts = 0;

}  // namespace

// --- AsyncWait -----------------------------------------------------------------------------------

AsyncWait::AsyncWait(AsyncSubject& subject, Executor& executor, absl::Time deadline,
                     std::stop_token stop)
    : subject_(subject), executor_(executor), deadline_(deadline), stop_(std::move(stop)) {}

bool AsyncWait::Start(std::coroutine_handle<> handle) {
  handle_ = handle;
  is_entered_ = true;
  subject_.Enter(*this);
  on_stop_.emplace(stop_, [this] {
    const EventScope events;
    Notify();
  });
  // Kept alive: it may be over and gone before LookOrSuspend returns.
  const std::shared_ptr<AsyncWait> self = shared_from_this();
  if (!LookOrSuspend()) return true;
  End();
  return false;
}

bool AsyncWait::LookOrSuspend() {
  // Tries in a row before the executor's other coroutines have their turn.
  constexpr int kTries = 64;
  for (;;) {
    // acq_rel: acquires what a notification that came before has published (A1).
    state_.exchange(State::kLooking, std::memory_order_acq_rel);
    if (stop_.stop_requested()) {
      subject_.Fail(Cancelled("the stop token says so"));
      return true;
    }
    const AsyncSubject::Look look = subject_.LookAndArm();
    if (look == AsyncSubject::Look::kDone) return true;
    if (subject_.clock().Now() >= deadline_) {
      subject_.Fail(subject_.LateError());
      return true;
    }
    const bool in_flight = look == AsyncSubject::Look::kInFlight;
    if (in_flight) {
      AwaitCommit(++in_flight_);
      if (in_flight_ % kTries != 0) continue;
    } else {
      in_flight_ = 0;
    }
    const absl::Time wake_at = in_flight ? deadline_ : std::min(deadline_, subject_.look_again());
    const bool is_open = executor_.registry_->Set(
        *this, wake_at, [this](absl::Time earliest) { executor_.OnEarlierDeadline(earliest); });
    if (!is_open) {
      subject_.Fail(Cancelled("the executor of the coroutine has been closed"));
      return true;
    }
    State expected = State::kLooking;
    // acq_rel, and acquire on failure: whoever resumes comes after all of this; see A1.
    if (!state_.compare_exchange_strong(expected, State::kWaiting, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
      continue;
    }
    // Nothing of this is touched from here on (A2), but for the post of one that is in flight: only
    // its Resumption, or another notification, resumes it, and both keep it alive.
    if (in_flight) Notify();
    return false;
  }
}

void AsyncWait::Notify() {
  // acq_rel: publishes the change to the thread that looks, and acquires the coroutine.
  State state = state_.load(std::memory_order_relaxed);  // a guess
  do {
    if (state == State::kOver) return;
  } while (!state_.compare_exchange_weak(state, State::kNotified, std::memory_order_acq_rel,
                                         std::memory_order_relaxed));  // a guess again
  if (state != State::kWaiting) return;
  ++posts;
  executor_.Post(Resumption(shared_from_this()));
  --posts;
}

void AsyncWait::Resume() {
  // Acquire: pairs with Notify.
  if (state_.load(std::memory_order_acquire) != State::kNotified) return;
  if (!LookOrSuspend()) return;
  End();
  handle_.resume();
}

void AsyncWait::ResumeAtLast() {
  // acq_rel: as in Notify.
  state_.exchange(State::kNotified, std::memory_order_acq_rel);
  Resume();
}

void AsyncWait::End() {
  if (!std::exchange(is_entered_, false)) return;
  // Relaxed: what follows waits for those who notify, and orders them.
  state_.store(State::kOver, std::memory_order_relaxed);
  on_stop_.reset();
  subject_.Leave();
  executor_.registry_->Remove(*this);
}

// --- WaitRegistry --------------------------------------------------------------------------------

bool WaitRegistry::Set(AsyncWait& wait, absl::Time deadline,
                       const std::function<void(absl::Time)>& on_earlier) {
  const MutexLock lock(mutex_);
  if (is_closed_) return false;
  if (wait.registered_ == deadline) return true;
  if (wait.registered_) waits_.erase({*wait.registered_, &wait});
  const bool is_earliest = waits_.empty() || deadline < waits_.begin()->first;
  waits_.emplace(deadline, &wait);
  wait.registered_ = deadline;
  if (is_earliest && deadline != absl::InfiniteFuture()) on_earlier(deadline);
  return true;
}

void WaitRegistry::Remove(AsyncWait& wait) {
  const MutexLock lock(mutex_);
  if (!wait.registered_) return;
  waits_.erase({*wait.registered_, &wait});
  wait.registered_.reset();
}

absl::Time WaitRegistry::NotifyOverdue(absl::Time now) {
  const EventScope events;
  const MutexLock lock(mutex_);
  auto wait = waits_.begin();
  for (; wait != waits_.end() && wait->first <= now; ++wait) wait->second->Notify();
  return wait == waits_.end() ? absl::InfiniteFuture() : wait->first;
}

void WaitRegistry::MarkClosed() {
  const MutexLock lock(mutex_);
  is_closed_ = true;
}

void WaitRegistry::Close() {
  const EventScope events;
  const MutexLock lock(mutex_);
  is_closed_ = true;
  for (const auto& [deadline, wait] : waits_) wait->Notify();
}

size_t WaitRegistry::size() const {
  const MutexLock lock(mutex_);
  return waits_.size();
}

std::shared_ptr<AsyncWait> WaitRegistry::Any() {
  const MutexLock lock(mutex_);
  return waits_.empty() ? nullptr : waits_.begin()->second->shared_from_this();
}

}  // namespace kinesis::internal

namespace kinesis {

void Resumption::operator()() const {
  if (internal::posts == 0) {
    wait_->Resume();
    return;
  }
  // The executor calls it within Post, where locks may be held.
  internal::EventScope::Call([wait = wait_] { wait->Resume(); });
}

}  // namespace kinesis
