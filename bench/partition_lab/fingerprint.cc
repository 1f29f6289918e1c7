#include "kinesis_core/lab/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kinesis::lab {
namespace {

constexpr uint64_t kSeed = 0x6b696e657369734c;

}  // namespace

uint64_t Fingerprint(std::string_view key) {
  return XXH3_64bits_withSeed(key.data(), key.size(), kSeed);
}

}  // namespace kinesis::lab
