#include "kinesis_core/api/internal/constraint_failures.h"

#include <algorithm>

#include "kinesis_core/api/errors.h"

namespace kinesis::api::internal {
namespace {

std::string LowerFirst(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

bool IsNumber(const Shape& shape) {
  return shape.kind == ShapeKind::kInteger || shape.kind == ShapeKind::kLong;
}

std::string BoundText(const Shape& shape, std::string_view side, int64_t bound) {
  std::string text = IsNumber(shape) ? "Member must have value " : "Member must have length ";
  text.append(side).append(" than or equal to ").append(std::to_string(bound));
  return text;
}

}  // namespace

std::string MemberPath::ToString() const {
  std::string text = parent == nullptr ? "" : parent->ToString() + ".";
  if (index != 0) return text + std::to_string(index) + ".member";
  return text + LowerFirst(name);
}

std::string AtLeastText(const Shape& shape, int64_t min) {
  return BoundText(shape, "greater", min);
}

std::string AtMostText(const Shape& shape, int64_t max) { return BoundText(shape, "less", max); }

std::string PatternText(const Shape& shape) {
  return "Member must satisfy regular expression pattern: " + std::string(shape.pattern->text());
}

std::string EnumText(const Shape& shape) {
  std::string text = "Member must satisfy enum value set: [";
  const auto values =
      shape.message_enum_values.empty() ? shape.enum_values : shape.message_enum_values;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    text += values[i];
  }
  return text + "]";
}

std::string ConstraintsText(const Shape& shape) {
  std::vector<std::string> parts;
  if (shape.max) parts.push_back(AtMostText(shape, *shape.max));
  if (shape.min) parts.push_back(AtLeastText(shape, *shape.min));
  if (shape.pattern != nullptr) parts.push_back(PatternText(shape));
  if (!shape.enum_values.empty()) parts.push_back(EnumText(shape));
  std::string text = "[";
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text + "]";
}

std::string ShownText(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  // Before the first byte of a character, so that the text stays UTF-8 if it is.
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string QuotedText(std::string_view text) { return "'" + ShownText(text) + "'"; }

std::string QuotedBlob(size_t bytes) {
  const std::string size = std::to_string(bytes);
  return "'java.nio.HeapByteBuffer[pos=0 lim=" + size + " cap=" + size + "]'";
}

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

void ConstraintFailures::Add(std::string_view path, std::string_view value,
                             std::string_view constraint) {
  if (failures_.size() == kMost) return;
  std::string text = "Value ";
  text.append(value).append(" at '").append(ShownText(path));
  text.append("' failed to satisfy constraint: ").append(constraint);
  failures_.push_back(std::move(text));
}

void ConstraintFailures::AddNull(std::string_view path) {
  Add(path, kNullText, "Member must not be null");
}

absl::Status ConstraintFailures::ToStatus() const {
  if (failures_.empty()) return absl::OkStatus();
  std::string message = std::to_string(failures_.size());
  message +=
      failures_.size() == 1 ? " validation error detected: " : " validation errors detected: ";
  for (size_t i = 0; i < failures_.size(); ++i) message += (i == 0 ? "" : "; ") + failures_[i];
  return MakeError(ErrorType::kValidation, message);
}

absl::Status ConstraintError(std::string_view path, std::string_view value,
                             std::string_view constraint) {
  ConstraintFailures failures;
  failures.Add(path, value, constraint);
  return failures.ToStatus();
}

}  // namespace kinesis::api::internal
