// What the API knows of one registered consumer, and of its subscriptions.
//
// Life cycle, as of a stream: the record says until when the consumer is CREATING or DELETING, and
// its status is computed from the time when somebody asks.
#ifndef KINESIS_CORE_API_INTERNAL_CONSUMER_RECORD_H_
#define KINESIS_CORE_API_INTERNAL_CONSUMER_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/token_bucket.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kAlways = std::numeric_limits<int64_t>::min();

// What the subscriptions of one consumer to one shard share: their rates, and that one of them at
// most is current.
//
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

  enum class Standing { kCurrent, kTakenOver, kConsumerGone };
  Standing StandingOf(uint64_t subscription);

  // Bytes that may be delivered now: none, or at least a tenth of a second's worth, so that what is
  // held back does not come in crumbs. And what then was delivered, which may be more by a record;
  // nothing follows until that has been made up for.
  int64_t SpareBytes(int64_t now_ms);
  void Charge(int64_t bytes, int64_t now_ms);
  // How long until there are SpareBytes.
  int64_t MillisToSpare(int64_t now_ms);

 private:
  const int64_t resubscribe_after_ms_;
  const int64_t lifetime_ms_;
  const int64_t least_bytes_;

  // Requires: mutex_ is held.
  bool IsTooEarly(int64_t now_ms) const {
    return current_ != 0 && now_ms - subscribed_ms_ < resubscribe_after_ms_;
  }

  std::mutex mutex_;  // guards all below
  TokenBucket calls_;
  TokenBucket bytes_;
  uint64_t current_ = 0;  // number of the newest subscription; 0: there was none
  int64_t subscribed_ms_ = 0;
  bool ended_ = false;
};

// Thread-compatible.
class ConsumerSubscriptions {
 public:
  // What the subscriptions to `shard` share. That of other shards is forgotten now and then, when
  // it makes no difference any more.
  std::shared_ptr<ConsumerShard> Of(ShardId shard, const Limits& limits, int64_t now_ms);
  // Ends all subscriptions.
  void End();

 private:
  static constexpr size_t kFirstSweep = 64;

  std::map<ShardId, std::shared_ptr<ConsumerShard>> shards_;
  size_t sweep_at_ = kFirstSweep;  // size at which to forget
};

// Thread-compatible, under the lock of its stream's record.
struct ConsumerRecord {
  std::string name;
  std::string arn;
  int64_t created_ms = 0;
  int64_t active_at_ms = 0;        // CREATING before
  int64_t deleted_at_ms = kNever;  // DELETING before, once it is set; gone from then on
  TagMap tags;
  std::optional<std::string> policy;
  ConsumerSubscriptions subscriptions;

  ConsumerStatus StatusAt(int64_t now_ms) const {
    if (deleted_at_ms != kNever) return ConsumerStatus::kDeleting;
    return now_ms < active_at_ms ? ConsumerStatus::kCreating : ConsumerStatus::kActive;
  }
};

using ConsumerMap = std::map<std::string, ConsumerRecord>;  // by name

// Removes those whose time in DELETING is over.
void ForgetDeleted(ConsumerMap& consumers, int64_t now_ms);

// The consumer of that name that has not gone, or null. Removes those that have.
ConsumerRecord* FindConsumer(ConsumerMap& consumers, std::string_view name, int64_t now_ms);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CONSUMER_RECORD_H_
