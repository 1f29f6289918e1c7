// The enumerations of the service model, and their names on the wire.
//
//   ToText(StreamMode::kOnDemand);           // "ON_DEMAND"
//   ParseEnum<StreamMode>("ON_DEMAND");      // StreamMode::kOnDemand
//   ParseEnum<StreamMode>("on_demand");      // nothing: names are exact
//
// Thread-safe: values and pure functions.
#ifndef KINESIS_CORE_API_ENUMS_H_
#define KINESIS_CORE_API_ENUMS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string_view>
#include <type_traits>

#include "kinesis_core/export.h"
#include "kinesis_core/options.h"

namespace kinesis::api {

// The names of an enumeration's values, in the order of the values and of the service model.
template <class Enum>
struct EnumNames;

template <class Enum>
concept WireEnum = std::is_enum_v<Enum> && requires {
  EnumNames<Enum>::kNames;
};

// Where a channel delivers to.
enum class ChannelDestinationType { kS3, kS3Tables };
template <>
struct EnumNames<ChannelDestinationType> {
  static constexpr auto kNames = std::to_array<std::string_view>({"S3", "S3_TABLES"});
};

// How what a channel delivers is encrypted.
enum class ChannelEncryptionType { kKms };
template <>
struct EnumNames<ChannelEncryptionType> {
  static constexpr auto kNames = std::to_array<std::string_view>({"KMS"});
};

// Where a channel is in its life. Here none ever fails, as nothing is delivered.
enum class ChannelStatus { kActive, kCreating, kDeleting, kFailed, kUpdating };
template <>
struct EnumNames<ChannelStatus> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"ACTIVE", "CREATING", "DELETING", "FAILED", "UPDATING"});
};

// Where a consumer is in its life.
enum class ConsumerStatus { kCreating, kDeleting, kActive };
template <>
struct EnumNames<ConsumerStatus> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"CREATING", "DELETING", "ACTIVE"});
};

// How records are encrypted on the server. Kept and returned; nothing here encrypts.
enum class EncryptionType { kNone, kKms };
template <>
struct EnumNames<EncryptionType> {
  static constexpr auto kNames = std::to_array<std::string_view>({"NONE", "KMS"});
};

// A shard-level metric of enhanced monitoring; kAll stands for the other seven.
enum class MetricsName {
  kIncomingBytes,
  kIncomingRecords,
  kOutgoingBytes,
  kOutgoingRecords,
  kWriteProvisionedThroughputExceeded,
  kReadProvisionedThroughputExceeded,
  kIteratorAgeMilliseconds,
  kAll
};
template <>
struct EnumNames<MetricsName> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
       "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
       "IteratorAgeMilliseconds", "ALL"});
};

// The states that an account can ask for, of its billing commitment.
enum class MinimumThroughputBillingCommitmentInputStatus { kEnabled, kDisabled };
template <>
struct EnumNames<MinimumThroughputBillingCommitmentInputStatus> {
  static constexpr auto kNames = std::to_array<std::string_view>({"ENABLED", "DISABLED"});
};

// Where an account's billing commitment stands.
enum class MinimumThroughputBillingCommitmentOutputStatus {
  kEnabled,
  kDisabled,
  kEnabledUntilEarliestAllowedEnd
};
template <>
struct EnumNames<MinimumThroughputBillingCommitmentOutputStatus> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"ENABLED", "DISABLED", "ENABLED_UNTIL_EARLIEST_ALLOWED_END"});
};

// How a table that a channel writes is partitioned by a column.
enum class PartitionTransform { kTimeHour };
template <>
struct EnumNames<PartitionTransform> {
  static constexpr auto kNames = std::to_array<std::string_view>({"TIME_HOUR"});
};

// Who decides which shard a record goes to: options.h of the engine.
using kinesis::RecordDistributionStrategy;
template <>
struct EnumNames<RecordDistributionStrategy> {
  static constexpr auto kNames = std::to_array<std::string_view>({"AUTO", "USER_PARTITION_KEY"});
};

// The formats that a channel can take the data of records for.
enum class RecordFormatType { kByteArray, kGsrJson, kJson, kString };
template <>
struct EnumNames<RecordFormatType> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"BYTE_ARRAY", "GSR_JSON", "JSON", "STRING"});
};

// How a channel compresses objects.
enum class S3CompressionType { kGzip, kNone, kZstd };
template <>
struct EnumNames<S3CompressionType> {
  static constexpr auto kNames = std::to_array<std::string_view>({"GZIP", "NONE", "ZSTD"});
};

// The storage class of objects that a channel writes.
enum class S3StorageClass { kGlacierIr, kIntelligentTiering, kStandard };
template <>
struct EnumNames<S3StorageClass> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"GLACIER_IR", "INTELLIGENT_TIERING", "STANDARD"});
};

// How a channel compresses the files of a table.
enum class S3TablesCompressionType { kNone, kSnappy, kZstd };
template <>
struct EnumNames<S3TablesCompressionType> {
  static constexpr auto kNames = std::to_array<std::string_view>({"NONE", "SNAPPY", "ZSTD"});
};

// How UpdateShardCount scales.
enum class ScalingType { kUniformScaling };
template <>
struct EnumNames<ScalingType> {
  static constexpr auto kNames = std::to_array<std::string_view>({"UNIFORM_SCALING"});
};

// Which shards ListShards returns.
enum class ShardFilterType {
  kAfterShardId,
  kAtTrimHorizon,
  kFromTrimHorizon,
  kAtLatest,
  kAtTimestamp,
  kFromTimestamp
};
template <>
struct EnumNames<ShardFilterType> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON",
                                       "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"});
};

// Where a shard iterator begins.
enum class ShardIteratorType {
  kAtSequenceNumber,
  kAfterSequenceNumber,
  kTrimHorizon,
  kLatest,
  kAtTimestamp
};
template <>
struct EnumNames<ShardIteratorType> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"});
};

// Who decides how many shards a stream has: its owner, or its traffic.
enum class StreamMode { kProvisioned, kOnDemand };
template <>
struct EnumNames<StreamMode> {
  static constexpr auto kNames = std::to_array<std::string_view>({"PROVISIONED", "ON_DEMAND"});
};

// Where a stream is in its life.
enum class StreamStatus { kCreating, kDeleting, kActive, kUpdating };
template <>
struct EnumNames<StreamStatus> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"CREATING", "DELETING", "ACTIVE", "UPDATING"});
};

// The name of `value` on the wire.
template <WireEnum Enum>
constexpr std::string_view ToText(Enum value) {
  return EnumNames<Enum>::kNames[static_cast<size_t>(value)];
}

// The value of that name, exactly spelled; nothing if there is none.
template <WireEnum Enum>
constexpr std::optional<Enum> ParseEnum(std::string_view name) {
  const auto& names = EnumNames<Enum>::kNames;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// Writes ToText(), for logs and test failures.
template <WireEnum Enum>
std::ostream& operator<<(std::ostream& out, Enum value) {
  return out << ToText(value);
}

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_ENUMS_H_
