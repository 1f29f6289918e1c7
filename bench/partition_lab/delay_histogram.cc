#include "kinesis_core/lab/delay_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kinesis::lab {
namespace {

// Each power of two is cut into 2^kBits buckets of the same width.
constexpr int kBits = 10;
constexpr uint64_t kSteps = uint64_t{1} << kBits;

}  // namespace

void DelayHistogram::Add(uint64_t delay_ns) {
  ++count_;
  max_ = std::max(max_, delay_ns);
  if (delay_ns == 0) {
    ++zeros_;
  } else if (!buckets_.empty()) {
    ++buckets_[BucketOf(delay_ns)];
  } else {
    delays_.push_back(delay_ns);
    if (delays_.size() > exact_max_) UseBuckets();
  }
}

void DelayHistogram::UseBuckets() {
  buckets_.resize((65 - kBits) * kSteps);
  for (const uint64_t delay : delays_) ++buckets_[BucketOf(delay)];
  std::vector<uint64_t>().swap(delays_);
}

uint64_t DelayHistogram::Quantile(double quantile) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_)));
  const uint64_t rank = std::clamp<uint64_t>(wanted, 1, count_);
  if (rank <= zeros_) return 0;
  if (exact()) {
    std::vector<uint64_t> delays = delays_;
    const auto nth = delays.begin() + static_cast<std::ptrdiff_t>(rank - zeros_ - 1);
    std::nth_element(delays.begin(), nth, delays.end());
    return *nth;
  }
  uint64_t seen = zeros_;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return std::min(LastOf(bucket), max_);
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
