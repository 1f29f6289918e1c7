// The four forms of the report, on a run that has everything in it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/lab/file_source.h"
#include "kinesis_core/lab/lab.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/report.h"
#include "kinesis_core/lab/report_csv.h"
#include "kinesis_core/lab/report_html.h"
#include "kinesis_core/lab/report_json.h"
#include "kinesis_core/lab/report_text.h"
#include "kinesis_core/lab/strategy.h"
#include "nlohmann/json.hpp"

namespace kinesis::lab {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kEvilKey = "</script><script>alert(1)</script>";

// A hot key with markup in its name, 60 others, and a line that is skipped.
const LabReport& Report() {
  static const auto* const report = [] {
    std::string text = "only-a-key\n";
    for (int i = 0; i < 2'000; ++i) {
      text += (i % 2 == 0 ? std::string(kEvilKey) : "user-" + std::to_string(i % 61)) + " 100\n";
    }
    const auto source = NewFileSource({.path = WriteFile(text),
                                       .format = {.columns = {.key = "1", .size = "2"}},
                                       .skip_bad_lines = true})
                            .value();
    Progress quiet(false, false);
    return new LabReport(RunLab(*source,
                                {.strategies = BuiltInStrategies(),
                                 .shards = UniformMap(4),
                                 .memory_bytes = uint64_t{16} << 20,
                                 .measure_cost = false,
                                 .seconds_min = 5,
                                 .shards_max = 32,
                                 .advise = 0},
                                quiet)
                             .value());
  }();
  return *report;
}

TEST(ReportTextTest, IsPlainTextWithoutBlanksAtLineEnds) {
  const std::string text = ToText(Report());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr(" \n")));
  EXPECT_THAT(text, HasSubstr("2,000 records"));
  EXPECT_THAT(text,
              HasSubstr("skipped 1: missing column; first at line 1: the line has no field 2"));
}

TEST(ReportTextTest, NamesTheHotKeyAndTheSaltThatItNeeds) {
  EXPECT_THAT(ToText(Report()), HasSubstr("alone has 50.0 % of the records"));
  EXPECT_THAT(ToText(Report()), HasSubstr("Salted into 2 buckets"));
}

