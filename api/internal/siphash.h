// SipHash-2-4: a keyed hash that cannot be forged without the key (Aumasson and Bernstein, 2012).
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_SIPHASH_H_
#define KINESIS_CORE_API_INTERNAL_SIPHASH_H_

#include <cstdint>
#include <string_view>

namespace kinesis::api::internal {

// The key is 16 bytes, the first of which are the lowest of `low`.
struct SipKey {
  uint64_t low = 0;
  uint64_t high = 0;

  friend bool operator==(const SipKey&, const SipKey&) = default;
};

uint64_t SipHash(const SipKey& key, std::string_view bytes);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SIPHASH_H_
