// A mutex with Clang's thread-safety annotations: what it guards is checked when the library is
// compiled by clang.
//
//   class Counter {
//    public:
//     void Add() {
//       const MutexLock lock(mutex_);
//       ++count_;
//     }
//    private:
//     Mutex mutex_;
//     int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
//   };
//
// Every put takes one, with rates two, and hardly ever has to wait for it. So taking and releasing
// one that nobody else wants is two exchanges in the caller's own code, where std::mutex calls the
// C library twice, for 76 instructions; one that is held is waited for in the kernel, as there. Not
// absl::Mutex: Debian's Abseil is built without ThreadSanitizer, which then cannot see what it
// orders.
#ifndef KINESIS_CORE_API_INTERNAL_MUTEX_H_
#define KINESIS_CORE_API_INTERNAL_MUTEX_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"

namespace kinesis::api::internal {

// The second mutex of Drepper, "Futexes are tricky": who finds it held says so before it sleeps,
// and only then has the holder anybody to wake. It is not fair: a thread that comes by may take it
// before one that has been woken.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    uint32_t free = kFree;
    // Acquire: what the last holder wrote before its release in Unlock() is seen from here on.
    if (!state_.compare_exchange_strong(free, kHeld, std::memory_order_acquire,
                                        std::memory_order_relaxed)) [[unlikely]] {
      LockHeld();
    }
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    // Release: what this thread wrote is seen by who acquires the mutex next.
    if (state_.exchange(kFree, std::memory_order_release) == kWanted) [[unlikely]] {
      state_.notify_one();
    }
  }

  // Says to the analysis, which cannot see it, that the caller has the lock. Checks nothing.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}

 private:
  static constexpr uint32_t kFree = 0;
  static constexpr uint32_t kHeld = 1;
  static constexpr uint32_t kWanted = 2;  // held, and somebody may sleep until it is not

  // Takes it as wanted, since others may have been asleep beside this thread.
  void LockHeld() {
    // Acquire: as in Lock(). Relaxed: the sleep decides nothing, the next exchange does.
    while (state_.exchange(kWanted, std::memory_order_acquire) != kFree) {
      state_.wait(kWanted, std::memory_order_relaxed);
    }
  }

  std::atomic<uint32_t> state_{kFree};
};

// Holds a mutex to the end of a block.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Holds a mutex as long as it lives, as a member of an object that is returned from functions. The
// analysis cannot follow it there: such an object gives out what is guarded after AssertHeld().
//
// Movable; what was moved from holds nothing.
class MovableMutexLock {
 public:
  explicit MovableMutexLock(Mutex& mutex) ABSL_NO_THREAD_SAFETY_ANALYSIS : mutex_(&mutex) {
    mutex_->Lock();
  }
  MovableMutexLock(MovableMutexLock&& other) noexcept
      : mutex_(std::exchange(other.mutex_, nullptr)) {}
  MovableMutexLock& operator=(MovableMutexLock&&) = delete;
  ~MovableMutexLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (mutex_ != nullptr) mutex_->Unlock();
  }

 private:
  Mutex* mutex_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_MUTEX_H_
