// The structures that requests and responses of several operations share.
//
// Members are named as in the service model, in snake_case. In a structure that a request carries
// every member may be left out, as on the wire; a required one that is missing is the service's
// ValidationException. In one that only responses carry, `std::optional` marks what may be absent.
//
// Values, thread-compatible. Times have the resolution of the engine's clock.
#ifndef KINESIS_CORE_API_SHAPES_H_
#define KINESIS_CORE_API_SHAPES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

// --- In requests and responses -------------------------------------------------------------------

struct StreamModeDetails {
  std::optional<TextOr<StreamMode>> stream_mode = std::nullopt;  // required
};

// Tags by key. In order, so that what lists them does so too.
using TagMap = std::map<std::string, std::string>;

// --- In requests ---------------------------------------------------------------------------------

// Which shards ListShards returns. `shard_id` goes with kAfterShardId and `timestamp` with
// kAtTimestamp and kFromTimestamp, and neither with any other type.
struct ShardFilter {
  std::optional<TextOr<ShardFilterType>> type = std::nullopt;  // required
  std::optional<TextOr<ShardId>> shard_id = std::nullopt;
  std::optional<absl::Time> timestamp = std::nullopt;
};

// Where a subscription begins.
struct StartingPosition {
  std::optional<TextOr<ShardIteratorType>> type = std::nullopt;  // required
  std::optional<TextOr<SequenceNumber>> sequence_number = std::nullopt;
  std::optional<absl::Time> timestamp = std::nullopt;
};

// --- In responses --------------------------------------------------------------------------------

// A range of hash keys, both ends included.
struct HashKeyRange {
  HashKey starting_hash_key;
  HashKey ending_hash_key;
};

// No ending number: the shard is open.
struct SequenceNumberRange {
  SequenceNumber starting_sequence_number;
  std::optional<SequenceNumber> ending_sequence_number;
};

struct Shard {
  ShardId shard_id;
  // After a split or merge; the adjacent parent after a merge only.
  std::optional<ShardId> parent_shard_id;
  std::optional<ShardId> adjacent_parent_shard_id;
  HashKeyRange hash_key_range;
  SequenceNumberRange sequence_number_range;
};

// A shard that took over from one that has been read to its end.
struct ChildShard {
  ShardId shard_id;
  std::vector<ShardId> parent_shards;
  HashKeyRange hash_key_range;
};

struct Tag {
  std::string key;
  std::optional<std::string> value;
};

struct EnhancedMetrics {
  std::vector<MetricsName> shard_level_metrics;
};

// MiB per second that an ON_DEMAND stream is ready for.
struct WarmThroughputObject {
  std::optional<int32_t> target_mibps;
  std::optional<int32_t> current_mibps;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_SHAPES_H_
