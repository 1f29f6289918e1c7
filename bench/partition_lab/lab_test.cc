#include "bench/partition_lab/lab.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "bench/partition_lab/generators.h"
#include "bench/partition_lab/lab_testing.h"
#include "bench/partition_lab/progress.h"
#include "bench/partition_lab/report.h"
#include "bench/partition_lab/shard_map.h"
#include "bench/partition_lab/strategy.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;

LabOptions Options(int64_t shards) {
  return {.strategies = BuiltInStrategies(),
          .shards = UniformMap(shards),
          .memory_bytes = uint64_t{16} << 20,
          .measure_cost = false,
          .seconds_min = 5,
          .throttled_max = 0,
          .shards_max = 32,
          .search_records = 20'000,
          .advise = 0};
}

// `names` with a comma behind each.
std::vector<StrategyKind> Only(std::string_view names) {
  std::vector<StrategyKind> kinds;
  for (const StrategyKind& kind : BuiltInStrategies()) {
    if (names.find(kind.name + ",") != names.npos) kinds.push_back(kind);
  }
  return kinds;
}

LabReport RunQuietly(KeySource& source, const LabOptions& options) {
  Progress quiet(false, false);
  return RunLab(source, options, quiet).value();
}

const StrategyReport& Find(const LabReport& report, std::string_view name) {
  return *std::find_if(report.strategies.begin(), report.strategies.end(),
                       [name](const StrategyReport& one) { return one.name == name; });
}

