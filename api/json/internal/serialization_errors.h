// SerializationException, in the service's words. The wording is that of tests written against the
// service.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_SERIALIZATION_ERRORS_H_
#define KINESIS_CORE_API_JSON_INTERNAL_SERIALIZATION_ERRORS_H_

#include <string_view>

#include "absl/status/status.h"
#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/json/internal/base64.h"

namespace kinesis::api::internal {

// The kinds of values of JSON. Null is none of these: it counts as absent.
enum class JsonKind { kBoolean, kNumber, kString, kList, kObject };

// A value of kind `got` where the shape wants another. `text` is that of a string.
absl::Status WrongJsonKind(JsonKind got, ShapeKind wanted, std::string_view text = {});

// `text` is no base64. Requires: there is a problem.
absl::Status NoBase64(std::string_view text, const Base64Result& result);

// The text is no JSON, or too much of it. These have no source: the service gives no reason.
absl::Status MalformedJson(std::string_view reason);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_SERIALIZATION_ERRORS_H_
