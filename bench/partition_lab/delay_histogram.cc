#include "kinesis_core/lab/delay_histogram.h"

#include <algorithm>
#include <cmath>

namespace kinesis::lab {

void DelayHistogram::Add(uint64_t delay_ns) {
  ++count_;
  max_ = std::max(max_, delay_ns);
  if (buckets_ != nullptr) {
    buckets_->Add(delay_ns);
  } else if (delay_ns == 0) {
    ++zeros_;
  } else {
    delays_.push_back(delay_ns);
    if (delays_.size() > exact_max_) UseBuckets();
  }
}

void DelayHistogram::UseBuckets() {
  buckets_ = std::make_unique<Buckets>();
  buckets_->Add(0, zeros_);
  for (const uint64_t delay : delays_) buckets_->Add(delay);
  std::vector<uint64_t>().swap(delays_);
}

uint64_t DelayHistogram::Quantile(double quantile) const {
  if (count_ == 0) return 0;
  if (!exact()) return std::min(buckets_->Quantile(quantile), max_);
  const auto wanted = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_)));
  const uint64_t rank = std::clamp<uint64_t>(wanted, 1, count_);
  if (rank <= zeros_) return 0;
  std::vector<uint64_t> delays = delays_;
  const auto nth = delays.begin() + static_cast<std::ptrdiff_t>(rank - zeros_ - 1);
  std::nth_element(delays.begin(), nth, delays.end());
  return *nth;
}

}  // namespace kinesis::lab
