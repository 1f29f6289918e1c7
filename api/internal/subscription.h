// EngineSubscription: how far a subscription to a shard of an engine has read, and what it may read
// still.
#ifndef KINESIS_CORE_API_INTERNAL_SUBSCRIPTION_H_
#define KINESIS_CORE_API_INTERNAL_SUBSCRIPTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/consumer_shard.h"
#include "kinesis_core/api/internal/subscription_core.h"
#include "kinesis_core/iterator.h"

namespace kinesis::api::internal {

// Thread-compatible.
class EngineSubscription final : public SubscriptionCore {
 public:
  // The consumer that subscribes, and the shard that it subscribes to.
  struct Subject {
    StreamPtr stream;
    std::string consumer_name;
    std::shared_ptr<ConsumerShard> shard;
    uint64_t subscription = 0;  // its number in `shard`
  };

  // Begins now. `core` outlives this.
  EngineSubscription(ClientCore& core, Subject subject, const kinesis::Iterator& position,
                     int64_t now_ms);

  absl::StatusOr<std::optional<SubscribeToShardEvent>> Next(absl::Time deadline) override;
  absl::Time Now() const override { return core_.clock().Now(); }

 private:
  absl::StatusOr<std::optional<SubscribeToShardEvent>> NextEvent(absl::Time deadline);
  // The error that has ended it, or OK.
  absl::Status CheckState(CallTime& time) const;
  // Lets the client's injector end it.
  void AskForFault();
  absl::StatusOr<SubscribeToShardEvent> ReadEvent(int64_t spare_bytes, int64_t now_ms);
  SubscribeToShardEvent EmptyEvent(int64_t now_ms) const;
  // Returns when there may be something to deliver, or at `deadline`, or for no reason at all.
  void Sleep(bool held_back, absl::Time now, absl::Time deadline);

  ClientCore& core_;
  const Subject subject_;
  kinesis::Iterator position_;
  const int64_t ends_ms_;
  bool ended_ = false;    // as it should
  absl::Status failure_;  // or as it should not, which is for good
  // How far the last read was behind, and when it was.
  int64_t behind_ms_ = 0;
  int64_t read_ms_ = 0;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SUBSCRIPTION_H_
