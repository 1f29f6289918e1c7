// A parking lot for fibers, so that the shipped loops that sleep (internal/waiting.h) run under
// seeded schedules.
#ifndef KINESIS_CORE_TESTING_LITMUS_FIBER_LOT_H_
#define KINESIS_CORE_TESTING_LITMUS_FIBER_LOT_H_

#include "absl/base/thread_annotations.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/internal/parking_lot.h"
#include "kinesis_core/testing/deterministic_schedule.h"

namespace kinesis::testing {

class ABSL_LOCKABLE FiberMutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.Lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }

 private:
  ScheduledMutex mutex_;
};

struct FiberEvent final : ScheduledEvent, Waiter {
  void Notify() override { Set(); }
};

using FiberLot = internal::BasicParkingLot<FiberMutex, FiberEvent>;

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LITMUS_FIBER_LOT_H_
