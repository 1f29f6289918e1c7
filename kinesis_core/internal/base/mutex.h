// std::mutex with Clang's thread-safety annotations, for the control path. The data path has no
// lock.
//
// Not absl::Mutex: Debian's Abseil is built without ThreadSanitizer, which then cannot see what it
// orders.
#ifndef KINESIS_CORE_INTERNAL_BASE_MUTEX_H_
#define KINESIS_CORE_INTERNAL_BASE_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace kinesis::internal {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) { return mutex_.try_lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

template <class MutexType>
class ABSL_SCOPED_LOCKABLE BasicMutexLock {
 public:
  explicit BasicMutexLock(MutexType& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~BasicMutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  BasicMutexLock(const BasicMutexLock&) = delete;
  BasicMutexLock& operator=(const BasicMutexLock&) = delete;

 private:
  MutexType& mutex_;
};

using MutexLock = BasicMutexLock<Mutex>;

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_MUTEX_H_
