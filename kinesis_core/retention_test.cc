// How records go: by age, for lack of room, by order.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::AllShards;
using kinesis::testing::Drain;
using kinesis::testing::Drained;
using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;

using Strings = std::vector<std::string>;
using Indices = std::vector<uint32_t>;

constexpr uint64_t kKiB = 1024;
constexpr absl::Duration kMs = absl::Milliseconds(1);

uint64_t MemoryInUse(const Engine& engine) {
  const EngineMetrics metrics = engine.Metrics();
  return metrics.memory_held_bytes - metrics.memory_cached_bytes;
}

Iterator FromStart(const Stream& stream) {
  return OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
}

// --- Retention -----------------------------------------------------------------------------------

TEST(RetentionTest, ARecordIsKeptUpToTheVeryMillisecond) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Seconds(10)}).value();
  ASSERT_TRUE(stream.Put({.data = "d"}).ok());
  test.clock.Advance(absl::Seconds(10));
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"d"}));
  test.clock.Advance(kMs - absl::Nanoseconds(1));
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"d"}));
  test.clock.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings());
}

TEST(RetentionTest, TheShortestRetentionKeepsARecordForItsMillisecond) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = kMs}).value();
  ASSERT_TRUE(stream.Put({.data = "d"}).ok());
  test.clock.Advance(kMs);
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"d"}));
  test.clock.Advance(kMs);
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings());
}

TEST(RetentionTest, RecordsExpireOneByOneInTheMiddleOfASegmentAndAreReportedExactly) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Milliseconds(100)}).value();
  Iterator slow = FromStart(stream);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(stream.Put({.data = std::to_string(i)}).ok());
    test.clock.Advance(kMs);
  }
  // It is 300 now: what arrived at 200 or later is kept.
  EXPECT_EQ(ReadData(OnlyShard(stream)).front(), "200");
  const RecordBatch batch = slow.Read({.max_records = 1}).value();
  EXPECT_EQ(batch.records_lost(), 200U);
  EXPECT_EQ(batch[0].data, "200");
  test.clock.Advance(absl::Milliseconds(50));
  const Drained rest = Drain(slow);
  EXPECT_EQ(rest.lost, 49U);
  EXPECT_EQ(rest.records, 50U);
}

TEST(RetentionTest, LoweringTakesEffectAtOnceAndGivesMemoryBack) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream.Put({.data = "old"}).ok());
  test.clock.Advance(absl::Hours(2));
  ASSERT_TRUE(stream.Put({.data = "new"}).ok());
  const uint64_t before = MemoryInUse(*test.engine);
  ASSERT_TRUE(stream.SetRetention(absl::Hours(1)).ok());
  EXPECT_EQ(stream.retention(), absl::Hours(1));
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"new"}));
  EXPECT_LT(MemoryInUse(*test.engine), before / 2);
}

TEST(RetentionTest, RaisingKeepsWhatHasNotExpiredYet) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Hours(1)}).value();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(stream.Put({.data = "first"}).ok());
  test.clock.Advance(absl::Minutes(59));
  ASSERT_TRUE(stream.Put({.data = "second"}).ok());
  ASSERT_TRUE(stream.SetRetention(absl::Hours(2)).ok());
  test.clock.Advance(absl::Minutes(30));
  EXPECT_EQ(ReadData(OnlyShard(stream)).size(), 101U);
  test.clock.Advance(absl::Minutes(31) + kMs);
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"second"}));
}

TEST(RetentionTest, ARetentionOutOfRangeIsRefusedAndTheOldOneStays) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  for (const absl::Duration bad :
       {absl::ZeroDuration(), -absl::Hours(1), kMs - absl::Nanoseconds(1), absl::Hours(87600) + kMs,
        absl::InfiniteDuration(), -absl::InfiniteDuration()}) {
    EXPECT_TRUE(Fails(stream.SetRetention(bad), absl::StatusCode::kOutOfRange,
                      {"retention", "[1ms, 87600h]"}));
  }
  EXPECT_TRUE(Fails(stream.SetRetention(kMs * 1.5), absl::StatusCode::kInvalidArgument,
                    {"retention", "1.5ms", "milliseconds"}));
  EXPECT_EQ(stream.retention(), absl::Hours(24));
}

TEST(RetentionTest, ARecordThatExpiresInTheFutureOfAClockSetBackIsKept) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Hours(1)}).value();
  ASSERT_TRUE(stream.Put({.data = "d"}).ok());
  test.clock.Advance(-absl::Hours(10));
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"d"}));
  test.clock.Advance(absl::Hours(11));
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"d"}));
  test.clock.Advance(kMs);
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings());
}

