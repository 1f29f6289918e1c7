// The members of the structures of channel_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_CHANNEL_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_CHANNEL_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/channel_operations.h"
#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"

namespace kinesis::api::internal {

template <>
struct Schema<ChannelEncryptionConfiguration> {
  using S = ChannelEncryptionConfiguration;
  static constexpr std::string_view kName = "ChannelEncryptionConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::encryption_type, kChannelEncryptionType>("EncryptionType"),
      Required<&S::key_id, kKeyId>("KeyId"));
};

template <>
struct Schema<CloudWatchLogs> {
  using S = CloudWatchLogs;
  static constexpr std::string_view kName = "CloudWatchLogs";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::enabled, kEnabled>("Enabled"),
      Optional<&S::log_group_name, kLogGroupName>("LogGroupName"),
      Optional<&S::log_stream_name, kLogStreamName>("LogStreamName"));
};

template <>
struct Schema<ChannelLoggingConfiguration> {
  using S = ChannelLoggingConfiguration;
  static constexpr std::string_view kName = "ChannelLoggingConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::cloud_watch_logs, kStructure>("CloudWatchLogs"));
};

template <>
struct Schema<DeadLetterQueueS3Configuration> {
  using S = DeadLetterQueueS3Configuration;
  static constexpr std::string_view kName = "DeadLetterQueueS3Configuration";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::bucket_arn, kBucketARN>("BucketARN"),
      Optional<&S::error_output_prefix, kErrorOutputPrefix>("ErrorOutputPrefix"),
      Required<&S::expected_bucket_owner, kExpectedBucketOwner>("ExpectedBucketOwner"));
};

template <>
struct Schema<S3StorageConfiguration> {
  using S = S3StorageConfiguration;
  static constexpr std::string_view kName = "S3StorageConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::bucket_arn, kBucketARN>("BucketARN"),
      Required<&S::compression_type, kS3CompressionType>("CompressionType"),
      Required<&S::expected_bucket_owner, kExpectedBucketOwner>("ExpectedBucketOwner"),
      Optional<&S::output_key_template, kOutputKeyTemplate>("OutputKeyTemplate"),
      Optional<&S::storage_class, kS3StorageClass>("StorageClass"));
};

template <>
struct Schema<PartitionField> {
  using S = PartitionField;
  static constexpr std::string_view kName = "PartitionField";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::source_name, kSourceName>("SourceName"),
      Required<&S::transform, kPartitionTransform>("Transform"));
};

template <>
struct Schema<PartitionSpec> {
  using S = PartitionSpec;
  static constexpr std::string_view kName = "PartitionSpec";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::partition_fields, kPartitionFieldList>("PartitionFields"));
};

template <>
struct Schema<S3TablesConfiguration> {
  using S = S3TablesConfiguration;
  static constexpr std::string_view kName = "S3TablesConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::compression_type, kS3TablesCompressionType>("CompressionType"),
      Required<&S::namespace_name, kNamespace>("Namespace"),
      Optional<&S::partition_spec, kStructure>("PartitionSpec"),
      Required<&S::table_bucket_arn, kTableBucketARN>("TableBucketARN"),
      Required<&S::table_name, kTableName>("TableName"));
};

template <>
struct Schema<RecordConfiguration> {
  using S = RecordConfiguration;
  static constexpr std::string_view kName = "RecordConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::gsr_schema_arn, kGSRSchemaARN>("GSRSchemaARN"),
      Required<&S::record_format_type, kRecordFormatType>("RecordFormatType"));
};

template <>
struct Schema<ChannelStreamConfiguration> {
  using S = ChannelStreamConfiguration;
  static constexpr std::string_view kName = "ChannelStreamConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::record_configuration, kStructure>("RecordConfiguration"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"));
};

template <>
struct Schema<S3DestinationConfiguration> {
  using S = S3DestinationConfiguration;
  static constexpr std::string_view kName = "S3DestinationConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::data_freshness_in_seconds, kDataFreshnessInSeconds>("DataFreshnessInSeconds"),
      Optional<&S::dead_letter_queue_s3_configuration, kStructure>(
          "DeadLetterQueueS3Configuration"),
      Required<&S::storage_configuration, kStructure>("StorageConfiguration"));
};

