// DescribeStream, DescribeStreamSummary, ListStreams.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/schema_stream_operations.h"
#include "kinesis_core/api/internal/shard_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"

namespace kinesis::api {
namespace {

using internal::StreamEntry;
using internal::StreamPtr;
using internal::StreamState;

std::vector<EnhancedMetrics> MonitoringShape(const StreamState& state) {
  return {{{state.shard_level_metrics.begin(), state.shard_level_metrics.end()}}};
}

StreamModeDetails ModeShape(const StreamState& state) { return {.stream_mode = state.mode}; }

// The shards of a description: none while the stream is being created.
std::vector<kinesis::Shard> ShardsToShow(const StreamEntry& stream, StreamStatus status) {
  if (status == StreamStatus::kCreating) return {};
  return stream.stream().ListShards();
}

}  // namespace

absl::StatusOr<DescribeStreamResponse> internal::EngineClient::DescribeStream(
    const DescribeStreamRequest& request) {
  internal::CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kDescribeStream, request, time));
  std::optional<ShardId> start;
  if (request.exclusive_start_shard_id) {
    KC_ASSIGN_OR_RETURN(const std::string& stream_text,
                        core_->gates().CheckNames(internal::AddressOf(request)));
    KC_RETURN_IF_ERROR(
        core_->gates().CheckShardIdText(*request.exclusive_start_shard_id, stream_text));
    start = internal::Resolve(*request.exclusive_start_shard_id);
  }
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, core_->gates().FindStream(request, time));
  StreamEntry& stream = *found;
  const Limits& limits = core_->limits();
  const auto limit = static_cast<size_t>(
      std::min(request.limit ? *request.limit : limits.describe_stream_shards_default,
               limits.describe_stream_shards_max));
  StreamEntry::Locked state = stream.Lock();
  DescribeStreamResponse response;
  StreamDescription& description = response.stream_description;
  description.stream_name = stream.name();
  description.stream_arn = stream.arn();
  description.stream_status = state.StatusAt(time.ms());
  description.stream_mode_details = ModeShape(*state);
  description.retention_period_hours = state->retention_hours;
  description.stream_creation_timestamp = absl::FromUnixMillis(stream.created_ms());
  description.enhanced_monitoring = MonitoringShape(*state);
  description.encryption_type = stream.encryption_type();
  description.key_id = state->key_id;
  for (const kinesis::Shard& shard : ShardsToShow(stream, description.stream_status)) {
    if (start && shard.id() <= *start) continue;
    if (description.shards.size() == limit) {
      description.has_more_shards = true;
      break;
    }
    description.shards.push_back(internal::ShardShape(shard));
  }
  return response;
}

absl::StatusOr<DescribeStreamSummaryResponse> internal::EngineClient::DescribeStreamSummary(
    const DescribeStreamSummaryRequest& request) {
  internal::CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kDescribeStreamSummary, request, time));
  KC_ASSIGN_OR_RETURN(const StreamPtr& found, core_->gates().FindStream(request, time));
  StreamEntry& stream = *found;
  const int64_t now_ms = time.ms();
  StreamEntry::Locked state = stream.Lock();
  DescribeStreamSummaryResponse response;
  StreamDescriptionSummary& summary = response.stream_description_summary;
  summary.stream_name = stream.name();
  summary.stream_arn = stream.arn();
  summary.stream_id = stream.id();
  summary.stream_status = state.StatusAt(now_ms);
  summary.stream_mode_details = ModeShape(*state);
  summary.retention_period_hours = state->retention_hours;
  summary.stream_creation_timestamp = absl::FromUnixMillis(stream.created_ms());
  summary.enhanced_monitoring = MonitoringShape(*state);
  summary.encryption_type = stream.encryption_type();
  summary.key_id = state->key_id;
  const std::vector<kinesis::Shard> shards = ShardsToShow(stream, summary.stream_status);
  summary.open_shard_count = static_cast<int32_t>(std::count_if(
      shards.begin(), shards.end(), [](const kinesis::Shard& shard) { return shard.is_open(); }));
  summary.consumer_count = static_cast<int32_t>(std::count_if(
      state->consumers.begin(), state->consumers.end(),
      [now_ms](const auto& consumer) { return now_ms < consumer.second.deleted_at_ms; }));
  if (state->warm_throughput_mibps) {
    summary.warm_throughput =
        WarmThroughputObject{state->warm_throughput_mibps, state->warm_throughput_mibps};
  }
  summary.max_record_size_in_kib = static_cast<int32_t>(stream.record_bytes_max() >> 10);
  if (state->mode == StreamMode::kOnDemand) {
    summary.record_distribution_strategy = stream.stream().record_distribution_strategy();
  }
  summary.channel_count =
      static_cast<int32_t>(core_->channels().CountOfStream(stream.uid(), now_ms));
  return response;
}

absl::StatusOr<ListStreamsResponse> internal::EngineClient::ListStreams(
    const ListStreamsRequest& request) {
  internal::CallTime time(core_->clock());
  KC_RETURN_IF_ERROR(core_->gates().Admit(Operation::kListStreams, request, time));
  std::string start = request.exclusive_start_stream_name.value_or("");
  if (request.next_token) {
    KC_ASSIGN_OR_RETURN(
        internal::PaginationToken token,
        core_->tokens().ReadNextToken(Operation::kListStreams, *request.next_token, time));
    start = token.marker;
  }
  const int64_t now_ms = time.ms();
  core_->lifecycle().FinishDeletions(time);
  const Limits& limits = core_->limits();
  const auto limit = static_cast<size_t>(std::min(
      request.limit ? *request.limit : limits.list_streams_default, limits.list_streams_max));
  ListStreamsResponse response;
  for (const StreamPtr& stream : core_->streams().List()) {
    if (stream->name() <= start) continue;
    if (response.stream_names.size() == limit) {
      response.has_more_streams = true;
      response.next_token = core_->tokens().MakeNextToken(Operation::kListStreams, 0,
                                                          response.stream_names.back(), time);
      break;
    }
    StreamEntry::Locked state = stream->Lock();
    response.stream_names.push_back(stream->name());
    response.stream_summaries.push_back({stream->name(), stream->arn(), state.StatusAt(now_ms),
                                         ModeShape(*state),
                                         absl::FromUnixMillis(stream->created_ms())});
  }
  return response;
}

}  // namespace kinesis::api
