// Consumer groups: who gets what, in which order, and what comes again.
#include "kinesis_core/consumer_group.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/dead_letter.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/internal/group_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::BrittleStore;
using kinesis::testing::DataOf;
using kinesis::testing::Fails;
using kinesis::testing::kNow;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

using Texts = std::vector<std::string>;

// Takes and commits what there is.
Texts Drain(GroupMember& member) {
  Texts data;
  for (;;) {
    absl::StatusOr<Delivery> delivery = member.Next(kNow);
    if (!delivery.ok()) {
      EXPECT_EQ(delivery.status().code(), absl::StatusCode::kDeadlineExceeded) << delivery.status();
      return data;
    }
    for (std::string& text : DataOf(*delivery)) data.push_back(std::move(text));
    EXPECT_TRUE(delivery->Commit().ok());
  }
}

class ConsumerGroupTest : public ::testing::Test {
 protected:
  Stream MakeStream(int64_t shards, std::string name = "s") {
    return test_.engine->CreateStream(name, {.shard_count = shards}).value();
  }
  static void PutTo(Stream stream, uint32_t shard, const std::string& data) {
    ASSERT_TRUE(stream.PutAt(ShardAt(stream, shard).hash_key_range().start(), {.data = data}).ok());
  }
  // Shards of each member, by id.
  static std::map<uint64_t, std::set<uint32_t>> Owned(const ConsumerGroup& group) {
    std::map<uint64_t, std::set<uint32_t>> owned;
    for (const GroupShardMetrics& shard : group.Metrics().shards) {
      owned[shard.owner].insert(shard.shard_id.index());
    }
    return owned;
  }

  TestEngine test_;
};

// --- Who gets what

TEST_F(ConsumerGroupTest, AMemberGetsTheRecordsOfEveryShardInOrder) {
  const Stream stream = MakeStream(3);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  for (uint32_t shard = 0; shard < 3; ++shard) {
    PutTo(stream, shard, std::to_string(shard) + "a");
    PutTo(stream, shard, std::to_string(shard) + "b");
  }
  GroupMember member = group.Join().value();
  EXPECT_EQ(Drain(member), (Texts{"0a", "0b", "1a", "1b", "2a", "2b"}));
  PutTo(stream, 1, "1c");
  EXPECT_EQ(Drain(member), Texts{"1c"});
}

TEST_F(ConsumerGroupTest, EveryGroupGetsEveryRecord) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup one = ConsumerGroup::Create(stream, "one").value();
  const ConsumerGroup other = ConsumerGroup::Create(stream, "other").value();
  PutTo(stream, 0, "a");
  GroupMember of_one = one.Join().value();
  GroupMember of_other = other.Join().value();
  EXPECT_EQ(Drain(of_one), Texts{"a"});
  EXPECT_EQ(Drain(of_other), Texts{"a"});
  EXPECT_EQ(ConsumerGroup::List(stream), (Texts{"one", "other"}));
}

TEST_F(ConsumerGroupTest, MembersShareTheShardsEvenlyAndAJoinMovesItsShareOnly) {
  const Stream stream = MakeStream(7);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember a = group.Join().value();
  EXPECT_EQ(Owned(group)[1].size(), 7U);
  std::optional<GroupMember> b = group.Join().value();
  auto before = Owned(group);
  EXPECT_EQ(before[1].size(), 4U);
  EXPECT_EQ(before[2].size(), 3U);
  GroupMember c = group.Join().value();
  auto after = Owned(group);
  EXPECT_EQ(after[3].size(), 2U);
  for (const uint64_t member : {1, 2}) {
    for (const uint32_t shard : after[member]) EXPECT_TRUE(before[member].contains(shard));
  }
  b.reset();
  after = Owned(group);
  EXPECT_EQ(after[1].size() + after[3].size(), 7U);
  EXPECT_EQ(group.Metrics().members, (std::vector<uint64_t>{1, 3}));
  EXPECT_EQ(a.id(), 1U);
  EXPECT_EQ(c.id(), 3U);
}

TEST_F(ConsumerGroupTest, AMemberMayHaveDeliveriesOfSeveralShardsButOneOfEach) {
  const Stream stream = MakeStream(2);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  PutTo(stream, 0, "a");
  PutTo(stream, 1, "b");
  Delivery first = member.Next(kNow).value();
  Delivery second = member.Next(kNow).value();
  EXPECT_NE(first.shard_id(), second.shard_id());
  PutTo(stream, 0, "c");
  EXPECT_TRUE(Fails(member.Next(kNow), absl::StatusCode::kDeadlineExceeded, {"member 1", "\"g\""}));
  ASSERT_TRUE(first.Commit().ok());
  EXPECT_EQ(DataOf(member.Next(kNow).value()), Texts{"c"});
}

// --- Hand-over

