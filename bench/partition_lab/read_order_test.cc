#include "kinesis_core/lab/read_order.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Shard 0 is asked at 0, 1, 2, ... s, shard 1 at 0.618, 1.618, ... s.
constexpr size_t kEarly = 0;
constexpr size_t kLate = 1;

TEST(ReadOrderTest, ARecordThatIsReadBeforeAnEarlierOneOfItsKeyIsOutOfOrder) {
  ReadOrder order(1, 2, {});
  ASSERT_TRUE(order.Touch(7));
  order.Mark(0, kLate, kSecond * 8 / 10);   // read at 1.618 s
  order.Mark(0, kEarly, kSecond * 9 / 10);  // read at 1 s
  order.Mark(0, kLate, kSecond);            // read at 1.618 s
  order.Mark(0, kEarly, kSecond * 3 / 2);   // read at 2 s
  EXPECT_DOUBLE_EQ(order.OutOfOrderShare(0), 0.25);
}

TEST(ReadOrderTest, OtherKeysAndOtherStrategiesHaveTheirOwnOrder) {
  ReadOrder order(2, 2, {});
  ASSERT_TRUE(order.Touch(7));
  order.Mark(0, kLate, kSecond * 8 / 10);
  ASSERT_TRUE(order.Touch(8));
  order.Mark(0, kEarly, kSecond * 9 / 10);
  ASSERT_TRUE(order.Touch(7));
  order.Mark(1, kEarly, kSecond * 9 / 10);
  EXPECT_EQ(order.OutOfOrderShare(0), 0);
  EXPECT_EQ(order.OutOfOrderShare(1), 0);
}

TEST(ReadOrderTest, OneShardKeepsItsOrderAndTheFirstMomentIsZero) {
  ReadOrder order(1, 1, {.poll_ns = 10});
  ASSERT_TRUE(order.Touch(7));
  for (int64_t accepted = 0; accepted < 100; ++accepted) order.Mark(0, 0, accepted);
  EXPECT_EQ(order.OutOfOrderShare(0), 0);
}

TEST(ReadOrderTest, OnlyKeysOfTheSampleAreWatched) {
  ReadOrder order(1, 1, {.sample_level = 2});
  EXPECT_TRUE(order.Touch(uint64_t{1} << 61));
  EXPECT_FALSE(order.Touch(uint64_t{1} << 62));
  EXPECT_FALSE(order.Touch(uint64_t{1} << 63));
}

}  // namespace
}  // namespace kinesis::lab
