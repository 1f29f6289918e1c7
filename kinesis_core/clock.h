// Clock: where the library gets the time, and how it sleeps.
//
// Every timestamp, expiry and wait of an engine goes through its clock. SystemClock() is the
// default. SimulatedClock (simulated_clock.h) is for tests and simulations: time then moves only
// when told, and a wait of five minutes takes microseconds.
#ifndef KINESIS_CORE_CLOCK_H_
#define KINESIS_CORE_CLOCK_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/time/time.h"
#include "kinesis_core/export.h"

namespace kinesis {

// The latest time that the library tells from later ones, in milliseconds since the Unix epoch:
// the beginning of the year 4000. The earliest is the epoch itself. A clock may show any time; what
// is before or after these two counts as the nearest.
inline constexpr int64_t kLatestMillis = 64'060'588'800'000;

// Something that waits and can be resumed: a thread that sleeps (WaitEvent), or whoever has to look
// again at one of many shards. This call is all that those know of it who make what it waits for.
//
// Notify may be called by any thread, by several at once, and while the caller holds locks of the
// engine: it neither waits for another thread nor calls back into the engine.
class KINESIS_CORE_EXPORT Waiter {
 public:
  virtual void Notify() = 0;

 protected:
  Waiter() = default;
  ~Waiter() = default;
};

// Something one thread sleeps for and others may announce. Once notified it stays so; use one per
// sleep.
//
// Thread-safe: all operations may run concurrently. Must outlive every call on it.
class KINESIS_CORE_EXPORT WaitEvent final : public Waiter {
 public:
  WaitEvent() = default;
  WaitEvent(const WaitEvent&) = delete;
  WaitEvent& operator=(const WaitEvent&) = delete;

  // Ends the sleep, now or when it begins.
  void Notify() override;

  // Sleeps until notified.
  void Block();

  // Sleeps until notified, for `real_time` at most. True if notified.
  bool BlockFor(absl::Duration real_time);

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool notified_ = false;
};

// An implementation is thread-safe: all operations may run concurrently.
class KINESIS_CORE_EXPORT Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  // The present. May go backwards (a shard's arrival times do not: it holds on to its newest one).
  // The engine keeps milliseconds, and takes a time before 1970 or after kLatestMillis for the
  // nearest of the two: from then on its time stands still, and nothing expires any more.
  virtual absl::Time Now() const = 0;

  // The same in milliseconds since the Unix epoch. Called once for each put or batch: override it
  // where that can be cheaper than Now(). If it may be behind Now(), Lag() says by how much.
  virtual int64_t NowMillis() const { return absl::ToUnixMillis(Now()); }

  // By how much Now() may be behind another reading of the time that it tells, such as that of a
  // client with a better clock: any that was taken before this call is at most Now() + Lag(), with
  // Lag() called first. It is taken for the present, see IteratorStart::AtTimestamp. The default,
  // zero, is for a clock that nobody has another view of.
  virtual absl::Duration Lag() const { return absl::ZeroDuration(); }

  // Returns when `event` is notified, when Now() is at or past `deadline`, or for no reason at all:
  // the caller looks again. May be called by many threads with events of their own.
  virtual void Wait(WaitEvent& event, absl::Time deadline) = 0;
};

// The operating system's real-time clock at the resolution of its tick (CLOCK_REALTIME_COARSE):
// reading it costs a few nanoseconds, several times less than the exact time (CLOCK_REALTIME, which
// is what absl::Now() reads). It is behind that by up to a tick, which is 1 to 10 ms by the
// kernel's configuration, and by more where ticks come late, as on a virtual machine whose host is
// busy. Lag() says 16 ms, or how far it is behind at the moment if that is more.
//
// The same object at every call, valid until the process ends.
KINESIS_CORE_EXPORT Clock& SystemClock();

}  // namespace kinesis

#endif  // KINESIS_CORE_CLOCK_H_
