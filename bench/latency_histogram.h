// LatencyHistogram: quantiles of many durations in little memory.
//
//   LatencyHistogram latencies;
//   latencies.Record(740);
//   latencies.Quantile(0.999);  // nanoseconds
#ifndef KINESIS_CORE_BENCH_LATENCY_HISTOGRAM_H_
#define KINESIS_CORE_BENCH_LATENCY_HISTOGRAM_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace kinesis::bench {

// Counts durations in buckets that are exact below 128 ns and at most 1/64 wide above. Recording
// costs a few instructions and never allocates. 30 KiB.
//
// Thread-compatible: const operations may run concurrently, others need outside synchronization.
class LatencyHistogram {
 public:
  // Counts one duration in nanoseconds.
  void Record(uint64_t ns) {
    ++counts_[BucketOf(ns)];
    ++count_;
  }

  uint64_t count() const { return count_; }

  // The largest duration of the bucket below or in which a part `q` of all durations are, in
  // [0, 1]: so it is never below the true quantile, and less than 1/64 above it. 0 if nothing was
  // recorded.
  uint64_t Quantile(double q) const;

 private:
  static constexpr int kStepBits = 6;  // 64 buckets for each power of two
  static constexpr size_t kSteps = size_t{1} << kStepBits;
  static constexpr size_t kBuckets = (64 - kStepBits + 1) * kSteps;

  static size_t BucketOf(uint64_t ns) {
    if (ns < kSteps) return ns;
    const int shift = 63 - __builtin_clzll(ns) - kStepBits;
    return static_cast<size_t>(shift) * kSteps + static_cast<size_t>(ns >> shift);
  }
  static uint64_t LargestOf(size_t bucket);

  std::array<uint64_t, kBuckets> counts_{};
  uint64_t count_ = 0;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_LATENCY_HISTOGRAM_H_
