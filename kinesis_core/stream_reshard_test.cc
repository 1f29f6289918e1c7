// Splitting and merging: ranges, lineage, numbering, and where records go.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::AllShards;
using kinesis::testing::Fails;
using kinesis::testing::Indices;
using kinesis::testing::OnlyShard;
using kinesis::testing::OpenShards;
using kinesis::testing::ReadData;
using kinesis::testing::SeedOr;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;

using Strings = std::vector<std::string>;
using Numbers = std::vector<uint32_t>;

HashKeyRange Range(HashKey start, HashKey end) { return HashKeyRange::Create(start, end).value(); }

// The ranges of the open shards in order of hash keys.
std::vector<HashKeyRange> OpenRanges(const Stream& stream) {
  std::vector<HashKeyRange> ranges;
  for (const Shard& shard : stream.ListShards()) {
    if (shard.is_open()) ranges.push_back(shard.hash_key_range());
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.start() < b.start(); });
  return ranges;
}

// True if the open shards cover all hash keys once.
::testing::AssertionResult CoverEverything(const Stream& stream) {
  const std::vector<HashKeyRange> ranges = OpenRanges(stream);
  if (ranges.front().start() != HashKey::Min() || ranges.back().end() != HashKey::Max()) {
    return ::testing::AssertionFailure() << "the ends are not covered";
  }
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (!ranges[i - 1].IsFollowedBy(ranges[i])) {
      return ::testing::AssertionFailure() << ranges[i - 1] << " is not followed by " << ranges[i];
    }
  }
  return ::testing::AssertionSuccess();
}

class StreamReshardTest : public ::testing::Test {
 protected:
  Stream Make(int64_t shards = 1) {
    const std::string name = "s" + std::to_string(made_++);
    return test_.engine->CreateStream(name, {.shard_count = shards}).value();
  }

  TestEngine test_;
  int made_ = 0;
};

// --- Routing -------------------------------------------------------------------------------------

TEST_F(StreamReshardTest, OpenShardOfNamesTheShardThatAPutOfTheKeyGoesTo) {
  Stream stream = Make();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 50; ++i) {
      const Record record{.partition_key = "key"};
      const HashKey key = HashKey::FromHalves(static_cast<uint64_t>(i) << 58, 7);
      const PutResult put = stream.Put({.explicit_hash_key = key}).value();
      EXPECT_EQ(stream.OpenShardOf(key).value(), put.shard_id);
      EXPECT_EQ(stream.OpenShardOf(stream.HashKeyOf(record)).value(),
                stream.Put(record).value().shard_id);
    }
    ASSERT_TRUE(stream.ReshardUniformly(round + 1).ok());
  }
  ASSERT_TRUE(test_.engine->DeleteStream(stream.name()).ok());
  EXPECT_TRUE(absl::IsNotFound(stream.OpenShardOf(HashKey::Min()).status()));
}

// --- Split ---------------------------------------------------------------------------------------

TEST_F(StreamReshardTest, ASplitSendsNewRecordsToTheChildren) {
  Stream stream = Make();
  const auto put = [&stream](HashKey key, const std::string& data) {
    return stream.Put({.data = data, .explicit_hash_key = key}).value().shard_id.index();
  };
  EXPECT_EQ(put(HashKey::Max(), "before"), 0U);
  EXPECT_EQ(Indices(stream.SplitShard(ShardId(0)).value()), Numbers({1, 2}));
  EXPECT_EQ(put(HashKey::Min(), "low"), 1U);
  EXPECT_EQ(put(HashKey::FromHalves((uint64_t{1} << 63) - 1, ~uint64_t{0}), "low"), 1U);
  EXPECT_EQ(put(HashKey::FromHalves(uint64_t{1} << 63, 0), "high"), 2U);
  EXPECT_EQ(put(HashKey::Max(), "high"), 2U);
  EXPECT_EQ(ReadData(ShardAt(stream, 0)), Strings({"before"}));
  EXPECT_EQ(ReadData(ShardAt(stream, 1)), Strings({"low", "low"}));
  EXPECT_EQ(ReadData(ShardAt(stream, 2)), Strings({"high", "high"}));
}

TEST_F(StreamReshardTest, ASplitAtAKeyBeginsTheUpperChildThere) {
  Stream stream = Make();
  const HashKey middle = HashKey::FromHalves(12345, 678);
  ASSERT_TRUE(stream.SplitShard(ShardId(0), middle).ok());
  EXPECT_EQ(ShardAt(stream, 1).hash_key_range(), Range(HashKey::Min(), middle.Prev()));
  EXPECT_EQ(ShardAt(stream, 2).hash_key_range(), Range(middle, HashKey::Max()));
}

