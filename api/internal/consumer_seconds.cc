#include "kinesis_core/api/internal/consumer_seconds.h"

#include <algorithm>

namespace kinesis::api::internal {

int64_t ConsumerSeconds::Take(const std::string& stream_arn, const std::string& consumer_name,
                              int64_t now_ms) {
  // A clock that is set back further than this can give an ARN a second time.
  constexpr int64_t kKeptSeconds = int64_t{24} * 60 * 60;
  const int64_t now_s = now_ms / 1000;
  const MutexLock lock(mutex_);
  if (newest_.size() >= sweep_at_) {
    std::erase_if(newest_,
                  [now_s](const auto& entry) { return entry.second < now_s - kKeptSeconds; });
    sweep_at_ = std::max(kFirstSweep, 2 * newest_.size());
  }
  const auto [entry, is_new] = newest_.try_emplace(stream_arn + "/" + consumer_name, now_s);
  if (!is_new) entry->second = std::max(now_s, entry->second + 1);
  return entry->second;
}

}  // namespace kinesis::api::internal
