// What the next engine finds in the directory of one that is gone.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/internal/temporary_directory.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using testing::Fails;
using testing::ReadData;

const absl::Time kStart = absl::FromUnixSeconds(1'577'836'800);  // 2020

class DurabilityTest : public ::testing::Test {
 protected:
  // Makes an engine on the directory, after the one before is gone.
  Engine& Reopen() {
    engine_.reset();
    absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create(options_, &report_);
    EXPECT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
    return *engine_;
  }

  Stream Create(std::string_view name, StreamOptions options = {}) {
    options.durability = Durability::kProcess;
    return engine_->CreateStream(name, options).value();
  }
  Stream Open(std::string_view name) { return engine_->OpenStream(name).value(); }

  static PutResult Put(Stream stream, std::string_view key, std::string_view data) {
    return stream.Put({.partition_key = key, .data = data}).value();
  }

  // The data of all records of a shard, from its oldest on.
  static std::vector<std::string> Read(const Stream& stream, uint32_t shard = 0) {
    return ReadData(stream.FindShard(ShardId(shard)).value());
  }

  testing::TemporaryDirectory directory_;
  SimulatedClock clock_{kStart};
  EngineOptions options_ = {.clock = &clock_, .directory = directory_.path() + "/engine"};
  RecoveryReport report_;
  std::unique_ptr<Engine> engine_;
};

using Strings = std::vector<std::string>;

template <class Range>
std::vector<ShardId> Ids(const Range& ids) {
  return {ids.begin(), ids.end()};
}

TEST_F(DurabilityTest, RecordsAreThereAgainAtTheirNumbersAndTimes) {
  Reopen();
  EXPECT_TRUE(report_.is_new);
  Create("s");
  const PutResult first = Put(Open("s"), "alice", "one");
  clock_.Advance(absl::Seconds(5));
  const PutResult second = Put(Open("s"), "bob", "two");
  Reopen();
  EXPECT_FALSE(report_.is_new);
  EXPECT_EQ(report_.streams, 1U);
  EXPECT_EQ(report_.records, 2U);
  EXPECT_EQ(report_.bytes, 14U);
  Iterator iterator =
      Open("s").FindShard(ShardId(0)).value().CreateIterator(IteratorStart::TrimHorizon()).value();
  const ReadResult read = iterator.Read();
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].partition_key, "alice");
  EXPECT_EQ((*read)[0].sequence_number, first.sequence_number);
  EXPECT_EQ((*read)[1].sequence_number, second.sequence_number);
  EXPECT_EQ((*read)[1].arrival_time, kStart + absl::Seconds(5));
  // And the log goes on behind them.
  EXPECT_GT(Put(Open("s"), "alice", "three").sequence_number, second.sequence_number);
  EXPECT_EQ(Read(Open("s")), (Strings{"one", "two", "three"}));
}

TEST_F(DurabilityTest, AStreamKeepsItsOptionsAndWhatWasSetSince) {
  Reopen();
  {
    Stream stream = Create("s", {.shard_count = 3,
                                 .retention = absl::Hours(7),
                                 .shard_capacity_bytes = 65536,
                                 .overflow_policy = OverflowPolicy::kTrimOldest,
                                 .partitioner = Xxh3Partitioner()});
    ASSERT_TRUE(stream.SetRetention(absl::Hours(9)).ok());
    ASSERT_TRUE(stream.SetRecordDistributionStrategy(RecordDistributionStrategy::kAuto).ok());
  }
  Reopen();
  Stream stream = Open("s");
  EXPECT_EQ(stream.retention(), absl::Hours(9));
  EXPECT_EQ(stream.record_distribution_strategy(), RecordDistributionStrategy::kAuto);
  EXPECT_EQ(stream.ListShards().size(), 3U);
  const Record record{.partition_key = "key", .explicit_hash_key = std::nullopt};
  ASSERT_TRUE(
      stream.SetRecordDistributionStrategy(RecordDistributionStrategy::kUserPartitionKey).ok());
  EXPECT_EQ(stream.HashKeyOf(record), Xxh3Partitioner()->Hash("key"));
  // At its capacity it trims the oldest.
  const std::string data(1000, 'x');
  for (int i = 0; i < 500; ++i) Put(stream, "key", data);
}