TEST_F(StreamReshardTest, ASplitAtTheFirstOrLastPossibleKeyLeavesAShardOfOneKey) {
  Stream stream = Make(2);
  const HashKeyRange upper = ShardAt(stream, 1).hash_key_range();
  ASSERT_TRUE(stream.SplitShard(ShardId(1), upper.start().Next()).ok());
  EXPECT_EQ(ShardAt(stream, 2).hash_key_range(), Range(upper.start(), upper.start()));
  ASSERT_TRUE(stream.SplitShard(ShardId(3), upper.end()).ok());
  EXPECT_EQ(ShardAt(stream, 5).hash_key_range(), Range(upper.end(), upper.end()));
  EXPECT_TRUE(CoverEverything(stream));
  EXPECT_EQ(stream.Put({.explicit_hash_key = upper.start()}).value().shard_id, ShardId(2));
  EXPECT_EQ(stream.Put({.explicit_hash_key = upper.end()}).value().shard_id, ShardId(5));
  // One key cannot be divided.
  EXPECT_TRUE(Fails(stream.SplitShard(ShardId(2)), absl::StatusCode::kOutOfRange,
                    {"hash key", "shardId-000000000002"}));
}

TEST_F(StreamReshardTest, ASplitOutsideTheRangeIsRefusedAndChangesNothing) {
  Stream stream = Make(3);
  const HashKeyRange range = ShardAt(stream, 1).hash_key_range();
  for (const HashKey bad :
       {HashKey::Min(), range.start().Prev(), range.start(), range.end().Next(), HashKey::Max()}) {
    EXPECT_TRUE(Fails(stream.SplitShard(ShardId(1), bad), absl::StatusCode::kOutOfRange,
                      {bad.ToString(), "shardId-000000000001", range.ToString()}));
  }
  EXPECT_EQ(AllShards(stream), Numbers({0, 1, 2}));
  // And no id was used up.
  EXPECT_EQ(Indices(stream.SplitShard(ShardId(1)).value()), Numbers({3, 4}));
}

TEST_F(StreamReshardTest, AnUnknownShardCannotBeSplitNorMerged) {
  Stream stream = Make(2);
  const auto kNotFound = absl::StatusCode::kNotFound;
  EXPECT_TRUE(Fails(stream.SplitShard(ShardId(2)), kNotFound, {"shardId-000000000002"}));
  EXPECT_TRUE(Fails(stream.MergeShards(ShardId(0), ShardId(ShardId::kMaxIndex)), kNotFound,
                    {"shardId-002147483647"}));
  EXPECT_TRUE(
      Fails(stream.MergeShards(ShardId(7), ShardId(0)), kNotFound, {"shardId-000000000007"}));
  EXPECT_EQ(AllShards(stream), Numbers({0, 1}));
}

TEST_F(StreamReshardTest, AClosedShardCannotBeSplitNorMerged) {
  Stream stream = Make(2);
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  const auto kFailed = absl::StatusCode::kFailedPrecondition;
  EXPECT_TRUE(Fails(stream.SplitShard(ShardId(0)), kFailed, {"shardId-000000000000", "closed"}));
  EXPECT_TRUE(Fails(stream.MergeShards(ShardId(0), ShardId(1)), kFailed, {"closed"}));
  EXPECT_TRUE(Fails(stream.MergeShards(ShardId(1), ShardId(0)), kFailed, {"closed"}));
  EXPECT_EQ(AllShards(stream), Numbers({0, 1, 2, 3}));
}

// --- Merge ---------------------------------------------------------------------------------------

TEST_F(StreamReshardTest, NeighboursMergeInEitherOrder) {
  for (const bool swapped : {false, true}) {
    Stream stream = Make(4);
    const ShardId one(swapped ? 2 : 1);
    const ShardId other(swapped ? 1 : 2);
    EXPECT_EQ(stream.MergeShards(one, other).value(), ShardId(4));
    const Shard child = ShardAt(stream, 4);
    EXPECT_EQ(child.hash_key_range(), Range(ShardAt(stream, 1).hash_key_range().start(),
                                            ShardAt(stream, 2).hash_key_range().end()));
    EXPECT_EQ(Indices(child.parents()), Numbers({1, 2}));
    EXPECT_TRUE(CoverEverything(stream));
  }
}

