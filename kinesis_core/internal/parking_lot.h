// Where threads that sleep are found by those that wake them.
//
// A sleeper parks an event under a key: the uid of the log whose tip it sits at, or kRoomKey when
// it waits for memory. Keys share a fixed number of buckets, so a shard that nobody waits at costs
// nothing.
//
// Thread-safe: all operations may run concurrently. Locks are held for a few list steps, and only
// by threads that are about to sleep or know that somebody does.
#ifndef KINESIS_CORE_INTERNAL_PARKING_LOT_H_
#define KINESIS_CORE_INTERNAL_PARKING_LOT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/mutex.h"

namespace kinesis::internal {

// `MutexType` has Lock() and Unlock(); `EventType` has a Notify() that ends its sleep.
template <class MutexType, class EventType>
class BasicParkingLot {
 public:
  using Event = EventType;

  // The key of puts that wait for room. Logs have uids from 1 on.
  static constexpr uint64_t kRoomKey = 0;

  // An event that is parked as long as this object lives. The event must outlive it.
  class Parked {
   public:
    Parked(BasicParkingLot& lot, uint64_t key, Event& event) : lot_(lot), key_(key), event_(event) {
      Bucket& bucket = lot_.BucketOf(key_);
      const BasicMutexLock<MutexType> lock(bucket.mutex);
      bucket.sleepers.push_back({key_, &event_});
    }
    ~Parked() {
      Bucket& bucket = lot_.BucketOf(key_);
      const BasicMutexLock<MutexType> lock(bucket.mutex);
      const auto self = std::find_if(bucket.sleepers.begin(), bucket.sleepers.end(),
                                     [this](const Sleeper& s) { return s.event == &event_; });
      KC_DCHECK(self != bucket.sleepers.end());
      *self = bucket.sleepers.back();
      bucket.sleepers.pop_back();
    }
    Parked(const Parked&) = delete;
    Parked& operator=(const Parked&) = delete;

   private:
    BasicParkingLot& lot_;
    const uint64_t key_;
    Event& event_;
  };

  // Notifies every event that is parked under `key`. Not inlined: in a put, which seldom calls it,
  // its code costs five instructions when it is not called.
  [[gnu::noinline]] void WakeAll(uint64_t key) {
    Bucket& bucket = BucketOf(key);
    // Notified under the lock, which a sleeper needs in order to leave: its event exists until
    // then.
    const BasicMutexLock<MutexType> lock(bucket.mutex);
    for (const Sleeper& sleeper : bucket.sleepers) {
      if (sleeper.key == key) sleeper.event->Notify();
    }
  }

 private:
  struct Sleeper {
    uint64_t key;
    Event* event;
  };
  struct Bucket {
    MutexType mutex;
    std::vector<Sleeper> sleepers ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kBuckets = 16;

  Bucket& BucketOf(uint64_t key) { return buckets_[key % kBuckets]; }

  Bucket buckets_[kBuckets];
};

using ParkingLot = BasicParkingLot<Mutex, WaitEvent>;

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_PARKING_LOT_H_
