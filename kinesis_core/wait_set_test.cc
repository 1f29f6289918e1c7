// WaitAny and WaitSet: what ends a wait at many shards, and that nothing else does.
#include "kinesis_core/wait_set.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

class WaitSetTest : public ::testing::Test {
 protected:
  WaitSetTest()
      : stream_(test_.engine->CreateStream("s", {.shard_count = 4}).value()),
        shards_(stream_.ListShards()) {
    for (const Shard& shard : shards_) {
      iterators_.push_back(shard.CreateIterator(IteratorStart::TrimHorizon()).value());
    }
    for (Iterator& iterator : iterators_) pointers_.push_back(&iterator);
  }

  void AddAll() {
    for (Iterator& iterator : iterators_) ASSERT_TRUE(set_.Add(&iterator).ok());
  }
  void PutTo(size_t shard) {
    ASSERT_TRUE(stream_.PutAt(shards_[shard].hash_key_range().start(), {.data = "d"}).ok());
  }
  // Calls `wait` in another thread, runs `action` once that sleeps, and returns what `wait` did.
  template <class Wait, class Action>
  auto WaitWhile(Wait wait, Action action) {
    std::optional<decltype(wait())> result;
    const WaitingFor waiting("a reader of many shards to fall asleep, and then to wake");
    std::thread waiter([&] { result.emplace(wait()); });
    test_.clock.AwaitSleepers(1);
    action();
    waiter.join();
    return *std::move(result);
  }
  absl::StatusOr<WaitSet::Ready> Wait(absl::Time deadline = absl::InfiniteFuture()) {
    return set_.Wait(deadline);
  }

  TestEngine test_;
  Stream stream_;
  std::vector<Shard> shards_;
  std::deque<Iterator> iterators_;
  std::vector<Iterator*> pointers_;
  WaitSet set_;
};

// --- WaitAny

TEST_F(WaitSetTest, WaitAnyReturnsTheFirstThatCanBeRead) {
  PutTo(2);
  PutTo(1);
  EXPECT_EQ(WaitAny(pointers_, absl::InfinitePast()).value(), 1U);
}

TEST_F(WaitSetTest, APutToAnyShardWakesWaitAny) {
  for (size_t shard = 0; shard < shards_.size(); ++shard) {
    const auto ready = WaitWhile([this] { return WaitAny(pointers_, absl::InfiniteFuture()); },
                                 [this, shard] { PutTo(shard); });
    ASSERT_EQ(ready.value(), shard);
    ASSERT_EQ(iterators_[shard].Read().value().size(), 1U);
  }
}

TEST_F(WaitSetTest, ASplitWakesWaitAnyForTheEndOfTheShard) {
  const auto ready = WaitWhile([this] { return WaitAny(pointers_, absl::InfiniteFuture()); },
                               [this] { ASSERT_TRUE(stream_.SplitShard(ShardId(3)).ok()); });
  ASSERT_EQ(ready.value(), 3U);
  EXPECT_TRUE(iterators_[3].Read().value().end_of_shard());
}

TEST_F(WaitSetTest, TheDeadlineEndsWaitAny) {
  const absl::Time deadline = test_.clock.Now() + absl::Minutes(5);
  const auto ready = WaitWhile([&] { return WaitAny(pointers_, deadline); },
                               [this] { test_.clock.Advance(absl::Minutes(5)); });
  EXPECT_TRUE(Fails(ready.status(), absl::StatusCode::kDeadlineExceeded, {"4 members"}));
}

TEST_F(WaitSetTest, DeletingTheStreamEndsWaitAny) {
  const auto ready = WaitWhile([this] { return WaitAny(pointers_, absl::InfiniteFuture()); },
                               [this] { ASSERT_TRUE(test_.engine->DeleteStream("s").ok()); });
  EXPECT_TRUE(Fails(ready.status(), absl::StatusCode::kNotFound, {"deleted"}));
}

TEST_F(WaitSetTest, WaitAnyNamesTheIteratorThatItCannotTake) {
  EXPECT_TRUE(Fails(WaitAny({}, absl::InfiniteFuture()).status(),
                    absl::StatusCode::kInvalidArgument, {"no iterator"}));
  pointers_[2] = nullptr;
  EXPECT_TRUE(Fails(WaitAny(pointers_, absl::InfiniteFuture()).status(),
                    absl::StatusCode::kInvalidArgument, {"iterators[2]", "null"}));
  pointers_[2] = pointers_[0];
  EXPECT_TRUE(Fails(WaitAny(pointers_, absl::InfiniteFuture()).status(),
                    absl::StatusCode::kInvalidArgument, {"iterators[2]", "shardId-000000000000"}));
  TestEngine other;
  const Stream theirs = other.engine->CreateStream("s").value();
  Iterator foreign =
      theirs.ListShards().front().CreateIterator(IteratorStart::TrimHorizon()).value();
  pointers_[2] = &foreign;
  EXPECT_TRUE(Fails(WaitAny(pointers_, absl::InfiniteFuture()).status(),
                    absl::StatusCode::kInvalidArgument, {"iterators[2]", "engine"}));
}

