// What the next engine finds after a loss of power, one behaviour at a time. All of them at once,
// at any moment: testing/durability/power_loss_test.cc.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/simulated_disk.h"
#include "kinesis_core/testing/test_seed.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using ::testing::ElementsAre;
using testing::Fails;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadData;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'577'836'800);  // 2020

class PowerTest : public ::testing::Test {
 protected:
  PowerTest() { Create(); }

  void Create() {
    auto engine = Engine::Create(options_, &report_);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }
  // The power goes, and comes again. No handle may be left, since those keep the directory.
  void LosePower() {
    disk_.LosePower();
    engine_.reset();
    disk_.Start();
    Create();
  }
  void Reopen() {
    engine_.reset();
    Create();
  }

  void Make(std::string_view name, Durability durability, StreamOptions options = {}) {
    options.durability = durability;
    ASSERT_EQ(engine_->CreateStream(name, options).status(), absl::OkStatus());
  }
  Stream Open(std::string_view name) { return engine_->OpenStream(name).value(); }

  absl::StatusOr<PutResult> Put(std::string_view stream, std::string_view data) {
    return Open(stream).Put({.partition_key = "key", .data = data});
  }
  uint64_t BytesOfCopies() {
    uint64_t bytes = 0;
    for (const std::string& path : disk_.FilesOnPlatter()) {
      if (path.find("/wal-") != std::string::npos) bytes += disk_.ReadPlatter(path)->size();
    }
    return bytes;
  }

  testing::SimulatedDisk disk_{testing::SeedOr(1)};
  SimulatedClock clock_{kStart};
  EngineOptions options_{.clock = &clock_,
                         .directory = "engine",
                         .disk_budget_bytes = uint64_t{1} << 20,
                         .file_system = &disk_};
  RecoveryReport report_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(PowerTest, APutToAGroupStreamIsThereWhenItHasReturned) {
  Make("orders", Durability::kGroup);
  ASSERT_TRUE(Put("orders", "a").ok());
  ASSERT_TRUE(Put("orders", "b").ok());
  LosePower();
  EXPECT_TRUE(report_.power_was_lost);
  EXPECT_THAT(report_.emptied_streams, IsEmpty());
  EXPECT_THAT(report_.wal_damage, IsEmpty());
  EXPECT_EQ(report_.records, 2U);
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("a", "b"));
}

TEST_F(PowerTest, EachKindOfPutToAGroupStreamIsThere) {
  Make("orders", Durability::kGroup, {.shard_count = 3});
  const std::vector<Record> records = {{.partition_key = "a", .data = "1"},
                                       {.partition_key = "b", .data = "2"},
                                       {.partition_key = "c", .data = "3"}};
  for (const auto& result : Open("orders").PutBatch(records)) EXPECT_TRUE(result.ok());
  EXPECT_THAT(Open("orders").PutMany(records), IsEmpty());
  EXPECT_TRUE(Open("orders").PutAt(HashKey::Max(), records[0]).ok());
  {
    auto reservation = Open("orders").Reserve("d", 4).value();
    std::string_view("word").copy(reservation.data().data(), 4);
    EXPECT_TRUE(reservation.Commit(3).ok());
  }
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")),
              ::testing::UnorderedElementsAre("1", "2", "3", "1", "2", "3", "1", "wor"));
}

TEST_F(PowerTest, AReservationThatIsHeldKeepsNoOtherPutBack) {
  Make("orders", Durability::kGroup);
  {
    auto held = Open("orders").Reserve("key", 4).value();
    ASSERT_TRUE(Put("orders", "behind it").ok());
    std::string_view("late").copy(held.data().data(), 4);
    ASSERT_TRUE(held.Commit(4).ok());
  }
  ASSERT_TRUE(Put("orders", "last").ok());
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("late", "behind it", "last"));
}

TEST_F(PowerTest, AReservationThatWasHeldIsNoRecordAndNothingBehindItIsLost) {
  {
    Make("orders", Durability::kGroup);
    const auto held = Open("orders").Reserve("key", 4).value();
    ASSERT_TRUE(Put("orders", "behind it").ok());
    disk_.LosePower();
  }
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("behind it"));
  EXPECT_EQ(report_.holes, 1U);
}