TEST(ReportJsonTest, HoldsWhatTheReportHolds) {
  const LabReport& report = Report();
  for (const bool pretty : {false, true}) {
    const json parsed = json::parse(ToJson(report, pretty));
    EXPECT_EQ(parsed["input"]["records"], 2'000);
    EXPECT_EQ(parsed["input"]["hottest_keys"][0]["key"], kEvilKey);
    EXPECT_EQ(parsed["input"]["skipped"][0]["count"], 1);
    ASSERT_EQ(parsed["strategies"].size(), report.strategies.size());
    const json& md5 = parsed["strategies"][0];
    EXPECT_EQ(md5["name"], "md5");
    EXPECT_EQ(md5["by_records"]["max_over_mean"], report.strategies[0].by_records.max_over_mean);
    EXPECT_EQ(md5["shards"].size(), 4u);
    EXPECT_EQ(md5["shards"][0]["starting_hash_key"], "0");
    EXPECT_EQ(md5["shards"][3]["ending_hash_key"], "340282366920938463463374607431768211455");
    EXPECT_EQ(md5["lorenz"].size(), 5u);
    EXPECT_EQ(md5["series"]["records"].size(), 4u);
    EXPECT_EQ(md5["nanoseconds_per_key"], nullptr);
    EXPECT_EQ(parsed["advice"]["hot_keys"][0]["salt_to_mean"], 2);
    EXPECT_EQ(parsed["version"], kReportVersion);
    EXPECT_EQ(parsed["run"]["seed"], 1);
    const json& throttling = md5["throttling"];
    const ThrottleReport& throttle = report.strategies[0].replay->throttle;
    EXPECT_EQ(throttling["over_capacity_share"], throttle.over_capacity_share());
    EXPECT_EQ(throttling["queued"], throttle.queued);
    EXPECT_EQ(throttling["dropped"], throttle.dropped);
    EXPECT_EQ(md5["shards"][0]["utilization"], throttle.utilization_per_shard[0]);
    EXPECT_EQ(parsed["price"]["prices"]["shard_hour"], 0.015);
    ASSERT_TRUE(report.advice->is_advised()) << report.advice->why_not;
    EXPECT_EQ(parsed["advice"]["calls"].size(), report.advice->advice.plan.steps.size());
    EXPECT_EQ(parsed["advice"]["after"]["shards"].size(), report.advice->after->shards.size());
    EXPECT_EQ(parsed["advice"]["max_over_mean"]["now"], md5["by_load"]["max_over_mean"]);
  }
}

TEST(ReportsTest, ThePlanThatDoesNotHelpIsNotPrinted) {
  LabReport report = Report();
  ASSERT_FALSE(report.advice->advice.plan.steps.empty());
  report.advice->why_not = "it gains nothing";
  EXPECT_THAT(ToText(report), HasSubstr("best left as they are: of a plan of"));
  EXPECT_THAT(ToText(report), Not(HasSubstr("NewStartingHashKey")));
  const json parsed = json::parse(ToJson(report, false));
  EXPECT_EQ(parsed["advice"]["calls"].size(), 0u);
  EXPECT_EQ(parsed["advice"]["after"], nullptr);
  EXPECT_EQ(parsed["advice"]["rejected"]["why"], "it gains nothing");
  EXPECT_THAT(ToCsv(report), Not(HasSubstr("after plan")));
}

TEST(ReportCsvTest, HasARecordForEachStrategyAndShardAndThePlansResult) {
  const std::string csv = ToCsv(Report());
  size_t lines = 0;
  size_t columns = 0;
  for (size_t at = 0; at < csv.size(); ++lines) {
    const size_t end = csv.find("\r\n", at);
    ASSERT_NE(end, csv.npos);
    const std::string line = csv.substr(at, end - at);
    const auto commas = static_cast<size_t>(std::count(line.begin(), line.end(), ','));
    if (lines == 0) columns = commas;
    EXPECT_EQ(commas, columns) << line;
    at = end + 2;
  }
  EXPECT_EQ(lines, 1 + Report().strategies.size() * 4 + Report().advice->after->shards.size());
  EXPECT_THAT(csv, HasSubstr("\r\nmd5 after plan,0,0,"));
}

TEST(ReportHtmlTest, IsOnePageThatLoadsNothing) {
  const std::string html = ToHtml(Report());
  EXPECT_EQ(html.find("<!DOCTYPE html>"), 0u);
  EXPECT_THAT(html, Not(HasSubstr("@@REPORT@@")));
  // The only address in it is the name of the SVG namespace.
  const std::regex address("https?://[^\"]*");
  for (std::sregex_iterator it(html.begin(), html.end(), address), end; it != end; ++it) {
    EXPECT_EQ(it->str(), "http://www.w3.org/2000/svg");
  }
  for (const char* const loading : {"src=", "<link", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(loading)));
  }
}

TEST(ReportHtmlTest, HoldsTheReportsJsonWhichNoKeyCanEnd) {
  const std::string html = ToHtml(Report());
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const size_t begin = html.find(open) + open.size();
  const size_t end = html.find("</script>", begin);
  EXPECT_EQ(json::parse(html.substr(begin, end - begin)), json::parse(ToJson(Report(), false)));
  EXPECT_THAT(html, Not(HasSubstr(std::string(kEvilKey))));
}

TEST(ReportHtmlTest, HasASectionForEachChartAndColorsForBothThemes) {
  const std::string html = ToHtml(Report());
  for (const char* const part :
       {"Load per shard", "Lorenz curve", "Load over time per shard", "After the plan",
        "color-scheme: light dark", "light-dark(", "aria-label"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
}

}  // namespace
}  // namespace kinesis::lab
