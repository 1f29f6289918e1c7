// Atomics that are broken in one place, to see whether the tests find out.
//
// FaultyAtomics<Fault> is ScheduledAtomics but for what Fault does to operations on 64-bit words.
// The templates under test are the shipped ones, so a fault has to know an operation by its values:
// entry words have the committed bit, a seal differs from what it replaces by the sealed bit alone,
// a state word carries a life-cycle flag.
#ifndef KINESIS_CORE_TESTING_LITMUS_FAULTY_ATOMICS_H_
#define KINESIS_CORE_TESTING_LITMUS_FAULTY_ATOMICS_H_

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/testing/deterministic_schedule.h"

namespace kinesis::testing {

// The places in which a fault may change an operation. This one changes nothing.
struct NoFault {
  // The value and the order of a store.
  static void OnStore(uint64_t* /*value*/, std::memory_order* /*order*/) {}
  // True: the sum is not stored.
  static bool DropsAdd(uint64_t /*present*/, uint64_t /*by*/) { return false; }
  enum class Exchange { kAsItIs, kDropped, kBlind };
  // kDropped: reports success and changes nothing. kBlind: stores whatever the word holds by now.
  static Exchange OnExchange(uint64_t /*expected*/, uint64_t /*desired*/) {
    return Exchange::kAsItIs;
  }
};

template <class Fault>
struct FaultyAtomics : ScheduledAtomics {
  template <class T>
  class Atomic;
};

template <class Fault>
template <class T>
class FaultyAtomics<Fault>::Atomic : public ScheduledAtomics::Atomic<T> {
  using Base = ScheduledAtomics::Atomic<T>;
  static constexpr bool kWord = std::is_same_v<T, uint64_t>;

 public:
  using Base::Base;

  void store(T value, std::memory_order order) {  // the caller's
    if constexpr (kWord) Fault::OnStore(&value, &order);
    Base::store(value, order);
  }
  T fetch_add(T by, std::memory_order order) {  // the caller's
    if constexpr (kWord) {
      // Relaxed: a look without a scheduling effect on what follows.
      if (Fault::DropsAdd(Base::load(std::memory_order_relaxed), by)) by = 0;
    }
    return Base::fetch_add(by, order);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) {  // the caller's
    if constexpr (kWord) {
      switch (Fault::OnExchange(expected, desired)) {
        case NoFault::Exchange::kDropped:
          return true;
        case NoFault::Exchange::kBlind:
          Base::store(desired, success == std::memory_order_acquire ? failure : success);
          return true;
        case NoFault::Exchange::kAsItIs:
          break;
      }
    }
    return Base::compare_exchange_weak(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order) {  // the caller's
    return compare_exchange_weak(expected, desired, order, schedule_internal::FailureOrder(order));
  }
};

// --- The faults

// L2: the entry of a record may be seen before its bytes.
struct RelaxedCommit : NoFault {
  static void OnStore(const uint64_t* value, std::memory_order* order) {
    // Relaxed: that is the fault.
    if ((*value & internal::kEntryCommitted) != 0) *order = std::memory_order_relaxed;
  }
};

// L3: a claim does not look whether the tail is still what it read.
struct BlindClaim : NoFault {
  static Exchange OnExchange(uint64_t expected, uint64_t desired) {
    const internal::TailWord from(expected);
    const internal::TailWord to(desired);
    const bool claims = to.count() == from.count() + 1 && to.offset_units() > from.offset_units() &&
                        from.bits() >> internal::TailWord::kTimeShift ==
                            to.bits() >> internal::TailWord::kTimeShift;
    return claims ? Exchange::kBlind : Exchange::kAsItIs;
  }
};

// L7: a sealed tail takes claims as before.
struct LostSeal : NoFault {
  static Exchange OnExchange(uint64_t expected, uint64_t desired) {
    const bool seals = (expected ^ desired) == internal::TailWord::kSealed;
    return seals ? Exchange::kDropped : Exchange::kAsItIs;
  }
};

// L4: a pin keeps nobody from recycling.
struct IgnoredPins : NoFault {
  static bool DropsAdd(uint64_t present, uint64_t by) {
    return by == internal::StateWord::kPin && internal::StateWord(present).flag() != 0;
  }
  static Exchange OnExchange(uint64_t expected, uint64_t desired) {
    const bool unpins = expected - desired == internal::StateWord::kPin;
    const bool unpinned = internal::StateWord(expected).pins() == 0;
    return unpins && unpinned ? Exchange::kDropped : Exchange::kAsItIs;
  }
};

// A claim that hit another log is committed like a record instead of as void.
struct UnmarkedVoid : NoFault {
  static void OnStore(uint64_t* value, std::memory_order* /*order*/) {
    if (*value == (internal::kEntryCommitted | internal::kEntryVoid)) {
      *value = internal::kEntryCommitted;
    }
  }
};

// Of the table: rows may be seen before they are filled.
struct RelaxedTable : NoFault {
  static void OnStore(uint64_t* /*value*/, std::memory_order* order) {
    *order = std::memory_order_relaxed;  // that is the fault
  }
};

// T2: publications have no version, so a reader cannot tell that a slot has been written anew. The
// published word is the only one whose low byte is a slot and whose next bits are not zero.
struct UnversionedTable : NoFault {
  static void OnStore(uint64_t* value, std::memory_order* /*order*/) {
    constexpr uint64_t kSlots = 64;
    constexpr uint64_t kByte = 0xff;
    if (*value > kByte && *value < (uint64_t{1} << 20) && (*value & kByte) < kSlots) {
      *value &= kByte;
    }
  }
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LITMUS_FAULTY_ATOMICS_H_
