#include "kinesis_core/lab/load_stats.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::lab {
namespace {

using Loads = std::vector<uint64_t>;

TEST(LoadStatsTest, EqualLoadsAreSpreadPerfectly) {
  const LoadStats stats = ComputeLoadStats(Loads{5, 5, 5, 5});
  EXPECT_EQ(stats.total, 20u);
  EXPECT_DOUBLE_EQ(stats.mean, 5);
  EXPECT_DOUBLE_EQ(stats.max_over_mean, 1);
  EXPECT_DOUBLE_EQ(stats.coefficient_of_variation, 0);
  EXPECT_DOUBLE_EQ(stats.gini, 0);
  EXPECT_DOUBLE_EQ(stats.hottest_share, 0.25);
  EXPECT_EQ(stats.idle, 0u);
}

TEST(LoadStatsTest, AllOnOneOfNShardsIsTheWorstOfEachMeasure) {
  const LoadStats stats = ComputeLoadStats(Loads{0, 0, 12, 0});
  EXPECT_DOUBLE_EQ(stats.max_over_mean, 4);
  EXPECT_DOUBLE_EQ(stats.gini, 0.75);                              // 1 - 1/n
  EXPECT_DOUBLE_EQ(stats.coefficient_of_variation, std::sqrt(3));  // sqrt(n - 1)
  EXPECT_EQ(stats.hottest, 2u);
  EXPECT_EQ(stats.idle, 3u);
}

TEST(LoadStatsTest, TheGiniOfOneToNIsNMinusOneOverThreeN) {
  Loads loads;
  for (uint64_t i = 1; i <= 100; ++i) loads.push_back(i);
  EXPECT_NEAR(ComputeLoadStats(loads).gini, 99.0 / 300, 1e-12);
}

TEST(LoadStatsTest, SmallVectorsByHand) {
  // Mean 4; differences -3, -1, 4; sum of squares 26; pairs differ by 2, 7 and 5.
  const LoadStats stats = ComputeLoadStats(Loads{1, 3, 8});
  EXPECT_DOUBLE_EQ(stats.coefficient_of_variation, std::sqrt(26.0 / 3) / 4);
  EXPECT_DOUBLE_EQ(stats.gini, (2.0 + 7 + 5) * 2 / (2 * 9 * 4));
}

TEST(LoadStatsTest, NoLoadAtAllIsASpreadWithoutFault) {
  const LoadStats stats = ComputeLoadStats(Loads{0, 0});
  EXPECT_DOUBLE_EQ(stats.max_over_mean, 1);
  EXPECT_DOUBLE_EQ(stats.gini, 0);
  EXPECT_EQ(stats.idle, 2u);
}

TEST(LoadStatsTest, TheLorenzCurveRisesFromZeroToOneAndItsAreaGivesTheGini) {
  const Loads loads = {8, 1, 3};
  const std::vector<double> curve = LorenzCurve(loads);
  EXPECT_EQ(curve, (std::vector<double>{0, 1.0 / 12, 4.0 / 12, 1}));
  // Twice the area between the curve and the diagonal, by trapezoids.
  double area = 0;
  for (size_t i = 1; i < curve.size(); ++i) area += (curve[i - 1] + curve[i]) / 2 / 3;
  EXPECT_NEAR(1 - 2 * area, ComputeLoadStats(loads).gini, 1e-12);
}

// Distinct keys under a good hash are balls thrown into bins at random.
Loads ThrowBalls(int balls, int64_t bins) {
  const ShardMap map = UniformMap(bins);
  Loads loads(static_cast<size_t>(bins));
  for (int i = 0; i < balls; ++i) ++loads[map.IndexOf(Md5HashKey("ball-" + std::to_string(i)))];
  return loads;
}

TEST(BallsInBinsTest, ThrowingNBallsLeavesTheExpectedShareOfBinsEmpty) {
  constexpr int kBins = 10'000;
  const LoadStats stats = ComputeLoadStats(ThrowBalls(kBins, kBins));
  // (1 - 1/n)^n of n; the variance is n (1/e - 2/e^2) (Johnson and Kotz, Urn Models, 1977).
  const double expected = kBins * std::pow(1 - 1.0 / kBins, kBins);
  const double deviation = std::sqrt(kBins * (std::exp(-1) - 2 * std::exp(-2)));
  EXPECT_NEAR(static_cast<double>(stats.idle), expected, 5 * deviation);
}

TEST(BallsInBinsTest, TheSpreadOfManyBallsIsThatOfTheMultinomialDistribution) {
  constexpr int kBins = 1'000;
  constexpr int kBalls = 200'000;
  const LoadStats stats = ComputeLoadStats(ThrowBalls(kBalls, kBins));
  // The variance of a bin is m/n (1 - 1/n); the relative error of the estimate is 1/sqrt(2n).
  const double expected = std::sqrt((1 - 1.0 / kBins) * kBins / kBalls);
  EXPECT_NEAR(stats.coefficient_of_variation, expected, expected * 5 / std::sqrt(2.0 * kBins));
  // The maximum is about mean + sqrt(2 mean ln n) (Raab and Steger, RANDOM 1998), a little less
  // for finite n.
  const double mean = 1.0 * kBalls / kBins;
  const double maximum = mean + std::sqrt(2 * mean * std::log(kBins));
  EXPECT_NEAR(stats.max_over_mean * mean, maximum, 0.06 * mean);
}

}  // namespace
}  // namespace kinesis::lab
