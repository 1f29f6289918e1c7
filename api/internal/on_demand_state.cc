#include "kinesis_core/api/internal/on_demand_state.h"

#include <algorithm>

namespace kinesis::api::internal {

void DemandPeaks::Note(int64_t demand, int64_t now_ms) {
  constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;
  const int64_t day = now_ms / kDayMs;
  by_day_.erase(by_day_.begin(), by_day_.upper_bound(day - kDays));
  int64_t& peak = by_day_[day];
  peak = std::max(peak, demand);
}

int64_t DemandPeaks::Highest() const {
  int64_t highest = 0;
  for (const auto& [day, peak] : by_day_) highest = std::max(highest, peak);
  return highest;
}

}  // namespace kinesis::api::internal
