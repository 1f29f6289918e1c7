// The blocks that MD5 makes of a message: its bytes, a one bit, zeros, and its length in bits
// (RFC 1321, 3.1 and 3.2). Reads nothing outside the message. Words are assembled in registers and
// stored once: a load that overlaps two stores in flight would wait for both.

#ifndef KINESIS_CORE_INTERNAL_MD5_MD5_BLOCK_H_
#define KINESIS_CORE_INTERNAL_MD5_MD5_BLOCK_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "kinesis_core/internal/md5/md5_rounds.h"

namespace kinesis::internal {

inline constexpr size_t kMd5QuarterBytes = kMd5BlockBytes / 4;

// The number whose least significant byte is the first of `sizeof(Number)` bytes.
template <typename Number>
inline Number LoadLittleEndian(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  if constexpr (std::endian::native == std::endian::big) {
    number = sizeof number == 8 ? static_cast<Number>(__builtin_bswap64(number))
                                : static_cast<Number>(__builtin_bswap32(number));
  }
  return number;
}

// The last size % 8 bytes of a message as a number, the first of them the least significant.
inline uint64_t LoadTail(std::string_view message) {
  const size_t size = message.size();
  const size_t tail_bits = size % 8 * 8;
  const char* const end = message.data() + size;
  // Shifts out the bytes before the tail; in two shifts, since a number cannot be shifted by 64.
  if (size >= 8) return LoadLittleEndian<uint64_t>(end - 8) >> 1 >> (63 - tail_bits);
  if (size >= 4) {  // Two halves that overlap in bytes which are the same in both.
    return LoadLittleEndian<uint32_t>(end - size) | uint64_t{LoadLittleEndian<uint32_t>(end - 4)}
                                                        << (tail_bits - 32);
  }
  if (size == 0) return 0;
  // First, middle and last of 1, 2 or 3 bytes.
  return uint64_t{static_cast<uint8_t>(message[0])} |
         uint64_t{static_cast<uint8_t>(message[size / 2])} << (size / 2 * 8) |
         uint64_t{static_cast<uint8_t>(message[size - 1])} << (tail_bits - 8);
}

// Stores a quarter of a block: four words, given as two numbers with the earlier word in the lower
// half of each.
inline void StoreQuarter(void* to, uint64_t first, uint64_t second) {
  uint64_t words[2] = {first, second};
  if constexpr (std::endian::native == std::endian::big) {
    for (uint64_t& pair : words) pair = std::rotl(pair, 32);
  }
  std::memcpy(to, words, sizeof words);
}

// Stores the bytes from `from` on as `count` quarters. Returns where the next quarter goes.
inline char* StoreQuarters(const char* from, size_t count, char* to, size_t stride) {
  for (; count > 0; --count) {
    StoreQuarter(to, LoadLittleEndian<uint64_t>(from), LoadLittleEndian<uint64_t>(from + 8));
    from += kMd5QuarterBytes;
    to += stride;
  }
  return to;
}

// Stores block `index` of `message`, its quarters `stride` bytes apart from `to` on. True if it is
// the last. Requires: index is 0, or the block before it was not the last.
[[gnu::always_inline]] inline bool StoreMd5Block(std::string_view message, size_t index, char* to,
                                                 size_t stride) {
  const size_t offset = index * kMd5BlockBytes;
  const uint64_t bits = uint64_t{message.size()} * 8;
  char* const last = to + 3 * stride;
  if (message.size() >= offset) {  // Otherwise the message and the one bit are in earlier blocks.
    const char* const from = message.data() + offset;
    const size_t left = message.size() - offset;
    if (left >= kMd5BlockBytes) {
      StoreQuarters(from, 4, to, stride);
      return false;
    }
    const size_t full_quarters = left / kMd5QuarterBytes;
    to = StoreQuarters(from, full_quarters, to, stride);
    const uint64_t tail = LoadTail(message) | uint64_t{0x80} << (left % 8 * 8);
    if (left % kMd5QuarterBytes >= 8) {
      StoreQuarter(to, LoadLittleEndian<uint64_t>(from + full_quarters * kMd5QuarterBytes), tail);
      if (to == last) return false;  // No room for the length.
    } else {
      StoreQuarter(to, tail, to == last ? bits : 0);
      if (to == last) return true;
    }
    to += stride;
  }
  for (; to != last; to += stride) StoreQuarter(to, 0, 0);
  StoreQuarter(to, 0, bits);
  return true;
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_MD5_MD5_BLOCK_H_
