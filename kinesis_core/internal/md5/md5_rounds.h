// The 64 steps of MD5 (RFC 1321, 3.4), written once for a word of any width: a uint32_t takes one
// message, a vector of N uint32_t (GCC's vector extension) takes N messages at a time.
//
// Files compiled for a newer processor than the rest include this. So that no code of theirs is
// ever shared with the rest, everything here is inlined by force or constant, and nothing of the
// standard library is called: the linker keeps one copy of a function for all files, and a copy
// compiled for the newer processor would stop the others.

#ifndef KINESIS_CORE_INTERNAL_MD5_MD5_ROUNDS_H_
#define KINESIS_CORE_INTERNAL_MD5_MD5_ROUNDS_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace kinesis::internal {

inline constexpr size_t kMd5BlockBytes = 64;
inline constexpr size_t kMd5BlockWords = 16;
inline constexpr size_t kMd5StateWords = 4;
inline constexpr size_t kMd5Steps = 64;

inline constexpr uint32_t kMd5InitialState[kMd5StateWords] = {0x67452301, 0xefcdab89, 0x98badcfe,
                                                              0x10325476};

// The integer part of 2^32 * abs(sin(i + 1)).
inline constexpr uint32_t kMd5Sines[kMd5Steps] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

// How far step i of round r rotates: [r][i mod 4].
inline constexpr int kMd5Rotations[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// In round r, step i reads the message word (multiplier[r] * i + offset[r]) mod 16.
inline constexpr size_t kMd5WordMultipliers[4] = {1, 5, 3, 7};
inline constexpr size_t kMd5WordOffsets[4] = {0, 1, 5, 0};

// Step `kStep`. A constant, so that the indices into `state` are too and `state` lives in
// registers: instead of moving the four words along after each step, step i finds its "a" at -i
// mod 4. `block` is four quarters of four words.
//
// One digest is one chain of dependent operations, through `b`, the word computed last. So what
// does not depend on `b` is added up first; and round 2 adds its two disjoint halves, one of them
// free of `b`, where the RFC or-s them. In round 4 a scalar is at its shortest as the RFC has it; a
// vector, whose waits other chains fill, saves an operation by subtracting the complement.
template <size_t kStep, typename Word>
[[gnu::always_inline]] inline void Md5Step(Word (&state)[kMd5StateWords],
                                           const Word (&block)[4][4]) {
  constexpr size_t kRound = kStep / 16;
  constexpr int kRotation = kMd5Rotations[kRound][kStep % 4];
  constexpr size_t kWord = (kMd5WordMultipliers[kRound] * kStep + kMd5WordOffsets[kRound]) % 16;
  Word& a = state[(64 - kStep) % 4];
  const Word& b = state[(65 - kStep) % 4];
  const Word& c = state[(66 - kStep) % 4];
  const Word& d = state[(67 - kStep) % 4];
  Word sum = a + kMd5Sines[kStep] + block[kWord / 4][kWord % 4];
  if constexpr (kRound == 0) {
    sum += d ^ (b & (c ^ d));
  } else if constexpr (kRound == 1) {
    sum = sum + (c & ~d) + (b & d);
  } else if constexpr (kRound == 2) {
    sum += b ^ (c ^ d);
  } else if constexpr (std::is_same_v<Word, uint32_t>) {
    sum += c ^ (b | ~d);
  } else {
    sum = sum - 1 - (c ^ (~b & d));
  }
  a = b + (sum << kRotation | sum >> (32 - kRotation));
}

// Step `kStep` of each chain in turn: a processor works on all of them at once.
template <size_t kStep, typename Word, size_t kChains, size_t... kChain>
[[gnu::always_inline]] inline void Md5StepOfEach(Word (&states)[kChains][kMd5StateWords],
                                                 const Word (&blocks)[kChains][4][4],
                                                 std::index_sequence<kChain...> /*chains*/) {
  (Md5Step<kStep>(states[kChain], blocks[kChain]), ...);
}

template <typename Word, size_t kChains, size_t... kStep>
[[gnu::always_inline]] inline void Md5StepsOfEach(Word (&states)[kChains][kMd5StateWords],
                                                  const Word (&blocks)[kChains][4][4],
                                                  std::index_sequence<kStep...> /*steps*/) {
  (Md5StepOfEach<kStep>(states, blocks, std::make_index_sequence<kChains>()), ...);
}

// Folds one block into each of `kChains` independent states. Words are numbers, not bytes.
template <typename Word, size_t kChains>
[[gnu::always_inline]] inline void Md5Compress(Word (&states)[kChains][kMd5StateWords],
                                               const Word (&blocks)[kChains][4][4]) {
  Word before[kChains][kMd5StateWords];
#pragma GCC unroll 4
  for (size_t chain = 0; chain < kChains; ++chain) {
#pragma GCC unroll 4
    for (size_t i = 0; i < kMd5StateWords; ++i) before[chain][i] = states[chain][i];
  }
  Md5StepsOfEach(states, blocks, std::make_index_sequence<kMd5Steps>());
#pragma GCC unroll 4
  for (size_t chain = 0; chain < kChains; ++chain) {
#pragma GCC unroll 4
    for (size_t i = 0; i < kMd5StateWords; ++i) states[chain][i] += before[chain][i];
  }
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_MD5_MD5_ROUNDS_H_
