// Iterator::Wait: what ends it, and that nothing else does.
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
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
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

class IteratorWaitTest : public ::testing::Test {
 protected:
  IteratorWaitTest()
      : stream_(test_.engine->CreateStream("s").value()),
        shard_(OnlyShard(stream_)),
        iterator_(shard_.CreateIterator(IteratorStart::TrimHorizon()).value()) {}

  // Waits in another thread, runs `action` once that sleeps, and returns what the wait did.
  template <class Action>
  absl::Status WaitWhile(Action action, absl::Time deadline = absl::InfiniteFuture()) {
    absl::Status status;
    const WaitingFor waiting("a reader to fall asleep, and then to wake");
    std::thread waiter([&] { status = iterator_.Wait(deadline); });
    test_.clock.AwaitSleepers(1);
    action();
    waiter.join();
    return status;
  }

  TestEngine test_;
  Stream stream_;
  Shard shard_;
  Iterator iterator_;
};

TEST_F(IteratorWaitTest, WithARecordToReadItReturnsAtOnce) {
  ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  EXPECT_TRUE(iterator_.Wait(absl::InfiniteFuture()).ok());
  EXPECT_TRUE(iterator_.Wait(absl::InfinitePast()).ok());
}

TEST_F(IteratorWaitTest, APutWakesIt) {
  EXPECT_TRUE(WaitWhile([this] { ASSERT_TRUE(stream_.Put({.data = "d"}).ok()); }).ok());
  EXPECT_EQ(iterator_.Read().value().size(), 1U);
}

TEST_F(IteratorWaitTest, ABatchWakesItAndIsThereAsAWhole) {
  const std::vector<Record> records(50, Record{.data = "d"});
  EXPECT_TRUE(WaitWhile([&] { stream_.PutBatch(records); }).ok());
  EXPECT_EQ(iterator_.Read().value().size(), 50U);
}

TEST_F(IteratorWaitTest, EachOfManyPutsWakesIt) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(WaitWhile([this] { ASSERT_TRUE(stream_.Put({.data = "d"}).ok()); }).ok());
    ASSERT_EQ(iterator_.Read().value().size(), 1U);
  }
}

TEST_F(IteratorWaitTest, ASplitWakesItForTheEndOfTheShard) {
  EXPECT_TRUE(WaitWhile([this] { ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok()); }).ok());
  EXPECT_TRUE(iterator_.Read().value().end_of_shard());
  // From then on there is always the end to be read.
  EXPECT_TRUE(iterator_.Wait(absl::InfiniteFuture()).ok());
}

TEST_F(IteratorWaitTest, AMergeWakesTheReadersOfBothParents) {
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  std::vector<std::thread> waiters;
  std::atomic<int> ended{0};
  for (const uint32_t parent : {1U, 2U}) {
    waiters.emplace_back([this, &ended, parent] {
      Iterator iterator = ShardAt(stream_, parent).CreateIterator(IteratorStart::Latest()).value();
      ASSERT_TRUE(iterator.Wait(absl::InfiniteFuture()).ok());
      if (iterator.Read().value().end_of_shard()) ++ended;
    });
  }
  const WaitingFor waiting("two readers to fall asleep, and a merge to wake both");
  test_.clock.AwaitSleepers(2);
  ASSERT_TRUE(stream_.MergeShards(ShardId(1), ShardId(2)).ok());
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(ended.load(), 2);
}

TEST_F(IteratorWaitTest, DeletingTheStreamWakesIt) {
  EXPECT_TRUE(Fails(WaitWhile([this] { ASSERT_TRUE(test_.engine->DeleteStream("s").ok()); }),
                    absl::StatusCode::kNotFound, {"deleted"}));
}

TEST_F(IteratorWaitTest, TheDeadlineEndsIt) {
  const absl::Time deadline = test_.clock.Now() + absl::Minutes(5);
  EXPECT_TRUE(Fails(WaitWhile([this] { test_.clock.Advance(absl::Minutes(5)); }, deadline),
                    absl::StatusCode::kDeadlineExceeded, {"shardId-000000000000"}));
  EXPECT_EQ(test_.clock.Now(), deadline);
}