TEST_F(StreamReshardTest, ShardsThatAreNotNeighboursDoNotMerge) {
  Stream stream = Make(4);
  const auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_TRUE(Fails(stream.MergeShards(ShardId(0), ShardId(2)), kInvalid,
                    {"shardId-000000000000", "shardId-000000000002", "adjacent"}));
  EXPECT_TRUE(Fails(stream.MergeShards(ShardId(3), ShardId(0)), kInvalid));  // no wrapping around
  EXPECT_TRUE(Fails(stream.MergeShards(ShardId(1), ShardId(1)), kInvalid));
  EXPECT_EQ(AllShards(stream), Numbers({0, 1, 2, 3}));
}

// --- Numbers of children -------------------------------------------------------------------------

// As in Kinesis; the numbers of a child are above its parents' for that reason.
TEST_F(StreamReshardTest, AChildIsCreatedTheSecondAfterItsParentsClosed) {
  Stream stream = Make(1);
  const auto created = [&stream](uint32_t id) {
    return ShardAt(stream, id).starting_sequence_number().shard_created_seconds();
  };
  const auto closed = [&stream](uint32_t id) {
    return ShardAt(stream, id).ending_sequence_number()->time_seconds();
  };
  const auto now = [this] { return static_cast<uint64_t>(absl::ToUnixSeconds(test_.clock.Now())); };
  test_.clock.Advance(absl::Seconds(10));
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());  // 1 2
  EXPECT_EQ(closed(0), now());
  EXPECT_EQ(created(1), closed(0) + 1);
  EXPECT_EQ(created(2), closed(0) + 1);
  test_.clock.Advance(absl::Seconds(10));
  ASSERT_TRUE(stream.MergeShards(ShardId(1), ShardId(2)).ok());  // 3
  EXPECT_EQ(closed(1), now());
  EXPECT_EQ(closed(2), now());
  EXPECT_EQ(created(3), closed(1) + 1);
  test_.clock.Advance(absl::Seconds(10));
  ASSERT_TRUE(stream.ReshardUniformly(4).ok());  // 3 -> 4 5, 4 -> 6 7, 5 -> 8 9
  EXPECT_EQ(closed(3), now());
  for (const uint32_t id : {4U, 5U}) {
    EXPECT_EQ(created(id), closed(3) + 1);
    EXPECT_EQ(closed(id), created(id));  // not before it was created
  }
  for (const uint32_t id : {6U, 7U, 8U, 9U}) EXPECT_EQ(created(id), closed(4) + 1);
}

// Each number of a child is above each of its parents, whatever the clock does. Within one second,
// only the creation second says so: the shard's index comes next, by its lowest four bits.
TEST_F(StreamReshardTest, ChildrenAreAboveTheirParentsInEveryOrderOfIdsAndAtEveryClock) {
  for (const absl::Duration step :
       {absl::ZeroDuration(), absl::Milliseconds(300), absl::Seconds(1), -absl::Seconds(2)}) {
    Stream stream = Make(3);
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(stream.Put({.partition_key = std::to_string(i), .data = "d"}).ok());
      if (i % 3 == 2) {
        ASSERT_TRUE(stream.ReshardUniformly(1 + i % 7).ok());
      } else {
        ASSERT_TRUE(stream.SplitShard(ShardId(OpenShards(stream).back())).ok());
      }
      test_.clock.Advance(step);
    }
    for (const Shard& shard : stream.ListShards()) {
      for (const ShardId parent : shard.parents()) {
        const Shard before = ShardAt(stream, parent.index());
        ASSERT_LT(before.starting_sequence_number(), *before.ending_sequence_number());
        ASSERT_LT(*before.ending_sequence_number(), shard.starting_sequence_number())
            << parent << " -> " << shard.id() << " with steps of " << step;
      }
    }
  }
}

// --- Lineage -------------------------------------------------------------------------------------

