#include "kinesis_core/lab/key_counts.h"

#include <cstdint>
#include <map>
#include <string>

#include "gtest/gtest.h"
#include "kinesis_core/lab/fingerprint.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/lab/zipf_sampler.h"

namespace kinesis::lab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

void Add(const std::string& key, uint64_t bytes, KeyCounts* counts) {
  counts->Add(Fingerprint(key), key, bytes);
}

TEST(KeyCountsTest, CountsAreExactWhileAllKeysFit) {
  KeyCounts counts(kMiB);
  for (int i = 0; i < 3; ++i) Add("often", 10, &counts);
  Add("once", 7, &counts);
  Add("also once", 8, &counts);
  EXPECT_TRUE(counts.is_exact());
  EXPECT_EQ(counts.size(), 3u);
  const auto top = counts.Top(2);
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].key, "often");
  EXPECT_EQ(top[0].records, 3u);
  EXPECT_EQ(top[0].bytes, 30u);
  EXPECT_EQ(top[1].key, "also once");  // equals in order of the key
}

TEST(KeyCountsTest, TopGivesAllKeysWhenThereAreFewer) {
  KeyCounts counts(kMiB);
  EXPECT_TRUE(counts.Top(5).empty());
  Add("a", 1, &counts);
  EXPECT_EQ(counts.Top(5).size(), 1u);
}

// A stream of keys that do not fit, against counts that do not forget.
TEST(KeyCountsTest, BeyondTheBudgetNoCountIsTooSmallByMoreThanTheErrorItStates) {
  KeyCounts counts(kMiB / 4);
  std::map<std::string, uint64_t> exact;
  const ZipfSampler sampler(1'000'000, 1.1);
  Random random(3);
  constexpr uint64_t kRecords = 200'000;
  for (uint64_t i = 0; i < kRecords; ++i) {
    const std::string key = "key-" + std::to_string(sampler.Sample(random));
    ++exact[key];
    Add(key, 100, &counts);
  }
  EXPECT_FALSE(counts.is_exact());
  EXPECT_LT(counts.size(), exact.size() / 4);
  // Each purge takes the median off half of the keys or more, so it accounts for many records.
  EXPECT_LT(counts.records_error_max(), kRecords / 500);
  for (const KeyLoad& load : counts.Top(counts.size())) {
    ASSERT_LE(load.records, exact[load.key]);
    ASSERT_GE(load.records + counts.records_error_max(), exact[load.key]);
    ASSERT_EQ(load.bytes, 100 * load.records);
  }
  std::map<std::string, uint64_t> kept;
  for (const KeyLoad& load : counts.Top(counts.size())) kept[load.key] = load.records;
  for (const auto& [key, records] : exact) {
    if (records > counts.records_error_max()) {
      ASSERT_EQ(kept.count(key), 1u) << key;
    }
  }
}

TEST(KeyCountsTest, AKeyWithFewRecordsAndManyBytesIsFoundAndKept) {
  KeyCounts counts(kMiB / 4);
  Random random(4);
  for (int i = 0; i < 100'000; ++i) {
    if (i % 10'000 == 5'000) Add("whale", 1'000'000, &counts);
    Add(i % 20 == 0 ? "busy" : "key-" + std::to_string(random.Below(50'000)), 100, &counts);
  }
  EXPECT_FALSE(counts.is_exact());
  const KeyLoad whale = counts.TopByBytes(1)[0];
  EXPECT_EQ(whale.key, "whale");
  EXPECT_LE(whale.records, 10u);
  EXPECT_GE(whale.bytes + counts.bytes_error_max(), 10'000'000u);
  EXPECT_GT(whale.bytes, 5'000'000u);
  EXPECT_EQ(counts.Top(1)[0].key, "busy");
}

TEST(KeyCountsTest, LongKeysCountAgainstTheBudget) {
  KeyCounts counts(kMiB);
  for (int i = 0; i < 2'000; ++i) Add(std::string(1'000, 'k') + std::to_string(i), 1, &counts);
  EXPECT_LT(counts.size(), 500u);
  EXPECT_FALSE(counts.is_exact());
}

}  // namespace
}  // namespace kinesis::lab
