#include "kinesis_core/api/internal/channel_rules.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/pattern.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api::internal {
namespace {

constexpr size_t kNameCharactersMax = 128;
constexpr Pattern kAccountPattern(R"(\d{12})");
constexpr Pattern kRolePattern(R"(arn:aws.*:iam::\d{12}:role/\S+)");
constexpr Pattern kBucketPattern(R"(arn:aws.*:s3:::[a-zA-Z0-9_.-]+)");
constexpr Pattern kTableBucketPattern(R"(arn:aws.*:s3tables:.*:\d{12}:bucket/\S+)");
constexpr Pattern kSchemaPattern(R"(arn:aws.*:glue:.*:\d{12}:schema/\S+)");
// Keys of the service itself, which channels may not use.
constexpr std::string_view kServiceKey = "alias/aws/kinesis";

// In the words of the service's own such messages.
absl::Status Invalid(std::string_view member, const std::string& rule, std::string_view value) {
  const std::string name(member);
  return MakeError(ErrorType::kInvalidArgument, "Invalid " + name + ". " + name + " must " + rule +
                                                    ". Specified value was " + std::string(value));
}

absl::Status CheckPattern(std::string_view member, const Pattern& pattern,
                          const std::string& value) {
  if (pattern.Matches(value)) return absl::OkStatus();
  return Invalid(member, "satisfy regular expression pattern: " + std::string(pattern.text()),
                 value);
}

absl::Status CheckGiven(std::string_view member, const std::optional<std::string>& value) {
  if (!value || !value->empty()) return absl::OkStatus();
  return Invalid(member, "have at least one character", "''");
}

// One of several, for now.
absl::Status CheckOne(std::string_view member, size_t count) {
  if (count == 1) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "Invalid " + std::string(member) + ". " + std::string(member) +
                       " must have one member. It has " + std::to_string(count) + ".");
}

absl::Status CheckFreshness(std::optional<int32_t> seconds) {
  if (!seconds || *seconds >= 1) return absl::OkStatus();
  return Invalid("DataFreshnessInSeconds", "be at least 1", std::to_string(*seconds));
}

absl::Status CheckName(const std::string& name) {
  KC_RETURN_IF_ERROR(CheckPattern("ChannelName", kNamePattern, name));
  if (name.size() <= kNameCharactersMax) return absl::OkStatus();
  return Invalid("ChannelName",
                 "have at most " + std::to_string(kNameCharactersMax) + " characters", name);
}

template <class Bucket>  // with an owner
absl::Status CheckBucket(const Bucket& bucket) {
  KC_RETURN_IF_ERROR(CheckPattern("BucketARN", kBucketPattern, *bucket.bucket_arn));
  return CheckPattern("ExpectedBucketOwner", kAccountPattern, *bucket.expected_bucket_owner);
}

absl::Status CheckS3(const S3DestinationConfiguration& s3) {
  KC_RETURN_IF_ERROR(CheckFreshness(s3.data_freshness_in_seconds));
  KC_RETURN_IF_ERROR(CheckBucket(*s3.storage_configuration));
  KC_RETURN_IF_ERROR(
      CheckGiven("OutputKeyTemplate", s3.storage_configuration->output_key_template));
  const auto& dead_letters = s3.dead_letter_queue_s3_configuration;
  return dead_letters ? CheckBucket(*dead_letters) : absl::OkStatus();
}

absl::Status CheckTable(const S3TablesConfiguration& table) {
  KC_RETURN_IF_ERROR(CheckPattern("TableBucketARN", kTableBucketPattern, *table.table_bucket_arn));
  KC_RETURN_IF_ERROR(CheckGiven("Namespace", table.namespace_name));
  KC_RETURN_IF_ERROR(CheckGiven("TableName", table.table_name));
  if (!table.partition_spec) return absl::OkStatus();
  for (const PartitionField& field : *table.partition_spec->partition_fields) {
    KC_RETURN_IF_ERROR(CheckGiven("SourceName", field.source_name));
  }
  return absl::OkStatus();
}

