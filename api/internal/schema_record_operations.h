// The members of the structures of record_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_RECORD_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_RECORD_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"
#include "kinesis_core/api/record_operations.h"

namespace kinesis::api::internal {

template <>
struct Schema<Record> {
  using S = Record;
  static constexpr std::string_view kName = "Record";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::approximate_arrival_timestamp, kTimestamp>("ApproximateArrivalTimestamp"),
      Required<&S::data, kData>("Data"),
      Optional<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Optional<&S::partition_key, kPartitionKey>("PartitionKey"),
      Required<&S::sequence_number, kSequenceNumber>("SequenceNumber"));
};

template <>
struct Schema<PutRecordRequest> {
  using S = PutRecordRequest;
  static constexpr std::string_view kName = "PutRecordInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::data, kData>("Data"), Optional<&S::dry_run, kDryRun>("DryRun"),
      Optional<&S::explicit_hash_key, kHashKey>("ExplicitHashKey"),
      Optional<&S::partition_key, kPartitionKey>("PartitionKey"),
      Optional<&S::sequence_number_for_ordering, kSequenceNumber>("SequenceNumberForOrdering"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<PutRecordResponse> {
  using S = PutRecordResponse;
  static constexpr std::string_view kName = "PutRecordOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Required<&S::sequence_number, kSequenceNumber>("SequenceNumber"),
      Required<&S::shard_id, kShardId>("ShardId"));
};

template <>
struct Schema<PutRecordsRequestEntry> {
  using S = PutRecordsRequestEntry;
  static constexpr std::string_view kName = "PutRecordsRequestEntry";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::data, kData>("Data"),
      Optional<&S::explicit_hash_key, kHashKey>("ExplicitHashKey"),
      Optional<&S::partition_key, kPartitionKey>("PartitionKey"));
};

template <>
struct Schema<PutRecordsRequest> {
  using S = PutRecordsRequest;
  static constexpr std::string_view kName = "PutRecordsInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::dry_run, kDryRun>("DryRun"),
      Required<&S::records, kPutRecordsRequestEntryList>("Records"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<PutRecordsResultEntry> {
  using S = PutRecordsResultEntry;
  static constexpr std::string_view kName = "PutRecordsResultEntry";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::error_code, kErrorCode>("ErrorCode"),
      Optional<&S::error_message, kErrorMessage>("ErrorMessage"),
      Optional<&S::sequence_number, kSequenceNumber>("SequenceNumber"),
      Optional<&S::shard_id, kShardId>("ShardId"));
};

template <>
struct Schema<PutRecordsResponse> {
  using S = PutRecordsResponse;
  static constexpr std::string_view kName = "PutRecordsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Optional<&S::failed_record_count, kPositiveIntegerObject>("FailedRecordCount"),
      Required<&S::records, kPutRecordsResultEntryList>("Records"));
};

template <>
struct Schema<GetShardIteratorRequest> {
  using S = GetShardIteratorRequest;
  static constexpr std::string_view kName = "GetShardIteratorInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::dry_run, kDryRun>("DryRun"), Required<&S::shard_id, kShardId>("ShardId"),
      Required<&S::shard_iterator_type, kShardIteratorType>("ShardIteratorType"),
      Optional<&S::starting_sequence_number, kSequenceNumber>("StartingSequenceNumber"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"),
      Optional<&S::timestamp, kTimestamp>("Timestamp"));
};

template <>
struct Schema<GetShardIteratorResponse> {
  using S = GetShardIteratorResponse;
  static constexpr std::string_view kName = "GetShardIteratorOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::shard_iterator, kShardIterator>("ShardIterator"));
};

template <>
struct Schema<GetRecordsRequest> {
  using S = GetRecordsRequest;
  static constexpr std::string_view kName = "GetRecordsInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::dry_run, kDryRun>("DryRun"), Optional<&S::limit, kGetRecordsInputLimit>("Limit"),
      Required<&S::shard_iterator, kShardIterator>("ShardIterator"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<GetRecordsResponse> {
  using S = GetRecordsResponse;
  static constexpr std::string_view kName = "GetRecordsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::child_shards, kChildShardList>("ChildShards"),
      Optional<&S::millis_behind_latest, kMillisBehindLatest>("MillisBehindLatest"),
      Optional<&S::next_shard_iterator, kShardIterator>("NextShardIterator"),
      Required<&S::records, kRecordList>("Records"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_RECORD_OPERATIONS_H_
