// ShardSubscription: the event stream of SubscribeToShard, to be pulled from.
//
//   auto response = client->SubscribeToShard(request);
//   while (auto event = response->event_stream.Next().value()) Process(event->records);
//
// A subscription lasts five minutes (Limits::subscription_lifetime) and ends earlier when its shard
// is closed and read to the end, when its stream or consumer is deleted, or when another call takes
// it over.
#ifndef KINESIS_CORE_API_SHARD_SUBSCRIPTION_H_
#define KINESIS_CORE_API_SHARD_SUBSCRIPTION_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kinesis::api {

namespace internal {
class SubscriptionCore;
}  // namespace internal

struct SubscribeToShardEvent;

// Thread-compatible: one thread at a time uses a subscription. Movable, not copyable; destroying it
// ends it.
class ShardSubscription {
 public:
  explicit ShardSubscription(std::unique_ptr<internal::SubscriptionCore> core);
  ShardSubscription(ShardSubscription&&) noexcept;
  ShardSubscription& operator=(ShardSubscription&&) noexcept;
  ~ShardSubscription();

  // The next event that is there now, without waiting; an event without records when there is
  // nothing new. Nothing at all: the subscription has ended as it should, by time or at the end of
  // the shard. ResourceNotFoundException: the stream or the consumer is gone.
  // ResourceInUseException: another call took over.
  absl::StatusOr<std::optional<SubscribeToShardEvent>> Next();

  // Sleeps until Next would return records or an end, or until `deadline` by the engine's clock:
  // kDeadlineExceeded.
  absl::Status Wait(absl::Time deadline);

 private:
  std::unique_ptr<internal::SubscriptionCore> core_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_SHARD_SUBSCRIPTION_H_
