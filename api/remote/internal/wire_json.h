// Requests to JSON, and answers back, by their schemas.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_REMOTE_INTERNAL_WIRE_JSON_H_
#define KINESIS_CORE_API_REMOTE_INTERNAL_WIRE_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/json/internal/json_decoder.h"
#include "kinesis_core/api/json/internal/json_encoder.h"
#include "kinesis_core/api/remote/internal/remote_service.h"

namespace kinesis::api::internal {

// The request as JSON. InvalidArgumentException: a text in it is not UTF-8, which alone JSON
// carries.
template <class Request>
absl::StatusOr<std::string> RequestText(const Request& request) {
  std::string json;
  JsonWriter writer(&json);
  EncodeStructure(request, writer);
  if (writer.replaced()) return NotUtf8();
  return json;
}

// A structure out of the service's JSON. kInternal: it is none.
template <class T>
absl::Status ReadAnswer(std::string_view json, T* structure) {
  JsonDecoder decoder(JsonRole::kAnswers);
  const absl::Status status = decoder.Decode(json.empty() ? "{}" : json, structure);
  return status.ok() ? status : UnreadableAnswer(status);
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_REMOTE_INTERNAL_WIRE_JSON_H_
