// Lanes: the records of one shard in several threads, in order within a key.
#include "kinesis_core/lanes.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
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

using kinesis::testing::BrittleStore;
using kinesis::testing::DataOf;
using kinesis::testing::Fails;
using kinesis::testing::kNow;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

using Texts = std::vector<std::string>;

class LanesTest : public ::testing::Test {
 protected:
  LanesTest() : stream_(test_.engine->CreateStream("s").value()) {}

  // Keys that have the lanes 0 and 1 of two.
  static std::string KeyOf(size_t lane) {
    for (int i = 0;; ++i) {
      std::string key = "key" + std::to_string(i);
      if (std::hash<std::string_view>()(key) % 2 == lane) return key;
    }
  }
  void Put(size_t lane, const std::string& data) {
    ASSERT_TRUE(stream_.Put({.partition_key = KeyOf(lane), .data = data}).ok());
  }
  ConsumerGroup MakeGroup(const GroupOptions& options = {}) {
    return ConsumerGroup::Create(stream_, "g", options).value();
  }
  static Lanes Join(const ConsumerGroup& group, size_t count = 2) {
    return Lanes::Create(group.Join().value(), count).value();
  }
  static uint64_t Lag(const ConsumerGroup& group) {
    uint64_t lag = 0;
    for (const GroupShardMetrics& shard : group.Metrics().shards) lag += shard.lag_records;
    return lag;
  }
  static ::testing::AssertionResult HasNothing(const absl::StatusOr<LaneDelivery>& delivery) {
    return Fails(delivery, absl::StatusCode::kDeadlineExceeded, {});
  }

  TestEngine test_;
  Stream stream_;
};

TEST_F(LanesTest, EachKeyHasOneLaneAndComesInOrder) {
  const ConsumerGroup group = MakeGroup();
  Lanes lanes = Join(group, 5);
  EXPECT_EQ(lanes.count(), 5U);
  EXPECT_EQ(lanes.id(), 1U);
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key" + std::to_string(i % 20);
    ASSERT_TRUE(stream_.Put({.partition_key = key, .data = std::to_string(i / 20)}).ok());
  }
  std::map<std::string, size_t> lane_of;
  std::map<std::string, int> next;
  for (size_t lane = 0; lane < 5; ++lane) {
    LaneDelivery delivery = lanes.Next(lane, kNow).value();
    EXPECT_EQ(delivery.lane(), lane);
    EXPECT_EQ(delivery.shard_id(), ShardId(0));
    EXPECT_EQ(delivery.attempt(), 1U);
    for (const RecordView& record : delivery.records()) {
      const std::string key(record.partition_key);
      EXPECT_EQ(lane_of.try_emplace(key, lane).first->second, lane);
      EXPECT_EQ(record.data, std::to_string(next[key]++));
    }
    ASSERT_TRUE(delivery.Finish().ok());
    EXPECT_TRUE(delivery.is_resolved());
  }
  for (const auto& [key, count] : next) EXPECT_EQ(count, 10) << key;
  EXPECT_EQ(next.size(), 20U);
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, WhatIsCommittedIsTheLowestUnfinishedPosition) {
  const ConsumerGroup group = MakeGroup();
  Lanes lanes = Join(group);
  Put(0, "a");
  Put(1, "b");
  Put(0, "c");
  Put(1, "d");
  LaneDelivery slow = lanes.Next(0, kNow).value();
  LaneDelivery fast = lanes.Next(1, kNow).value();
  EXPECT_EQ(DataOf(slow), (Texts{"a", "c"}));
  EXPECT_EQ(DataOf(fast), (Texts{"b", "d"}));
  ASSERT_TRUE(fast.Finish().ok());
  EXPECT_EQ(Lag(group), 4U);
  EXPECT_TRUE(group.Metrics().shards[0].is_out);
  ASSERT_TRUE(slow.Finish(1).ok());
  EXPECT_EQ(slow.finished(), 1U);
  EXPECT_EQ(Lag(group), 2U);  // a and b
  ASSERT_TRUE(slow.Finish().ok());
  EXPECT_EQ(Lag(group), 0U);
  EXPECT_FALSE(group.Metrics().shards[0].is_out);
  EXPECT_TRUE(slow.Finish(2).ok());
  EXPECT_TRUE(Fails(slow.Finish(3), absl::StatusCode::kOutOfRange, {"count", "[0, 2]"}));
}

