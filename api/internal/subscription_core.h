// SubscriptionCore: where a ShardSubscription gets its events from, an engine or a service.
#ifndef KINESIS_CORE_API_INTERNAL_SUBSCRIPTION_CORE_H_
#define KINESIS_CORE_API_INTERNAL_SUBSCRIPTION_CORE_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/consumer_operations.h"

namespace kinesis::api::internal {

// Thread-compatible.
class SubscriptionCore {
 public:
  SubscriptionCore() = default;
  SubscriptionCore(const SubscriptionCore&) = delete;
  SubscriptionCore& operator=(const SubscriptionCore&) = delete;
  virtual ~SubscriptionCore() = default;

  // As ShardSubscription's.
  virtual absl::StatusOr<std::optional<SubscribeToShardEvent>> Next(absl::Time deadline) = 0;
  // By the client's clock.
  virtual absl::Time Now() const = 0;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SUBSCRIPTION_CORE_H_
