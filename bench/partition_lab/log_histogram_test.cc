#include "kinesis_core/lab/log_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

TEST(LogHistogramTest, HasNoQuantileBeforeTheFirstValue) {
  EXPECT_EQ(LogHistogram<6>().Quantile(0.5), 0u);
}

TEST(LogHistogramTest, IsExactBelowTwiceItsSteps) {
  LogHistogram<6> histogram;
  for (uint64_t ns = 1; ns <= 100; ++ns) histogram.Add(ns);
  EXPECT_EQ(histogram.Quantile(0), 1u);
  EXPECT_EQ(histogram.Quantile(0.5), 50u);
  EXPECT_EQ(histogram.Quantile(0.99), 99u);
  EXPECT_EQ(histogram.Quantile(1), 100u);
}

TEST(LogHistogramTest, OneOutlierIsTheMaximumAndNothingElse) {
  LogHistogram<6> histogram;
  for (int i = 0; i < 999; ++i) histogram.Add(10);
  histogram.Add(1'000'000);
  EXPECT_EQ(histogram.Quantile(0.999), 10u);
  EXPECT_GE(histogram.Quantile(1), 1'000'000u);
  EXPECT_EQ(histogram.count(), 1000u);
}

TEST(LogHistogramTest, AValueCanBeCountedManyTimesAtOnce) {
  LogHistogram<6> histogram;
  histogram.Add(10, 999);
  histogram.Add(20);
  EXPECT_EQ(histogram.count(), 1000u);
  EXPECT_EQ(histogram.Quantile(0.999), 10u);
  EXPECT_EQ(histogram.Quantile(1), 20u);
}

TEST(LogHistogramTest, TakesTheWholeRange) {
  LogHistogram<6> histogram;
  histogram.Add(0);
  histogram.Add(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(histogram.Quantile(0.5), 0u);
  EXPECT_EQ(histogram.Quantile(1), std::numeric_limits<uint64_t>::max());
}

TEST(LogHistogramTest, IsLessThanOnePart64AboveTheSortedList) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> all;
  LogHistogram<6> histogram;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(random() >> (random() % 60));
    histogram.Add(all.back());
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
}  // namespace kinesis::lab
