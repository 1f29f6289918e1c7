// How an ON_DEMAND stream grows.
//
// The service's rule: room for double the peak of the previous 30 days, beginning with 4 shards,
// and throttling only for who more than doubles that peak within 15 minutes (developer guide, "How
// data streams scale"). What it leaves open is decided here:
//   - The throughput of a minute is what was stored in it, in bytes or in records, whichever needs
//     more shards. What was refused is not throughput; it shows that there will be more.
//   - A stream begins to grow at the first call of a new minute that finds it too small, by any
//     operation that names it, and then not again for Limits::on_demand_scale_interval. It is
//     UPDATING meanwhile (LifecycleDelays::update_stream), and its shards change at the end.
//   - It splits its busiest shards, in the middle, until there are enough.
//   - A shard that refused records in that minute, or took more than a shard should, is split as
//     well, while that leaves at most twice the shards that the stream needs: one hot key, which no
//     split can help, does not take it to the limit.
//   - It never merges. (The service is not seen to, until the stream is made PROVISIONED.)
// Records that are put through the engine, past the client, are not seen. A stream whose shards
// take anything (Limits::Unlimited) does not grow.
#ifndef KINESIS_CORE_API_INTERNAL_ON_DEMAND_SCALING_H_
#define KINESIS_CORE_API_INTERNAL_ON_DEMAND_SCALING_H_

#include <cstdint>
#include <optional>

#include "kinesis_core/api/internal/pending_reshard.h"
#include "kinesis_core/api/internal/shard_metrics.h"
#include "kinesis_core/api/internal/stream_entry.h"
#include "kinesis_core/api/limits.h"

namespace kinesis::api::internal {

// How much of a shard's limits a minute took, in thousandths of a shard, rounded up. 1,000 is a
// shard at its limit for the whole minute.
int64_t DemandOf(const ShardMetrics::Writes& writes, const Limits& limits);

// How the stream has to grow; nothing if it is large enough, or may not grow now: `may_grow` says
// whether it is ACTIVE. Notes the minute's demand, and sets when to check again. Called at the
// first operation of a minute, with the stream's state under its lock. O(shards log shards).
std::optional<PendingReshard> PlanGrowth(const Limits& limits, StreamEntry& stream,
                                         StreamState& state, bool may_grow, int64_t now_ms);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_ON_DEMAND_SCALING_H_
