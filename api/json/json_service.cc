#include "kinesis_core/api/json/json_service.h"

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/request_validation.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/json/internal/json_decoder.h"
#include "kinesis_core/api/json/internal/json_encoder.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api {
namespace {

using internal::JsonDecoder;
using internal::JsonWriter;
using internal::OperationTraits;

// The service's error that a status stands for. A status that is none of them is an internal one.
Error ServiceError(const absl::Status& status) {
  if (std::optional<Error> error = ErrorOf(status)) return *std::move(error);
  return {std::string(ErrorName(ErrorType::kInternalFailure)), std::string(status.message())};
}

JsonAnswer ErrorAnswer(const absl::Status& status) {
  Error error = ServiceError(status);
  const ErrorType type = FindError(error.name).value_or(ErrorType::kInternalFailure);
  JsonAnswer answer;
  answer.http_status = HttpStatus(type);
  JsonWriter writer(&answer.json_text);
  writer.BeginObject();
  if (type == ErrorType::kInternalFailure && error.message.empty()) {
    // The service's own text where it has no word for the failure, not even the model's.
    error.name = "InternalFailure";
    writer.Key("__type").PlainText(error.name);
  } else {
    writer.Key("__type").PlainText(error.name);
    writer.Key(type == ErrorType::kSerialization ? "Message" : "message").Text(error.message);
  }
  writer.EndObject();
  answer.error = std::move(error.name);
  return answer;
}

JsonAnswer UnknownOperation(std::string_view operation) {
  constexpr size_t kShownMax = 100;
  return ErrorAnswer(
      MakeError(ErrorType::kUnknownOperation,
                "There is no operation '" + internal::ShownText(operation, kShownMax) + "'."));
}

// The answer to what a method of the client returned.
JsonAnswer ToAnswer(const absl::Status& status) {
  if (!status.ok()) return ErrorAnswer(status);
  JsonAnswer answer;
  answer.json_text = "{}";
  return answer;
}
template <class Response>
JsonAnswer ToAnswer(absl::StatusOr<Response> response) {
  if (!response.ok()) return ErrorAnswer(response.status());
  JsonAnswer answer;
  internal::EncodeJson(*response, &answer.json_text);
  if constexpr (std::is_same_v<Response, SubscribeToShardResponse>) {
    answer.events.emplace(std::move(response->event_stream));
  }
  return answer;
}

template <Operation kOperation>
JsonAnswer HandleOne(Client& client, JsonDecoder& decoder, std::string_view json_text) {
  using Traits = OperationTraits<kOperation>;
  typename Traits::Request request;
  absl::Status status = decoder.Decode(json_text, &request);
  if (status.ok() && !decoder.null_paths().empty()) {
    status = internal::Validate(request, decoder.null_paths());
  }
  if (!status.ok()) return ErrorAnswer(status);
  return ToAnswer((client.*Traits::kMethod)(request));
}

using Handler = JsonAnswer (*)(Client&, JsonDecoder&, std::string_view);

template <size_t... kIndex>
constexpr auto MakeHandlers(std::index_sequence<kIndex...> /*indices*/) {
  return std::array<Handler, sizeof...(kIndex)>{&HandleOne<static_cast<Operation>(kIndex)>...};
}
constexpr auto kHandlers = MakeHandlers(std::make_index_sequence<kOperationCount>());

}  // namespace

std::optional<JsonEvent> JsonEventStream::Next(absl::Time deadline) {
  if (ended_) return std::nullopt;
  const absl::StatusOr<std::optional<SubscribeToShardEvent>> next = subscription_.Next(deadline);
  ended_ = !next.ok() || !next->has_value() || (*next)->child_shards.has_value();
  JsonEvent event;
  JsonWriter writer(&event.json_text);
  writer.BeginObject();
  if (!next.ok()) {
    const Error error = ServiceError(next.status());
    writer.Key(error.name).BeginObject();
    writer.Key("message").Text(error.message);
    writer.EndObject();
  } else if (next->has_value()) {
    event.idle = (*next)->records.empty() && !ended_;
    internal::EncodeStructure(**next, writer.Key("SubscribeToShardEvent"));
  } else {
    return std::nullopt;
  }
  writer.EndObject();
  return event;
}

JsonService::JsonService(Client& client)
    : client_(&client), decoder_(std::make_unique<JsonDecoder>()) {}
JsonService::JsonService(JsonService&&) noexcept = default;
JsonService& JsonService::operator=(JsonService&&) noexcept = default;
JsonService::~JsonService() = default;

JsonAnswer JsonService::Handle(std::string_view operation, std::string_view json_text) {
  std::string_view name = operation;
  if (name.starts_with(kTargetPrefix)) name.remove_prefix(kTargetPrefix.size());
  const std::optional<Operation> known = ParseEnum<Operation>(name);
  // Before anything is read: what does not exist takes no requests, right or wrong.
  if (!known.has_value() || !client_->options().limits.Has(*known)) {
    return UnknownOperation(operation);
  }
  return kHandlers[static_cast<size_t>(*known)](*client_, *decoder_, json_text);
}

}  // namespace kinesis::api
