#include "kinesis_core/api/json/internal/json_writer.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/api/json/internal/utf8.h"

namespace kinesis::api::internal {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Printable ASCII but the quote and the backslash: what stands for itself.
bool IsPlain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// How many bytes at the front are plain, eight at a time where all of them are.
size_t PlainPrefix(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    // A byte's high bit is set where it is below 0x20, equal to '"' or to '\\', or above 0x7f. The
    // subtractions may borrow from a byte that has its bit set, and only then.
    const uint64_t quotes = word ^ (kOnes * '"');
    const uint64_t backslashes = word ^ (kOnes * '\\');
    const uint64_t special =
        (word - kOnes * 0x20) | (quotes - kOnes) | (backslashes - kOnes) | word;
    if ((special & kHighs) != 0) break;
  }
  while (at < text.size() && IsPlain(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

void AppendEscaped(char c, std::string* json) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      *json += '\\';
      *json += c;
      return;
    case '\n':
      *json += "\\n";
      return;
    case '\r':
      *json += "\\r";
      return;
    case '\t':
      *json += "\\t";
      return;
    default:
      *json += "\\u00";
      *json += kHex[static_cast<unsigned char>(c) >> 4];
      *json += kHex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

JsonWriter& JsonWriter::AnyKey(std::string_view name) {
  Separate();
  AppendQuoted(name);
  json_ += ':';
  first_ = true;
  return *this;
}

void JsonWriter::Blob(std::string_view bytes) {
  Separate();
  const size_t begin = json_.size();
  json_.resize(begin + Base64Length(bytes.size()) + 2);
  char* out = json_.data() + begin;
  *out++ = '"';
  out = EncodeBase64(bytes, out);
  *out = '"';
}

void JsonWriter::Number(int64_t value) {
  Separate();
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  json_.append(digits.data(), end);
}

void JsonWriter::Seconds(absl::Time time) {
  const int64_t millis = absl::ToUnixMillis(time);
  const int64_t seconds = millis / 1000 - (millis % 1000 < 0 ? 1 : 0);
  auto fraction = static_cast<int>(millis - seconds * 1000);
  if (seconds < 0 && fraction != 0) {
    // Sign and magnitude: -1.5 is what floor() calls -2 + 0.5.
    Raw("-");
    fraction = 1000 - fraction;
    first_ = true;
    Number(-(seconds + 1));
  } else {
    Number(seconds);
  }
  if (fraction == 0) return;
  json_ += '.';
  for (int digit = 100; fraction != 0; digit /= 10) {
    json_ += static_cast<char>('0' + fraction / digit);
    fraction %= digit;
  }
}

void JsonWriter::AppendQuoted(std::string_view text) {
  json_ += '"';
  while (true) {
    const size_t plain = PlainPrefix(text);
    json_.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      AppendEscaped(text[0], &json_);
      text.remove_prefix(1);
      continue;
    }
    const size_t size = Utf8CharacterSize(text);
    json_ += size == 0 ? kReplacement : text.substr(0, size);
    if (size == 0) replaced_ = true;
    text.remove_prefix(size == 0 ? 1 : size);
  }
  json_ += '"';
}

}  // namespace kinesis::api::internal
