// The members of the structures of consumer_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See describe.h.
#ifndef KINESIS_CORE_API_INTERNAL_DESCRIBE_CONSUMER_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_DESCRIBE_CONSUMER_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/internal/describe.h"
#include "kinesis_core/api/internal/describe_shapes.h"
#include "kinesis_core/api/internal/model.h"

namespace kinesis::api::internal {

template <>
struct Description<Consumer> {
  using S = Consumer;
  static constexpr std::string_view kName = "Consumer";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Required<&S::consumer_creation_timestamp, kTimestamp>("ConsumerCreationTimestamp"),
      Required<&S::consumer_name, kConsumerName>("ConsumerName"),
      Required<&S::consumer_status, kConsumerStatus>("ConsumerStatus"));
};

template <>
struct Description<ConsumerDescription> {
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
struct Description<RegisterStreamConsumerRequest> {
  using S = RegisterStreamConsumerRequest;
  static constexpr std::string_view kName = "RegisterStreamConsumerInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_name, kConsumerName>("ConsumerName"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"), Optional<&S::tags, kTagMap>("Tags"));
};

template <>
struct Description<RegisterStreamConsumerResponse> {
  using S = RegisterStreamConsumerResponse;
  static constexpr std::string_view kName = "RegisterStreamConsumerOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer, kStructure>("Consumer"));
};

template <>
struct Description<DescribeStreamConsumerRequest> {
  using S = DescribeStreamConsumerRequest;
  static constexpr std::string_view kName = "DescribeStreamConsumerInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Optional<&S::consumer_name, kConsumerName>("ConsumerName"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Description<DescribeStreamConsumerResponse> {
  using S = DescribeStreamConsumerResponse;
  static constexpr std::string_view kName = "DescribeStreamConsumerOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_description, kStructure>("ConsumerDescription"));
};

template <>
struct Description<ListStreamConsumersRequest> {
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
struct Description<ListStreamConsumersResponse> {
  using S = ListStreamConsumersResponse;
  static constexpr std::string_view kName = "ListStreamConsumersOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::consumers, kConsumerList>("Consumers"),
      Optional<&S::next_token, kNextToken>("NextToken"));
};

template <>
struct Description<DeregisterStreamConsumerRequest> {
  using S = DeregisterStreamConsumerRequest;
  static constexpr std::string_view kName = "DeregisterStreamConsumerInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Optional<&S::consumer_name, kConsumerName>("ConsumerName"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Description<SubscribeToShardRequest> {
  using S = SubscribeToShardRequest;
  static constexpr std::string_view kName = "SubscribeToShardInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::consumer_arn, kConsumerARN>("ConsumerARN"),
      Optional<&S::dry_run, kDryRun>("DryRun"), Required<&S::shard_id, kShardId>("ShardId"),
      Required<&S::starting_position, kStructure>("StartingPosition"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Description<SubscribeToShardResponse> {
  using S = SubscribeToShardResponse;
  static constexpr std::string_view kName = "SubscribeToShardOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::event_stream, kSubscribeToShardEventStream>("EventStream"));
};

template <class S>
struct SubscribeToShardEventDescription {
  static constexpr std::string_view kName = "SubscribeToShardEvent";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::child_shards, kChildShardList>("ChildShards"),
      Required<&S::continuation_sequence_number, kSequenceNumber>("ContinuationSequenceNumber"),
      Required<&S::millis_behind_latest, kMillisBehindLatest>("MillisBehindLatest"),
      Required<&S::records, kRecordList>("Records"));
};

template <>
struct Description<SubscribeToShardEvent>
    : SubscribeToShardEventDescription<SubscribeToShardEvent> {};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_DESCRIBE_CONSUMER_OPERATIONS_H_
