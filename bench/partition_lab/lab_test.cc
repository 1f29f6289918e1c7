#include "kinesis_core/lab/lab.h"

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
#include "gtest/gtest.h"
#include "kinesis_core/lab/generators.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/report.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/strategy.h"
#include "kinesis_core/testing/internal/engine_testing.h"

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
  ASSERT_EQ(report.strategies.size(), BuiltInStrategies().size());
  for (const StrategyReport& one : report.strategies) {
    EXPECT_EQ(one.by_records.total, 20'000u) << one.name;
    EXPECT_EQ(one.by_bytes.total, report.input.bytes) << one.name;
    ASSERT_TRUE(one.replay.has_value());
    // 4 x 800 a second for 5 s at least are 16,000 records: once through the input.
    EXPECT_EQ(one.replay->throttle.records, 20'000u);
    for (size_t shard = 0; shard < 4; ++shard) {
      const std::vector<uint64_t>& series = one.replay->series.records[shard];
      EXPECT_EQ(std::accumulate(series.begin(), series.end(), uint64_t{0}),
                one.loads.records[shard]);
    }
  }
}

TEST(LabTest, OrderSurvivesExactlyWhereAllRecordsOfAKeyGoToOneShard) {
  const auto source = NewGenerator({.name = "uniform", .records = 5'000, .keys = 100}).value();
  const LabReport report = RunQuietly(*source, Options(4));
  for (const StrategyReport& one : report.strategies) {
    // No key is hot enough to be salted.
    const bool by_key = one.name == "md5" || one.name == "xxh3" || one.name == "consistent" ||
                        one.name == "salted-hot";
    EXPECT_EQ(one.replay->out_of_order_share == 0, by_key) << one.name;
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
  EXPECT_NEAR(md5.hottest_key_share, 0.6 / 0.7, 0.03);
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
  EXPECT_TRUE(advice.is_advised()) << advice.why_not;
  EXPECT_EQ(advice.after->shards, advice.advice.plan.result.ranges());
  const StrategyReport& before = Find(report, "md5");
  // The measurement is what the plan promised.
  const uint64_t mean = static_cast<uint64_t>(advice.advice.hottest.mean);
  const auto over_mean = [mean](uint64_t load) {
    return static_cast<double>(load) / static_cast<double>(mean);
  };
  EXPECT_NEAR(over_mean(advice.advice.hottest.plan), advice.after->by_load.max_over_mean, 1e-6);
  EXPECT_NEAR(over_mean(advice.advice.hottest.now), before.by_load.max_over_mean, 1e-6);
  EXPECT_LT(advice.after->by_records.max_over_mean, before.by_records.max_over_mean);
  EXPECT_LT(advice.after->replay->throttle.over_capacity,
            before.replay->throttle.over_capacity / 2);
  EXPECT_LT(advice.after->replay->throttle.queued, before.replay->throttle.queued / 2);
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
  EXPECT_NEAR(advice.hot_keys[0].share(), 0.6, 0.02);
  EXPECT_EQ(advice.hot_keys[0].salt_to_mean, 5u);   // 0.6 * 8 = 4.8
  EXPECT_EQ(advice.hot_keys[0].salt_to_limit, 4u);  // 3,600 records a second
  EXPECT_EQ(advice.advice.heavy_points, 1u);
  // The numbers are those of the tables.
  const Advice::Hottest& hottest = advice.advice.hottest;
  EXPECT_NEAR(static_cast<double>(hottest.now) / hottest.mean,
              Find(report, "md5").by_load.max_over_mean, 1e-6);
  EXPECT_NEAR(static_cast<double>(hottest.plan) / hottest.mean, advice.after->by_load.max_over_mean,
              1e-6);
  // The others are balanced beside it: nothing else is throttled after the plan.
  const std::vector<uint64_t>& queued = advice.after->replay->throttle.queued_per_shard;
  EXPECT_EQ(std::count_if(queued.begin(), queued.end(), [](uint64_t n) { return n > 0; }), 1);
  EXPECT_EQ(Find(report, "md5").needed->shards, std::nullopt);
  EXPECT_TRUE(Find(report, "random").needed->shards.has_value());
}

TEST(LabTest, SaltingTheHotKeysAloneCostsTheOrderOfThoseAloneAndFitsTheLoad) {
  const auto source =
      NewGenerator({.name = "hotspot", .records = 10'000, .keys = 1'000, .hot_share = 0.3}).value();
  LabOptions options = Options(8);
  options.strategies = Only("md5,salted-hot,");
  options.throttled_max = 0.01;
  options.shards_max = 64;
  const LabReport report = RunQuietly(*source, options);
  const StrategyReport& salted = Find(report, "salted-hot");
  EXPECT_LT(salted.by_load.max_over_mean, 0.7 * Find(report, "md5").by_load.max_over_mean);
  EXPECT_NEAR(salted.spread_share * salted.repeated_keys, 1, 1e-6);  // of the one key
  EXPECT_GT(salted.replay->out_of_order_share, 0.01);
  EXPECT_LT(salted.replay->out_of_order_share, 0.3);
  EXPECT_EQ(Find(report, "md5").needed->shards, std::nullopt);
  EXPECT_TRUE(salted.needed->shards.has_value());
}

// 2,000 keys with 10 records of 10 bytes each, and 9 records of `bytes` bytes of one more.
std::vector<OwnedRecord> WithWhale(uint64_t small_bytes, uint64_t bytes) {
  std::vector<OwnedRecord> records;
  for (int i = 0; i < 20'000; ++i) {
    records.push_back({"user-" + std::to_string(i % 2'000), small_bytes});
    if (i % 2'222 == 1'111) records.push_back({"whale", bytes});
  }
  return records;
}

TEST(LabTest, AKeyThatIsHotInBytesIsNamedThoughItHasHardlyAnyRecords) {
  for (const uint64_t small_bytes : {20, 1'100}) {
    ListSource source(WithWhale(small_bytes, 1'000'000));
    LabOptions options = Options(8);
    options.strategies = Only("md5,salted-hot,");
    options.records_per_second = 6'400;
    const LabReport report = RunQuietly(source, options);
    EXPECT_EQ(report.input.hottest_by_bytes[0].key, "whale");
    EXPECT_NE(report.input.hottest[0].key, "whale");
    ASSERT_FALSE(report.advice->hot_keys.empty()) << small_bytes;
    const HotKey& hot = report.advice->hot_keys[0];
    EXPECT_EQ(hot.key, "whale");
    EXPECT_TRUE(hot.by_bytes);
    const StrategyReport& md5 = Find(report, "md5");
    EXPECT_EQ(md5.hottest_key->key, "whale");
    EXPECT_GT(md5.by_load.max_over_mean, small_bytes == 20 ? 2 : 1.5);
    EXPECT_LT(Find(report, "salted-hot").by_load.max_over_mean, md5.by_load.max_over_mean);
  }
}

TEST(LabTest, NoPlanIsAdvisedThatTheEngineShowsToBeNoBetter) {
  size_t rejected = 0;
  for (uint64_t round = 0; round < 4; ++round) {
    ListSource whale(WithWhale(round % 2 == 0 ? 20 : 1'100, 200'000 + 150'000 * round));
    const auto hotspot = NewGenerator({.name = "hotspot",
                                       .records = 10'000,
                                       .keys = 20 + 400 * round,
                                       .hot_share = 0.16 * static_cast<double>(round),
                                       .seed = round + 1})
                             .value();
    LabOptions options = Options(8 + static_cast<int64_t>(round));
    options.strategies = Only("md5,");
    if (round % 3 == 0) options.records_per_second = 6'400;
    KeySource* const sources[] = {&whale, hotspot.get()};
    for (KeySource* const source : sources) {
      const LabReport report = RunQuietly(*source, options);
      const AdviceReport& advice = *report.advice;
      rejected += advice.why_not.empty() ? 0 : 1;
      if (!advice.is_advised()) continue;
      const ThrottleReport& before = Find(report, "md5").replay->throttle;
      const ThrottleReport& after = advice.after->replay->throttle;
      EXPECT_LE(after.over_capacity_share(), before.over_capacity_share() + 0.002);
      EXPECT_LE(after.queued_share(), before.queued_share() * 1.01 + 0.002);
      EXPECT_LE(after.dropped_share(), before.dropped_share() * 1.01 + 0.002);
      EXPECT_TRUE(after.over_capacity < before.over_capacity || after.queued < before.queued ||
                  after.dropped < before.dropped ||
                  advice.after->by_load.max_over_mean < Find(report, "md5").by_load.max_over_mean);
    }
  }
  EXPECT_GT(rejected, 0u);
}

TEST(LabTest, TheDefaultPaceIsFourFifthsOfWhatTheShardsAcceptByTheNearerLimit) {
  for (const uint64_t bytes : {100, 2'000, 500'000}) {
    const auto source =
        NewGenerator({.name = "uniform", .records = 1'000, .keys = 100, .data_bytes = bytes})
            .value();
    LabOptions options = Options(4);
    options.strategies = Only("round-robin,");
    options.advise = std::nullopt;
    const LabReport report = RunQuietly(*source, options);
    EXPECT_NEAR(report.scenario->utilization(), 0.8, bytes == 500'000 ? 0.2 : 0.001) << bytes;
    EXPECT_LE(report.scenario->utilization(), 0.8 + 1e-6);
    EXPECT_EQ(report.strategies[0].replay->throttle.over_capacity, 0);
    EXPECT_EQ(report.strategies[0].replay->throttle.queued, 0u);
  }
}

TEST(LabTest, AStreamThatIsTooSmallWhateverTheStrategyIsSaidToBe) {
  const auto source =
      NewGenerator({.name = "uniform", .records = 1'000, .keys = 100, .data_bytes = 2'000}).value();
  LabOptions options = Options(4);
  options.strategies = Only("round-robin,");
  options.advise = std::nullopt;
  options.records_per_second = 3'200;
  options.throttled_max = 0.01;
  const LabReport report = RunQuietly(*source, options);
  // 3,200 records of some 2,006 bytes are 6.1 MiB a second.
  EXPECT_NEAR(report.scenario->bytes_utilization, 3'200 * 2'005.9 / 4 / 1'048'576, 0.001);
  EXPECT_NEAR(report.scenario->records_utilization, 0.8, 1e-6);
  EXPECT_EQ(report.scenario->least_shards, 7);
  EXPECT_EQ(report.strategies[0].needed->shards, 7);
}

TEST(LabTest, ManyShardsAreSimulatedForAsLongAsFewWhateverGoesThroughTheEngine) {
  const auto source = NewGenerator({.name = "uniform", .records = 20'000, .keys = 3'000}).value();
  LabOptions options = Options(50);
  options.strategies = Only("md5,");
  options.advise = std::nullopt;
  options.engine_records_max = 30'000;
  const LabReport report = RunQuietly(*source, options);
  EXPECT_GE(report.scenario->seconds, 5);
  EXPECT_EQ(report.scenario->records, 200'000u);
  EXPECT_EQ(report.scenario->engine_records, 30'000u);
  EXPECT_EQ(report.strategies[0].replay->throttle.records, 200'000u);
}

TEST(LabTest, TheShardsThatAreFoundHoldWhenTheLabIsRunWithThem) {
  for (const char* const name : {"zipf", "uniform", "hotspot"}) {
    const auto source = NewGenerator({.name = name,
                                      .records = 10'000,
                                      .keys = 3'000,
                                      .zipf_exponent = 0.7,
                                      .hot_share = 0.02})
                            .value();
    LabOptions options = Options(4);
    options.strategies = Only("md5,two-choices,auto,");
    options.advise = std::nullopt;
    options.records_per_second = 2'345;
    options.seconds_min = 3;
    options.throttled_max = 0.01;
    options.shards_max = 60;
    const LabReport first = RunQuietly(*source, options);
    options.throttled_max = 0;
    for (const StrategyReport& one : first.strategies) {
      ASSERT_TRUE(one.needed->shards.has_value()) << one.name;
      EXPECT_GE(*one.needed->shards, 3);
      options.shards = UniformMap(*one.needed->shards);
      const LabReport again = RunQuietly(*source, options);
      EXPECT_LT(Find(again, one.name).replay->throttle.worst_share(), 0.01) << name << one.name;
    }
  }
}

TEST(LabTest, DollarsAreThoseOfTheShardsAndThePuts) {
  const auto source =
      NewGenerator({.name = "uniform", .records = 10'000, .data_bytes = 30'000}).value();
  LabOptions options = Options(4);
  options.strategies = Only("md5,auto,");
  options.records_per_second = 100;
  const LabReport report = RunQuietly(*source, options);
  // Two units for each record.
  EXPECT_NEAR(report.price->load.put_units_per_second, 200, 1e-6);
  EXPECT_NEAR(*Find(report, "md5").month, 4 * 730 * 0.015 + 200 * 2.628 * 0.014, 1e-6);
  EXPECT_EQ(Find(report, "auto").month, std::nullopt);  // on demand only
  EXPECT_GT(report.price->on_demand_month, 0);
}

TEST(LabTest, AReaderThatIsSlowerThanItsShardFallsBehindAndTheOthersDoNot) {
  const auto source =
      NewGenerator({.name = "hotspot", .records = 10'000, .keys = 1'000, .hot_share = 0.3}).value();
  LabOptions options = Options(4);
  options.strategies = Only("md5,");
  options.records_per_second = 1'000;
  options.seconds_min = 10;
  options.readers.records_per_second = 400;
  const LabReport report = RunQuietly(*source, options);
  const StrategyReport& md5 = Find(report, "md5");
  const size_t hottest = md5.by_load.hottest;
  for (size_t shard = 0; shard < 4; ++shard) {
    const auto lag = static_cast<double>(md5.replay->lags[shard].last_ns) / 1e9;
    if (shard == hottest) {
      // The records that come in 10 s, and those that are read in 10 s.
      const auto records = static_cast<double>(md5.loads.records[shard]);
      EXPECT_NEAR(lag, records / 400 - 10, 0.2);
    } else {
      EXPECT_LT(lag, 0.2);
    }
  }
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
  EXPECT_NEAR(static_cast<double>(Find(report, "md5").replay->throttle.queued), 1'500, 3);
  EXPECT_EQ(report.input.windows.size(), 60u);
  EXPECT_EQ(report.input.windows[0].hottest->records, 3'000u);
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
