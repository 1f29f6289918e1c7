#include "bench/partition_lab/delay_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kinesis::lab {
namespace {

// Each power of two is cut into 2^kBits buckets of the same width.
constexpr int kBits = 5;
constexpr uint64_t kSteps = uint64_t{1} << kBits;

}  // namespace

DelayHistogram::DelayHistogram() : buckets_((65 - kBits) * kSteps) {}

void DelayHistogram::Add(uint64_t delay_ns) {
  ++buckets_[BucketOf(delay_ns)];
  ++count_;
  max_ = std::max(max_, delay_ns);
}

uint64_t DelayHistogram::Quantile(double quantile) const {
  const double rank = std::max(std::ceil(quantile * static_cast<double>(count_)), 1.0);
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (static_cast<double>(seen) >= rank) return std::min(LastOf(bucket), max_);
  }
  return max_;
}

size_t DelayHistogram::BucketOf(uint64_t delay_ns) {
  if (delay_ns < kSteps) return delay_ns;
  const int shift = static_cast<int>(std::bit_width(delay_ns)) - kBits - 1;
  return (static_cast<uint64_t>(shift) << kBits) + (delay_ns >> shift);
}

uint64_t DelayHistogram::LastOf(size_t bucket) {
  if (bucket < kSteps) return bucket;
  const uint64_t shift = (bucket >> kBits) - 1;
  const uint64_t top = bucket - (shift << kBits);
  return (top << shift) + ((uint64_t{1} << shift) - 1);
}

}  // namespace kinesis::lab