// --- WaitSet

TEST_F(WaitSetTest, APutToAnyShardWakesTheSetAgainAndAgain) {
  AddAll();
  for (size_t i = 0; i < 100; ++i) {
    const size_t shard = i * 7 % shards_.size();
    const auto ready = WaitWhile([this] { return Wait(); }, [this, shard] { PutTo(shard); });
    ASSERT_TRUE(ready.ok());
    ASSERT_EQ(ready->iterator, &iterators_[shard]);
    ASSERT_EQ(ready->stream, nullptr);
    ASSERT_EQ(ready->iterator->Read().value().size(), 1U);
  }
}

TEST_F(WaitSetTest, WhatIsNotReadStaysReady) {
  AddAll();
  PutTo(1);
  EXPECT_EQ(Wait(absl::InfinitePast())->iterator, &iterators_[1]);
  EXPECT_EQ(Wait(absl::InfinitePast())->iterator, &iterators_[1]);
  ASSERT_EQ(iterators_[1].Read()->size(), 1U);
  EXPECT_TRUE(Fails(Wait(absl::InfinitePast()).status(), absl::StatusCode::kDeadlineExceeded, {}));
}

TEST_F(WaitSetTest, AllThatAreReadyHaveTheirTurn) {
  AddAll();
  for (size_t shard = 0; shard < 4; ++shard) PutTo(shard);
  for (int round = 0; round < 3; ++round) {
    std::set<Iterator*> seen;
    for (int i = 0; i < 4; ++i) seen.insert(Wait(absl::InfinitePast())->iterator);
    EXPECT_EQ(seen.size(), 4U) << round;
  }
}

TEST_F(WaitSetTest, AnIteratorThatWasRemovedIsNotReturned) {
  AddAll();
  PutTo(0);
  ASSERT_EQ(Wait(absl::InfinitePast())->iterator, &iterators_[0]);
  ASSERT_TRUE(set_.Remove(&iterators_[0]).ok());
  EXPECT_EQ(set_.size(), 3U);
  PutTo(0);
  EXPECT_TRUE(Fails(Wait(absl::InfinitePast()).status(), absl::StatusCode::kDeadlineExceeded,
                    {"3 members"}));
  EXPECT_TRUE(Fails(set_.Remove(&iterators_[0]), absl::StatusCode::kNotFound, {}));
  ASSERT_TRUE(set_.Add(&iterators_[0]).ok());
  EXPECT_EQ(Wait(absl::InfinitePast())->iterator, &iterators_[0]);
}

TEST_F(WaitSetTest, AnEmptySetDoesNotWait) {
  EXPECT_TRUE(Fails(Wait().status(), absl::StatusCode::kFailedPrecondition, {"empty"}));
}

TEST_F(WaitSetTest, TheSameIteratorIsTakenOnce) {
  AddAll();
  EXPECT_TRUE(Fails(set_.Add(&iterators_[0]), absl::StatusCode::kAlreadyExists, {}));
  EXPECT_TRUE(Fails(set_.Add(nullptr), absl::StatusCode::kInvalidArgument, {"null"}));
  EXPECT_EQ(set_.size(), 4U);
}

TEST_F(WaitSetTest, AnInterruptionEndsTheSleepOrTheNextOne) {
  AddAll();
  const auto ready = WaitWhile([this] { return Wait(); }, [this] { set_.Interrupt(); });
  EXPECT_TRUE(Fails(ready.status(), absl::StatusCode::kCancelled, {}));
  set_.Interrupt();
  EXPECT_TRUE(Fails(Wait().status(), absl::StatusCode::kCancelled, {}));
  set_.Interrupt();
  PutTo(0);
  EXPECT_TRUE(Wait().ok());  // what is ready comes first
  ASSERT_EQ(iterators_[0].Read()->size(), 1U);
  EXPECT_TRUE(Fails(Wait().status(), absl::StatusCode::kCancelled, {}));
  EXPECT_TRUE(Fails(Wait(absl::InfinitePast()).status(), absl::StatusCode::kDeadlineExceeded, {}));
}

