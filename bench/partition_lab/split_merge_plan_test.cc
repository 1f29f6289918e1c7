#include "kinesis_core/lab/split_merge_plan.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/random.h"

namespace kinesis::lab {
namespace {

using Keys = std::vector<HashKey>;

HashKey At(uint64_t sixteenth) { return HashKey::FromHalves(sixteenth << 60, 0); }

Keys Starts(const ShardMap& map) {
  Keys starts;
  for (const HashKeyRange& range : map.ranges()) starts.push_back(range.start());
  return starts;
}

bool IsPartOfOne(const HashKeyRange& range, const ShardMap& map) {
  return map.IndexOf(range.start()) == map.IndexOf(range.end());
}

TEST(SplitMergePlanTest, AMapThatIsRightAlreadyNeedsNoStep) {
  const ShardMap map = UniformMap(4);
  const SplitMergePlan plan = MakeSplitMergePlan(map, Starts(map));
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(plan.result, map);
  EXPECT_EQ(plan.shards_max, 4u);
}

TEST(SplitMergePlanTest, MovingABoundaryIsASplitAndAMergeWithKinesissNumbers) {
  const Keys starts = {At(0), At(2), At(8), At(12)};
  const SplitMergePlan plan = MakeSplitMergePlan(UniformMap(4), starts);
  ASSERT_EQ(plan.steps.size(), 2u);
  const SplitMergeStep& split = plan.steps[0];
  EXPECT_EQ(split.kind, SplitMergeStep::Kind::kSplit);
  EXPECT_EQ(split.shard, 0u);
  EXPECT_EQ(split.new_start, At(2));
  EXPECT_EQ(split.first_child, 4u);
  const SplitMergeStep& merge = plan.steps[1];
  EXPECT_EQ(merge.kind, SplitMergeStep::Kind::kMerge);
  EXPECT_EQ(merge.shard, 5u);  // the upper child
  EXPECT_EQ(merge.adjacent_shard, 1u);
  EXPECT_EQ(merge.first_child, 6u);
  EXPECT_TRUE(merge.range.IsFollowedBy(merge.adjacent));
  EXPECT_EQ(Starts(plan.result), starts);
  EXPECT_EQ(plan.shards_max, 5u);
}

TEST(SplitMergePlanTest, BetweenAnyTwoMapsItTakesTheFewestSteps) {
  Random random(4);
  for (int round = 0; round < 500; ++round) {
    const auto some_starts = [&random] {
      std::set<HashKey> starts = {At(0)};
      for (uint64_t i = random.Below(12); i > 0; --i) starts.insert(At(random.Below(16)));
      return Keys(starts.begin(), starts.end());
    };
    const Keys from = some_starts();
    const Keys to = some_starts();
    const ShardMap map = MakeSplitMergePlan(UniformMap(1), from).result;
    ASSERT_EQ(Starts(map), from);
    const SplitMergePlan plan = MakeSplitMergePlan(map, to);
    ASSERT_EQ(Starts(plan.result), to);
    Keys different;
    std::set_symmetric_difference(from.begin(), from.end(), to.begin(), to.end(),
                                  std::back_inserter(different));
    ASSERT_EQ(plan.steps.size(), different.size());
    ASSERT_GE(plan.shards_max, std::max(from.size(), to.size()));
    for (const SplitMergeStep& step : plan.steps) {
      const bool is_split = step.kind == SplitMergeStep::Kind::kSplit;
      ASSERT_TRUE(IsPartOfOne(step.range, is_split ? map : plan.result));
      ASSERT_TRUE(is_split || IsPartOfOne(step.adjacent, plan.result));
    }
  }
}

TEST(SplitMergePlanTest, ShardsAreNumberedByTheirIdsIfAllAreKnown) {
  const std::string half = HashKey::FromHalves(uint64_t{1} << 63, 0).Prev().ToString();
  const std::string above = HashKey::FromHalves(uint64_t{1} << 63, 0).ToString();
  const ShardMap map =
      ShardMap::Parse("shardId-000000000009 0 " + half + "\nshardId-000000000004 " + above + " " +
                      HashKey::Max().ToString())
          .value();
  const std::vector<HashKey> starts = {HashKey::Min(), HashKey::FromHalves(uint64_t{1} << 62, 0)};
  const SplitMergePlan plan = MakeSplitMergePlan(map, starts);
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].shard, 9u);
  EXPECT_EQ(plan.steps[0].first_child, 10u);
  EXPECT_EQ(plan.steps[1].shard, 11u);
  EXPECT_EQ(plan.steps[1].adjacent_shard, 4u);
}

}  // namespace
}  // namespace kinesis::lab
