// The lab as another project calls it: its own source, its own strategy, no flags.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/lab.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/report_html.h"
#include "kinesis_core/lab/report_json.h"
#include "kinesis_core/lab/report_text.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Code = absl::StatusCode;

// Everything to the first shard.
class First final : public Strategy {
 public:
  HashKey Place(std::string_view, uint64_t) override { return HashKey::FromHalves(0, 0); }
  bool depends_on_key_alone() const override { return true; }
};

StrategyKind FirstKind(std::string name = "first") {
  return {std::move(name), "everything to the first shard",
          [](const StrategyContext&) { return std::make_unique<First>(); }};
}

LabOptions Options() { return {.shards = UniformMap(4), .seconds_min = 1, .throttled_max = 0}; }

absl::StatusOr<LabReport> RunOn(LabOptions options, std::vector<OwnedRecord> records,
                                std::vector<StrategyKind> kinds, bool has_times = false) {
  ListSource source(std::move(records), has_times);
  return RunLab(std::move(options), source, std::move(kinds));
}

TEST(PublicLabTest, AnOwnSourceAndAnOwnStrategyStandInEveryFormOfTheReport) {
  const absl::StatusOr<LabReport> report =
      RunOn(Options(), {{"ann", 10}, {"bob", 20}, {"ann", 10}}, {FirstKind()});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->input.records, 3u);
  EXPECT_EQ(report->strategies[0].by_records.max_over_mean, 4);
  for (const std::string& text :
       {ToText(*report), ToJson(*report, /*pretty=*/false), ToHtml(*report)}) {
    EXPECT_NE(text.find("first"), std::string::npos);
  }
}

TEST(PublicLabTest, StrategiesThatComeWithTheLabRunBesideOwnOnes) {
  std::vector<StrategyKind> kinds = BuiltInStrategies();
  const size_t built_in = kinds.size();
  kinds.push_back(FirstKind());
  const absl::StatusOr<LabReport> report = RunOn(Options(), {{"ann", 10}}, std::move(kinds));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->strategies.size(), built_in + 1);
}

TEST(PublicLabTest, ARecordThatKinesisWouldNotTakeIsAnErrorThatNamesIt) {
  const std::vector<std::pair<OwnedRecord, std::string>> cases = {
      {{"", 10}, "0 characters"},
      {{std::string(257, 'k'), 300}, "257 characters"},
      {{"\xff", 10}, "\"\\xff\" is not UTF-8"},
      {{"long", 3}, "its bytes are 3"},
      {{"large", (10u << 20) + 1}, "10,485,760"},
      {{"early", 10, -1}, "before 1970"},
  };
  for (const auto& [record, what] : cases) {
    EXPECT_TRUE(Fails(RunOn(Options(), {{"ok", 10}, record}, {FirstKind()}, /*has_times=*/true),
                      Code::kInvalidArgument, {"record 2 of a list", what}));
  }
  EXPECT_TRUE(Fails(RunOn(Options(), {}, {FirstKind()}), Code::kInvalidArgument, {"no record"}));
}

TEST(PublicLabTest, OptionsAndStrategiesThatMakeNoSenseAreRefusedByName) {
  const std::vector<OwnedRecord> records = {{"ann", 10}};
  EXPECT_TRUE(Fails(RunOn(Options(), records, {}), Code::kInvalidArgument, {"no strategy"}));
  EXPECT_TRUE(Fails(RunOn(Options(), records, {FirstKind(), FirstKind()}), Code::kInvalidArgument,
                    {"strategy \"first\"", "no other"}));
  EXPECT_TRUE(Fails(RunOn(Options(), records, {FirstKind("")}), Code::kInvalidArgument, {"name"}));
  EXPECT_TRUE(
      Fails(RunOn(Options(), records, {{"none", "", nullptr}}), Code::kInvalidArgument, {"none"}));
  LabOptions options = Options();
  options.limits.records_per_second = 0;
  EXPECT_TRUE(Fails(RunOn(options, records, {FirstKind()}), Code::kOutOfRange,
                    {"limits.records_per_second \"0\"", "[1, 1000000000]"}));
  options = Options();
  options.advise = 1;
  EXPECT_TRUE(Fails(RunOn(options, records, {FirstKind()}), Code::kOutOfRange, {"advise"}));
}

}  // namespace
}  // namespace kinesis::lab
