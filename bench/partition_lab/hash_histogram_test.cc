#include "kinesis_core/lab/hash_histogram.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/random.h"

namespace kinesis::lab {
namespace {

TEST(HashHistogramTest, HasOnePointForEachHashKeyInOrder) {
  HashHistogram histogram(1 << 20);
  const HashKey low = HashKey::FromHalves(1, 2);
  const HashKey high = HashKey::FromHalves(3, 0);
  histogram.Add(high, 5);
  histogram.Add(low, 7);
  histogram.Add(high, 6);
  EXPECT_TRUE(histogram.is_exact());
  const std::vector<LoadPoint> points = histogram.Points();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].keys.start(), low);
  EXPECT_EQ(points[0].keys.end(), low);
  EXPECT_EQ(points[0].records, 1u);
  EXPECT_EQ(points[1].records, 2u);
  EXPECT_EQ(points[1].bytes, 11u);
}

TEST(HashHistogramTest, BeyondTheBudgetItsPointsAreCellsAndNoLoadIsLost) {
  HashHistogram histogram(1 << 16);
  Random random(5);
  constexpr uint64_t kRecords = 10'000;
  for (uint64_t i = 0; i < kRecords; ++i) {
    histogram.Add(HashKey::FromHalves(random.Next(), random.Next()), i);
  }
  EXPECT_FALSE(histogram.is_exact());
  uint64_t records = 0;
  uint64_t bytes = 0;
  const std::vector<LoadPoint> points = histogram.Points();
  for (size_t i = 0; i < points.size(); ++i) {
    records += points[i].records;
    bytes += points[i].bytes;
    // A 2^20th of the space.
    ASSERT_EQ(points[i].keys.start().high() >> 44, points[i].keys.end().high() >> 44);
    if (i > 0) {
      ASSERT_GT(points[i].keys.start(), points[i - 1].keys.end());
    }
  }
  EXPECT_EQ(records, kRecords);
  EXPECT_EQ(bytes, kRecords * (kRecords - 1) / 2);
}

TEST(HashHistogramTest, TheLastCellEndsWithTheSpace) {
  HashHistogram histogram(0);
  histogram.Add(HashKey::Max(), 1);
  histogram.Add(HashKey::Min(), 1);
  const std::vector<LoadPoint> points = histogram.Points();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].keys.start(), HashKey::Min());
  EXPECT_EQ(points[1].keys.end(), HashKey::Max());
}

}  // namespace
}  // namespace kinesis::lab
