#include "kinesis_core/internal/md5.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace kinesis::internal {
namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kLengthOffset = 56;  // The last 8 bytes of the last block hold the length in bits.
constexpr size_t kSteps = 64;

using State = std::array<uint32_t, 4>;

constexpr State kInitialState = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

// RFC 1321, 3.4: the integer part of 2^32 * abs(sin(i + 1)).
constexpr std::array<uint32_t, kSteps> kSines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

constexpr std::array<std::array<int, 4>, 4> kRotations = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

// The message word that step `i` reads.
constexpr size_t WordOfStep(size_t i) {
  switch (i / 16) {
    case 0:
      return i;
    case 1:
      return (5 * i + 1) % 16;
    case 2:
      return (3 * i + 5) % 16;
    default:
      return (7 * i) % 16;
  }
}

// These two are written byte by byte so that they mean the same on every machine; compilers turn
// each into a single load or swap.
inline uint32_t LoadLittleEndian32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
         uint32_t{bytes[3]} << 24;
}

inline uint32_t SwapBytes(uint32_t x) {
  return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

// One step. `kStep` is a constant so that the indices into `s` are too, and `s` lives in registers:
// instead of moving the four words along after every step, step i finds its "a" at index -i mod 4.
//
// A digest is one chain of dependent operations, so its length is what counts. Everything that does
// not depend on `b`, the word computed last, is added up outside the chain; and round 1 adds its
// two disjoint halves instead of or-ing them, which leaves only one of the two on the chain.
template <size_t kStep>
[[gnu::always_inline]] inline void Step(State& s, const std::array<uint32_t, 16>& words) {
  constexpr size_t kRound = kStep / 16;
  uint32_t& a = s[(64 - kStep) % 4];
  const uint32_t b = s[(65 - kStep) % 4];
  const uint32_t c = s[(66 - kStep) % 4];
  const uint32_t d = s[(67 - kStep) % 4];
  const uint32_t off_chain = a + kSines[kStep] + words[WordOfStep(kStep)];
  uint32_t sum;
  if constexpr (kRound == 0) {
    sum = off_chain + (d ^ (b & (c ^ d)));
  } else if constexpr (kRound == 1) {
    sum = off_chain + (c & ~d) + (b & d);
  } else if constexpr (kRound == 2) {
    sum = off_chain + (b ^ (c ^ d));
  } else {
    sum = off_chain + (c ^ (b | ~d));
  }
  a = b + std::rotl(sum, kRotations[kRound][kStep % 4]);
}

template <size_t... kStep>
[[gnu::always_inline]] inline void AllSteps(State& s, const std::array<uint32_t, 16>& words,
                                            std::index_sequence<kStep...>) {
  (Step<kStep>(s, words), ...);
}

// RFC 1321, 3.4: folds one block of 64 bytes into the state.
inline State Compress(const State& state, const uint8_t* block) {
  std::array<uint32_t, 16> words;
  for (size_t i = 0; i < words.size(); ++i) words[i] = LoadLittleEndian32(block + 4 * i);
  State next = state;
  AllSteps(next, words, std::make_index_sequence<kSteps>());
  for (size_t i = 0; i < state.size(); ++i) next[i] += state[i];
  return next;
}

// RFC 1321, 3.1 and 3.2: what is left of the message, a one bit, zeros, and the length in bits.
State CompressTail(State state, std::string_view tail, uint64_t message_bytes) {
  std::array<uint8_t, kBlockBytes> block = {};
  if (!tail.empty()) std::memcpy(block.data(), tail.data(), tail.size());
  block[tail.size()] = 0x80;
  if (tail.size() >= kLengthOffset) {
    state = Compress(state, block.data());
    block = {};
  }
  for (size_t i = 0; i < 8; ++i) {
    block[kLengthOffset + i] = static_cast<uint8_t>(message_bytes << 3 >> (8 * i));
  }
  return Compress(state, block.data());
}

}  // namespace

Md5Digest Md5(std::string_view message) {
  State state = kInitialState;
  std::string_view rest = message;
  for (; rest.size() >= kBlockBytes; rest.remove_prefix(kBlockBytes)) {
    state = Compress(state, reinterpret_cast<const uint8_t*>(rest.data()));
  }
  state = CompressTail(state, rest, message.size());
  // The digest is the four words with their low bytes first; as a big-endian number, swapped words.
  return {uint64_t{SwapBytes(state[0])} << 32 | SwapBytes(state[1]),
          uint64_t{SwapBytes(state[2])} << 32 | SwapBytes(state[3])};
}

}  // namespace kinesis::internal