TEST_F(IteratorWaitTest, BeforeTheDeadlineTimeAloneDoesNotEndIt) {
  const absl::Time deadline = test_.clock.Now() + absl::Minutes(5);
  const absl::Status status = WaitWhile(
      [this] {
        test_.clock.Advance(absl::Minutes(5) - absl::Nanoseconds(1));
        EXPECT_EQ(test_.clock.sleepers(), 1U);
        test_.clock.Advance(absl::Nanoseconds(1));
      },
      deadline);
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
}

TEST_F(IteratorWaitTest, ADeadlineThatHasPassedEndsItAtOnce) {
  for (const absl::Time deadline :
       {test_.clock.Now(), test_.clock.Now() - absl::Hours(1), absl::InfinitePast()}) {
    EXPECT_TRUE(Fails(iterator_.Wait(deadline), absl::StatusCode::kDeadlineExceeded));
  }
}

// Records that an iterator passes over are nothing to read, and do not keep it from sleeping.
TEST_F(IteratorWaitTest, FromTheMiddleOfAMillisecondItSleepsUntilTheDeadline) {
  test_.clock.Advance(absl::Microseconds(500));
  iterator_ = shard_.CreateIterator(IteratorStart::AtTimestamp(test_.clock.Now())).value();
  ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  test_.clock.SetAutoAdvance(1);
  const WaitingFor waiting("a record, and then a deadline that comes by itself");
  EXPECT_TRUE(iterator_.Wait(test_.clock.Now() + absl::Seconds(5)).ok());
  EXPECT_EQ(iterator_.Read().value().size(), 1U);
  EXPECT_TRUE(Fails(iterator_.Wait(test_.clock.Now() + absl::Seconds(5)),
                    absl::StatusCode::kDeadlineExceeded));
}

TEST_F(IteratorWaitTest, ALossIsSomethingToRead) {
  ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  test_.clock.Advance(absl::Hours(25));
  EXPECT_TRUE(iterator_.Wait(absl::InfiniteFuture()).ok());
  EXPECT_EQ(iterator_.Read().value().records_lost(), 1U);
  EXPECT_TRUE(Fails(iterator_.Wait(test_.clock.Now()), absl::StatusCode::kDeadlineExceeded));
}

TEST_F(IteratorWaitTest, AllReadersOfAShardWakeTogether) {
  constexpr size_t kReaders = 8;
  std::vector<std::thread> waiters;
  std::atomic<size_t> records{0};
  for (size_t i = 0; i < kReaders; ++i) {
    waiters.emplace_back([this, &records] {
      Iterator iterator = shard_.CreateIterator(IteratorStart::TrimHorizon()).value();
      ASSERT_TRUE(iterator.Wait(absl::InfiniteFuture()).ok());
      records += iterator.Read().value().size();
    });
  }
  const WaitingFor waiting("all readers to fall asleep, and one put to wake them");
  test_.clock.AwaitSleepers(kReaders);
  ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(records.load(), kReaders);
}

TEST_F(IteratorWaitTest, APutToAnotherShardWakesNobody) {
  Stream two = test_.engine->CreateStream("two", {.shard_count = 2}).value();
  iterator_ = ShardAt(two, 0).CreateIterator(IteratorStart::TrimHorizon()).value();
  EXPECT_TRUE(WaitWhile([&] {
                ASSERT_TRUE(two.Put({.data = "d", .explicit_hash_key = HashKey::Max()}).ok());
                ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
                // Nobody left, or a thread that was woken by mistake is back asleep.
                test_.clock.AwaitSleepers(1);
                EXPECT_TRUE(iterator_.Read().value().empty());
                ASSERT_TRUE(two.Put({.data = "d", .explicit_hash_key = HashKey::Min()}).ok());
              }).ok());
  EXPECT_EQ(iterator_.Read().value().size(), 1U);
}

