// Where those who wait are found by those that wake them.
//
// A waiter is parked under a key: the uid of the log whose tip it waits at, that of a stream whose
// shards it watches, or kRoomKey when it waits for memory. A key at which nobody waits costs nothing,
// and waking those at one key costs nothing for those at others, however many they are.
//
// Thread-safe: all operations may run concurrently. Locks are held for a few steps, and only by
// threads that are about to wait or know that somebody does.
#ifndef KINESIS_CORE_INTERNAL_PARKING_LOT_H_
#define KINESIS_CORE_INTERNAL_PARKING_LOT_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/internal/base/mutex.h"

namespace kinesis::internal {

// `MutexType` has Lock() and Unlock(); `EventType` is the Waiter that the threads sleep for.
template <class MutexType, class EventType>
class BasicParkingLot {
 public:
  using Mutex = MutexType;
  using Event = EventType;

  // The key of puts that wait for room. Logs and streams have uids from 1 on.
  static constexpr uint64_t kRoomKey = 0;

  // A waiter that is parked as long as this object lives. The waiter must outlive it.
  class Parked {
   public:
    Parked(BasicParkingLot& lot, uint64_t key, Waiter& waiter)
        : lot_(lot), key_(key), waiter_(waiter) {
      Bucket& bucket = lot_.BucketOf(key_);
      const BasicMutexLock<MutexType> lock(bucket.mutex);
      Parked*& first = bucket.first[key_];
      next_ = std::exchange(first, this);
      if (next_ != nullptr) next_->previous_ = this;
    }
    ~Parked() {
      Bucket& bucket = lot_.BucketOf(key_);
      const BasicMutexLock<MutexType> lock(bucket.mutex);
      if (next_ != nullptr) next_->previous_ = previous_;
      if (previous_ != nullptr) {
        previous_->next_ = next_;
      } else if (next_ != nullptr) {
        bucket.first[key_] = next_;
      } else {
        bucket.first.erase(key_);
      }
    }
    Parked(const Parked&) = delete;
    Parked& operator=(const Parked&) = delete;

   private:
    friend class BasicParkingLot;

    BasicParkingLot& lot_;
    const uint64_t key_;
    Waiter& waiter_;
    // Others under the key. Guarded by the bucket's mutex.
    Parked* next_ = nullptr;
    Parked* previous_ = nullptr;
  };

  // Notifies every waiter that is parked under `key`. Not inlined: in a put, which seldom calls it,
  // its code costs five instructions when it is not called.
  [[gnu::noinline]] void WakeAll(uint64_t key) {
    Bucket& bucket = BucketOf(key);
    // Notified under the lock, which a waiter needs in order to leave: it exists until then.
    const BasicMutexLock<MutexType> lock(bucket.mutex);
    const auto found = bucket.first.find(key);
    if (found == bucket.first.end()) return;
    for (Parked* parked = found->second; parked != nullptr; parked = parked->next_) {
      parked->waiter_.Notify();
    }
  }

 private:
  struct Bucket {
    MutexType mutex;
    std::unordered_map<uint64_t, Parked*> first ABSL_GUARDED_BY(mutex);  // under each key
  };
  static constexpr size_t kBuckets = 16;

  Bucket& BucketOf(uint64_t key) { return buckets_[key % kBuckets]; }

  Bucket buckets_[kBuckets];
};

using ParkingLot = BasicParkingLot<Mutex, WaitEvent>;

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_PARKING_LOT_H_
