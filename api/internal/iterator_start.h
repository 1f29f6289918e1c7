// Where a shard iterator or a subscription begins: the service's five types, with its messages.
#ifndef KINESIS_CORE_API_INTERNAL_ITERATOR_START_H_
#define KINESIS_CORE_API_INTERNAL_ITERATOR_START_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard.h"

namespace kinesis::api::internal {

// The members of GetShardIterator and StartingPosition that say where to begin.
struct StartRequest {
  const TextOr<ShardIteratorType>& type;
  const std::optional<TextOr<SequenceNumber>>& sequence_number;
  const std::optional<absl::Time>& timestamp;
};

// ValidationException for a type that the limits' year does not have.
absl::Status CheckIteratorType(const Limits& limits, const TextOr<ShardIteratorType>& type);

// The engine's iterator. InvalidArgumentException: members that do not go together, a number that
// is not of this shard, or a time of the future (CallTime::IsFuture). `operation` names the caller
// in messages.
// Requires: the request has passed its constraints.
absl::StatusOr<kinesis::Iterator> MakeIterator(const ClientCore& core, const StreamEntry& stream,
                                               const kinesis::Shard& shard,
                                               const StartRequest& start,
                                               std::string_view operation, CallTime& time);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_ITERATOR_START_H_
