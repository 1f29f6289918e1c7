#include "kinesis_core/executor.h"

#include <deque>
#include <functional>
#include <utility>

#include "kinesis_core/internal/async_wait.h"
#include "kinesis_core/internal/base/mutex.h"

namespace kinesis {

using internal::MutexLock;

// --- Executor ------------------------------------------------------------------------------------

Executor::Executor() : registry_(std::make_unique<internal::WaitRegistry>()) {}

// NOLINTNEXTLINE(bugprone-exception-escape): what a coroutine lets out here ends the program
Executor::~Executor() {
  registry_->MarkClosed();
  while (const std::shared_ptr<internal::AsyncWait> wait = registry_->Any()) wait->ResumeAtLast();
}

absl::Time Executor::EndOverdue(absl::Time now) { return registry_->NotifyOverdue(now); }

void Executor::Close() { registry_->Close(); }

size_t Executor::waiting() const { return registry_->size(); }

// --- EventLoop -----------------------------------------------------------------------------------

// What was posted, and the event that the thread of the loop sleeps for.
class EventLoop::Queue {
 public:
  void Push(Resumption resumption) {
    const MutexLock lock(mutex_);
    posted_.push_back(std::move(resumption));
    WakeLocked();
  }
  // All that is there.
  std::deque<Resumption> TakeAll() {
    const MutexLock lock(mutex_);
    return std::exchange(posted_, {});
  }
  // Ends the sleep, or the next one.
  void Wake() {
    const MutexLock lock(mutex_);
    is_woken_ = true;
    WakeLocked();
  }
  // Before a look at what the sleep is for.
  void Arm() {
    const MutexLock lock(mutex_);
    is_woken_ = false;
  }
  // Sleeps unless there is something, or Wake was called since Arm.
  void Sleep(Clock& clock, absl::Time deadline) {
    WaitEvent event;
    {
      const MutexLock lock(mutex_);
      if (is_woken_ || !posted_.empty()) return;
      sleeper_ = &event;
    }
    clock.Wait(event, deadline);
    const MutexLock lock(mutex_);
    sleeper_ = nullptr;
  }

 private:
  void WakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (sleeper_ != nullptr) sleeper_->Notify();
  }

  internal::Mutex mutex_;
  std::deque<Resumption> posted_ ABSL_GUARDED_BY(mutex_);
  // Notified under the mutex, which its thread needs in order to leave: it exists until then.
  WaitEvent* sleeper_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool is_woken_ ABSL_GUARDED_BY(mutex_) = false;
};

EventLoop::EventLoop(Clock& clock) : clock_(clock), queue_(std::make_unique<Queue>()) {}

EventLoop::~EventLoop() {
  Close();
  RunReady();
}

void EventLoop::Post(Resumption resumption) { queue_->Push(std::move(resumption)); }

void EventLoop::OnEarlierDeadline(absl::Time /*deadline*/) { queue_->Wake(); }

size_t EventLoop::RunReady() {
  size_t count = 0;
  for (;;) {
    EndOverdue(clock_.Now());
    const std::deque<Resumption> posted = queue_->TakeAll();
    if (posted.empty()) return count;
    for (const Resumption& resumption : posted) resumption();
    count += posted.size();
  }
}

void EventLoop::Run() { Run(std::stop_token()); }

void EventLoop::Run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { queue_->Wake(); });
  for (;;) {
    queue_->Arm();
    RunReady();
    if (stop.stop_requested() || waiting() == 0) return;
    queue_->Sleep(clock_, EndOverdue(clock_.Now()));
  }
}

}  // namespace kinesis
