// The members of the structures of consumer_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_CONSUMER_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_CONSUMER_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"

namespace kinesis::api::internal {

template <>
struct Schema<Consumer> {
  using S = Consumer;
  static constexpr std::string_view kName = "Consumer";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Required<&S::consumer_creation_timestamp, kTimestamp>("ConsumerCreationTimestamp"),
      Required<&S::consumer_name, kConsumerName>("ConsumerName"),
      Required<&S::consumer_status, kConsumerStatus>("ConsumerStatus"));
};

template <>
struct Schema<ConsumerDescription> {
  using S = ConsumerDescription;
  static constexpr std::string_view kName = "ConsumerDescription";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Required<&S::consumer_creation_timestamp, kTimestamp>("ConsumerCreationTimestamp"),
      Required<&S::consumer_name, kConsumerName>("ConsumerName"),
      Required<&S::consumer_status, kConsumerStatus>("ConsumerStatus"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"));
};

template <>
struct Schema<RegisterStreamConsumerRequest> {
  using S = RegisterStreamConsumerRequest;
  static constexpr std::string_view kName = "RegisterStreamConsumerInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_name, kConsumerName>("ConsumerName"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"), Optional<&S::tags, kTagMap>("Tags"));
};

template <>
struct Schema<RegisterStreamConsumerResponse> {
  using S = RegisterStreamConsumerResponse;
  static constexpr std::string_view kName = "RegisterStreamConsumerOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer, kStructure>("Consumer"));
};

template <>
struct Schema<DescribeStreamConsumerRequest> {
  using S = DescribeStreamConsumerRequest;
  static constexpr std::string_view kName = "DescribeStreamConsumerInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Optional<&S::consumer_name, kConsumerName>("ConsumerName"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<DescribeStreamConsumerResponse> {
  using S = DescribeStreamConsumerResponse;
  static constexpr std::string_view kName = "DescribeStreamConsumerOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_description, kStructure>("ConsumerDescription"));
};

template <>
struct Schema<ListStreamConsumersRequest> {
  using S = ListStreamConsumersRequest;
  static constexpr std::string_view kName = "ListStreamConsumersInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::max_results, kListStreamConsumersInputLimit>("MaxResults"),
      Optional<&S::next_token, kNextToken>("NextToken"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_creation_timestamp, kTimestamp>("StreamCreationTimestamp"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<ListStreamConsumersResponse> {
  using S = ListStreamConsumersResponse;
  static constexpr std::string_view kName = "ListStreamConsumersOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::consumers, kConsumerList>("Consumers"),
      Optional<&S::next_token, kNextToken>("NextToken"));
};

template <>
struct Schema<DeregisterStreamConsumerRequest> {
  using S = DeregisterStreamConsumerRequest;
  static constexpr std::string_view kName = "DeregisterStreamConsumerInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Optional<&S::consumer_name, kConsumerName>("ConsumerName"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<SubscribeToShardRequest> {
  using S = SubscribeToShardRequest;
  static constexpr std::string_view kName = "SubscribeToShardInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Optional<&S::dry_run, kDryRun>("DryRun"), Required<&S::shard_id, kShardId>("ShardId"),
      Required<&S::starting_position, kStructure>("StartingPosition"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<SubscribeToShardResponse> {
  using S = SubscribeToShardResponse;
  static constexpr std::string_view kName = "SubscribeToShardOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::event_stream, kSubscribeToShardEventStream>("EventStream"));
};

template <>
struct Schema<SubscribeToShardEvent> {
  using S = SubscribeToShardEvent;
  static constexpr std::string_view kName = "SubscribeToShardEvent";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::child_shards, kChildShardList>("ChildShards"),
      Required<&S::continuation_sequence_number, kSequenceNumber>("ContinuationSequenceNumber"),
      Required<&S::millis_behind_latest, kMillisBehindLatest>("MillisBehindLatest"),
      Required<&S::records, kRecordList>("Records"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_CONSUMER_OPERATIONS_H_