template <>
struct Schema<S3TablesDestinationConfiguration> {
  using S = S3TablesDestinationConfiguration;
  static constexpr std::string_view kName = "S3TablesDestinationConfiguration";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::data_freshness_in_seconds, kDataFreshnessInSeconds>("DataFreshnessInSeconds"),
      Required<&S::dead_letter_queue_s3_configuration, kStructure>(
          "DeadLetterQueueS3Configuration"),
      Required<&S::s3_tables_configuration_list, kS3TablesConfigurationList>(
          "S3TablesConfigurationList"));
};

template <>
struct Schema<CloudWatchLogsUpdateInput> {
  using S = CloudWatchLogsUpdateInput;
  static constexpr std::string_view kName = "CloudWatchLogsUpdateInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::enabled, kEnabled>("Enabled"),
      Optional<&S::log_group_name, kLogGroupName>("LogGroupName"),
      Optional<&S::log_stream_name, kLogStreamName>("LogStreamName"));
};

template <>
struct Schema<ChannelLoggingUpdateInput> {
  using S = ChannelLoggingUpdateInput;
  static constexpr std::string_view kName = "ChannelLoggingUpdateInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::cloud_watch_logs, kStructure>("CloudWatchLogs"));
};

template <>
struct Schema<S3DestinationUpdateInput> {
  using S = S3DestinationUpdateInput;
  static constexpr std::string_view kName = "S3DestinationUpdateInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::data_freshness_in_seconds, kDataFreshnessInSeconds>("DataFreshnessInSeconds"));
};

template <>
struct Schema<S3TablesDestinationUpdateInput> {
  using S = S3TablesDestinationUpdateInput;
  static constexpr std::string_view kName = "S3TablesDestinationUpdateInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::data_freshness_in_seconds, kDataFreshnessInSeconds>("DataFreshnessInSeconds"));
};

template <>
struct Schema<StreamFilter> {
  using S = StreamFilter;
  static constexpr std::string_view kName = "StreamFilter";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_creation_timestamp, kStreamCreationTimestamp>("StreamCreationTimestamp"));
};

template <>
struct Schema<ChannelStreamDescription> {
  using S = ChannelStreamDescription;
  static constexpr std::string_view kName = "ChannelStreamDescription";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::record_configuration, kStructure>("RecordConfiguration"),
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Required<&S::stream_creation_timestamp, kStreamCreationTimestamp>("StreamCreationTimestamp"));
};

template <>
struct Schema<S3DestinationDescription> {
  using S = S3DestinationDescription;
  static constexpr std::string_view kName = "S3DestinationDescription";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::data_freshness_in_seconds, kDataFreshnessInSeconds>("DataFreshnessInSeconds"),
      Required<&S::dead_letter_queue_s3_configuration, kStructure>(
          "DeadLetterQueueS3Configuration"),
      Required<&S::storage_configuration, kStructure>("StorageConfiguration"));
};

template <>
struct Schema<S3TablesDestinationDescription> {
  using S = S3TablesDestinationDescription;
  static constexpr std::string_view kName = "S3TablesDestinationDescription";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::data_freshness_in_seconds, kDataFreshnessInSeconds>("DataFreshnessInSeconds"),
      Required<&S::dead_letter_queue_s3_configuration, kStructure>(
          "DeadLetterQueueS3Configuration"),
      Required<&S::s3_tables_configuration_list, kS3TablesConfigurationList>(
          "S3TablesConfigurationList"));
};

template <>
struct Schema<ChannelDescription> {
  using S = ChannelDescription;
  static constexpr std::string_view kName = "ChannelDescription";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_arn, kChannelARN>("ChannelARN"),
      Required<&S::channel_creation_timestamp, kChannelCreationTimestamp>(
          "ChannelCreationTimestamp"),
      Required<&S::channel_id, kChannelId>("ChannelId"),
      Required<&S::channel_name, kChannelName>("ChannelName"),
      Required<&S::channel_status, kChannelStatus>("ChannelStatus"),
      Optional<&S::channel_status_reason, kChannelStatusReason>("ChannelStatusReason"),
      Optional<&S::encryption_configuration, kStructure>("EncryptionConfiguration"),
      Required<&S::logging_configuration, kStructure>("LoggingConfiguration"),
      Optional<&S::s3_destination_configuration, kStructure>("S3DestinationConfiguration"),
      Optional<&S::s3_tables_destination_configuration, kStructure>(
          "S3TablesDestinationConfiguration"),
      Required<&S::service_execution_role_arn, kServiceExecutionRoleARN>("ServiceExecutionRoleARN"),
      Required<&S::stream_configuration_list, kChannelStreamDescriptionList>(
          "StreamConfigurationList"));
};

