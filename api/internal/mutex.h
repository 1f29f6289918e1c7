// std::mutex with Clang's thread-safety annotations: what it guards is checked when the library is
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
// Not absl::Mutex: Debian's Abseil is built without ThreadSanitizer, which then cannot see what it
// orders. Nor is it faster: a lock that nobody else wants costs one atomic exchange either way.
#ifndef KINESIS_CORE_API_INTERNAL_MUTEX_H_
#define KINESIS_CORE_API_INTERNAL_MUTEX_H_

#include <mutex>
#include <utility>

#include "absl/base/thread_annotations.h"

namespace kinesis::api::internal {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
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
// analysis cannot follow it there: what of such an object gives out what is guarded is without it.
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