TEST_F(StreamReshardTest, ParentsAndChildrenNameEachOther) {
  Stream stream = Make();
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());               // 1 2
  ASSERT_TRUE(stream.SplitShard(ShardId(2)).ok());               // 1 3 4
  ASSERT_TRUE(stream.MergeShards(ShardId(1), ShardId(3)).ok());  // 5 4
  ASSERT_TRUE(stream.MergeShards(ShardId(4), ShardId(5)).ok());  // 6
  const std::map<uint32_t, std::pair<Numbers, Numbers>> lineage = {
      {0, {{}, {1, 2}}}, {1, {{0}, {5}}},    {2, {{0}, {3, 4}}}, {3, {{2}, {5}}},
      {4, {{2}, {6}}},   {5, {{1, 3}, {6}}}, {6, {{5, 4}, {}}},
  };
  EXPECT_EQ(AllShards(stream), Numbers({0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(OpenShards(stream), Numbers({6}));
  for (const auto& [id, relatives] : lineage) {
    EXPECT_EQ(Indices(ShardAt(stream, id).parents()), relatives.first) << id;
    EXPECT_EQ(Indices(ShardAt(stream, id).children()), relatives.second) << id;
  }
}

TEST_F(StreamReshardTest, AHandleFromBeforeSeesTheShardClosed) {
  Stream stream = Make();
  const Shard shard = OnlyShard(stream);
  EXPECT_TRUE(shard.is_open());
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  EXPECT_FALSE(shard.is_open());
  EXPECT_EQ(Indices(shard.children()), Numbers({1, 2}));
}

// Reads a stream from its first shards to its last, each after its parents, and checks that every
// key comes in order, once.
void ExpectKeysInOrder(const Stream& stream, const std::map<std::string, int>& put, uint64_t seed) {
  std::map<std::string, int> read;
  for (const Shard& shard : stream.ListShards()) {  // parents have smaller ids
    Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    for (;;) {
      const RecordBatch batch = iterator.Read().value();
      if (batch.empty()) break;
      for (const RecordView& record : batch) {
        int& count = read[std::string(record.partition_key)];
        ASSERT_EQ(record.data, std::to_string(count++)) << "KINESIS_TEST_SEED=" << seed;
      }
    }
  }
  EXPECT_EQ(read, put) << "KINESIS_TEST_SEED=" << seed;
}

TEST_F(StreamReshardTest, EachKeyStaysInOrderAcrossRandomReshards) {
  const uint64_t seed = SeedOr(1001);
  std::mt19937_64 random(seed);
  Stream stream = Make(3);
  std::map<std::string, int> put;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = std::to_string(random() % 100);
    ASSERT_TRUE(stream.Put({.partition_key = key, .data = std::to_string(put[key]++)}).ok());
    if (random() % 50 != 0) continue;
    const Numbers open = OpenShards(stream);
    const ShardId id(open[random() % open.size()]);
    if (open.size() < 20 && random() % 2 == 0) {
      ASSERT_TRUE(stream.SplitShard(id).ok());
    } else {
      // Only some pairs are neighbours.
      const ShardId other(open[random() % open.size()]);
      stream.MergeShards(id, other).status().IgnoreError();
    }
    ASSERT_TRUE(CoverEverything(stream)) << "KINESIS_TEST_SEED=" << seed;
  }
  ExpectKeysInOrder(stream, put, seed);
}

// --- ReshardUniformly ----------------------------------------------------------------------------

// The numbers of open and closed shards afterwards are those that the service was seen to have.
TEST_F(StreamReshardTest, UniformReshardingMakesAsManyShardsAsKinesisDoes) {
  struct Case {
    int64_t from;
    int64_t to;
    size_t total;
  };
  for (const auto& [from, to, total] :
       {Case{2, 4, 6}, Case{4, 5, 15}, Case{4, 2, 6}, Case{4, 3, 11}}) {
    Stream stream = Make(from);
    ASSERT_TRUE(stream.ReshardUniformly(to).ok());
    EXPECT_EQ(AllShards(stream).size(), total) << from << " -> " << to;
    EXPECT_EQ(OpenRanges(stream), HashKeyRange::Uniform(to).value());
  }
}

// risingwave issue 9961 lists these shards after 4 -> 3.
TEST_F(StreamReshardTest, FromFourToThreeGivesTheShardsThatKinesisGave) {
  Stream stream = Make(4);
  ASSERT_TRUE(stream.ReshardUniformly(3).ok());
  EXPECT_EQ(OpenShards(stream), Numbers({6, 9, 10}));
  EXPECT_EQ(AllShards(stream).size(), 11U);
  EXPECT_EQ(Indices(ShardAt(stream, 6).parents()), Numbers({0, 4}));
  EXPECT_EQ(Indices(ShardAt(stream, 9).parents()), Numbers({5, 7}));
  EXPECT_EQ(Indices(ShardAt(stream, 10).parents()), Numbers({8, 3}));
}

TEST_F(StreamReshardTest, UniformReshardingToThePresentCountChangesNothing) {
  Stream stream = Make(5);
  ASSERT_TRUE(stream.ReshardUniformly(5).ok());
  EXPECT_EQ(AllShards(stream).size(), 5U);
}

TEST_F(StreamReshardTest, UniformReshardingEvensOutAnySetOfShards) {
  const uint64_t seed = SeedOr(42);
  std::mt19937_64 random(seed);
  Stream stream = Make(1);
  std::map<std::string, int> put;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 5; ++i) {
      const Numbers open = OpenShards(stream);
      const ShardId id(open[random() % open.size()]);
      // May be outside the range, and is refused then.
      stream.SplitShard(id, HashKey::FromHalves(random(), random())).status().IgnoreError();
    }
    const auto count = static_cast<int64_t>(1 + random() % 60);
    ASSERT_TRUE(stream.ReshardUniformly(count).ok());
    ASSERT_EQ(OpenRanges(stream), HashKeyRange::Uniform(count).value())
        << "KINESIS_TEST_SEED=" << seed;
    for (int i = 0; i < 100; ++i) {
      const std::string key = std::to_string(random() % 30);
      ASSERT_TRUE(stream.Put({.partition_key = key, .data = std::to_string(put[key]++)}).ok());
    }
  }
  ExpectKeysInOrder(stream, put, seed);
}

