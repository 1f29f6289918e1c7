#include "kinesis_core/testing/internal/loopback.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/event_stream/event_frames.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/api/remote/internal/remote_client.h"
#include "kinesis_core/api/remote/internal/remote_service.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/environment.h"

namespace kinesis::testing {
namespace {

std::string_view HeaderOf(const api::HttpRequest& request, std::string_view name) {
  for (const api::HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

// The events of a subscription as they come, a message in each chunk.
class Frames {
 public:
  explicit Frames(api::JsonEventStream events) : events_(std::move(events)) {}

  absl::StatusOr<std::optional<std::string>> operator()(absl::Time deadline) {
    std::string bytes;
    if (!begun_) api::AppendInitialResponse(&bytes);
    begun_ = true;
    const std::optional<api::JsonEvent> event = events_.Next(deadline);
    if (!event && bytes.empty()) return std::nullopt;
    if (event) api::AppendEvent(*event, &bytes);
    return bytes;
  }

 private:
  api::JsonEventStream events_;
  bool begun_ = false;
};

absl::StatusOr<api::HttpResponse> Serve(api::Client& client, const api::HttpRequest& request) {
  if (HeaderOf(request, "Authorization").empty()) {
    return absl::InvalidArgumentError("the request is not signed");
  }
  api::JsonService service(client);
  api::JsonAnswer answer = service.Handle(HeaderOf(request, "X-Amz-Target"), request.body);
  api::HttpResponse response;
  response.status = answer.http_status;
  response.body = std::move(answer.json_text);
  if (answer.events) {
    // A function can be copied, a subscription cannot.
    auto frames = std::make_shared<Frames>(*std::move(answer.events));
    response.chunks = [frames](absl::Time deadline) { return (*frames)(deadline); };
  }
  return response;
}

// The operations over the loopback, and what is around them from the client that is served.
class LoopbackClient final : public api::internal::RemoteClient {
 public:
  LoopbackClient(std::unique_ptr<api::Client> served, api::internal::RemoteService service)
      : RemoteClient(std::move(service), served->options(), /*engine=*/nullptr),
        served_(std::move(served)) {}

  Engine& engine() const override { return served_->engine(); }
  const api::ClientOptions& options() const override { return served_->options(); }
  absl::Status SetLimits(const api::Limits& limits, const api::LifecycleDelays& delays) override {
    return served_->SetLimits(limits, delays);
  }
  absl::StatusOr<std::vector<api::MetricDatapoint>> GetShardLevelMetric(
      const api::ShardLevelMetricQuery& query) override {
    return served_->GetShardLevelMetric(query);
  }

 private:
  const std::unique_ptr<api::Client> served_;
};

}  // namespace

api::Transport LoopbackTo(api::Client& client) {
  return [&client](const api::HttpRequest& request) { return Serve(client, request); };
}

std::unique_ptr<api::Client> OverALoopback(std::unique_ptr<api::Client> served) {
  // A suite expects each refusal at once.
  const api::RemoteOptions options = {.endpoint = "loopback://here",
                                      .credentials = {"id", "secret"},
                                      .retry = {.max_attempts = 1},
                                      .clock = &served->clock()};
  api::internal::RemoteService service(LoopbackTo(*served), options, options.endpoint);
  return std::make_unique<LoopbackClient>(std::move(served), std::move(service));
}

std::unique_ptr<api::Client> AsTheSuiteIsRun(std::unique_ptr<api::Client> client) {
  return FromEnvironment("KINESIS_TEST_OVER_TRANSPORT", 0) == 0 ? std::move(client)
                                                                : OverALoopback(std::move(client));
}

}  // namespace kinesis::testing
