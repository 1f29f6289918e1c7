#include "kinesis_core/internal/reshard_plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::internal {
namespace {

using kinesis::testing::SeedOr;

using Ranges = std::vector<HashKeyRange>;

Ranges Uniform(int64_t count) { return HashKeyRange::Uniform(count).value(); }

// Shards that begin at Min() and at each of `starts`, which are above it.
Ranges StartingAt(const std::set<HashKey>& starts) {
  Ranges ranges;
  HashKey start = HashKey::Min();
  for (const HashKey next : starts) {
    ranges.push_back(HashKeyRange::Create(start, next.Prev()).value());
    start = next;
  }
  ranges.push_back(HashKeyRange::Create(start, HashKey::Max()).value());
  return ranges;
}

// A plan with everything looked up that a test asks for.
class Checked {
 public:
  Checked(const Ranges& present, const Ranges& targets)
      : present_(present), plan_(PlanReshard(present, targets)) {
    CheckEachStep();
    EXPECT_EQ(OpenRanges(), targets);
  }

  const ReshardPlan& plan() const { return plan_; }
  size_t opened() const { return plan_.opened.size(); }

  // Places, in order of hash keys, of what is open in the end.
  const std::vector<uint32_t>& open() const { return plan_.open; }

  std::vector<uint32_t> ParentsOf(uint32_t place) const {
    const auto parents = ReshardPlan::ParentsOf(plan_.opened[place - present_.size()]);
    return {parents.begin(), parents.end()};
  }

  // The most generations between an open shard and a present one.
  size_t Depth() const {
    std::vector<size_t> depths(present_.size());
    size_t deepest = 0;
    for (uint32_t place = 0; place < opened(); ++place) {
      size_t depth = 0;
      for (const uint32_t parent : ParentsOf(static_cast<uint32_t>(present_.size()) + place)) {
        depth = std::max(depth, depths[parent] + 1);
      }
      depths.push_back(depth);
      deepest = std::max(deepest, depth);
    }
    return deepest;
  }

 private:
  HashKeyRange RangeOf(uint32_t place) const {
    return place < present_.size() ? present_[place] : plan_.opened[place - present_.size()].range;
  }

  Ranges OpenRanges() const {
    Ranges ranges;
    for (const uint32_t place : plan_.open) ranges.push_back(RangeOf(place));
    return ranges;
  }

  // Each shard is open when it is replaced, and splits and merges keep the keys together.
  void CheckEachStep() const {
    std::vector<std::vector<uint32_t>> children(present_.size() + opened());
    for (uint32_t i = 0; i < opened(); ++i) {
      const auto place = static_cast<uint32_t>(present_.size()) + i;
      for (const uint32_t parent : ParentsOf(place)) {
        ASSERT_LT(parent, place);
        children[parent].push_back(place);
      }
      if (ParentsOf(place).size() < 2) continue;
      const HashKeyRange low = RangeOf(ParentsOf(place)[0]);
      const HashKeyRange high = RangeOf(ParentsOf(place)[1]);
      ASSERT_TRUE(low.IsFollowedBy(high));
      ASSERT_EQ(RangeOf(place), HashKeyRange::Create(low.start(), high.end()).value());
    }
    const std::set<uint32_t> in_the_end(plan_.open.begin(), plan_.open.end());
    for (uint32_t place = 0; place < children.size(); ++place) {
      const bool open = in_the_end.contains(place);
      ASSERT_EQ(open, children[place].empty()) << place;
      if (open || ParentsOf(children[place][0]).size() == 2) {
        ASSERT_LE(children[place].size(), 1U);
        continue;
      }
      ASSERT_EQ(children[place].size(), 2U);
      const HashKeyRange low = RangeOf(children[place][0]);
      const HashKeyRange high = RangeOf(children[place][1]);
      ASSERT_TRUE(low.IsFollowedBy(high));
      ASSERT_EQ(RangeOf(place), HashKeyRange::Create(low.start(), high.end()).value());
    }
  }

