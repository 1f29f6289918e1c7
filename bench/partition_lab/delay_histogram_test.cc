#include "bench/partition_lab/delay_histogram.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "bench/partition_lab/random.h"
#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

TEST(DelayHistogramTest, WithoutDelaysEveryQuantileIsZero) {
  EXPECT_EQ(DelayHistogram().Quantile(0.5), 0u);
}

TEST(DelayHistogramTest, SmallDelaysAreExact) {
  DelayHistogram histogram;
  for (uint64_t i = 1; i <= 20; ++i) histogram.Add(i);
  EXPECT_EQ(histogram.Quantile(0.5), 10u);
  EXPECT_EQ(histogram.Quantile(0.95), 19u);
  EXPECT_EQ(histogram.Quantile(1), 20u);
  EXPECT_EQ(histogram.Quantile(0), 1u);
}

TEST(DelayHistogramTest, AQuantileIsNeverTooLowAndAtMostAThirtySecondTooHigh) {
  DelayHistogram histogram;
  std::vector<uint64_t> delays;
  Random random(9);
  for (int i = 0; i < 10'000; ++i) {
    delays.push_back(random.Next() >> random.Below(64));
    histogram.Add(delays.back());
  }
  std::sort(delays.begin(), delays.end());
  for (const double quantile : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const uint64_t exact = delays[static_cast<size_t>(quantile * 10'000) - 1];
    EXPECT_GE(histogram.Quantile(quantile), exact);
    EXPECT_LE(histogram.Quantile(quantile) - exact, exact / 32) << quantile;
  }
  EXPECT_EQ(histogram.Quantile(1), delays.back());
}

TEST(DelayHistogramTest, TheLongestDelayFits) {
  DelayHistogram histogram;
  histogram.Add(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(histogram.Quantile(0.5), std::numeric_limits<uint64_t>::max());
}

}  // namespace
}  // namespace kinesis::lab