TEST_F(DurabilityTest, LineageAndHashRangesSurviveAndParentsComeBeforeTheirChildren) {
  Reopen();
  std::vector<Shard> before;
  {
    Stream stream = Create("s");
    Put(stream, "k", "in the parent");
    const std::vector<ShardId> children = stream.SplitShard(ShardId(0)).value();
    Put(stream, "k", "in a child");
    ASSERT_TRUE(stream.MergeShards(children[0], children[1]).ok());
    Put(stream, "k", "in the child of both");
    before = stream.ListShards();
  }
  struct Facts {
    ShardId id;
    HashKeyRange range;
    std::vector<ShardId> parents;
    SequenceNumber start;
    std::optional<SequenceNumber> end;
  };
  const auto facts_of = [](const std::vector<Shard>& shards) {
    std::vector<Facts> facts;
    for (const Shard& shard : shards) {
      facts.push_back({shard.id(), shard.hash_key_range(), Ids(shard.parents()),
                       shard.starting_sequence_number(), shard.ending_sequence_number()});
    }
    return facts;
  };
  const std::vector<Facts> expected = facts_of(before);
  before.clear();
  Reopen();
  const std::vector<Facts> found = facts_of(Open("s").ListShards());
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].id, expected[i].id);
    EXPECT_EQ(found[i].range, expected[i].range);
    EXPECT_EQ(found[i].parents, expected[i].parents);
    EXPECT_EQ(found[i].start, expected[i].start);
    EXPECT_EQ(found[i].end, expected[i].end);
  }
  // A reader follows it as before.
  Iterator iterator =
      Open("s").FindShard(ShardId(0)).value().CreateIterator(IteratorStart::TrimHorizon()).value();
  const ReadResult read = iterator.Read();
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->size(), 1U);
  EXPECT_TRUE(read->end_of_shard());
  EXPECT_EQ(Ids(read->child_shards()), (std::vector<ShardId>{ShardId(1), ShardId(2)}));
  EXPECT_EQ(Read(Open("s"), 3), Strings{"in the child of both"});
  // Ids go on.
  EXPECT_EQ(Open("s").SplitShard(ShardId(3)).value(),
            (std::vector<ShardId>{ShardId(4), ShardId(5)}));
}

TEST_F(DurabilityTest, WhatIsInMemoryAloneGoesAndWhatWasDeletedStaysSo) {
  Reopen();
  ASSERT_TRUE(engine_->CreateStream("memory").ok());
  Create("kept");
  Put(Create("deleted"), "k", "data");
  ASSERT_TRUE(engine_->DeleteStream("deleted").ok());
  Reopen();
  EXPECT_EQ(engine_->ListStreams(), Strings{"kept"});
  // One of the same name is another stream.
  EXPECT_EQ(Read(Create("deleted")), Strings{});
}

TEST_F(DurabilityTest, AClosedStreamIsClosed) {
  Reopen();
  {
    Stream stream = Create("s");
    Put(stream, "k", "last");
    ASSERT_TRUE(stream.Close().ok());
  }
  Reopen();
  Stream stream = Open("s");
  EXPECT_TRUE(stream.is_closed());
  EXPECT_EQ(Read(stream), Strings{"last"});
  EXPECT_TRUE(absl::IsFailedPrecondition(stream.Put({.data = "more"}).status()));
}

