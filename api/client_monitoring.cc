// EnableEnhancedMonitoring, DisableEnhancedMonitoring, and GetShardLevelMetric, which reads what
// they switch on.
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/schema_stream_operations.h"
#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api {
namespace {

using internal::ClientCore;
using internal::StreamEntry;
using internal::StreamPtr;

// The metrics that are named; kAll stands for each of them.
std::set<MetricsName> Expand(const std::vector<TextOr<MetricsName>>& names) {
  std::set<MetricsName> metrics;
  for (const TextOr<MetricsName>& name : names) {
    const MetricsName metric = *internal::Resolve(name);
    if (metric != MetricsName::kAll) {
      metrics.insert(metric);
      continue;
    }
    for (int i = 0; i < static_cast<int>(MetricsName::kAll); ++i) {
      metrics.insert(static_cast<MetricsName>(i));
    }
  }
  return metrics;
}

// Carries out either operation: `apply` changes the set of metrics by those that the request names.
template <class Request, class Apply>
absl::StatusOr<EnhancedMonitoringResponse> Change(ClientCore& core, Operation operation,
                                                  const Request& request, const Apply& apply) {
  internal::CallTime time(core.clock());
  KC_RETURN_IF_ERROR(core.gates().Admit(operation, request, time));
  KC_ASSIGN_OR_RETURN(const StreamPtr& stream, core.gates().FindStream(request, time));
  StreamEntry::Locked state = stream->Lock();
  KC_RETURN_IF_ERROR(core.gates().RequireActive(*stream, state, time));
  std::set<MetricsName>& metrics = state->shard_level_metrics;
  EnhancedMonitoringResponse response{
      .stream_arn = stream->arn(),
      .stream_name = stream->name(),
      .current_shard_level_metrics = {metrics.begin(), metrics.end()},
      .desired_shard_level_metrics = {}};
  apply(Expand(*request.shard_level_metrics), metrics);
  response.desired_shard_level_metrics.assign(metrics.begin(), metrics.end());
  core.lifecycle().BeginUpdate(state, time);
  KC_RETURN_IF_ERROR(core.Save(state));
  stream->metrics().SetMonitored(state->shard_level_metrics);
  return response;
}

}  // namespace

absl::StatusOr<EnhancedMonitoringResponse> internal::EngineClient::EnableEnhancedMonitoring(
    const EnableEnhancedMonitoringRequest& request) {
  return Change(*core_, Operation::kEnableEnhancedMonitoring, request,
                [](const std::set<MetricsName>& named, std::set<MetricsName>& metrics) {
                  metrics.insert(named.begin(), named.end());
                });
}

absl::StatusOr<EnhancedMonitoringResponse> internal::EngineClient::DisableEnhancedMonitoring(
    const DisableEnhancedMonitoringRequest& request) {
  return Change(*core_, Operation::kDisableEnhancedMonitoring, request,
                [](const std::set<MetricsName>& named, std::set<MetricsName>& metrics) {
                  for (const MetricsName metric : named) metrics.erase(metric);
                });
}

namespace {

// Minutes since the Unix epoch, rounded up or down, within those that a clock can show.
int64_t MinuteOf(absl::Time time, bool up) {
  constexpr int64_t kMinuteSeconds = 60;
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max() / 2;
  const int64_t seconds = std::clamp<int64_t>(absl::ToUnixSeconds(time), 0, kLast);
  const bool more = up && absl::FromUnixSeconds(seconds - seconds % kMinuteSeconds) < time;
  return seconds / kMinuteSeconds + (more ? 1 : 0);
}

}  // namespace

absl::StatusOr<std::vector<MetricDatapoint>> internal::EngineClient::GetShardLevelMetric(
    const ShardLevelMetricQuery& query) {
  const absl::Duration minute = absl::Minutes(1);
  if (query.period < minute || query.period % minute != absl::ZeroDuration()) {
    return MakeError(ErrorType::kInvalidArgument,
                     "The period must be a whole number of minutes, and at least one.");
  }
  if (query.metric == MetricsName::kAll) {
    return MakeError(ErrorType::kInvalidArgument, "ALL is not a metric with values of its own.");
  }
  internal::CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(
      const StreamPtr& stream,
      core_->gates().FindStreamAt({query.stream_name, std::nullopt, std::nullopt}, time));
  return stream->metrics().Datapoints(query.shard_id, query.metric,
                                      MinuteOf(query.start_time, false),
                                      MinuteOf(query.end_time, true), query.period / minute);
}

}  // namespace kinesis::api
