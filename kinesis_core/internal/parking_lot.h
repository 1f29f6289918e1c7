// Where those who wait are found by those that wake them.
//
// A waiter is parked under a key: the uid of the log whose tip it waits at, that of a stream whose
// shards it watches, or kRoomKey when it waits for memory. A key at which nobody waits costs
// nothing, and waking those at one key costs nothing for those at others, however many they are.
//
// Waking a thread takes microseconds, so whoever wakes a key wakes one of the threads that sleep
// there, whatever their number, and that one wakes two more when it leaves, and so on: the last of
// n wakes after log2(n) steps. Why nobody is forgotten:
//   The list   The threads of a key stand in a list, those that came last in front. Those that are
//              to be woken are its end, from `due` on; waking the key makes that all of it.
//   Handing on A thread that is notified leaves the list. Its sleep is over, so it will leave the
//              lot, and then notifies the next two that are due.
//   So while any thread is due, one that will hand on is still there: waking makes one, and when
//   one leaves and there are any left, it has made one. A thread that leaves without having been
//   notified, because its time was up, takes itself out and changes nothing of this.
// Waiters that stay parked when they are notified (Waiter) hand on nothing, and are all notified by
// whoever wakes the key.
//
// Thread-safe: all operations may run concurrently. Locks are held for a few steps and two wake-ups
// at most, and only by threads that are about to wait or know that somebody does.
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
    // A thread that is about to sleep until the event is notified. It ends this object soon after.
    Parked(BasicParkingLot& lot, uint64_t key, Event& event) : Parked(lot, key, event, true) {}
    // One that stays, and may be notified any number of times.
    Parked(BasicParkingLot& lot, uint64_t key, Waiter& waiter) : Parked(lot, key, waiter, false) {}
    ~Parked() {
      Bucket& bucket = lot_.BucketOf(key_);
      const BasicMutexLock<MutexType> lock(bucket.mutex);
      const auto found = bucket.keys.find(key_);
      if (is_listed_) {
        found->second.Unlink(*this);
      } else if (found != bucket.keys.end()) {
        // It was notified, and hands on.
        for (int i = 0; i < kHandedOn; ++i) found->second.NotifyNextDue();
      }
      if (found != bucket.keys.end() && found->second.empty()) bucket.keys.erase(found);
    }
    Parked(const Parked&) = delete;
    Parked& operator=(const Parked&) = delete;

   private:
    friend class BasicParkingLot;

    Parked(BasicParkingLot& lot, uint64_t key, Waiter& waiter, bool sleeps)
        : lot_(lot), key_(key), waiter_(waiter), sleeps_(sleeps) {
      Bucket& bucket = lot_.BucketOf(key_);
      const BasicMutexLock<MutexType> lock(bucket.mutex);
      bucket.keys[key_].Link(*this);
    }

    BasicParkingLot& lot_;
    const uint64_t key_;
    Waiter& waiter_;
    const bool sleeps_;
    // Among others under the key. Guarded by the bucket's mutex.
    bool is_listed_ = false;
    Parked* next_ = nullptr;
    Parked* previous_ = nullptr;
  };

  // Wakes every waiter that is parked under `key`: all threads that sleep there, one by this call
  // and the others by one another. Not inlined: in a put, which seldom calls it, its code costs
  // five instructions when it is not called.
  [[gnu::noinline]] void WakeAll(uint64_t key) {
    Bucket& bucket = BucketOf(key);
    // Notified under the lock, which a waiter needs in order to leave: it exists until then.
    const BasicMutexLock<MutexType> lock(bucket.mutex);
    const auto found = bucket.keys.find(key);
    if (found == bucket.keys.end()) return;
    found->second.NotifyAllThatStay();
    found->second.MakeAllDue();
    found->second.NotifyNextDue();
    if (found->second.empty()) bucket.keys.erase(found);
  }

  // How many are parked under `key` and have not been notified, or stay.
  size_t CountOf(uint64_t key) {
    Bucket& bucket = BucketOf(key);
    const BasicMutexLock<MutexType> lock(bucket.mutex);
    const auto found = bucket.keys.find(key);
    return found == bucket.keys.end() ? 0 : found->second.count();
  }

 private:
  // How many one that was woken wakes.
  static constexpr int kHandedOn = 2;
  static constexpr size_t kBuckets = 16;

  // The waiters under one key. Guarded by the mutex of its bucket.
  class Waiters {
   public:
    bool empty() const { return count_ == 0; }
    size_t count() const { return count_; }

    void Link(Parked& parked) {
      Parked*& first = FirstOf(parked);
      parked.next_ = std::exchange(first, &parked);
      if (parked.next_ != nullptr) parked.next_->previous_ = &parked;
      parked.is_listed_ = true;
      ++count_;
    }
    void Unlink(Parked& parked) {
      if (due_ == &parked) due_ = parked.next_;
      if (parked.next_ != nullptr) parked.next_->previous_ = parked.previous_;
      (parked.previous_ != nullptr ? parked.previous_->next_ : FirstOf(parked)) = parked.next_;
      parked.is_listed_ = false;
      --count_;
    }

    void NotifyAllThatStay() {
      for (Parked* parked = staying_; parked != nullptr; parked = parked->next_) {
        parked->waiter_.Notify();
      }
    }
    void MakeAllDue() { due_ = sleeping_; }
    void NotifyNextDue() {
      if (due_ == nullptr) return;
      Parked& next = *due_;
      Unlink(next);
      next.waiter_.Notify();
    }

   private:
    Parked*& FirstOf(const Parked& parked) { return parked.sleeps_ ? sleeping_ : staying_; }

    Parked* sleeping_ = nullptr;
    Parked* due_ = nullptr;  // of those that sleep, the first that is to be woken
    Parked* staying_ = nullptr;
    size_t count_ = 0;  // of both lists
  };
  struct Bucket {
    MutexType mutex;
    std::unordered_map<uint64_t, Waiters> keys ABSL_GUARDED_BY(mutex);
  };

  Bucket& BucketOf(uint64_t key) { return buckets_[key % kBuckets]; }

  Bucket buckets_[kBuckets];
};

using ParkingLot = BasicParkingLot<Mutex, WaitEvent>;

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_PARKING_LOT_H_
