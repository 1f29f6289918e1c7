// DescribeStream, DescribeStreamSummary, ListStreams.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/describe_stream_operations.h"
#include "kinesis_core/api/internal/shard_shapes.h"

namespace kinesis::api {
namespace {

using internal::StreamPtr;
using internal::StreamRecord;
using internal::StreamState;

std::vector<EnhancedMetrics> MonitoringShape(const StreamState& state) {
  return {{{state.shard_level_metrics.begin(), state.shard_level_metrics.end()}}};
}

StreamModeDetails ModeShape(const StreamState& state) { return {.stream_mode = state.mode}; }

// The shards of a description: none while the stream is being created.
std::vector<kinesis::Shard> ShardsToShow(const StreamRecord& stream, StreamStatus status) {
  if (status == StreamStatus::kCreating) return {};
  return stream.stream().ListShards();
}

}  // namespace

absl::StatusOr<DescribeStreamResponse> Client::DescribeStream(
    const DescribeStreamRequest& request) {
  internal::CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kDescribeStream, request, time); !status.ok()) {
    return status;
  }
  std::optional<ShardId> start;
  if (request.exclusive_start_shard_id) {
    const auto described = core_->CheckNames(internal::AddressOf(request));
    if (!described.ok()) return described.status();
    absl::Status status = core_->CheckShardIdText(*request.exclusive_start_shard_id, *described);
    if (!status.ok()) return status;
    start = internal::Resolve(*request.exclusive_start_shard_id);
  }
  const absl::StatusOr<StreamPtr> found = core_->FindStream(request, time);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  const Limits& limits = core_->limits();
  const auto limit = static_cast<size_t>(
      std::min(request.limit ? *request.limit : limits.describe_stream_shards_default,
               limits.describe_stream_shards_max));
  StreamRecord::Locked state = stream.Lock();
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

absl::StatusOr<DescribeStreamSummaryResponse> Client::DescribeStreamSummary(
    const DescribeStreamSummaryRequest& request) {
  internal::CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kDescribeStreamSummary, request, time);
      !status.ok()) {
    return status;
  }
  const absl::StatusOr<StreamPtr> found = core_->FindStream(request, time);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  const int64_t now_ms = time.ms();
  StreamRecord::Locked state = stream.Lock();
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

absl::StatusOr<ListStreamsResponse> Client::ListStreams(const ListStreamsRequest& request) {
  internal::CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(Operation::kListStreams, request, time); !status.ok()) {
    return status;
  }
  std::string start = request.exclusive_start_stream_name.value_or("");
  if (request.next_token) {
    absl::StatusOr<internal::PaginationToken> token =
        core_->ReadNextToken(Operation::kListStreams, *request.next_token, time);
    if (!token.ok()) return token.status();
    start = token->marker;
  }
  const int64_t now_ms = time.ms();
  core_->FinishDeletions(time);
  const Limits& limits = core_->limits();
  const auto limit = static_cast<size_t>(std::min(
      request.limit ? *request.limit : limits.list_streams_default, limits.list_streams_max));
  ListStreamsResponse response;
  for (const StreamPtr& stream : core_->streams().List()) {
    if (stream->name() <= start) continue;
    if (response.stream_names.size() == limit) {
      response.has_more_streams = true;
      response.next_token =
          core_->MakeNextToken(Operation::kListStreams, 0, response.stream_names.back(), time);
      break;
    }
    StreamRecord::Locked state = stream->Lock();
    response.stream_names.push_back(stream->name());
    response.stream_summaries.push_back({stream->name(), stream->arn(), state.StatusAt(now_ms),
                                         ModeShape(*state),
                                         absl::FromUnixMillis(stream->created_ms())});
  }
  return response;
}

}  // namespace kinesis::api