TEST_F(WaitSetTest, ADeletedStreamMakesItsIteratorsReady) {
  AddAll();
  const auto ready = WaitWhile([this] { return Wait(); },
                               [this] { ASSERT_TRUE(test_.engine->DeleteStream("s").ok()); });
  ASSERT_TRUE(ready.ok());
  EXPECT_TRUE(Fails(ready->iterator->Read().status(), absl::StatusCode::kNotFound, {"deleted"}));
}

TEST_F(WaitSetTest, ASetWithoutIteratorsWakesForNewShards) {
  ASSERT_TRUE(set_.AddStream(stream_).ok());
  EXPECT_TRUE(Fails(set_.AddStream(stream_), absl::StatusCode::kAlreadyExists, {"\"s\""}));
  EXPECT_TRUE(Fails(Wait(absl::InfinitePast()).status(), absl::StatusCode::kDeadlineExceeded, {}));
  const auto ready = WaitWhile([this] { return Wait(); },
                               [this] { ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok()); });
  ASSERT_TRUE(ready.ok());
  ASSERT_NE(ready->stream, nullptr);
  EXPECT_EQ(ready->iterator, nullptr);
  EXPECT_EQ(ready->stream->ListShards().size(), 6U);
  // Told once.
  EXPECT_TRUE(Fails(Wait(absl::InfinitePast()).status(), absl::StatusCode::kDeadlineExceeded, {}));
  ASSERT_TRUE(stream_.MergeShards(ShardId(4), ShardId(5)).ok());
  EXPECT_NE(Wait(absl::InfinitePast())->stream, nullptr);
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  EXPECT_NE(Wait(absl::InfinitePast())->stream, nullptr);
  EXPECT_NE(Wait(absl::InfinitePast())->stream, nullptr);  // for good
  ASSERT_TRUE(set_.RemoveStream(stream_).ok());
  EXPECT_TRUE(Fails(set_.RemoveStream(stream_), absl::StatusCode::kNotFound, {"\"s\""}));
}

// Counts the sleeps.
class CountingClock final : public Clock {
 public:
  absl::Time Now() const override { return time_.Now(); }
  void Wait(WaitEvent& event, absl::Time deadline) override {
    ++sleeps;
    time_.Wait(event, deadline);
  }

  std::atomic<int> sleeps{0};

 private:
  SimulatedClock time_;
};

TEST(WideWaitSetTest, AThousandIdleShardsWakeNobody) {
  constexpr int kShards = 1000;
  constexpr int kPuts = 200;
  CountingClock clock;
  const auto engine = Engine::Create({.clock = &clock}).value();
  const Stream stream = engine->CreateStream("s", {.shard_count = kShards}).value();
  std::deque<Iterator> iterators;
  WaitSet set;
  for (const Shard& shard : stream.ListShards()) {
    iterators.push_back(shard.CreateIterator(IteratorStart::TrimHorizon()).value());
    ASSERT_TRUE(set.Add(&iterators.back()).ok());
  }
  const WaitingFor waiting("a reader of a thousand shards to read what is put to one of them");
  std::atomic<int> read{0};
  std::thread reader([&] {
    while (read < kPuts) {
      const auto ready = set.Wait(absl::InfiniteFuture());
      if (ready.ok()) read += static_cast<int>(ready->iterator->Read()->size());
    }
  });
  for (int i = 0; i < kPuts; ++i) {
    ASSERT_TRUE(Stream(stream).Put({.partition_key = std::to_string(i), .data = "d"}).ok());
    while (read <= i) std::this_thread::yield();
  }
  reader.join();
  // Asleep before each record at most, and woken by it and by nothing else.
  EXPECT_LE(clock.sleeps, kPuts);
  EXPECT_EQ(read, kPuts);
}

// Producers at every shard, one reader of all: nothing is forgotten, and the reader ends asleep.
TEST_F(WaitSetTest, NothingThatManyProducersPutIsMissed) {
  constexpr int kProducers = 3;
  constexpr int kPuts = 3000;
  AddAll();
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([this, p] {
      for (int i = 0; i < kPuts; ++i) PutTo(static_cast<size_t>(i + p) % shards_.size());
    });
  }
  const WaitingFor waiting("all records of three producers to be read through a wait set");
  uint64_t records = 0;
  while (records < uint64_t{kProducers} * kPuts) {
    const auto ready = Wait();
    ASSERT_TRUE(ready.ok());
    records += ready->iterator->Read({.max_records = 10})->size();
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_TRUE(Fails(Wait(absl::InfinitePast()).status(), absl::StatusCode::kDeadlineExceeded, {}));
}

}  // namespace
}  // namespace kinesis
