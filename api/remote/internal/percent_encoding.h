// Percent-encoding of URLs (RFC 3986), as signatures want it: all but unreserved characters.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_REMOTE_INTERNAL_PERCENT_ENCODING_H_
#define KINESIS_CORE_API_REMOTE_INTERNAL_PERCENT_ENCODING_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace kinesis::api::internal {

inline void AppendPercentEncoded(std::string_view bytes, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : bytes) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      *out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *out += '%';
    *out += kDigits[byte >> 4];
    *out += kDigits[byte & 15];
  }
}

// A percent sign that no two hexadecimal digits follow stands for itself.
inline std::string PercentDecoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high >= 0 ? digit(text[i + 2]) : -1;
    if (low < 0) {
      bytes += text[i];
      continue;
    }
    bytes += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return bytes;
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_REMOTE_INTERNAL_PERCENT_ENCODING_H_