TEST_F(ConsumerGroupTest, AHandOverWaitsForTheCommitAndRepeatsNothing) {
  const Stream stream = MakeStream(2);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember a = group.Join().value();
  PutTo(stream, 0, "0a");
  PutTo(stream, 1, "1a");
  Delivery first = a.Next(kNow).value();
  Delivery second = a.Next(kNow).value();
  GroupMember b = group.Join().value();
  PutTo(stream, 0, "0b");
  PutTo(stream, 1, "1b");
  // One of the two is to move, and is out.
  EXPECT_EQ(Owned(group)[1].size(), 2U);
  EXPECT_TRUE(Fails(b.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  const uint64_t epoch = second.epoch();
  ASSERT_TRUE(first.Commit().ok());
  ASSERT_TRUE(second.Commit().ok());
  EXPECT_EQ(Owned(group)[2], std::set<uint32_t>{1});
  Delivery moved = b.Next(kNow).value();
  EXPECT_EQ(DataOf(moved), Texts{"1b"});
  EXPECT_GT(moved.epoch(), epoch);
  EXPECT_EQ(Drain(a), Texts{"0b"});
}

TEST_F(ConsumerGroupTest, OnlyTheShardThatMovesPauses) {
  const Stream stream = MakeStream(2);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember a = group.Join().value();
  PutTo(stream, 1, "1a");
  Delivery out = a.Next(kNow).value();
  GroupMember b = group.Join().value();  // is to have shard 1
  PutTo(stream, 0, "0a");
  PutTo(stream, 1, "1b");
  EXPECT_EQ(Drain(a), Texts{"0a"});
  ASSERT_TRUE(out.Commit().ok());
  EXPECT_EQ(Drain(a), Texts{});
  EXPECT_EQ(Drain(b), Texts{"1b"});
}

TEST_F(ConsumerGroupTest, AMemberThatLeavesMayStillCommitWhatIsOut) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  std::optional<GroupMember> a = group.Join().value();
  PutTo(stream, 0, "a");
  Delivery out = a->Next(kNow).value();
  GroupMember b = group.Join().value();
  a.reset();
  PutTo(stream, 0, "b");
  EXPECT_TRUE(Fails(b.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  EXPECT_TRUE(out.Commit().ok());
  EXPECT_EQ(Drain(b), Texts{"b"});
}

TEST_F(ConsumerGroupTest, WithoutMembersAGroupKeepsItsPlace) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  PutTo(stream, 0, "a");
  {
    GroupMember member = group.Join().value();
    EXPECT_EQ(Drain(member), Texts{"a"});
  }
  PutTo(stream, 0, "b");
  GroupMember member = group.Join().value();
  EXPECT_EQ(Drain(member), Texts{"b"});
  EXPECT_TRUE(ConsumerGroup::Open(stream, "g").ok());
}

TEST_F(ConsumerGroupTest, AMemberThatSleepsIsWokenForTheShardThatItIsGiven) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  std::optional<GroupMember> a = group.Join().value();
  GroupMember b = group.Join().value();
  PutTo(stream, 0, "a");
  const WaitingFor waiting("a member without shards to be given one");
  absl::Status status = absl::UnknownError("nothing");
  std::thread thread([&] {
    absl::StatusOr<Delivery> delivery = b.Next(absl::InfiniteFuture());
    status = delivery.ok() ? delivery->Commit() : delivery.status();
  });
  test_.clock.AwaitSleepers(1);
  a.reset();
  thread.join();
  EXPECT_TRUE(status.ok()) << status;
}

// --- What comes again

TEST_F(ConsumerGroupTest, WhatIsCommittedInPartComesAgainFromThere) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  for (const char* data : {"a", "b", "c"}) PutTo(stream, 0, data);
  {
    Delivery delivery = member.Next(kNow).value();
    EXPECT_TRUE(Fails(delivery.Commit(4), absl::StatusCode::kOutOfRange, {"count", "[0, 3]"}));
    ASSERT_TRUE(delivery.Commit(1).ok());
    EXPECT_EQ(delivery.committed(), 1U);
    ASSERT_TRUE(delivery.Commit(0).ok());
    EXPECT_EQ(group.Metrics().shards[0].lag_records, 2U);
    EXPECT_TRUE(group.Metrics().shards[0].is_out);
    delivery.Return();
    EXPECT_TRUE(delivery.is_resolved());
    EXPECT_TRUE(Fails(delivery.Commit(), absl::StatusCode::kFailedPrecondition, {}));
  }
  Delivery again = member.Next(kNow).value();
  EXPECT_EQ(DataOf(again), (Texts{"b", "c"}));
  EXPECT_EQ(again.attempt(), 1U);
}

