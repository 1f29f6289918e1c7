#include "kinesis_core/api/internal/request_validation.h"

#include <algorithm>

namespace kinesis::api::internal {
namespace {

using Map = std::map<std::string, std::string>;

bool KeysSatisfy(const Shape& shape, const Map& map) {
  return std::all_of(map.begin(), map.end(), [&shape](const auto& entry) {
    return TextSatisfies(*shape.key, entry.first);
  });
}

bool ValuesSatisfy(const Shape& shape, const Map& map) {
  return std::all_of(map.begin(), map.end(), [&shape](const auto& entry) {
    return TextSatisfies(*shape.element, entry.second);
  });
}

}  // namespace

bool Satisfies(const Shape& shape, const Map& map) {
  return LengthSatisfies(shape, map.size()) && KeysSatisfy(shape, map) && ValuesSatisfy(shape, map);
}

std::string ShownMap(const std::map<std::string, std::string>& map) {
  std::string text = "{";
  for (const auto& [key, value] : map) {
    if (text.size() > kShownBytesMax) break;
    if (text.size() > 1) text += ", ";
    text.append(ShownText(key)).append("=").append(ShownText(value));
  }
  return text + "}";
}

void AddTextFailures(const MemberPath& path, const Shape& shape, std::string_view text,
                     ConstraintFailures* failures) {
  const std::string at = path.ToString();
  const std::string value = QuotedText(text);
  if (shape.pattern != nullptr && !shape.pattern->Matches(text)) {
    failures->Add(at, value, PatternText(shape));
  }
  const auto length = static_cast<int64_t>(CharacterCount(text));
  if (shape.min && length < *shape.min) failures->Add(at, value, AtLeastText(shape, *shape.min));
  if (shape.max && length > *shape.max) failures->Add(at, value, AtMostText(shape, *shape.max));
  if (!shape.enum_values.empty() && !HasEnumValue(shape, text)) {
    failures->Add(at, value, EnumText(shape));
  }
}

void AddBlobFailures(const MemberPath& path, const Shape& shape, size_t bytes,
                     ConstraintFailures* failures) {
  AddLengthFailures(path, shape, bytes, QuotedBlob(bytes), failures);
}

void AddNumberFailures(const MemberPath& path, const Shape& shape, int64_t value,
                       ConstraintFailures* failures) {
  const std::string at = path.ToString();
  const std::string shown = QuotedText(std::to_string(value));
  if (shape.min && value < *shape.min) failures->Add(at, shown, AtLeastText(shape, *shape.min));
  if (shape.max && value > *shape.max) failures->Add(at, shown, AtMostText(shape, *shape.max));
}

void AddLengthFailures(const MemberPath& path, const Shape& shape, size_t length,
                       std::string_view shown, ConstraintFailures* failures) {
  const auto count = static_cast<int64_t>(length);
  const std::string at = path.ToString();
  if (shape.min && count < *shape.min) failures->Add(at, shown, AtLeastText(shape, *shape.min));
  if (shape.max && count > *shape.max) failures->Add(at, shown, AtMostText(shape, *shape.max));
}

void RequestChecker::Check(const std::map<std::string, std::string>& map, const Shape& shape,
                           bool /*required*/, const MemberPath& path) {
  if (!LengthSatisfies(shape, map.size())) {
    AddLengthFailures(path, shape, map.size(), QuotedText(ShownMap(map)), &failures_);
  }
  if (!KeysSatisfy(shape, map)) {
    failures_.Add(path.ToString(), QuotedText(ShownMap(map)),
                  "Map keys must satisfy constraint: " + ConstraintsText(*shape.key));
  }
  if (!ValuesSatisfy(shape, map)) {
    failures_.Add(path.ToString(), QuotedText(ShownMap(map)),
                  "Map value must satisfy constraint: " + ConstraintsText(*shape.element));
  }
}

std::string ShownStructure(std::string_view name, size_t number) {
  std::string text = "com.amazonaws.kinesis.v20131202.";
  text.append(name).append("@").append(std::to_string(number));
  return text;
}

}  // namespace kinesis::api::internal
