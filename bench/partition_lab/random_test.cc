#include "kinesis_core/lab/random.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

TEST(RandomTest, GivesThePublishedSequenceOfSplitMix64) {
  // Seed 0, as the generator's reference code (S. Vigna, splitmix64.c) prints it.
  Random random(0);
  EXPECT_EQ(random.Next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(random.Next(), 0x6e789e6aa1b965f4u);
  EXPECT_EQ(random.Next(), 0x06c45d188009454fu);
}

TEST(RandomTest, BelowGivesEveryNumberItsShare) {
  Random random(1);
  std::array<int, 7> counts = {};
  constexpr int kDraws = 70'000;
  for (int i = 0; i < kDraws; ++i) ++counts[random.Below(counts.size())];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 5 * std::sqrt(10'000.0 * 6 / 7));
}

TEST(RandomTest, UnitStaysBelowOneAndAveragesOneHalf) {
  Random random(1);
  double sum = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double unit = random.Unit();
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    sum += unit;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
}

}  // namespace
}  // namespace kinesis::lab
