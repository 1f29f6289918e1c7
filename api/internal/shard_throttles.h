// ShardThrottles: the read and write limits of a stream's shards.
//
// A shard has buckets from the first time it is used. They stand in stripes, so that calls on
// different shards rarely meet; a call holds a stripe for a few dozen nanoseconds.
#ifndef KINESIS_CORE_API_INTERNAL_SHARD_THROTTLES_H_
#define KINESIS_CORE_API_INTERNAL_SHARD_THROTTLES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/token_bucket.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently.
class ShardThrottles {
 public:
  // `limits` outlives this.
  explicit ShardThrottles(const Limits& limits) : limits_(limits) {}
  ShardThrottles(const ShardThrottles&) = delete;
  ShardThrottles& operator=(const ShardThrottles&) = delete;

  // Charges one record, unless a limit forbids it: then nothing is charged.
  bool TryWrite(ShardId shard, int64_t bytes, int64_t now_ms);
  // Charges one record that is stored already.
  void ChargeWrite(ShardId shard, int64_t bytes, int64_t now_ms);

  // Charges a GetRecords call, unless a limit forbids it.
  bool TryRead(ShardId shard, int64_t now_ms);
  // Charges the bytes that such a call then returned. If they are more than there was left, reads
  // are refused until all is made up for.
  void ChargeRead(ShardId shard, int64_t bytes, int64_t now_ms);

  // Charges a GetShardIterator call.
  bool TryGetIterator(ShardId shard, int64_t now_ms);

  // Forgets all shards but these.
  void Retain(const std::set<ShardId>& shards);

 private:
  struct Buckets {
    explicit Buckets(const Limits& limits)
        : write_records(limits.shard_write_records_per_second),
          write_bytes(limits.shard_write_bytes_per_second),
          read_calls(limits.shard_read_calls_per_second),
          read_bytes(limits.shard_read_bytes_per_second),
          iterators(limits.RateOf(Operation::kGetShardIterator)) {}

    TokenBucket write_records;
    TokenBucket write_bytes;
    TokenBucket read_calls;
    TokenBucket read_bytes;
    TokenBucket iterators;
    bool reads_blocked = false;  // until read_bytes is full
  };
  struct alignas(64) Stripe {  // a cache line each, so that stripes do not slow one another down
    Mutex mutex;
    // The shard that was used last, as one mostly is for long: its buckets in `shards`, or null.
    ShardId last_shard ABSL_GUARDED_BY(mutex);
    Buckets* last ABSL_GUARDED_BY(mutex) = nullptr;
    absl::flat_hash_map<ShardId, std::unique_ptr<Buckets>> shards ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kStripes = 8;

  Stripe& StripeOf(ShardId shard) { return stripes_[shard.index() % kStripes]; }
  Buckets& BucketsOf(Stripe& stripe, ShardId shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(stripe.mutex) {
    if (stripe.last != nullptr && stripe.last_shard == shard) return *stripe.last;
    return FindBuckets(stripe, shard);
  }
  // Those in the map, which from now on are the last used.
  Buckets& FindBuckets(Stripe& stripe, ShardId shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(stripe.mutex);

  const Limits& limits_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_THROTTLES_H_
