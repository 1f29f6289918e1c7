// Processes that are killed while they work, and what they leave for the one that killed them.
//
//   SharedMemory<Shared> shared;  // has a ChildReport `report`
//   KillAfter(std::chrono::milliseconds(20), shared->report, [&] { Work(*shared); });
//   if (HasFatalFailure()) return;
//
// Thread rule: a process that forks here has one thread.
#ifndef KINESIS_CORE_TESTING_INTERNAL_KILLED_CHILD_H_
#define KINESIS_CORE_TESTING_INTERNAL_KILLED_CHILD_H_

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::testing {

// What a child found wrong. In memory that parent and child share.
class ChildReport {
 public:
  // In the child: if `status` is not OK, notes what failed and ends the process.
  void Check(const absl::Status& status, std::string_view what) {
    if (!status.ok()) Fail(std::string(what) + ": " + status.ToString());
  }
  [[noreturn]] void Fail(std::string_view text) {
    if (!has_failed_.exchange(true)) {
      text_[text.copy(text_, sizeof text_ - 1)] = '\0';
      is_written_ = true;
    } else {
      // Another thread is about to end the process.
      while (!is_written_) std::this_thread::yield();
    }
    _exit(kFailed);
  }

  // In the parent, when the child is dead. Empty: nothing was wrong.
  std::string text() const { return has_failed_ ? text_ : std::string(); }

  static constexpr int kFailed = 2;
  static constexpr int kReturned = 3;

 private:
  std::atomic<bool> has_failed_{false};
  std::atomic<bool> is_written_{false};
  char text_[1024] = {};
};

// A T that the children of this process share with it.
template <class T>
class SharedMemory {
 public:
  SharedMemory() {
    void* const memory =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    value_ = new (memory) T;
  }
  ~SharedMemory() { munmap(value_, sizeof(T)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }
  // A new one in its place.
  void Renew() { value_ = new (value_) T; }

 private:
  T* value_;
};

// Forks, lets `work` run for about so long, and kills it. A fatal failure if it failed, or died by
// itself; that it was through by then is none.
inline void KillAfter(std::chrono::microseconds time, ChildReport& report,
                      const std::function<void()>& work) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      work();
    } catch (const std::exception& error) {
      report.Fail(error.what());
    }
    _exit(ChildReport::kReturned);
  }
  std::this_thread::sleep_for(time);
  kill(child, SIGKILL);
  int status = 0;
  const WaitingFor waiting("a killed process to end");
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(report.text(), "") << "is what the child found";
  ASSERT_TRUE(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
                                  : WEXITSTATUS(status) == ChildReport::kReturned)
      << "the child died by itself: " << status;
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_KILLED_CHILD_H_
