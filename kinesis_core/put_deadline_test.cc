// Put with a deadline: what ends the sleep of a producer that finds no room.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

constexpr uint64_t kKiB = 1024;

// A stream whose only shard is full.
class PutDeadlineTest : public ::testing::Test {
 protected:
  explicit PutDeadlineTest(uint64_t budget = uint64_t{64} << 20)
      : test_(budget),
        stream_(test_.engine->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB}).value()),
        shard_(OnlyShard(stream_)) {
    for (;;) {
      const absl::StatusOr<PutResult> put = stream_.Put(record_);
      if (!put.ok()) break;
      numbers_.push_back(put->sequence_number);
    }
  }

  // Puts in another thread, runs `action` once that sleeps, and returns what the put did.
  template <class Action>
  absl::Status PutWhile(Action action, absl::Time deadline = absl::InfiniteFuture()) {
    absl::Status status;
    const WaitingFor waiting("a put to sleep for want of room, and then to be woken");
    std::thread producer([&] { status = stream_.Put(record_, deadline).status(); });
    test_.clock.AwaitSleepers(1);
    action();
    producer.join();
    return status;
  }

  TestEngine test_;
  Stream stream_;
  Shard shard_;
  const std::string data_ = std::string(1000, 'd');
  const Record record_{.data = data_};
  std::vector<SequenceNumber> numbers_;
};

TEST_F(PutDeadlineTest, WithRoomItDoesNotSleep) {
  ASSERT_TRUE(shard_.TrimBefore(numbers_.back()).ok());
  EXPECT_TRUE(stream_.Put(record_, absl::InfiniteFuture()).ok());
  EXPECT_TRUE(stream_.Put(record_, absl::InfinitePast()).ok());
}

TEST_F(PutDeadlineTest, ATrimMakesRoom) {
  EXPECT_TRUE(PutWhile([this] { ASSERT_TRUE(shard_.TrimBefore(numbers_.back()).ok()); }).ok());
  EXPECT_EQ(ReadData(shard_).size(), 2U);
}

TEST_F(PutDeadlineTest, ExpiryMakesRoomAndTheSleepEndsWhenItIsDue) {
  const absl::Time put_at = test_.clock.Now();
  EXPECT_TRUE(PutWhile([this] { ASSERT_TRUE(test_.clock.AdvanceToNextDeadline()); }).ok());
  EXPECT_EQ(test_.clock.Now(), put_at + absl::Hours(24) + absl::Milliseconds(1));
}

TEST_F(PutDeadlineTest, LoweringTheRetentionMakesRoom) {
  test_.clock.Advance(absl::Hours(2));
  EXPECT_TRUE(PutWhile([this] { ASSERT_TRUE(stream_.SetRetention(absl::Hours(1)).ok()); }).ok());
}

// Nothing has expired yet when the period is lowered, but it will earlier than the sleeper thinks.
TEST_F(PutDeadlineTest, LoweringTheRetentionEndsTheSleepWhenThatIsOver) {
  const absl::Time put_at = test_.clock.Now();
  EXPECT_TRUE(PutWhile([this] {
                ASSERT_TRUE(stream_.SetRetention(absl::Hours(1)).ok());
                test_.clock.SetAutoAdvance(1);
              }).ok());
  EXPECT_EQ(test_.clock.Now(), put_at + absl::Hours(1) + absl::Milliseconds(1));
}

TEST_F(PutDeadlineTest, ASplitMakesRoomInTheChildren) {
  EXPECT_TRUE(PutWhile([this] { ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok()); }).ok());
}

TEST_F(PutDeadlineTest, DeletingTheStreamEndsIt) {
  EXPECT_TRUE(Fails(PutWhile([this] { ASSERT_TRUE(test_.engine->DeleteStream("s").ok()); }),
                    absl::StatusCode::kNotFound, {"deleted"}));
}

TEST_F(PutDeadlineTest, TheDeadlineEndsItAndSaysWhy) {
  const absl::Time deadline = test_.clock.Now() + absl::Minutes(5);
  EXPECT_TRUE(Fails(PutWhile([this] { test_.clock.Advance(absl::Minutes(5)); }, deadline),
                    absl::StatusCode::kDeadlineExceeded,
                    {"deadline", "shard_capacity_bytes", "65536"}));
  EXPECT_EQ(shard_.Metrics().incoming_records, numbers_.size());
}

TEST_F(PutDeadlineTest, ADeadlineThatHasPassedEndsItAtOnce) {
  for (const absl::Time deadline :
       {test_.clock.Now(), test_.clock.Now() - absl::Hours(1), absl::InfinitePast()}) {
    EXPECT_TRUE(Fails(stream_.Put(record_, deadline), absl::StatusCode::kDeadlineExceeded));
  }
}

