// Text that only its maker can have made: what shard iterators and pagination tokens are.
//
// The text is base64 of
//
//   bytes   0..7    00 00 00 00 00 00 00 01, the version, as in the service's own tokens, whose
//                   length is 8 + 16 n bytes as well
//           8..n-17 the body, filled up to a multiple of 16 bytes by 1 to 16 bytes, each of which
//                   says how many these are
//        n-16..n-1  a keyed hash of all before, twice SipHash under the two keys
//
// and has exactly one form: what is not the encoding of its own decoding was not sealed here.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_SEALED_TEXT_H_
#define KINESIS_CORE_API_INTERNAL_SEALED_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/internal/siphash.h"

namespace kinesis::api::internal {

struct SealKey {
  SipKey first;
  SipKey second;

  // A key that anybody who knows the seed can make again.
  static SealKey FromSeed(uint64_t seed);

  friend bool operator==(const SealKey&, const SealKey&) = default;
};

std::string Seal(const SealKey& key, std::string_view body);

// The body; nothing unless Seal made `text` with this key.
std::optional<std::string> Unseal(const SealKey& key, std::string_view text);

// --- Numbers in a body, little-endian.
void AppendNumber(uint64_t number, std::string* body);
// Takes a number from the front; nothing if the body is too short.
std::optional<uint64_t> TakeNumber(std::string_view* body);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SEALED_TEXT_H_
