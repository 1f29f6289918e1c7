// MD5 of as many messages at once as a vector has lanes, times the number of vectors interleaved:
// the template that each md5_kernel_*.cc compiles for one kind of processor.
//
// A step of MD5 waits for the step before it, so one digest leaves most of a processor idle. Each
// lane of a vector takes a message of its own, and several vectors, step by step in turn, fill each
// other's waits.
//
// The steps want the same word of all messages in one vector, but messages arrive one by one. With
// the layout of md5_kernel.h, a vector load brings the same quarter of neighbouring messages, one
// to each 16-byte unit; transposing four such vectors inside their units, without moving anything
// across units, makes of them four vectors that hold one word each. In which lane a message travels
// stays inside: its state comes out where it went in.

#ifndef KINESIS_CORE_INTERNAL_MD5_MD5_LANES_H_
#define KINESIS_CORE_INTERNAL_MD5_MD5_LANES_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "kinesis_core/internal/md5/md5_kernel.h"
#include "kinesis_core/internal/md5/md5_rounds.h"

namespace kinesis::internal {

// Lanes of a kernel that interleaves `kChains` vectors.
template <typename Vector, size_t kChains>
consteval size_t Md5Lanes() {
  static_assert(kChains * sizeof(Vector) / sizeof(uint32_t) <= kMd5LanesMax);
  return kChains * sizeof(Vector) / sizeof(uint32_t);
}

// Makes each unit of `out` of words `kFirst` and `kSecond` of the same unit of `a` and `b`:
// a[kFirst], b[kFirst], a[kSecond], b[kSecond] if `kAlternate`, else a[kFirst], a[kSecond],
// b[kFirst], b[kSecond].
template <size_t kFirst, size_t kSecond, bool kAlternate, typename Vector, size_t... kLane>
[[gnu::always_inline]] inline void ZipUnits(Vector& out, const Vector& a, const Vector& b,
                                            std::index_sequence<kLane...> /*lanes*/) {
  constexpr size_t kLanes = sizeof...(kLane);
  constexpr size_t kSecondAt = kAlternate ? 2 : 1;  // The bit of a lane that chooses kSecond, and
  constexpr size_t kBAt = kAlternate ? 1 : 2;       // the bit that chooses `b`.
  // Where a lane comes from; those of `b` are counted behind those of `a`.
  constexpr auto kFrom = [](size_t lane) consteval {
    return lane / 4 * 4 + ((lane & kSecondAt) != 0 ? kSecond : kFirst) +
           ((lane & kBAt) != 0 ? kLanes : 0);
  };
#if __has_builtin(__builtin_shufflevector)
  out = __builtin_shufflevector(a, b, kFrom(kLane)...);
#else  // g++ 11
  out = __builtin_shuffle(a, b, Vector{uint32_t{kFrom(kLane)}...});
#endif
}

// Transposes the 4 x 4 words of each unit: word j of row i becomes word i of row j.
template <typename Vector>
[[gnu::always_inline]] inline void TransposeUnits(Vector (&rows)[4]) {
  constexpr std::make_index_sequence<sizeof(Vector) / sizeof(uint32_t)> kLanes;
  Vector zipped[4];
  ZipUnits<0, 1, true>(zipped[0], rows[0], rows[1], kLanes);
  ZipUnits<2, 3, true>(zipped[1], rows[0], rows[1], kLanes);
  ZipUnits<0, 1, true>(zipped[2], rows[2], rows[3], kLanes);
  ZipUnits<2, 3, true>(zipped[3], rows[2], rows[3], kLanes);
  ZipUnits<0, 1, false>(rows[0], zipped[0], zipped[2], kLanes);
  ZipUnits<2, 3, false>(rows[1], zipped[0], zipped[2], kLanes);
  ZipUnits<0, 1, false>(rows[2], zipped[1], zipped[3], kLanes);
  ZipUnits<2, 3, false>(rows[3], zipped[1], zipped[3], kLanes);
}

// Loads the 4 x 4 words of each unit of four neighbouring vectors, transposed.
template <typename Vector>
[[gnu::always_inline]] inline void LoadUnits(Vector (&rows)[4], const void* from) {
  const auto* const bytes = static_cast<const unsigned char*>(from);
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    __builtin_memcpy(&rows[i], bytes + i * sizeof(Vector), sizeof(Vector));
  }
  TransposeUnits(rows);
}

// The inverse.
template <typename Vector>
[[gnu::always_inline]] inline void StoreUnits(void* to, Vector (&rows)[4]) {
  auto* const bytes = static_cast<unsigned char*>(to);
  TransposeUnits(rows);
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    __builtin_memcpy(bytes + i * sizeof(Vector), &rows[i], sizeof(Vector));
  }
}

// The `compress` of a kernel. `Vector` is a vector of uint32_t, of 16 bytes or a multiple. Both
// arrays may have any alignment.
template <typename Vector, size_t kChains>
[[gnu::always_inline]] inline void Md5CompressLanes(const void* blocks, void* states) {
  constexpr size_t kFourVectors = 4 * sizeof(Vector);
  const auto* const in = static_cast<const unsigned char*>(blocks);
  auto* const out = static_cast<unsigned char*>(states);
  Vector words[kChains][kMd5BlockWords / 4][4];
  Vector folded[kChains][kMd5StateWords];
#pragma GCC unroll 4
  for (size_t chain = 0; chain < kChains; ++chain) {
    LoadUnits(folded[chain], out + chain * kFourVectors);
#pragma GCC unroll 4
    for (size_t quarter = 0; quarter < 4; ++quarter) {
      LoadUnits(words[chain][quarter], in + quarter * kMd5QuarterStride + chain * kFourVectors);
    }
  }
  Md5Compress(folded, words);
#pragma GCC unroll 4
  for (size_t chain = 0; chain < kChains; ++chain) {
    StoreUnits(out + chain * kFourVectors, folded[chain]);
  }
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_MD5_MD5_LANES_H_
