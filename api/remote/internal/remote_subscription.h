// RemoteSubscription: the events of a SubscribeToShard of a service, out of the bytes of its
// answer.
#ifndef KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_SUBSCRIPTION_H_
#define KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_SUBSCRIPTION_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/event_stream/event_decoder.h"
#include "kinesis_core/api/internal/subscription_core.h"
#include "kinesis_core/api/transport.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/sequence_number.h"

namespace kinesis::api::internal {

// Thread-compatible.
class RemoteSubscription final : public SubscriptionCore {
 public:
  RemoteSubscription(HttpChunks chunks, Clock& clock);

  absl::StatusOr<std::optional<SubscribeToShardEvent>> Next(absl::Time deadline) override;
  absl::Time Now() const override { return clock_.Now(); }

 private:
  // The event in a message; nothing if it has none.
  absl::StatusOr<std::optional<SubscribeToShardEvent>> EventOf(const EventMessage& message);
  absl::Status Fail(absl::Status failure);

  HttpChunks chunks_;
  Clock& clock_;
  EventDecoder decoder_;
  bool ended_ = false;    // as it should
  absl::Status failure_;  // or as it should not, which is for good
  // Those of the last event, which one without records repeats.
  std::optional<SequenceNumber> continuation_;
  int64_t behind_ms_ = 0;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_SUBSCRIPTION_H_
