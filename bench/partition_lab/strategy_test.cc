#include "kinesis_core/lab/strategy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/load_stats.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/options.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/record.h"
#include "kinesis_core/stream.h"

namespace kinesis::lab {
namespace {

StrategyKind Kind(std::string_view name) {
  for (const StrategyKind& kind : BuiltInStrategies()) {
    if (kind.name == name) return kind;
  }
  ADD_FAILURE() << "no strategy " << name;
  return {};
}

// A strategy with the map that it was made for.
struct Placed {
  explicit Placed(std::string_view name, ShardMap shards, uint32_t salt = 4, uint32_t nodes = 100)
      : map(std::move(shards)),
        strategy(Kind(name).make(
            {.shards = map, .seed = 1, .salt_buckets = salt, .virtual_nodes = nodes})) {}

  size_t ShardOf(const std::string& key, uint64_t bytes = 1) {
    return map.IndexOf(strategy->Place(key, bytes));
  }

  const ShardMap map;
  std::unique_ptr<Strategy> strategy;
};

std::string Key(int number) { return "user-" + std::to_string(number); }

TEST(StrategyTest, ThoseThatDependOnTheKeyAloneKeepEachKeyInOneShard) {
  for (const StrategyKind& kind : BuiltInStrategies()) {
    Placed placed(kind.name, UniformMap(8));
    std::map<int, std::set<size_t>> shards_of_key;
    for (int i = 0; i < 4'100; ++i) shards_of_key[i % 41].insert(placed.ShardOf(Key(i % 41)));
    const bool together = std::all_of(shards_of_key.begin(), shards_of_key.end(),
                                      [](const auto& entry) { return entry.second.size() == 1; });
    EXPECT_EQ(together, placed.strategy->depends_on_key_alone()) << kind.name;
  }
}

TEST(StrategyTest, AllDecideTheSameWayForTheSameSeed) {
  for (const StrategyKind& kind : BuiltInStrategies()) {
    Placed one(kind.name, UniformMap(5));
    Placed other(kind.name, UniformMap(5));
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(one.strategy->Place(Key(i), 1), other.strategy->Place(Key(i), 1)) << kind.name;
    }
  }
}

TEST(StrategyTest, HashesPutKeysWhereTheEnginesPartitionersPutThem) {
  EXPECT_EQ(Placed("md5", UniformMap(2)).strategy->Place("a", 1), Md5HashKey("a"));
  EXPECT_EQ(Placed("xxh3", UniformMap(2)).strategy->Place("a", 1), Xxh3Partitioner()->Hash("a"));
}

TEST(StrategyTest, RoundRobinAndLeastLoadedLeaveNoShardBehindByMoreThanOneRecord) {
  for (const char* const name : {"round-robin", "least-loaded"}) {
    Placed placed(name, UniformMap(7));
    std::vector<uint64_t> loads(7);
    for (int i = 0; i < 1'000; ++i) ++loads[placed.ShardOf("same key")];
    EXPECT_LE(*std::max_element(loads.begin(), loads.end()),
              *std::min_element(loads.begin(), loads.end()) + 1)
        << name;
  }
}

TEST(StrategyTest, LeastLoadedBalancesBytesAndNotRecords) {
  Placed placed("least-loaded", UniformMap(2));
  EXPECT_EQ(placed.ShardOf("large", 100), 0u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(placed.ShardOf("small", 1), 1u);
}

TEST(StrategyTest, SaltingPutsAKeyIntoAsManyPlacesAsItHasSuffixes) {
  Placed placed("salted", UniformMap(1'000), /*salt=*/5);
  std::map<size_t, int> counts;
  for (int i = 0; i < 5'000; ++i) ++counts[placed.ShardOf("hot")];
  ASSERT_EQ(counts.size(), 5u);
  for (const auto& [shard, count] : counts) {
    EXPECT_NEAR(count, 1'000, 5 * std::sqrt(5'000 * 0.2 * 0.8));
  }
  EXPECT_EQ(counts.count(placed.map.IndexOf(Md5HashKey("hot#0"))), 1u);
  EXPECT_EQ(counts.count(placed.map.IndexOf(Md5HashKey("hot#4"))), 1u);
}

TEST(StrategyTest, SaltingOfHotKeysAloneLeavesTheOthersWhereKinesisPutsThem) {
  const ShardMap map = UniformMap(1'000);
  // Of 1,000 shards a key with 0.4 % of the load gets 8 parts, twice what it needs; one with 0.05 %
  // needs none, unless it is too hot for the limits of a shard.
  const std::vector<HeavyKey> heavy = {{"hot", 0.004, 1}, {"warm", 0.0005, 1}, {"fast", 0.0004, 3}};
  const auto strategy = Kind("salted-hot").make({.shards = map, .heavy_keys = heavy});
  EXPECT_FALSE(strategy->depends_on_key_alone());
  std::map<std::string, std::set<size_t>> shards;
  for (int i = 0; i < 500; ++i) {
    for (const char* const key : {"hot", "warm", "fast", "other"}) {
      shards[key].insert(map.IndexOf(strategy->Place(key, 1)));
    }
  }
  std::set<size_t> parts;
  for (int i = 0; i < 8; ++i) parts.insert(map.IndexOf(Md5HashKey("hot#" + std::to_string(i))));
  EXPECT_EQ(shards["hot"], parts);
  EXPECT_EQ(shards["fast"].size(), 6u);
  EXPECT_EQ(shards["warm"], std::set<size_t>{map.IndexOf(Md5HashKey("warm"))});
  EXPECT_EQ(shards["other"], std::set<size_t>{map.IndexOf(Md5HashKey("other"))});
  // Fewer shards take more of a key each.
  const ShardMap few = UniformMap(100);
  EXPECT_EQ(heavy[0].Parts(few.size()), 1u);
}

TEST(StrategyTest, AutoGivesEachShardOneTurnInEveryRoundAndRoundsBeginAtDifferentShards) {
  Placed placed("auto", UniformMap(7));
  std::set<size_t> firsts;
  for (int round = 0; round < 40; ++round) {
    std::set<size_t> shards;
    for (int i = 0; i < 7; ++i) {
      const size_t shard = placed.ShardOf("same key");
      if (i == 0) firsts.insert(shard);
      shards.insert(shard);
    }
    EXPECT_EQ(shards.size(), 7u);
  }
  EXPECT_EQ(firsts.size(), 7u);
}

TEST(StrategyTest, AutoTakesTheTurnsOfAStreamOfTheEngineWithAutoDistribution) {
  for (const int64_t shards : {1, 2, 7, 64}) {
    const auto engine = Engine::Create({}).value();
    Stream stream = engine
                        ->CreateStream("auto", {.shard_count = shards,
                                                .record_distribution_strategy =
                                                    RecordDistributionStrategy::kAuto})
                        .value();
    Placed placed("auto", UniformMap(shards));
    for (int i = 0; i < 500; ++i) {
      // The first shards of a stream are numbered in order of hash keys.
      const PutResult put = stream.Put({.partition_key = "key", .data = "data"}).value();
      ASSERT_EQ(put.shard_id.index(), placed.ShardOf("key")) << i << " on " << shards;
    }
  }
}

TEST(StrategyTest, TwoChoicesUsesTwoShardsOfAKeyAndEvensThemOut) {
  Placed placed("two-choices", UniformMap(50));
  std::map<size_t, int> counts;
  for (int i = 0; i < 1'000; ++i) ++counts[placed.ShardOf("hot")];
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts.begin()->second, 500);
}

TEST(StrategyTest, TwoChoicesLeavesTheFullestShardOnlyABitAboveTheMean) {
  // m/n + O(log log n) with two choices against m/n + O(sqrt(m log n / n)) with one (Berenbrink et
  // al., STOC 2000).
  std::map<std::string, double> excess;
  for (const char* const name : {"two-choices", "xxh3"}) {
    Placed placed(name, UniformMap(100));
    std::vector<uint64_t> loads(100);
    for (int i = 0; i < 100'000; ++i) ++loads[placed.ShardOf(Key(i))];
    excess[name] = ComputeLoadStats(loads).max_over_mean * 1'000 - 1'000;
  }
  EXPECT_LE(excess["two-choices"], 5);
  EXPECT_GE(excess["xxh3"], 50);
}

// The share of keys that another shard serves when the map changes.
double Moved(std::string_view name, const ShardMap& from, const ShardMap& to, uint32_t nodes) {
  Placed before(name, from, 1, nodes);
  Placed after(name, to, 1, nodes);
  constexpr int kKeys = 20'000;
  int moved = 0;
  for (int i = 0; i < kKeys; ++i) {
    moved += from.id(before.ShardOf(Key(i))) != to.id(after.ShardOf(Key(i))) ? 1 : 0;
  }
  return static_cast<double>(moved) / kKeys;
}

TEST(StrategyTest, OneShardMoreMovesHalfOfAllKeysBetweenEqualRanges) {
  // The ranges j of s and j of s + 1 equal shards share (s - j) / s(s + 1) of all keys, which adds
  // up to one half.
  for (const int64_t shards : {4, 32}) {
    EXPECT_NEAR(Moved("md5", UniformMap(shards), UniformMap(shards + 1), 1), 0.5, 0.018);
  }
}

TEST(StrategyTest, OneShardMoreMovesItsOwnShareOfKeysOnAConsistentRing) {
  // 1 / (s + 1), with a relative deviation of about 1 / sqrt(virtual nodes).
  for (const int64_t shards : {4, 32}) {
    const double share = 1.0 / static_cast<double>(shards + 1);
    EXPECT_NEAR(Moved("consistent", UniformMap(shards), UniformMap(shards + 1), 400), share,
                share * (4 / std::sqrt(400.0)) + 0.005);
  }
}

TEST(StrategyTest, ASplitMovesNoMoreKeysOnAConsistentRingWhereverItIs) {
  const ShardMap map = UniformMap(8);
  for (const size_t shard : {0, 7}) {
    const ShardMap split = map.Split(shard, map.range(shard).Midpoint());
    EXPECT_NEAR(Moved("consistent", map, split, 400), 1.0 / 9, 0.2 / 9 + 0.005) << shard;
  }
}

TEST(StrategyTest, TheArcsOfAConsistentRingSpreadAsTheirNumberSays) {
  // A ring of n v points has arcs like exponential variables; the v arcs of a shard add up to a
  // share with a coefficient of variation of 1 / sqrt(v), nearly.
  for (const uint32_t nodes : {1u, 25u, 400u}) {
    constexpr size_t kShards = 100;
    Placed placed("consistent", UniformMap(kShards), 1, nodes);
    std::vector<uint64_t> loads(kShards);
    for (int i = 0; i < 100'000; ++i) ++loads[placed.ShardOf(Key(i))];
    const double expected = std::sqrt(1.0 / nodes + 1.0 / 1'000);  // arcs, and keys on them
    EXPECT_NEAR(ComputeLoadStats(loads).coefficient_of_variation, expected, 0.25 * expected);
  }
}

TEST(StrategyTest, ASplitMovesTheUpperHalfOfItsShardAndNoOtherKey) {
  const ShardMap map = UniformMap(8);
  const ShardMap split = map.Split(3, map.range(3).Midpoint());
  EXPECT_NEAR(Moved("md5", map, split, 1), 1.0 / 16, 0.0086);
  EXPECT_NEAR(Moved("md5", split, map, 1), 1.0 / 16, 0.0086);
}

}  // namespace
}  // namespace kinesis::lab
