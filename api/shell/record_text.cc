#include "kinesis_core/api/shell/record_text.h"

#include <algorithm>
#include <cstddef>

#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/internal/utf8.h"

namespace kinesis::testing {
namespace {

// The bytes of the character in front, and 1 for a byte that is none.
size_t SizeOfNext(std::string_view text) {
  return std::max<size_t>(kinesis::internal::Utf8CharacterSize(text), 1);
}

// At most `columns` characters of `text`, which says where something is left out.
std::string Shortened(std::string_view text, size_t columns) {
  constexpr std::string_view kLeftOut = "...";
  if (CountColumns(text) <= columns) return std::string(text);
  size_t end = 0;
  for (size_t i = 0; i + kLeftOut.size() < columns; ++i) end += SizeOfNext(text.substr(end));
  return std::string(text.substr(0, end)) + std::string(kLeftOut);
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\r') {
      escaped += "\\r";
    } else if (c == '\t') {
      escaped += "\\t";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

bool IsText(std::string_view bytes) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  };
  return std::none_of(bytes.begin(), bytes.end(), is_control) &&
         kinesis::internal::CountCodePoints(bytes).has_value();
}

std::string ShownBytes(std::string_view bytes, size_t columns) {
  // What does not fit need not be looked at, or be made into other text.
  const size_t looked_at = 4 * columns;
  if (bytes.size() <= looked_at && IsText(bytes)) return Shortened(Escaped(bytes), columns);
  std::string_view front = bytes.substr(0, looked_at);
  // A character that is cut in two is none.
  for (int i = 0; i < 4 && !front.empty() && front.size() < bytes.size(); ++i) {
    if (IsText(front)) return Shortened(Escaped(front) + "...", columns);
    front.remove_suffix(1);
  }
  front = bytes.substr(0, std::min(bytes.size(), columns));
  std::string base64(api::internal::Base64Length(front.size()), '\0');
  api::internal::EncodeBase64(front, base64.data());
  return Shortened(std::to_string(bytes.size()) + " bytes: " + base64, columns);
}

std::optional<std::string> BytesOfBase64(std::string_view base64) {
  std::string bytes(base64.size(), '\0');
  const api::internal::Base64Result result = api::internal::DecodeBase64(base64, bytes.data());
  if (result.problem != api::internal::Base64Problem::kNone) return std::nullopt;
  bytes.resize(result.size);
  return bytes;
}

size_t CountColumns(std::string_view text) {
  size_t columns = 0;
  for (; !text.empty(); ++columns) text.remove_prefix(SizeOfNext(text));
  return columns;
}

}  // namespace kinesis::testing
