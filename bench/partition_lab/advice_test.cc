#include "kinesis_core/lab/advice.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/hash_histogram.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/load_scale.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;

// With these, a load is the larger of its records and its bytes.
constexpr WriteLimits kOneEach = {.records_per_second = 1, .bytes_per_second = 1};

Advice AdviseOn(const ShardMap& map, std::span<const LoadPoint> points, size_t shards,
                double tolerance = 0.05) {
  return Advise(map, points, {.shards = shards, .tolerance = tolerance, .limits = kOneEach})
      .value();
}

// `records` records on the hash key at `sixteenth` sixteenths of the space.
LoadPoint At(uint64_t sixteenth, uint64_t records, uint64_t bytes = 1) {
  const HashKey key = HashKey::FromHalves(sixteenth << 60, 1'000);
  return {HashKeyRange::Create(key, key).value(), records, bytes};
}

std::vector<uint64_t> LoadsOn(const ShardMap& map, const std::vector<LoadPoint>& points) {
  std::vector<uint64_t> loads(map.size());
  for (const LoadPoint& point : points) loads[map.IndexOf(point.keys.start())] += point.records;
  return loads;
}

uint64_t Hottest(const ShardMap& map, const std::vector<LoadPoint>& points) {
  const std::vector<uint64_t> loads = LoadsOn(map, points);
  return *std::max_element(loads.begin(), loads.end());
}

TEST(AdviceTest, ABalancedMapNeedsNoCall) {
  const std::vector<LoadPoint> points = {At(1, 10), At(5, 10), At(9, 10), At(13, 10)};
  const Advice advice = AdviseOn(UniformMap(4), points, 4);
  EXPECT_TRUE(advice.plan.steps.empty());
  EXPECT_EQ(advice.hottest.now, 10u);
  EXPECT_EQ(advice.hottest.best, 10u);
  ASSERT_EQ(advice.choices.size(), 1u);
  EXPECT_EQ(advice.choices[0].calls, 0u);
}

TEST(AdviceTest, AHotShardIsSplitBetweenItsKeysAndIdleNeighboursAreMerged) {
  const std::vector<LoadPoint> points = {At(1, 50), At(3, 50), At(5, 25), At(9, 25), At(13, 50)};
  const Advice advice = AdviseOn(UniformMap(4), points, 4);
  EXPECT_EQ(advice.hottest.now, 100u);
  EXPECT_EQ(advice.hottest.plan, 50u);
  EXPECT_EQ(advice.heavy_points, 0u);
  ASSERT_EQ(advice.plan.steps.size(), 2u);
  EXPECT_EQ(advice.plan.steps[0].kind, SplitMergeStep::Kind::kSplit);
  // In the middle between the two hot keys.
  EXPECT_EQ(advice.plan.steps[0].new_start, HashKey::FromHalves(uint64_t{2} << 60, 1'000));
  EXPECT_EQ(advice.plan.steps[1].kind, SplitMergeStep::Kind::kMerge);
  EXPECT_EQ(Hottest(advice.plan.result, points), 50u);
}

TEST(AdviceTest, ToleranceSavesCalls) {
  const std::vector<LoadPoint> points = {At(1, 50), At(3, 50), At(5, 50), At(9, 50), At(13, 50)};
  const Advice exact = AdviseOn(UniformMap(4), points, 5, 0);
  EXPECT_EQ(exact.hottest.plan, 50u);
  EXPECT_EQ(exact.plan.steps.size(), 1u);
  const Advice lax = AdviseOn(UniformMap(4), points, 5, 1);
  EXPECT_EQ(lax.hottest.plan, 100u);
  EXPECT_TRUE(lax.plan.steps.empty());
}

TEST(AdviceTest, FewerShardsAreReachedByMerges) {
  const std::vector<LoadPoint> points = {At(1, 10), At(5, 10), At(9, 20), At(13, 20)};
  const Advice advice = AdviseOn(UniformMap(4), points, 3, 0);
  EXPECT_EQ(advice.plan.result.size(), 3u);
  ASSERT_EQ(advice.plan.steps.size(), 1u);
  EXPECT_EQ(advice.plan.steps[0].shard, 0u);
  EXPECT_EQ(advice.plan.steps[0].adjacent_shard, 1u);
}

TEST(AdviceTest, EachShardIsJudgedByItsOwnNearerLimit) {
  // The first half is full of bytes, the second of records; neither alone tells which is hotter.
  const std::vector<LoadPoint> points = {At(1, 1, 60), At(3, 1, 60), At(9, 100, 1), At(11, 40, 1)};
  const Advice advice = AdviseOn(UniformMap(2), points, 3, 0);
  EXPECT_EQ(advice.hottest.now, 140u);
  // 60 bytes; 60 bytes and 100 records beside them; 40 records.
  EXPECT_EQ(advice.hottest.best, 101u);
  EXPECT_EQ(advice.hottest.plan, 101u);
  EXPECT_EQ(AdviseOn(UniformMap(2), points, 4, 0).hottest.best, 100u);
}

TEST(AdviceTest, ALimitCountsForWhatItIs) {
  // 10 records of 1 MiB are ten seconds of a shard, 1,000 of 10 bytes one.
  const std::vector<LoadPoint> points = {At(1, 10, 10 << 20), At(9, 1'000, 10'000)};
  const Advice advice = Advise(UniformMap(2), points, {.shards = 2}).value();
  const uint64_t second = LoadScale({}).per_second();
  EXPECT_EQ(advice.hottest.now, 10 * second);
  EXPECT_EQ(advice.heaviest_point, 10 * second);
  EXPECT_EQ(advice.heavy_points, 1u);
  EXPECT_EQ(advice.without_heavy.now, second);
}

TEST(AdviceTest, AKeyThatIsTooHotCountsAsAnEvenShareSoTheOthersAreBalancedBesideIt) {
  // Shards of 10 each, and 90 of one key on the last.
  std::vector<LoadPoint> points;
  for (uint64_t i = 0; i < 15; ++i) points.push_back(At(i, 5));
  points.push_back(At(15, 90));
  const Advice advice = AdviseOn(UniformMap(8), points, 8);
  EXPECT_EQ(advice.heaviest_point, 90u);
  EXPECT_EQ(advice.heavy_points, 1u);
  const std::vector<uint64_t> loads = LoadsOn(advice.plan.result, points);
  EXPECT_EQ(loads.back(), 90u);
  for (size_t i = 0; i + 1 < loads.size(); ++i) EXPECT_LE(loads[i], 20u);
}

TEST(AdviceTest, ItsNumbersAreThoseOfTheRealLoadAndThoseWithoutTheHotKeyStandApart) {
  std::vector<LoadPoint> points;
  for (uint64_t i = 0; i < 15; ++i) points.push_back(At(i, 5));
  points.push_back(At(15, 90));
  const Advice advice = AdviseOn(UniformMap(8), points, 8);
  EXPECT_EQ(advice.hottest.now, 95u);  // with the neighbour at 14
  EXPECT_EQ(advice.hottest.plan, Hottest(advice.plan.result, points));
  EXPECT_EQ(advice.hottest.plan, 90u);
  EXPECT_EQ(advice.hottest.best, 90u);
  EXPECT_DOUBLE_EQ(advice.hottest.mean, 165.0 / 8);
  EXPECT_EQ(advice.without_heavy.now, 10u);
  EXPECT_EQ(advice.without_heavy.best, 10u);  // 75 in pieces of 5 over 8 shards
  EXPECT_DOUBLE_EQ(advice.without_heavy.mean, 75.0 / 8);
}

TEST(AdviceTest, CallsThatGainNothingAreNoChoice) {
  std::vector<LoadPoint> points = {At(0, 1'000)};
  for (uint64_t i = 1; i < 16; ++i) points.push_back(At(i, i % 5));
  const Advice advice = AdviseOn(UniformMap(8), points, 8);
  for (size_t i = 1; i < advice.choices.size(); ++i) {
    EXPECT_GT(advice.choices[i].calls, advice.choices[i - 1].calls);
    EXPECT_TRUE(advice.choices[i].hottest < advice.choices[i - 1].hottest ||
                advice.choices[i].without_heavy < advice.choices[i - 1].without_heavy);
  }
}

TEST(AdviceTest, KeysTooCloseForKinesisToSplitStayTogether) {
  // NewStartingHashKey must be above start + 1 and below the end of its shard, and the shard may
  // begin at the one key and end at the other.
  const auto point = [](uint64_t low) {
    const HashKey key = HashKey::FromHalves(0, low);
    return LoadPoint{HashKeyRange::Create(key, key).value(), 10, 10};
  };
  const std::vector<LoadPoint> close = {point(5), point(7)};
  EXPECT_EQ(AdviseOn(UniformMap(1), close, 2).hottest.best, 20u);
  const std::vector<LoadPoint> apart = {point(5), point(8)};
  const Advice advice = AdviseOn(UniformMap(1), apart, 2);
  EXPECT_EQ(advice.hottest.best, 10u);
  EXPECT_EQ(advice.plan.steps[0].new_start, HashKey::FromHalves(0, 7));
}

TEST(AdviceTest, ThePlanOfAManyShardedMapHoldsWhatItPromises) {
  Random random(8);
  HashHistogram histogram(1 << 24);
  for (int i = 0; i < 20'000; ++i) {
    histogram.Add(Md5HashKey("user-" + std::to_string(random.Below(3'000))), 1);
  }
  const std::vector<LoadPoint> points = histogram.Points();
  const ShardMap map = UniformMap(60);
  for (const size_t shards : {40, 60, 90}) {
    const Advice advice = AdviseOn(map, points, shards);
    EXPECT_LE(advice.plan.result.size(), shards);
    EXPECT_EQ(Hottest(map, points), advice.hottest.now);
    EXPECT_EQ(Hottest(advice.plan.result, points), advice.hottest.plan);
    EXPECT_GE(advice.hottest.plan, advice.hottest.best);
    EXPECT_LE(static_cast<double>(advice.hottest.plan),
              1.05 * static_cast<double>(advice.hottest.best));
    // Fewer calls, hotter shards.
    for (size_t i = 1; i < advice.choices.size(); ++i) {
      EXPECT_GT(advice.choices[i].calls, advice.choices[i - 1].calls);
      EXPECT_LT(advice.choices[i].hottest, advice.choices[i - 1].hottest);
    }
    // All choices are listed only for so many shards.
    if (shards <= 64) {
      EXPECT_EQ(advice.choices.back().hottest, advice.hottest.best);
    }
  }
}

TEST(AdviceTest, WhatItCannotAdviseOnItRefuses) {
  const std::vector<LoadPoint> points = {At(1, 1)};
  EXPECT_TRUE(Fails(Advise(UniformMap(1'025), points, {.shards = 2}), absl::StatusCode::kOutOfRange,
                    {"1,024", "1025"}));
  EXPECT_TRUE(Fails(Advise(UniformMap(1), points, {.shards = 0}), absl::StatusCode::kOutOfRange));
  EXPECT_TRUE(Fails(Advise(UniformMap(1), {}, {.shards = 1}), absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace kinesis::lab