  const Ranges present_;
  const ReshardPlan plan_;
};

TEST(ReshardPlanTest, WhatIsThereAlreadyIsLeftAlone) {
  const Checked same(Uniform(7), Uniform(7));
  EXPECT_EQ(same.opened(), 0U);
  EXPECT_EQ(same.open(), (std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6}));
  // Four of the eight boundaries stay, and with them nothing else: every shard is new.
  EXPECT_EQ(Checked(Uniform(4), Uniform(8)).opened(), 8U);
  // The upper half stays.
  const HashKey half = HashKey::FromHalves(uint64_t{1} << 63, 0);
  const HashKey quarter = HashKey::FromHalves(uint64_t{1} << 62, 0);
  const Checked lower(StartingAt({half}), StartingAt({quarter, half}));
  EXPECT_EQ(lower.open(), (std::vector<uint32_t>{2, 3, 1}));
}

// As many as Kinesis makes: two for each boundary that comes, one for each that goes.
TEST(ReshardPlanTest, TheNumberOfShardsOpenedFollowsFromTheBoundaries) {
  const std::array<int64_t, 3> cases[] = {{2, 4, 6},    {4, 5, 15}, {4, 2, 6},  {4, 3, 11},
                                          {10, 13, 43}, {5, 3, 13}, {10, 3, 23}};
  for (const auto& [from, to, total] : cases) {
    const Checked plan(Uniform(from), Uniform(to));
    EXPECT_EQ(from + static_cast<int64_t>(plan.opened()), total) << from << " -> " << to;
  }
}

TEST(ReshardPlanTest, FromFourToThreeSweepsFromTheLowestKeyUp) {
  const Checked plan(Uniform(4), Uniform(3));
  EXPECT_EQ(plan.open(), (std::vector<uint32_t>{6, 9, 10}));
  EXPECT_EQ(plan.ParentsOf(4), (std::vector<uint32_t>{1}));
  EXPECT_EQ(plan.ParentsOf(5), (std::vector<uint32_t>{1}));
  EXPECT_EQ(plan.ParentsOf(6), (std::vector<uint32_t>{0, 4}));
  EXPECT_EQ(plan.ParentsOf(7), (std::vector<uint32_t>{2}));
  EXPECT_EQ(plan.ParentsOf(9), (std::vector<uint32_t>{5, 7}));
  EXPECT_EQ(plan.ParentsOf(10), (std::vector<uint32_t>{8, 3}));
}

TEST(ReshardPlanTest, TheLineageGrowsByTheLogarithmOfTheCounts) {
  for (const int64_t count : {2, 3, 4, 5, 8, 9, 1000, 1024, 1025, 100'000}) {
    const size_t log2 = static_cast<size_t>(std::bit_width(static_cast<uint64_t>(count) - 1));
    EXPECT_EQ(Checked(Uniform(1), Uniform(count)).Depth(), log2) << "1 -> " << count;
    EXPECT_EQ(Checked(Uniform(count), Uniform(1)).Depth(), log2) << count << " -> 1";
  }
  // Neighbours differ at each boundary, and each shard by one.
  EXPECT_LE(Checked(Uniform(1000), Uniform(1001)).Depth(), 3U);
}

TEST(ReshardPlanTest, AnyShardsBecomeAnyOthers) {
  const uint64_t seed = SeedOr(1);
  SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300 && !::testing::Test::HasFailure(); ++round) {
    // Few distinct keys, the ends among them, so that boundaries coincide.
    std::set<HashKey> before;
    std::set<HashKey> after;
    for (const auto starts : {&before, &after}) {
      for (uint64_t n = random() % 30; n > 0; --n) {
        const uint64_t key = random() % 40;
        starts->insert(key < 35 ? HashKey::FromHalves(key + 1, 0)
                                : HashKey::FromHalves(~uint64_t{0}, ~uint64_t{0} - (key - 35)));
      }
    }
    const Checked plan(StartingAt(before), StartingAt(after));
    size_t expected = 0;
    for (const HashKey key : after) expected += before.contains(key) ? 0 : 2;
    for (const HashKey key : before) expected += after.contains(key) ? 0 : 1;
    EXPECT_EQ(plan.opened(), expected);
    EXPECT_LE(plan.Depth(),
              static_cast<size_t>(std::bit_width(before.size()) + std::bit_width(after.size())));
  }
}

}  // namespace
}  // namespace kinesis::internal
