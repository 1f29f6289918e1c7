#include "bench/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace kinesis::bench {
namespace {

TEST(LatencyHistogramTest, HasNoQuantileBeforeTheFirstDuration) {
  EXPECT_EQ(LatencyHistogram().Quantile(0.5), 0u);
}

TEST(LatencyHistogramTest, IsExactBelow128Nanoseconds) {
  LatencyHistogram histogram;
  for (uint64_t ns = 1; ns <= 100; ++ns) histogram.Record(ns);
  EXPECT_EQ(histogram.Quantile(0), 1u);
  EXPECT_EQ(histogram.Quantile(0.5), 50u);
  EXPECT_EQ(histogram.Quantile(0.99), 99u);
  EXPECT_EQ(histogram.Quantile(1), 100u);
}

TEST(LatencyHistogramTest, OneOutlierIsTheMaximumAndNothingElse) {
  LatencyHistogram histogram;
  for (int i = 0; i < 999; ++i) histogram.Record(10);
  histogram.Record(1'000'000);
  EXPECT_EQ(histogram.Quantile(0.999), 10u);
  EXPECT_GE(histogram.Quantile(1), 1'000'000u);
  EXPECT_EQ(histogram.count(), 1000u);
}

TEST(LatencyHistogramTest, TakesTheWholeRange) {
  LatencyHistogram histogram;
  histogram.Record(0);
  histogram.Record(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(histogram.Quantile(0.5), 0u);
  EXPECT_EQ(histogram.Quantile(1), std::numeric_limits<uint64_t>::max());
}

TEST(LatencyHistogramTest, IsLessThanOnePart64AboveTheSortedList) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> all;
  LatencyHistogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(random() >> (random() % 60));
    histogram.Record(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double q : {0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(all.size())));
    const uint64_t exact = all[rank - 1];
    EXPECT_GE(histogram.Quantile(q), exact) << q;
    EXPECT_LE(histogram.Quantile(q) - exact, exact / 64) << q;
  }
}

}  // namespace
}  // namespace kinesis::bench
