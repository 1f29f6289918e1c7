#include "kinesis_core/api/remote/internal/remote_subscription.h"

#include <string>
#include <string_view>
#include <utility>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_consumer_operations.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/remote/internal/wire_json.h"

namespace kinesis::api::internal {
namespace {

// That of an error in the midst of a stream, as that of one in front of it.
constexpr int kErrorStatus = 400;

std::string_view HeaderOf(const EventMessage& message, const std::string& name) {
  const auto at = message.headers.find(name);
  return at == message.headers.end() ? std::string_view() : std::string_view(at->second);
}

// {"message":"..."}
struct ExceptionBody {
  std::optional<std::string> message;
};

}  // namespace

template <>
struct Schema<ExceptionBody> {
  static constexpr std::string_view kName = "ExceptionBody";
  static constexpr auto kMembers =
      std::make_tuple(Optional<&ExceptionBody::message, kErrorMessage>("message"));
};

RemoteSubscription::RemoteSubscription(HttpChunks chunks, Clock& clock)
    : chunks_(std::move(chunks)), clock_(clock) {}

absl::Status RemoteSubscription::Fail(absl::Status failure) {
  failure_ = std::move(failure);
  chunks_ = nullptr;
  return failure_;
}

absl::StatusOr<std::optional<SubscribeToShardEvent>> RemoteSubscription::Next(absl::Time deadline) {
  while (true) {
    if (!failure_.ok()) return failure_;
    if (ended_) return std::nullopt;
    const absl::StatusOr<std::optional<EventMessage>> message = decoder_.Next();
    if (!message.ok()) return Fail(message.status());
    if (message->has_value()) {
      absl::StatusOr<std::optional<SubscribeToShardEvent>> event = EventOf(**message);
      if (!event.ok()) return Fail(event.status());
      if (event->has_value()) return event;
      continue;
    }
    const absl::StatusOr<std::optional<std::string>> chunk = chunks_(deadline);
    if (!chunk.ok()) return Fail(chunk.status());
    if (!chunk->has_value()) {
      if (decoder_.in_message()) {
        return Fail(absl::UnavailableError("the event stream ended within a message"));
      }
      ended_ = true;
    } else if ((*chunk)->empty()) {
      SubscribeToShardEvent nothing;
      nothing.continuation_sequence_number = continuation_;
      nothing.millis_behind_latest = behind_ms_;
      return nothing;
    } else {
      decoder_.Add(**chunk);
    }
  }
}

absl::StatusOr<std::optional<SubscribeToShardEvent>> RemoteSubscription::EventOf(
    const EventMessage& message) {
  const std::string_view type = HeaderOf(message, ":message-type");
  if (type == "exception") {
    ExceptionBody body;
    KC_RETURN_IF_ERROR(ReadAnswer(message.payload, &body));
    return MakeError(HeaderOf(message, ":exception-type"), kErrorStatus, body.message.value_or(""));
  }
  if (type == "error") {
    return MakeError(HeaderOf(message, ":error-code"), kErrorStatus,
                     HeaderOf(message, ":error-message"));
  }
  // Others are the initial response, which says nothing, and what the service may add one day.
  if (HeaderOf(message, ":event-type") != "SubscribeToShardEvent") return std::nullopt;
  SubscribeToShardEvent event;
  KC_RETURN_IF_ERROR(ReadAnswer(message.payload, &event));
  continuation_ = event.continuation_sequence_number;
  behind_ms_ = event.millis_behind_latest;
  ended_ = event.child_shards.has_value();
  return event;
}

}  // namespace kinesis::api::internal