TEST_F(PutDeadlineTest, AnErrorThatWaitingCannotMendIsReturnedAtOnce) {
  EXPECT_TRUE(Fails(stream_.Put({.data = std::string(70'000, 'd')}, absl::InfiniteFuture()),
                    absl::StatusCode::kOutOfRange, {"shard_capacity_bytes"}));
  EXPECT_TRUE(
      Fails(stream_.Put({.partition_key = std::string(65'536, 'k')}, absl::InfiniteFuture()),
            absl::StatusCode::kOutOfRange, {"partition key"}));
}

TEST_F(PutDeadlineTest, RoomForOneOfTwoProducersLetsOneThrough) {
  std::atomic<int> done{0};
  std::vector<std::thread> producers;
  const std::string large(3000, 'd');  // one fills what a trim of one segment frees
  for (int i = 0; i < 2; ++i) {
    producers.emplace_back([&] {
      ASSERT_TRUE(stream_.Put({.data = large}, absl::InfiniteFuture()).ok());
      done.fetch_add(1);
    });
  }
  const WaitingFor waiting("two puts to sleep, and each of two trims to let one through");
  test_.clock.AwaitSleepers(2);
  ASSERT_TRUE(shard_.TrimBefore(numbers_[4]).ok());
  while (done.load() == 0) std::this_thread::yield();
  test_.clock.AwaitSleepers(1);
  EXPECT_EQ(done.load(), 1);
  ASSERT_TRUE(shard_.TrimBefore(numbers_.back()).ok());
  for (std::thread& producer : producers) producer.join();
}

// The same, but it is the engine that is full, of what others hold.
class PutDeadlineBudgetTest : public PutDeadlineTest {
 protected:
  PutDeadlineBudgetTest() : PutDeadlineTest(64 * kKiB) {
    other_ = std::make_unique<Stream>(
        test_.engine->CreateStream("other", {.shard_capacity_bytes = 64 * kKiB}).value());
  }

  absl::Status PutToOtherWhile(const std::function<void()>& action) {
    absl::Status status;
    const WaitingFor waiting("a put to sleep for want of memory, and then to be woken");
    std::thread producer([&] { status = other_->Put(record_, absl::InfiniteFuture()).status(); });
    test_.clock.AwaitSleepers(1);
    action();
    producer.join();
    return status;
  }

  std::unique_ptr<Stream> other_;
};

TEST_F(PutDeadlineBudgetTest, TheEndOfAPinMakesRoom) {
  Iterator iterator = shard_.CreateIterator(IteratorStart::TrimHorizon()).value();
  RecordBatch batch = iterator.Read().value();
  EXPECT_EQ(batch.size(), numbers_.size());
  EXPECT_TRUE(PutToOtherWhile([&] {
                // Trimmed, but pinned: the sleeper may look, and sleeps on.
                ASSERT_TRUE(shard_.TrimBefore(numbers_.back()).ok());
                test_.clock.AwaitSleepers(1);
                batch = RecordBatch();
              }).ok());
}

TEST_F(PutDeadlineBudgetTest, ATrimInAnotherStreamMakesRoom) {
  EXPECT_TRUE(PutToOtherWhile([&] { ASSERT_TRUE(shard_.TrimBefore(numbers_.back()).ok()); }).ok());
}

TEST_F(PutDeadlineBudgetTest, ExpiryInAnotherStreamMakesRoom) {
  EXPECT_TRUE(PutToOtherWhile([&] { ASSERT_TRUE(test_.clock.AdvanceToNextDeadline()); }).ok());
}

TEST_F(PutDeadlineBudgetTest, DeletingAnotherStreamMakesRoom) {
  EXPECT_TRUE(PutToOtherWhile([&] { ASSERT_TRUE(test_.engine->DeleteStream("s").ok()); }).ok());
}

TEST(PutDeadlineOnTheSystemClockTest, ProducersSleepUntilAReaderHasTrimmed) {
  constexpr uint64_t kRecords = 20'000;
  auto engine = Engine::Create({.memory_budget_bytes = 256 * kKiB}).value();
  Stream stream = engine->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB}).value();
  const WaitingFor waiting("producers that sleep until a reader has trimmed");
  std::vector<std::thread> producers;
  for (int p = 0; p < 2; ++p) {
    producers.emplace_back([&stream] {
      for (uint64_t i = 0; i < kRecords; ++i) {
        ASSERT_TRUE(
            stream.Put({.data = std::string(100, 'd')}, absl::Now() + absl::Minutes(1)).ok());
      }
    });
  }
  const Shard shard = OnlyShard(stream);
  Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  for (uint64_t read = 0; read < 2 * kRecords;) {
    ASSERT_TRUE(iterator.Wait(absl::Now() + absl::Minutes(1)).ok());
    RecordBatch batch = iterator.Read().value();
    ASSERT_EQ(batch.records_lost(), 0U);
    ASSERT_FALSE(batch.empty());
    read += batch.size();
    const SequenceNumber last = batch[batch.size() - 1].sequence_number;
    batch = RecordBatch();
    ASSERT_TRUE(shard.TrimBefore(last).ok());
  }
  for (std::thread& producer : producers) producer.join();
}

}  // namespace
}  // namespace kinesis
