#include "kinesis_core/api/internal/channel_rules.h"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/api/internal/pattern.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api::internal {
namespace {

constexpr size_t kNameCharactersMax = 128;
constexpr Pattern kNamePattern(R"([a-zA-Z0-9_.-]+)");
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

// The first of them that is not OK.
absl::Status FirstOf(std::initializer_list<absl::Status> checks) {
  for (const absl::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckName(const std::string& name) {
  absl::Status status = CheckPattern("ChannelName", kNamePattern, name);
  if (!status.ok() || name.size() <= kNameCharactersMax) return status;
  return Invalid("ChannelName",
                 "have at most " + std::to_string(kNameCharactersMax) + " characters", name);
}

template <class Bucket>  // with an owner
absl::Status CheckBucket(const Bucket& bucket) {
  return FirstOf(
      {CheckPattern("BucketARN", kBucketPattern, *bucket.bucket_arn),
       CheckPattern("ExpectedBucketOwner", kAccountPattern, *bucket.expected_bucket_owner)});
}

absl::Status CheckS3(const S3DestinationConfiguration& s3) {
  const auto& dead_letters = s3.dead_letter_queue_s3_configuration;
  return FirstOf({CheckFreshness(s3.data_freshness_in_seconds),
                  CheckBucket(*s3.storage_configuration),
                  CheckGiven("OutputKeyTemplate", s3.storage_configuration->output_key_template),
                  dead_letters ? CheckBucket(*dead_letters) : absl::OkStatus()});
}

absl::Status CheckTable(const S3TablesConfiguration& table) {
  absl::Status status = FirstOf(
      {CheckPattern("TableBucketARN", kTableBucketPattern, *table.table_bucket_arn),
       CheckGiven("Namespace", table.namespace_name), CheckGiven("TableName", table.table_name)});
  if (!status.ok() || !table.partition_spec) return status;
  for (const PartitionField& field : *table.partition_spec->partition_fields) {
    status = CheckGiven("SourceName", field.source_name);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckTables(const S3TablesDestinationConfiguration& tables) {
  const std::vector<S3TablesConfiguration>& list = *tables.s3_tables_configuration_list;
  absl::Status status = FirstOf({CheckFreshness(tables.data_freshness_in_seconds),
                                 CheckBucket(*tables.dead_letter_queue_s3_configuration),
                                 CheckOne("S3TablesConfigurationList", list.size())});
  return status.ok() ? CheckTable(list.front()) : status;
}

// What goes to a bucket and what to a table.
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
  return FirstOf({CheckGiven("LogGroupName", logs.log_group_name),
                  CheckGiven("LogStreamName", logs.log_stream_name)});
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
  absl::Status status = FirstOf(
      {CheckName(*request.channel_name),
       CheckPattern("ServiceExecutionRoleARN", kRolePattern, *request.service_execution_role_arn),
       CheckOne("StreamConfigurationList", request.stream_configuration_list->size())});
  if (!status.ok()) return status;
  if (s3.has_value() == tables.has_value()) {
    return MakeError(ErrorType::kInvalidArgument,
                     "Either S3DestinationConfiguration or S3TablesDestinationConfiguration should "
                     "be provided, and not both.");
  }
  return FirstOf({s3 ? CheckS3(*s3) : CheckTables(*tables),
                  CheckRecords(*request.stream_configuration_list->front().record_configuration,
                               tables.has_value()),
                  CheckKey(request.encryption_configuration),
                  request.logging_configuration
                      ? CheckLogs(*request.logging_configuration->cloud_watch_logs)
                      : absl::OkStatus()});
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
  return FirstOf({s3 ? CheckFreshness(s3->data_freshness_in_seconds) : absl::OkStatus(),
                  tables ? CheckFreshness(tables->data_freshness_in_seconds) : absl::OkStatus(),
                  logging ? CheckLogs(*logging->cloud_watch_logs) : absl::OkStatus()});
}

}  // namespace kinesis::api::internal
