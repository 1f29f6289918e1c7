// For tests: the responses that hold records, with records of their own.
//
// A RecordList shows records of an engine's log and cannot be made from text. What is decoded goes
// into these instead, which have the same members on the wire.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_OWNED_RECORDS_H_
#define KINESIS_CORE_API_JSON_INTERNAL_OWNED_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/describe.h"
#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/api/shard_iterator.h"
#include "kinesis_core/sequence_number.h"

namespace kinesis::api::internal {

// Record (record_list.h)
struct OwnedRecord {
  SequenceNumber sequence_number;
  std::optional<absl::Time> approximate_arrival_timestamp;
  std::string data;
  std::string partition_key;
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
  SequenceNumber continuation_sequence_number;
  int64_t millis_behind_latest = 0;
  std::optional<std::vector<ChildShard>> child_shards;
};

template <>
struct Description<OwnedRecord> {
  using S = OwnedRecord;
  static constexpr std::string_view kName = "Record";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::approximate_arrival_timestamp, kTimestamp>("ApproximateArrivalTimestamp"),
      Required<&S::data, kData>("Data"),
      Optional<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Required<&S::partition_key, kPartitionKey>("PartitionKey"),
      Required<&S::sequence_number, kSequenceNumber>("SequenceNumber"));
};

template <>
struct Description<OwnedGetRecordsResponse> {
  using S = OwnedGetRecordsResponse;
  static constexpr std::string_view kName = "GetRecordsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::child_shards, kChildShardList>("ChildShards"),
      Optional<&S::millis_behind_latest, kMillisBehindLatest>("MillisBehindLatest"),
      Optional<&S::next_shard_iterator, kShardIterator>("NextShardIterator"),
      Required<&S::records, kRecordList>("Records"));
};

template <>
struct Description<OwnedSubscribeToShardEvent> {
  using S = OwnedSubscribeToShardEvent;
  static constexpr std::string_view kName = "SubscribeToShardEvent";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::child_shards, kChildShardList>("ChildShards"),
      Required<&S::continuation_sequence_number, kSequenceNumber>("ContinuationSequenceNumber"),
      Required<&S::millis_behind_latest, kMillisBehindLatest>("MillisBehindLatest"),
      Required<&S::records, kRecordList>("Records"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_OWNED_RECORDS_H_
