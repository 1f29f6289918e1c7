#include "kinesis_core/api/internal/consumer_record.h"

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
  const std::lock_guard lock(mutex_);
  return calls_.TryTake(1, now_ms);
}

std::optional<uint64_t> ConsumerShard::TrySubscribe(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  // After the clock was set back, at most as long as otherwise.
  subscribed_ms_ = std::min(subscribed_ms_, now_ms);
  if (IsTooEarly(now_ms)) return std::nullopt;
  subscribed_ms_ = now_ms;
  return ++current_;
}

bool ConsumerShard::MaySubscribe(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return !IsTooEarly(now_ms);
}

void ConsumerShard::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

bool ConsumerShard::IsIdleAt(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const bool over =
      current_ == 0 || now_ms - subscribed_ms_ >= std::max(lifetime_ms_, resubscribe_after_ms_);
  return over && calls_.IsFull(now_ms) && bytes_.IsFull(now_ms);
}

ConsumerShard::Standing ConsumerShard::StandingOf(uint64_t subscription) {
  const std::lock_guard lock(mutex_);
  if (ended_) return Standing::kConsumerGone;
  return subscription == current_ ? Standing::kCurrent : Standing::kTakenOver;
}

int64_t ConsumerShard::SpareBytes(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const int64_t spare = bytes_.Spare(now_ms);
  return spare < least_bytes_ ? 0 : spare;
}

void ConsumerShard::Charge(int64_t bytes, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  bytes_.Take(bytes, now_ms);
}

int64_t ConsumerShard::MillisToSpare(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
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

void ForgetDeleted(ConsumerMap& consumers, int64_t now_ms) {
  std::erase_if(consumers,
                [now_ms](const auto& entry) { return entry.second.deleted_at_ms <= now_ms; });
}

ConsumerRecord* FindConsumer(ConsumerMap& consumers, std::string_view name, int64_t now_ms) {
  ForgetDeleted(consumers, now_ms);
  const auto found = consumers.find(std::string(name));
  return found == consumers.end() ? nullptr : &found->second;
}

}  // namespace kinesis::api::internal
