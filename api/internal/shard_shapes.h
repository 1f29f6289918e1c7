// The engine's shards in the service's shapes.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_SHARD_SHAPES_H_
#define KINESIS_CORE_API_INTERNAL_SHARD_SHAPES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "kinesis_core/api/shapes.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/stream.h"

namespace kinesis::api::internal {

Shard ShardShape(const kinesis::Shard& shard);

// The shards of these ids; those that are gone are left out.
std::vector<ChildShard> ChildShardShapes(const kinesis::Stream& stream,
                                         const std::vector<ShardId>& ids);

// The second, since the Unix epoch, from which the shard took records: that in which its parents
// were closed, or in which its stream was made. And that up to which it did, if it is closed.
// Between them, at any time each hash key belongs to exactly one shard.
int64_t OpenedSeconds(const kinesis::Shard& shard);
std::optional<int64_t> ClosedSeconds(const kinesis::Shard& shard);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_SHAPES_H_
