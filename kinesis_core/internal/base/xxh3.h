// XXH3, the one hash of the engine besides MD5: the checksums of its files, and a partitioner.
#ifndef KINESIS_CORE_INTERNAL_BASE_XXH3_H_
#define KINESIS_CORE_INTERNAL_BASE_XXH3_H_

// The hash itself rather than calls into its library, so that a batch is one loop without calls.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace kinesis::internal {

// 64 bits, the same on every machine.
inline uint64_t Xxh3Of64Bits(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

struct Xxh3Halves {
  uint64_t high;
  uint64_t low;
};

// 128 bits with seed 0, the same on every machine.
inline Xxh3Halves Xxh3Of128Bits(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_XXH3_H_