// In real time: a reader that sleeps whenever it has caught up misses no record and no wake-up, or
// the watchdog ends this.
TEST(IteratorWaitOnTheSystemClockTest, ProducerAndReaderTakeTurns) {
  constexpr int kRounds = 3000;
  auto engine = Engine::Create().value();
  Stream there = engine->CreateStream("there").value();
  Stream back = engine->CreateStream("back").value();
  const auto serve = [](Stream& in, Stream& out, bool first) {
    Iterator iterator = OnlyShard(in).CreateIterator(IteratorStart::TrimHorizon()).value();
    for (int i = 0; i < kRounds; ++i) {
      const std::string data = std::to_string(i);
      if (first) {
        ASSERT_TRUE(out.Put({.data = data}).ok());
      }
      ASSERT_TRUE(iterator.Wait(absl::InfiniteFuture()).ok());
      const RecordBatch batch = iterator.Read().value();
      ASSERT_EQ(batch.size(), 1U);
      ASSERT_EQ(batch[0].data, data);
      if (!first) {
        ASSERT_TRUE(out.Put({.data = data}).ok());
      }
    }
  };
  const WaitingFor waiting("a reader and a producer that wake each other in turn");
  std::thread other([&] { serve(there, back, false); });
  serve(back, there, true);
  other.join();
}

// Readers that keep a pin and sleep, with all that may happen to them meanwhile: other producers,
// the trimming of what they are in, and somebody who counts. Memory is so short that a pin which is
// kept while its reader sleeps would stop the producers.
TEST(IteratorWaitOnTheSystemClockTest, FollowersFindEveryRecordOrAreToldThatItIsLost) {
  constexpr uint64_t kProducers = 2;
  constexpr uint64_t kPuts = 3000;
  constexpr int kFollowers = 3;
  auto engine = Engine::Create({.memory_budget_bytes = uint64_t{128} << 10}).value();
  Stream stream = engine->CreateStream("s").value();
  const Shard shard = OnlyShard(stream);
  const WaitingFor waiting("producers to find room, and followers to come to the end");
  std::vector<std::thread> threads;
  std::atomic<uint64_t> found{0};
  for (int f = 0; f < kFollowers; ++f) {
    // Made here: a thread may begin when the first records are gone, which it would not miss.
    Iterator made = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    threads.emplace_back([&, f, iterator = std::move(made)]() mutable {
      RecordBatch batch;
      uint64_t records = 0;
      uint64_t lost = 0;
      while (!batch.end_of_shard()) {
        ASSERT_TRUE(iterator.ReadInto(batch, {.max_records = f == 0 ? 100U : 1U}).ok());
        lost += batch.records_lost();
        for (const RecordView& record : batch) {
          ++records;
          ASSERT_EQ(record.sequence_number.index(), records + lost) << "in order, none twice";
        }
        // The first one makes room as it goes.
        if (f == 0 && !batch.empty()) {
          ASSERT_TRUE(shard.TrimBefore(batch[batch.size() - 1].sequence_number).ok());
        }
        if (batch.empty() && !batch.end_of_shard()) {
          ASSERT_TRUE(iterator.Wait(absl::InfiniteFuture()).ok());
        }
      }
      EXPECT_EQ(records + lost, kProducers * kPuts);
      found.fetch_add(records);
    });
  }
  std::atomic<bool> done{false};
  std::thread counter([&] {
    while (!done.load())
      EXPECT_LE(shard.Metrics().outgoing_records, kFollowers * kProducers * kPuts);
  });
  std::vector<std::thread> producers;
  for (uint64_t p = 0; p < kProducers; ++p) {
    producers.emplace_back([&] {
      for (uint64_t i = 0; i < kPuts; ++i) {
        const std::string data(100 + i % 100, 'd');
        ASSERT_TRUE(stream.Put({.data = data}, absl::InfiniteFuture()).ok());
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  ASSERT_TRUE(stream.SplitShard(shard.id()).ok());
  for (std::thread& thread : threads) thread.join();
  done.store(true);
  counter.join();
  EXPECT_EQ(shard.Metrics().outgoing_records, found.load());
}

TEST(IteratorWaitOnTheSystemClockTest, TheDeadlineEndsItInRealTime) {
  auto engine = Engine::Create().value();
  Stream stream = engine->CreateStream("s").value();
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::Latest()).value();
  const WaitingFor waiting("a deadline in real time");
  const absl::Time deadline = absl::Now() + absl::Milliseconds(50);
  EXPECT_TRUE(Fails(iterator.Wait(deadline), absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now(), deadline);
}

}  // namespace
}  // namespace kinesis
