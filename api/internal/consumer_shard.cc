#include "kinesis_core/api/internal/consumer_shard.h"

#include <algorithm>

#include "absl/time/time.h"

namespace kinesis::api::internal {
namespace {

constexpr int64_t kMsPerSecond = 1000;

int64_t LeastBytes(int64_t per_second) {
  constexpr int64_t kTenth = 10;
  return std::max<int64_t>(per_second / kTenth, 1);
}

}  // namespace

ConsumerShard::ConsumerShard(const Limits& limits)
    : resubscribe_after_ms_(absl::ToInt64Milliseconds(limits.resubscribe_after)),
      lifetime_ms_(absl::ToInt64Milliseconds(limits.subscription_lifetime)),
      least_bytes_(LeastBytes(limits.consumer_read_bytes_per_second)),
      calls_(limits.RateOf(Operation::kSubscribeToShard)),
      bytes_(limits.consumer_read_bytes_per_second) {}

bool ConsumerShard::TryCall(int64_t now_ms) {
  const MutexLock lock(mutex_);
  return calls_.TryTake(1, now_ms);
}

std::optional<uint64_t> ConsumerShard::TrySubscribe(int64_t now_ms) {
  const MutexLock lock(mutex_);
  subscribed_ms_ = std::min(subscribed_ms_, now_ms);  // the clock may have been set back
  if (IsTooEarly(now_ms)) return std::nullopt;
  subscribed_ms_ = now_ms;
  return ++current_;
}

bool ConsumerShard::MaySubscribe(int64_t now_ms) {
  const MutexLock lock(mutex_);
  return !IsTooEarly(now_ms);
}

void ConsumerShard::End() {
  const MutexLock lock(mutex_);
  ended_ = true;
}

bool ConsumerShard::IsIdleAt(int64_t now_ms) {
  const MutexLock lock(mutex_);
  const bool over =
      current_ == 0 || now_ms - subscribed_ms_ >= std::max(lifetime_ms_, resubscribe_after_ms_);
  return over && calls_.IsFull(now_ms) && bytes_.IsFull(now_ms);
}

ConsumerShard::SubscriptionState ConsumerShard::StateOf(uint64_t subscription) {
  const MutexLock lock(mutex_);
  if (ended_) return SubscriptionState::kConsumerGone;
  return subscription == current_ ? SubscriptionState::kCurrent : SubscriptionState::kTakenOver;
}

int64_t ConsumerShard::SpareBytes(int64_t now_ms) {
  const MutexLock lock(mutex_);
  const int64_t spare = bytes_.Spare(now_ms);
  return spare < least_bytes_ ? 0 : spare;
}

void ConsumerShard::Charge(int64_t bytes, int64_t now_ms) {
  const MutexLock lock(mutex_);
  bytes_.Take(bytes, now_ms);
}

int64_t ConsumerShard::MillisToSpare(int64_t now_ms) {
  const MutexLock lock(mutex_);
  const int64_t missing = least_bytes_ - bytes_.Spare(now_ms);
  if (missing <= 0) return 0;
  const int64_t per_second = bytes_.per_second();
  return (missing * kMsPerSecond + per_second - 1) / per_second;
}

std::shared_ptr<ConsumerShard> ConsumerSubscriptions::Of(ShardId shard, const Limits& limits,
                                                         int64_t now_ms) {
  if (shards_.size() >= sweep_at_) {
    std::erase_if(shards_, [now_ms](const auto& entry) { return entry.second->IsIdleAt(now_ms); });
    sweep_at_ = std::max(kFirstSweep, 2 * shards_.size());
  }
  std::shared_ptr<ConsumerShard>& shared = shards_[shard];
  if (shared == nullptr) shared = std::make_shared<ConsumerShard>(limits);
  return shared;
}

void ConsumerSubscriptions::End() {
  for (const auto& [shard, shared] : shards_) shared->End();
}

}  // namespace kinesis::api::internal
