// DelayHistogram: quantiles of any number of delays in bounded memory. They are exact up to a
// million delays above 0; beyond that each is at most 1/1024 too high, and exact() says so.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_DELAY_HISTOGRAM_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_DELAY_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kinesis_core/lab/log_histogram.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class DelayHistogram {
 public:
  // Keeps up to `exact_max` delays above 0 one by one: 8 bytes for each.
  explicit DelayHistogram(size_t exact_max = size_t{1} << 20) : exact_max_(exact_max) {}

  void Add(uint64_t delay_ns);

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  // True if quantiles are exact. The maximum always is.
  bool exact() const { return buckets_ == nullptr; }
  // The smallest delay that the share `quantile` of all does not exceed; 0 if there are none.
  uint64_t Quantile(double quantile) const;

 private:
  using Buckets = LogHistogram<10>;

  void UseBuckets();

  const size_t exact_max_;
  uint64_t zeros_ = 0;                // while the others are few
  std::vector<uint64_t> delays_;      // above 0, likewise
  std::unique_ptr<Buckets> buckets_;  // all, once those above 0 are many
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_DELAY_HISTOGRAM_H_