TEST_F(ConsumerGroupTest, WhatIsDroppedComesAgainInHalves) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  for (const char* data : {"a", "b", "c", "d", "e"}) PutTo(stream, 0, data);
  EXPECT_EQ(member.Next(kNow)->records().size(), 5U);
  EXPECT_EQ(member.Next(kNow)->records().size(), 2U);
  Delivery third = member.Next(kNow).value();
  EXPECT_EQ(DataOf(third), Texts{"a"});
  EXPECT_EQ(third.attempt(), 3U);
  ASSERT_TRUE(third.Commit().ok());
  // By one until the records are behind that came back together.
  Texts sizes;
  for (const char* data : {"b", "c", "d", "e"}) {
    Delivery next = member.Next(kNow).value();
    EXPECT_EQ(DataOf(next), Texts{data});
    ASSERT_TRUE(next.Commit().ok());
  }
  PutTo(stream, 0, "f");
  PutTo(stream, 0, "g");
  EXPECT_EQ(Drain(member), (Texts{"f", "g"}));
}

TEST_F(ConsumerGroupTest, ARecordThatFailsTooOftenGoesToTheDeadLettersAndTheShardGoesOn) {
  const Stream stream = MakeStream(1);
  const Stream dead = MakeStream(1, "dead");
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g\n", {.max_attempts = 3, .dead_letter_stream = dead}).value();
  GroupMember member = group.Join().value();
  for (const char* data : {"a", "poison", "c"}) PutTo(stream, 0, data);
  SequenceNumber number;
  Texts seen;
  for (int i = 0; i < 20; ++i) {
    absl::StatusOr<Delivery> delivery = member.Next(kNow);
    if (!delivery.ok()) break;
    size_t done = 0;
    for (const RecordView& record : delivery->records()) {
      if (record.data == "poison") {
        number = record.sequence_number;
        break;
      }
      seen.emplace_back(record.data);
      ++done;
    }
    ASSERT_TRUE(delivery->Commit(done).ok());
    if (!delivery->is_resolved()) {
      ASSERT_TRUE(delivery->Fail(absl::DataLossError("no \x01 sense")).ok());
    }
  }
  EXPECT_EQ(seen, (Texts{"a", "c"}));
  EXPECT_EQ(group.Metrics().dead_letters, 1U);
  EXPECT_EQ(group.Metrics().shards[0].lag_records, 0U);
  Iterator it = ShardAt(dead, 0).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch letters = it.Read().value();
  ASSERT_EQ(letters.size(), 1U);
  const DeadLetter letter = DeadLetter::Parse(letters[0]).value();
  EXPECT_EQ(letter.group, "g\n");
  EXPECT_EQ(letter.shard_id, ShardId(0));
  EXPECT_EQ(letter.sequence_number, number);
  EXPECT_EQ(letter.attempts, 3U);
  EXPECT_NE(letter.cause.find("no \x01 sense"), std::string::npos);
  EXPECT_EQ(letter.data, "poison");
}

// A handler that does not say which record it was: they come in halves until it stands alone.
TEST_F(ConsumerGroupTest, APoisonAmongManyIsFoundAndOnlyItIsGivenUp) {
  const Stream stream = MakeStream(1);
  const Stream dead = MakeStream(1, "dead");
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.max_attempts = 1, .dead_letter_stream = dead}).value();
  GroupMember member = group.Join().value();
  for (int i = 0; i < 100; ++i) PutTo(stream, 0, i == 37 ? "poison" : "fine");
  size_t fine = 0;
  for (int i = 0; i < 300; ++i) {
    absl::StatusOr<Delivery> delivery = member.Next(kNow);
    if (!delivery.ok()) break;
    bool has_poison = false;
    for (const std::string& data : DataOf(*delivery)) has_poison |= data == "poison";
    if (has_poison) continue;  // dropped
    fine += delivery->records().size();
    ASSERT_TRUE(delivery->Commit().ok());
  }
  EXPECT_EQ(fine, 99U);
  EXPECT_EQ(group.Metrics().dead_letters, 1U);
}

TEST_F(ConsumerGroupTest, ARecordThatTheDeadLettersHaveNoRoomForComesAgain) {
  const Stream stream = MakeStream(1);
  const Stream dead = MakeStream(1, "dead");
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.max_attempts = 1, .dead_letter_stream = dead}).value();
  GroupMember member = group.Join().value();
  PutTo(stream, 0, "a");
  ASSERT_TRUE(test_.engine->DeleteStream("dead").ok());
  Delivery delivery = member.Next(kNow).value();
  EXPECT_TRUE(
      Fails(delivery.Fail(absl::DataLossError("x")), absl::StatusCode::kNotFound, {"\"dead\""}));
  Delivery again = member.Next(kNow).value();
  EXPECT_EQ(DataOf(again), Texts{"a"});
  EXPECT_EQ(again.attempt(), 2U);
  EXPECT_TRUE(again.Commit().ok());
}

// --- Lease time

