#include "kinesis_core/api/internal/shard_throttles.h"

namespace kinesis::api::internal {

ShardThrottles::Buckets& ShardThrottles::FindBuckets(Stripe& stripe, ShardId shard) {
  std::unique_ptr<Buckets>& buckets = stripe.shards[shard];
  if (buckets == nullptr) buckets = std::make_unique<Buckets>(limits_);
  stripe.last_shard = shard;
  stripe.last = buckets.get();
  return *buckets;
}

bool ShardThrottles::TryWrite(ShardId shard, int64_t bytes, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  Buckets& buckets = BucketsOf(stripe, shard);
  if (!buckets.write_records.Has(1, now_ms) || !buckets.write_bytes.Has(bytes, now_ms)) {
    return false;
  }
  buckets.write_records.TakeNow(1);
  buckets.write_bytes.TakeNow(bytes);
  return true;
}

void ShardThrottles::ChargeWrite(ShardId shard, int64_t bytes, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  Buckets& buckets = BucketsOf(stripe, shard);
  buckets.write_records.Take(1, now_ms);
  buckets.write_bytes.Take(bytes, now_ms);
}

bool ShardThrottles::TryRead(ShardId shard, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  Buckets& buckets = BucketsOf(stripe, shard);
  if (buckets.reads_blocked && buckets.read_bytes.IsFull(now_ms)) buckets.reads_blocked = false;
  return !buckets.reads_blocked && buckets.read_bytes.Has(1, now_ms) &&
         buckets.read_calls.TryTake(1, now_ms);
}

void ShardThrottles::ChargeRead(ShardId shard, int64_t bytes, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  Buckets& buckets = BucketsOf(stripe, shard);
  buckets.read_bytes.Take(bytes, now_ms);
  if (buckets.read_bytes.IsInDebt(now_ms)) buckets.reads_blocked = true;
}

bool ShardThrottles::TryGetIterator(ShardId shard, int64_t now_ms) {
  Stripe& stripe = StripeOf(shard);
  const MutexLock lock(stripe.mutex);
  return BucketsOf(stripe, shard).iterators.TryTake(1, now_ms);
}

void ShardThrottles::Retain(const std::set<ShardId>& shards) {
  for (Stripe& stripe : stripes_) {
    const MutexLock lock(stripe.mutex);
    absl::erase_if(stripe.shards,
                   [&shards](const auto& entry) { return !shards.contains(entry.first); });
    stripe.last = nullptr;
  }
}

}  // namespace kinesis::api::internal