TEST(LabTest, EveryRecordIsCountedOnceForEveryStrategyAndPlayedThroughTheEngine) {
  const auto source = NewGenerator({.name = "zipf", .records = 20'000, .keys = 500}).value();
  const LabReport report = RunQuietly(*source, Options(4));
  EXPECT_EQ(report.input.records, 20'000u);
  EXPECT_TRUE(report.input.distinct_is_exact);
  ASSERT_EQ(report.strategies.size(), 8u);
  for (const StrategyReport& one : report.strategies) {
    EXPECT_EQ(one.by_records.total, 20'000u) << one.name;
    EXPECT_EQ(one.by_bytes.total, report.input.bytes) << one.name;
    ASSERT_TRUE(one.played.has_value());
    // 4 x 800 a second for 5 s at least are 16,000 records: once through the input.
    EXPECT_EQ(one.played->throttle.records, 20'000u);
    for (size_t shard = 0; shard < 4; ++shard) {
      const std::vector<uint64_t>& series = one.played->series.records[shard];
      EXPECT_EQ(std::accumulate(series.begin(), series.end(), uint64_t{0}),
                one.loads.records[shard]);
    }
  }
}

TEST(LabTest, OrderSurvivesExactlyWhereAllRecordsOfAKeyGoToOneShard) {
  const auto source = NewGenerator({.name = "uniform", .records = 5'000, .keys = 100}).value();
  const LabReport report = RunQuietly(*source, Options(4));
  for (const StrategyReport& one : report.strategies) {
    const bool by_key = one.name == "md5" || one.name == "xxh3" || one.name == "consistent";
    EXPECT_EQ(one.spread_share == 0, by_key) << one.name;
    EXPECT_EQ(one.moves.split.has_value(), by_key) << one.name;
    EXPECT_EQ(one.repeated_keys, 100) << one.name;
  }
  const auto& keys = Find(report, "md5").keys;
  EXPECT_EQ(std::accumulate(keys.begin(), keys.end(), 0.0), 100);
}

TEST(LabTest, TheHottestKeyOfTheHottestShardIsFound) {
  const auto source =
      NewGenerator({.name = "hotspot", .records = 10'000, .keys = 1'000, .hot_share = 0.6}).value();
  LabOptions options = Options(4);
  options.simulate = false;
  const LabReport report = RunQuietly(*source, options);
  const StrategyReport& md5 = Find(report, "md5");
  ASSERT_TRUE(md5.hottest_key.has_value());
  EXPECT_EQ(md5.hottest_key->key, "key-0");
  EXPECT_EQ(md5.hottest_key->records, report.input.hottest[0].records);
  // 60 % of all, on a shard that has a quarter of the rest as well.
  EXPECT_NEAR(md5.hottest_key_share(), 0.6 / 0.7, 0.03);
}

TEST(LabTest, APlanThatHelpsHelpsInTheEngineToo) {
  const auto source =
      NewGenerator({.name = "zipf", .records = 30'000, .keys = 2'000, .zipf_exponent = 0.8})
          .value();
  LabOptions options = Options(8);
  options.strategies = Only("md5,");
  options.records_per_second = 7'400;
  options.seconds_min = 10;
  const LabReport report = RunQuietly(*source, options);
  ASSERT_TRUE(report.advice.has_value());
  const AdviceReport& advice = *report.advice;
  EXPECT_FALSE(advice.advice.plan.steps.empty());
  EXPECT_EQ(advice.after.shards, advice.advice.plan.result.ranges());
  const StrategyReport& before = Find(report, "md5");
  // What was promised is what is measured.
  const auto& loads = advice.after.loads.records;
  EXPECT_EQ(*std::max_element(loads.begin(), loads.end()), advice.advice.hottest_after);
  EXPECT_EQ(before.loads.records[before.by_records.hottest], advice.advice.hottest_before);
  EXPECT_LT(advice.after.by_records.max_over_mean, before.by_records.max_over_mean);
  EXPECT_LT(advice.after.played->throttle.throttled, before.played->throttle.throttled / 2);
}

TEST(LabTest, AKeyThatIsTooHotForAnyShardIsNamedWithTheSaltThatItNeeds) {
  const auto source =
      NewGenerator({.name = "hotspot", .records = 10'000, .keys = 1'000, .hot_share = 0.6}).value();
  LabOptions options = Options(8);
  options.strategies = Only("md5,random,");
  options.records_per_second = 6'000;
  options.throttled_max = 0.01;
  const LabReport report = RunQuietly(*source, options);
  const AdviceReport& advice = *report.advice;
  ASSERT_EQ(advice.hot_keys.size(), 1u);
  EXPECT_EQ(advice.hot_keys[0].key, "key-0");
  EXPECT_NEAR(advice.hot_keys[0].share, 0.6, 0.02);
  EXPECT_EQ(advice.hot_keys[0].salt_to_mean, 5u);   // 0.6 * 8 = 4.8
  EXPECT_EQ(advice.hot_keys[0].salt_to_limit, 4u);  // 3,600 records a second
  EXPECT_TRUE(advice.advice.is_capped());
  EXPECT_EQ(advice.advice.heaviest_point, report.input.hottest[0].records);
  // The others are balanced beside it: nothing else is throttled after the plan.
  const std::vector<uint64_t>& throttled = advice.after.played->throttle.throttled_per_shard;
  EXPECT_EQ(std::count_if(throttled.begin(), throttled.end(), [](uint64_t n) { return n > 0; }), 1);
  EXPECT_EQ(Find(report, "md5").needed->shards, std::nullopt);
  EXPECT_TRUE(Find(report, "random").needed->shards.has_value());
}

TEST(LabTest, TimesOfTheRecordsAreTheirArrivals) {
  // 3,000 records of one key in the first second, and one much later.
  std::vector<OwnedRecord> records;
  for (int64_t i = 0; i < 3'000; ++i) records.push_back({"k", 10, i * 333'333});
  records.push_back({"k", 10, 100'000'000'000});
  ListSource source(records, /*has_times=*/true);
  LabOptions options = Options(1);
  options.strategies = Only("md5,");
  const LabReport report = RunQuietly(source, options);
  EXPECT_EQ(report.scenario->records_per_second, 0u);
  EXPECT_EQ(report.scenario->records, 3'001u);
  EXPECT_DOUBLE_EQ(report.scenario->seconds, 100);
  // A bucket of 1,000 that refills by one each millisecond is empty after half a second, at 1,500.
  EXPECT_NEAR(static_cast<double>(Find(report, "md5").played->throttle.throttled), 1'500, 3);
  options.speedup = 10;
  EXPECT_DOUBLE_EQ(RunQuietly(source, options).scenario->seconds, 10);
}

TEST(LabTest, MoreKeysThanMemoryHoldsAreEstimatedAndTheReportSaysSo) {
  const auto source = NewGenerator({.name = "uuid", .records = 60'000}).value();
  LabOptions options = Options(4);
  options.strategies = Only("md5,");
  options.memory_bytes = uint64_t{1} << 20;
  options.simulate = false;
  const LabReport report = RunQuietly(*source, options);
  EXPECT_FALSE(report.input.distinct_is_exact);
  EXPECT_GT(report.input.keys_sampled, 200u);
  const double keys = report.input.distinct_keys;
  EXPECT_NEAR(keys, 60'000, 60'000 * 6 / std::sqrt(static_cast<double>(report.input.keys_sampled)));
  EXPECT_GT(report.input.count_error_max, 0u);
  EXPECT_FALSE(report.advice->histogram_is_exact);
  EXPECT_FALSE(report.scenario.has_value());
}

TEST(LabTest, ErrorsOfTheSourceEndTheRun) {
  ListSource empty({});
  Progress quiet(false, false);
  EXPECT_TRUE(
      Fails(RunLab(empty, Options(1), quiet), absl::StatusCode::kInvalidArgument, {"no record"}));
}

TEST(LabTest, MoreShardsThanAdviceIsForAreNoErrorButGetNone) {
  const auto source = NewGenerator({.name = "uniform", .records = 1'000}).value();
  LabOptions options = Options(1'100);
  options.strategies = Only("md5,");
  options.simulate = false;
  const LabReport report = RunQuietly(*source, options);
  EXPECT_FALSE(report.advice.has_value());
  EXPECT_NE(report.no_advice.find("1,024"), std::string::npos);
}

}  // namespace
}  // namespace kinesis::lab
