// OnDemandState: what an ON_DEMAND stream remembers of its throughput and its growth. How it grows
// by that is in on_demand_scaling.h.
#ifndef KINESIS_CORE_API_INTERNAL_ON_DEMAND_STATE_H_
#define KINESIS_CORE_API_INTERNAL_ON_DEMAND_STATE_H_

#include <cstdint>
#include <limits>
#include <map>

namespace kinesis::api::internal {

// The highest demand of the previous 30 days, to the day, as of the last note. Demand is what
// DemandOf() returns: thousandths of a shard.
//
// Thread-compatible.
class DemandPeaks {
 public:
  void Note(int64_t demand, int64_t now_ms);
  int64_t Highest() const;

  // Of each of the last kDays, since the Unix epoch, that had any.
  std::map<int64_t, int64_t>& by_day() { return by_day_; }
  const std::map<int64_t, int64_t>& by_day() const { return by_day_; }

 private:
  static constexpr int64_t kDays = 30;

  std::map<int64_t, int64_t> by_day_;
};

// Thread-compatible, under the lock of its stream's entry.
struct OnDemandState {
  DemandPeaks peaks;
  int64_t minute = 0;  // that of the last check, which the next one judges
  int64_t not_before_ms = std::numeric_limits<int64_t>::min();  // when it may grow again
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_ON_DEMAND_STATE_H_
