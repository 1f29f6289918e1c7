#include "kinesis_core/lab/counting.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/hot_keys.h"
#include "kinesis_core/lab/key_moves.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/load_scale.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/strategy.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Loads = std::vector<uint64_t>;

constexpr uint64_t kMemory = uint64_t{16} << 20;

// The key's first character, '0' to 'f', is the sixteenth of the key space that it goes to; one
// strategy sends each record of "s..." keys a sixteenth further than the one before.
class ByFirstDigit final : public Strategy {
 public:
  explicit ByFirstDigit(bool spread) : spread_(spread) {}

  HashKey Place(std::string_view key, uint64_t) override {
    const auto digit = static_cast<uint64_t>(std::stoi(std::string(key.substr(0, 1)), nullptr, 16));
    return HashKey::FromHalves((digit + (spread_ ? count_++ : 0)) % 16 << 60, 0);
  }
  bool depends_on_key_alone() const override { return !spread_; }

 private:
  const bool spread_;
  uint64_t count_ = 0;
};

std::vector<StrategyKind> TwoKinds() {
  return {
      {"together", "",
       [](const StrategyContext&) { return std::make_unique<ByFirstDigit>(false); }},
      {"apart", "", [](const StrategyContext&) { return std::make_unique<ByFirstDigit>(true); }}};
}

class CountingTest : public ::testing::Test {
 protected:
  const ShardMap map_ = UniformMap(4);
  const std::vector<StrategyKind> kinds_ = TwoKinds();
  const StrategyContext context_ = {.shards = map_};
  Progress quiet_{false, false};
};

TEST_F(CountingTest, CountsWhatEachStrategySendsToEachShard) {
  ListSource source({{"0a", 10, 7'000}, {"0a", 20, 9'000}, {"5", 5, 8'000}, {"f", 1, 8'500}},
                    /*has_times=*/true);
  const Survey survey = *SurveyRecords(source, kMemory, quiet_);
  EXPECT_EQ(survey.records, 4u);
  EXPECT_EQ(survey.bytes, 36u);
  EXPECT_EQ(survey.first_ns, 7'000);
  EXPECT_EQ(survey.recorded_ns, 2'000);
  EXPECT_EQ(survey.keys.Top(1)[0].key, "0a");
  EXPECT_EQ(survey.put_units, 4u);
  EXPECT_EQ(survey.on_demand_bytes, 4'096u);
  const Counted counted =
      *Count(source, kinds_, context_, 0, kMemory, survey.recorded_ns, 2, quiet_);
  EXPECT_EQ(counted.sample.distinct_keys(), 3);
  ASSERT_EQ(counted.windows.size(), 2u);
  EXPECT_EQ(counted.windows[0].records, 1u);
  EXPECT_EQ(counted.loads[0].records, (Loads{2, 1, 0, 1}));
  EXPECT_EQ(counted.loads[0].bytes, (Loads{30, 5, 0, 1}));
  // 0, 0 + 1, 5 + 2, 15 + 3 sixteenths.
  EXPECT_EQ(counted.loads[1].records, (Loads{3, 1, 0, 0}));
  EXPECT_EQ(counted.histogram->Points().size(), 3u);
}

TEST_F(CountingTest, ASourceWithoutRecordsIsAnError) {
  ListSource source({});
  EXPECT_TRUE(Fails(SurveyRecords(source, kMemory, quiet_), absl::StatusCode::kInvalidArgument,
                    {"no record"}));
}

TEST_F(CountingTest, TheHottestKeyOfAShardIsThatWithTheMostRecordsThere) {
  ListSource source({{"0a", 1}, {"0b", 1}, {"0b", 2}, {"5", 5}, {"5", 5}, {"5", 5}, {"1rare", 1}});
  // Keys that a strategy keeps together have the load that was counted.
  const std::vector<KeyLoad> candidates = {{"5", 3, 15}, {"0b", 2, 3}, {"0a", 1, 1}};
  const auto hottest = *FindHottestKeys(source, kinds_, context_, std::vector<size_t>{0, 2},
                                        candidates, LoadScale({}), quiet_);
  ASSERT_TRUE(hottest[0].has_value());
  EXPECT_EQ(hottest[0]->key, "0b");
  EXPECT_EQ(hottest[0]->records, 2u);
  EXPECT_EQ(hottest[0]->bytes, 3u);
  // Records 4 to 6 of key 5 go to sixteenths 8, 9 and 10: shard 2.
  EXPECT_EQ(hottest[1]->key, "5");
  EXPECT_EQ(hottest[1]->records, 3u);
}

TEST_F(CountingTest, TheHottestKeyMayBeHotInBytesAlone) {
  ListSource source({});
  const std::vector<KeyLoad> candidates = {{"0busy", 100, 1'000}, {"0whale", 9, 9'000'000}};
  const auto hottest = *FindHottestKeys(source, {kinds_.data(), 1}, context_,
                                        std::vector<size_t>{0}, candidates, LoadScale({}), quiet_);
  EXPECT_EQ(hottest[0]->key, "0whale");
}

TEST_F(CountingTest, AShardWithNoneOfTheFrequentKeysHasNoHottestKey) {
  ListSource source({{"0", 1}});
  const std::vector<KeyLoad> candidates = {{"0", 1, 1}};
  const auto hottest = *FindHottestKeys(source, kinds_, context_, std::vector<size_t>{1, 1},
                                        candidates, LoadScale({}), quiet_);
  EXPECT_FALSE(hottest[0].has_value());
}

TEST_F(CountingTest, KeysThatMoveAreThoseThatAnotherShardServesAfterwards) {
  const std::vector<std::string> keys = {"0", "1", "2", "3", "4", "8", "c", "f"};
  // The hottest shard is the first, its upper half 2 and 3; the coldest pair is 4..7 and 8..b, of
  // which 8 is in the upper. Of 4 and 5 equal shards, 3 (0.1875 of 0.2), 4, 8, c and f:
  // 0 1 2 3 | 4 | 8 | c f becomes 0 1 2 3 | 4 | 8 (0.5 is in 0.4 .. 0.6) | c (0.75) | f.
  const KeyMoves moves = ComputeKeyMoves(kinds_[0], context_, Loads{9, 1, 1, 2}, keys);
  EXPECT_EQ(moves.split, 2.0 / 8);
  EXPECT_EQ(moves.merge, 1.0 / 8);
  EXPECT_EQ(moves.grow, 1.0 / 8);
  // Now the coldest pair is the last one, in whose upper shard are c and f.
  EXPECT_EQ(ComputeKeyMoves(kinds_[0], context_, Loads{9, 2, 1, 1}, keys).merge, 2.0 / 8);
}

TEST_F(CountingTest, MovesAreUnknownWhereTheyHaveNoMeaning) {
  const std::vector<std::string> keys = {"0", "8"};
  const KeyMoves spread = ComputeKeyMoves(kinds_[1], context_, Loads{1, 1, 1, 1}, keys);
  EXPECT_EQ(spread.split, std::nullopt);
  EXPECT_EQ(spread.grow, std::nullopt);
  const ShardMap one = UniformMap(1);
  const KeyMoves single = ComputeKeyMoves(kinds_[0], {.shards = one}, Loads{1}, keys);
  EXPECT_EQ(single.merge, std::nullopt);
  EXPECT_EQ(single.split, 0.5);
  const ShardMap uneven = map_.Merge(0);
  EXPECT_EQ(ComputeKeyMoves(kinds_[0], {.shards = uneven}, Loads{1, 1, 1}, keys).grow,
            std::nullopt);
}

}  // namespace
}  // namespace kinesis::lab
