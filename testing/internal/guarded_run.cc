#include "kinesis_core/testing/internal/guarded_run.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace kinesis::testing::internal {
namespace {

// Between two looks at a thread.
constexpr absl::Duration kLook = absl::Milliseconds(20);
// A thread that sleeps may do so for so many times as long as one that runs.
constexpr int kSleepFactor = 3;

// The guard of this thread, if it is guarded.
thread_local Guard* guard_of_thread = nullptr;

// The processor time that the thread has used; zero if that is not to be had.
absl::Duration ProcessorTimeOf(pthread_t thread) {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return absl::DurationFromTimespec(time);
}

// Sleeps for good. Does not return, so that nothing above it on the stack runs any more.
[[noreturn]] void Park() {
  for (;;) pause();
}

std::string WhatOf(const std::exception_ptr& thrown) {
  if (thrown == nullptr) return "without an exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    return std::string("on an exception: ") + exception.what();
  } catch (...) {
    return "on an exception that is no std::exception";
  }
}

// A stack for handlers of signals, as an overflow of the thread's own leaves none.
class AlternateStack {
 public:
  AlternateStack() : memory_(size_t{64} << 10) {
    stack_t stack{};
    stack.ss_sp = memory_.data();
    stack.ss_size = memory_.size();
    sigaltstack(&stack, &before_);
  }
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;
  ~AlternateStack() { sigaltstack(&before_, nullptr); }

 private:
  std::vector<char> memory_;
  stack_t before_{};
};

constexpr std::array kDeadly = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

}  // namespace

// The handlers of std::terminate and of deadly signals, while anything is guarded. Those that were
// there before are put back afterwards, and are asked about threads that are not guarded.
class ProcessHandlers {
 public:
  ProcessHandlers() {
    const std::lock_guard<std::mutex> lock(mutex());
    if (users()++ != 0) return;
    terminate_before() = std::set_terminate(&OnTerminate);
    struct sigaction action {};
    action.sa_handler = &OnSignal;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < kDeadly.size(); ++i) {
      sigaction(kDeadly[i], &action, &actions_before()[i]);
    }
  }
  ProcessHandlers(const ProcessHandlers&) = delete;
  ProcessHandlers& operator=(const ProcessHandlers&) = delete;
  ~ProcessHandlers() {
    const std::lock_guard<std::mutex> lock(mutex());
    if (--users() != 0) return;
    std::set_terminate(terminate_before());
    for (size_t i = 0; i < kDeadly.size(); ++i) {
      sigaction(kDeadly[i], &actions_before()[i], nullptr);
    }
  }

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static int& users() {
    static int instance = 0;
    return instance;
  }
  static std::terminate_handler& terminate_before() {
    static std::terminate_handler instance = nullptr;
    return instance;
  }
  static std::array<struct sigaction, kDeadly.size()>& actions_before() {
    static std::array<struct sigaction, kDeadly.size()> instance{};
    return instance;
  }

  [[noreturn]] static void OnTerminate() {
    if (guard_of_thread != nullptr) {
      guard_of_thread->GiveUp("called std::terminate " + WhatOf(std::current_exception()));
    }
    if (terminate_before() != nullptr) terminate_before()();
    std::abort();
  }

  static void OnSignal(int signal) {
    Guard* const guard = guard_of_thread;
    if (guard != nullptr) {
      const ssize_t written = write(STDERR_FILENO, guard->note_.data(), guard->note_size_);
      static_cast<void>(written);  // there is nobody left to tell
      if (signal == SIGABRT) {
        guard->aborted_ = true;
        Park();
      }
    }
    for (size_t i = 0; i < kDeadly.size(); ++i) {
      if (kDeadly[i] == signal) sigaction(signal, &actions_before()[i], nullptr);
    }
    raise(signal);  // as soon as this returns
  }
};

Guard::Result Guard::Run(absl::Duration time_max, std::function<void(Guard&)> run) {
  const auto guard = std::make_shared<Guard>();
  const ProcessHandlers handlers;
  std::thread thread([guard, run = std::move(run)] {
    const AlternateStack stack;
    guard_of_thread = guard.get();
    std::exception_ptr thrown;
    try {
      run(*guard);
    } catch (...) {
      thrown = std::current_exception();
    }
    guard_of_thread = nullptr;
    guard->Finish(std::move(thrown));
  });
  Result result = guard->Await(time_max, thread.native_handle());
  if (!result.why.empty()) {
    thread.detach();
    return result;
  }
  thread.join();
  if (guard->thrown_ != nullptr) std::rethrow_exception(guard->thrown_);
  return result;
}

Guard::Result Guard::Await(absl::Duration time_max, uint64_t thread) {
  std::unique_lock<std::mutex> lock(mutex_);
  uint64_t beats = beats_;
  absl::Duration used_at_beat;
  absl::Duration used_before;
  absl::Duration asleep;
  for (;;) {
    changed_.wait_for(lock, absl::ToChronoMilliseconds(kLook),
                      [this] { return finished_ || !why_.empty(); });
    if (finished_ || !why_.empty()) return {why_};
    if (aborted_) return {"called abort(): see what it wrote before"};
    const absl::Duration used = ProcessorTimeOf(thread);
    if (depth_ == 0 || beats != beats_) {
      beats = beats_;
      used_at_beat = used;
      asleep = absl::ZeroDuration();
    } else if (used != used_before) {
      asleep = absl::ZeroDuration();
    } else {
      asleep += kLook;
    }
    used_before = used;
    const bool runs = used - used_at_beat >= time_max;
    if (!runs && asleep < kSleepFactor * time_max) continue;
    let_go_ = true;
    return {(runs ? "has used " + absl::FormatDuration(time_max) + " of the processor"
                  : "has slept for " + absl::FormatDuration(kSleepFactor * time_max)) +
                " without a call or an effect, and may never return",
            true};
  }
}

void Guard::Finish(std::exception_ptr thrown) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (let_go_) return;
  thrown_ = std::move(thrown);
  finished_ = true;
  changed_.notify_all();
}

void Guard::Beat() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++beats_;
    if (!let_go_) return;
  }
  Park();
}

void Guard::Enter() {
  Beat();
  const std::lock_guard<std::mutex> lock(mutex_);
  ++depth_;
}

void Guard::Leave() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --depth_;
  }
  Beat();
}

void Guard::GiveUp(std::string why) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!let_go_) why_ = std::move(why);
    let_go_ = true;
    changed_.notify_all();
  }
  Park();
}

void Guard::SetNote(std::string_view note) {
  note_size_ = 0;
  const size_t size = std::min<size_t>(note.size(), 200);
  std::copy_n(note.begin(), size, note_.begin());
  note_size_ = static_cast<uint32_t>(size);
}

}  // namespace kinesis::testing::internal
