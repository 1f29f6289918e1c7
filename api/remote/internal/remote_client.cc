#include "kinesis_core/api/remote/internal/remote_client.h"

#include <optional>

#include "kinesis_core/api/remote/internal/remote_subscription.h"

namespace kinesis::api {

absl::StatusOr<std::unique_ptr<Client>> Client::Create(Transport transport,
                                                       const RemoteOptions& options) {
  if (!transport) return absl::InvalidArgumentError("transport must not be an empty function");
  KC_RETURN_IF_ERROR(internal::CheckRemoteOptions(options));
  KC_ASSIGN_OR_RETURN(std::string endpoint, internal::EndpointOf(options));
  // Both clocks are the system's if they are null.
  KC_ASSIGN_OR_RETURN(auto engine, Engine::Create({.clock = options.clock}));
  internal::RemoteService service(std::move(transport), options, std::move(endpoint));
  ClientOptions client_options;
  client_options.region = options.region;
  return std::make_unique<internal::RemoteClient>(std::move(service), client_options,
                                                  std::move(engine));
}

namespace internal {

absl::Status RemoteClient::SetLimits(const Limits& /*limits*/, const LifecycleDelays& /*delays*/) {
  return absl::UnimplementedError(
      "limits are the service's own over a transport: ask Amazon for other quotas, or use a client "
      "of an engine");
}

absl::StatusOr<std::vector<MetricDatapoint>> RemoteClient::GetShardLevelMetric(
    const ShardLevelMetricQuery& /*query*/) {
  return absl::UnimplementedError(
      "shard-level metrics of a service are CloudWatch's: ask it for GetMetricData of the "
      "namespace AWS/Kinesis");
}

absl::StatusOr<SubscribeToShardResponse> RemoteClient::SubscribeToShard(
    const SubscribeToShardRequest& request) {
  KC_ASSIGN_OR_RETURN(std::string json, RequestText(request));
  KC_ASSIGN_OR_RETURN(HttpResponse answer, service_.Send(Operation::kSubscribeToShard,
                                                         std::move(json), /*is_stream=*/true));
  if (!answer.chunks) {
    // The transport has read all of it, to its end.
    std::optional<std::string> body = std::move(answer.body);
    answer.chunks = [body](absl::Time) mutable -> absl::StatusOr<std::optional<std::string>> {
      std::optional<std::string> chunk = std::exchange(body, std::nullopt);
      return chunk && chunk->empty() ? std::nullopt : chunk;
    };
  }
  return SubscribeToShardResponse{ShardSubscription(
      std::make_unique<RemoteSubscription>(std::move(answer.chunks), service_.clock()))};
}

}  // namespace internal
}  // namespace kinesis::api
