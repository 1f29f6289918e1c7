#include "kinesis_core/api/shard_subscription.h"

#include <utility>

#include "kinesis_core/api/consumer_operations.h"

namespace kinesis::api {
namespace internal {

// What a subscription has read and may read still.
class SubscriptionCore {};

}  // namespace internal

ShardSubscription::ShardSubscription(std::unique_ptr<internal::SubscriptionCore> core)
    : core_(std::move(core)) {}
ShardSubscription::ShardSubscription(ShardSubscription&&) noexcept = default;
ShardSubscription& ShardSubscription::operator=(ShardSubscription&&) noexcept = default;
ShardSubscription::~ShardSubscription() = default;

absl::StatusOr<std::optional<SubscribeToShardEvent>> ShardSubscription::Next() {
  return std::optional<SubscribeToShardEvent>();
}

absl::Status ShardSubscription::Wait(absl::Time deadline) {
  return absl::DeadlineExceededError(absl::FormatTime(deadline));
}

}  // namespace kinesis::api
