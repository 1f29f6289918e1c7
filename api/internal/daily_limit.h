// A limit on how many times something may be done in any 24 hours.
#ifndef KINESIS_CORE_API_INTERNAL_DAILY_LIMIT_H_
#define KINESIS_CORE_API_INTERNAL_DAILY_LIMIT_H_

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kinesis::api::internal {

// Notes that it is done once more, and returns true, at `now_ms`, if it may be; `done_ms` holds the
// times that count, oldest first, and is pruned of older ones.
inline bool TakeDaily(std::vector<int64_t>& done_ms, int64_t limit, int64_t now_ms) {
  constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;
  done_ms.erase(done_ms.begin(),
                std::find_if(done_ms.begin(), done_ms.end(),
                             [now_ms](int64_t time_ms) { return time_ms > now_ms - kDayMs; }));
  if (static_cast<int64_t>(done_ms.size()) >= limit) return false;
  done_ms.push_back(now_ms);
  return true;
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_DAILY_LIMIT_H_
