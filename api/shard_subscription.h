// ShardSubscription: the event stream of SubscribeToShard, as a handle to pull from or a callback.
//
//   auto response = client->SubscribeToShard(request);
//   while (auto event = response->event_stream.Next(absl::InfiniteFuture()).value()) {
//     Process(event->records);
//   }
//
//   response->event_stream.Run([](SubscribeToShardEvent event) { Process(event.records); },
//                              absl::InfiniteFuture());
//
// A subscription lasts five minutes (Limits::subscription_lifetime) and ends earlier when its shard
// is closed and read to the end, when its stream or consumer is deleted, or when another call takes
// it over. It delivers up to 2 MiB a second (Limits::consumer_read_bytes_per_second), an event more
// by one record at most, for which those that follow are late.
#ifndef KINESIS_CORE_API_SHARD_SUBSCRIPTION_H_
#define KINESIS_CORE_API_SHARD_SUBSCRIPTION_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

namespace internal {
class SubscriptionCore;
}  // namespace internal

struct SubscribeToShardEvent;

// Thread-compatible: one thread at a time uses a subscription. Movable, not copyable; destroying it
// ends it. A handle that was moved from may only be assigned to or destroyed.
//
// Lifetime: the client outlives it.
class KINESIS_CORE_EXPORT ShardSubscription {
 public:
  explicit ShardSubscription(std::unique_ptr<internal::SubscriptionCore> core);
  ShardSubscription(ShardSubscription&&) noexcept;
  ShardSubscription& operator=(ShardSubscription&&) noexcept;
  ~ShardSubscription();

  // The next event: at once if there are records, or the shard or subscription is at its end; else
  // it sleeps until there are; at `deadline`, by the engine's clock, an event without records.
  // Nothing at all: the
  // subscription has ended as it should, by time or at the end of the shard; subscribe again after
  // the last event's continuation number, or go on with its child shards.
  //
  // ResourceNotFoundException: the stream or the consumer is gone. ResourceInUseException: another
  // call took over. An error is for good: subscribe again. A sleeper notices what ends its
  // subscription within a second by the clock.
  //
  // O(records returned). Nothing is copied: the event pins the records' memory as RecordBatch does.
  absl::StatusOr<std::optional<SubscribeToShardEvent>> Next(
      absl::Time deadline = absl::InfinitePast());

  // Gives every event that has records or child shards to `on_event`, on this thread, until the
  // subscription has ended as it should (OK), until it has failed (the error of Next), or until
  // `deadline` is past or nothing more is there by then (kDeadlineExceeded; call again to go on).
  absl::Status Run(const std::function<void(SubscribeToShardEvent)>& on_event, absl::Time deadline);

 private:
  std::unique_ptr<internal::SubscriptionCore> core_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_SHARD_SUBSCRIPTION_H_
