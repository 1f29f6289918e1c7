// Clocks that show what no sequence number can hold, and those at the very edge of it: the whole
// surface works, and what it gives out is what it takes.
#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::OpenShards;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

using Strings = std::vector<std::string>;

constexpr absl::Duration kMs = absl::Milliseconds(1);

absl::Time Latest() { return absl::FromUnixMillis(kLatestMillis); }

class EndOfTimeTest : public ::testing::TestWithParam<absl::Time> {
 protected:
  EndOfTimeTest() { test_.clock.Set(GetParam()); }

  // The time that the engine reads off the clock, which is not before the epoch or after its own
  // end.
  static absl::Time EngineTime() { return std::clamp(GetParam(), absl::UnixEpoch(), Latest()); }

  TestEngine test_;
};

TEST_P(EndOfTimeTest, EveryNumberThatIsGivenOutIsTakenBack) {
  Stream stream = test_.engine->CreateStream("s", {.shard_count = 2}).value();
  std::vector<SequenceNumber> numbers;
  for (int i = 0; i < 40; ++i) {
    numbers.push_back(
        stream.Put({.partition_key = std::to_string(i), .data = "d"}).value().sequence_number);
    const std::vector<uint32_t> open = OpenShards(stream);
    if (i % 4 == 0) {
      ASSERT_TRUE(stream.ReshardUniformly(1 + i % 7).ok());
    } else {
      ASSERT_TRUE(stream.SplitShard(ShardId(open[static_cast<size_t>(i) % open.size()])).ok());
    }
  }
  for (const Shard& shard : stream.ListShards()) {
    numbers.push_back(shard.starting_sequence_number());
    if (const auto end = shard.ending_sequence_number()) numbers.push_back(*end);
    EXPECT_EQ(shard.opened_at(), absl::FromUnixMillis(absl::ToUnixMillis(EngineTime())));
    for (const ShardId parent : shard.parents()) {
      EXPECT_LT(*ShardAt(stream, parent.index()).ending_sequence_number(),
                shard.starting_sequence_number());
    }
    Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    numbers.push_back(iterator.position());
    const RecordBatch batch = iterator.Read().value();
    for (const RecordView& record : batch) {
      EXPECT_EQ(
          ReadData(shard, IteratorStart::AtSequenceNumber(record.sequence_number)).size(),
          ReadData(shard, IteratorStart::AfterSequenceNumber(record.sequence_number)).size() + 1);
    }
    numbers.push_back(iterator.position());
    EXPECT_TRUE(shard.CreateIterator(IteratorStart::AtSequenceNumber(iterator.position())).ok());
  }
  for (const SequenceNumber& number : numbers) {
    const auto parsed = SequenceNumber::Parse(number.ToString());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, number);
  }
}

TEST_P(EndOfTimeTest, ADeletedStreamsShardsEndAfterTheyBegan) {
  Stream stream = test_.engine->CreateStream("s").value();
  ASSERT_TRUE(stream.ReshardUniformly(16).ok());
  const std::vector<Shard> shards = stream.ListShards();
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  for (const Shard& shard : shards) {
    EXPECT_GE(shard.ending_sequence_number()->time_seconds(),
              shard.starting_sequence_number().time_seconds());
    EXPECT_GE(*shard.closed_at(), shard.opened_at());
  }
}

TEST_P(EndOfTimeTest, TheLongestAndTheShortestRetentionKeepWhatWasPutNow) {
  for (const absl::Duration retention : {kMs, absl::Hours(87600)}) {
    Stream stream =
        test_.engine->CreateStream(absl::FormatDuration(retention), {.retention = retention})
            .value();
    ASSERT_TRUE(stream.Put({.data = "d"}).ok());
    ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
    EXPECT_EQ(ReadData(ShardAt(stream, 0)), Strings({"d"}));
    EXPECT_EQ(ReadData(ShardAt(stream, 0), IteratorStart::AtTimestamp(absl::InfinitePast())),
              Strings({"d"}));
  }
}

// It sleeps, rather than look again and again for what cannot expire any more, and wakes.
TEST_P(EndOfTimeTest, APutThatWaitsForRoomSleepsUntilThereIsSome) {
  Stream stream = test_.engine->CreateStream("s", {.shard_capacity_bytes = 32 << 10}).value();
  const std::string data(1000, 'd');
  SequenceNumber last;
  for (;;) {
    const auto put = stream.Put({.data = data});
    if (!put.ok()) break;
    last = put->sequence_number;
  }
  absl::Status status;
  std::thread producer(
      [&] { status = stream.Put({.data = data}, absl::InfiniteFuture()).status(); });
  const WaitingFor waiting("a put that sleeps until there is room, and then finds it");
  if (GetParam() < absl::InfiniteFuture()) test_.clock.AwaitSleepers(1);
  ASSERT_TRUE(ShardAt(stream, 0).TrimBefore(last).ok());
  producer.join();
  // Where no deadline is later than now, there is no waiting.
  if (GetParam() < absl::InfiniteFuture()) {
    EXPECT_TRUE(status.ok()) << status;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Clocks, EndOfTimeTest,
    ::testing::Values(absl::InfinitePast(), absl::UnixEpoch() - absl::Hours(87600),
                      absl::UnixEpoch() - kMs, absl::UnixEpoch(), absl::UnixEpoch() + kMs,
                      Latest() - kMs, Latest(), Latest() + absl::Hours(1),
                      absl::FromUnixSeconds(static_cast<int64_t>(SequenceNumber::kMaxSeconds)),
                      absl::FromUnixSeconds(static_cast<int64_t>(SequenceNumber::kMaxSeconds) + 1),
                      absl::InfiniteFuture()));

TEST(EndOfTimeOnOneClockTest, RecordsOfTheLastMillisecondNeverExpire) {
  TestEngine test;
  test.clock.Set(Latest());
  Stream stream = test.engine->CreateStream("s", {.retention = kMs}).value();
  ASSERT_TRUE(stream.Put({.data = "d"}).ok());
  test.clock.Set(Latest() + absl::Hours(24 * 365 * 1000));
  EXPECT_EQ(ReadData(ShardAt(stream, 0)), Strings({"d"}));
}

TEST(EndOfTimeOnOneClockTest, TheClockMayJumpFromEndToEnd) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Hours(1)}).value();
  for (int i = 0; i < 20; ++i) {
    test.clock.Set(i % 2 == 0 ? absl::InfinitePast() : absl::InfiniteFuture());
    ASSERT_TRUE(stream.Put({.data = std::to_string(i)}).ok());
    ASSERT_TRUE(stream.ReshardUniformly(1 + i % 3).ok());
    for (const Shard& shard : stream.ListShards()) {
      EXPECT_TRUE(SequenceNumber::Parse(shard.starting_sequence_number().ToString()).ok());
    }
  }
}

}  // namespace
}  // namespace kinesis
