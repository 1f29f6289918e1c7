// The six shard filters of ListShards.
#ifndef KINESIS_CORE_API_INTERNAL_SHARD_FILTER_H_
#define KINESIS_CORE_API_INTERNAL_SHARD_FILTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

// A filter with everything resolved that it depends on, so that all pages of a listing see the
// same.
struct ResolvedShardFilter {
  ShardFilterType type = ShardFilterType::kFromTrimHorizon;
  ShardId shard_id;          // kAfterShardId
  int64_t timestamp_ms = 0;  // of kAtTimestamp, kFromTimestamp and kAtTrimHorizon

  bool Matches(const kinesis::Shard& shard) const;

  // For a pagination token; Decode takes it off the front and gives nothing if it is not there.
  std::string Encode() const;
  static std::optional<ResolvedShardFilter> Decode(std::string_view* text);
};

// InvalidArgumentException: members that do not go with the type, a time of the future, no shard
// id. `horizon_ms` is the time before which nothing is kept.
absl::StatusOr<ResolvedShardFilter> ResolveShardFilter(const std::optional<ShardFilter>& filter,
                                                       CallTime& time, int64_t horizon_ms);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_FILTER_H_
