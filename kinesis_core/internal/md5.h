// MD5 (RFC 1321), for spreading partition keys as Kinesis does. Not for anything that needs a
// secure hash.

#ifndef KINESIS_CORE_INTERNAL_MD5_H_
#define KINESIS_CORE_INTERNAL_MD5_H_

#include <compare>
#include <cstdint>
#include <string_view>

namespace kinesis::internal {

// The 16 bytes of a digest, read as a big-endian number: the first byte is the top of `high`.
struct Md5Digest {
  uint64_t high = 0;
  uint64_t low = 0;

  friend constexpr auto operator<=>(const Md5Digest&, const Md5Digest&) = default;
};

// The digest of `message`. A pure function: thread-safe, no allocation. One compression per 64
// bytes; a message of up to 55 bytes, as nearly every partition key is, takes a single one.
Md5Digest Md5(std::string_view message);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_MD5_H_