TEST_F(ConsumerGroupTest, AMemberThatIsSilentLosesItsShardsAndItsCommitIsRefused) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.lease_time = absl::Seconds(10)}).value();
  GroupMember a = group.Join().value();
  GroupMember b = group.Join().value();
  PutTo(stream, 0, "a");
  PutTo(stream, 0, "b");
  Delivery stalled = a.Next(kNow).value();
  ASSERT_TRUE(stalled.Commit(1).ok());
  test_.clock.Advance(absl::Seconds(9));
  EXPECT_TRUE(Fails(b.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  a.Renew();
  test_.clock.Advance(absl::Seconds(9));
  const absl::Time soon = test_.clock.Now() + absl::Milliseconds(500);
  test_.clock.SetAutoAdvance(1);
  EXPECT_TRUE(Fails(b.Next(soon), absl::StatusCode::kDeadlineExceeded, {}));
  // It sleeps until the lease time of the other is over.
  Delivery taken = b.Next(absl::InfiniteFuture()).value();
  EXPECT_EQ(DataOf(taken), Texts{"b"});
  EXPECT_TRUE(Fails(stalled.Commit(), absl::StatusCode::kAborted, {"shardId-000000000000"}));
  EXPECT_TRUE(stalled.is_resolved());
  ASSERT_TRUE(taken.Commit().ok());
  // Whoever was silent is back with its next call.
  EXPECT_EQ(group.Metrics().members, std::vector<uint64_t>{2});
  EXPECT_TRUE(Fails(a.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  EXPECT_EQ(group.Metrics().members, (std::vector<uint64_t>{1, 2}));
}

TEST_F(ConsumerGroupTest, AMemberThatSleepsKeepsItsShardsHoweverLong) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.lease_time = absl::Seconds(10)}).value();
  GroupMember a = group.Join().value();
  GroupMember b = group.Join().value();
  const WaitingFor waiting("a member that sleeps to be alone, and then for its record");
  absl::Status status = absl::UnknownError("nothing");
  std::thread sleeps([&] { status = a.Next(absl::InfiniteFuture()).status(); });
  test_.clock.AwaitSleepers(1);
  test_.clock.Advance(absl::Seconds(11));  // it looks, and b has been silent
  while (group.Metrics().members.size() > 1) std::this_thread::yield();
  test_.clock.AwaitSleepers(1);
  test_.clock.Advance(absl::Hours(1));
  EXPECT_TRUE(Fails(b.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  EXPECT_EQ(group.Metrics().members, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(Owned(group)[1], std::set<uint32_t>{0});
  PutTo(stream, 0, "a");
  sleeps.join();
  EXPECT_TRUE(status.ok()) << status;
}

// When the second one fell asleep, the first was asleep, too, and there was nothing to watch.
TEST_F(ConsumerGroupTest, AMemberThatHangsAfterItWokeIsFoundByOneThatSleeps) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.lease_time = absl::Seconds(10)}).value();
  GroupMember a = group.Join().value();
  GroupMember b = group.Join().value();
  const WaitingFor waiting("a member that sleeps to take over from one that hangs");
  std::optional<Delivery> stalled;
  absl::Status status = absl::UnknownError("nothing");
  std::thread hangs([&] { stalled = a.Next(absl::InfiniteFuture()).value(); });
  test_.clock.AwaitSleepers(1);
  std::thread sleeps([&] {
    absl::StatusOr<Delivery> taken = b.Next(absl::InfiniteFuture());
    status = taken.ok() ? taken->Commit() : taken.status();
  });
  test_.clock.AwaitSleepers(2);
  PutTo(stream, 0, "a");
  hangs.join();
  EXPECT_TRUE(test_.clock.AdvanceToNextDeadline()) << "it sleeps for ever";
  test_.clock.Advance(absl::Seconds(20));
  sleeps.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(Fails(stalled->Commit(), absl::StatusCode::kAborted, {}));
}

