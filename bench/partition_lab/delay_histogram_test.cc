#include "kinesis_core/lab/delay_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/lab/random.h"

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

std::vector<uint64_t> RandomDelays(size_t count) {
  std::vector<uint64_t> delays;
  Random random(9);
  for (size_t i = 0; i < count; ++i) {
    delays.push_back(random.Below(3) == 0 ? 0 : random.Next() >> random.Below(64));
  }
  return delays;
}

uint64_t QuantileOfSorted(const std::vector<uint64_t>& delays, double quantile) {
  const double rank = std::ceil(quantile * static_cast<double>(delays.size()));
  return delays[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

TEST(DelayHistogramTest, UpToItsMemoryEveryQuantileIsThatOfTheSortedDelays) {
  std::vector<uint64_t> delays = RandomDelays(10'007);
  DelayHistogram histogram;
  for (const uint64_t delay : delays) histogram.Add(delay);
  std::sort(delays.begin(), delays.end());
  EXPECT_TRUE(histogram.exact());
  for (const double quantile : {0.0, 0.01, 0.3, 0.34, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    EXPECT_EQ(histogram.Quantile(quantile), QuantileOfSorted(delays, quantile)) << quantile;
  }
}

TEST(DelayHistogramTest, BeyondItsMemoryAQuantileIsNeverTooLowAndAtMostAThousandthTooHigh) {
  std::vector<uint64_t> delays = RandomDelays(10'007);
  DelayHistogram histogram(/*exact_max=*/1'000);
  for (const uint64_t delay : delays) histogram.Add(delay);
  std::sort(delays.begin(), delays.end());
  EXPECT_FALSE(histogram.exact());
  for (const double quantile : {0.01, 0.1, 0.34, 0.5, 0.9, 0.99, 0.999}) {
    const uint64_t exact = QuantileOfSorted(delays, quantile);
    EXPECT_GE(histogram.Quantile(quantile), exact);
    EXPECT_LE(histogram.Quantile(quantile) - exact, exact / 1'024) << quantile;
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