TEST_F(PowerTest, AnIntervalStreamLosesWhatCameAfterTheLastIntervalAtMost) {
  options_.sync_interval = absl::Seconds(2);
  Reopen();
  Make("orders", Durability::kInterval);
  ASSERT_TRUE(Put("orders", "0 s").ok());  // the first one finds no round before it
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Put("orders", "1 s").ok());
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Put("orders", "2 s").ok());
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Put("orders", "3 s").ok());
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("0 s", "1 s", "2 s"));
}

TEST_F(PowerTest, AClockThatIsSetBackDoesNotKeepAnIntervalFromEnding) {
  Make("orders", Durability::kInterval);
  ASSERT_TRUE(Put("orders", "a").ok());
  clock_.Set(kStart - absl::Hours(1));
  ASSERT_TRUE(Put("orders", "b").ok());
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("a", "b"));
}

TEST_F(PowerTest, AnIntervalOutOfItsRangeIsRefusedByName) {
  engine_.reset();
  for (const absl::Duration interval :
       {absl::ZeroDuration(), absl::Microseconds(999), absl::Hours(1) + absl::Milliseconds(1)}) {
    options_.sync_interval = interval;
    EXPECT_TRUE(Fails(Engine::Create(options_), absl::StatusCode::kOutOfRange,
                      {"sync_interval", "[1ms, 1h]"}));
  }
  options_.sync_interval = absl::Microseconds(1500);
  EXPECT_TRUE(Fails(Engine::Create(options_), absl::StatusCode::kInvalidArgument,
                    {"sync_interval", "whole number of milliseconds"}));
}

TEST_F(PowerTest, AnEngineThatCouldNotBeOpenedLeavesWhatWasOnTheDiskThere) {
  const std::string large(uint64_t{100} << 10, 'a');
  Make("log", Durability::kProcess);
  ASSERT_TRUE(Put("log", large).ok());
  engine_.reset();
  const uint64_t budget = std::exchange(options_.disk_budget_bytes, uint64_t{64} << 10);
  EXPECT_TRUE(Fails(Engine::Create(options_), absl::StatusCode::kResourceExhausted,
                    {"disk_budget_bytes is less than what the directory holds"}));
  options_.disk_budget_bytes = budget;
  LosePower();
  EXPECT_THAT(report_.emptied_streams, IsEmpty());
  EXPECT_THAT(ReadData(Open("log")), ElementsAre(large));
}

TEST_F(PowerTest, SyncBringsAllThatWasPutToTheDisk) {
  Make("orders", Durability::kInterval, {.shard_count = 4});
  std::vector<Record> records;
  for (int i = 0; i < 100; ++i) {
    records.push_back(
        {.data = "x", .explicit_hash_key = HashKey::FromHalves(static_cast<uint64_t>(i) << 57, 0)});
  }
  EXPECT_THAT(Open("orders").PutMany(records), IsEmpty());
  EXPECT_THAT(Open("orders").PutMany(records), IsEmpty());
  EXPECT_EQ(Open("orders").Sync(), absl::OkStatus());
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), SizeIs(200));
}

TEST_F(PowerTest, SyncOfAStreamThatDoesNotWaitForTheDiskSaysSo) {
  Make("bus", Durability::kMemory);
  EXPECT_TRUE(Fails(Open("bus").Sync(), absl::StatusCode::kFailedPrecondition,
                    {"stream \"bus\" is of Durability::kMemory"}));
  Make("log", Durability::kProcess);
  EXPECT_TRUE(Fails(Open("log").Sync(), absl::StatusCode::kFailedPrecondition,
                    {"stream \"log\" is of Durability::kProcess"}));
}