TEST_F(ConsumerGroupTest, WithoutALeaseTimeASilentMemberKeepsItsShards) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember a = group.Join().value();
  GroupMember b = group.Join().value();
  PutTo(stream, 0, "a");
  Delivery out = a.Next(kNow).value();
  test_.clock.Advance(absl::Hours(20));
  EXPECT_TRUE(Fails(b.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  EXPECT_TRUE(out.Commit().ok());
}

// --- Reshards

TEST_F(ConsumerGroupTest, ChildrenComeAfterTheirParentIsCommitted) {
  Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember a = group.Join().value();
  GroupMember b = group.Join().value();
  PutTo(stream, 0, "parent");
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  PutTo(stream, 1, "lower");
  PutTo(stream, 2, "upper");
  Delivery parent = a.Next(kNow).value();
  EXPECT_EQ(DataOf(parent), Texts{"parent"});
  EXPECT_TRUE(Fails(a.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  EXPECT_TRUE(Fails(b.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  ASSERT_TRUE(parent.Commit().ok());
  EXPECT_EQ(Drain(a), Texts{"lower"});
  EXPECT_EQ(Drain(b), Texts{"upper"});
}

// The other parent is a child itself, of a shard that the group has not finished: it does not know
// that parent yet when it finishes the first.
TEST_F(ConsumerGroupTest, TheChildOfAMergeComesAfterBothParentsHoweverFarTheyAre) {
  Stream stream = MakeStream(2);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember a = group.Join().value();
  GroupMember b = group.Join().value();
  PutTo(stream, 0, "0");
  PutTo(stream, 1, "1");
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());  // 2, 3
  PutTo(stream, 3, "3");
  ASSERT_TRUE(stream.MergeShards(ShardId(3), ShardId(1)).ok());  // 4
  PutTo(stream, 4, "4");
  Delivery zero = a.Next(kNow).value();
  EXPECT_EQ(DataOf(zero), Texts{"0"});
  EXPECT_EQ(Drain(b), Texts{"1"});
  EXPECT_EQ(Drain(b), Texts{});  // not 4
  ASSERT_TRUE(zero.Commit().ok());
  Texts rest;
  for (int i = 0; i < 5; ++i) {
    for (GroupMember* member : {&a, &b}) {
      for (std::string& text : Drain(*member)) rest.push_back(std::move(text));
    }
  }
  EXPECT_EQ(rest, (Texts{"3", "4"}));
}

TEST_F(ConsumerGroupTest, AReshardThroughManyGenerationsIsFollowed) {
  Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  int put = 0;
  size_t got = 0;
  for (const int64_t count : {16, 3, 64, 1, 5}) {
    ASSERT_TRUE(stream.ReshardUniformly(count).ok());
    for (int i = 0; i < 20; ++i, ++put) {
      ASSERT_TRUE(stream.Put({.partition_key = std::to_string(put), .data = "d"}).ok());
    }
    if (count != 64) got += Drain(member).size();
  }
  EXPECT_EQ(got, static_cast<size_t>(put));
  EXPECT_EQ(group.Metrics().shards.size(), 5U);
}

TEST_F(ConsumerGroupTest, ASleepingMemberIsWokenByASplitAndGoesOnWithTheChildren) {
  Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  const WaitingFor waiting("a member to go on with the children of its shard");
  Texts data;
  std::thread thread([&] {
    const absl::StatusOr<Delivery> delivery = member.Next(absl::InfiniteFuture());
    if (delivery.ok()) data = DataOf(*delivery);
  });
  test_.clock.AwaitSleepers(1);
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  PutTo(stream, 2, "upper");
  thread.join();
  EXPECT_EQ(data, Texts{"upper"});
}

// --- Where a group begins

TEST_F(ConsumerGroupTest, AGroupBeginsWithWhatIsKeptOrWithWhatComes) {
  const Stream stream = MakeStream(1);
  PutTo(stream, 0, "old");
  const ConsumerGroup all = ConsumerGroup::Create(stream, "all").value();
  const ConsumerGroup latest =
      ConsumerGroup::Create(stream, "latest", {.start = GroupStart::kLatest}).value();
  PutTo(stream, 0, "new");
  GroupMember of_all = all.Join().value();
  GroupMember of_latest = latest.Join().value();
  EXPECT_EQ(Drain(of_all), (Texts{"old", "new"}));
  EXPECT_EQ(latest.Metrics().shards[0].lag_records, 1U);
  EXPECT_EQ(Drain(of_latest), Texts{"new"});
}

TEST_F(ConsumerGroupTest, AGroupThatIsMadeAnewGoesOnWhereItsStoreSays) {
  Stream stream = MakeStream(1);
  const GroupOptions options = {.start = GroupStart::kLatest,
                                .checkpoint_store = MakeMemoryCheckpointStore()};
  uint64_t epoch = 0;
  {
    const ConsumerGroup group = ConsumerGroup::Create(stream, "g", options).value();
    GroupMember member = group.Join().value();
    PutTo(stream, 0, "a");
    PutTo(stream, 0, "b");
    Delivery delivery = member.Next(kNow).value();
    epoch = delivery.epoch();
    ASSERT_TRUE(delivery.Commit(1).ok());
    ASSERT_TRUE(ConsumerGroup::Remove(stream, "g").ok());
    EXPECT_TRUE(Fails(delivery.Commit(), absl::StatusCode::kNotFound, {"\"g\"", "removed"}));
    EXPECT_TRUE(Fails(member.Next(kNow), absl::StatusCode::kNotFound, {"\"g\"", "removed"}));
    EXPECT_TRUE(Fails(group.Join().status(), absl::StatusCode::kNotFound, {"\"g\"", "removed"}));
  }
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  PutTo(stream, 1, "c");
  {
    const ConsumerGroup group = ConsumerGroup::Create(stream, "g", options).value();
    GroupMember member = group.Join().value();
    Delivery delivery = member.Next(kNow).value();
    EXPECT_EQ(DataOf(delivery), Texts{"b"});
    EXPECT_GT(delivery.epoch(), epoch);
    ASSERT_TRUE(delivery.Commit().ok());
    EXPECT_EQ(Drain(member), Texts{"c"});
    ASSERT_TRUE(ConsumerGroup::Remove(stream, "g").ok());
  }
  // Finished shards are not read again.
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g", options).value();
  GroupMember member = group.Join().value();
  EXPECT_EQ(Drain(member), Texts{});
  EXPECT_EQ(group.Metrics().shards.size(), 2U);
}

TEST_F(ConsumerGroupTest, APositionOfAFormerStreamOfTheNameCountsAsNone) {
  const GroupOptions options = {.checkpoint_store = MakeMemoryCheckpointStore()};
  for (int life = 0; life < 2; ++life) {
    const Stream stream = MakeStream(1);
    PutTo(stream, 0, "a");
    const ConsumerGroup group = ConsumerGroup::Create(stream, "g", options).value();
    GroupMember member = group.Join().value();
    EXPECT_EQ(Drain(member), Texts{"a"});
    ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
    test_.clock.Advance(absl::Seconds(5));
  }
}

// --- The store

TEST_F(ConsumerGroupTest, AnErrorOfTheStoreIsReturnedAndNothingIsLostForIt) {
  Stream stream = MakeStream(1);
  const auto store = std::make_shared<BrittleStore>();
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.checkpoint_store = store}).value();
  GroupMember member = group.Join().value();
  PutTo(stream, 0, "a");
  store->fail_loads = true;
  EXPECT_TRUE(Fails(member.Next(kNow), absl::StatusCode::kUnavailable, {"no load"}));
  store->fail_loads = false;
  store->fail_saves = true;
  EXPECT_TRUE(Fails(member.Next(kNow), absl::StatusCode::kUnavailable, {"no save"}));
  store->fail_saves = false;
  Delivery delivery = member.Next(kNow).value();
  store->fail_saves = true;
  EXPECT_TRUE(Fails(delivery.Commit(), absl::StatusCode::kUnavailable, {"no save"}));
  EXPECT_FALSE(delivery.is_resolved());
  store->fail_saves = false;
  EXPECT_TRUE(delivery.Commit().ok());
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  PutTo(stream, 1, "b");
  store->fail_saves = true;
  EXPECT_TRUE(Fails(member.Next(kNow), absl::StatusCode::kUnavailable, {"no save"}));
  store->fail_saves = false;
  EXPECT_EQ(Drain(member), Texts{"b"});
}

TEST_F(ConsumerGroupTest, AStoreThatSaysThatAnOpenShardHasEndedIsContradicted) {
  const Stream stream = MakeStream(1);
  const auto store = MakeMemoryCheckpointStore();
  const SequenceNumber start = ShardAt(stream, 0).starting_sequence_number();
  const SequenceNumber end =
      SequenceNumber::ShardEnd(start.shard_created_seconds(), 0, start.shard_created_seconds());
  ASSERT_TRUE(store->Save({"s", "g", ShardId(0)}, {end, 1}, 0).ok());
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.checkpoint_store = store}).value();
  GroupMember member = group.Join().value();
  EXPECT_TRUE(Fails(member.Next(kNow), absl::StatusCode::kFailedPrecondition,
                    {"shardId-000000000000", "open"}));
}

