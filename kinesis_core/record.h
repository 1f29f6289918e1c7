// Record: what is put. RecordView: what is read. PutResult, PutRange: where it went.
#ifndef KINESIS_CORE_RECORD_H_
#define KINESIS_CORE_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// One record to put. Views: the bytes are the caller's, are copied by the put, and need to live
// only until it returns.
struct Record {
  // Decides the shard, through the stream's partitioner, and is stored with the data. Any bytes, up
  // to kMaxPartitionKeyBytes. Empty: the record has none, and is read back without.
  std::string_view partition_key = {};
  // Any bytes, up to kMaxDataBytes; may be empty.
  std::string_view data = {};
  // Decides the shard instead of the partition key, if set. Neither does in a stream whose
  // RecordDistributionStrategy is kAuto.
  std::optional<HashKey> explicit_hash_key = std::nullopt;
};

// Where and as what a record was stored.
struct PutResult {
  ShardId shard_id;
  SequenceNumber sequence_number;
};

// Where a run of records was stored: `count` of one shard, without a gap, whose numbers differ from
// `first_sequence_number` in their index alone, which counts up by 1.
struct PutRange {
  ShardId shard_id;
  SequenceNumber first_sequence_number;
  uint64_t count = 0;
};

// A record of a batch that was not stored, by its place in the batch, and why.
struct FailedPut {
  size_t index = 0;
  absl::Status status;
};

// One record as read. The views point into the log and are valid as long as the RecordBatch they
// come from.
struct RecordView {
  // 8-byte aligned.
  std::string_view data;
  std::string_view partition_key;  // empty: it was put without
  // The time of the put by the engine's clock, in milliseconds; never less than that of the record
  // before.
  absl::Time arrival_time;
  SequenceNumber sequence_number;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_RECORD_H_
