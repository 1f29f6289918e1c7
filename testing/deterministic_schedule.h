// Explores interleavings of lock-free code, one seed each, on the shipped templates.
//
// Code that takes its atomics from a policy (`template <class Atomics>`) is instantiated with
// ScheduledAtomics. Each atomic operation is then a scheduling point: the schedule picks by its
// seed which fiber goes on, which of the values that the C++ memory model allows a load returns,
// and whether a weak compare-exchange fails for no reason. All fibers run on the calling thread, so
// a schedule is exactly repeatable and an operation costs well below a microsecond.
//
//     const Exploration found = Explore({.schedules = 10'000}, [](Schedule& s) {
//       ScheduledAtomics::Atomic<int> flag{0};
//       PlainCell<int> cell;
//       s.Spawn([&] {
//         cell.Write(42);
//         flag.store(1, std::memory_order_release);
//       });
//       s.Spawn([&] {
//         if (flag.load(std::memory_order_acquire) == 1) s.Check(cell.Read() == 42, "42");
//       });
//       s.Run();
//     });
//     EXPECT_EQ(found.failure, "");
//
// A failure names its seed; with KINESIS_SCHEDULE_SEED=<seed> in the environment Explore runs that
// one schedule and prints each step.
//
// The model: each location keeps all its stores, each fiber a vector clock. A load may return any
// store that is not older than one it is ordered after: by happens-before (release and acquire,
// release sequences through read-modify-writes, Spawn and Run, ScheduledMutex and ScheduledEvent),
// by coherence, or by the single order of the sequentially consistent operations on that location.
// Plain memory is checked for data races where it is reported: PlainCell,
// ScheduledAtomics::CopyBytes, Schedule::ReadBytes. The blocks that come from the system have
// bounds: once there is one, the bytes of CopyBytes and ReadBytes must lie in one, behind the
// atomics that were made in it, and no other word of a block is an atomic. What is not modelled:
// loads that return stores of the future (load buffering), stores that enter the modification order
// before one that was executed earlier, a strong compare-exchange that fails although the newest
// value is the expected one, fences, and the allocator as a synchronizer. No failure does not prove
// the code right; a failure is a bug in it, or in the test.
//
// Thread rule: a schedule and everything in it belongs to the thread that called Explore.
#ifndef KINESIS_CORE_TESTING_DETERMINISTIC_SCHEDULE_H_
#define KINESIS_CORE_TESTING_DETERMINISTIC_SCHEDULE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "kinesis_core/export.h"

namespace kinesis::testing {

struct ExploreOptions {
  uint64_t seed_base = 1;
  uint64_t schedules = 1000;
  // Atomic operations in one schedule; a schedule that takes more has failed ("no progress").
  uint64_t steps_max = 50'000;
  // False: loads return the newest value, so only interleavings are explored.
  bool stale_reads = true;
};

struct Exploration {
  uint64_t schedules = 0;  // that were run
  uint64_t distinct = 0;   // sequences of decisions among them
  uint64_t steps = 0;      // atomic operations in all of them
  std::string failure;     // of the first schedule that failed, with how to replay it; or empty
  uint64_t failing_seed = 0;
};

// One run of fibers. Given to the body of Explore, which sets up shared state, spawns fibers, calls
// Run once, and checks the outcome.
class KINESIS_CORE_EXPORT Schedule {
 public:
  static constexpr int kFibersMax = 7;

  virtual ~Schedule() = default;

  // Adds a fiber. What happened before the call happens before the fiber's first step.
  virtual void Spawn(std::function<void()> body) = 0;
  // Runs all fibers to their end. What they did happens before the return. If the schedule fails
  // (no progress, every fiber asleep, a failed check, a data race), fibers may be left where they
  // stand and what their frames own leaks.
  virtual void Run() = 0;

  // Fails the schedule. The first failure is reported.
  virtual void Fail(std::string_view what) = 0;
  void Check(bool condition, std::string_view what) {
    if (!condition) Fail(what);
  }
  virtual bool failed() const = 0;

  // --- From within a fiber.

