// Requests and responses about streams as a whole: their life, mode, retention, encryption, record
// size and throughput.
//
// A request names its stream by `stream_name`, `stream_arn` or `stream_id`, by several if they
// agree. Every member of a request may be left out, as on the wire; a required one that is missing
// is the service's ValidationException. Operations without a response answer with absl::Status
// alone.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_STREAM_OPERATIONS_H_
#define KINESIS_CORE_API_STREAM_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

// --- Life ----------------------------------------------------------------------------------------

struct CreateStreamRequest {
  std::optional<std::string> stream_name = std::nullopt;  // required
  // Required in PROVISIONED mode, which is the default; refused in ON_DEMAND mode.
  std::optional<int32_t> shard_count = std::nullopt;
  std::optional<StreamModeDetails> stream_mode_details = std::nullopt;
  std::optional<TagMap> tags = std::nullopt;
  std::optional<int32_t> warm_throughput_mibps = std::nullopt;  // ON_DEMAND mode only
  std::optional<int32_t> max_record_size_in_kib = std::nullopt;
  // ON_DEMAND mode only; USER_PARTITION_KEY if left out.
  std::optional<TextOr<RecordDistributionStrategy>> record_distribution_strategy = std::nullopt;
};

struct DeleteStreamRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  // Deletes the consumers too. Otherwise a stream that has some is not deleted.
  std::optional<bool> enforce_consumer_deletion = std::nullopt;
};

// --- Description ---------------------------------------------------------------------------------

struct DescribeStreamRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<int32_t> limit = std::nullopt;  // shards to return
  std::optional<TextOr<ShardId>> exclusive_start_shard_id = std::nullopt;
};

struct StreamDescription {
  std::string stream_name;
  std::string stream_arn;
  StreamStatus stream_status{};
  std::optional<StreamModeDetails> stream_mode_details;
  std::vector<Shard> shards;
  bool has_more_shards = false;
  int32_t retention_period_hours = 0;
  absl::Time stream_creation_timestamp;
  std::vector<EnhancedMetrics> enhanced_monitoring;
  std::optional<EncryptionType> encryption_type;
  std::optional<std::string> key_id;
};

struct DescribeStreamResponse {
  StreamDescription stream_description;
};

struct DescribeStreamSummaryRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
};

struct StreamDescriptionSummary {
  std::string stream_name;
  std::string stream_arn;
  std::optional<std::string> stream_id;
  StreamStatus stream_status{};
  std::optional<StreamModeDetails> stream_mode_details;
  int32_t retention_period_hours = 0;
  absl::Time stream_creation_timestamp;
  std::vector<EnhancedMetrics> enhanced_monitoring;
  std::optional<EncryptionType> encryption_type;
  std::optional<std::string> key_id;
  int32_t open_shard_count = 0;
  std::optional<int32_t> consumer_count;
  std::optional<WarmThroughputObject> warm_throughput;
  std::optional<int32_t> max_record_size_in_kib;
  // Only an ON_DEMAND stream has one.
  std::optional<RecordDistributionStrategy> record_distribution_strategy;
  std::optional<int32_t> channel_count;
};

struct DescribeStreamSummaryResponse {
  StreamDescriptionSummary stream_description_summary;
};

struct ListStreamsRequest {
  std::optional<int32_t> limit = std::nullopt;  // streams to return
  std::optional<std::string> exclusive_start_stream_name = std::nullopt;
  std::optional<std::string> next_token = std::nullopt;
};

struct StreamSummary {
  std::string stream_name;
  std::string stream_arn;
  StreamStatus stream_status{};
  std::optional<StreamModeDetails> stream_mode_details;
  std::optional<absl::Time> stream_creation_timestamp;
};

// In order of name.
struct ListStreamsResponse {
  std::vector<std::string> stream_names;
  bool has_more_streams = false;
  std::optional<std::string> next_token;
  std::vector<StreamSummary> stream_summaries;
};

// --- Mode, distribution and throughput -----------------------------------------------------------

struct UpdateStreamModeRequest {
  std::optional<std::string> stream_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<StreamModeDetails> stream_mode_details = std::nullopt;  // required
  std::optional<int32_t> warm_throughput_mibps = std::nullopt;          // ON_DEMAND mode only
};

// For ON_DEMAND streams alone. The strategy is in force at once, for the records that are put from
// then on, and can be changed as often as wanted.
struct UpdateStreamRecordDistributionStrategyRequest {
  std::optional<std::string> stream_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TextOr<RecordDistributionStrategy>> record_distribution_strategy =
      std::nullopt;  // required
};

struct UpdateStreamWarmThroughputRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<int32_t> warm_throughput_mibps = std::nullopt;  // required
};

struct UpdateStreamWarmThroughputResponse {
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_name;
  std::optional<WarmThroughputObject> warm_throughput;
};

struct UpdateMaxRecordSizeRequest {
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<int32_t> max_record_size_in_kib = std::nullopt;  // required
};

// --- Retention -----------------------------------------------------------------------------------

struct IncreaseStreamRetentionPeriodRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<int32_t> retention_period_hours = std::nullopt;  // required
};

struct DecreaseStreamRetentionPeriodRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<int32_t> retention_period_hours = std::nullopt;  // required
};

// --- Encryption: kept and returned, without effect on the bytes ----------------------------------

struct StartStreamEncryptionRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TextOr<EncryptionType>> encryption_type = std::nullopt;  // required
  std::optional<std::string> key_id = std::nullopt;                      // required
};

struct StopStreamEncryptionRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TextOr<EncryptionType>> encryption_type = std::nullopt;  // required
  std::optional<std::string> key_id = std::nullopt;                      // required
};

// --- Enhanced monitoring -------------------------------------------------------------------------

struct EnableEnhancedMonitoringRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::vector<TextOr<MetricsName>>> shard_level_metrics = std::nullopt;  // required
};

struct DisableEnhancedMonitoringRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::vector<TextOr<MetricsName>>> shard_level_metrics = std::nullopt;  // required
};

// Of EnableEnhancedMonitoring and DisableEnhancedMonitoring: the metrics that were on before, and
// those that are on from now.
struct EnhancedMonitoringResponse {
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_name;
  std::vector<MetricsName> current_shard_level_metrics;
  std::vector<MetricsName> desired_shard_level_metrics;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_STREAM_OPERATIONS_H_