TEST_F(PowerTest, AProcessStreamIsThereAndEmptyAndNamed) {
  Make("log", Durability::kProcess);
  ASSERT_TRUE(Put("log", "a").ok());
  // The stream itself is on the disk because of the other one.
  Make("orders", Durability::kGroup);
  LosePower();
  EXPECT_THAT(report_.emptied_streams, ElementsAre("log"));
  EXPECT_THAT(ReadData(Open("log")), IsEmpty());
  ASSERT_TRUE(Put("log", "b").ok());
  Reopen();
  EXPECT_THAT(ReadData(Open("log")), ElementsAre("b"));
}

TEST_F(PowerTest, AnEngineThatEndedLeavesEverythingOnTheDisk) {
  Make("log", Durability::kProcess);
  ASSERT_TRUE(Put("log", "a").ok());
  Make("orders", Durability::kInterval);
  ASSERT_TRUE(Put("orders", "b").ok());
  ASSERT_TRUE(Put("orders", "c").ok());
  engine_.reset();
  LosePower();
  EXPECT_FALSE(report_.power_was_lost);
  EXPECT_THAT(ReadData(Open("log")), ElementsAre("a"));
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("b", "c"));
  EXPECT_THAT(Open("orders").ListShards(), SizeIs(1));
}

TEST_F(PowerTest, NothingThatWasKilledIsLost) {
  Make("orders", Durability::kInterval);
  for (const char* const data : {"a", "b", "c"}) ASSERT_TRUE(Put("orders", data).ok());
  disk_.Kill();
  engine_.reset();
  disk_.Start();
  Create();
  EXPECT_FALSE(report_.power_was_lost);
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("a", "b", "c"));
  // What the killed one had not brought to the disk, the next one does.
  EXPECT_EQ(Open("orders").Sync(), absl::OkStatus());
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("a", "b", "c"));
}

TEST_F(PowerTest, NoSequenceNumberIsGivenTwiceAndASuccessorGoesOn) {
  Make("orders", Durability::kInterval);
  ASSERT_TRUE(Put("orders", "a").ok());
  const PutResult lost = Put("orders", "lost").value();
  LosePower();
  const Stream orders = Open("orders");
  const auto shards = orders.ListShards();
  ASSERT_THAT(shards, SizeIs(2));
  EXPECT_FALSE(shards[0].is_open());
  EXPECT_THAT(shards[1].parents(), ElementsAre(shards[0].id()));
  EXPECT_EQ(shards[1].hash_key_range(), shards[0].hash_key_range());
  const PutResult next = Put("orders", "next").value();
  EXPECT_GT(next.sequence_number, lost.sequence_number);
  // Whoever had read the record that was lost goes on with the next one.
  Iterator iterator =
      shards[0].CreateIterator(IteratorStart::AfterSequenceNumber(lost.sequence_number)).value();
  const ReadResult read = iterator.Read();
  EXPECT_TRUE(read->empty());
  EXPECT_TRUE(read->end_of_shard());
  EXPECT_THAT(ReadData(orders), ElementsAre("a", "next"));
}

TEST_F(PowerTest, GroupsGoOnWhereTheyHadCommitted) {
  Make("orders", Durability::kGroup);
  for (const char* const data : {"a", "b", "c"}) ASSERT_TRUE(Put("orders", data).ok());
  {
    auto member = ConsumerGroup::Create(Open("orders"), "billing").value().Join().value();
    ASSERT_EQ(member.Next(clock_.Now())->Commit(2), absl::OkStatus());
  }
  LosePower();
  auto member = ConsumerGroup::Create(Open("orders"), "billing").value().Join().value();
  const auto delivery = member.Next(clock_.Now());
  ASSERT_EQ(delivery.status(), absl::OkStatus());
  ASSERT_EQ(delivery->records().size(), 1U);
  EXPECT_EQ(delivery->records()[0].data, "c");
}

