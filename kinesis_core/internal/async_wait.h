// AsyncWait: a coroutine that waits, in the place of a thread that sleeps (waiting.h).
//
//   put --WakeAll(uid)--> Notify --> Executor::Post --> queue --> Resume: look; resume, or wait on
//
// The word `state_` says who may do what:
//
//   kLooking   The wait's own thread looks whether there is something. A notification changes it to
//              kNotified and does nothing else.
//   kWaiting   The coroutine is suspended, and nobody has it. Whoever changes this to kNotified has
//              to post it, so it is posted once.
//   kNotified  Posted, or noticed by the thread that looks. Resume changes it to kLooking.
//   kOver      The coroutine goes on, or has been destroyed. Nothing changes this.
//
// Why no wake-up is lost (A1). It is the argument of waiting.h. The subject is parked from Enter
// on, so every change notifies. The thread (1) changes the word to kLooking, (2) looks, and arms
// what wakes it, (3) changes kLooking to kWaiting by compare-exchange, and suspends only if that
// succeeds. A change before the look is seen: if its notification came before (1), (1) reads what
// it wrote, and acquires the change; one that comes between (1) and (3) makes (3) fail, and the
// thread looks again; one after (3) posts.
//
// Why nothing is touched that is gone (A2). (3) is the last step of the thread that suspends. The
// word and the resumption live in this object, which is shared with every Resumption. What it was
// entered in (parking lot, stop token, executor) is left in End, before the coroutine goes on or is
// destroyed, and each of them lets nobody leave while it is notifying: the lot and the registry by
// the lock that they notify under, std::stop_callback by its destructor.
//
// Locks. Notify is called under a lock of the parking lot, the registry or a ReadyList, and calls
// Executor::Post. Enter, End and the look take these locks, one at a time, and hold none.
#ifndef KINESIS_CORE_INTERNAL_ASYNC_WAIT_H_
#define KINESIS_CORE_INTERNAL_ASYNC_WAIT_H_

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/executor.h"
#include "kinesis_core/internal/base/mutex.h"

namespace kinesis::internal {

// What a coroutine waits for. One thread at a time.
class AsyncSubject {
 public:
  enum class Look {
    kDone,      // the result is there
    kArmed,     // nothing is; the waiter will be notified when that may have changed
    kInFlight,  // it is about to be: look again soon
  };

  virtual ~AsyncSubject() = default;
  virtual Clock& clock() const = 0;
  // From now on `waiter` is notified, until Leave.
  virtual void Enter(Waiter& waiter) = 0;
  virtual Look LookAndArm() = 0;
  // Requires: kArmed. When to look again without having been notified.
  virtual absl::Time look_again() const { return absl::InfiniteFuture(); }
  virtual void Leave() = 0;
  // The wait ended with this; and what it ends with at its deadline.
  virtual void Fail(absl::Status status) = 0;
  virtual absl::Status LateError() const = 0;
};

class AsyncWait final : public Waiter, public std::enable_shared_from_this<AsyncWait> {
 public:
  // `subject` and `executor` must outlive the wait, whose end is End.
  AsyncWait(AsyncSubject& subject, Executor& executor, absl::Time deadline, std::stop_token stop);
  ~AsyncWait() = default;
  AsyncWait(const AsyncWait&) = delete;
  AsyncWait& operator=(const AsyncWait&) = delete;

  // Begins; to be called once. True if `handle` is suspended, and perhaps resumed by now; false if
  // the wait was over at once.
  bool Start(std::coroutine_handle<> handle);

  // Ends the wait, if it has begun; the coroutine will not be resumed. Not while Resume is running.
  void End();

  void Notify() override;
  // By the Resumption.
  void Resume();
  // By the end of the executor, whose registry is closed, instead of a Resumption.
  void ResumeAtLast();

 private:
  friend class WaitRegistry;
  enum class State { kLooking, kWaiting, kNotified, kOver };

  // Looks until there is a result, which is true, or the coroutine is left suspended.
  bool LookOrSuspend();

  AsyncSubject& subject_;
  Executor& executor_;
  const absl::Time deadline_;
  const std::stop_token stop_;
  std::coroutine_handle<> handle_;
  int in_flight_ = 0;
  bool is_entered_ = false;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  std::atomic<State> state_{State::kLooking};
  // Under the mutex of the registry: the key under which it is there.
  std::optional<absl::Time> registered_;
};

// The waits of one executor.
//
// Thread-safe: all operations may run concurrently.
class WaitRegistry {
 public:
  // Has `wait` notified at `deadline`, not at an earlier one given before. False if the registry is
  // closed. Calls `on_earlier` if no other is earlier.
  bool Set(AsyncWait& wait, absl::Time deadline, const std::function<void(absl::Time)>& on_earlier);
  void Remove(AsyncWait& wait);
  absl::Time NotifyOverdue(absl::Time now);
  // Nothing is added from now on.
  void MarkClosed();
  // The same, and all are notified.
  void Close();
  size_t size() const;
  // One of those that are left; null if none is. Requires: it is closed, and nobody uses it.
  std::shared_ptr<AsyncWait> Any();

 private:
  mutable Mutex mutex_;
  // In order of deadline.
  std::set<std::pair<absl::Time, AsyncWait*>> waits_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_ASYNC_WAIT_H_