TEST(RetentionTest, AClosedShardIsListedUntilItsRecordsHaveExpired) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Hours(1)}).value();
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  test.clock.Advance(absl::Hours(1));
  EXPECT_EQ(AllShards(stream), Indices({0, 1, 2}));
  EXPECT_TRUE(stream.FindShard(ShardId(0)).ok());
  test.clock.Advance(kMs);
  EXPECT_EQ(AllShards(stream), Indices({1, 2}));
  EXPECT_TRUE(Fails(stream.FindShard(ShardId(0)), absl::StatusCode::kNotFound,
                    {"shardId-000000000000", "\"s\""}));
  EXPECT_TRUE(Fails(stream.SplitShard(ShardId(0)), absl::StatusCode::kNotFound));
}

// Its newest record arrived an hour in the future of the clock that closes it.
TEST(RetentionTest, AShardClosedByAClockSetBackIsListedAsLongAsItHasRecords) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Hours(2)}).value();
  ASSERT_TRUE(stream.Put({.data = "d"}).ok());
  test.clock.Advance(-absl::Hours(1));
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  test.clock.Advance(absl::Hours(3));
  EXPECT_EQ(AllShards(stream), Indices({0, 1, 2}));
  EXPECT_EQ(ReadData(ShardAt(stream, 0)), Strings({"d"}));
  test.clock.Advance(kMs);
  EXPECT_EQ(AllShards(stream), Indices({1, 2}));
}

TEST(RetentionTest, AShardOfTheFutureHoldsUpNoOtherThatHasExpired) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  // The clock is a year ahead, and somebody notices.
  test.clock.Advance(absl::Hours(24 * 365));
  ASSERT_TRUE(stream.Put({.data = "of the future"}).ok());
  test.clock.Advance(-absl::Hours(24 * 365));
  ShardId open = stream.SplitShard(ShardId(0)).value()[0];
  ShardId other(2);
  for (int day = 0; day < 100; ++day) {
    for (int i = 0; i < 5; ++i) {
      const ShardId whole = stream.MergeShards(open, other).value();
      const std::vector<ShardId> halves = stream.SplitShard(whole).value();
      open = halves[0];
      other = halves[1];
    }
    test.clock.Advance(absl::Hours(24));
  }
  test.clock.Advance(absl::Hours(24) + kMs);
  EXPECT_EQ(AllShards(stream), Indices({0, open.index(), other.index()}));
  EXPECT_EQ(ReadData(ShardAt(stream, 0)), Strings({"of the future"}));
  test.clock.Advance(absl::Hours(24 * 265));
  EXPECT_EQ(AllShards(stream), Indices({open.index(), other.index()}));
}

// --- Capacity ------------------------------------------------------------------------------------

StreamOptions Small(OverflowPolicy policy) {
  return {.shard_capacity_bytes = 64 * kKiB, .overflow_policy = policy};
}

TEST(CapacityTest, RejectRefusesAFullShardAndKeepsWhatItAccepted) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", Small(OverflowPolicy::kReject)).value();
  const std::string data(1000, 'd');
  uint64_t accepted = 0;
  absl::Status status;
  while ((status = stream.Put({.data = data}).status()).ok()) ++accepted;
  EXPECT_TRUE(Fails(status, absl::StatusCode::kResourceExhausted,
                    {"\"s\"", "shard_capacity_bytes", "65536", "retry"}));
  EXPECT_GE(accepted * 1000, 40 * kKiB);
  const ShardMetrics metrics = OnlyShard(stream).Metrics();
  EXPECT_LE(metrics.memory_held_bytes, 64 * kKiB);
  EXPECT_EQ(metrics.incoming_records, accepted);
  EXPECT_EQ(metrics.rejected_writes, 1U);
  EXPECT_EQ(ReadData(OnlyShard(stream)).size(), accepted);
}

TEST(CapacityTest, RejectTakesRecordsAgainOnceSomeAreTrimmed) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", Small(OverflowPolicy::kReject)).value();
  const std::string data(1000, 'd');
  std::vector<SequenceNumber> numbers;
  for (;;) {
    const auto put = stream.Put({.data = data});
    if (!put.ok()) break;
    numbers.push_back(put->sequence_number);
  }
  ASSERT_TRUE(OnlyShard(stream).TrimBefore(numbers[10]).ok());
  EXPECT_TRUE(stream.Put({.data = data}).ok());
}

