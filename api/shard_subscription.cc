#include "kinesis_core/api/shard_subscription.h"

#include <utility>

#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/internal/subscription_core.h"

namespace kinesis::api {

ShardSubscription::ShardSubscription(std::unique_ptr<internal::SubscriptionCore> core)
    : core_(std::move(core)) {}
ShardSubscription::ShardSubscription(ShardSubscription&&) noexcept = default;
ShardSubscription& ShardSubscription::operator=(ShardSubscription&&) noexcept = default;
ShardSubscription::~ShardSubscription() = default;

absl::StatusOr<std::optional<SubscribeToShardEvent>> ShardSubscription::Next(absl::Time deadline) {
  return core_->Next(deadline);
}

absl::Status ShardSubscription::Run(const std::function<void(SubscribeToShardEvent)>& on_event,
                                    absl::Time deadline) {
  for (;;) {
    absl::StatusOr<std::optional<SubscribeToShardEvent>> event = core_->Next(deadline);
    if (!event.ok()) return event.status();
    if (!event->has_value()) return absl::OkStatus();
    const bool last = (*event)->child_shards.has_value();
    const bool nothing = (*event)->records.empty() && !last;
    if (!nothing) on_event(**std::move(event));
    if (last) return absl::OkStatus();
    if (nothing || core_->Now() > deadline) {
      return absl::DeadlineExceededError("the subscription goes on after the deadline");
    }
  }
}

}  // namespace kinesis::api