absl::Status CheckTables(const S3TablesDestinationConfiguration& tables) {
  const std::vector<S3TablesConfiguration>& list = *tables.s3_tables_configuration_list;
  KC_RETURN_IF_ERROR(CheckFreshness(tables.data_freshness_in_seconds));
  KC_RETURN_IF_ERROR(CheckBucket(*tables.dead_letter_queue_s3_configuration));
  KC_RETURN_IF_ERROR(CheckOne("S3TablesConfigurationList", list.size()));
  return CheckTable(list.front());
}

// Whether the records have a format that the destination takes: a table or a bucket.
absl::Status CheckRecords(const RecordConfiguration& records, bool to_table) {
  const RecordFormatType format = *Resolve(*records.record_format_type);
  const bool fits = to_table
                        ? format == RecordFormatType::kJson || format == RecordFormatType::kGsrJson
                        : format != RecordFormatType::kGsrJson;
  if (!fits) {
    return Invalid("RecordFormatType",
                   to_table ? "be JSON or GSR_JSON for an S3TablesDestinationConfiguration"
                            : "be JSON, STRING or BYTE_ARRAY for an S3DestinationConfiguration",
                   ToText(format));
  }
  if (records.gsr_schema_arn) {
    return CheckPattern("GSRSchemaARN", kSchemaPattern, *records.gsr_schema_arn);
  }
  if (!to_table) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "GSRSchemaARN must be provided for an S3TablesDestinationConfiguration.");
}

template <class Logs>
absl::Status CheckLogs(const Logs& logs) {
  KC_RETURN_IF_ERROR(CheckGiven("LogGroupName", logs.log_group_name));
  return CheckGiven("LogStreamName", logs.log_stream_name);
}

absl::Status CheckKey(const std::optional<ChannelEncryptionConfiguration>& encryption) {
  if (!encryption || encryption->key_id->find(kServiceKey) == std::string::npos) {
    return absl::OkStatus();
  }
  return Invalid("KeyId", "be a key of yours, not the service's (aws/kinesis)",
                 *encryption->key_id);
}

}  // namespace

absl::Status CheckNewChannel(const CreateChannelRequest& request) {
  const auto& s3 = request.s3_destination_configuration;
  const auto& tables = request.s3_tables_destination_configuration;
  const auto& streams = *request.stream_configuration_list;
  KC_RETURN_IF_ERROR(CheckName(*request.channel_name));
  KC_RETURN_IF_ERROR(
      CheckPattern("ServiceExecutionRoleARN", kRolePattern, *request.service_execution_role_arn));
  KC_RETURN_IF_ERROR(CheckOne("StreamConfigurationList", streams.size()));
  if (s3.has_value() == tables.has_value()) {
    return MakeError(ErrorType::kInvalidArgument,
                     "Either S3DestinationConfiguration or S3TablesDestinationConfiguration should "
                     "be provided, and not both.");
  }
  KC_RETURN_IF_ERROR(s3 ? CheckS3(*s3) : CheckTables(*tables));
  KC_RETURN_IF_ERROR(CheckRecords(*streams.front().record_configuration, tables.has_value()));
  KC_RETURN_IF_ERROR(CheckKey(request.encryption_configuration));
  const auto& logging = request.logging_configuration;
  return logging ? CheckLogs(*logging->cloud_watch_logs) : absl::OkStatus();
}

absl::Status CheckChannelUpdate(const UpdateChannelRequest& request) {
  const auto& s3 = request.s3_destination_configuration;
  const auto& tables = request.s3_tables_destination_configuration;
  const auto& logging = request.logging_configuration;
  if (!s3 && !tables && !logging) {
    return MakeError(ErrorType::kInvalidArgument,
                     "One of S3DestinationConfiguration, S3TablesDestinationConfiguration and "
                     "LoggingConfiguration should be provided.");
  }
  if (s3) KC_RETURN_IF_ERROR(CheckFreshness(s3->data_freshness_in_seconds));
  if (tables) KC_RETURN_IF_ERROR(CheckFreshness(tables->data_freshness_in_seconds));
  return logging ? CheckLogs(*logging->cloud_watch_logs) : absl::OkStatus();
}

}  // namespace kinesis::api::internal
