#include "kinesis_core/api/internal/token_bucket.h"

#include <algorithm>
#include <cstdint>
#include <random>

#include "gtest/gtest.h"

namespace kinesis::api::internal {
namespace {

constexpr int64_t kNow = 1'600'000'000'000;

TEST(TokenBucketTest, AFullBucketGivesOneSecondsWorthAtOnceAndNoMore) {
  TokenBucket bucket(1000);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(bucket.TryTake(1, kNow)) << i;
  EXPECT_FALSE(bucket.TryTake(1, kNow));
}

TEST(TokenBucketTest, ItRefillsEvenlyToTheMillisecond) {
  TokenBucket bucket(1000);
  bucket.Take(1000, kNow);
  for (int ms = 1; ms <= 500; ++ms) {
    ASSERT_TRUE(bucket.TryTake(1, kNow + ms)) << ms;
    ASSERT_FALSE(bucket.TryTake(1, kNow + ms)) << ms;
  }
}

TEST(TokenBucketTest, ARateThatDoesNotDivideASecondLosesNothing) {
  for (const int64_t rate : {3, 7, 999, 1'048'576}) {
    TokenBucket bucket(rate);
    bucket.Take(rate, kNow);
    int64_t taken = 0;
    for (int ms = 1; ms <= 60'000; ++ms) {
      while (bucket.TryTake(1 + rate / 1000, kNow + ms)) taken += 1 + rate / 1000;
    }
    EXPECT_GT(taken, 60 * rate - 2 - rate / 1000) << rate;
    EXPECT_LE(taken, 60 * rate) << rate;
  }
}

TEST(TokenBucketTest, WhatIsLargerThanTheBucketWaitsForAFullOneAndLeavesADebt) {
  TokenBucket bucket(100);
  bucket.Take(1, kNow);
  EXPECT_FALSE(bucket.TryTake(500, kNow));
  EXPECT_FALSE(bucket.TryTake(500, kNow + 9));
  EXPECT_TRUE(bucket.TryTake(500, kNow + 10));
  EXPECT_TRUE(bucket.IsInDebt(kNow + 10 + 3999));
  EXPECT_FALSE(bucket.TryTake(1, kNow + 10 + 4000));
  EXPECT_TRUE(bucket.TryTake(1, kNow + 10 + 4010));
}

TEST(TokenBucketTest, ABucketFillsNoFurtherThanFull) {
  TokenBucket bucket(5);
  EXPECT_TRUE(bucket.TryTake(5, kNow));
  EXPECT_FALSE(bucket.IsFull(kNow + 999));
  EXPECT_TRUE(bucket.IsFull(kNow + 1000));
  EXPECT_TRUE(bucket.TryTake(5, kNow + int64_t{1000} * 86'400 * 365 * 1000));
  EXPECT_FALSE(bucket.TryTake(1, kNow + int64_t{1000} * 86'400 * 365 * 1000));
  // Nor if nobody has looked since it was empty.
  TokenBucket idle(5);
  EXPECT_TRUE(idle.TryTake(5, kNow));
  EXPECT_TRUE(idle.TryTake(5, kNow + 3'600'000));
  EXPECT_FALSE(idle.TryTake(1, kNow + 3'600'000));
}

TEST(TokenBucketTest, TimeThatGoesBackwardsRefillsNothing) {
  TokenBucket bucket(10);
  bucket.Take(10, kNow);
  EXPECT_FALSE(bucket.TryTake(1, kNow - 5000));
  EXPECT_TRUE(bucket.TryTake(1, kNow - 4900));
}

TEST(TokenBucketTest, WhatIsSpareIsNegativeOnCredit) {
  TokenBucket bucket(10);
  EXPECT_EQ(bucket.Spare(kNow), 10);
  bucket.Take(12, kNow);
  EXPECT_EQ(bucket.Spare(kNow), -2);
  EXPECT_EQ(bucket.Spare(kNow + 299), 0);  // not a whole token yet
  EXPECT_EQ(bucket.Spare(kNow + 300), 1);
}

TEST(TokenBucketTest, AnUnlimitedBucketHasAlwaysEnough) {
  TokenBucket bucket(kUnlimited);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(bucket.TryTake(int64_t{1} << 40, kNow));
}

TEST(TokenBucketTest, TicksUntilIsTheFirstMomentWhenTheTokensAreThere) {
  for (const int64_t rate : {1, 3, 7, 1000, 1'048'576}) {
    for (const int64_t spent : {int64_t{1}, rate / 2 + 1, rate, 3 * rate}) {
      for (const int64_t tokens : {int64_t{1}, rate / 2 + 1, rate, 5 * rate}) {
        BasicTokenBucket<1'000'000> bucket(rate);
        bucket.Take(spent, kNow);
        const int64_t ticks = bucket.TicksUntil(tokens, kNow);
        if (ticks > 0) {
          EXPECT_FALSE(bucket.Has(tokens, kNow + ticks - 1)) << rate << " " << tokens;
        }
        EXPECT_TRUE(bucket.Has(tokens, kNow + ticks)) << rate << " " << spent << " " << tokens;
        EXPECT_EQ(bucket.TicksUntil(tokens, kNow + ticks), 0);
      }
    }
  }
  EXPECT_EQ(TokenBucket(kUnlimited).TicksUntil(int64_t{1} << 40, kNow), 0);
}

// In no window does more get through than a second's worth and what flows in meanwhile.
TEST(TokenBucketTest, RandomTakersNeverExceedTheRateInAnyWindow) {
  std::mt19937 random(7);
  TokenBucket bucket(50);
  int64_t now = kNow;
  int64_t taken = 0;
  int64_t idle_ms = 0;
  // What was taken beyond what had flowed in, in thousandths; the least so far begins the window in
  // which most was taken.
  const auto excess = [&] { return taken * 1000 - (now - kNow) * 50; };
  int64_t least = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<int64_t>(random() % 40);
    if (i % 500 == 499) {
      now += 5'000;
      idle_ms += 5'000;
    }
    least = std::min(least, excess());
    const auto tokens = static_cast<int64_t>(1 + random() % 5);
    if (bucket.TryTake(tokens, now)) taken += tokens;
    ASSERT_LE(excess() - least, 50 * 1000) << i;
  }
  EXPECT_GT(taken * 1000, (now - kNow - idle_ms) * 50 * 9 / 10);
}

}  // namespace
}  // namespace kinesis::api::internal
