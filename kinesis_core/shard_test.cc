#include "kinesis_core/shard.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::Drain;
using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

using Strings = std::vector<std::string>;

constexpr uint64_t kKiB = 1024;

class ShardTest : public ::testing::Test {
 protected:
  ShardTest() : stream_(test_.engine->CreateStream("s").value()), shard_(OnlyShard(stream_)) {}

  SequenceNumber Put(const std::string& data) {
    return stream_.Put({.partition_key = "k", .data = data}).value().sequence_number;
  }
  uint64_t MemoryInUse() const {
    const EngineMetrics metrics = test_.engine->Metrics();
    return metrics.memory_held_bytes - metrics.memory_cached_bytes;
  }

  TestEngine test_;
  Stream stream_;
  Shard shard_;
};

// --- Identity ------------------------------------------------------------------------------------

TEST_F(ShardTest, AFirstShardIsOpenAndHasNoRelatives) {
  EXPECT_EQ(shard_.id(), ShardId(0));
  EXPECT_EQ(shard_.hash_key_range(), HashKeyRange());
  EXPECT_TRUE(shard_.is_open());
  EXPECT_TRUE(shard_.parents().empty());
  EXPECT_TRUE(shard_.children().empty());
  EXPECT_FALSE(shard_.ending_sequence_number().has_value());
}

TEST_F(ShardTest, AClosedShardKnowsItsChildrenAndItsEnd) {
  Put("d");
  test_.clock.Advance(absl::Seconds(5));
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  EXPECT_FALSE(shard_.is_open());
  EXPECT_EQ(shard_.children(), (std::vector<ShardId>{ShardId(1), ShardId(2)}));
  const SequenceNumber end = shard_.ending_sequence_number().value();
  EXPECT_EQ(end.index(), SequenceNumber::kMaxIndex);
  EXPECT_EQ(end.shard_index(), 0U);
  EXPECT_EQ(end.time_seconds(), static_cast<uint64_t>(absl::ToUnixSeconds(test_.clock.Now())));
}

TEST_F(ShardTest, ItsDescriptionOutlivesTheStream) {
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  EXPECT_EQ(shard_.id(), ShardId(0));
  EXPECT_EQ(shard_.hash_key_range(), HashKeyRange());
  EXPECT_FALSE(shard_.is_open());
  EXPECT_TRUE(shard_.children().empty());
}

// --- Sequence numbers ----------------------------------------------------------------------------

TEST_F(ShardTest, SequenceNumbersAre56DigitsIncreaseAndLieBetweenStartAndEnd) {
  SequenceNumber last = shard_.starting_sequence_number();
  EXPECT_EQ(last.ToString().size(), 56U);
  for (int i = 0; i < 500; ++i) {
    const SequenceNumber number = Put("d");
    ASSERT_EQ(number.ToString().size(), 56U);
    ASSERT_GT(number, last);
    ASSERT_GT(number.ToString(), last.ToString());  // of one length, so text sorts likewise
    ASSERT_EQ(number.index(), static_cast<uint64_t>(i + 1));
    last = number;
    if (i % 3 == 0) test_.clock.Advance(absl::Milliseconds(700));
    if (i % 50 == 0) test_.clock.Advance(-absl::Minutes(1));
  }
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  EXPECT_GT(shard_.ending_sequence_number().value(), last);
  EXPECT_EQ(shard_.ending_sequence_number()->ToString().size(), 56U);
}

