#include "kinesis_core/hash_key_range.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace kinesis {
namespace {

constexpr uint64_t kSeed = 128;

static_assert(std::is_trivially_copyable_v<HashKeyRange>);

HashKey Key(uint64_t value) { return HashKey::FromHalves(0, value); }

HashKeyRange Range(HashKey start, HashKey end) { return HashKeyRange::Create(start, end).value(); }

HashKeyRange Range(uint64_t start, uint64_t end) { return Range(Key(start), Key(end)); }

// The number of keys in `range`, less one, which always fits a HashKey.
HashKey KeysLessOne(const HashKeyRange& range) {
  const uint64_t low = range.end().low() - range.start().low();
  const uint64_t borrow = range.end().low() < range.start().low() ? 1 : 0;
  return HashKey::FromHalves(range.end().high() - range.start().high() - borrow, low);
}

TEST(HashKeyRangeTest, ADefaultRangeIsTheWholeSpace) {
  EXPECT_EQ(HashKeyRange().start(), HashKey::Min());
  EXPECT_EQ(HashKeyRange().end(), HashKey::Max());
  EXPECT_EQ(HashKeyRange(), Range(HashKey::Min(), HashKey::Max()));
}

TEST(HashKeyRangeTest, ARangeMayHoldASingleKey) {
  const HashKeyRange range = Range(7, 7);
  EXPECT_TRUE(range.Contains(Key(7)));
  EXPECT_FALSE(range.Contains(Key(6)));
  EXPECT_FALSE(range.Contains(Key(8)));
}

TEST(HashKeyRangeTest, AStartAboveTheEndIsAnErrorThatNamesBoth) {
  const absl::Status status = HashKeyRange::Create(Key(8), Key(7)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "hash key range start 8 must not be above its end 7");
}

TEST(HashKeyRangeTest, BothEndsBelongToTheRange) {
  const HashKeyRange range = Range(10, 20);
  EXPECT_FALSE(range.Contains(Key(9)));
  EXPECT_TRUE(range.Contains(Key(10)));
  EXPECT_TRUE(range.Contains(Key(20)));
  EXPECT_FALSE(range.Contains(Key(21)));
}

TEST(HashKeyRangeTest, OnlyTheLowerOfTwoTouchingRangesIsFollowedByTheOther) {
  EXPECT_TRUE(Range(0, 9).IsFollowedBy(Range(10, 20)));
  EXPECT_FALSE(Range(10, 20).IsFollowedBy(Range(0, 9)));
  EXPECT_TRUE(Range(0, 9).IsAdjacentTo(Range(10, 20)));
  EXPECT_TRUE(Range(10, 20).IsAdjacentTo(Range(0, 9)));
}

TEST(HashKeyRangeTest, RangesWithAGapOrAnOverlapAreNotAdjacent) {
  EXPECT_FALSE(Range(0, 9).IsAdjacentTo(Range(11, 20)));
  EXPECT_FALSE(Range(0, 9).IsAdjacentTo(Range(9, 20)));
  EXPECT_FALSE(Range(0, 9).IsAdjacentTo(Range(0, 9)));
}

TEST(HashKeyRangeTest, TheTopOfTheSpaceIsNotFollowedByItsBottom) {
  const HashKeyRange top = Range(Key(10), HashKey::Max());
  EXPECT_FALSE(top.IsFollowedBy(Range(0, 9)));
  EXPECT_TRUE(top.IsAdjacentTo(Range(0, 9)));
  EXPECT_FALSE(top.IsAdjacentTo(Range(0, 8)));
}

TEST(HashKeyRangeTest, TheMidpointOfTheWholeSpaceIsItsTopBit) {
  EXPECT_EQ(HashKeyRange().Midpoint(), HashKey::FromHalves(uint64_t{1} << 63, 0));
}

TEST(HashKeyRangeTest, TheMidpointGivesTheOddKeyToTheUpperHalf) {
  EXPECT_EQ(Range(10, 13).Midpoint(), Key(12));  // 10 11 | 12 13
  EXPECT_EQ(Range(10, 14).Midpoint(), Key(12));  // 10 11 | 12 13 14
  EXPECT_EQ(Range(10, 12).Midpoint(), Key(11));  // 10 | 11 12
  EXPECT_EQ(Range(10, 11).Midpoint(), Key(11));  // 10 | 11
  EXPECT_EQ(Range(HashKey::Max().Prev(), HashKey::Max()).Midpoint(), HashKey::Max());
}

TEST(HashKeyRangeTest, TheMidpointOfASingleKeyIsThatKey) {
  EXPECT_EQ(Range(7, 7).Midpoint(), Key(7));
  EXPECT_EQ(Range(HashKey::Max(), HashKey::Max()).Midpoint(), HashKey::Max());
}

TEST(HashKeyRangeTest, RandomRangesSplitIntoHalvesThatDifferByAtMostOneKey) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    HashKey start = HashKey::FromHalves(random() >> (random() % 64), random());
    HashKey end = HashKey::FromHalves(random() >> (random() % 64), random());
    if (end < start) std::swap(start, end);
    if (start == end) continue;
    const HashKeyRange whole = Range(start, end);
    const HashKeyRange lower = Range(start, whole.Midpoint().Prev());
    const HashKeyRange upper = Range(whole.Midpoint(), end);
    ASSERT_TRUE(KeysLessOne(upper) == KeysLessOne(lower) ||
                KeysLessOne(upper) == KeysLessOne(lower).Next())
        << whole;
  }
}