  // Lets others go first: for loops that poll.
  virtual void Yield() = 0;
  // Atomic operations so far, in all fibers: the time at which things really happen.
  virtual uint64_t step() const = 0;
  // Says that plain bytes are read here, for the detection of data races.
  virtual void ReadBytes(const void* from, size_t bytes) = 0;
  // A number below `end`, drawn from the seed.
  virtual uint64_t Draw(uint64_t end) = 0;

 protected:
  Schedule() = default;
};

// Runs `body` under many seeds, until one fails.
KINESIS_CORE_EXPORT Exploration Explore(const ExploreOptions& options,
                                        const std::function<void(Schedule&)>& body);

namespace schedule_internal {

// Operations on the location at `at`, whose newest value is `present`. Outside a schedule they
// return what a single thread would see.
KINESIS_CORE_EXPORT void Construct(const void* at, uint64_t bits);
KINESIS_CORE_EXPORT uint64_t Load(const void* at, uint64_t present, std::memory_order order);
KINESIS_CORE_EXPORT void Store(const void* at, uint64_t present, uint64_t bits,
                               std::memory_order order);
// A read-modify-write is a Begin, which returns the newest value, and an End with the new one.
KINESIS_CORE_EXPORT uint64_t BeginUpdate(const void* at, uint64_t present, std::memory_order order);
KINESIS_CORE_EXPORT void EndUpdate(const void* at, uint64_t bits, std::memory_order order);
// True if a compare-exchange is to succeed: EndUpdate follows then. Otherwise *expected is what it
// loaded.
KINESIS_CORE_EXPORT bool BeginExchange(const void* at, uint64_t present, uint64_t* expected,
                                       bool weak, std::memory_order success,
                                       std::memory_order failure);
KINESIS_CORE_EXPORT void PlainRead(const void* at, size_t bytes);
KINESIS_CORE_EXPORT void PlainWrite(const void* at, size_t bytes);
KINESIS_CORE_EXPORT void CheckBounds(const char* what, const void* at, size_t bytes);
KINESIS_CORE_EXPORT void AddBlock(const void* at, size_t bytes);
KINESIS_CORE_EXPORT void RemoveBlock(const void* at);
KINESIS_CORE_EXPORT void Yield();

// The order of the load in a compare-exchange that was given one order and failed.
constexpr std::memory_order FailureOrder(std::memory_order order) {
  // As std::atomic defines it: the store's part is dropped.
  if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
  if (order == std::memory_order_release) return std::memory_order_relaxed;  // as above
  return order;
}

}  // namespace schedule_internal

// The policy for templates over `Atomics`: see internal/atomics.h. An Atomic is as large as its
// value and may live in memory that is never destroyed.
struct ScheduledAtomics {
  template <class T>
  class Atomic;

  // memcpy whose writes are checked for data races and bounds.
  static void CopyBytes(void* to, const void* from, size_t bytes) {
    if (bytes == 0) return;
    schedule_internal::CheckBounds("writes", to, bytes);
    schedule_internal::PlainWrite(to, bytes);
    std::memcpy(to, from, bytes);
  }

  // The newest value, seen by no schedule.
  template <class T>
  static T Peek(const Atomic<T>& word) {
    return word.value_;
  }

  // The system's allocator orders whoever had this memory before, which the model does not see.
  static bool TakeFromSystem(void* memory, size_t bytes) {
    schedule_internal::AddBlock(memory, bytes);
    return true;
  }
  static void GiveToSystem(void* memory, size_t /*bytes*/) {
    schedule_internal::RemoveBlock(memory);
  }

  static constexpr int kWaitsMax = 256;
  static void WaitABit(int /*round*/) { schedule_internal::Yield(); }
};

template <class T>
class ScheduledAtomics::Atomic {
  static_assert(std::is_trivially_copyable_v<T>);
  // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer; its own size is meant.
  static_assert(sizeof(T) <= sizeof(uint64_t));

 public:
  using value_type = T;

