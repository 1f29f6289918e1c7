#include "kinesis_core/lab/key_sample.h"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "kinesis_core/lab/fingerprint.h"

namespace kinesis::lab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

bool Touch(const std::string& key, KeySample* sample) {
  return sample->Touch(Fingerprint(key), key);
}

TEST(KeySampleTest, HoldsAllKeysWhileTheyFit) {
  KeySample sample(1, 4, kMiB);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(Touch(std::to_string(i), &sample));
  }
  EXPECT_TRUE(sample.is_exact());
  EXPECT_EQ(sample.distinct_keys(), 100);
  std::set<std::string> keys;
  sample.ForEachKey([&keys](std::string_view key) { keys.emplace(key); });
  EXPECT_EQ(keys.size(), 100u);
}

TEST(KeySampleTest, CountsTheKeysOfEachShardOnceHoweverOftenTheyCome) {
  KeySample sample(2, 100, kMiB);
  for (const char* const key : {"a", "b", "a", "a"}) {
    ASSERT_TRUE(Touch(key, &sample));
    sample.MarkShard(0, 99);
    sample.MarkShard(1, key[0] == 'a' ? 0 : 64);
  }
  EXPECT_EQ(sample.KeysPerShard(0)[99], 2u);
  EXPECT_EQ(sample.KeysPerShard(0)[0], 0u);
  EXPECT_EQ(sample.KeysPerShard(1)[0], 1u);
  EXPECT_EQ(sample.KeysPerShard(1)[64], 1u);
}

TEST(KeySampleTest, AKeyIsSpreadWhenItsRecordsWentToTwoShards) {
  KeySample sample(2, 3, kMiB);
  const auto send = [&sample](const char* key, size_t first, size_t second) {
    ASSERT_TRUE(Touch(key, &sample));
    sample.MarkShard(0, first);
    sample.MarkShard(1, second);
  };
  send("together", 1, 1);
  send("together", 1, 1);
  send("apart", 0, 2);
  send("apart", 2, 2);
  send("once", 0, 0);
  const KeySample::Order first = sample.OrderOf(0);
  EXPECT_EQ(first.keys, 3u);
  EXPECT_EQ(first.repeated_keys, 2u);
  EXPECT_EQ(first.spread_keys, 1u);
  EXPECT_EQ(sample.OrderOf(1).spread_keys, 0u);
}

TEST(KeySampleTest, BeyondTheBudgetItEstimatesTheNumberOfDistinctKeys) {
  KeySample sample(3, 8, kMiB / 2);
  constexpr int kKeys = 100'000;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kKeys; ++i) {
      if (Touch("user-" + std::to_string(i), &sample)) sample.MarkShard(0, i % 8);
    }
  }
  EXPECT_FALSE(sample.is_exact());
  EXPECT_LT(sample.size(), kKeys / 10);
  const double error = 1.2 / std::sqrt(static_cast<double>(sample.size()));
  EXPECT_NEAR(sample.distinct_keys(), kKeys, 5 * error * kKeys);
  // Every key of the sample has been there from its first record on.
  EXPECT_EQ(sample.OrderOf(0).repeated_keys, sample.size());
  const auto keys = sample.KeysPerShard(0);
  EXPECT_EQ(std::accumulate(keys.begin(), keys.end(), uint64_t{0}), sample.size());
}

TEST(KeySampleTest, AKeyThatTakesTheSlotOfAnotherHasNoneOfItsShards) {
  KeySample sample(1, 1, 0);  // room for 64 keys
  for (int i = 0; i < 1'000; ++i) {
    if (Touch(std::to_string(i), &sample) && i < 500) sample.MarkShard(0, 0);
  }
  uint64_t marked = 0;
  sample.ForEachKey(
      [&marked](std::string_view key) { marked += std::stoi(std::string(key)) < 500; });
  EXPECT_EQ(sample.KeysPerShard(0)[0], marked);
}

}  // namespace
}  // namespace kinesis::lab