TEST(CapacityTest, RejectTakesRecordsAgainOnceSomeHaveExpired) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", Small(OverflowPolicy::kReject)).value();
  const std::string data(1000, 'd');
  size_t accepted = 0;
  while (stream.Put({.data = data}).ok()) ++accepted;
  test.clock.Advance(absl::Hours(24) + kMs);
  size_t again = 0;
  while (stream.Put({.data = data}).ok()) ++again;
  EXPECT_EQ(again, accepted);
}

TEST(CapacityTest, OneFullShardDoesNotHoldUpAnother) {
  TestEngine test;
  StreamOptions options = Small(OverflowPolicy::kReject);
  options.shard_count = 2;
  Stream stream = test.engine->CreateStream("s", options).value();
  const std::string data(1000, 'd');
  while (stream.Put({.data = data, .explicit_hash_key = HashKey::Min()}).ok()) {
  }
  EXPECT_TRUE(stream.Put({.data = data, .explicit_hash_key = HashKey::Max()}).ok());
}

TEST(CapacityTest, TrimOldestTakesEveryRecordAndTellsReadersExactlyWhatTheyLost) {
  constexpr uint64_t kRecords = 10'000;
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", Small(OverflowPolicy::kTrimOldest)).value();
  Iterator slow = FromStart(stream);
  uint64_t read = 0;
  uint64_t lost = 0;
  uint64_t next = 0;
  for (uint64_t i = 0; i < kRecords; ++i) {
    ASSERT_TRUE(stream.Put({.data = std::to_string(i) + std::string(100, ' ')}).ok());
    ASSERT_LE(OnlyShard(stream).Metrics().memory_held_bytes, 64 * kKiB);
    if (i % 1000 != 999) continue;
    const RecordBatch batch = slow.Read({.max_records = 50}).value();
    lost += batch.records_lost();
    next += batch.records_lost();
    for (const RecordView& record : batch) {
      ASSERT_EQ(record.data, std::to_string(next++) + std::string(100, ' '));
      ++read;
    }
  }
  const Drained rest = Drain(slow);
  EXPECT_EQ(read + lost + rest.records + rest.lost, kRecords);
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(OnlyShard(stream).Metrics().rejected_writes, 0U);
  EXPECT_EQ(OnlyShard(stream).Metrics().incoming_records, kRecords);
  // The records that are kept are the newest of the stream.
  const Strings kept = ReadData(OnlyShard(stream));
  EXPECT_EQ(kept.back().substr(0, 4), std::to_string(kRecords - 1));
  EXPECT_GE(kept.size() * 100, 30 * kKiB);
}

TEST(CapacityTest, ARecordThatCanNeverFitIsOutOfRange) {
  TestEngine test;
  for (const OverflowPolicy policy : {OverflowPolicy::kReject, OverflowPolicy::kTrimOldest}) {
    const std::string name = policy == OverflowPolicy::kReject ? "reject" : "trim";
    Stream stream = test.engine->CreateStream(name, Small(policy)).value();
    ASSERT_TRUE(stream.Put({.data = "kept"}).ok());
    EXPECT_TRUE(Fails(stream.Put({.data = std::string(64 * kKiB, 'd')}),
                      absl::StatusCode::kOutOfRange, {"65544", "shard_capacity_bytes", "65536"}));
    EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"kept"}));
  }
}

TEST(CapacityTest, ARecordOfAQuarterOfTheCapacityAlwaysFits) {
  TestEngine test;
  for (const uint64_t capacity : {32 * kKiB, 64 * kKiB, 100 * kKiB, 1024 * kKiB}) {
    const StreamOptions options{.shard_capacity_bytes = capacity,
                                .overflow_policy = OverflowPolicy::kTrimOldest};
    Stream stream = test.engine->CreateStream(std::to_string(capacity), options).value();
    // 8 bytes of header, and up to 1/8 of the block for the index of its records.
    const std::string data(capacity / 4 * 7 / 8 - 8, 'd');
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(stream.Put({.data = data}).ok()) << capacity;
  }
}

// --- The budget ----------------------------------------------------------------------------------

TEST(BudgetTest, AShardThatWasBusyOnceTakesLittleForARecordEveryFiveHours) {
  constexpr int kRecords = 200;
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Hours(24) * 365}).value();
  const std::string data(100, 'd');
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(stream.Put({.data = data}).ok());
  const uint64_t busy = MemoryInUse(*test.engine);
  for (int i = 0; i < kRecords; ++i) {
    test.clock.Advance(absl::Hours(5));
    ASSERT_TRUE(stream.Put({.data = data}).ok());
  }
  // The smallest block for each, but for one that is as large as those of the busy time.
  EXPECT_LE(MemoryInUse(*test.engine) - busy, kRecords * 4 * kKiB + 256 * kKiB);
  // And it grows again when it is busy again.
  const uint64_t quiet = MemoryInUse(*test.engine);
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(stream.Put({.data = data}).ok());
  EXPECT_NEAR(MemoryInUse(*test.engine) - quiet, busy, busy / 8);
  Iterator iterator = FromStart(stream);
  EXPECT_EQ(Drain(iterator).records, 40'000U + kRecords);
}

