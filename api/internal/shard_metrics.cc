#include "kinesis_core/api/internal/shard_metrics.h"

#include <algorithm>

namespace kinesis::api::internal {

void ShardMetrics::Samples::Add(const Samples& other) {
  if (other.count == 0) return;
  minimum = count == 0 ? other.minimum : std::min(minimum, other.minimum);
  maximum = count == 0 ? other.maximum : std::max(maximum, other.maximum);
  count += other.count;
  sum += other.sum;
}

// --- Settings ------------------------------------------------------------------------------------

void ShardMetrics::SetMonitored(const std::set<MetricsName>& metrics) {
  MetricBits bits = 0;
  for (const MetricsName metric : metrics) bits |= BitOf(metric);
  const MutexLock lock(settings_mutex_);
  // Relaxed, both: see counted().
  monitored_.store(bits, std::memory_order_relaxed);
  counted_.store(bits | (loads_kept_ ? kWriteMetrics : 0), std::memory_order_relaxed);
}

void ShardMetrics::SetLoadsKept(bool kept) {
  const MutexLock lock(settings_mutex_);
  loads_kept_ = kept;
  // Relaxed: see counted().
  counted_.store(monitored() | (kept ? kWriteMetrics : 0), std::memory_order_relaxed);
}

// --- Counting ------------------------------------------------------------------------------------

ShardMetrics::Minute& ShardMetrics::Current(Stripe& stripe, ShardId shard, int64_t now_ms) {
  const int64_t minute = now_ms / kMinuteMs;
  const int64_t oldest = minute - kMinutesKept + 1;
  if (stripe.shards.size() >= stripe.sweep_at) Sweep(stripe, oldest);
  Minutes& minutes = stripe.shards[shard];
  if (!minutes.empty() && minute <= minutes.back().minute) {  // less: the clock was set back
    minutes.back().monitored |= monitored();
    return minutes.back();
  }
  minutes.push_back({.minute = minute, .monitored = monitored(), .samples = {}});
  // LoadsIn wants two.
  while (minutes.size() > 2 &&
         (minutes.front().monitored == 0 || minutes.front().minute < oldest)) {
    minutes.pop_front();
  }
  return minutes.back();
}

void ShardMetrics::Sweep(Stripe& stripe, int64_t oldest) {
  absl::erase_if(stripe.shards,
                 [oldest](const auto& entry) { return entry.second.back().minute < oldest; });
  stripe.sweep_at = std::max(kFirstSweep, 2 * stripe.shards.size());
}

void ShardMetrics::CountWrites(ShardId shard, const Writes& writes, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  Minute& minute = Current(stripe, shard, now_ms);
  if (writes.records > 0) {
    minute.Add(MetricsName::kIncomingBytes, writes.bytes);
    minute.Add(MetricsName::kIncomingRecords, writes.records);
  }
  minute.Add(MetricsName::kWriteProvisionedThroughputExceeded, writes.refused);
}

void ShardMetrics::CountReads(ShardId shard, const Reads& reads, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  Minute& minute = Current(stripe, shard, now_ms);
  minute.Add(MetricsName::kOutgoingBytes, reads.bytes);
  minute.Add(MetricsName::kOutgoingRecords, reads.records);
  minute.Add(MetricsName::kReadProvisionedThroughputExceeded, 0);
  minute.Add(MetricsName::kIteratorAgeMilliseconds, reads.age_ms);
}

void ShardMetrics::CountRefusedRead(ShardId shard, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  Current(stripe, shard, now_ms).Add(MetricsName::kReadProvisionedThroughputExceeded, 1);
}

// --- Looking -------------------------------------------------------------------------------------

std::vector<MetricDatapoint> ShardMetrics::Datapoints(ShardId shard, MetricsName metric,
                                                      int64_t from_minute, int64_t to_minute,
                                                      int64_t period_minutes) {
  std::vector<MetricDatapoint> points;
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  const auto found = stripe.shards.find(shard);
  if (found == stripe.shards.end()) return points;
  Samples period;
  int64_t begin = 0;
  const auto finish = [&] {
    if (period.count == 0) return;
    points.push_back({absl::FromUnixSeconds(begin * (kMinuteMs / 1000)), period.count, period.sum,
                      period.minimum, period.maximum});
  };
  for (const Minute& minute : found->second) {
    const int64_t its_begin = minute.minute - minute.minute % period_minutes;
    if (its_begin < from_minute - from_minute % period_minutes || its_begin >= to_minute) continue;
    if ((minute.monitored & BitOf(metric)) == 0) continue;
    if (its_begin != begin) {
      finish();
      period = {};
      begin = its_begin;
    }
    period.Add(minute.of(metric));
  }
  finish();
  return points;
}

absl::flat_hash_map<ShardId, ShardMetrics::Writes> ShardMetrics::LoadsIn(int64_t minute) {
  absl::flat_hash_map<ShardId, Writes> loads;
  for (Stripe& stripe : stripes_) {
    const MutexLock lock(stripe.mutex);
    for (const auto& [shard, minutes] : stripe.shards) {
      const size_t first = minutes.size() < 2 ? 0 : minutes.size() - 2;
      for (size_t i = first; i < minutes.size(); ++i) {
        if (minutes[i].minute != minute) continue;
        loads[shard] = {minutes[i].of(MetricsName::kIncomingRecords).sum,
                        minutes[i].of(MetricsName::kIncomingBytes).sum,
                        minutes[i].of(MetricsName::kWriteProvisionedThroughputExceeded).sum};
      }
    }
  }
  return loads;
}

}  // namespace kinesis::api::internal