TEST_F(ShardTest, NumbersOfChildrenAreAboveThoseOfTheirParentsEvenWithinOneSecond) {
  for (const absl::Duration step :
       {absl::ZeroDuration(), -absl::Hours(1), absl::Milliseconds(1), absl::Hours(1)}) {
    const std::vector<Shard> before = stream_.ListShards();
    SequenceNumber newest = Put("d");
    for (const Shard& shard : before) {
      if (shard.is_open()) {
        newest = std::max(newest, shard.starting_sequence_number());
      }
    }
    test_.clock.Advance(step);
    std::vector<ShardId> children;
    for (const Shard& shard : before) {
      if (!shard.is_open()) continue;
      const auto split = stream_.SplitShard(shard.id()).value();
      EXPECT_GT(ShardAt(stream_, split[0].index()).starting_sequence_number(),
                shard.ending_sequence_number().value());
      children.insert(children.end(), split.begin(), split.end());
    }
    while (children.size() > 1) {
      const ShardId merged = stream_.MergeShards(children[0], children[1]).value();
      for (const ShardId parent : {children[0], children[1]}) {
        EXPECT_GT(ShardAt(stream_, merged.index()).starting_sequence_number(),
                  ShardAt(stream_, parent.index()).ending_sequence_number().value());
      }
      children.erase(children.begin());
      children[0] = merged;
    }
    EXPECT_GT(Put("d"), newest);
  }
}

TEST_F(ShardTest, BothParentsOfAMergeEndInTheSameSecond) {
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  test_.clock.Advance(absl::Seconds(100));
  ASSERT_TRUE(stream_.MergeShards(ShardId(1), ShardId(2)).ok());
  EXPECT_EQ(ShardAt(stream_, 1).ending_sequence_number()->time_seconds(),
            ShardAt(stream_, 2).ending_sequence_number()->time_seconds());
}

// --- Trimming ------------------------------------------------------------------------------------

TEST_F(ShardTest, TrimBeforeKeepsTheNumberedRecordAndWhatFollows) {
  std::vector<SequenceNumber> numbers;
  for (int i = 0; i < 200; ++i) numbers.push_back(Put(std::to_string(i)));
  for (const size_t i : {size_t{1}, size_t{64}, size_t{65}, size_t{199}}) {
    ASSERT_TRUE(shard_.TrimBefore(numbers[i]).ok());
    const Strings data = ReadData(shard_);
    ASSERT_EQ(data.size(), 200 - i);
    EXPECT_EQ(data[0], std::to_string(i));
  }
}

TEST_F(ShardTest, TrimmingToThePastChangesNothing) {
  std::vector<SequenceNumber> numbers;
  for (int i = 0; i < 10; ++i) numbers.push_back(Put(std::to_string(i)));
  ASSERT_TRUE(shard_.TrimBefore(numbers[5]).ok());
  ASSERT_TRUE(shard_.TrimBefore(numbers[2]).ok());
  ASSERT_TRUE(shard_.TrimBefore(shard_.starting_sequence_number()).ok());
  EXPECT_EQ(ReadData(shard_).size(), 5U);
}

TEST_F(ShardTest, ANumberOfNoRecordTrimsWhatIsBelowIt) {
  const SequenceNumber first = Put("0");
  Put("1");
  // Between the first record and the second.
  const SequenceNumber between = SequenceNumber::Make(
      first.shard_created_seconds(), first.shard_index(), first.index(), first.time_seconds() + 1);
  ASSERT_TRUE(shard_.TrimBefore(between).ok());
  EXPECT_EQ(ReadData(shard_), Strings({"1"}));
}

