// What consumer groups keep and what they make room of.
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/internal/group_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::kNow;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

constexpr uint64_t kSmallest = uint64_t{32} << 10;

class GroupRetentionTest : public ::testing::Test {
 protected:
  Stream MakeStream(bool keep, uint64_t capacity_bytes = kSmallest) {
    return test_.engine
        ->CreateStream("s", {.shard_capacity_bytes = capacity_bytes, .keep_until_committed = keep})
        .value();
  }
  absl::Status Put() { return stream_->Put({.data = data_}).status(); }
  // Puts until one is refused; how many were not.
  int Fill() {
    int accepted = 0;
    while (Put().ok()) ++accepted;
    return accepted;
  }
  static size_t Drain(GroupMember& member) {
    size_t records = 0;
    for (;;) {
      absl::StatusOr<Delivery> delivery = member.Next(kNow);
      if (!delivery.ok()) return records;
      records += delivery->records().size();
      EXPECT_EQ(delivery->records_lost(), 0U);
      EXPECT_TRUE(delivery->Commit().ok());
    }
  }

  const std::string data_ = std::string(1000, 'd');
  TestEngine test_;
  std::optional<Stream> stream_;
};

// The newcomer's program: a stream with all defaults, one producer, one group.
TEST_F(GroupRetentionTest, AStreamWithDefaultsGoesOnForEverAsLongAsItsGroupCommits) {
  stream_ = MakeStream(false);
  const ConsumerGroup group = ConsumerGroup::Create(*stream_, "g").value();
  GroupMember member = group.Join().value();
  size_t got = 0;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(Put().ok()) << i;
    if (i % 10 == 9) got += Drain(member);
  }
  EXPECT_EQ(got, 2000U);
  EXPECT_EQ(OnlyShard(*stream_).Metrics().rejected_writes, 0U);
  // And batches.
  const std::vector<Record> records(10, Record{.data = data_});
  for (int i = 0; i < 200; ++i) {
    for (const auto& result : stream_->PutBatch(records)) ASSERT_TRUE(result.ok());
    ASSERT_EQ(Drain(member), 10U);
  }
}

// message_bus.cc for four days: fourteen times the memory goes through, with one group behind.
TEST_F(GroupRetentionTest, ABusOfTwoGroupsRunsForDaysInEightMebibytes) {
  constexpr uint64_t kBudget = uint64_t{8} << 20;
  constexpr int kRounds = 4 * 24 * 60;  // a minute each
  TestEngine small(kBudget);
  stream_ =
      small.engine->CreateStream("s", {.shard_count = 2, .keep_until_committed = true}).value();
  GroupMember fast = ConsumerGroup::Create(*stream_, "fast").value().Join().value();
  GroupMember slow = ConsumerGroup::Create(*stream_, "slow").value().Join().value();
  size_t of_fast = 0;
  size_t of_slow = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::string key = std::to_string(i);
      ASSERT_TRUE(stream_->Put({.partition_key = key, .data = data_}).ok()) << round;
    }
    small.clock.Advance(absl::Minutes(1));
    of_fast += Drain(fast);
    if (round % 60 == 59) of_slow += Drain(slow);
    ASSERT_LE(small.engine->Metrics().memory_held_bytes, kBudget);
  }
  EXPECT_EQ(of_fast, size_t{kRounds} * 20);
  EXPECT_EQ(of_slow, size_t{kRounds} * 20);
  for (const Shard& shard : stream_->ListShards()) {
    EXPECT_EQ(shard.Metrics().memory_held_bytes, 0U);
    EXPECT_EQ(shard.Metrics().rejected_writes, 0U);
  }
}

TEST_F(GroupRetentionTest, WithoutGroupsTheErrorSaysWhatToDo) {
  stream_ = MakeStream(false);
  EXPECT_GT(Fill(), 10);
  EXPECT_TRUE(Fails(Put(), absl::StatusCode::kResourceExhausted,
                    {"shard_capacity_bytes", "ConsumerGroup", "kTrimOldest"}));
}

TEST_F(GroupRetentionTest, WhatIsCommittedIsKeptForIteratorsUntilThereIsNoRoom) {
  stream_ = MakeStream(false);
  const ConsumerGroup group = ConsumerGroup::Create(*stream_, "g").value();
  GroupMember member = group.Join().value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Put().ok());
  EXPECT_EQ(Drain(member), 5U);
  EXPECT_EQ(ReadData(OnlyShard(*stream_)).size(), 5U);
}

TEST_F(GroupRetentionTest, TheSlowestGroupHoldsWhatTheOthersHaveCommitted) {
  for (const bool keep : {false, true}) {
    stream_ = MakeStream(keep);
    const ConsumerGroup fast = ConsumerGroup::Create(*stream_, "fast").value();
    const ConsumerGroup slow = ConsumerGroup::Create(*stream_, "slow").value();
    GroupMember of_fast = fast.Join().value();
    const auto accepted = static_cast<size_t>(Fill());
    EXPECT_EQ(Drain(of_fast), accepted);
    EXPECT_TRUE(Fails(Put(), absl::StatusCode::kResourceExhausted, {"\"slow\""}));
    GroupMember of_slow = slow.Join().value();
    EXPECT_EQ(Drain(of_slow), accepted);
    EXPECT_TRUE(Put().ok());
    ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  }
}

TEST_F(GroupRetentionTest, AGroupThatNobodyServesHoldsEverythingUntilItIsRemoved) {
  stream_ = MakeStream(true);
  const ConsumerGroup served = ConsumerGroup::Create(*stream_, "served").value();
  ASSERT_TRUE(ConsumerGroup::Create(*stream_, "nobody").ok());
  GroupMember member = served.Join().value();
  Fill();
  Drain(member);
  EXPECT_TRUE(Fails(Put(), absl::StatusCode::kResourceExhausted, {"\"nobody\"", "Remove"}));
  ASSERT_TRUE(ConsumerGroup::Remove(*stream_, "nobody").ok());
  EXPECT_TRUE(Put().ok());
}

