// Requests and responses about channels, which deliver the records of an ON_DEMAND stream to an S3
// bucket or to a table. Here a channel is data only: it is checked, kept, described, counted and
// tagged, it has its life cycle, and a stream that has one cannot be deleted; nothing is delivered.
//
// Every member of a request may be left out, as on the wire; a required one that is missing is the
// service's ValidationException. The model's constraints of channels are not public, so what
// their members may be is a rule of the operations: InvalidArgumentException, which names the
// member. DeleteChannel answers with absl::Status alone.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_CHANNEL_OPERATIONS_H_
#define KINESIS_CORE_API_CHANNEL_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/api/text_or.h"

namespace kinesis::api {

// --- In requests and responses -------------------------------------------------------------------

struct ChannelEncryptionConfiguration {
  std::optional<TextOr<ChannelEncryptionType>> encryption_type = std::nullopt;  // required
  std::optional<std::string> key_id = std::nullopt;  // required; not the service's own key
};

// In a description of a channel that logs, both names are there.
struct CloudWatchLogs {
  std::optional<bool> enabled = std::nullopt;                 // required
  std::optional<std::string> log_group_name = std::nullopt;   // /aws/kinesis/NAME/ID if left out
  std::optional<std::string> log_stream_name = std::nullopt;  // DestinationDelivery if left out
};

struct ChannelLoggingConfiguration {
  std::optional<CloudWatchLogs> cloud_watch_logs = std::nullopt;  // required
};

// Where records go that cannot be delivered.
struct DeadLetterQueueS3Configuration {
  std::optional<std::string> bucket_arn = std::nullopt;             // required
  std::optional<std::string> expected_bucket_owner = std::nullopt;  // required, an account
  std::optional<std::string> error_output_prefix = std::nullopt;
};

struct S3StorageConfiguration {
  std::optional<std::string> bucket_arn = std::nullopt;             // required
  std::optional<std::string> expected_bucket_owner = std::nullopt;  // required, an account
  std::optional<std::string> output_key_template = std::nullopt;
  std::optional<TextOr<S3StorageClass>> storage_class = std::nullopt;
  std::optional<TextOr<S3CompressionType>> compression_type = std::nullopt;  // required
};

struct PartitionField {
  std::optional<TextOr<PartitionTransform>> transform = std::nullopt;  // required
  std::optional<std::string> source_name = std::nullopt;               // required, a column
};

struct PartitionSpec {
  std::optional<std::vector<PartitionField>> partition_fields = std::nullopt;  // required
};

struct S3TablesConfiguration {
  std::optional<std::string> table_bucket_arn = std::nullopt;  // required
  // "namespace" on the wire, which C++ keeps for itself. Required.
  std::optional<std::string> namespace_name = std::nullopt;
  std::optional<std::string> table_name = std::nullopt;                            // required
  std::optional<TextOr<S3TablesCompressionType>> compression_type = std::nullopt;  // required
  std::optional<PartitionSpec> partition_spec = std::nullopt;
};

// To a bucket: JSON, STRING or BYTE_ARRAY. To a table: JSON or GSR_JSON, with a schema.
struct RecordConfiguration {
  std::optional<TextOr<RecordFormatType>> record_format_type = std::nullopt;  // required
  std::optional<std::string> gsr_schema_arn = std::nullopt;
};

// --- In requests ---------------------------------------------------------------------------------

struct ChannelStreamConfiguration {
  std::optional<std::string> stream_arn = std::nullopt;                    // required
  std::optional<RecordConfiguration> record_configuration = std::nullopt;  // required
};

struct S3DestinationConfiguration {
  // The age, at most, of what is not delivered yet: 300 if left out.
  std::optional<int32_t> data_freshness_in_seconds = std::nullopt;
  // The destination's bucket, with a prefix, if left out.
  std::optional<DeadLetterQueueS3Configuration> dead_letter_queue_s3_configuration = std::nullopt;
  std::optional<S3StorageConfiguration> storage_configuration = std::nullopt;  // required
};

struct S3TablesDestinationConfiguration {
  std::optional<int32_t> data_freshness_in_seconds = std::nullopt;
  std::optional<DeadLetterQueueS3Configuration> dead_letter_queue_s3_configuration =
      std::nullopt;  // required
  // Required; one table.
  std::optional<std::vector<S3TablesConfiguration>> s3_tables_configuration_list = std::nullopt;
};

struct CloudWatchLogsUpdateInput {
  std::optional<bool> enabled = std::nullopt;  // required
  // As they were, if left out.
  std::optional<std::string> log_group_name = std::nullopt;
  std::optional<std::string> log_stream_name = std::nullopt;
};

struct ChannelLoggingUpdateInput {
  std::optional<CloudWatchLogsUpdateInput> cloud_watch_logs = std::nullopt;  // required
};

struct S3DestinationUpdateInput {
  std::optional<int32_t> data_freshness_in_seconds = std::nullopt;  // required
};

struct S3TablesDestinationUpdateInput {
  std::optional<int32_t> data_freshness_in_seconds = std::nullopt;  // required
};

struct StreamFilter {
  std::optional<std::string> stream_arn = std::nullopt;  // required
  // Tells a stream from an earlier one of the same name.
  std::optional<absl::Time> stream_creation_timestamp = std::nullopt;
};

// --- In responses --------------------------------------------------------------------------------

struct ChannelStreamDescription {
  std::string stream_arn;
  absl::Time stream_creation_timestamp;
  RecordConfiguration record_configuration;
};

struct S3DestinationDescription {
  int32_t data_freshness_in_seconds = 0;
  DeadLetterQueueS3Configuration dead_letter_queue_s3_configuration;
  S3StorageConfiguration storage_configuration;
};

struct S3TablesDestinationDescription {
  int32_t data_freshness_in_seconds = 0;
  DeadLetterQueueS3Configuration dead_letter_queue_s3_configuration;
  std::vector<S3TablesConfiguration> s3_tables_configuration_list;
};

// One of the two destinations is there.
struct ChannelDescription {
  std::string channel_name;
  std::string channel_arn;
  std::string channel_id;
  ChannelStatus channel_status{};
  std::optional<std::string> channel_status_reason;
  absl::Time channel_creation_timestamp;
  std::string service_execution_role_arn;
  std::vector<ChannelStreamDescription> stream_configuration_list;
  std::optional<S3DestinationDescription> s3_destination_configuration;
  std::optional<S3TablesDestinationDescription> s3_tables_destination_configuration;
  std::optional<ChannelEncryptionConfiguration> encryption_configuration;
  ChannelLoggingConfiguration logging_configuration;
};

struct ChannelStreamIdentifier {
  std::string stream_arn;
  absl::Time stream_creation_timestamp;
};

struct ChannelSummary {
  std::string channel_name;
  std::string channel_arn;
  std::string channel_id;
  ChannelStatus channel_status{};
  std::optional<std::string> channel_status_reason;
  absl::Time channel_creation_timestamp;
  ChannelDestinationType channel_destination_type{};
  std::vector<ChannelStreamIdentifier> streams;
};

// --- Operations ----------------------------------------------------------------------------------

// One stream, in ON_DEMAND mode, and one of the two destinations. ResourceInUseException: the
// account has a channel of that name. LimitExceededException: Limits::channels_per_account_max.
struct CreateChannelRequest {
  // Required: 1 to 128 letters, digits, '_', '.' and '-'; unique in the account.
  std::optional<std::string> channel_name = std::nullopt;
  std::optional<std::string> service_execution_role_arn = std::nullopt;  // required
  std::optional<std::vector<ChannelStreamConfiguration>> stream_configuration_list =
      std::nullopt;  // required
  std::optional<S3DestinationConfiguration> s3_destination_configuration = std::nullopt;
  std::optional<S3TablesDestinationConfiguration> s3_tables_destination_configuration =
      std::nullopt;
  std::optional<ChannelEncryptionConfiguration> encryption_configuration = std::nullopt;
  std::optional<TagMap> tags = std::nullopt;
  std::optional<ChannelLoggingConfiguration> logging_configuration = std::nullopt;
};

struct CreateChannelResponse {
  ChannelDescription channel_description;
};

// Changes what is given, one thing at least. ResourceInUseException: the channel is not ACTIVE.
struct UpdateChannelRequest {
  std::optional<std::string> channel_arn = std::nullopt;  // required
  // That of the channel's destination.
  std::optional<S3DestinationUpdateInput> s3_destination_configuration = std::nullopt;
  std::optional<S3TablesDestinationUpdateInput> s3_tables_destination_configuration = std::nullopt;
  std::optional<ChannelLoggingUpdateInput> logging_configuration = std::nullopt;
};

struct UpdateChannelResponse {
  ChannelDescription channel_description;
};

// In any state. A channel in DELETING stays so for as long as it was going to.
struct DeleteChannelRequest {
  std::optional<std::string> channel_arn = std::nullopt;  // required
};

struct DescribeChannelRequest {
  std::optional<std::string> channel_arn = std::nullopt;  // required
};

struct DescribeChannelResponse {
  ChannelDescription channel_description;
};

struct ListChannelsRequest {
  // Channels of any of these streams; all channels if there is none.
  std::optional<std::vector<StreamFilter>> stream_filter = std::nullopt;
  std::optional<int32_t> max_results = std::nullopt;  // 100, and at most 100
  // Goes with the filter of the call that gave it.
  std::optional<std::string> next_token = std::nullopt;
};

// In order of name.
struct ListChannelsResponse {
  std::vector<ChannelSummary> channel_summaries;
  std::optional<std::string> next_token;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_CHANNEL_OPERATIONS_H_