TEST(MemoryCheckpointStoreTest, ASaveOfAnotherEpochOrOfAnEarlierPositionChangesNothing) {
  const auto store = MakeMemoryCheckpointStore();
  const CheckpointKey key{"s", "g", ShardId(0)};
  const auto at = [](uint64_t index) { return SequenceNumber::Make(1, 0, index, 1); };
  EXPECT_EQ(store->Load(key).value(), Checkpoint());
  EXPECT_TRUE(Fails(store->Save(key, {at(1), 2}, 1), absl::StatusCode::kAborted, {}));
  EXPECT_TRUE(store->Save(key, {at(5), 2}, 0).ok());
  EXPECT_TRUE(Fails(store->Save(key, {at(6), 1}, 1), absl::StatusCode::kAborted, {"epoch 2"}));
  EXPECT_TRUE(Fails(store->Save(key, {at(4), 2}, 2), absl::StatusCode::kAborted, {}));
  EXPECT_EQ(store->Load(key).value(), (Checkpoint{at(5), 2}));
  EXPECT_TRUE(store->Save(key, {at(5), 3}, 2).ok());
  EXPECT_EQ(store->Load({"s", "other", ShardId(0)}).value(), Checkpoint());
  EXPECT_EQ(store->Load({"other", "g", ShardId(0)}).value(), Checkpoint());
}

// --- The end

