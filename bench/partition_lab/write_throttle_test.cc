#include "kinesis_core/lab/write_throttle.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;

TEST(WriteThrottleTest, AnIdleShardAcceptsASecondsWorthAtOnceAndThenOneRecordEachMillisecond) {
  WriteThrottle throttle({});
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(throttle.Accept(0, 1), 0);
  for (int i = 1; i <= 3'000; ++i) ASSERT_EQ(throttle.Accept(0, 1), i * kMillisecond);
}

TEST(WriteThrottleTest, BytesAreLimitedAsWell) {
  WriteThrottle throttle({.bytes_per_second = 1'000});
  EXPECT_EQ(throttle.Accept(0, 600), 0);
  EXPECT_EQ(throttle.Accept(0, 600), 200 * kMillisecond);
  EXPECT_EQ(throttle.Accept(0, 1'000), 1'200 * kMillisecond);
}

TEST(WriteThrottleTest, ARecordAsLargeAsASecondTakesFitsAShardThatHasBeenIdle) {
  WriteThrottle throttle({});
  EXPECT_EQ(throttle.Accept(5, uint64_t{1} << 20), 5);
  EXPECT_EQ(throttle.Accept(5, uint64_t{1} << 20), 5 + kSecond);
}

TEST(WriteThrottleTest, ALargerRecordWaitsForAFullBucketAndLeavesADebt) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  WriteThrottle throttle({});
  EXPECT_EQ(throttle.Accept(0, 10 * kMiB), 0);
  // Nine seconds of debt, and one for the next one's own bytes.
  EXPECT_EQ(throttle.Accept(0, kMiB), 10 * kSecond);
  WriteThrottle later({});
  EXPECT_TRUE(later.TryAccept(0, 10 * kMiB));
  EXPECT_FALSE(later.TryAccept(9 * kSecond, 1));
  EXPECT_FALSE(later.TryAccept(9 * kSecond + kMillisecond, 5 * kMiB));
  EXPECT_TRUE(later.TryAccept(10 * kSecond, 5 * kMiB));
  EXPECT_TRUE(later.TryAccept(24 * 3'600 * kSecond, 10 * kMiB));
}

TEST(WriteThrottleTest, WhatIsDroppedTakesNothing) {
  WriteThrottle throttle({.bytes_per_second = 1'000});
  EXPECT_TRUE(throttle.TryAccept(0, 600));
  EXPECT_FALSE(throttle.TryAccept(0, 600));
  EXPECT_TRUE(throttle.TryAccept(0, 400));
  EXPECT_FALSE(throttle.TryAccept(0, 1));
  EXPECT_TRUE(throttle.TryAccept(kMillisecond, 1));
  // Nor of the limit that it is within.
  WriteThrottle both({.records_per_second = 2, .bytes_per_second = 1'000});
  EXPECT_TRUE(both.TryAccept(0, 1'000));
  EXPECT_FALSE(both.TryAccept(0, 1));
  EXPECT_TRUE(both.TryAccept(kMillisecond, 1));
}

TEST(WriteThrottleTest, NothingIsAcceptedBeforeAWholeTokenIsThere) {
  WriteThrottle throttle({.records_per_second = 3});
  for (int i = 0; i < 3; ++i) ASSERT_EQ(throttle.Accept(0, 1), 0);
  EXPECT_EQ(throttle.Accept(0, 1), 333'333'334);
  EXPECT_EQ(throttle.Accept(0, 1), 666'666'667);
  EXPECT_EQ(throttle.Accept(0, 1), kSecond);
}

TEST(WriteThrottleTest, ARateJustWithinTheLimitIsNeverThrottledAndOneJustAboveIsInTheEnd) {
  WriteThrottle within({});
  for (int64_t i = 0; i < 50'000; ++i) {
    ASSERT_EQ(within.Accept(i * kMillisecond, 1), i * kMillisecond);
  }
  // 0.1 % too fast: the bucket of 1,000 is empty after about a million records.
  WriteThrottle above({});
  int64_t first_throttled = 0;
  for (int64_t i = 0; first_throttled == 0; ++i) {
    const int64_t arrival = i * 999'000;
    if (above.Accept(arrival, 1) > arrival) first_throttled = i;
  }
  EXPECT_NEAR(static_cast<double>(first_throttled), 999'000, 2'000);
}

TEST(WriteThrottleTest, OneThatWaitsMakesThoseBehindItWait) {
  WriteThrottle throttle({.bytes_per_second = 1'000});
  EXPECT_EQ(throttle.Accept(0, 1'000), 0);
  EXPECT_EQ(throttle.Accept(1, 500), 500 * kMillisecond);
  EXPECT_EQ(throttle.Accept(2, 1), 501 * kMillisecond);
}

TEST(WriteThrottleTest, NothingIsRoundedAwayOverALongRun) {
  // A token every 333,333,333.3 ns: after 3 million of them exactly a million seconds.
  WriteThrottle throttle({.records_per_second = 3});
  int64_t last = 0;
  for (int i = 0; i < 3'000'003; ++i) last = throttle.Accept(0, 1);
  EXPECT_EQ(last, 1'000'000 * kSecond);
}

TEST(WriteThrottleTest, ALongPauseFillsTheBucketsAndNoMore) {
  WriteThrottle throttle({});
  throttle.Accept(0, 1);
  const int64_t year = 365 * 86'400 * kSecond;
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(throttle.Accept(year, 1), year);
  EXPECT_EQ(throttle.Accept(year, 1), year + kMillisecond);
}

}  // namespace
}  // namespace kinesis::lab
