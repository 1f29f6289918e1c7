// Record: what is put. RecordView: what is read. PutResult: where it went.
#ifndef KINESIS_CORE_RECORD_H_
#define KINESIS_CORE_RECORD_H_

#include <optional>
#include <string_view>

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