TEST_F(LanesTest, ALaneThatTakesLongHoldsBackTheOthersAfterFourDeliveriesAndNotBefore) {
  const ConsumerGroup group = MakeGroup({.limits = {.max_records = 2}});
  Lanes lanes = Join(group);
  for (int i = 0; i < 6; ++i) {
    Put(0, "slow" + std::to_string(i));
    Put(1, "fast" + std::to_string(i));
  }
  std::optional<LaneDelivery> slow = lanes.Next(0, kNow).value();
  EXPECT_EQ(DataOf(*slow), Texts{"slow0"});
  Texts fast;
  for (;;) {
    absl::StatusOr<LaneDelivery> next = lanes.Next(1, kNow);
    if (!next.ok()) break;
    for (std::string& data : DataOf(*next)) fast.push_back(std::move(data));
    ASSERT_TRUE(next->Finish().ok());
  }
  EXPECT_EQ(fast, (Texts{"fast0", "fast1", "fast2", "fast3"}));
  EXPECT_EQ(Lag(group), 12U);
  ASSERT_TRUE(slow->Finish().ok());
  EXPECT_EQ(Lag(group), 10U);
  EXPECT_EQ(DataOf(lanes.Next(1, kNow).value()), Texts{"fast4"});
}

// --- What fails

TEST_F(LanesTest, ARecordThatFailsComesAgainInItsLaneAndTheOthersDoNotNotice) {
  const ConsumerGroup group = MakeGroup();
  Lanes lanes = Join(group);
  for (const char* data : {"a", "c", "e"}) Put(0, data);
  Put(1, "b");
  LaneDelivery delivery = lanes.Next(0, kNow).value();
  ASSERT_TRUE(delivery.Finish(1).ok());
  ASSERT_TRUE(delivery.Fail(absl::UnavailableError("later")).ok());
  EXPECT_TRUE(
      Fails(delivery.Fail(absl::OkStatus()), absl::StatusCode::kFailedPrecondition, {"finished"}));
  ASSERT_TRUE(lanes.Next(1, kNow)->Finish().ok());
  EXPECT_TRUE(HasNothing(lanes.Next(1, kNow)));
  LaneDelivery again = lanes.Next(0, kNow).value();
  EXPECT_EQ(DataOf(again), (Texts{"c", "e"}));
  EXPECT_EQ(again.attempt(), 2U);
  again.Return();
  LaneDelivery third = lanes.Next(0, kNow).value();
  EXPECT_EQ(third.attempt(), 2U);  // a return is no failure
  ASSERT_TRUE(third.Finish().ok());
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, ARecordThatFailsTooOftenIsGivenUpAndItsLaneGoesOn) {
  const Stream dead = test_.engine->CreateStream("dead").value();
  const ConsumerGroup group = MakeGroup({.max_attempts = 2, .dead_letter_stream = dead});
  Lanes lanes = Join(group);
  for (const char* data : {"poison", "c"}) Put(0, data);
  Put(1, "b");
  ASSERT_TRUE(lanes.Next(1, kNow)->Finish().ok());
  ASSERT_TRUE(lanes.Next(0, kNow)->Fail(absl::DataLossError("x")).ok());
  EXPECT_EQ(group.Metrics().dead_letters, 0U);
  ASSERT_TRUE(lanes.Next(0, kNow)->Fail(absl::DataLossError("x")).ok());
  EXPECT_EQ(group.Metrics().dead_letters, 1U);
  EXPECT_EQ(Lag(group), 2U);
  LaneDelivery rest = lanes.Next(0, kNow).value();
  EXPECT_EQ(DataOf(rest), Texts{"c"});
  EXPECT_EQ(rest.attempt(), 1U);
  ASSERT_TRUE(rest.Finish().ok());
  EXPECT_EQ(Lag(group), 0U);
  EXPECT_EQ(ReadData(ShardAt(dead, 0)).size(), 1U);
}

TEST_F(LanesTest, ARecordThatTheDeadLettersRefuseComesAgain) {
  const Stream dead = test_.engine->CreateStream("dead").value();
  const ConsumerGroup group = MakeGroup({.max_attempts = 1, .dead_letter_stream = dead});
  Lanes lanes = Join(group);
  Put(0, "poison");
  ASSERT_TRUE(test_.engine->DeleteStream("dead").ok());
  EXPECT_TRUE(Fails(lanes.Next(0, kNow)->Fail(absl::DataLossError("x")),
                    absl::StatusCode::kNotFound, {"\"dead\""}));
  EXPECT_EQ(DataOf(lanes.Next(0, kNow).value()), Texts{"poison"});
}

