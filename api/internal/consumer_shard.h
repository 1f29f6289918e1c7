// ConsumerShard: all that the subscriptions of one consumer to one shard share: their rates, and
// that one of them at most is current.
#ifndef KINESIS_CORE_API_INTERNAL_CONSUMER_SHARD_H_
#define KINESIS_CORE_API_INTERNAL_CONSUMER_SHARD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/token_bucket.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently.
class ConsumerShard {
 public:
  explicit ConsumerShard(const Limits& limits);
  ConsumerShard(const ConsumerShard&) = delete;
  ConsumerShard& operator=(const ConsumerShard&) = delete;

  // Whether SubscribeToShard may be called now, and then charges it.
  bool TryCall(int64_t now_ms);
  // Begins a subscription, which takes over from the one before, and returns its number. Nothing:
  // it is too early for that.
  std::optional<uint64_t> TrySubscribe(int64_t now_ms);
  // Whether TrySubscribe would succeed.
  bool MaySubscribe(int64_t now_ms);
  // The consumer is being deleted.
  void End();
  // Whether forgetting all this would make no difference.
  bool IsIdleAt(int64_t now_ms);

  // The state of a subscription: it is the newest, another one took over, or the consumer is
  // being deleted.
  enum class SubscriptionState { kCurrent, kTakenOver, kConsumerGone };
  SubscriptionState StateOf(uint64_t subscription);

  // Bytes that may be delivered now: none, or at least a tenth of a second's worth, so that what is
  // held back does not come record by record.
  int64_t SpareBytes(int64_t now_ms);
  // Charges what was delivered. It may be more than was spare, by a record; nothing follows then
  // until that has been made up for.
  void Charge(int64_t bytes, int64_t now_ms);
  // How long until there are SpareBytes.
  int64_t MillisToSpare(int64_t now_ms);

 private:
  const int64_t resubscribe_after_ms_;
  const int64_t lifetime_ms_;
  const int64_t least_bytes_;

  bool IsTooEarly(int64_t now_ms) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // After the clock was set back, at most as long as otherwise.
    return current_ != 0 && now_ms - std::min(subscribed_ms_, now_ms) < resubscribe_after_ms_;
  }

  Mutex mutex_;
  TokenBucket calls_ ABSL_GUARDED_BY(mutex_);
  TokenBucket bytes_ ABSL_GUARDED_BY(mutex_);
  // Number of the newest subscription; 0: there was none.
  uint64_t current_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t subscribed_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

// Holds one ConsumerShard for each shard that the consumer subscribes to.
//
// Thread-compatible.
class ConsumerSubscriptions {
 public:
  // The part that is shared by the subscriptions to `shard`. That of other shards is forgotten now
  // and then, when it makes no difference any more.
  std::shared_ptr<ConsumerShard> Of(ShardId shard, const Limits& limits, int64_t now_ms);
  // Ends all subscriptions.
  void End();

 private:
  static constexpr size_t kFirstSweep = 64;

  std::map<ShardId, std::shared_ptr<ConsumerShard>> shards_;
  size_t sweep_at_ = kFirstSweep;  // size at which to forget
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CONSUMER_SHARD_H_
