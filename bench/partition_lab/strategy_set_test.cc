#include "kinesis_core/lab/strategy_set.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {
namespace {

// Counts how often it is asked.
class CountingStrategy final : public Strategy {
 public:
  CountingStrategy(bool is_pure, uint64_t* calls) : is_pure_(is_pure), calls_(calls) {}

  HashKey Place(std::string_view key, uint64_t) override {
    ++*calls_;
    return HashKey::FromHalves(key.size() << 60, 0);
  }
  bool depends_on_key_alone() const override { return true; }
  bool is_pure() const override { return is_pure_; }

 private:
  const bool is_pure_;
  uint64_t* const calls_;
};

StrategyKind CountingKind(bool is_pure, uint64_t* calls) {
  return {"counting", "", [is_pure, calls](const StrategyContext&) {
            return std::make_unique<CountingStrategy>(is_pure, calls);
          }};
}

TEST(StrategySetTest, APureStrategyIsAskedOnceForAKeyThatComesAgain) {
  const ShardMap shards = UniformMap(8);
  uint64_t calls = 0;
  StrategySet strategies;
  strategies.Add(CountingKind(/*is_pure=*/true, &calls), {.shards = shards});
  for (int i = 0; i < 100; ++i) strategies.Place({.key = "same", .bytes = 10});
  EXPECT_EQ(calls, 1u);
}

TEST(StrategySetTest, AStrategyThatIsNotPureIsAskedForEveryRecord) {
  const ShardMap shards = UniformMap(8);
  uint64_t calls = 0;
  StrategySet strategies;
  strategies.Add(CountingKind(/*is_pure=*/false, &calls), {.shards = shards});
  for (int i = 0; i < 100; ++i) strategies.Place({.key = "same", .bytes = 10});
  EXPECT_EQ(calls, 100u);
}

TEST(StrategySetTest, NothingIsKeptOfKeysThatDoNotComeAgain) {
  const ShardMap shards = UniformMap(8);
  uint64_t calls = 0;
  StrategySet strategies;
  strategies.Add(CountingKind(/*is_pure=*/true, &calls), {.shards = shards});
  for (int i = 0; i < 50'000; ++i) {
    const std::string key = "user-" + std::to_string(i);
    strategies.Place({.key = key, .bytes = 10});
  }
  calls = 0;
  for (int i = 0; i < 100; ++i) strategies.Place({.key = "same", .bytes = 10});
  EXPECT_EQ(calls, 100u);
}

TEST(StrategySetTest, ARetiredStrategyIsNotAskedAgain) {
  const ShardMap shards = UniformMap(8);
  for (const bool is_pure : {false, true}) {
    uint64_t calls = 0;
    StrategySet strategies;
    strategies.Add(CountingKind(is_pure, &calls), {.shards = shards});
    strategies.Place({.key = "one", .bytes = 10});
    strategies.Retire(0);
    strategies.Place({.key = "other", .bytes = 10});
    EXPECT_EQ(calls, 1u) << is_pure;
  }
}

// Many keys share a slot of the table, some are too long for it, and one is empty.
TEST(StrategySetTest, EachStrategyPlacesEveryRecordAsItDoesAlone) {
  const ShardMap shards = UniformMap(7);
  const ShardMap other_shards = UniformMap(3);
  const std::vector<HeavyKey> heavy = {{.key = "user-1", .share = 0.5}};
  StrategySet strategies;
  std::vector<std::unique_ptr<Strategy>> alone;
  std::vector<const ShardMap*> maps;
  for (const ShardMap* map : {&shards, &other_shards}) {
    for (const bool salts : {true, false}) {
      StrategyContext context = {.shards = *map, .seed = 5};
      if (salts) context.heavy_keys = heavy;
      for (const StrategyKind& kind : BuiltInStrategies()) {
        strategies.Add(kind, context);
        alone.push_back(kind.make(context));
        maps.push_back(map);
      }
    }
  }
  Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t number = random.Below(random.Below(2) == 0 ? 100 : 30'000);
    std::string key = "user-" + std::to_string(number);
    if (number % 10 == 7) key.resize(60 + number % 9, 'x');
    if (number == 0) key.clear();
    const KeyRecord record = {.key = key, .bytes = key.size() + random.Below(100)};
    const auto placements = strategies.Place(record);
    ASSERT_EQ(placements.size(), alone.size());
    for (size_t strategy = 0; strategy < alone.size(); ++strategy) {
      const HashKey expected = alone[strategy]->PlaceRecord(record);
      ASSERT_EQ(placements[strategy].hash_key, expected) << strategy << " " << key;
      ASSERT_EQ(placements[strategy].shard, maps[strategy]->IndexOf(expected));
    }
  }
}

}  // namespace
}  // namespace kinesis::lab