// The shard had been split before: it is not one that the loss of power ended.
TEST_F(PowerTest, AGroupGoesOnBehindAClosedShardWhoseRecordsAreGone) {
  Make("log", Durability::kProcess);
  for (const char* const data : {"a", "b", "c"}) ASSERT_TRUE(Put("log", data).ok());
  {
    auto member = ConsumerGroup::Create(Open("log"), "billing").value().Join().value();
    ASSERT_EQ(member.Next(clock_.Now())->Commit(2), absl::OkStatus());
  }
  ASSERT_TRUE(Open("log").SplitShard(ShardId(0)).ok());
  Make("orders", Durability::kGroup);  // which brings the journal to the disk
  LosePower();
  ASSERT_TRUE(Put("log", "d").ok());
  auto member = ConsumerGroup::Create(Open("log"), "billing").value().Join().value();
  const auto delivery = member.Next(clock_.Now());
  ASSERT_EQ(delivery.status(), absl::OkStatus());
  EXPECT_EQ(delivery->records()[0].data, "d");
}

// --- Trims

TEST_F(PowerTest, WhatIsLeftOfABatchWhoseBeginningWasTrimmedIsThere) {
  Make("orders", Durability::kInterval);
  ASSERT_TRUE(Put("orders", "a").ok());
  const std::vector<Record> batch = {{.data = "b"}, {.data = "c"}, {.data = "d"}};
  const auto put = Open("orders").PutBatch(batch);
  ASSERT_EQ(put[1].status(), absl::OkStatus());
  // Before anything of the batch was copied.
  ASSERT_EQ(Open("orders").FindShard(ShardId(0))->TrimBefore(put[1]->sequence_number),
            absl::OkStatus());
  ASSERT_EQ(Open("orders").Sync(), absl::OkStatus());
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), ElementsAre("c", "d"));
}

TEST_F(PowerTest, WhatMadeRoomDoesNotComeBackWithoutWhatCameBehindIt) {
  Make(
      "orders", Durability::kGroup,
      {.shard_capacity_bytes = uint64_t{32} << 10, .overflow_policy = OverflowPolicy::kTrimOldest});
  std::vector<std::string> data;
  for (int i = 0; i < 200; ++i) data.push_back(std::to_string(i) + std::string(300, 'x'));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Put("orders", data[i]).ok());
  // Makes room for its own end by what it began with, which no copy has.
  std::vector<Record> batch;
  for (int i = 50; i < 200; ++i) batch.push_back({.partition_key = "key", .data = data[i]});
  for (const auto& put : Open("orders").PutBatch(batch)) ASSERT_EQ(put.status(), absl::OkStatus());
  LosePower();
  const std::vector<std::string> found = ReadData(Open("orders"));
  ASSERT_FALSE(found.empty());
  // In one piece, and to the end.
  const std::vector<std::string> last(data.end() - static_cast<int64_t>(found.size()), data.end());
  EXPECT_TRUE(found == last) << found.size() << " from " << found[0].substr(0, 4) << " to "
                             << found.back().substr(0, 4);
}

// --- What was being written

TEST_F(PowerTest, AStreamIsThereWhenItsJournalWasMadeByAProcessThatWasKilled) {
  engine_.reset();
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    testing::SimulatedDisk disk(seed);
    options_.file_system = &disk;
    disk.KillWithin(seed % 15);  // among them the calls that give the journal its name
    Engine::Create(options_).status().IgnoreError();
    disk.Kill();
    disk.Start();
    Create();
    Make("orders", Durability::kGroup);
    disk.LosePower();
    engine_.reset();
    disk.Start();
    Create();
    EXPECT_EQ(engine_->OpenStream("orders").status(), absl::OkStatus()) << seed;
    engine_.reset();
  }
}

TEST_F(PowerTest, AFileOfCopiesWhoseHeaderIsHalfWrittenIsNone) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    testing::SimulatedDisk disk(seed);
    options_.file_system = &disk;
    Reopen();
    Make("orders", Durability::kGroup);
    disk.KillWithin(seed % 6);  // among them the call that writes the header
    EXPECT_FALSE(Put("orders", "a").ok());
    engine_.reset();
    disk.Start();
    Create();
    EXPECT_TRUE(Put("orders", "b").ok());
    engine_.reset();
  }
}

