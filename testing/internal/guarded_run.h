// Guard: runs a function that calls code which may never return, and returns all the same.
//
// The function runs on a thread of its own while the caller's waits for it, so that only one of the
// two ever runs. What it calls (the code under test) is let go of when
//
//   - it has used so much of the processor without a beat, or slept three times as long without a
//     break: it loops or sleeps for ever, and nothing can be done about its thread from outside;
//   - std::terminate is called on its thread, or abort: an exception out of a noexcept function, an
//     assertion, a StatusOr that holds an error;
//   - the function itself gives up.
//
// A thread that was let go of is left behind until the process ends: its stack, and what it holds,
// stay. It never comes back: it stops at its next beat. Time is the thread's own, or counted in
// looks at it, so neither a slow machine nor a debugger is taken for a loop.
#ifndef KINESIS_CORE_TESTING_INTERNAL_GUARDED_RUN_H_
#define KINESIS_CORE_TESTING_INTERNAL_GUARDED_RUN_H_

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace kinesis::testing::internal {

// Thread-safe as said beside each operation.
class Guard {
 public:
  struct Result {
    std::string why;          // it was let go of; empty: it has returned
    bool is_running = false;  // the thread that was left behind, as far as is known
  };
  // Runs `run` to its end, or lets go of it. What `run` throws is thrown here. It may be left
  // behind: what it refers to it has to hold.
  static Result Run(absl::Duration time_max, std::function<void(Guard&)> run);

  Guard() = default;
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // --- For the thread that is guarded

  // The code under test has come as far as to call somebody. Does not return if it was let go of.
  void Beat();

  // The code under test runs from here to Leave(): outside nobody looks at the time. Pairs may be
  // inside each other.
  void Enter();
  void Leave();

  // Lets go of this thread, for a reason.
  [[noreturn]] void GiveUp(std::string why);

  // Sets the text that is written to standard error if the process dies: at most 200 characters.
  void SetNote(std::string_view note);

 private:
  friend class ProcessHandlers;

  Result Await(absl::Duration time_max, uint64_t thread);
  void Finish(std::exception_ptr thrown);

  std::mutex mutex_;
  std::condition_variable changed_;
  // All of these are under mutex_.
  bool finished_ = false;
  bool let_go_ = false;
  uint64_t beats_ = 0;
  uint64_t depth_ = 0;
  std::string why_;
  std::exception_ptr thrown_;

  // For a signal's handler, which may take no mutex.
  std::atomic<bool> aborted_ = false;
  std::atomic<uint32_t> note_size_ = 0;
  std::array<char, 256> note_ = {};
};

}  // namespace kinesis::testing::internal

#endif  // KINESIS_CORE_TESTING_INTERNAL_GUARDED_RUN_H_