TEST_F(StreamReshardTest, AShardCountOutOfRangeIsRefused) {
  Stream stream = Make(2);
  for (const int64_t bad : {int64_t{0}, int64_t{-1}, int64_t{100'001}, INT64_MAX, INT64_MIN}) {
    EXPECT_TRUE(Fails(stream.ReshardUniformly(bad), absl::StatusCode::kOutOfRange,
                      {"shard_count", std::to_string(bad), "[1, 100000]"}));
  }
  EXPECT_EQ(AllShards(stream), Numbers({0, 1}));
}

// The most generations between a shard of the stream and its first shards.
size_t DepthOf(const Stream& stream) {
  std::map<ShardId, size_t> depths;
  size_t deepest = 0;
  for (const Shard& shard : stream.ListShards()) {  // parents have smaller ids
    size_t& depth = depths[shard.id()];
    for (const ShardId parent : shard.parents()) depth = std::max(depth, depths.at(parent) + 1);
    deepest = std::max(deepest, depth);
  }
  return deepest;
}

TEST_F(StreamReshardTest, ThousandsOfShardsComeAndGoInAFewGenerations) {
  constexpr int64_t kMany = 10'000;
  Stream stream = Make(1);
  ASSERT_TRUE(stream.Put({.data = "before"}).ok());
  ASSERT_TRUE(stream.ReshardUniformly(kMany).ok());
  EXPECT_EQ(OpenRanges(stream), HashKeyRange::Uniform(kMany).value());
  EXPECT_EQ(stream.ListShards().size(), 2U * kMany - 1);
  EXPECT_EQ(DepthOf(stream), 14U);  // 2^14 is the next power of two
  ASSERT_TRUE(stream.Put({.data = "between"}).ok());
  ASSERT_TRUE(stream.ReshardUniformly(1).ok());
  EXPECT_EQ(OpenRanges(stream), HashKeyRange::Uniform(1).value());
  EXPECT_EQ(stream.ListShards().size(), 3U * kMany - 2);
  EXPECT_EQ(DepthOf(stream), 28U);
}

TEST_F(StreamReshardTest, ShardsOfTheLineageOnlyAreClosedInTheMomentInWhichTheyAreOpened) {
  Stream stream = Make(1);
  ASSERT_TRUE(stream.Put({.data = "d"}).ok());
  const absl::Time then = test_.clock.Now();
  test_.clock.Advance(absl::Milliseconds(1500));
  const absl::Time now = test_.clock.Now();
  ASSERT_TRUE(stream.ReshardUniformly(4).ok());
  test_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(AllShards(stream), Numbers({0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(OpenShards(stream), Numbers({3, 4, 5, 6}));
  EXPECT_EQ(ShardAt(stream, 0).opened_at(), then);
  EXPECT_EQ(ShardAt(stream, 0).closed_at(), now);
  for (const uint32_t id : {1U, 2U}) {
    const Shard shard = ShardAt(stream, id);
    EXPECT_EQ(shard.opened_at(), now);
    EXPECT_EQ(shard.closed_at(), now);
    EXPECT_EQ(ReadData(shard), Strings());
    Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    const RecordBatch batch = iterator.Read().value();
    EXPECT_TRUE(batch.end_of_shard());
    EXPECT_EQ(std::vector<ShardId>(batch.child_shards().begin(), batch.child_shards().end()),
              shard.children());
  }
  for (const uint32_t id : {3U, 4U, 5U, 6U}) {
    EXPECT_EQ(ShardAt(stream, id).opened_at(), now);
    EXPECT_FALSE(ShardAt(stream, id).closed_at().has_value());
  }
  // They are forgotten like any closed shard.
  test_.clock.Advance(absl::Hours(23) + absl::Milliseconds(1));
  EXPECT_EQ(AllShards(stream), Numbers({3, 4, 5, 6}));
}

// The shard of each key at each time, by opened_at and closed_at, also if the clock is set back.
TEST_F(StreamReshardTest, AtAnyTimeAKeyBelongsToOneShard) {
  const uint64_t seed = SeedOr(7);
  SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  Stream stream = Make(2);
  std::set<absl::Time> times = {test_.clock.Now()};
  const absl::Time begin = test_.clock.Now();
  for (int i = 0; i < 60; ++i) {
    test_.clock.Advance(absl::Milliseconds(static_cast<int64_t>(random() % 3000) - 1000));
    if (random() % 3 == 0) {
      ASSERT_TRUE(stream.Put({.data = "d"}).ok());
    }
    if (random() % 2 == 0) {
      ASSERT_TRUE(stream.ReshardUniformly(static_cast<int64_t>(1 + random() % 9)).ok());
    } else {
      ASSERT_TRUE(stream.SplitShard(ShardId(OpenShards(stream)[0])).ok());
    }
    times.insert(std::max(begin, test_.clock.Now()));
  }
  const std::vector<Shard> shards = stream.ListShards();
  for (const absl::Time time : times) {
    for (const HashKey key : {HashKey::Min(), HashKey::FromHalves(random(), 1), HashKey::Max()}) {
      const auto at_that_time = [&](const Shard& shard) {
        return shard.hash_key_range().Contains(key) && shard.opened_at() <= time &&
               (!shard.closed_at() || time < *shard.closed_at());
      };
      ASSERT_EQ(std::count_if(shards.begin(), shards.end(), at_that_time), 1) << time;
    }
  }
}

TEST_F(StreamReshardTest, PutsAndReadersGoOnWhileTheCountChanges) {
  constexpr int kRecords = 5000;
  constexpr int kKeys = 50;
  Stream stream = Make(1);
  std::atomic<bool> done{false};
  std::thread resharder([&] {
    // Sizes from one to hundreds, so that a reshard takes longer than a put.
    for (int64_t i = 0; !done.load() && i < 100; ++i) {
      EXPECT_TRUE(stream.ReshardUniformly(1 + (i * 97) % 300).ok());
    }
  });
  std::map<std::string, int> put;
  for (int i = 0; i < kRecords; ++i) {
    const std::string key = std::to_string(i % kKeys);
    EXPECT_TRUE(stream.Put({.partition_key = key, .data = std::to_string(put[key]++)}).ok());
    if (i % 1000 == 0) {
      EXPECT_FALSE(stream.ListShards().empty());
    }
  }
  done.store(true);
  resharder.join();
  ExpectKeysInOrder(stream, put, 0);
}

// --- Cost ----------------------------------------------------------------------------------------

TEST_F(StreamReshardTest, TenThousandReshardsLeaveNothingBehindOnceTheyHaveExpired) {
  Stream stream = Make(2);
  ASSERT_TRUE(stream.SetRetention(absl::Seconds(1)).ok());
  const auto reshard = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const Numbers open = OpenShards(stream);
      ASSERT_TRUE(stream.Put({.partition_key = std::to_string(i), .data = "d"}).ok());
      ASSERT_TRUE(stream.MergeShards(ShardId(open[0]), ShardId(open[1])).ok());
      ASSERT_TRUE(stream.SplitShard(ShardId(OpenShards(stream)[0])).ok());
      test_.clock.Advance(absl::Milliseconds(100));
    }
  };
  reshard(100);
  const uint64_t before = test_.engine->Metrics().bookkeeping_bytes;
  reshard(5000);
  EXPECT_EQ(test_.engine->Metrics().bookkeeping_bytes, before);
  EXPECT_LT(AllShards(stream).size(), 50U);
}

}  // namespace
}  // namespace kinesis
