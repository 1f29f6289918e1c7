// CallTime: when a call is made, as its client's clock shows it.
//
// A call reads the clock once, when the time first matters, and judges everything by that reading:
// a clock that steps back in the middle of a call cannot make it contradict itself. Puts without
// rates never read it here; the engine stamps their records by a reading of its own.
#ifndef KINESIS_CORE_API_INTERNAL_CALL_TIME_H_
#define KINESIS_CORE_API_INTERNAL_CALL_TIME_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "kinesis_core/clock.h"

namespace kinesis::api::internal {

// Times, in milliseconds since the Unix epoch, that never come and that are always over.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kAlways = std::numeric_limits<int64_t>::min();

// Thread-compatible: of one call, on its thread. The clock outlives it.
class CallTime {
 public:
  explicit CallTime(const Clock& clock) : clock_(clock) {}
  // For a call that has read the clock already.
  CallTime(absl::Time now, const Clock& clock)
      : clock_(clock), ms_(Bounded(absl::ToUnixMillis(now))), is_read_(true) {}
  CallTime(const CallTime&) = delete;
  CallTime& operator=(const CallTime&) = delete;

  // Milliseconds since the Unix epoch. Before 1970 counts as 1970, as in the engine. The far end is
  // so far that sums with it fit.
  int64_t ms() {
    if (!is_read_) {
      ms_ = Bounded(clock_.NowMillis());
      is_read_ = true;
    }
    return ms_;
  }

  // True if `time` is later than a client in this process can take the present for: its clock may
  // be finer than ours, which is behind by up to Clock::Lag(), or somewhat ahead.
  bool IsFuture(absl::Time time) {
    return time > absl::FromUnixMillis(ms()) + std::max(kAhead, clock_.Lag());
  }

 private:
  static int64_t Bounded(int64_t ms) {
    return std::clamp<int64_t>(ms, 0, std::numeric_limits<int64_t>::max() / 4);
  }

  // Ten ticks of the slowest kernel.
  static constexpr absl::Duration kAhead = absl::Milliseconds(100);

  const Clock& clock_;
  int64_t ms_ = 0;
  bool is_read_ = false;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CALL_TIME_H_