TEST_F(LanesTest, WhatIsDroppedComesAgainOneByOneSoThatOnlyThePoisonIsGivenUp) {
  const Stream dead = test_.engine->CreateStream("dead").value();
  const ConsumerGroup group = MakeGroup({.max_attempts = 1, .dead_letter_stream = dead});
  Lanes lanes = Join(group);
  for (int i = 0; i < 5; ++i) Put(0, i == 2 ? "poison" : std::to_string(i));
  Texts done;
  for (int i = 0; i < 20; ++i) {
    absl::StatusOr<LaneDelivery> next = lanes.Next(0, kNow);
    if (!next.ok()) break;
    Texts data = DataOf(*next);
    EXPECT_EQ(data.size(), i == 0 ? 5U : 1U);
    if (data.size() > 1 || data[0] == "poison") continue;  // dropped
    done.push_back(data[0]);
    ASSERT_TRUE(next->Finish().ok());
  }
  EXPECT_EQ(done, (Texts{"0", "1", "3", "4"}));
  EXPECT_EQ(group.Metrics().dead_letters, 1U);
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, WhatTheStoreRefusedIsCommittedByALaterCall) {
  const auto store = std::make_shared<BrittleStore>();
  const ConsumerGroup group = MakeGroup({.checkpoint_store = store});
  Lanes lanes = Join(group);
  Put(0, "a");
  LaneDelivery delivery = lanes.Next(0, kNow).value();
  store->fail_saves = true;
  EXPECT_TRUE(Fails(delivery.Finish(), absl::StatusCode::kUnavailable, {"no save"}));
  EXPECT_TRUE(delivery.is_resolved());
  EXPECT_TRUE(Fails(lanes.Next(1, kNow), absl::StatusCode::kUnavailable, {"no save"}));
  EXPECT_EQ(Lag(group), 1U);
  store->fail_saves = false;
  EXPECT_TRUE(HasNothing(lanes.Next(1, kNow)));
  EXPECT_EQ(Lag(group), 0U);
}

// --- Hand-over

