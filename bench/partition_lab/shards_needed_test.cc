#include "kinesis_core/lab/shards_needed.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/generators.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/pace.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/lab/record_pass.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/strategy.h"
#include "kinesis_core/lab/write_simulation.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::lab {
namespace {

std::vector<StrategyKind> Kinds(const std::vector<std::string>& names) {
  std::vector<StrategyKind> kinds;
  for (const std::string& name : names) {
    for (const StrategyKind& kind : BuiltInStrategies()) {
      if (kind.name == name) kinds.push_back(kind);
    }
  }
  return kinds;
}

std::vector<ShardsNeeded> Find(KeySource& source, const std::vector<std::string>& names,
                               const Scenario& scenario, const ShardsSearch& options) {
  const ShardMap map = UniformMap(1);
  Progress quiet(false, false);
  return *FindShardsNeeded(source, Kinds(names), {.shards = map}, scenario, options, quiet);
}

// A minute at an even pace.
Scenario Minute(uint64_t rate) {
  return {.pace = Pace::Even(rate), .records = 60 * rate, .duration_ns = 60'000'000'000};
}

TEST(ShardsNeededTest, ARateNeedsAShardForEachThousandRecordsIfTheyAreSpreadPerfectly) {
  const auto source = NewGenerator({.name = "uniform", .records = 100}).value();
  for (const uint64_t rate : {900, 1'000, 1'001, 2'500}) {
    const int64_t least = LeastShards(60 * rate, 60 * rate * 100, 60, {});
    EXPECT_EQ(least, static_cast<int64_t>((rate + 999) / 1'000));
    for (const int64_t shards_min : {int64_t{1}, least}) {
      const auto needed = Find(*source, {"round-robin"}, Minute(rate),
                               {.share_max = 1e-9, .shards_min = shards_min});
      EXPECT_EQ(needed[0].shards, least) << rate;
    }
    EXPECT_EQ(Find(*source, {"round-robin"}, Minute(rate), {.shards_min = least})[0].shards, least);
  }
}

TEST(ShardsNeededTest, ManyShardsAreNoReasonToStopBeforeTheirBurstIsUsedUp) {
  // 40,000 records a second of 750 keys, for 5 s: with 40 shards some have a third too much, which
  // the burst of 40,000 records hides for a while.
  const auto source = NewGenerator({.name = "uniform", .records = 200'000, .keys = 750}).value();
  const Scenario scenario = {
      .pace = Pace::Even(40'000), .records = 200'000, .duration_ns = 5'000'000'000};
  const ShardsNeeded needed = Find(*source, {"md5"}, scenario, {.shards_min = 40})[0];
  ASSERT_TRUE(needed.shards.has_value());
  // The records over the capacity of so many shards, from the counts of the keys alone.
  std::map<std::string, double> counts;
  Progress quiet(false, false);
  ASSERT_TRUE(ForEachRecord(*source, quiet, [&counts](const KeyRecord& record) {
                ++counts[std::string(record.key)];
                return absl::OkStatus();
              }).ok());
  const auto over_capacity = [&counts](int64_t shards) {
    const ShardMap map = UniformMap(shards);
    std::vector<double> loads(map.size());
    for (const auto& [key, count] : counts) loads[map.IndexOf(Md5HashKey(key))] += count;
    double over = 0;
    for (const double load : loads) over += std::max(load - 5'000, 0.0);
    return over / 200'000;
  };
  EXPECT_GT(over_capacity(40), 0.05);
  EXPECT_LT(over_capacity(*needed.shards), 0.01);
  EXPECT_GT(*needed.shards, 45);
}

TEST(ShardsNeededTest, WhatIsFoundHoldsWhenItIsPlayed) {
  Random random(12);
  for (int round = 0; round < 4; ++round) {
    const uint64_t rate = 500 + random.Below(2'000);
    const auto source = NewGenerator({.name = round % 2 == 0 ? "zipf" : "hotspot",
                                      .records = 1'000 + random.Below(20'000),
                                      .keys = 50 + random.Below(500),
                                      .zipf_exponent = 0.7,
                                      .hot_share = 0.05,
                                      .data_bytes = random.Below(2'000),
                                      .seed = random.Next()})
                            .value();
    const Scenario scenario = {
        .pace = Pace::Even(rate), .records = 10 * rate, .duration_ns = 10'000'000'000};
    const std::vector<std::string> names = {"md5", "salted", "two-choices", "auto"};
    // From a guess on half of the records as well.
    const auto needed =
        Find(*source, names, scenario, {.shards_max = 30, .sample_records = 5 * rate});
    for (size_t i = 0; i < names.size(); ++i) {
      if (!needed[i].shards) continue;
      for (const int64_t shards : {*needed[i].shards, *needed[i].shards - 1}) {
        if (shards == 0) continue;
        const ShardMap map = UniformMap(shards);
        const auto strategy = Kinds({names[i]})[0].make({.shards = map});
        WriteSimulation simulation(map.size(), {}, scenario.duration_ns, 0);
        Pace pace = scenario.pace;
        Progress quiet(false, false);
        ASSERT_TRUE(
            ForSoManyRecords(scenario.records, *source, quiet, [&](const KeyRecord& record) {
              const HashKey key = strategy->Place(record.key, record.bytes);
              simulation.Offer(map.IndexOf(key), pace.Next(0), record.bytes);
              return absl::OkStatus();
            }).ok());
        EXPECT_EQ(simulation.Report().worst_share() < 0.01, shards == *needed[i].shards)
            << names[i] << " on " << shards << " in round " << round;
      }
    }
  }
}

TEST(ShardsNeededTest, BytesNeedShardsAsWell) {
  // 100 records a second of 60,004 bytes are 5.7 MiB.
  const auto source = NewGenerator({.name = "few", .records = 100, .data_bytes = 59'999}).value();
  EXPECT_EQ(LeastShards(6'000, 6'000 * 60'004, 60, {}), 6);
  EXPECT_EQ(Find(*source, {"round-robin"}, Minute(100), {})[0].shards, 6);
}

TEST(ShardsNeededTest, OneKeyAboveTheLimitOfAShardNeedsMoreThanThereAre) {
  const auto source = NewGenerator({.name = "few", .records = 100, .keys = 1}).value();
  const auto needed = Find(*source, {"md5", "random"}, Minute(3'000), {.shards_max = 20});
  EXPECT_EQ(needed[0].shards, std::nullopt);
  EXPECT_EQ(needed[0].shards_tried, 20);
  // Full to the brim, with a second of burst for what chance adds.
  EXPECT_EQ(needed[1].shards, 3);
}

TEST(ShardsNeededTest, NoNumberThatIsAllowedIsEnoughIfTheLoadAloneFillsMore) {
  const auto source = NewGenerator({.name = "uniform", .records = 100}).value();
  const auto needed =
      Find(*source, {"round-robin"}, Minute(3'000), {.shards_min = 3, .shards_max = 2});
  EXPECT_EQ(needed[0].shards, std::nullopt);
  EXPECT_EQ(needed[0].shards_tried, 2);
}

}  // namespace
}  // namespace kinesis::lab
