#include "kinesis_core/api/json/internal/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/internal/utf8.h"

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

// How many bytes at the front are written as they are: plain ones, and characters beyond ASCII.
size_t KeptPrefix(std::string_view text) {
  size_t at = PlainPrefix(text);
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80) {
    const size_t size = kinesis::internal::Utf8CharacterSize(text.substr(at));
    if (size == 0) break;
    at += size;
    if (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) {
      at += PlainPrefix(text.substr(at));
    }
  }
  return at;
}

}  // namespace

JsonWriter& JsonWriter::AnyKey(std::string_view name) {
  Text(name);
  Append(":");
  first_ = true;
  return *this;
}

void JsonWriter::Text(std::string_view text) {
  MakeRoom(1);
  Separate();
  AppendQuoted(text);
}

void JsonWriter::PlainText(std::string_view text) {
  MakeRoom(2);
  Separate();
  *at_++ = '"';
  Append(text);
  Append("\"");
}

void JsonWriter::Blob(std::string_view bytes) {
  MakeRoom(2);
  Separate();
  *at_++ = '"';
  // Whole groups of three bytes, as many as there is room for, until the rest fits.
  while (Base64Length(bytes.size()) + 1 > room()) {
    const size_t part = std::min(room() / 4, bytes.size() / 3) * 3;
    at_ = EncodeBase64(bytes.substr(0, part), at_);
    bytes.remove_prefix(part);
    Flush();
  }
  at_ = EncodeBase64(bytes, at_);
  *at_++ = '"';
}

void JsonWriter::Number(int64_t value) {
  constexpr size_t kDigitsMax = 20;
  MakeRoom(kDigitsMax + 1);
  Separate();
  at_ = std::to_chars(at_, at_ + kDigitsMax, value).ptr;
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
  MakeRoom(4);
  *at_++ = '.';
  for (int digit = 100; fraction != 0; digit /= 10) {
    *at_++ = static_cast<char>('0' + fraction / digit);
    fraction %= digit;
  }
}

void JsonWriter::Append(std::string_view text) {
  if (text.size() > room()) {
    Flush();
    if (text.size() > room()) {
      json_.append(text);
      return;
    }
  }
  std::memcpy(at_, text.data(), text.size());
  at_ += text.size();
}

void JsonWriter::AppendQuoted(std::string_view text) {
  Append("\"");
  while (true) {
    const size_t kept = KeptPrefix(text);
    Append(text.substr(0, kept));
    text.remove_prefix(kept);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      AppendEscaped(text[0]);
    } else {
      Append(kReplacement);
      replaced_ = true;
    }
    text.remove_prefix(1);
  }
  Append("\"");
}

void JsonWriter::AppendEscaped(char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '"':
      return Append("\\\"");
    case '\\':
      return Append("\\\\");
    case '\n':
      return Append("\\n");
    case '\r':
      return Append("\\r");
    case '\t':
      return Append("\\t");
    default:
      const char escape[] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
      return Append({escape, sizeof escape});
  }
}

}  // namespace kinesis::api::internal
