// For tests: the responses that hold records, with records of their own.
//
// A RecordList shows records of an engine's log and cannot be made from text. What is decoded goes
// into these instead, which have the same members on the wire.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_OWNED_RECORDS_H_
#define KINESIS_CORE_API_JSON_INTERNAL_OWNED_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/schema_consumer_operations.h"
#include "kinesis_core/api/internal/schema_record_operations.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/api/shard_iterator.h"
#include "kinesis_core/sequence_number.h"

namespace kinesis::api::internal {

// Record (record_list.h)
struct OwnedRecord {
  SequenceNumber sequence_number;
  std::optional<absl::Time> approximate_arrival_timestamp;
  std::string data;
  std::optional<std::string> partition_key;
  std::optional<EncryptionType> encryption_type;
};

// GetRecordsResponse (record_operations.h)
struct OwnedGetRecordsResponse {
  std::vector<OwnedRecord> records;
  std::optional<ShardIterator> next_shard_iterator;
  int64_t millis_behind_latest = 0;
  std::optional<std::vector<ChildShard>> child_shards;
};

// SubscribeToShardEvent (consumer_operations.h)
struct OwnedSubscribeToShardEvent {
  std::vector<OwnedRecord> records;
  std::optional<SequenceNumber> continuation_sequence_number;
  int64_t millis_behind_latest = 0;
  std::optional<std::vector<ChildShard>> child_shards;
};

template <>
struct Schema<OwnedRecord> : RecordSchema<OwnedRecord> {};

template <>
struct Schema<OwnedGetRecordsResponse> : GetRecordsResponseDescription<OwnedGetRecordsResponse> {};

template <>
struct Schema<OwnedSubscribeToShardEvent>
    : SubscribeToShardEventDescription<OwnedSubscribeToShardEvent> {};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_OWNED_RECORDS_H_
