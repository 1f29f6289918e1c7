// Observer: what it is told, when, and that it may call back.
#include "kinesis_core/observer.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::OnlyShard;
using kinesis::testing::WaitingFor;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Names(const std::vector<ShardId>& shards) {
  return absl::StrJoin(shards, "+",
                       [](std::string* out, ShardId id) { absl::StrAppend(out, id.index()); });
}

// Writes down what it is told, and then does what the test wants.
class Journal : public Observer {
 public:
  void OnStreamCreated(std::string_view stream) override { Note("created " + std::string(stream)); }
  void OnStreamClosed(std::string_view stream) override { Note("closed " + std::string(stream)); }
  void OnStreamDeleted(std::string_view stream) override { Note("deleted " + std::string(stream)); }
  void OnReshard(const ReshardEvent& event) override {
    Note("reshard " + event.stream + " " + Names(event.closed) + ">" + Names(event.opened));
  }
  void OnTrim(const TrimEvent& event) override {
    const char* const causes[] = {"expired", "done", "overflow"};
    records_trimmed += event.records;
    Note("trim " + event.stream + " " + std::to_string(event.shard.index()) + " " +
         causes[static_cast<int>(event.cause)]);
  }
  void OnShortage(const ShortageEvent& event) override {
    Note("shortage " + event.stream + " " + std::to_string(event.shard.index()) + " " +
         (event.kind == ShortageKind::kMemory ? "memory" : "capacity"));
  }
  void OnHandOver(const HandOverEvent& event) override {
    Note(absl::StrCat("hand-over ", event.group, " ", event.shard.index(), " ", event.from, ">",
                      event.to, event.is_finished ? " finished" : ""));
  }

  std::vector<std::string> Take() { return std::exchange(notes_, {}); }

  std::function<void()> then;
  uint64_t records_trimmed = 0;

 private:
  void Note(std::string note) {
    notes_.push_back(std::move(note));
    if (then) then();
  }

  std::vector<std::string> notes_;
};

class ObserverTest : public ::testing::Test {
 protected:
  void MakeEngine(uint64_t budget_bytes = uint64_t{64} << 20) {
    engine_ = Engine::Create(
                  {.memory_budget_bytes = budget_bytes, .clock = &clock_, .observer = journal_})
                  .value();
  }
  // Puts until one is refused; returns how many were not.
  static uint64_t Fill(Stream& stream) {
    const std::string data(1000, 'x');
    uint64_t count = 0;
    while (stream.Put({.partition_key = "k", .data = data}).ok()) ++count;
    return count;
  }

  SimulatedClock clock_;
  const std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  std::unique_ptr<Engine> engine_;
};

TEST_F(ObserverTest, IsToldOfTheLifeOfAStream) {
  MakeEngine();
  Stream stream = engine_->CreateStream("s").value();
  EXPECT_FALSE(engine_->CreateStream("s").ok());
  EXPECT_THAT(journal_->Take(), ElementsAre("created s"));
  ASSERT_TRUE(stream.Close().ok());
  ASSERT_TRUE(stream.Close().ok());
  EXPECT_THAT(journal_->Take(), ElementsAre("closed s"));
  ASSERT_TRUE(engine_->DeleteStream("s").ok());
  EXPECT_THAT(journal_->Take(), ElementsAre("deleted s"));
  engine_->CreateStream("t").value().Put({.partition_key = "k", .data = "d"}).value();
  engine_.reset();
  EXPECT_THAT(journal_->Take(), ElementsAre("created t", "deleted t"));
}

TEST_F(ObserverTest, IsToldOfEachReshardWithThoseThatTakeRecords) {
  MakeEngine();
  Stream stream = engine_->CreateStream("s").value();
  journal_->Take();
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  EXPECT_THAT(journal_->Take(), ElementsAre("reshard s 0>1+2"));
  ASSERT_TRUE(stream.MergeShards(ShardId(1), ShardId(2)).ok());
  EXPECT_THAT(journal_->Take(), ElementsAre("reshard s 1+2>3"));
  ASSERT_TRUE(stream.ReshardUniformly(4).ok());
  EXPECT_THAT(journal_->Take(), ElementsAre("reshard s 3>6+7+8+9"));
  ASSERT_TRUE(stream.ReshardUniformly(4).ok());
  EXPECT_FALSE(stream.SplitShard(ShardId(0)).ok());
  EXPECT_THAT(journal_->Take(), IsEmpty()) << "nothing has changed";
}

TEST_F(ObserverTest, IsToldOfAShortageOnceUntilRoomIsMade) {
  MakeEngine();
  Stream stream = engine_->CreateStream("s", {.shard_capacity_bytes = 32768}).value();
  journal_->Take();
  ASSERT_GT(Fill(stream), 10U);
  EXPECT_EQ(Fill(stream), 0U);
  EXPECT_THAT(journal_->Take(), ElementsAre("shortage s 0 capacity"));
  Iterator it = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  it.Read().value();
  ASSERT_TRUE(OnlyShard(stream).TrimBefore(it.position()).ok());
  EXPECT_THAT(journal_->Take(), Contains("trim s 0 done"));
  ASSERT_GT(Fill(stream), 10U);
  EXPECT_THAT(journal_->Take(), ElementsAre("shortage s 0 capacity"));
}