// The index of the first range that is not followed by the next one, or the last index.
size_t FirstGap(const std::vector<HashKeyRange>& ranges) {
  size_t i = 0;
  while (i + 1 < ranges.size() && ranges[i].IsFollowedBy(ranges[i + 1])) ++i;
  return i;
}

TEST(HashKeyRangeTest, UniformRangesCoverTheSpaceWithoutGapForCountsTo10000) {
  // Every small count, then one in 75, up to 10,000 itself: to make all of them takes long.
  for (int64_t count = 1; count <= 10'000; count += count < 1'000 ? 1 : 75) {
    const absl::StatusOr<std::vector<HashKeyRange>> ranges = HashKeyRange::Uniform(count);
    ASSERT_TRUE(ranges.ok()) << ranges.status();
    ASSERT_EQ(ranges->size(), static_cast<size_t>(count));
    ASSERT_EQ(ranges->front().start(), HashKey::Min());
    ASSERT_EQ(ranges->back().end(), HashKey::Max());
    ASSERT_EQ(FirstGap(*ranges), ranges->size() - 1) << "of " << count;
  }
}

TEST(HashKeyRangeTest, UniformRangesAreEquallyWideButForTheRemainderInTheLast) {
  for (int64_t count = 1; count <= 1'000; ++count) {
    const std::vector<HashKeyRange> ranges = HashKeyRange::Uniform(count).value();
    const HashKey width_less_one = KeysLessOne(ranges.front());
    for (size_t i = 0; i + 1 < ranges.size(); ++i) {
      ASSERT_EQ(KeysLessOne(ranges[i]), width_less_one) << i << " of " << count;
    }
    const HashKey last_less_one = KeysLessOne(ranges.back());
    ASSERT_GE(last_less_one, width_less_one) << count;
    const HashKey remainder = KeysLessOne(Range(width_less_one, last_less_one));
    ASSERT_LT(remainder, Key(static_cast<uint64_t>(count))) << count;
  }
}

TEST(HashKeyRangeTest, ThreeUniformRangesEndWhereKinesisEndsThem) {
  const std::vector<HashKeyRange> ranges = HashKeyRange::Uniform(3).value();
  EXPECT_EQ(ranges[0].ToString(), "[0, 113427455640312821154458202477256070484]");
  EXPECT_EQ(ranges[1].ToString(),
            "[113427455640312821154458202477256070485, 226854911280625642308916404954512140969]");
  EXPECT_EQ(ranges[2].ToString(),
            "[226854911280625642308916404954512140970, 340282366920938463463374607431768211455]");
}

TEST(HashKeyRangeTest, ACountOutsideItsLimitsIsAnErrorThatNamesThem) {
  for (const int64_t count :
       {int64_t{0}, int64_t{-1}, HashKeyRange::kMaxUniformRanges + 1,
        std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    const absl::Status status = HashKeyRange::Uniform(count).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << count;
    EXPECT_EQ(status.message(), "hash key range count \"" + std::to_string(count) +
                                    "\" must be in the range [1, 2147483647]");
  }
}

TEST(HashKeyRangeTest, StreamingWritesBothEnds) {
  std::ostringstream out;
  out << Range(1, 2);
  EXPECT_EQ(out.str(), "[1, 2]");
}

}  // namespace
}  // namespace kinesis