TEST_F(GroupRetentionTest, AGroupThatComesLaterBeginsWithWhatIsKept) {
  stream_ = MakeStream(true);
  const ConsumerGroup first = ConsumerGroup::Create(*stream_, "first").value();
  GroupMember of_first = first.Join().value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Put().ok());
  EXPECT_EQ(Drain(of_first), 5U);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Put().ok());
  const ConsumerGroup later = ConsumerGroup::Create(*stream_, "later").value();
  EXPECT_EQ(Drain(of_first), 3U);
  GroupMember of_later = later.Join().value();
  EXPECT_EQ(Drain(of_later), 3U);
}

TEST_F(GroupRetentionTest, APutWithADeadlineWaitsForTheCommitOfTheSlowestGroup) {
  for (const bool keep : {false, true}) {
    stream_ = MakeStream(keep);
    const ConsumerGroup group = ConsumerGroup::Create(*stream_, "g").value();
    GroupMember member = group.Join().value();
    Fill();
    absl::Status status = absl::UnknownError("not yet");
    const WaitingFor waiting("a put to find the room that a commit makes");
    std::thread producer(
        [&] { status = stream_->Put({.data = data_}, absl::InfiniteFuture()).status(); });
    test_.clock.AwaitSleepers(1);
    Drain(member);
    producer.join();
    EXPECT_TRUE(status.ok()) << status;
    ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  }
}

TEST_F(GroupRetentionTest, KeptUntilCommittedOutlivesTheRetentionPeriod) {
  stream_ = MakeStream(true);
  ASSERT_TRUE(Put().ok());
  test_.clock.Advance(absl::Hours(25));
  // Without a group, the period decides.
  EXPECT_TRUE(ReadData(OnlyShard(*stream_)).empty());
  ASSERT_TRUE(Put().ok());
  const ConsumerGroup group = ConsumerGroup::Create(*stream_, "g").value();
  test_.clock.Advance(absl::Hours(24 * 1000));
  ASSERT_TRUE(stream_->SetRetention(absl::Hours(1)).ok());
  EXPECT_EQ(stream_->retention(), absl::Hours(1));
  GroupMember member = group.Join().value();
  EXPECT_EQ(Drain(member), 1U);
  ASSERT_TRUE(Put().ok());
  ASSERT_TRUE(ConsumerGroup::Remove(*stream_, "g").ok());
  test_.clock.Advance(absl::Hours(2));
  EXPECT_TRUE(ReadData(OnlyShard(*stream_)).empty());
}

TEST_F(GroupRetentionTest, KeptUntilCommittedIsTrimmedAtOnceThen) {
  stream_ = MakeStream(true, uint64_t{16} << 20);
  const ConsumerGroup group = ConsumerGroup::Create(*stream_, "g").value();
  GroupMember member = group.Join().value();
  for (int i = 0; i < 4000; ++i) ASSERT_TRUE(Put().ok());
  EXPECT_GT(OnlyShard(*stream_).Metrics().memory_held_bytes, uint64_t{4} << 20);
  EXPECT_EQ(Drain(member), 4000U);
  EXPECT_EQ(OnlyShard(*stream_).Metrics().memory_held_bytes, 0U);
  EXPECT_TRUE(ReadData(OnlyShard(*stream_)).empty());
}

TEST_F(GroupRetentionTest, ClosedShardsAreListedUntilEveryGroupIsDoneWithThem) {
  stream_ = MakeStream(true);
  const ConsumerGroup group = ConsumerGroup::Create(*stream_, "g").value();
  ASSERT_TRUE(Put().ok());
  ASSERT_TRUE(stream_->SplitShard(ShardId(0)).ok());
  test_.clock.Advance(absl::Hours(25));
  EXPECT_EQ(stream_->ListShards().size(), 3U);
  GroupMember member = group.Join().value();
  EXPECT_EQ(Drain(member), 1U);
  test_.clock.Advance(absl::Hours(25));
  EXPECT_EQ(stream_->ListShards().size(), 2U);
}

// The engine's budget, not the capacity of a shard, and the room is in another stream's shard.
TEST_F(GroupRetentionTest, WhatIsCommittedMakesRoomForAllStreamsOfTheEngine) {
  TestEngine small(uint64_t{1} << 20);
  const Stream committed = small.engine->CreateStream("c").value();
  const Stream other = small.engine->CreateStream("o").value();
  const ConsumerGroup group = ConsumerGroup::Create(committed, "g").value();
  GroupMember member = group.Join().value();
  const auto put = [this](Stream stream) { return stream.Put({.data = data_}).status(); };
  size_t accepted = 0;
  while (put(committed).ok()) ++accepted;
  EXPECT_TRUE(Fails(put(committed), absl::StatusCode::kResourceExhausted,
                    {"memory_budget_bytes", "\"g\""}));
  EXPECT_EQ(Drain(member), accepted);
  small.clock.Advance(absl::Milliseconds(1));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(other).ok()) << i;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(committed).ok()) << i;
}

TEST_F(GroupRetentionTest, KeepingWhatIsOldAndLettingItGoDoNotGoTogether) {
  EXPECT_TRUE(Fails(
      test_.engine
          ->CreateStream(
              "t", {.overflow_policy = OverflowPolicy::kTrimOldest, .keep_until_committed = true})
          .status(),
      absl::StatusCode::kInvalidArgument, {"overflow_policy", "keep_until_committed"}));
}

}  // namespace
}  // namespace kinesis
