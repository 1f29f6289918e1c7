#include "kinesis_core/lab/aggregation.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMillisecond;

// `rate` records of `bytes` bytes a second for a minute, on one shard.
AggregationReport PackEvenly(int64_t rate, uint64_t bytes) {
  Aggregation aggregation(1, {}, {}, 60 * kSecond);
  for (int64_t i = 0; i < 60 * rate; ++i) aggregation.Add(0, i * kSecond / rate, bytes);
  return aggregation.Finish();
}

TEST(AggregationTest, PacksAreSentWhenTheirFirstRecordHasWaitedLongEnough) {
  // 1,000 a second: the first one and those of the next 100 ms.
  const AggregationReport report = PackEvenly(1'000, 100);
  EXPECT_EQ(report.records, 60'000u / 101 + 1);
  EXPECT_EQ(report.bytes, 60'000u * 108 + report.records * 20);
  EXPECT_EQ(report.put_units, report.records);  // of 10,928 bytes
  EXPECT_EQ(report.over_capacity_share, 0);
}

TEST(AggregationTest, PacksAreSentWhenTheNextRecordWouldNotFit) {
  // 511 of 100 bytes would be 51,120 and 51,100 + ... : 473 of 108 bytes fit into 51,180.
  const AggregationReport report = PackEvenly(10'000, 100);
  EXPECT_EQ(report.records, 600'000u / 473 + 1);
}

TEST(AggregationTest, ThenBytesAreTheLimit) {
  // 10,000 records a second of 100 bytes are ten times a shard's records, and as packs 1.03 MiB.
  const AggregationReport report = PackEvenly(10'000, 100);
  const double rate = static_cast<double>(report.bytes) / 60;
  EXPECT_GT(rate, 1'048'576);
  EXPECT_NEAR(report.over_capacity_share, 1 - 1'048'576 / rate, 0.002);
}

TEST(AggregationTest, ARecordAloneIsSentAsItIs) {
  const AggregationReport report = PackEvenly(5, 100);
  EXPECT_EQ(report.records, 300u);
  EXPECT_EQ(report.bytes, 30'000u);
}

}  // namespace
}  // namespace kinesis::lab
