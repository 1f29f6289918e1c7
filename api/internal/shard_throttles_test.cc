#include "kinesis_core/api/internal/shard_throttles.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace kinesis::api::internal {
namespace {

constexpr int64_t kNow = 1'600'000'000'000;
constexpr int64_t kMiB = int64_t{1} << 20;
const ShardId kShard(3);

class ShardThrottlesTest : public ::testing::Test {
 protected:
  const Limits limits_ = Limits::Kinesis();
  ShardThrottles throttles_{limits_};
};

TEST_F(ShardThrottlesTest, AShardTakesAThousandRecordsASecond) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(throttles_.TryWrite(kShard, 1, kNow));
  EXPECT_FALSE(throttles_.TryWrite(kShard, 1, kNow));
  EXPECT_TRUE(throttles_.TryWrite(ShardId(4), 1, kNow));
  EXPECT_TRUE(throttles_.TryWrite(ShardId(11), 1, kNow));  // of the same stripe
  EXPECT_TRUE(throttles_.TryWrite(kShard, 1, kNow + 1));
  EXPECT_FALSE(throttles_.TryWrite(kShard, 1, kNow + 1));
}

TEST_F(ShardThrottlesTest, AShardTakesAMebibyteASecond) {
  EXPECT_TRUE(throttles_.TryWrite(kShard, kMiB, kNow));
  EXPECT_FALSE(throttles_.TryWrite(kShard, 1, kNow));
  EXPECT_TRUE(throttles_.TryWrite(kShard, kMiB / 2, kNow + 500));
  EXPECT_FALSE(throttles_.TryWrite(kShard, kMiB / 2, kNow + 999));
  EXPECT_TRUE(throttles_.TryWrite(kShard, kMiB / 2, kNow + 1000));
}

TEST_F(ShardThrottlesTest, ARefusedRecordIsNotCharged) {
  ASSERT_TRUE(throttles_.TryWrite(kShard, kMiB - 10, kNow));
  for (int i = 0; i < 5000; ++i) ASSERT_FALSE(throttles_.TryWrite(kShard, 11, kNow));
  EXPECT_TRUE(throttles_.TryWrite(kShard, 10, kNow));
}

TEST_F(ShardThrottlesTest, AShardIsReadFiveTimesASecond) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(throttles_.TryRead(kShard, kNow));
  EXPECT_FALSE(throttles_.TryRead(kShard, kNow));
  EXPECT_FALSE(throttles_.TryRead(kShard, kNow + 199));
  EXPECT_TRUE(throttles_.TryRead(kShard, kNow + 200));
}

TEST_F(ShardThrottlesTest, ACallOfTenMebibytesBlocksReadsForFiveSeconds) {
  ASSERT_TRUE(throttles_.TryRead(kShard, kNow));
  throttles_.ChargeRead(kShard, 10 * kMiB, kNow);
  EXPECT_FALSE(throttles_.TryRead(kShard, kNow + 1));
  EXPECT_FALSE(throttles_.TryRead(kShard, kNow + 4999));
  EXPECT_TRUE(throttles_.TryRead(kShard, kNow + 5000));
}

TEST_F(ShardThrottlesTest, ReadsWithinTwoMebibytesASecondAreNotHeldUp) {
  for (int second = 0; second < 10; ++second) {
    for (int call = 0; call < 2; ++call) {
      const int64_t now = kNow + second * 1000 + call * 500;
      ASSERT_TRUE(throttles_.TryRead(kShard, now)) << second;
      throttles_.ChargeRead(kShard, kMiB, now);
    }
  }
}

// Sixteen shards, and so more than there are stripes.
TEST_F(ShardThrottlesTest, EveryShardHasItsOwnLimitsHoweverTheyTakeTurns) {
  for (int i = 0; i < 1000; ++i) {
    for (uint32_t shard = 0; shard < 16; ++shard) {
      ASSERT_TRUE(throttles_.TryWrite(ShardId(shard), 1, kNow)) << shard;
    }
  }
  for (uint32_t shard = 0; shard < 16; ++shard) {
    EXPECT_FALSE(throttles_.TryWrite(ShardId(shard), 1, kNow)) << shard;
    EXPECT_TRUE(throttles_.TryWrite(ShardId(shard), 1, kNow + 1)) << shard;
  }
}

TEST_F(ShardThrottlesTest, AForgottenShardBeginsAnew) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(throttles_.TryWrite(kShard, 1, kNow));
  throttles_.Retain({kShard});
  EXPECT_FALSE(throttles_.TryWrite(kShard, 1, kNow));
  throttles_.Retain({ShardId(4)});
  EXPECT_TRUE(throttles_.TryWrite(kShard, 1, kNow));
}

}  // namespace
}  // namespace kinesis::api::internal
