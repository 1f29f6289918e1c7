#include "kinesis_core/api/internal/shard_filter.h"

#include <algorithm>

#include "absl/time/time.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/sealed_text.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/clock.h"

namespace kinesis::api::internal {
namespace {

absl::Status Invalid(const std::string& message) {
  return MakeError(ErrorType::kInvalidArgument, message);
}

bool TakesTimestamp(ShardFilterType type) {
  return type == ShardFilterType::kAtTimestamp || type == ShardFilterType::kFromTimestamp;
}

absl::Status CheckMembers(ShardFilterType type, const ShardFilter& filter) {
  const std::string name(ToText(type));
  if ((type == ShardFilterType::kAfterShardId) != filter.shard_id.has_value()) {
    return Invalid(filter.shard_id ? "ShardId must not be specified for ShardFilterType " + name
                                   : "ShardId must be specified for ShardFilterType " + name);
  }
  if (TakesTimestamp(type) != filter.timestamp.has_value()) {
    return Invalid(filter.timestamp ? "Timestamp must not be specified for ShardFilterType " + name
                                    : "Timestamp must be specified for ShardFilterType " + name);
  }
  return absl::OkStatus();
}

}  // namespace

bool ResolvedShardFilter::Matches(const kinesis::Shard& shard) const {
  const std::optional<absl::Time> closed_at = shard.closed_at();
  const absl::Time timestamp = absl::FromUnixMillis(timestamp_ms);
  switch (type) {
    case ShardFilterType::kAfterShardId:
      return shard.id() > shard_id;
    case ShardFilterType::kAtTrimHorizon:
    case ShardFilterType::kAtTimestamp:
      // A stream's first shards have been there for as long as there is anything.
      return (shard.parents().empty() || shard.opened_at() <= timestamp) &&
             (!closed_at || timestamp < *closed_at);
    case ShardFilterType::kFromTimestamp:
      return !closed_at || timestamp <= *closed_at;
    case ShardFilterType::kAtLatest:
      return !closed_at;
    case ShardFilterType::kFromTrimHorizon:
      break;
  }
  return true;
}

std::string ResolvedShardFilter::Encode() const {
  std::string text;
  AppendNumber(static_cast<uint64_t>(type), &text);
  AppendNumber(shard_id.index(), &text);
  AppendNumber(static_cast<uint64_t>(timestamp_ms), &text);
  return text;
}

std::optional<ResolvedShardFilter> ResolvedShardFilter::Decode(std::string_view* text) {
  const std::optional<uint64_t> type = TakeNumber(text);
  const std::optional<uint64_t> shard = TakeNumber(text);
  const std::optional<uint64_t> timestamp = TakeNumber(text);
  if (!type || !shard || !timestamp) return std::nullopt;
  return ResolvedShardFilter{static_cast<ShardFilterType>(*type),
                             ShardId(static_cast<uint32_t>(*shard)),
                             static_cast<int64_t>(*timestamp)};
}

absl::StatusOr<ResolvedShardFilter> ResolveShardFilter(const std::optional<ShardFilter>& filter,
                                                       CallTime& time, int64_t horizon_ms) {
  ResolvedShardFilter resolved;
  if (!filter) return resolved;
  resolved.type = *Resolve(*filter->type);
  KC_RETURN_IF_ERROR(CheckMembers(resolved.type, *filter));
  if (filter->shard_id) {
    const std::optional<ShardId> id = Resolve(*filter->shard_id);
    if (!id) return Invalid("ShardId " + WireText(*filter->shard_id) + " is not valid.");
    resolved.shard_id = *id;
  }
  // Compared as the engine's times, which are whole milliseconds between these two, whatever the
  // clock shows.
  const auto engine_ms = [](int64_t ms) { return std::clamp<int64_t>(ms, 0, kLatestMillis); };
  int64_t time_ms = horizon_ms;
  if (filter->timestamp) {
    const int64_t given_ms = engine_ms(absl::ToUnixMillis(*filter->timestamp));
    if (time.IsFuture(absl::FromUnixMillis(given_ms))) {
      return Invalid("The Timestamp of a ShardFilter cannot be in the future.");
    }
    // Older than the horizon is the horizon: there is nothing before it.
    time_ms = std::max(given_ms, horizon_ms);
  }
  resolved.timestamp_ms = engine_ms(time_ms);
  return resolved;
}

}  // namespace kinesis::api::internal