TEST_F(ConsumerGroupTest, TheStopTokenAndTheDeadlineEndASleep) {
  const Stream stream = MakeStream(1);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  std::stop_source stop;
  absl::Status status;
  const WaitingFor waiting("a member to be told to stop");
  std::thread thread([&] { status = member.Next(stop.get_token()).status(); });
  test_.clock.AwaitSleepers(1);
  stop.request_stop();
  thread.join();
  EXPECT_TRUE(Fails(status, absl::StatusCode::kCancelled, {}));
  EXPECT_TRUE(Fails(member.Next(stop.get_token()), absl::StatusCode::kCancelled, {}));
  test_.clock.SetAutoAdvance(1);
  EXPECT_TRUE(Fails(member.Next(test_.clock.Now() + absl::Minutes(1)),
                    absl::StatusCode::kDeadlineExceeded, {}));
}

TEST_F(ConsumerGroupTest, DeletingTheStreamOrTheGroupEndsASleep) {
  for (const bool remove : {false, true}) {
    const Stream stream = MakeStream(1);
    const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
    GroupMember member = group.Join().value();
    GroupMember idle = group.Join().value();  // has no shard
    absl::Status status;
    absl::Status idle_status;
    const WaitingFor waiting("two members of a group that goes to wake");
    std::thread thread([&] { status = member.Next(absl::InfiniteFuture()).status(); });
    std::thread other([&] { idle_status = idle.Next(absl::InfiniteFuture()).status(); });
    test_.clock.AwaitSleepers(2);
    if (remove) {
      ASSERT_TRUE(ConsumerGroup::Remove(stream, "g").ok());
    }
    ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
    thread.join();
    other.join();
    EXPECT_TRUE(Fails(status, absl::StatusCode::kNotFound, {}));
    EXPECT_TRUE(Fails(idle_status, absl::StatusCode::kNotFound, {}));
    EXPECT_TRUE(Fails(ConsumerGroup::Create(stream, "h").status(), absl::StatusCode::kNotFound,
                      {"deleted"}));
  }
}

