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

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/internal/mutex.h"

namespace kinesis::internal {

class ParkingLot {
 public:
  // The key of puts that wait for room. Logs have uids from 1 on.
  static constexpr uint64_t kRoomKey = 0;

  // An event that is parked as long as this object lives. The event must outlive it.
  class Parked {
   public:
    Parked(ParkingLot& lot, uint64_t key, WaitEvent& event);
    ~Parked();
    Parked(const Parked&) = delete;
    Parked& operator=(const Parked&) = delete;

   private:
    ParkingLot& lot_;
    const uint64_t key_;
    WaitEvent& event_;
  };

  // Notifies every event that is parked under `key`.
  void WakeAll(uint64_t key);

 private:
  struct Sleeper {
    uint64_t key;
    WaitEvent* event;
  };
  struct Bucket {
    Mutex mutex;
    std::vector<Sleeper> sleepers ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kBuckets = 16;

  Bucket& BucketOf(uint64_t key) { return buckets_[key % kBuckets]; }

  Bucket buckets_[kBuckets];
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_PARKING_LOT_H_