TEST_F(DurabilityTest, TheTrimHorizonHoldsAndWhatExpiresMeanwhileIsGone) {
  Reopen();
  {
    Stream stream = Create("s", {.retention = absl::Hours(1)});
    for (const char* data : {"a", "b", "c"}) Put(stream, "k", data);
    Shard shard = stream.FindShard(ShardId(0)).value();
    Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    const ReadResult read = iterator.Read();
    ASSERT_TRUE(shard.TrimBefore((*read)[2].sequence_number).ok());
  }
  Reopen();
  EXPECT_EQ(Read(Open("s")), Strings{"c"});
  clock_.Advance(absl::Minutes(30));
  const SequenceNumber newer = Put(Open("s"), "k", "d").sequence_number;
  engine_.reset();
  clock_.Advance(absl::Minutes(45));
  Reopen();
  EXPECT_EQ(Read(Open("s")), Strings{"d"});
  // Also if all of it is: numbers are never given out again.
  engine_.reset();
  clock_.Advance(absl::Hours(2));
  Reopen();
  EXPECT_EQ(Read(Open("s")), Strings{});
  Reopen();
  EXPECT_GT(Put(Open("s"), "k", "e").sequence_number.index(), newer.index());
}

// Recovery gives back what has expired, and then all that is in no use.
TEST_F(DurabilityTest, ABlockThatExpiredMeanwhileIsGivenBackOnce) {
  Reopen();
  const auto create = [this](const std::string& name) {
    Create(name, {.retention = absl::Seconds(10)});
  };
  // The first blocks of four logs lie side by side, and make one of the next size together.
  const Strings names = {"a", "b", "c", "d"};
  for (const std::string& name : names) create(name);
  for (const std::string& name : names) Put(Open(name), "k", name);
  for (const std::string& name : names) Put(Open(name), "k", std::string(3000, 'x'));
  for (const std::string& name : names) Put(Open(name), "k", std::string(3000, 'y'));
  clock_.Advance(absl::Seconds(20));
  Reopen();
  // Small blocks and larger ones, of which none may lie in another.
  std::vector<std::pair<std::string, Strings>> put;
  for (int i = 0; i < 8; ++i) {
    const std::string name = "new " + std::to_string(i);
    create(name);
    Strings data;
    for (int k = 0; k < 8; ++k) data.push_back(std::string(1000 + 100 * k, 'A' + 8 * (i % 3) + k));
    put.emplace_back(name, data);
  }
  for (int k = 0; k < 8; ++k) {
    for (const auto& [name, data] : put) Put(Open(name), "k", data[k]);
  }
  for (const auto& [name, data] : put) EXPECT_TRUE(Read(Open(name)) == data) << name;
}