TEST_F(ConsumerGroupTest, RunCommitsWhatTheHandlerAcceptsAndFailsTheRest) {
  const Stream stream = MakeStream(1);
  const Stream dead = MakeStream(1, "dead");
  const ConsumerGroup group =
      ConsumerGroup::Create(stream, "g", {.max_attempts = 2, .dead_letter_stream = dead}).value();
  GroupMember member = group.Join().value();
  for (const char* data : {"a", "poison", "c"}) PutTo(stream, 0, data);
  std::stop_source stop;
  Texts done;
  const absl::Status status = member.Run(stop.get_token(), [&](Delivery& delivery) {
    for (size_t i = 0; i < delivery.records().size(); ++i) {
      const std::string data(delivery.records()[i].data);
      if (data == "poison") return absl::DataLossError("poison");
      done.push_back(data);
      if (absl::Status committed = delivery.Commit(i + 1); !committed.ok()) return committed;
      if (data == "c") stop.request_stop();
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(done, (Texts{"a", "c"}));
  EXPECT_EQ(group.Metrics().dead_letters, 1U);
}

TEST_F(ConsumerGroupTest, AClosedStreamIsOverOnceAllOfItIsCommitted) {
  Stream stream = MakeStream(2);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember a = group.Join().value();
  GroupMember b = group.Join().value();
  GroupMember idle = group.Join().value();
  PutTo(stream, 0, "a");
  PutTo(stream, 1, "b");
  absl::Status status;
  const WaitingFor waiting("a member without shards to be told of the end");
  std::thread thread([&] { status = idle.Next(absl::InfiniteFuture()).status(); });
  test_.clock.AwaitSleepers(1);
  ASSERT_TRUE(stream.Close().ok());
  EXPECT_EQ(Drain(a).size(), 1U);
  EXPECT_TRUE(Fails(a.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  Delivery last = b.Next(kNow).value();
  ASSERT_TRUE(last.Commit().ok());
  EXPECT_TRUE(Fails(b.Next(kNow), absl::StatusCode::kOutOfRange, {"\"s\"", "\"g\"", "closed"}));
  thread.join();
  EXPECT_TRUE(Fails(status, absl::StatusCode::kOutOfRange, {}));
  EXPECT_TRUE(a.Run({}, [](Delivery&) { return absl::OkStatus(); }).ok());
  // One that comes when all is over, and one that is made then and has something left.
  GroupMember late = group.Join().value();
  EXPECT_TRUE(Fails(late.Next(kNow), absl::StatusCode::kOutOfRange, {}));
  const ConsumerGroup other = ConsumerGroup::Create(stream, "other").value();
  GroupMember of_other = other.Join().value();
  size_t records = 0;
  EXPECT_TRUE(of_other
                  .Run({},
                       [&records](Delivery& delivery) {
                         records += delivery.records().size();
                         return absl::OkStatus();
                       })
                  .ok());
  EXPECT_EQ(records, 2U);
}

// --- Options

TEST_F(ConsumerGroupTest, AWrongOptionIsNamed) {
  const Stream stream = MakeStream(1);
  const auto create = [&](std::string_view name, const GroupOptions& options) {
    return ConsumerGroup::Create(stream, name, options).status();
  };
  using enum absl::StatusCode;
  EXPECT_TRUE(Fails(create("", {}), kOutOfRange, {"group name", "[1, 1024]"}));
  EXPECT_TRUE(Fails(create(std::string(1025, 'x'), {}), kOutOfRange, {"group name", "1025"}));
  EXPECT_TRUE(
      Fails(create("g", {.start = static_cast<GroupStart>(7)}), kInvalidArgument, {"start", "7"}));
  EXPECT_TRUE(Fails(create("g", {.limits = {.max_records = 0}}), kOutOfRange, {"max_records"}));
  EXPECT_TRUE(Fails(create("g", {.limits = {.max_bytes = 0}}), kOutOfRange, {"max_bytes"}));
  EXPECT_TRUE(Fails(create("g", {.lease_time = absl::Microseconds(999)}), kOutOfRange,
                    {"lease_time", "999us"}));
  EXPECT_TRUE(Fails(create("g", {.max_attempts = 1}), kInvalidArgument,
                    {"max_attempts", "dead_letter_stream"}));
  EXPECT_TRUE(Fails(create("g", {.dead_letter_stream = stream}), kInvalidArgument,
                    {"max_attempts", "dead_letter_stream"}));
  EXPECT_TRUE(Fails(create("g", {.max_attempts = 1, .dead_letter_stream = stream}),
                    kInvalidArgument, {"dead_letter_stream", "\"s\""}));
  EXPECT_TRUE(create("g", {}).ok());
  EXPECT_TRUE(Fails(create("g", {}), kAlreadyExists, {"\"g\""}));
  EXPECT_TRUE(Fails(ConsumerGroup::Open(stream, "h").status(), kNotFound, {"\"h\""}));
  EXPECT_TRUE(Fails(ConsumerGroup::Remove(stream, "h"), kNotFound, {"\"h\""}));
}

TEST(DeadLetterTest, WhatIsNoDeadLetterIsRefused) {
  const std::string good =
      DeadLetter{"g", ShardId(1), SequenceNumber::Make(1, 1, 1, 1), 2, "why", "line\n\nline"}
          .Encode();
  RecordView record;
  record.data = good;
  EXPECT_EQ(DeadLetter::Parse(record)->data, "line\n\nline");
  for (size_t size = 0; size + 10 < good.size(); ++size) {
    record.data = std::string_view(good).substr(0, size);
    EXPECT_FALSE(DeadLetter::Parse(record).ok()) << size;
  }
  const std::string bad = "group g\nshard 1\nsequence_number 5\nattempts x\ncause y\n\n";
  record.data = bad;
  EXPECT_FALSE(DeadLetter::Parse(record).ok());
}

// --- Threads

// Members that come and go while shards split and merge: every record once, each key in order.
TEST_F(ConsumerGroupTest, NothingIsLostOrRepeatedWhileMembersAndShardsComeAndGo) {
  constexpr int kKeys = 8;
  constexpr int kPuts = 2000;
  Stream stream = MakeStream(2);
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  std::atomic<int> got{0};
  std::atomic<bool> in_order{true};
  std::vector<std::atomic<int>> next(kKeys);
  const auto work = [&](GroupMember& member, int deliveries) {
    for (int i = 0; i < deliveries && got < kPuts; ++i) {
      absl::StatusOr<Delivery> delivery = member.Next(test_.clock.Now() + absl::Milliseconds(1));
      if (!delivery.ok()) continue;
      for (const RecordView& record : delivery->records()) {
        const int key = std::stoi(std::string(record.partition_key));
        if (next[static_cast<size_t>(key)].fetch_add(1) != std::stoi(std::string(record.data))) {
          in_order = false;
        }
      }
      got += static_cast<int>(delivery->records().size());
      if (!delivery->Commit().ok()) in_order = false;
    }
  };
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  const WaitingFor waiting("all records to come through a group whose members come and go");
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      while (got < kPuts) {
        GroupMember member = group.Join().value();
        work(member, 5 + t * 20);
      }
    });
  }
  threads.emplace_back([&] {  // time
    while (!done) {
      test_.clock.Advance(absl::Milliseconds(1));
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < kPuts; ++i) {
    const std::string key = std::to_string(i % kKeys);
    ASSERT_TRUE(stream.Put({.partition_key = key, .data = std::to_string(i / kKeys)}).ok());
    if (i % 200 == 100) {
      const int64_t count = 1 + i / 200 * 7 % 5;
      ASSERT_TRUE(stream.ReshardUniformly(count).ok());
    }
  }
  for (size_t t = 0; t < 3; ++t) threads[t].join();
  done = true;
  threads[3].join();
  EXPECT_EQ(got, kPuts);
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace kinesis
