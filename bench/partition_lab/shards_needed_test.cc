#include "bench/partition_lab/shards_needed.h"

#include <cstdint>
#include <string>
#include <vector>

#include "bench/partition_lab/generators.h"
#include "bench/partition_lab/lab_testing.h"
#include "bench/partition_lab/pace.h"
#include "bench/partition_lab/progress.h"
#include "bench/partition_lab/shard_map.h"
#include "bench/partition_lab/strategy.h"
#include "gtest/gtest.h"

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
                               const Scenario& scenario, int64_t shards_max) {
  const ShardMap map = UniformMap(1);
  Progress quiet(false, false);
  return *FindShardsNeeded(source, Kinds(names), {.shards = map}, scenario, 0.01, 1, shards_max,
                           quiet);
}

TEST(ShardsNeededTest, ARateNeedsAShardForEachThousandRecordsIfTheyAreSpreadPerfectly) {
  const auto source = NewGenerator({.name = "uniform", .records = 100}).value();
  for (const uint64_t rate : {900, 1'900, 6'500}) {
    const Scenario scenario = {.pace = Pace::Even(rate), .records = 30 * rate};
    const auto needed = Find(*source, {"round-robin"}, scenario, 64);
    EXPECT_EQ(needed[0].shards, static_cast<int64_t>(rate / 1'000 + 1)) << rate;
  }
}

TEST(ShardsNeededTest, BytesNeedShardsAsWell) {
  // 100 records a second of 60,004 bytes are 5.7 MiB.
  const auto source = NewGenerator({.name = "few", .records = 100, .data_bytes = 59'999}).value();
  const Scenario scenario = {.pace = Pace::Even(100), .records = 6'000};
  EXPECT_EQ(Find(*source, {"round-robin"}, scenario, 64)[0].shards, 6);
}

TEST(ShardsNeededTest, OneKeyAboveTheLimitOfAShardNeedsMoreThanThereAre) {
  const auto source = NewGenerator({.name = "few", .records = 100, .keys = 1}).value();
  const Scenario scenario = {.pace = Pace::Even(3'000), .records = 60'000};
  const auto needed = Find(*source, {"md5", "random"}, scenario, 20);
  EXPECT_EQ(needed[0].shards, std::nullopt);
  EXPECT_EQ(needed[0].shards_tried, 20);
  // Full to the brim, with a second of burst for what chance adds.
  EXPECT_EQ(needed[1].shards, 3);
}

}  // namespace
}  // namespace kinesis::lab
