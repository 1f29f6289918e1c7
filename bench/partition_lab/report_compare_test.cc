#include "kinesis_core/lab/report_compare.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/lab/generators.h"
#include "kinesis_core/lab/lab.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/report_json.h"
#include "kinesis_core/lab/strategy.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using ::testing::HasSubstr;
using ::testing::Not;

LabReport RunOn(int64_t shards) {
  const auto source =
      NewGenerator({.name = "hotspot", .records = 2'000, .keys = 100, .hot_share = 0.4}).value();
  LabOptions options = {.strategies = BuiltInStrategies(),
                        .shards = UniformMap(shards),
                        .measure_cost = false,
                        .records_per_second = 1'600,
                        .seconds_min = 2,
                        .throttled_max = 0,
                        .advise = std::nullopt};
  options.strategies.resize(3);  // md5, xxh3, round-robin
  Progress quiet(false, false);
  LabReport report = RunLab(*source, options, quiet).value();
  report.run.flags = {{"rate", "1600"}, {"shards", std::to_string(shards)}};
  return report;
}

TEST(ReportCompareTest, ShowsWhatDiffersAndNothingElse) {
  LabReport before = RunOn(1);
  LabReport after = RunOn(4);
  before.strategies[2].name = "old";
  const std::string text = CompareReports(ToJson(before, true), ToJson(after, false)).value();
  EXPECT_THAT(text, HasSubstr("--shards       1      4\n"));
  EXPECT_THAT(text, Not(HasSubstr("--rate")));
  EXPECT_THAT(text, Not(HasSubstr("records a second")));
  EXPECT_THAT(text, HasSubstr("over capacity  37.5 %"));
  EXPECT_THAT(text, HasSubstr("$ a month"));
  EXPECT_THAT(text, HasSubstr("Only the first report has old.\n"));
  EXPECT_THAT(text, HasSubstr("Only the second report has round-robin.\n"));
}

TEST(ReportCompareTest, TheSameReportTwiceHasNoDifferences) {
  const std::string json = ToJson(RunOn(2), false);
  const std::string text = CompareReports(json, json).value();
  EXPECT_THAT(text, HasSubstr("the same flags, of the same input"));
  EXPECT_THAT(text, HasSubstr("md5          nothing has changed"));
}

TEST(ReportCompareTest, WhatIsNoReportOfThisVersionIsSaidToBe) {
  const std::string json = ToJson(RunOn(1), false);
  for (const char* const text : {"", "{", "[]", "{\"version\": \"2\"}"}) {
    EXPECT_TRUE(Fails(CompareReports(text, json), absl::StatusCode::kInvalidArgument,
                      {"first report is no JSON of the lab"}));
  }
  EXPECT_TRUE(Fails(CompareReports(json, "{\"version\": 1}"), absl::StatusCode::kInvalidArgument,
                    {"second report has version 1"}));
  EXPECT_TRUE(Fails(CompareReports(json, "{\"version\": 2}"), absl::StatusCode::kInvalidArgument,
                    {"no list of strategies"}));
  // Whatever else is missing is not there.
  EXPECT_TRUE(CompareReports(json, "{\"version\": 2, \"strategies\": [{}, 1]}").ok());
}

}  // namespace
}  // namespace kinesis::lab
