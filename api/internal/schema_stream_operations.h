// The members of the structures of stream_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_STREAM_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_STREAM_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"
#include "kinesis_core/api/stream_operations.h"

namespace kinesis::api::internal {

template <>
struct Schema<CreateStreamRequest> {
  using S = CreateStreamRequest;
  static constexpr std::string_view kName = "CreateStreamInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::max_record_size_in_kib, kMaxRecordSizeInKiB>("MaxRecordSizeInKiB"),
      Optional<&S::record_distribution_strategy, kRecordDistributionStrategy>(
          "RecordDistributionStrategy"),
      Optional<&S::shard_count, kPositiveIntegerObject>("ShardCount"),
      Optional<&S::stream_mode_details, kStructure>("StreamModeDetails"),
      Required<&S::stream_name, kStreamName>("StreamName"), Optional<&S::tags, kTagMap>("Tags"),
      Optional<&S::warm_throughput_mibps, kNaturalIntegerObject>("WarmThroughputMiBps"));
};

template <>
struct Schema<DeleteStreamRequest> {
  using S = DeleteStreamRequest;
  static constexpr std::string_view kName = "DeleteStreamInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::enforce_consumer_deletion, kBooleanObject>("EnforceConsumerDeletion"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<DescribeStreamRequest> {
  using S = DescribeStreamRequest;
  static constexpr std::string_view kName = "DescribeStreamInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::exclusive_start_shard_id, kShardId>("ExclusiveStartShardId"),
      Optional<&S::limit, kDescribeStreamInputLimit>("Limit"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<StreamDescription> {
  using S = StreamDescription;
  static constexpr std::string_view kName = "StreamDescription";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Required<&S::enhanced_monitoring, kEnhancedMonitoringList>("EnhancedMonitoring"),
      Required<&S::has_more_shards, kBooleanObject>("HasMoreShards"),
      Optional<&S::key_id, kKeyId>("KeyId"),
      Required<&S::retention_period_hours, kRetentionPeriodHours>("RetentionPeriodHours"),
      Required<&S::shards, kShardList>("Shards"), Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Required<&S::stream_creation_timestamp, kTimestamp>("StreamCreationTimestamp"),
      Optional<&S::stream_mode_details, kStructure>("StreamModeDetails"),
      Required<&S::stream_name, kStreamName>("StreamName"),
      Required<&S::stream_status, kStreamStatus>("StreamStatus"));
};

template <>
struct Schema<DescribeStreamResponse> {
  using S = DescribeStreamResponse;
  static constexpr std::string_view kName = "DescribeStreamOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::stream_description, kStructure>("StreamDescription"));
};

template <>
struct Schema<DescribeStreamSummaryRequest> {
  using S = DescribeStreamSummaryRequest;
  static constexpr std::string_view kName = "DescribeStreamSummaryInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<StreamDescriptionSummary> {
  using S = StreamDescriptionSummary;
  static constexpr std::string_view kName = "StreamDescriptionSummary";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::channel_count, kChannelCount>("ChannelCount"),
      Optional<&S::consumer_count, kConsumerCountObject>("ConsumerCount"),
      Optional<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Required<&S::enhanced_monitoring, kEnhancedMonitoringList>("EnhancedMonitoring"),
      Optional<&S::key_id, kKeyId>("KeyId"),
      Optional<&S::max_record_size_in_kib, kMaxRecordSizeInKiB>("MaxRecordSizeInKiB"),
      Required<&S::open_shard_count, kShardCountObject>("OpenShardCount"),
      Optional<&S::record_distribution_strategy, kRecordDistributionStrategy>(
          "RecordDistributionStrategy"),
      Required<&S::retention_period_hours, kRetentionPeriodHours>("RetentionPeriodHours"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Required<&S::stream_creation_timestamp, kTimestamp>("StreamCreationTimestamp"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_mode_details, kStructure>("StreamModeDetails"),
      Required<&S::stream_name, kStreamName>("StreamName"),
      Required<&S::stream_status, kStreamStatus>("StreamStatus"),
      Optional<&S::warm_throughput, kStructure>("WarmThroughput"));
};

template <>
struct Schema<DescribeStreamSummaryResponse> {
  using S = DescribeStreamSummaryResponse;
  static constexpr std::string_view kName = "DescribeStreamSummaryOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::stream_description_summary, kStructure>("StreamDescriptionSummary"));
};

template <>
struct Schema<ListStreamsRequest> {
  using S = ListStreamsRequest;
  static constexpr std::string_view kName = "ListStreamsInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::exclusive_start_stream_name, kStreamName>("ExclusiveStartStreamName"),
      Optional<&S::limit, kListStreamsInputLimit>("Limit"),
      Optional<&S::next_token, kNextToken>("NextToken"));
};

template <>
struct Schema<StreamSummary> {
  using S = StreamSummary;
  static constexpr std::string_view kName = "StreamSummary";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_creation_timestamp, kTimestamp>("StreamCreationTimestamp"),
      Optional<&S::stream_mode_details, kStructure>("StreamModeDetails"),
      Required<&S::stream_name, kStreamName>("StreamName"),
      Required<&S::stream_status, kStreamStatus>("StreamStatus"));
};