TEST_F(DurabilityTest, FilesShrinkWhenRecordsExpire) {
  Reopen();
  Create("s", {.retention = absl::Hours(1)});
  const std::string data(10'000, 'x');
  for (int i = 0; i < 4'000; ++i) Put(Open("s"), "k", data);
  const uint64_t full = engine_->Metrics().disk_held_bytes;
  EXPECT_GT(full, uint64_t{39} << 20);
  EXPECT_EQ(engine_->Metrics().memory_held_bytes, 0U);
  clock_.Advance(absl::Hours(2));
  for (int i = 0; i < 100; ++i) Put(Open("s"), "k", data);
  EXPECT_LT(engine_->Metrics().disk_held_bytes, full * 3 / 4);  // a part is kept for the next put
  Reopen();
  EXPECT_LT(engine_->Metrics().disk_held_bytes, uint64_t{4} << 20);
  clock_.Advance(absl::Hours(2));
  Reopen();
  EXPECT_EQ(engine_->Metrics().disk_held_bytes, engine_->Metrics().disk_cached_bytes);
}

TEST_F(DurabilityTest, RecordsThatAreLargerThanMemoryAreReadBack) {
  options_.memory_budget_bytes = uint64_t{64} << 10;
  options_.memory_cache_bytes = 0;
  Reopen();
  Create("s");
  const std::string data(100'000, 'x');
  for (int i = 0; i < 300; ++i) Put(Open("s"), "k", data);
  Reopen();
  EXPECT_EQ(Read(Open("s")).size(), 300U);
}

TEST_F(DurabilityTest, AFullBudgetIsAClearErrorAndLosesNothing) {
  options_.disk_budget_bytes = uint64_t{1} << 20;
  options_.memory_cache_bytes = 0;
  Reopen();
  Create("s");
  const std::string data(10'000, 'x');
  size_t taken = 0;
  absl::Status refusal;
  while (refusal.ok()) {
    refusal = Open("s").Put({.partition_key = "k", .data = data}).status();
    taken += refusal.ok() ? 1 : 0;
  }
  EXPECT_TRUE(Fails(refusal, absl::StatusCode::kResourceExhausted, {"disk_budget_bytes"}));
  Reopen();
  EXPECT_EQ(Read(Open("s")).size(), taken);
  // With less than that it is not opened, and stays.
  engine_.reset();
  options_.disk_budget_bytes = uint64_t{64} << 10;
  EXPECT_TRUE(Fails(Engine::Create(options_).status(), absl::StatusCode::kResourceExhausted,
                    {"disk_budget_bytes"}));
  options_.disk_budget_bytes = uint64_t{1} << 20;
  Reopen();
  EXPECT_EQ(Read(Open("s")).size(), taken);
}

// --- Who may

TEST_F(DurabilityTest, ADirectoryHasOneEngineAtATimeAndItsHandlesAndBatchesCount) {
  Reopen();
  Create("s");
  Put(Open("s"), "k", "data");
  EXPECT_TRUE(Fails(Engine::Create(options_).status(), absl::StatusCode::kUnavailable, {"lock"}));
  std::optional<Iterator> handle =
      Open("s").FindShard(ShardId(0)).value().CreateIterator(IteratorStart::TrimHorizon()).value();
  std::optional<ReadResult> read(handle->Read());
  engine_.reset();
  EXPECT_EQ((**read)[0].data, "data");
  EXPECT_TRUE(absl::IsNotFound(handle->Read().status()));
  EXPECT_TRUE(absl::IsUnavailable(Engine::Create(options_).status()));
  handle.reset();
  EXPECT_TRUE(absl::IsUnavailable(Engine::Create(options_).status()));
  read.reset();
  Reopen();
  EXPECT_EQ(Read(Open("s")), Strings{"data"});
}

TEST_F(DurabilityTest, DurabilityNeedsADirectoryAndADirectoryNeedsAParent) {
  options_.directory.clear();
  Reopen();
  EXPECT_TRUE(Fails(engine_->CreateStream("s", {.durability = Durability::kProcess}).status(),
                    absl::StatusCode::kInvalidArgument, {"durability", "directory"}));
  options_.directory = directory_.path() + "/no/such/parent";
  EXPECT_TRUE(absl::IsNotFound(Engine::Create(options_).status()));
  options_.directory = directory_.path() + "/engine";
  options_.disk_budget_bytes = 1;
  EXPECT_TRUE(Fails(Engine::Create(options_).status(), absl::StatusCode::kOutOfRange,
                    {"disk_budget_bytes", "[65536, 1099511627776]"}));
}

class FirstByte : public Partitioner {
 public:
  HashKey Hash(std::string_view partition_key) const override {
    const uint64_t byte = partition_key.empty() ? 0 : static_cast<uint8_t>(partition_key[0]);
    return HashKey::FromHalves(byte << 56, 0);
  }
  std::string_view name() const override { return "first-byte"; }
};

TEST_F(DurabilityTest, APartitionerOfOnesOwnHasToBeGivenAgain) {
  Reopen();
  Put(Create("s", {.partitioner = std::make_shared<FirstByte>()}), "k", "data");
  engine_.reset();
  EXPECT_TRUE(Fails(Engine::Create(options_).status(), absl::StatusCode::kNotFound,
                    {"first-byte", "EngineOptions::partitioners"}));
  options_.partitioners = {std::make_shared<FirstByte>()};
  Reopen();
  EXPECT_EQ(Read(Open("s")), Strings{"data"});
  EXPECT_EQ(Open("s").HashKeyOf({.partition_key = "k"}), FirstByte().Hash("k"));
}

class Pretender final : public FirstByte {
 public:
  std::string_view name() const override { return "md5"; }
};

TEST_F(DurabilityTest, APartitionerThatCouldNotBeToldFromAnotherIsRefused) {
  Reopen();
  StreamOptions options{.partitioner = std::make_shared<Pretender>(),
                        .durability = Durability::kProcess};
  EXPECT_TRUE(Fails(engine_->CreateStream("s", options).status(),
                    absl::StatusCode::kInvalidArgument, {"partitioner", "md5"}));
  options.durability = static_cast<Durability>(7);
  EXPECT_TRUE(Fails(engine_->CreateStream("s", options).status(),
                    absl::StatusCode::kInvalidArgument, {"durability", "7"}));
}

// --- Consumer groups

TEST_F(DurabilityTest, AGroupThatIsCreatedAgainGoesOnBehindWhatItHadCommitted) {
  Reopen();
  Create("s");
  for (const char* data : {"a", "b", "c"}) Put(Open("s"), "k", data);
  {
    ConsumerGroup group = ConsumerGroup::Create(Open("s"), "g").value();
    GroupMember member = group.Join().value();
    Delivery delivery = member.Next(absl::InfinitePast()).value();
    ASSERT_TRUE(delivery.Commit(2).ok());
  }
  Reopen();
  Reopen();  // a group that nobody takes up again does not keep the directory
  EXPECT_EQ(ConsumerGroup::List(Open("s")), Strings{"g"});
  EXPECT_EQ(Read(Open("s")), (Strings{"a", "b", "c"})) << "what is committed is kept while it may";
  ConsumerGroup group = ConsumerGroup::Create(Open("s"), "g").value();
  GroupMember member = group.Join().value();
  Delivery delivery = member.Next(absl::InfinitePast()).value();
  ASSERT_EQ(delivery.records().size(), 1U);
  EXPECT_EQ(delivery.records()[0].data, "c");
}

TEST_F(DurabilityTest, AGroupThatBeginsAtTheLatestHasWhatWasPutSinceItsCreation) {
  Reopen();
  Create("s");
  const GroupOptions latest{.start = GroupStart::kLatest};
  ASSERT_TRUE(ConsumerGroup::Create(Open("s"), "g", latest).ok());
  Put(Open("s"), "k", "after");
  Reopen();
  ConsumerGroup group = ConsumerGroup::Create(Open("s"), "g", latest).value();
  GroupMember member = group.Join().value();
  const auto delivery = member.Next(absl::InfinitePast());
  ASSERT_TRUE(delivery.ok()) << delivery.status();
  EXPECT_EQ(delivery->records()[0].data, "after");
}

TEST_F(DurabilityTest, ARemovedGroupIsForgotten) {
  Reopen();
  Create("s");
  Put(Open("s"), "k", "a");
  {
    ConsumerGroup group = ConsumerGroup::Create(Open("s"), "g").value();
    GroupMember member = group.Join().value();
    ASSERT_TRUE(member.Next(absl::InfinitePast())->Commit().ok());
  }
  ASSERT_TRUE(ConsumerGroup::Create(Open("s"), "other").ok());
  ASSERT_TRUE(ConsumerGroup::Remove(Open("s"), "g").ok());
  Reopen();
  EXPECT_EQ(ConsumerGroup::List(Open("s")), Strings{"other"});
  EXPECT_TRUE(ConsumerGroup::Remove(Open("s"), "other").ok());
  EXPECT_TRUE(absl::IsNotFound(ConsumerGroup::Remove(Open("s"), "other")));
  ConsumerGroup group = ConsumerGroup::Create(Open("s"), "g").value();
  GroupMember member = group.Join().value();
  EXPECT_EQ(member.Next(absl::InfinitePast())->records()[0].data, "a");
}

TEST_F(DurabilityTest, AGroupLeavesAShardThatHasExpiredBeforeItWasRead) {
  Reopen();
  Stream stream = Create("s", {.retention = absl::Hours(1)});
  Put(stream, "key", "a");
  auto member = ConsumerGroup::Create(stream, "g").value().Join().value();
  ASSERT_EQ(member.Next(clock_.Now())->Commit(), absl::OkStatus());
  Put(stream, "key", "b");
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  clock_.Advance(absl::Hours(2));
  ASSERT_EQ(stream.ListShards().size(), 2U) << "the parent is there no more";
  Put(stream, "key", "c");
  const testing::WaitingFor waiting("a group to leave a shard that has expired");
  const auto delivery = member.Next(clock_.Now());
  ASSERT_EQ(delivery.status(), absl::OkStatus());
  EXPECT_EQ(delivery->records()[0].data, "c");
}

TEST_F(DurabilityTest, RecordsAreKeptForAGroupThatIsNotThereYet) {
  Reopen();
  {
    Stream stream = Create("s", {.retention = absl::Hours(1), .keep_until_committed = true});
    ASSERT_TRUE(ConsumerGroup::Create(stream, "g").ok());
    Put(stream, "k", "kept");
  }
  engine_.reset();
  clock_.Advance(absl::Hours(5));
  Reopen();
  EXPECT_EQ(Read(Open("s")), Strings{"kept"});
  {
    ConsumerGroup group = ConsumerGroup::Create(Open("s"), "g").value();
    GroupMember member = group.Join().value();
    ASSERT_TRUE(member.Next(absl::InfinitePast())->Commit().ok());
  }
  EXPECT_EQ(Read(Open("s")), Strings{});
}

// --- A disk that fails

// A run of all that writes to the files. Returns what was put.
std::vector<std::string> Work(Engine& engine, absl::Status* status) {
  std::vector<std::string> put;
  absl::StatusOr<Stream> stream = engine.OpenStream("s");
  if (!stream.ok()) stream = engine.CreateStream("s", {.durability = Durability::kProcess});
  *status = stream.status();
  if (!stream.ok()) return put;
  const std::string padding(40'000, '.');
  for (int i = 0; i < 12; ++i) {
    const std::string data = std::to_string(i) + padding;
    const absl::Status added = stream->Put({.partition_key = "k", .data = data}).status();
    if (added.ok()) put.push_back(data);
    if (!added.ok()) *status = added;
  }
  const absl::Status set = stream->SetRetention(absl::Hours(30));
  if (!set.ok()) *status = set;
  const absl::StatusOr<ConsumerGroup> group = ConsumerGroup::Create(*stream, "g");
  if (!group.ok()) *status = group.status();
  const auto split = stream->SplitShard(stream->ListShards().back().id());
  if (!split.ok()) *status = split.status();
  return put;
}

class FailingDiskTest : public ::testing::TestWithParam<absl::StatusCode> {};

TEST_P(FailingDiskTest, AnyCallThatFailsIsAnErrorAndNothingThatWasAcknowledgedIsLost) {
  testing::FaultyFileSystem disk(FileSystem::Posix());
  uint64_t failed = 0;
  for (uint64_t n = 0;; ++n) {
    const testing::TemporaryDirectory directory(testing::TemporaryDirectory::Where::kMemory);
    EngineOptions options{.directory = directory.path() + "/engine", .file_system = &disk};
    options.disk_budget_bytes = uint64_t{8} << 20;
    const uint64_t failures = disk.failures();
    disk.Fail({.skip = n, .status = absl::Status(GetParam(), "the disk fails")});
    std::vector<std::string> put;
    absl::Status status;
    {
      const auto engine = Engine::Create(options);
      status = engine.status();
      if (engine.ok()) put = Work(**engine, &status);
    }
    const bool any = disk.failures() > failures;
    disk.FailNothing();
    failed += status.ok() ? 0 : 1;
    const auto engine = Engine::Create(options);
    ASSERT_TRUE(engine.ok()) << "after call " << n << ": " << engine.status();
    const auto stream = (*engine)->OpenStream("s");
    if (!put.empty()) {
      ASSERT_TRUE(stream.ok()) << "after call " << n;
      ASSERT_EQ(ReadData(*stream), put) << "after call " << n << " failed with " << status;
    }
    absl::Status again;
    Work(**engine, &again);
    ASSERT_TRUE(again.ok()) << again;
    if (!any) break;
  }
  EXPECT_GT(failed, 10U);
}

INSTANTIATE_TEST_SUITE_P(Codes, FailingDiskTest,
                         ::testing::Values(absl::StatusCode::kResourceExhausted,
                                           absl::StatusCode::kDataLoss));

}  // namespace
}  // namespace kinesis