TEST_F(ShardTest, ABadNumberTrimsNothing) {
  const SequenceNumber first = Put("0");
  const auto with = [&first](uint64_t created, uint32_t shard, uint64_t index) {
    return SequenceNumber::Make(created, shard, index, first.time_seconds());
  };
  const uint64_t created = first.shard_created_seconds();
  EXPECT_TRUE(Fails(shard_.TrimBefore(with(created, 0, 2)), absl::StatusCode::kOutOfRange,
                    {"newest record"}));
  EXPECT_TRUE(Fails(shard_.TrimBefore(with(created, 1, 1)), absl::StatusCode::kInvalidArgument,
                    {"shardId-000000000000", "shardId-000000000001"}));
  EXPECT_TRUE(
      Fails(shard_.TrimBefore(with(created + 1, 0, 1)), absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(Fails(shard_.TrimBefore(SequenceNumber()), absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReadData(shard_), Strings({"0"}));
}

TEST_F(ShardTest, TrimmingGivesMemoryBack) {
  std::vector<SequenceNumber> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(Put(std::string(1000, 'd')));
  const uint64_t full = MemoryInUse();
  EXPECT_GT(full, 1000 * kKiB);
  ASSERT_TRUE(shard_.TrimBefore(numbers[900]).ok());
  EXPECT_LT(MemoryInUse(), full / 2);
  EXPECT_EQ(shard_.Metrics().memory_held_bytes, MemoryInUse());
}

TEST_F(ShardTest, TheEndingNumberOfAClosedShardTrimsAllOfIt) {
  for (int i = 0; i < 100; ++i) Put("d");
  Iterator late = shard_.CreateIterator(IteratorStart::TrimHorizon()).value();
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  EXPECT_GT(MemoryInUse(), 0U);
  ASSERT_TRUE(shard_.TrimBefore(shard_.ending_sequence_number().value()).ok());
  EXPECT_EQ(MemoryInUse(), 0U);
  const auto drained = Drain(late);
  EXPECT_EQ(drained.records, 0U);
  EXPECT_EQ(drained.lost, 100U);
  EXPECT_TRUE(drained.end_of_shard);
}

TEST_F(ShardTest, AHandleKeepsAnExpiredShardButNotItsMemory) {
  for (int i = 0; i < 1000; ++i) Put(std::string(100, 'd'));
  Iterator late = shard_.CreateIterator(IteratorStart::TrimHorizon()).value();
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  EXPECT_GT(MemoryInUse(), 100 * kKiB);
  test_.clock.Advance(absl::Hours(24) + absl::Milliseconds(1));
  EXPECT_EQ(stream_.ListShards().size(), 2U);
  EXPECT_EQ(MemoryInUse(), 0U);
  EXPECT_EQ(Drain(late).lost, 1000U);
}

// --- Metrics -------------------------------------------------------------------------------------

TEST_F(ShardTest, MetricsCountWhatCameInAndWentOut) {
  for (int i = 0; i < 300; ++i) Put("four");  // and a key of one byte
  ShardMetrics metrics = shard_.Metrics();
  EXPECT_EQ(metrics.shard_id, ShardId(0));
  EXPECT_EQ(metrics.incoming_records, 300U);
  EXPECT_EQ(metrics.incoming_bytes, 1500U);
  EXPECT_EQ(metrics.outgoing_records, 0U);
  EXPECT_EQ(metrics.outgoing_bytes, 0U);
  EXPECT_EQ(metrics.rejected_writes, 0U);
  EXPECT_EQ(metrics.rejected_reads, 0U);
  EXPECT_EQ(metrics.iterator_age, absl::ZeroDuration());

  test_.clock.Advance(absl::Seconds(7));
  EXPECT_EQ(ReadData(shard_).size(), 300U);
  Iterator iterator = shard_.CreateIterator(IteratorStart::TrimHorizon()).value();
  ASSERT_TRUE(iterator.Read({.max_records = 10}).ok());
  metrics = shard_.Metrics();
  EXPECT_EQ(metrics.outgoing_records, 310U);
  EXPECT_EQ(metrics.outgoing_bytes, 1550U);
  EXPECT_EQ(metrics.iterator_age, absl::Seconds(7));
}

TEST_F(ShardTest, MetricsAreSinceTheShardWasOpenedWhateverIsTrimmed) {
  for (int i = 0; i < 200; ++i) Put("four");
  ASSERT_TRUE(shard_.TrimBefore(Put("four")).ok());
  EXPECT_EQ(shard_.Metrics().incoming_records, 201U);
  test_.clock.Advance(absl::Hours(25));
  Put("four");
  ASSERT_TRUE(stream_.SetRetention(absl::Hours(1)).ok());
  EXPECT_EQ(shard_.Metrics().incoming_records, 202U);
  EXPECT_EQ(shard_.Metrics().incoming_bytes, 202U * 5);
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  EXPECT_EQ(shard_.Metrics().incoming_records, 202U);
  EXPECT_EQ(ShardAt(stream_, 1).Metrics().incoming_records, 0U);
}

TEST_F(ShardTest, CountsDoNotGoBackWhileSegmentsAreTrimmed) {
  constexpr uint64_t kRecords = 200'000;
  Stream stream = test_.engine
                      ->CreateStream("t", {.shard_capacity_bytes = 32 * kKiB,
                                           .overflow_policy = OverflowPolicy::kTrimOldest})
                      .value();
  const Shard shard = OnlyShard(stream);
  std::atomic<bool> done{false};
  std::thread producer([&] {
    for (uint64_t i = 0; i < kRecords; ++i) ASSERT_TRUE(stream.Put({.data = "four"}).ok());
    done.store(true);
  });
  uint64_t records = 0;
  uint64_t bytes = 0;
  const WaitingFor waiting("a producer to put all its records");
  while (!done.load()) {
    const ShardMetrics metrics = shard.Metrics();
    ASSERT_GE(metrics.incoming_records, records);
    ASSERT_GE(metrics.incoming_bytes, bytes);
    records = metrics.incoming_records;
    bytes = metrics.incoming_bytes;
  }
  producer.join();
  EXPECT_EQ(shard.Metrics().incoming_records, kRecords);
  EXPECT_EQ(shard.Metrics().incoming_bytes, 4 * kRecords);
}

TEST_F(ShardTest, ReadsThatFailAreCounted) {
  Iterator iterator = shard_.CreateIterator(IteratorStart::TrimHorizon()).value();
  ASSERT_FALSE(iterator.Read({.max_records = 0}).ok());
  ASSERT_FALSE(iterator.Read({.max_bytes = 0}).ok());
  EXPECT_EQ(shard_.Metrics().rejected_reads, 2U);
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  ASSERT_FALSE(iterator.Read().ok());
  EXPECT_EQ(shard_.Metrics().rejected_reads, 3U);
}

TEST_F(ShardTest, TheEnginesMetricsListEveryShardOfEveryStream) {
  Stream other = test_.engine->CreateStream("a", {.shard_count = 3}).value();
  ASSERT_TRUE(other.Put({.data = "four", .explicit_hash_key = HashKey::Max()}).ok());
  Put("four");
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  const EngineMetrics metrics = test_.engine->Metrics();
  EXPECT_EQ(metrics.memory_budget_bytes, uint64_t{64} << 20);
  EXPECT_EQ(metrics.memory_held_bytes, 2 * 4 * kKiB);
  EXPECT_EQ(metrics.memory_cached_bytes, 0U);
  EXPECT_GT(metrics.bookkeeping_bytes, 0U);
  ASSERT_EQ(metrics.streams.size(), 2U);
  EXPECT_EQ(metrics.streams[0].name, "a");
  EXPECT_EQ(metrics.streams[1].name, "s");
  ASSERT_EQ(metrics.streams[0].shards.size(), 3U);
  ASSERT_EQ(metrics.streams[1].shards.size(), 3U);
  EXPECT_EQ(metrics.streams[0].shards[2].incoming_bytes, 4U);
  EXPECT_EQ(metrics.streams[0].shards[2].memory_held_bytes, 4 * kKiB);
  EXPECT_EQ(metrics.streams[0].shards[1].memory_held_bytes, 0U);
  EXPECT_EQ(metrics.streams[1].shards[0].incoming_bytes, 5U);
  EXPECT_EQ(metrics.streams[1].shards[2].shard_id, ShardId(2));
}

}  // namespace
}  // namespace kinesis
