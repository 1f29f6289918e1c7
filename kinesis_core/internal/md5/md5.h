// MD5 (RFC 1321), for spreading partition keys as Kinesis does. Not for anything that needs a
// secure hash. For many messages at once see md5_batch.h.

#ifndef KINESIS_CORE_INTERNAL_MD5_MD5_H_
#define KINESIS_CORE_INTERNAL_MD5_MD5_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kinesis_core/hash_key.h"

namespace kinesis::internal {

// The digest of `message`, its first byte at the top of the number. A pure function: thread-safe,
// no allocation. One compression per 64 bytes; a message of up to 55 bytes, as nearly every
// partition key is, takes a single one.
HashKey Md5(std::string_view message);

// The rest of Md5(message) from its block `first_block` on, given the four words of the state
// before that block.
HashKey Md5Resume(std::string_view message, size_t first_block, const uint32_t* state);

// The digest that ends in the four words of `state`: their bytes, low ones first.
inline HashKey Md5StateToHashKey(const uint32_t* state) {
  return HashKey::FromHalves(__builtin_bswap64(uint64_t{state[1]} << 32 | state[0]),
                             __builtin_bswap64(uint64_t{state[3]} << 32 | state[2]));
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_MD5_MD5_H_