TEST_F(PowerTest, AfterASyncThatFailedNothingIsTakenAndEverythingCanBeRead) {
  Make("orders", Durability::kGroup);
  Make("log", Durability::kProcess);
  ASSERT_TRUE(Put("orders", "a").ok());
  std::optional<Reservation> held = Open("orders").Reserve("key", 1).value();
  disk_.FailSync(0);
  EXPECT_EQ(Put("orders", "b").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(
      Fails(Put("orders", "c").status(), absl::StatusCode::kDataLoss,
            {"stream \"orders\" takes no more records, and can be read: the write-ahead log "
             "in \"engine\" could not be synced"}));
  EXPECT_EQ(Open("orders").Sync().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(held->Commit().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open("orders").SplitShard(ShardId(0)).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(engine_->CreateStream("more", {.durability = Durability::kGroup}).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Put("log", "goes on").ok());
  EXPECT_EQ(ReadData(Open("orders")).front(), "a");
  held.reset();
  LosePower();
  EXPECT_EQ(ReadData(Open("orders")).front(), "a");
  EXPECT_TRUE(Put("orders", "d").ok());
}

TEST_F(PowerTest, ASyncThatFailsIsToldToEveryThreadThatWaits) {
  constexpr int kThreads = 8;
  for (uint64_t syncs = 0; syncs < 20; ++syncs) {
    const std::string name = "orders-" + std::to_string(syncs);
    Make(name, Durability::kGroup);
    disk_.FailSync(syncs);
    const testing::WaitingFor waiting("threads that put to a kGroup stream whose disk fails");
    std::vector<std::thread> threads;
    std::vector<absl::Status> told(kThreads);
    for (absl::Status& status : told) {
      threads.emplace_back([this, &name, &status] {
        while (status.ok()) status = Put(name, "x").status();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& status : told) {
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    }
    LosePower();
  }
}

TEST_F(PowerTest, SmallGroupsOfCopiesAreWrittenWhereZerosStand) {
  testing::FaultyFileSystem files(disk_);
  options_.file_system = &files;
  options_.disk_budget_bytes = uint64_t{8} << 20;  // so that a file of copies has 512 KiB
  Reopen();
  Make("orders", Durability::kGroup);
  const auto writes_of_put = [&](size_t bytes) {
    const uint64_t before = files.calls(testing::FileCall::kWrite);
    EXPECT_EQ(Put("orders", std::string(bytes, 'x')).status(), absl::OkStatus());
    return files.calls(testing::FileCall::kWrite) - before;
  };
  EXPECT_GT(writes_of_put(10), 2U) << "the header of a file, the group, and zeros behind it";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(writes_of_put(1000), 1U);
  EXPECT_EQ(writes_of_put(600'000), 2U) << "a large group has a file of its own here, and no zeros";
  EXPECT_GT(writes_of_put(10), 2U);
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), SizeIs(23));
  engine_.reset();
}

TEST_F(PowerTest, WithoutSpaceForCopiesAPutSaysSoAndALaterOneMakesUpForIt) {
  Make("orders", Durability::kGroup);
  ASSERT_TRUE(Put("orders", std::string(1000, 'a')).ok());
  disk_.set_capacity(disk_.space_bytes() + (uint64_t{80} << 10));
  absl::StatusOr<PutResult> put;
  uint64_t puts = 1;
  do {
    put = Put("orders", std::string(1000, 'b'));
    ++puts;
  } while (put.ok() && puts < 1000);
  EXPECT_TRUE(absl::IsUnavailable(put.status()) || absl::IsResourceExhausted(put.status()))
      << put.status();
  const bool is_stored = absl::IsUnavailable(put.status());
  disk_.set_capacity(uint64_t{1} << 30);
  EXPECT_TRUE(Put("orders", "last").ok());
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), SizeIs(puts + (is_stored ? 1 : 0)));
}

TEST_F(PowerTest, CopiesAreLetGoWithTheRecords) {
  Make(
      "orders", Durability::kGroup,
      {.shard_capacity_bytes = uint64_t{64} << 10, .overflow_policy = OverflowPolicy::kTrimOldest});
  // A stream of which little comes, and nothing goes.
  Make("slow", Durability::kGroup);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(Put("orders", std::string(1000, 'x')).ok());
    if (i % 30 == 0) {
      ASSERT_TRUE(Put("slow", std::to_string(i)).ok());
    }
  }
  EXPECT_LE(BytesOfCopies(), uint64_t{768} << 10) << "of 3 MB that were put";
  LosePower();
  EXPECT_THAT(ReadData(Open("slow")), SizeIs(100));
  EXPECT_GE(ReadData(Open("orders")).size(), 32U);
}

TEST_F(PowerTest, WhatAKilledProcessHasLeftIsOnTheDiskOnceAnEngineIsThereAgain) {
  for (const Durability durability : {Durability::kGroup, Durability::kInterval}) {
    const std::string name = durability == Durability::kGroup ? "group" : "interval";
    Make(name, durability);
    ASSERT_TRUE(Put(name, "a").ok());
    ASSERT_TRUE(Open(name).Sync().ok());
    disk_.KillWithin(0);
    Put(name, "b").IgnoreError();
    disk_.Kill();
    engine_.reset();
    disk_.Start();
    Create();
    ASSERT_THAT(ReadData(Open(name)), ElementsAre("a", "b"));
    // Nobody puts to it any more.
    ASSERT_TRUE(Open(name).SplitShard(ShardId(0)).ok());
    LosePower();
    EXPECT_THAT(ReadData(Open(name)), ElementsAre("a", "b"));
  }
}

TEST_F(PowerTest, ThreadsShareTheirSyncs) {
  constexpr int kThreads = 4;
  constexpr int kPuts = 200;
  Make("orders", Durability::kGroup, {.shard_count = 2});
  const testing::WaitingFor waiting("threads that put to a kGroup stream");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < kPuts; ++i) {
        const std::string data = std::to_string(thread) + " " + std::to_string(i);
        ASSERT_TRUE(Open("orders").Put({.partition_key = data, .data = data}).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  LosePower();
  EXPECT_THAT(ReadData(Open("orders")), SizeIs(kThreads * kPuts));
}

TEST_F(PowerTest, ThreadsThatPutAgainAndAgainAreInEachRoundTogether) {
  constexpr uint64_t kPuts = 20;
  testing::FaultyFileSystem files(disk_);
  engine_.reset();
  options_.file_system = &files;
  Create();
  Make("orders", Durability::kGroup);
  // Long beside what a thread takes to put again.
  files.SetDelay(testing::FileCall::kSync, absl::Milliseconds(10));
  const uint64_t before = files.calls(testing::FileCall::kSync);
  const testing::WaitingFor waiting("threads that put to a kGroup stream");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([this] {
      for (uint64_t i = 0; i < kPuts; ++i) EXPECT_TRUE(Put("orders", "data").ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  // In turns of halves it would be two for each put of a thread.
  EXPECT_LT(files.calls(testing::FileCall::kSync) - before, kPuts * 3 / 2);
  files.SetDelay(testing::FileCall::kSync, absl::ZeroDuration());
  engine_.reset();
}

TEST_F(PowerTest, WhatAStreamWasMadeWithAndHowItWasReshardedIsThere) {
  Make("orders", Durability::kGroup, {.shard_count = 2});
  ASSERT_TRUE(Open("orders").SetRetention(absl::Hours(3)).ok());
  ASSERT_TRUE(Open("orders").MergeShards(ShardId(0), ShardId(1)).ok());
  ASSERT_TRUE(Put("orders", "a").ok());
  Make("gone", Durability::kGroup);
  ASSERT_TRUE(engine_->DeleteStream("gone").ok());
  LosePower();
  EXPECT_THAT(engine_->ListStreams(), ElementsAre("orders"));
  Stream orders = Open("orders");
  EXPECT_EQ(orders.retention(), absl::Hours(3));
  EXPECT_THAT(orders.ListShards(), SizeIs(4));
  EXPECT_THAT(ReadData(orders), ElementsAre("a"));
  EXPECT_TRUE(orders.Sync().ok());
}

}  // namespace
}  // namespace kinesis
