#include "kinesis_core/lab/generators.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;

std::vector<std::string> Keys(const GeneratorOptions& options) {
  return ReadAll(*NewGenerator(options).value()).keys();
}

std::map<std::string, uint64_t> Counts(const GeneratorOptions& options) {
  std::map<std::string, uint64_t> counts;
  for (const std::string& key : Keys(options)) ++counts[key];
  return counts;
}

TEST(GeneratorsTest, TheSameSeedGivesTheSameKeysAndAnotherOneOthers) {
  for (const char* const name : {"uniform", "zipf", "hotspot", "uuid", "time"}) {
    const GeneratorOptions options = {.name = name, .records = 200, .seed = 5};
    const auto source = NewGenerator(options).value();
    const auto first = ReadAll(*source).keys();
    EXPECT_EQ(first.size(), 200u);
    ASSERT_TRUE(source->Rewind().ok());
    EXPECT_EQ(ReadAll(*source).keys(), first) << name;
    EXPECT_EQ(Keys(options), first) << name;
    EXPECT_NE(Keys({.name = name, .records = 200, .seed = 6}), first) << name;
  }
}

TEST(GeneratorsTest, ZipfGivesTheFirstKeysTheirShares) {
  constexpr uint64_t kRecords = 200'000;
  auto counts = Counts({.name = "zipf", .records = kRecords, .keys = 1'000, .zipf_exponent = 1.2});
  double harmonic = 0;
  for (int rank = 1; rank <= 1'000; ++rank) harmonic += std::pow(rank, -1.2);
  for (int rank = 1; rank <= 5; ++rank) {
    const double share = std::pow(rank, -1.2) / harmonic;
    EXPECT_NEAR(static_cast<double>(counts["key-" + std::to_string(rank)]), share * kRecords,
                5 * std::sqrt(share * kRecords));
  }
}

TEST(GeneratorsTest, HotspotGivesTheHotKeysTheirShare) {
  const auto counts =
      Counts({.name = "hotspot", .records = 100'000, .keys = 100, .hot_keys = 2, .hot_share = 0.8});
  EXPECT_EQ(counts.size(), 100u);
  const auto hot = static_cast<double>(counts.at("key-0") + counts.at("key-1"));
  EXPECT_NEAR(hot, 80'000, 5 * std::sqrt(100'000 * 0.8 * 0.2));
  EXPECT_NEAR(static_cast<double>(counts.at("key-0")), 40'000, 5 * std::sqrt(100'000 * 0.4 * 0.6));
}

TEST(GeneratorsTest, SequentialIdsCountUp) {
  EXPECT_EQ(Keys({.name = "sequential", .records = 3}),
            (std::vector<std::string>{"id-0000000000", "id-0000000001", "id-0000000002"}));
}

TEST(GeneratorsTest, UuidsAreOfVersionFourAndAllDifferent) {
  const auto keys = Keys({.name = "uuid", .records = 1'000});
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (const std::string& key : keys) ASSERT_TRUE(std::regex_match(key, form)) << key;
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
}

TEST(GeneratorsTest, TimePrefixedKeysMoveOnByASecondEveryThousandRecords) {
  const auto keys = Keys({.name = "time", .records = 61'001, .keys = 10});
  EXPECT_EQ(keys.front().substr(0, 25), "2026-01-01T00:00:00Z/key-");
  EXPECT_EQ(keys[999].substr(0, 20), "2026-01-01T00:00:00Z");
  EXPECT_EQ(keys[1'000].substr(0, 20), "2026-01-01T00:00:01Z");
  EXPECT_EQ(keys[61'000].substr(0, 20), "2026-01-01T00:01:01Z");
}

TEST(GeneratorsTest, FewKeysComeInTurn) {
  EXPECT_EQ(Keys({.name = "few", .records = 5}),
            (std::vector<std::string>{"key-0", "key-1", "key-2", "key-3", "key-0"}));
}

TEST(GeneratorsTest, ARecordCountsWithItsDataAndItsKey) {
  const auto source = NewGenerator({.name = "few", .records = 1, .data_bytes = 70}).value();
  EXPECT_EQ(ReadAll(*source).records[0].bytes, 75u);
}

TEST(GeneratorsTest, OptionsThatMakeNoSenseAreRefusedByName) {
  using Code = absl::StatusCode;
  EXPECT_TRUE(Fails(NewGenerator({.name = "gauss"}), Code::kInvalidArgument, {"gauss", "uniform"}));
  EXPECT_TRUE(Fails(NewGenerator({.records = 0}), Code::kOutOfRange, {"records"}));
  EXPECT_TRUE(Fails(NewGenerator({.zipf_exponent = 0}), Code::kOutOfRange, {"zipf exponent"}));
  EXPECT_TRUE(
      Fails(NewGenerator({.name = "hotspot", .hot_share = 1.5}), Code::kOutOfRange, {"hot share"}));
  EXPECT_TRUE(Fails(NewGenerator({.name = "hotspot", .keys = 3, .hot_keys = 3}), Code::kOutOfRange,
                    {"hot keys"}));
  EXPECT_TRUE(Fails(NewGenerator({.data_bytes = 6 << 20}), Code::kOutOfRange, {"record bytes"}));
}

}  // namespace
}  // namespace kinesis::lab
