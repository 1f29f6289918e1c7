// ZipfSampler: draws rank k of 1 .. n with probability k^-s / H(n,s), H(n,s) being the sum of all
// k^-s. Exact for any n, in constant time and memory: there is no table of probabilities.
//
// Method: rejection-inversion (Hoermann and Derflinger, "Rejection-inversion to generate variates
// from monotone discrete distributions", ACM TOMACS 6(3), 1996). The area under x^-s between
// k - 1/2 and k + 1/2 is inverted, and a draw is refused as far as that area exceeds k^-s. Fewer
// than one draw in five is refused.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_ZIPF_SAMPLER_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_ZIPF_SAMPLER_H_

#include <cstdint>

#include "kinesis_core/lab/random.h"

namespace kinesis::lab {

// Immutable, so thread-safe; the randomness is the caller's.
class ZipfSampler {
 public:
  // Requires: ranks >= 1 and exponent > 0.
  ZipfSampler(uint64_t ranks, double exponent);

  uint64_t Sample(Random& random) const;

 private:
  double Density(double x) const;
  // The integral of the density from 1 to x, and its inverse.
  double Integral(double x) const;
  double InverseIntegral(double y) const;

  uint64_t ranks_;
  double exponent_;
  double area_begin_;
  double area_end_;
  double accept_width_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_ZIPF_SAMPLER_H_
