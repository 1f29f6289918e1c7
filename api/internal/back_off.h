// BackOff: how long to wait after calls that failed. SteadyTime: a clock by which such pauses end.
#ifndef KINESIS_CORE_API_INTERNAL_BACK_OFF_H_
#define KINESIS_CORE_API_INTERNAL_BACK_OFF_H_

#include <algorithm>
#include <random>

#include "absl/time/time.h"
#include "kinesis_core/clock.h"

namespace kinesis::api::internal {

// The time of a clock that may be set back, as one that does not go back: what was to happen in a
// second happens in a second, too, when the clock is set back by an hour. Thread-compatible.
class SteadyTime {
 public:
  explicit SteadyTime(Clock& clock) : clock_(clock), last_(clock.Now()) {}

  absl::Time Now() {
    const absl::Time now = clock_.Now();
    if (now < last_) ahead_ += last_ - now;
    last_ = now;
    return now + ahead_;
  }
  // What the clock shows at that time, unless it is set until then.
  absl::Time OnClock(absl::Time time) const { return time - ahead_; }
  Clock& clock() const { return clock_; }

 private:
  Clock& clock_;
  absl::Time last_;         // by the clock
  absl::Duration ahead_{};  // of the clock
};

using Random = std::mt19937_64;

// Between `low` and `high` times `time`, by chance.
inline absl::Duration Jitter(Random& random, absl::Duration time, double low, double high) {
  return time * std::uniform_real_distribution<double>(low, high)(random);
}

// Doubles from one failure to the next; half of each pause is chance. Thread-compatible.
class BackOff {
 public:
  BackOff(absl::Duration least, absl::Duration most) : least_(least), most_(most) {}

  // The pause after one more failure.
  absl::Duration Next(Random& random) {
    const absl::Duration pause = next_;
    next_ = std::min(most_, next_ * 2);
    return Jitter(random, pause, 0.5, 1);
  }
  // A call has succeeded.
  void Reset() { next_ = least_; }

 private:
  absl::Duration least_;
  absl::Duration most_;
  absl::Duration next_ = least_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_BACK_OFF_H_