template <>
struct Schema<ListStreamsResponse> {
  using S = ListStreamsResponse;
  static constexpr std::string_view kName = "ListStreamsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::has_more_streams, kBooleanObject>("HasMoreStreams"),
      Optional<&S::next_token, kNextToken>("NextToken"),
      Required<&S::stream_names, kStreamNameList>("StreamNames"),
      Optional<&S::stream_summaries, kStreamSummaryList>("StreamSummaries"));
};

template <>
struct Schema<UpdateStreamModeRequest> {
  using S = UpdateStreamModeRequest;
  static constexpr std::string_view kName = "UpdateStreamModeInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Required<&S::stream_mode_details, kStructure>("StreamModeDetails"),
      Optional<&S::warm_throughput_mibps, kNaturalIntegerObject>("WarmThroughputMiBps"));
};

template <>
struct Schema<UpdateStreamRecordDistributionStrategyRequest> {
  using S = UpdateStreamRecordDistributionStrategyRequest;
  static constexpr std::string_view kName = "UpdateStreamRecordDistributionStrategyInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::record_distribution_strategy, kRecordDistributionStrategy>(
          "RecordDistributionStrategy"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<UpdateStreamWarmThroughputRequest> {
  using S = UpdateStreamWarmThroughputRequest;
  static constexpr std::string_view kName = "UpdateStreamWarmThroughputInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"),
      Required<&S::warm_throughput_mibps, kNaturalIntegerObject>("WarmThroughputMiBps"));
};

template <>
struct Schema<UpdateStreamWarmThroughputResponse> {
  using S = UpdateStreamWarmThroughputResponse;
  static constexpr std::string_view kName = "UpdateStreamWarmThroughputOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_name, kStreamName>("StreamName"),
      Optional<&S::warm_throughput, kStructure>("WarmThroughput"));
};

template <>
struct Schema<UpdateMaxRecordSizeRequest> {
  using S = UpdateMaxRecordSizeRequest;
  static constexpr std::string_view kName = "UpdateMaxRecordSizeInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::max_record_size_in_kib, kMaxRecordSizeInKiB>("MaxRecordSizeInKiB"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<IncreaseStreamRetentionPeriodRequest> {
  using S = IncreaseStreamRetentionPeriodRequest;
  static constexpr std::string_view kName = "IncreaseStreamRetentionPeriodInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::retention_period_hours, kRetentionPeriodHours>("RetentionPeriodHours"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<DecreaseStreamRetentionPeriodRequest> {
  using S = DecreaseStreamRetentionPeriodRequest;
  static constexpr std::string_view kName = "DecreaseStreamRetentionPeriodInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::retention_period_hours, kRetentionPeriodHours>("RetentionPeriodHours"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<StartStreamEncryptionRequest> {
  using S = StartStreamEncryptionRequest;
  static constexpr std::string_view kName = "StartStreamEncryptionInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Required<&S::key_id, kKeyId>("KeyId"), Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<StopStreamEncryptionRequest> {
  using S = StopStreamEncryptionRequest;
  static constexpr std::string_view kName = "StopStreamEncryptionInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::encryption_type, kEncryptionType>("EncryptionType"),
      Required<&S::key_id, kKeyId>("KeyId"), Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<EnableEnhancedMonitoringRequest> {
  using S = EnableEnhancedMonitoringRequest;
  static constexpr std::string_view kName = "EnableEnhancedMonitoringInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::shard_level_metrics, kMetricsNameList>("ShardLevelMetrics"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<DisableEnhancedMonitoringRequest> {
  using S = DisableEnhancedMonitoringRequest;
  static constexpr std::string_view kName = "DisableEnhancedMonitoringInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::shard_level_metrics, kMetricsNameList>("ShardLevelMetrics"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<EnhancedMonitoringResponse> {
  using S = EnhancedMonitoringResponse;
  static constexpr std::string_view kName = "EnhancedMonitoringOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::current_shard_level_metrics, kMetricsNameList>("CurrentShardLevelMetrics"),
      Optional<&S::desired_shard_level_metrics, kMetricsNameList>("DesiredShardLevelMetrics"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_STREAM_OPERATIONS_H_
