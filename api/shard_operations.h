// Requests and responses about the shards of a stream: listing, splitting, merging, scaling.
//
// A request names its stream by `stream_name`, `stream_arn` or `stream_id`, by several if they
// agree. Every member of a request may be left out, as on the wire; a required one that is missing
// is the service's ValidationException. Operations without a response answer with absl::Status
// alone.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_SHARD_OPERATIONS_H_
#define KINESIS_CORE_API_SHARD_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

// A stream, or a token to go on with; not both.
struct ListShardsRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::string> next_token = std::nullopt;
  std::optional<TextOr<ShardId>> exclusive_start_shard_id = std::nullopt;
  std::optional<int32_t> max_results = std::nullopt;
  // Tells a stream from an earlier one of the same name.
  std::optional<absl::Time> stream_creation_timestamp = std::nullopt;
  std::optional<ShardFilter> shard_filter = std::nullopt;
};

// In order of id.
struct ListShardsResponse {
  std::vector<Shard> shards;
  std::optional<std::string> next_token;
};

struct SplitShardRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TextOr<ShardId>> shard_to_split = std::nullopt;         // required
  std::optional<TextOr<HashKey>> new_starting_hash_key = std::nullopt;  // required
};

struct MergeShardsRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TextOr<ShardId>> shard_to_merge = std::nullopt;           // required, the lower one
  std::optional<TextOr<ShardId>> adjacent_shard_to_merge = std::nullopt;  // required
};

struct UpdateShardCountRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<int32_t> target_shard_count = std::nullopt;        // required
  std::optional<TextOr<ScalingType>> scaling_type = std::nullopt;  // required
};

struct UpdateShardCountResponse {
  std::optional<std::string> stream_name;
  std::optional<std::string> stream_arn;
  std::optional<int32_t> current_shard_count;  // open shards before
  std::optional<int32_t> target_shard_count;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_SHARD_OPERATIONS_H_
