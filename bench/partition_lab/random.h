// Random: seeded pseudo-random numbers that are the same on every machine and compiler, which the
// standard library's distributions are not. The generator is SplitMix64 (Steele, Lea and Flood,
// OOPSLA 2014).
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_RANDOM_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_RANDOM_H_

#include <cassert>
#include <cstdint>

#include "absl/numeric/int128.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time. A value: a copy continues like the original.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // Uniform over all 64-bit numbers.
  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // Uniform over 0 .. bound-1, exactly: numbers that would favour some results are drawn again
  // (Lemire, ACM TOMACS 2019). Requires: bound > 0.
  uint64_t Below(uint64_t bound) {
    assert(bound > 0);
    for (;;) {
      const absl::uint128 product = absl::uint128(Next()) * bound;
      if (absl::Uint128Low64(product) >= (0 - bound) % bound) return absl::Uint128High64(product);
    }
  }

  // Uniform over [0, 1), in steps of 2^-53.
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_RANDOM_H_