  Atomic() : Atomic(T()) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic has it.
  Atomic(T value) : value_(value) { schedule_internal::Construct(&value_, ToBits(value)); }
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(std::memory_order order) const {  // in this class orders are the caller's
    return FromBits(schedule_internal::Load(&value_, ToBits(value_), order));
  }
  void store(T value, std::memory_order order) {  // the caller's
    schedule_internal::Store(&value_, ToBits(value_), ToBits(value), order);
    value_ = value;
  }
  T exchange(T value, std::memory_order order) {  // the caller's
    return Update(order, [value](T) { return value; });
  }
  T fetch_add(T by, std::memory_order order) {  // the caller's
    return Update(order, [by](T old) { return static_cast<T>(old + by); });
  }
  T fetch_sub(T by, std::memory_order order) {  // the caller's
    return Update(order, [by](T old) { return static_cast<T>(old - by); });
  }
  T fetch_or(T bits, std::memory_order order) {  // the caller's
    return Update(order, [bits](T old) { return static_cast<T>(old | bits); });
  }
  T fetch_and(T bits, std::memory_order order) {  // the caller's
    return Update(order, [bits](T old) { return static_cast<T>(old & bits); });
  }
  T fetch_xor(T bits, std::memory_order order) {  // the caller's
    return Update(order, [bits](T old) { return static_cast<T>(old ^ bits); });
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) {  // the caller's
    return CompareExchange(expected, desired, true, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order) {  // the caller's
    return CompareExchange(expected, desired, true, order, schedule_internal::FailureOrder(order));
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure) {  // the caller's
    return CompareExchange(expected, desired, false, success, failure);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order order) {  // the caller's
    return CompareExchange(expected, desired, false, order, schedule_internal::FailureOrder(order));
  }

 private:
  static uint64_t ToBits(T value) {
    uint64_t bits = 0;
    // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer; its own size is meant.
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
  static T FromBits(uint64_t bits) {
    T value;
    // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer; its own size is meant.
    std::memcpy(static_cast<void*>(&value), &bits, sizeof value);
    return value;
  }

  template <class Function>
  T Update(std::memory_order order, Function function) {  // the caller's
    const T old = FromBits(schedule_internal::BeginUpdate(&value_, ToBits(value_), order));
    value_ = function(old);
    schedule_internal::EndUpdate(&value_, ToBits(value_), order);
    return old;
  }

  // The orders are the caller's.
  bool CompareExchange(T& expected, T desired, bool weak, std::memory_order success,
                       std::memory_order failure) {
    uint64_t bits = ToBits(expected);
    if (schedule_internal::BeginExchange(&value_, ToBits(value_), &bits, weak, success, failure)) {
      value_ = desired;
      schedule_internal::EndUpdate(&value_, ToBits(desired), success);
      return true;
    }
    expected = FromBits(bits);
    return false;
  }

  friend struct ScheduledAtomics;

  T value_;
};

// A plain variable: two accesses of which one is a write, and neither happens before the other,
// fail the schedule. It stands for whatever the code under test is supposed to publish.
template <class T>
class PlainCell {
 public:
  PlainCell() = default;
  explicit PlainCell(T value) : value_(std::move(value)) {}

  const T& Read() const {
    schedule_internal::PlainRead(this, 1);
    return value_;
  }
  void Write(T value) {
    schedule_internal::PlainWrite(this, 1);
    value_ = std::move(value);
  }

 private:
  alignas(8) T value_{};  // one word of the race detector to itself
};

// A mutex for fibers. Each Lock and Unlock is a scheduling point.
class KINESIS_CORE_EXPORT ScheduledMutex {
 public:
  void Lock();
  void Unlock();

 private:
  ScheduledAtomics::Atomic<int> held_{0};
};

// Something a fiber sleeps on until another fiber sets it. If every fiber that is left sleeps, the
// schedule fails: that is how a lost wake-up shows.
class KINESIS_CORE_EXPORT ScheduledEvent {
 public:
  void Set();
  void Wait();  // at once if it was set since the last Clear
  void Clear();

 private:
  ScheduledAtomics::Atomic<int> set_{0};
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_DETERMINISTIC_SCHEDULE_H_
