// The engine's shards in the service's shapes.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_SHARD_SHAPES_H_
#define KINESIS_CORE_API_INTERNAL_SHARD_SHAPES_H_

#include <cstdint>
#include <vector>

#include "kinesis_core/api/shapes.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/stream.h"

namespace kinesis::api::internal {

Shard ShardShape(const kinesis::Shard& shard);

// The shards of these ids; those that are gone are left out.
std::vector<ChildShard> ChildShardShapes(const kinesis::Stream& stream,
                                         const std::vector<ShardId>& ids);

// Number of open shards.
int64_t OpenShardCount(const kinesis::Stream& stream);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_SHAPES_H_
