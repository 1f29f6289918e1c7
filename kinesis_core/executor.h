// Where coroutines that wait for a stream go on (coroutine.h): Executor, the interface of an event
// loop or thread pool of yours, and EventLoop, one that a thread runs.
#ifndef KINESIS_CORE_EXECUTOR_H_
#define KINESIS_CORE_EXECUTOR_H_

#include <cstddef>
#include <memory>
#include <stop_token>
#include <utility>

#include "absl/time/time.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/export.h"

namespace kinesis {

namespace internal {
class AsyncWait;
class WaitRegistry;
}  // namespace internal

// A task for an executor: a wait that may be over. Calling it looks, and resumes the coroutine
// if the wait is over; if not, it waits on. Small, cheap to copy; to be called once. Harmless if
// the coroutine has been destroyed by then, and to let go of without a call: the coroutine then
// stays suspended, to be destroyed by its owner.
class KINESIS_CORE_EXPORT Resumption {
 public:
  void operator()() const;

 private:
  friend class internal::AsyncWait;
  explicit Resumption(std::shared_ptr<internal::AsyncWait> wait) : wait_(std::move(wait)) {}

  std::shared_ptr<internal::AsyncWait> wait_;
};

// Thread-safe: all operations may run concurrently.
//
// Lifetime: must outlive the coroutines that wait by it, or end their waits: the destructor of a
// derived class calls Close first, while its Post still works. What is left then, because it was
// not called after that, is resumed by ~Executor, on its thread.
class KINESIS_CORE_EXPORT Executor {
 public:
  // NOLINTNEXTLINE(bugprone-exception-escape): see executor.cc
  virtual ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Sees to it that `resumption` is called soon, on the thread where coroutines are to go on. Any
  // thread calls this, that of a put for example, which pays for it and may hold locks of the
  // engine: it puts the resumption into a queue, and neither waits nor calls the engine. It does
  // not throw.
  //
  // One that calls the resumption itself makes producers run the coroutines: they go on within the
  // call that woke them, such as Stream::Put, when it is done and has let its locks go.
  virtual void Post(Resumption resumption) = 0;

  // Ends the waits whose deadline is `now` or earlier: they are posted. Returns the earliest
  // deadline after that, at which to call this again; InfiniteFuture if there is none. To be called
  // by whoever drives the executor, with the time of the engine's clock; nothing else makes a
  // deadline come. O(waits that are due).
  absl::Time EndOverdue(absl::Time now);

  // Ends all waits, with kCancelled, and from now on each at once: they are posted.
  void Close();

  // Coroutines that wait.
  size_t waiting() const;

 protected:
  Executor();

  // The earliest deadline is now `deadline`, and was later: a timer has to be set anew. Called with
  // a lock of the executor: it calls none of the above. The default does nothing.
  virtual void OnEarlierDeadline(absl::Time /*deadline*/) {}

 private:
  friend class internal::AsyncWait;

  const std::unique_ptr<internal::WaitRegistry> registry_;
};

// An executor that is run by one thread at a time, and keeps deadlines by a clock.
//
//   kinesis::EventLoop loop;
//   Consume(iterator, loop);  // a coroutine, which runs until it waits
//   loop.Run();               // until none waits any more
//
// Thread-safe, but for Run and RunReady, which one thread at a time may be in.
class KINESIS_CORE_EXPORT EventLoop final : public Executor {
 public:
  // `clock` is that of the engines by which the coroutines wait, and must outlive the loop.
  explicit EventLoop(Clock& clock = SystemClock());
  // Ends all waits with kCancelled and resumes the coroutines, on this thread.
  ~EventLoop() override;

  void Post(Resumption resumption) override;

  // Resumes those that have been posted, and whose deadlines have come, until there are none.
  // Returns how many that were.
  size_t RunReady();

  // The same, and sleeps by the clock in between, until no coroutine waits.
  void Run();
  // The same, until the token says stop if that is earlier. The coroutines stay as they are.
  void Run(const std::stop_token& stop);

 private:
  class Queue;

  void OnEarlierDeadline(absl::Time deadline) override;

  Clock& clock_;
  const std::unique_ptr<Queue> queue_;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_EXECUTOR_H_