TEST_F(ObserverTest, IsToldOfAShortageOfTheEngine) {
  MakeEngine(uint64_t{64} << 10);
  Stream stream = engine_->CreateStream("s").value();
  journal_->Take();
  Fill(stream);
  EXPECT_THAT(journal_->Take(), ElementsAre("shortage s 0 memory"));
}

TEST_F(ObserverTest, IsToldOfBlocksThatGoAndWhy) {
  MakeEngine();
  Stream stream = engine_
                      ->CreateStream("s", {.shard_capacity_bytes = 32768,
                                           .overflow_policy = OverflowPolicy::kTrimOldest})
                      .value();
  journal_->Take();
  const std::string data(1000, 'x');
  for (int i = 0; i < 200; ++i) stream.Put({.partition_key = "k", .data = data}).value();
  const std::vector<std::string> notes = journal_->Take();
  EXPECT_THAT(notes, Contains("trim s 0 overflow"));
  EXPECT_LT(notes.size(), 70U);  // never one for each record
  Iterator it = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  EXPECT_EQ(journal_->records_trimmed + it.Read().value().size(), 200U);
  clock_.Advance(absl::Hours(25));
  ASSERT_TRUE(stream.SetRetention(absl::Hours(24)).ok());
  EXPECT_THAT(journal_->Take(), Contains("trim s 0 expired"));
  EXPECT_EQ(journal_->records_trimmed, 200U);
}

TEST_F(ObserverTest, IsToldOfEachHandOver) {
  MakeEngine();
  Stream stream = engine_->CreateStream("s", {.shard_count = 2}).value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  journal_->Take();
  GroupMember one = group.Join().value();
  EXPECT_THAT(journal_->Take(), ElementsAre("hand-over g 0 0>1", "hand-over g 1 0>1"));
  {
    GroupMember two = group.Join().value();
    EXPECT_THAT(journal_->Take(), ElementsAre(HasSubstr(" 1>2")));
  }
  EXPECT_THAT(journal_->Take(), ElementsAre(HasSubstr(" 2>1")));
  ASSERT_TRUE(stream.Close().ok());
  EXPECT_TRUE(absl::IsOutOfRange(one.Next(absl::InfiniteFuture()).status()));
  EXPECT_THAT(journal_->Take(),
              ElementsAre("closed s", "hand-over g 0 1>0 finished", "hand-over g 1 1>0 finished"));
}

// Each event, with everything called back from within.
TEST_F(ObserverTest, MayCallTheEngineBack) {
  MakeEngine();
  const WaitingFor waiting("an observer that calls the engine back");
  int calls = 0;
  int depth = 0;
  journal_->then = [&] {
    if (engine_ == nullptr || depth > 0) return;
    ++depth;
    ++calls;
    const std::string name = "o" + std::to_string(calls);
    engine_->CreateStream(name).value().Put({.partition_key = "k", .data = "d"}).value();
    engine_->Metrics();
    const absl::StatusOr<Stream> s = engine_->OpenStream("s");
    if (s.ok()) {
      Stream stream = *s;
      stream.Put({.partition_key = "k", .data = "d"}).IgnoreError();
      stream.SplitShard(stream.ListShards().back().id()).IgnoreError();
      stream.SetRetention(absl::Hours(24)).IgnoreError();
      for (const Shard& shard : stream.ListShards()) {
        shard.TrimBefore(shard.starting_sequence_number()).IgnoreError();
      }
      for (const std::string& group : ConsumerGroup::List(stream)) {
        const ConsumerGroup open = ConsumerGroup::Open(stream, group).value();
        open.Metrics();
        open.Join().value().Next(absl::InfinitePast()).IgnoreError();
      }
    }
    engine_->DeleteStream(name).IgnoreError();
    --depth;
  };
  Stream stream = engine_->CreateStream("s", {.shard_capacity_bytes = 32768}).value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  ASSERT_GT(Fill(stream), 10U);  // a shortage
  stream.SplitShard(stream.ListShards().back().id()).value();
  for (int i = 0; i < 100; ++i) {
    absl::StatusOr<Delivery> delivery = member.Next(absl::InfinitePast());
    EXPECT_TRUE(!delivery.ok() || delivery->Commit().ok());
  }
  clock_.Advance(absl::Hours(25));
  stream.ListShards();
  ASSERT_TRUE(stream.Close().ok());
  ASSERT_TRUE(engine_->DeleteStream("s").ok());
  EXPECT_GT(calls, 8);
  journal_->then = nullptr;
}

TEST_F(ObserverTest, ThatThrowsLosesTheEventAndHarmsNobody) {
  MakeEngine();
  journal_->then = [] { throw std::runtime_error("of the observer"); };
  Stream stream = engine_->CreateStream("s", {.shard_capacity_bytes = 32768}).value();
  EXPECT_GT(Fill(stream), 10U);
  EXPECT_TRUE(stream.SplitShard(ShardId(0)).ok());
  EXPECT_TRUE(engine_->DeleteStream("s").ok());
  EXPECT_THAT(journal_->Take(), SizeIs(4));
  journal_->then = nullptr;
}

}  // namespace
}  // namespace kinesis
