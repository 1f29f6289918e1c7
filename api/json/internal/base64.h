// Base64 as the service takes it: the standard alphabet, padded, and nothing else. RFC 4648,
// section 4, strict.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_BASE64_H_
#define KINESIS_CORE_API_JSON_INTERNAL_BASE64_H_

#include <cstddef>
#include <string_view>

namespace kinesis::api::internal {

// The length of `bytes` bytes as base64.
constexpr size_t Base64Length(size_t bytes) { return (bytes + 2) / 3 * 4; }

// Writes Base64Length(bytes.size()) characters to `out`; returns where they end.
char* EncodeBase64(std::string_view bytes, char* out);

enum class Base64Problem {
  kNone,
  kLength,         // not a multiple of four
  kCharacter,      // outside the alphabet, or padding before the end
  kLastCharacter,  // bits are set that stand for no byte
};

struct Base64Result {
  Base64Problem problem = Base64Problem::kNone;
  size_t size = 0;      // of the bytes; 0 if there is a problem
  size_t position = 0;  // of the first wrong character, for kCharacter
};

// Writes the bytes that `text` stands for to `out`, where there is room for 3 bytes of every 4
// characters.
Base64Result DecodeBase64(std::string_view text, char* out);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_BASE64_H_