TEST_F(LanesTest, AShardMovesWhenTheLanesHaveFinishedWhatTheyHaveAndNothingComesTwice) {
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  const ConsumerGroup group = MakeGroup({.limits = {.max_records = 2}});
  Lanes lanes = Join(group);
  EXPECT_TRUE(HasNothing(lanes.Next(0, kNow)));  // finishes the parent
  const HashKey start = ShardAt(stream_, 2).hash_key_range().start();
  int put = 0;
  const auto put_both = [&] {
    for (const size_t lane : {0, 1}) {
      const std::string data = std::to_string(put++);
      ASSERT_TRUE(stream_.PutAt(start, {.partition_key = KeyOf(lane), .data = data}).ok());
    }
  };
  for (int i = 0; i < 4; ++i) put_both();
  std::vector<LaneDelivery> in_hand;
  for (const size_t lane : {0, 1}) in_hand.push_back(lanes.Next(lane, kNow).value());
  GroupMember other = group.Join().value();  // is to have shard 2
  std::multiset<std::string> seen;
  const auto see = [&](const auto& delivery) {
    for (const RecordView& record : delivery.records()) seen.emplace(record.data);
  };
  // What was read before it joined stays with the lanes.
  EXPECT_TRUE(Fails(other.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  for (LaneDelivery& delivery : in_hand) {
    EXPECT_EQ(delivery.shard_id(), ShardId(2));
    see(delivery);
    EXPECT_TRUE(delivery.Finish().ok());
  }
  for (const size_t lane : {0, 1}) {
    for (;;) {
      absl::StatusOr<LaneDelivery> next = lanes.Next(lane, kNow);
      if (!next.ok()) break;
      see(*next);
      EXPECT_TRUE(next->Finish().ok());
    }
  }
  for (;;) {
    absl::StatusOr<Delivery> next = other.Next(kNow);
    if (!next.ok()) break;
    EXPECT_GT(next->epoch(), in_hand[0].epoch());
    see(*next);
    EXPECT_TRUE(next->Commit().ok());
  }
  EXPECT_EQ(seen.size(), 8U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 8U);
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, LanesThatEndCommitTheLowestAndGiveTheRestBack) {
  const ConsumerGroup group = MakeGroup({.limits = {.max_records = 2}});
  std::optional<Lanes> lanes = Join(group);
  for (const size_t lane : {0, 1, 1, 0, 1}) Put(lane, std::to_string(lane));
  GroupMember other = group.Join().value();
  {
    LaneDelivery zero = lanes->Next(0, kNow).value();
    LaneDelivery one = lanes->Next(1, kNow).value();
    ASSERT_TRUE(one.Finish().ok());
    LaneDelivery next = lanes->Next(1, kNow).value();
    ASSERT_TRUE(next.Finish().ok());
    lanes.reset();
    // One is in a hand, and may still be finished.
    EXPECT_TRUE(Fails(other.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
    ASSERT_TRUE(zero.Finish().ok());
  }
  EXPECT_EQ(Lag(group), 2U);  // 0 1 1 are finished
  Delivery rest = other.Next(kNow).value();
  EXPECT_EQ(rest.records().size(), 2U);
  EXPECT_EQ(rest.records()[0].data, "0");
  EXPECT_EQ(rest.attempt(), 1U);
  ASSERT_TRUE(rest.Commit().ok());
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, WhatIsInAHandWhenTheLanesEndComesAgainIfItIsDropped) {
  const ConsumerGroup group = MakeGroup();
  std::optional<Lanes> lanes = Join(group);
  Put(0, "a");
  Put(1, "b");
  std::optional<LaneDelivery> a = lanes->Next(0, kNow).value();
  ASSERT_TRUE(lanes->Next(1, kNow)->Finish().ok());
  lanes.reset();
  a.reset();
  GroupMember other = group.Join().value();
  Delivery again = other.Next(kNow).value();
  EXPECT_EQ(again.records().size(), 2U);
  ASSERT_TRUE(again.Commit().ok());
}

TEST_F(LanesTest, WhatALapsedLeaseTakesAwayIsRefusedAndComesAgainToOthers) {
  const ConsumerGroup group = MakeGroup({.lease_time = absl::Seconds(10)});
  Lanes lanes = Join(group);
  GroupMember other = group.Join().value();
  for (const size_t lane : {0, 1, 0}) Put(lane, std::to_string(lane));
  LaneDelivery zero = lanes.Next(0, kNow).value();
  ASSERT_TRUE(zero.Finish(1).ok());
  test_.clock.Advance(absl::Seconds(9));
  ASSERT_TRUE(zero.Finish(1).ok());
  test_.clock.Advance(absl::Seconds(11));
  Delivery taken = other.Next(kNow).value();
  EXPECT_EQ(taken.records().size(), 2U);
  EXPECT_TRUE(Fails(zero.Finish(), absl::StatusCode::kAborted, {"shardId-000000000000"}));
  EXPECT_TRUE(zero.is_resolved());
  EXPECT_TRUE(HasNothing(lanes.Next(1, kNow)));  // what waited there is gone
  ASSERT_TRUE(taken.Commit().ok());
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, TheLanesGetAShardAgainThatTheyHadLost) {
  const ConsumerGroup group = MakeGroup({.lease_time = absl::Seconds(10)});
  Lanes lanes = Join(group);
  std::optional<GroupMember> other = group.Join().value();
  Put(0, "a");
  Put(1, "b");
  LaneDelivery old = lanes.Next(0, kNow).value();
  test_.clock.Advance(absl::Seconds(11));
  { const Delivery taken = other->Next(kNow).value(); }
  other.reset();
  LaneDelivery b = lanes.Next(1, kNow).value();
  EXPECT_EQ(DataOf(b), Texts{"b"});
  EXPECT_TRUE(b.Finish().ok());
  EXPECT_TRUE(Fails(old.Finish(), absl::StatusCode::kAborted, {}));
  LaneDelivery a = lanes.Next(0, kNow).value();
  EXPECT_EQ(DataOf(a), Texts{"a"});
  EXPECT_TRUE(a.Finish().ok());
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, TheChildrenOfAShardComeWhenAllLanesHaveFinishedIt) {
  const ConsumerGroup group = MakeGroup({.limits = {.max_records = 1}});
  Lanes lanes = Join(group);
  Put(0, "parent");
  Put(1, "parent");
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  Put(0, "child");
  Put(1, "child");
  LaneDelivery zero = lanes.Next(0, kNow).value();
  LaneDelivery one = lanes.Next(1, kNow).value();
  EXPECT_EQ(DataOf(one), Texts{"parent"});
  ASSERT_TRUE(one.Finish().ok());
  EXPECT_TRUE(HasNothing(lanes.Next(1, kNow)));
  ASSERT_TRUE(zero.Finish().ok());
  LaneDelivery child = lanes.Next(1, kNow).value();
  EXPECT_EQ(DataOf(child), Texts{"child"});
  ASSERT_TRUE(child.Finish().ok());
  ASSERT_TRUE(lanes.Next(0, kNow)->Finish().ok());
  ASSERT_TRUE(stream_.Close().ok());
  for (const size_t lane : {0, 1}) {
    EXPECT_TRUE(
        Fails(lanes.Next(lane, absl::InfiniteFuture()), absl::StatusCode::kOutOfRange, {"closed"}));
  }
}

// --- Threads

TEST_F(LanesTest, ThreadsProcessEachKeyInOrderAndEverythingOnceThroughSplitsAndMerges) {
  constexpr size_t kLanes = 4;
  constexpr int kKeys = 50;
  constexpr int kOfEach = 100;
  const ConsumerGroup group = MakeGroup({.limits = {.max_records = 64}});
  Lanes lanes = Join(group, kLanes);
  std::vector<int> next(kKeys);
  std::atomic<int> wrong{0};
  const WaitingFor waiting("lanes to come to the end of a closed stream");
  std::vector<std::jthread> threads;
  std::vector<absl::Status> ends(kLanes, absl::UnknownError("still running"));
  for (size_t lane = 0; lane < kLanes; ++lane) {
    threads.emplace_back([&, lane] {
      std::set<std::string> failed;
      ends[lane] = lanes.Run(lane, std::stop_token(), [&](const RecordView& record) {
        const std::string name = std::string(record.partition_key) + "/" + std::string(record.data);
        if (name.ends_with("7") && failed.insert(name).second) {
          return absl::UnavailableError("again");
        }
        // Plain variables: the lanes order the records of a key, and ThreadSanitizer looks.
        int& expected = next[static_cast<size_t>(std::stoi(std::string(record.partition_key)))];
        if (std::to_string(expected++) != record.data) wrong.fetch_add(1);
        return absl::OkStatus();
      });
    });
  }
  for (int i = 0; i < kOfEach; ++i) {
    for (int key = 0; key < kKeys; ++key) {
      const std::string name = std::to_string(key);
      ASSERT_TRUE(stream_.Put({.partition_key = name, .data = std::to_string(i)}).ok());
    }
    if (i == 20 || i == 60) {
      ASSERT_TRUE(stream_.ReshardUniformly(i == 20 ? 3 : 1).ok());
    }
  }
  ASSERT_TRUE(stream_.Close().ok());
  threads.clear();
  for (const absl::Status& end : ends) EXPECT_TRUE(end.ok()) << end;
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(next, std::vector<int>(kKeys, kOfEach));
}

TEST_F(LanesTest, ALaneThatIsToldToStopLeavesTheReadingToAnother) {
  const ConsumerGroup group = MakeGroup();
  Lanes lanes = Join(group);
  const WaitingFor waiting(
      "two lanes that sleep, then one that is stopped, then the other's record");
  std::stop_source stop;
  absl::Status first = absl::UnknownError("nothing");
  absl::Status second = absl::UnknownError("nothing");
  std::thread zero([&] { first = lanes.Next(0, stop.get_token()).status(); });
  test_.clock.AwaitSleepers(1);  // reads
  std::thread one([&] {
    absl::StatusOr<LaneDelivery> next = lanes.Next(1, absl::InfiniteFuture());
    second = next.ok() ? next->Finish() : next.status();
  });
  test_.clock.AwaitSleepers(2);
  stop.request_stop();
  zero.join();
  EXPECT_EQ(first.code(), absl::StatusCode::kCancelled);
  Put(1, "a");
  one.join();
  EXPECT_TRUE(second.ok()) << second;
  EXPECT_EQ(Lag(group), 0U);
}

TEST_F(LanesTest, ALaneThatSleepsIsWokenByWhatAnotherReadsAndByItsDeadline) {
  const ConsumerGroup group = MakeGroup();
  Lanes lanes = Join(group);
  const WaitingFor waiting("a lane that sleeps beside one that reads");
  absl::Status first = absl::UnknownError("nothing");
  absl::Status late = absl::UnknownError("nothing");
  absl::Status second = absl::UnknownError("nothing");
  const absl::Time soon = test_.clock.Now() + absl::Seconds(1);
  std::thread zero([&] { first = lanes.Next(0, absl::InfiniteFuture()).status(); });
  test_.clock.AwaitSleepers(1);
  std::thread is_late([&] { late = lanes.Next(1, soon).status(); });
  test_.clock.AwaitSleepers(2);
  test_.clock.Advance(absl::Seconds(2));
  is_late.join();
  std::thread one([&] { second = lanes.Next(1, absl::InfiniteFuture()).status(); });
  test_.clock.AwaitSleepers(2);
  Put(1, "b");
  one.join();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded) << late;
  EXPECT_TRUE(second.ok()) << second;
  Put(0, "a");
  zero.join();
  EXPECT_TRUE(first.ok()) << first;
}

TEST_F(LanesTest, AStopBetweenTwoRecordsGivesTheRestBack) {
  const ConsumerGroup group = MakeGroup();
  Lanes lanes = Join(group);
  for (const char* data : {"a", "b", "c"}) Put(0, data);
  std::stop_source stop;
  Texts seen;
  EXPECT_TRUE(lanes
                  .Run(0, stop.get_token(),
                       [&](const RecordView& record) {
                         seen.emplace_back(record.data);
                         if (seen.size() == 2) stop.request_stop();
                         return absl::OkStatus();
                       })
                  .ok());
  EXPECT_EQ(seen, (Texts{"a", "b"}));
  EXPECT_EQ(Lag(group), 1U);
  LaneDelivery rest = lanes.Next(0, kNow).value();
  EXPECT_EQ(DataOf(rest), Texts{"c"});
  EXPECT_EQ(rest.attempt(), 1U);
}

TEST_F(LanesTest, AnExceptionOfAHandlerFailsItsRecordAndPassesThrough) {
  const ConsumerGroup group = MakeGroup();
  Lanes lanes = Join(group);
  for (const char* data : {"a", "b", "c"}) Put(0, data);
  const auto throws = [](const RecordView& record) {
    if (record.data == "b") throw std::runtime_error("b");
    return absl::OkStatus();
  };
  EXPECT_THROW(lanes.Run(0, std::stop_token(), throws).IgnoreError(), std::runtime_error);
  EXPECT_EQ(Lag(group), 2U);
  LaneDelivery rest = lanes.Next(0, kNow).value();
  EXPECT_EQ(DataOf(rest), (Texts{"b", "c"}));
  EXPECT_EQ(rest.attempt(), 2U);
}

// --- What is wrong

TEST_F(LanesTest, WhatCannotBeIsRefused) {
  const ConsumerGroup group = MakeGroup();
  for (const size_t count : {size_t{0}, size_t{1025}}) {
    EXPECT_TRUE(Fails(Lanes::Create(group.Join().value(), count), absl::StatusCode::kOutOfRange,
                      {"count", "[1, 1024]", std::to_string(count)}));
  }
  Put(0, "a");
  {
    GroupMember member = group.Join().value();
    const Delivery out = member.Next(kNow).value();
    EXPECT_TRUE(Fails(Lanes::Create(std::move(member), 2), absl::StatusCode::kFailedPrecondition,
                      {"shardId-000000000000", "\"g\""}));
  }
  EXPECT_TRUE(group.Metrics().members.empty());
  Lanes lanes = Join(group);
  EXPECT_TRUE(Fails(lanes.Next(2, kNow), absl::StatusCode::kOutOfRange, {"lane", "[0, 2)"}));
  LaneDelivery delivery = lanes.Next(0, kNow).value();
  EXPECT_TRUE(Fails(lanes.Next(0, kNow), absl::StatusCode::kFailedPrecondition, {"lane 0"}));
  LaneDelivery moved = std::move(delivery);
  ASSERT_TRUE(ConsumerGroup::Remove(stream_, "g").ok());
  EXPECT_TRUE(Fails(moved.Finish(), absl::StatusCode::kNotFound, {"\"g\"", "removed"}));
  EXPECT_TRUE(moved.is_resolved());
  EXPECT_TRUE(Fails(lanes.Next(0, kNow), absl::StatusCode::kNotFound, {"\"g\"", "removed"}));
}

}  // namespace
}  // namespace kinesis
