#include "kinesis_core/api/json/internal/serialization_errors.h"

#include <string>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/internal/utf8.h"

namespace kinesis::api::internal {
namespace {

absl::Status SerializationError(std::string_view message) {
  return MakeError(ErrorType::kSerialization, message);
}

std::string ToUpper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

// The service's name of a kind of scalar, with the article that it gives it.
std::string_view ScalarName(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::kBlob:
      return "a Blob";
    case ShapeKind::kInteger:
      return "an Integer";
    case ShapeKind::kLong:
      return "an Long";
    case ShapeKind::kBoolean:
      return "an Boolean";
    case ShapeKind::kTimestamp:
      return "milliseconds since epoch";
    default:
      return "an String";
  }
}

std::string GotScalar(JsonKind got, ShapeKind wanted, std::string_view text) {
  switch (got) {
    case JsonKind::kBoolean:
      return "class java.lang.Boolean";
    case JsonKind::kNumber:
      return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
    default:
      if (wanted == ShapeKind::kBoolean) return QuotedText(ToUpper(ShownText(text)));
      return "class java.lang.String";
  }
}

std::string Base64Reason(std::string_view text, const Base64Result& result) {
  switch (result.problem) {
    case Base64Problem::kLength:
      return "Base64 encoded length is expected a multiple of 4 bytes but found: " +
             std::to_string(text.size());
    case Base64Problem::kCharacter: {
      const std::string_view rest = text.substr(result.position);
      return "Invalid Base64 character: " +
             QuotedText(rest.substr(0, kinesis::internal::Utf8CharacterSize(rest)));
    }
    default:
      return "Invalid last non-pad Base64 character dectected";  // As the service spells it.
  }
}

}  // namespace

absl::Status WrongJsonKind(JsonKind got, ShapeKind wanted, std::string_view text) {
  if (got == JsonKind::kList) return SerializationError("Start of list found where not expected");
  if (got == JsonKind::kObject) {
    return SerializationError("Start of structure or map found where not expected.");
  }
  switch (wanted) {
    case ShapeKind::kList:
      return SerializationError("Expected list or null");
    case ShapeKind::kMap:
      return SerializationError("Expected map or null");
    case ShapeKind::kStructure:
    case ShapeKind::kEventStream:
      return SerializationError("Expected null");
    default:
      return SerializationError(GotScalar(got, wanted, text) + " can not be converted to " +
                                std::string(ScalarName(wanted)));
  }
}

absl::Status NoBase64(std::string_view text, const Base64Result& result) {
  return SerializationError(QuotedText(text) +
                            " can not be converted to a Blob: " + Base64Reason(text, result));
}

absl::Status MalformedJson(std::string_view reason) {
  return SerializationError("Malformed JSON: " + std::string(reason));
}

}  // namespace kinesis::api::internal
