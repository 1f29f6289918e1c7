#include "kinesis_core/lab/shard_map.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Code = absl::StatusCode;

const std::string kMax = HashKey::Max().ToString();

HashKey RandomKey(Random& random) { return HashKey::FromHalves(random.Next(), random.Next()); }

// IndexOf by looking at every range.
size_t SlowIndexOf(const ShardMap& map, HashKey key) {
  size_t index = 0;
  while (!map.range(index).Contains(key)) ++index;
  return index;
}

void ExpectFindsEveryKey(const ShardMap& map) {
  Random random(11);
  for (int i = 0; i < 2'000; ++i) {
    const HashKey key = RandomKey(random);
    ASSERT_EQ(map.IndexOf(key), SlowIndexOf(map, key));
  }
  for (size_t i = 0; i < map.size(); ++i) {
    ASSERT_EQ(map.IndexOf(map.range(i).start()), i);
    ASSERT_EQ(map.IndexOf(map.range(i).end()), i);
  }
}

TEST(ShardMapTest, FindsTheShardOfAKeyInUniformMapsOfAnySize) {
  for (const int64_t shards : {1, 2, 3, 7, 8, 100, 1'000}) ExpectFindsEveryKey(UniformMap(shards));
}

TEST(ShardMapTest, FindsTheShardOfAKeyAlsoWhenShardsDifferInSizeByMuch) {
  ShardMap map = UniformMap(2);
  for (int i = 0; i < 60; ++i) map = map.Split(0, map.range(0).Midpoint());
  map = map.Split(0, HashKey::FromHalves(0, 1));
  ExpectFindsEveryKey(map);
}

TEST(ShardMapTest, TheNumberOfShardsHasLimits) {
  for (const int64_t shards : {int64_t{0}, int64_t{-1}, ShardMap::kMaxShards + 1}) {
    EXPECT_TRUE(Fails(ShardMap::Uniform(shards), Code::kOutOfRange, {"shards", "[1, 10000]"}));
  }
}

TEST(ShardMapTest, AMapIsReadFromTextInAnyOrder) {
  const auto map =
      ShardMap::Parse("# from the console\n\n100, " + kMax + "  # upper\n0\t9\r\n10 99\n");
  ASSERT_TRUE(map.ok()) << map.status();
  ASSERT_EQ(map->size(), 3u);
  EXPECT_EQ(map->range(1).start(), HashKey::FromHalves(0, 10));
  EXPECT_EQ(map->range(2).end(), HashKey::Max());
}

TEST(ShardMapTest, ShardsMayHaveTheirIdsBeforeThem) {
  const auto map =
      ShardMap::Parse("shardId-000000000007 10 " + kMax + "\nshardId-000000000003,0,9\n");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->name(0), "shardId-000000000003");
  EXPECT_EQ(map->name(1), "shardId-000000000007");
  // The shards that splits and merges make have other ids, which only Kinesis knows.
  EXPECT_EQ(map->Merge(0).name(0), "");
  const ShardMap split = map->Split(0, HashKey::FromHalves(0, 4));
  EXPECT_EQ(split.name(0) + split.name(1), "");
  EXPECT_EQ(split.name(2), "shardId-000000000007");
}

// An output of `aws kinesis list-shards`.
std::string ListShards(const std::string& shards) { return "{\n  \"Shards\": [" + shards + "]}"; }
std::string ListedShard(const std::string& id, const std::string& first, const std::string& last,
                        bool open) {
  return "{\"ShardId\": \"" + id + "\", \"HashKeyRange\": {\"StartingHashKey\": \"" + first +
         "\", \"EndingHashKey\": \"" + last +
         "\"}, \"SequenceNumberRange\": {\"StartingSequenceNumber\": \"1\"" +
         (open ? "" : ", \"EndingSequenceNumber\": \"2\"") + "}}";
}

TEST(ShardMapTest, AMapIsReadFromWhatListShardsPrints) {
  const auto map =
      ShardMap::Parse(ListShards(ListedShard("shardId-000000000000", "0", kMax, false) + "," +
                                 ListedShard("shardId-000000000002", "10", kMax, true) + "," +
                                 ListedShard("shardId-000000000001", "0", "9", true)));
  ASSERT_TRUE(map.ok()) << map.status();
  ASSERT_EQ(map->size(), 2u);
  EXPECT_EQ(map->name(0), "shardId-000000000001");
  EXPECT_EQ(map->range(1).start(), HashKey::FromHalves(0, 10));
}

TEST(ShardMapTest, WhatIsWrongWithListedShardsIsNamedWithItsShard) {
  const auto expect = [](const std::string& text, std::initializer_list<std::string_view> parts) {
    EXPECT_TRUE(Fails(ShardMap::Parse(text), Code::kInvalidArgument, parts)) << text;
  };
  expect("{", {"list-shards", "no list \"Shards\""});
  expect("[1, 2]", {"no list \"Shards\""});
  expect("{\"Shards\": 5}", {"no list \"Shards\""});
  expect(ListShards("7"), {"Shards[0]: ", "StartingHashKey"});
  expect(ListShards("{\"ShardId\": \"s-1\"}"), {"shard s-1: ", "StartingHashKey"});
  expect(ListShards(ListedShard("s-1", "0", "x", true)), {"shard s-1: ", "\"x\""});
  expect(
      ListShards(ListedShard("s-1", "0", "9", true) + "," + ListedShard("s-2", "11", kMax, true)),
      {"shard s-2: no shard owns the hash keys 10 to 10", "shard s-1"});
  EXPECT_TRUE(Fails(ShardMap::Parse(ListShards(ListedShard("s-1", "0", kMax, false))),
                    Code::kOutOfRange, {"shards in the map"}));
}

TEST(ShardMapTest, WhatIsWrongWithAMapIsNamedWithItsLine) {
  const auto expect = [](const std::string& text, std::initializer_list<std::string_view> parts) {
    EXPECT_TRUE(Fails(ShardMap::Parse(text), Code::kInvalidArgument, parts)) << text;
  };
  expect("0 9\n10\n", {"line 2: ", "not 1 words"});
  expect("s-1 0 9 x\n", {"line 1: ", "not 4 words"});
  expect("0 9 shard-1\n", {"line 1: ", "\"shard-1\""});
  expect("0 9\nx 20\n", {"line 2: ", "\"x\""});
  expect("0 9\n20 10\n", {"line 2: ", "20", "above", "10"});
  expect("# comment\n0 9\n9 " + kMax + "\n", {"line 3: ", "[9, ", "overlaps [0, 9] of line 2"});
  expect("5 " + kMax + "\n0 9\n", {"line 1: ", "overlaps", "line 2"});
  expect("0 9\n11 " + kMax + "\n", {"line 2: ", "10 to 10", "line 1"});
  expect("1 " + kMax + "\n", {"line 1: ", "0 to 0", "before the first"});
  expect("0 9\n", {"line 1: ", "10 to " + kMax, "after the last"});
  EXPECT_TRUE(Fails(ShardMap::Parse("0 999999999999999999999999999999999999999\n"),
                    Code::kOutOfRange, {"line 1: "}));
  EXPECT_TRUE(Fails(ShardMap::Parse("# nothing\n"), Code::kOutOfRange, {"shards in the map"}));
}

TEST(ShardMapTest, SplitAndMergeKeepTheIdOfTheLowerPart) {
  const ShardMap map = UniformMap(3);
  const HashKey middle = map.range(1).Midpoint();
  const ShardMap split = map.Split(1, middle);
  ASSERT_EQ(split.size(), 4u);
  EXPECT_EQ(split.range(1).end(), middle.Prev());
  EXPECT_EQ(split.range(2).start(), middle);
  EXPECT_EQ(split.id(1), 1u);
  EXPECT_EQ(split.id(2), 3u);
  EXPECT_EQ(split.id(3), 2u);
  EXPECT_EQ(split.Merge(1).ranges(), map.ranges());
  EXPECT_EQ(split.Merge(0).id(0), 0u);
  // An id is not given twice.
  EXPECT_EQ(split.Merge(1).Split(0, HashKey::FromHalves(0, 7)).id(1), 4u);
}

TEST(ShardMapTest, WidthsAreSharesOfTheKeySpace) {
  EXPECT_DOUBLE_EQ(UniformMap(1).width(0), 1);
  EXPECT_DOUBLE_EQ(UniformMap(8).width(3), 0.125);
}

TEST(ShardMapTest, APointInAShardLiesAtItsFractionOfTheRange) {
  const ShardMap map = UniformMap(4);
  for (size_t shard = 0; shard < map.size(); ++shard) {
    EXPECT_EQ(map.PointIn(shard, 0), map.range(shard).start());
    EXPECT_EQ(map.IndexOf(map.PointIn(shard, ~uint64_t{0})), shard);
  }
  EXPECT_EQ(map.PointIn(1, uint64_t{1} << 63).high(), uint64_t{0x5fff'ffff'ffff'ffff});
  const ShardMap thin = UniformMap(1).Split(0, HashKey::FromHalves(0, 1));
  EXPECT_EQ(thin.PointIn(0, ~uint64_t{0}), HashKey::Min());
}

}  // namespace
}  // namespace kinesis::lab