template <>
struct Schema<ChannelStreamIdentifier> {
  using S = ChannelStreamIdentifier;
  static constexpr std::string_view kName = "ChannelStreamIdentifier";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::stream_arn, kStreamARN>("StreamARN"),
      Required<&S::stream_creation_timestamp, kStreamCreationTimestamp>("StreamCreationTimestamp"));
};

template <>
struct Schema<ChannelSummary> {
  using S = ChannelSummary;
  static constexpr std::string_view kName = "ChannelSummary";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_arn, kChannelARN>("ChannelARN"),
      Required<&S::channel_creation_timestamp, kChannelCreationTimestamp>(
          "ChannelCreationTimestamp"),
      Required<&S::channel_destination_type, kChannelDestinationType>("ChannelDestinationType"),
      Required<&S::channel_id, kChannelId>("ChannelId"),
      Required<&S::channel_name, kChannelName>("ChannelName"),
      Required<&S::channel_status, kChannelStatus>("ChannelStatus"),
      Optional<&S::channel_status_reason, kChannelStatusReason>("ChannelStatusReason"),
      Required<&S::streams, kChannelStreamIdentifierList>("Streams"));
};

template <>
struct Schema<CreateChannelRequest> {
  using S = CreateChannelRequest;
  static constexpr std::string_view kName = "CreateChannelInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_name, kChannelName>("ChannelName"),
      Optional<&S::encryption_configuration, kStructure>("EncryptionConfiguration"),
      Optional<&S::logging_configuration, kStructure>("LoggingConfiguration"),
      Optional<&S::s3_destination_configuration, kStructure>("S3DestinationConfiguration"),
      Optional<&S::s3_tables_destination_configuration, kStructure>(
          "S3TablesDestinationConfiguration"),
      Required<&S::service_execution_role_arn, kServiceExecutionRoleARN>("ServiceExecutionRoleARN"),
      Required<&S::stream_configuration_list, kChannelStreamConfigurationList>(
          "StreamConfigurationList"),
      Optional<&S::tags, kTagMap>("Tags"));
};

template <>
struct Schema<CreateChannelResponse> {
  using S = CreateChannelResponse;
  static constexpr std::string_view kName = "CreateChannelOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_description, kStructure>("ChannelDescription"));
};

template <>
struct Schema<UpdateChannelRequest> {
  using S = UpdateChannelRequest;
  static constexpr std::string_view kName = "UpdateChannelInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_arn, kChannelARN>("ChannelARN"),
      Optional<&S::logging_configuration, kStructure>("LoggingConfiguration"),
      Optional<&S::s3_destination_configuration, kStructure>("S3DestinationConfiguration"),
      Optional<&S::s3_tables_destination_configuration, kStructure>(
          "S3TablesDestinationConfiguration"));
};

template <>
struct Schema<UpdateChannelResponse> {
  using S = UpdateChannelResponse;
  static constexpr std::string_view kName = "UpdateChannelOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_description, kStructure>("ChannelDescription"));
};

template <>
struct Schema<DeleteChannelRequest> {
  using S = DeleteChannelRequest;
  static constexpr std::string_view kName = "DeleteChannelInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_arn, kChannelARN>("ChannelARN"));
};

template <>
struct Schema<DescribeChannelRequest> {
  using S = DescribeChannelRequest;
  static constexpr std::string_view kName = "DescribeChannelInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_arn, kChannelARN>("ChannelARN"));
};

template <>
struct Schema<DescribeChannelResponse> {
  using S = DescribeChannelResponse;
  static constexpr std::string_view kName = "DescribeChannelOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_description, kStructure>("ChannelDescription"));
};

template <>
struct Schema<ListChannelsRequest> {
  using S = ListChannelsRequest;
  static constexpr std::string_view kName = "ListChannelsInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::max_results, kMaxResults>("MaxResults"),
      Optional<&S::next_token, kNextToken>("NextToken"),
      Optional<&S::stream_filter, kStreamFilterList>("StreamFilter"));
};

template <>
struct Schema<ListChannelsResponse> {
  using S = ListChannelsResponse;
  static constexpr std::string_view kName = "ListChannelsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::channel_summaries, kChannelSummaryList>("ChannelSummaries"),
      Optional<&S::next_token, kNextToken>("NextToken"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_CHANNEL_OPERATIONS_H_
