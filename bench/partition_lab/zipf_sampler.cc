#include "kinesis_core/lab/zipf_sampler.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kinesis::lab {
namespace {

// expm1(x) / x and log1p(x) / x, continued to 1 at 0: the first terms of their series where the
// quotient would lose its digits.
double Expm1OverX(double x) {
  return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2 * (1 + x / 3);
}
double Log1pOverX(double x) {
  return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x * (1.0 / 2 - x / 3);
}

}  // namespace

ZipfSampler::ZipfSampler(uint64_t ranks, double exponent) : ranks_(ranks), exponent_(exponent) {
  assert(ranks >= 1);
  assert(exponent > 0);
  // The area of rank 1 is narrowed to its probability, so that rank 1 is never refused.
  area_begin_ = Integral(1.5) - 1;
  area_end_ = Integral(static_cast<double>(ranks) + 0.5);
  accept_width_ = 2 - InverseIntegral(Integral(2.5) - Density(2));
}

uint64_t ZipfSampler::Sample(Random& random) const {
  for (;;) {
    const double area = area_end_ + random.Unit() * (area_begin_ - area_end_);
    const double x = InverseIntegral(area);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(ranks_));
    if (rank - x <= accept_width_ || area >= Integral(rank + 0.5) - Density(rank)) {
      return static_cast<uint64_t>(rank);
    }
  }
}

double ZipfSampler::Density(double x) const { return std::exp(-exponent_ * std::log(x)); }

double ZipfSampler::Integral(double x) const {
  const double log_x = std::log(x);
  return Expm1OverX((1 - exponent_) * log_x) * log_x;
}

double ZipfSampler::InverseIntegral(double y) const {
  // The integral of an exponent above 1 has a limit, which rounding may step over.
  const double grown = std::max(y * (1 - exponent_), -1.0);
  return std::exp(Log1pOverX(grown) * y);
}

}  // namespace kinesis::lab
