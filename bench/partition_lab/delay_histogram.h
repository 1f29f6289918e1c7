// DelayHistogram: quantiles of any number of delays in constant memory, each at most 1/32 too high.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_DELAY_HISTOGRAM_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_DELAY_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class DelayHistogram {
 public:
  DelayHistogram();

  void Add(uint64_t delay_ns);

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  // The smallest delay that the share `quantile` of all does not exceed; 0 if there are none.
  // Delays below 32 ns and the maximum are exact.
  uint64_t Quantile(double quantile) const;

 private:
  static size_t BucketOf(uint64_t delay_ns);
  static uint64_t LastOf(size_t bucket);

  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_DELAY_HISTOGRAM_H_
