#include "bench/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace kinesis::bench {

uint64_t LatencyHistogram::LargestOf(size_t bucket) {
  if (bucket < 2 * kSteps) return bucket;
  // The inverse of BucketOf: the mantissa is kSteps .. 2 * kSteps - 1.
  const size_t shift = bucket / kSteps - 1;
  const uint64_t mantissa = bucket % kSteps + kSteps;
  return ((mantissa + 1) << shift) - 1;
}

uint64_t LatencyHistogram::Quantile(double q) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_)));
  uint64_t left = std::clamp<uint64_t>(rank, 1, count_);
  size_t bucket = 0;
  while (counts_[bucket] < left) left -= counts_[bucket++];
  return LargestOf(bucket);
}

}  // namespace kinesis::bench
