// Waiting for many: of any number of things to look at, those at which something may have happened.
//
// A Source is parked under one key (the uid of a log, or of a stream) from the day it is made, so
// that a wait costs nothing for those at which nothing happens: being woken puts a source into its
// list, and only those in the list are looked at.
//
//   put --WakeAll(uid)--> Source::Notify --> list --> the sleeper, if it sleeps
//
// Why no wake-up is lost. It is the argument of waiting.h, once for each source
// (kinesis_core/doc/invariants.md has the list):
//   W1  A source is parked before it is looked at first, and stays so.
//   W2  It is taken out of the list before it is looked at, never after: what happens from then on
//       puts it back.
//   W3  If nothing is there, the tail of its log is armed (LogReading::ArmWait), which fails if
//       there is something by now. From then on whoever puts to the log wakes the key.
//   W4  So a source is in the list, or is being looked at, or is armed and unchanged since. The
//       thread sleeps only when the list is empty, which it finds under the mutex under which
//       Notify fills it; it has announced its event there by then.
// Somebody else at the same log may use up the bit that this source armed: the put that does so
// wakes all that are parked under the key, so the source is in the list again (W4), is looked at
// for nothing, and arms anew.
//
// A template over the lot, as all code that threads share: the tests explore it under seeded
// schedules.
#ifndef KINESIS_CORE_INTERNAL_READY_LIST_H_
#define KINESIS_CORE_INTERNAL_READY_LIST_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/log/segment_chain.h"

namespace kinesis::internal {

// `Owner` is what stands behind a source.
//
// Thread rule: one thread at a time, that of the list, makes and destroys sources and calls Pop and
// Sleep; any thread calls Push, Remove and Interrupt, and notifies.
template <class Lot, class Owner>
class ReadyList {
 public:
  // One thing to look at. Begins in the list. List, lot and owner must outlive it.
  class Source final : public Waiter {
   public:
    Source(ReadyList& list, Lot& lot, uint64_t key, Owner& owner) : list_(list), owner_(owner) {
      list_.Push(*this);
      parked_.emplace(lot, key, *this);
    }
    ~Source() {
      parked_.reset();  // first: from here on nobody puts it into the list
      list_.Remove(*this);
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    void Notify() override { list_.Push(*this); }
    Owner& owner() const { return owner_; }

   private:
    friend class ReadyList;

    ReadyList& list_;
    Owner& owner_;
    bool is_listed_ = false;  // guarded by the mutex of the list
    std::optional<typename Lot::Parked> parked_;
  };

  ReadyList() = default;
  ReadyList(const ReadyList&) = delete;
  ReadyList& operator=(const ReadyList&) = delete;

  // Puts a source behind the others, unless it is there, and wakes the thread of the list.
  void Push(Source& source) {
    const Lock lock(mutex_);
    if (source.is_listed_) return;
    source.is_listed_ = true;
    listed_.push_back(&source);
    if (sleeper_ != nullptr) sleeper_->Notify();
  }

  // Takes the first source out, to be looked at; null if there is none.
  Source* Pop() {
    const Lock lock(mutex_);
    if (listed_.empty()) return nullptr;
    Source* const first = listed_.front();
    listed_.pop_front();
    first->is_listed_ = false;
    return first;
  }

  // Takes it out if it is in.
  void Remove(Source& source) {
    const Lock lock(mutex_);
    if (!source.is_listed_) return;
    source.is_listed_ = false;
    std::erase(listed_, &source);
  }

  // Ends the sleep, or the next one if none is under way, without a source. Holds until it is
  // taken.
  void Interrupt() {
    const Lock lock(mutex_);
    interrupted_ = true;
    if (sleeper_ != nullptr) sleeper_->Notify();
  }

  // Whether there was an interruption, which is forgotten.
  bool TakeInterruption() {
    const Lock lock(mutex_);
    return std::exchange(interrupted_, false);
  }

  // True if Sleep would return at once.
  bool HasNews() const {
    const Lock lock(mutex_);
    return interrupted_ || !listed_.empty();
  }

  // For a thread that does not sleep but is resumed: has `waiter` notified instead, at everything
  // that would end a sleep, until Unwatch. False, and it is not, if Sleep would return at once.
  bool Watch(Waiter& waiter) {
    const Lock lock(mutex_);
    if (interrupted_ || !listed_.empty()) return false;
    sleeper_ = &waiter;
    return true;
  }
  void Unwatch() {
    const Lock lock(mutex_);
    sleeper_ = nullptr;
  }

  size_t Size() const {
    const Lock lock(mutex_);
    return listed_.size();
  }

  // Calls `sleep(event)`, which returns when the event is notified or earlier, unless there is
  // something to look at, or an interruption.
  template <class SleepOn>
  void Sleep(SleepOn sleep) {
    typename Lot::Event event;
    bool nothing = false;
    {
      const Lock lock(mutex_);
      nothing = !interrupted_ && listed_.empty();
      if (nothing) sleeper_ = &event;
    }
    if (nothing) sleep(event);
    const Lock lock(mutex_);
    sleeper_ = nullptr;
  }

 private:
  using Lock = BasicMutexLock<typename Lot::Mutex>;

  mutable typename Lot::Mutex mutex_;
  std::deque<Source*> listed_ ABSL_GUARDED_BY(mutex_);
  // Notified under the mutex, which its thread needs in order to leave: it exists until then.
  Waiter* sleeper_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
};

// Looks at the sources of `list` until one is ready, and returns it; it is not in the list then.
// Null when `looker` says that it is over. `Looker` has
//   bool IsReady(Owner& owner, LogCursor* tip)   Whether there is something. If not, and there is a
//                                  log behind the source, *tip is where nothing is.
//   Log* LogOf(Owner& owner)       Null: whoever changes what IsReady says always wakes the key.
//   bool IsOver()                  Asked after every source in the list was looked at, also again
//                                  and again while the next record of some is under way.
//   void Sleep(Event& event)       Returns when the event is notified, or earlier.
//   bool LookAgain()               Whether something came to the list within a short time. Asked
//                                  before a sleep.
//   void AwaitCommit(int round)    As for SleepAtTip.
template <class Lot, class Owner, class Looker>
typename ReadyList<Lot, Owner>::Source* AwaitReady(ReadyList<Lot, Owner>& list, Looker& looker) {
  int in_flight = 0;
  for (;;) {
    // Until all have been looked at that were listed when a record was found to be under way.
    size_t looks = 0;
    while (typename ReadyList<Lot, Owner>::Source* const source = list.Pop()) {
      LogCursor tip;
      if (looker.IsReady(source->owner(), &tip)) return source;
      auto* const log = looker.LogOf(source->owner());
      if (log == nullptr) continue;
      using WaitState = typename std::remove_pointer_t<decltype(log)>::WaitState;
      const WaitState state = log->ArmWait(tip);
      const bool looked_at_all = looks > 0 && --looks == 0;
      if (state == WaitState::kArmed) continue;
      list.Push(*source);
      if (state != WaitState::kInFlight) continue;
      // A record may be under way for longer than anybody wants to wait.
      if (looked_at_all && looker.IsOver()) return nullptr;
      if (looks == 0) looks = list.Size();
      looker.AwaitCommit(++in_flight);
    }
    if (looker.IsOver()) return nullptr;
    in_flight = 0;
    if (!looker.LookAgain()) list.Sleep([&looker](auto& event) { looker.Sleep(event); });
  }
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_READY_LIST_H_