TEST(BudgetTest, ItBoundsAllStreamsTogether) {
  TestEngine test(128 * kKiB);
  const StreamOptions options = Small(OverflowPolicy::kReject);
  std::vector<Stream> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(test.engine->CreateStream(std::to_string(i), options).value());
  }
  const std::string data(1000, 'd');
  uint64_t accepted = 0;
  absl::Status status;
  for (int i = 0; i < 400; ++i) {
    const absl::Status put = streams[static_cast<size_t>(i % 4)].Put({.data = data}).status();
    if (put.ok()) {
      ++accepted;
    } else {
      status = put;
    }
    ASSERT_LE(test.engine->Metrics().memory_held_bytes, 128 * kKiB);
  }
  EXPECT_TRUE(Fails(status, absl::StatusCode::kResourceExhausted,
                    {"memory_budget_bytes", "131072", "retry"}));
  uint64_t read = 0;
  for (const Stream& stream : streams) read += ReadData(OnlyShard(stream)).size();
  EXPECT_EQ(read, accepted);
}

TEST(BudgetTest, ExpiredRecordsOfAnyStreamMakeRoom) {
  TestEngine test(64 * kKiB);
  Stream old = test.engine->CreateStream("old", Small(OverflowPolicy::kReject)).value();
  Stream fresh = test.engine->CreateStream("fresh", Small(OverflowPolicy::kReject)).value();
  const std::string data(1000, 'd');
  while (old.Put({.data = data}).ok()) {
  }
  EXPECT_FALSE(fresh.Put({.data = data}).ok());
  test.clock.Advance(absl::Hours(24) + kMs);
  EXPECT_TRUE(fresh.Put({.data = data}).ok());
  EXPECT_EQ(OnlyShard(fresh).Metrics().rejected_writes, 1U);  // the one above
}

TEST(BudgetTest, ExpiredRecordsOfOtherStreamsGoBeforeLiveOnesOfOnesOwn) {
  TestEngine test(64 * kKiB);
  Stream old = test.engine->CreateStream("old", Small(OverflowPolicy::kReject)).value();
  Stream own = test.engine->CreateStream("own", Small(OverflowPolicy::kTrimOldest)).value();
  const std::string data(1000, 'd');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(old.Put({.data = data}).ok());
  test.clock.Advance(absl::Hours(24) + kMs);
  Iterator reader = FromStart(own);
  uint64_t put = 0;
  for (; put < 40; ++put) ASSERT_TRUE(own.Put({.data = data}).ok());
  const Drained drained = Drain(reader);
  EXPECT_EQ(drained.lost, 0U);
  EXPECT_EQ(drained.records, put);
}

TEST(BudgetTest, TrimOldestTrimsItsOwnShardAndFailsWhenThereIsNothingLeft) {
  TestEngine test(64 * kKiB);
  Stream hog = test.engine->CreateStream("hog", Small(OverflowPolicy::kReject)).value();
  Stream own = test.engine->CreateStream("own", Small(OverflowPolicy::kTrimOldest)).value();
  const std::string data(1000, 'd');
  ASSERT_TRUE(own.Put({.data = data}).ok());
  uint64_t hogged = 0;
  while (hog.Put({.data = data}).ok()) ++hogged;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(own.Put({.data = data}).ok());
  EXPECT_EQ(ReadData(OnlyShard(hog)).size(), hogged);
  Stream late = test.engine->CreateStream("late", Small(OverflowPolicy::kTrimOldest)).value();
  EXPECT_TRUE(Fails(late.Put({.data = data}), absl::StatusCode::kResourceExhausted,
                    {"memory_budget_bytes"}));
}

TEST(BudgetTest, ADeletedStreamGivesAllItsMemoryBack) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_count = 5}).value();
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(
        stream.Put({.partition_key = std::to_string(i), .data = std::string(100, 'd')}).ok());
  }
  ASSERT_TRUE(stream.ReshardUniformly(3).ok());
  EXPECT_GT(MemoryInUse(*test.engine), 500'000U);
  ASSERT_TRUE(test.engine->DeleteStream("s").ok());
  EXPECT_EQ(MemoryInUse(*test.engine), 0U);
}

}  // namespace
}  // namespace kinesis
