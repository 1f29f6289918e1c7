// The two loops in which threads of the caller sleep: a reader at the tip of a log, and a put that
// finds no room.
//
// Templates, as all code that threads share: over the atomics, and over the parking lot with the
// events that it holds. So the tests explore the shipped loops under seeded schedules.
//
// Why no wake-up is lost. Both do the same in the same order: (1) park, where the other side finds
// them; (2) announce it in a word that the other side reads after each change that could end the
// sleep; (3) look once more; (4) sleep. A change that comes before the look is seen by it. Of a
// change that comes after, its maker sees the announcement and wakes whoever is parked. For readers
// the word is the tail that the next append claims from (LogReading::ArmWait). For puts it is the
// count in RoomWaiters.
#ifndef KINESIS_CORE_INTERNAL_WAITING_H_
#define KINESIS_CORE_INTERNAL_WAITING_H_

#include <atomic>
#include <cstdint>

#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/log_numbers.h"

namespace kinesis::internal {

// Sleeps at the tip of `log`, whose uid is `uid`, until the reader is done. `Reader` has
//   bool IsDone(LogCursor* tip)     Whether to sleep no more. If not, *tip is where nothing is.
//   void Sleep(Event& event)        Returns when the event is notified, or earlier.
//   void AwaitCommit(int round)     A claim or rotation before the tip is under way. Gives it a
//                                   moment, for the time number `round` in a row, from 1.
template <class Lot, class Log, class Reader>
void SleepAtTip(Lot& lot, Log& log, LogUid uid, Reader& reader) {
  LogCursor tip;
  for (int in_flight = 0; !reader.IsDone(&tip);) {
    typename Lot::Event event;
    const typename Lot::Parked parked(lot, uid, event);
    switch (log.ArmWait(tip)) {
      case Log::WaitState::kReady:
        break;
      case Log::WaitState::kArmed:
        reader.Sleep(event);
        in_flight = 0;
        break;
      case Log::WaitState::kInFlight:
        reader.AwaitCommit(++in_flight);
        break;
    }
  }
}

// The puts of an engine that wait for room.
//
// Thread-safe: all operations may run concurrently.
template <class Atomics, class Lot>
class RoomWaiters {
 public:
  // The lot must outlive this.
  explicit RoomWaiters(Lot& lot) : lot_(lot) {}
  RoomWaiters(const RoomWaiters&) = delete;
  RoomWaiters& operator=(const RoomWaiters&) = delete;

  // To be called when room has been made. Wakes all that wait.
  void OnRoom() {
    // Sequentially consistent: see Retry.
    if (waiters_.load(std::memory_order_seq_cst) > 0) lot_.WakeAll(Lot::kRoomKey);
  }

  // To be called when there is another reason for puts that wait to look again, such as the end of
  // their stream. Wakes all without asking whether there are any, so that the change need not be
  // sequentially consistent: either the lock under which a put parks comes before the one taken
  // here, and it is notified; or after, and its second attempt sees what came before this call.
  void WakeAll() { lot_.WakeAll(Lot::kRoomKey); }

  // For a waiter that is parked and stays so (ParkingLot), instead of Retry: it announces itself,
  // and from then on makes room and tries, each time that it is notified, until it withdraws.
  void Announce() { waiters_.fetch_add(1, std::memory_order_seq_cst); }  // as in Retry
  void Withdraw() { waiters_.fetch_sub(1, std::memory_order_relaxed); }  // as in Retry

  // Returns whether any waits. For those who can make room and do so only if it is wanted: what
  // there is to be had for it is written before this is called, sequentially consistent, and is
  // read by Reclaim, likewise. So either this sees a put that waits, or its Reclaim sees what was
  // written.
  bool HasWaiters() const {
    return waiters_.load(std::memory_order_seq_cst) > 0;  // as above
  }

  // Tries a put until it is not refused for want of room, or until it is late. False: the latter.
  // `Put` has
  //   bool Try()                 False if it finds no room.
  //   void Reclaim()             Makes room, of what has expired for example.
  //   bool IsLate()              Whether to give up.
  //   void Sleep(Event& event)   Returns when the event is notified, or earlier.
  template <class Put>
  bool Retry(Put& put) {
    for (;;) {
      if (put.Try()) return true;
      typename Lot::Event event;
      const typename Lot::Parked parked(lot_, Lot::kRoomKey, event);
      // Sequentially consistent, with the load in OnRoom: either that sees that we wait, or the
      // second attempt sees the room that was made before it (what makes room, and the looks for
      // it, are sequentially consistent too: see SegmentPool::PushChain and
      // ChainTotals::CountOut).
      waiters_.fetch_add(1, std::memory_order_seq_cst);
      put.Reclaim();
      const bool done = put.Try();
      const bool late = !done && put.IsLate();
      if (!done && !late) put.Sleep(event);
      // Relaxed: a waiter too many only costs a futile wake-up.
      waiters_.fetch_sub(1, std::memory_order_relaxed);
      if (done || late) return done;
    }
  }

 private:
  Lot& lot_;
  typename Atomics::template Atomic<int> waiters_{0};
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_WAITING_H_
