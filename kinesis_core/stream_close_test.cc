// Stream::Close: the gentle end of a stream.
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::AllShards;
using kinesis::testing::Drain;
using kinesis::testing::Drained;
using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::OpenShards;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

using Strings = std::vector<std::string>;

constexpr auto kClosed = absl::StatusCode::kFailedPrecondition;
constexpr uint64_t kKiB = 1024;

class StreamCloseTest : public ::testing::Test {
 protected:
  TestEngine test_;
  Stream stream_ = test_.engine->CreateStream("s", {.shard_count = 2}).value();
};

TEST_F(StreamCloseTest, EveryPutIsRefusedAndTheMessageSaysWhatToDo) {
  EXPECT_FALSE(stream_.is_closed());
  ASSERT_TRUE(stream_.Close().ok());
  EXPECT_TRUE(stream_.is_closed());
  const Record record{.partition_key = "k", .data = "d"};
  EXPECT_TRUE(Fails(stream_.Put(record), kClosed, {"\"s\"", "closed", "another stream"}));
  EXPECT_TRUE(Fails(stream_.Put(record, absl::InfiniteFuture()), kClosed, {"closed"}));
  EXPECT_TRUE(Fails(stream_.PutAt(HashKey::Max(), record), kClosed, {"closed"}));
  const Record records[] = {record, record};
  for (const auto& result : stream_.PutBatch(records)) {
    EXPECT_TRUE(Fails(result, kClosed, {"closed"}));
  }
  std::vector<absl::StatusOr<PutResult>> results;
  const HashKey keys[] = {HashKey::Min(), HashKey::Max()};
  stream_.PutBatchAt(keys, records, &results);
  for (const auto& result : results) EXPECT_TRUE(Fails(result, kClosed, {"closed"}));
}

TEST_F(StreamCloseTest, ReadersComeToTheEndOfEveryShardAndNothingFollows) {
  const Shard shards[] = {ShardAt(stream_, 0), ShardAt(stream_, 1)};
  Iterator iterators[] = {shards[0].CreateIterator(IteratorStart::TrimHorizon()).value(),
                          shards[1].CreateIterator(IteratorStart::Latest()).value()};
  ASSERT_TRUE(stream_.PutAt(HashKey::Min(), {.data = "0"}).ok());
  ASSERT_TRUE(stream_.PutAt(HashKey::Max(), {.data = "1"}).ok());
  test_.clock.Advance(absl::Seconds(5));
  ASSERT_TRUE(stream_.Close().ok());
  for (int i = 0; i < 2; ++i) {
    const RecordBatch batch = iterators[i].Read().value();
    EXPECT_EQ(batch.size(), 1U);
    EXPECT_TRUE(batch.end_of_shard());
    EXPECT_TRUE(batch.child_shards().empty());
    EXPECT_TRUE(iterators[i].Wait(absl::InfiniteFuture()).ok());
    EXPECT_FALSE(shards[i].is_open());
    EXPECT_TRUE(shards[i].children().empty());
    EXPECT_EQ(shards[i].closed_at(), test_.clock.Now());
    EXPECT_GT(*shards[i].ending_sequence_number(), iterators[i].position());
  }
}

TEST_F(StreamCloseTest, ShardsThatWereSplitBeforeKeepTheirChildrenAndTheChildrenEnd) {
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  ASSERT_TRUE(stream_.Close().ok());
  EXPECT_EQ(ShardAt(stream_, 0).children().size(), 2U);
  EXPECT_EQ(AllShards(stream_), (std::vector<uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(OpenShards(stream_), std::vector<uint32_t>());
  // In the second in which their parent was closed, and still in order.
  EXPECT_GE(ShardAt(stream_, 2).closed_at(), ShardAt(stream_, 2).opened_at());
  EXPECT_GT(*ShardAt(stream_, 2).ending_sequence_number(),
            ShardAt(stream_, 2).starting_sequence_number());
}

TEST_F(StreamCloseTest, AReaderThatSleepsIsWoken) {
  Iterator iterator = ShardAt(stream_, 1).CreateIterator(IteratorStart::Latest()).value();
  absl::Status status = absl::UnknownError("not woken yet");
  const WaitingFor waiting("a reader to sleep, and then to be woken by the end of its stream");
  std::thread reader([&] { status = iterator.Wait(absl::InfiniteFuture()); });
  test_.clock.AwaitSleepers(1);
  ASSERT_TRUE(stream_.Close().ok());
  reader.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(iterator.Read().value().end_of_shard());
}

// Sleeping for want of the shard's capacity, or of the engine's memory.
TEST_F(StreamCloseTest, ProducersThatWaitForRoomAreReleased) {
  for (const uint64_t budget : {64 * kKiB, 64 * kKiB * kKiB}) {
    TestEngine test(budget);
    Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB}).value();
    const std::string data(1000, 'd');
    const Record record{.data = data};
    while (stream.Put(record).ok()) {
    }
    constexpr int kProducers = 3;
    std::vector<absl::Status> statuses(kProducers);
    std::vector<std::thread> producers;
    const WaitingFor waiting("producers to sleep for room, and then for the end of their stream");
    for (absl::Status& status : statuses) {
      producers.emplace_back([&] { status = stream.Put(record, absl::InfiniteFuture()).status(); });
    }
    test.clock.AwaitSleepers(kProducers);
    ASSERT_TRUE(stream.Close().ok());
    for (std::thread& producer : producers) producer.join();
    for (const absl::Status& status : statuses) EXPECT_TRUE(Fails(status, kClosed, {"closed"}));
  }
}

TEST_F(StreamCloseTest, ClosingAgainChangesNothing) {
  ASSERT_TRUE(stream_.Close().ok());
  const auto closed_at = ShardAt(stream_, 0).closed_at();
  const auto end = ShardAt(stream_, 0).ending_sequence_number();
  test_.clock.Advance(absl::Hours(1));
  EXPECT_TRUE(stream_.Close().ok());
  EXPECT_TRUE(Stream(stream_).Close().ok());
  EXPECT_TRUE(stream_.is_closed());
  EXPECT_EQ(ShardAt(stream_, 0).closed_at(), closed_at);
  EXPECT_EQ(ShardAt(stream_, 0).ending_sequence_number(), end);
}

TEST_F(StreamCloseTest, NothingAboutItsShardsCanBeChanged) {
  ASSERT_TRUE(stream_.Close().ok());
  EXPECT_TRUE(Fails(stream_.SplitShard(ShardId(0)), kClosed, {"stream \"s\" is closed"}));
  EXPECT_TRUE(Fails(stream_.SplitShard(ShardId(0), HashKey::Max()), kClosed, {"is closed"}));
  EXPECT_TRUE(Fails(stream_.SplitShard(ShardId(7)), kClosed, {"is closed"}));
  EXPECT_TRUE(Fails(stream_.MergeShards(ShardId(0), ShardId(1)), kClosed, {"is closed"}));
  EXPECT_TRUE(Fails(stream_.ReshardUniformly(1), kClosed, {"is closed"}));
  EXPECT_TRUE(Fails(stream_.ReshardUniformly(2), kClosed, {"is closed"}));
  EXPECT_TRUE(Fails(stream_.SetRecordDistributionStrategy(RecordDistributionStrategy::kAuto),
                    kClosed, {"is closed"}));
  EXPECT_TRUE(Fails(stream_.OpenShardOf(HashKey::Min()), kClosed, {"is closed"}));
  EXPECT_EQ(AllShards(stream_), (std::vector<uint32_t>{0, 1}));
}

TEST_F(StreamCloseTest, ReadingTrimmingAndRetentionGoOn) {
  std::vector<SequenceNumber> numbers;
  const absl::Time begin = test_.clock.Now();
  for (int i = 0; i < 100; ++i) {
    numbers.push_back(stream_.PutAt(HashKey::Min(), {.data = std::to_string(i)})->sequence_number);
  }
  ASSERT_TRUE(stream_.Close().ok());
  const Shard shard = ShardAt(stream_, 0);
  EXPECT_EQ(ReadData(shard).size(), 100U);
  EXPECT_EQ(ReadData(shard, IteratorStart::AfterSequenceNumber(numbers[9])).size(), 90U);
  EXPECT_EQ(ReadData(shard, IteratorStart::AtTimestamp(begin)).size(), 100U);
  EXPECT_EQ(ReadData(shard, IteratorStart::Latest()), Strings());
  ASSERT_TRUE(shard.TrimBefore(numbers[70]).ok());
  EXPECT_EQ(ReadData(shard).size(), 30U);
  EXPECT_EQ(shard.Metrics().incoming_records, 100U);
  EXPECT_TRUE(absl::IsAlreadyExists(test_.engine->CreateStream("s").status()));
  EXPECT_EQ(stream_.HashKeyOf({.explicit_hash_key = HashKey::Max()}), HashKey::Max());

  test_.clock.Advance(absl::Hours(2));
  EXPECT_EQ(stream_.ListShards().size(), 2U);
  ASSERT_TRUE(stream_.SetRetention(absl::Hours(1)).ok());
  EXPECT_EQ(stream_.ListShards().size(), 0U);
  const EngineMetrics metrics = test_.engine->Metrics();
  EXPECT_EQ(metrics.memory_held_bytes, metrics.memory_cached_bytes);
  Iterator late = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  EXPECT_TRUE(late.Read().value().end_of_shard());
}

TEST_F(StreamCloseTest, DeletionTakesAClosedStreamLikeAnyOther) {
  ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  const Shard shard = ShardAt(stream_, 0);
  ASSERT_TRUE(stream_.Close().ok());
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  constexpr auto kNotFound = absl::StatusCode::kNotFound;
  EXPECT_TRUE(Fails(stream_.Put({.data = "d"}), kNotFound, {"deleted"}));
  EXPECT_TRUE(Fails(stream_.SplitShard(ShardId(0)), kNotFound, {"deleted"}));
  EXPECT_TRUE(Fails(stream_.Close(), kNotFound, {"deleted"}));
  EXPECT_TRUE(Fails(shard.CreateIterator(IteratorStart::Latest()), kNotFound));
  EXPECT_TRUE(test_.engine->CreateStream("s").ok());
}

TEST_F(StreamCloseTest, AStreamThatSpreadsItsRecordsCloses) {
  ASSERT_TRUE(stream_.SetRecordDistributionStrategy(RecordDistributionStrategy::kAuto).ok());
  ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  ASSERT_TRUE(stream_.Close().ok());
  const Record record{.data = "d"};
  EXPECT_TRUE(Fails(stream_.Put(record), kClosed));
  EXPECT_TRUE(Fails(stream_.PutBatch({&record, 1})[0], kClosed));
  EXPECT_EQ(stream_.HashKeyOf(record), HashKey::Min());
}

// --- With threads --------------------------------------------------------------------------------

// Reads `id` to its end, and then its children, one after the other. What has two parents is read
// when the second of them has ended.
void ReadLineage(const Stream& stream, std::vector<ShardId> ready, std::set<std::string>* read) {
  std::set<ShardId> ended;
  while (!ready.empty()) {
    const ShardId id = ready.back();
    ready.pop_back();
    Iterator it = stream.FindShard(id)->CreateIterator(IteratorStart::TrimHorizon()).value();
    for (bool end = false; !end;) {
      ASSERT_TRUE(it.Wait(absl::InfiniteFuture()).ok());
      const RecordBatch batch = it.Read().value();
      for (const RecordView& record : batch) {
        ASSERT_TRUE(read->insert(std::string(record.data)).second) << "twice: " << record.data;
      }
      end = batch.end_of_shard();
      if (!end) continue;
      ended.insert(id);
      for (const ShardId child : batch.child_shards()) {
        const std::vector<ShardId> parents = stream.FindShard(child)->parents();
        bool is_ready = true;
        for (const ShardId parent : parents) is_ready = is_ready && ended.contains(parent);
        if (is_ready) ready.push_back(child);
      }
    }
  }
}

TEST(StreamCloseThreadsTest, WhatWasPutIsReadAndEveryThreadEndsByItself) {
  constexpr int kRounds = 12;
  constexpr int kProducers = 3;
  for (int round = 0; round < kRounds; ++round) {
    auto engine = Engine::Create({.memory_budget_bytes = 16 * kKiB * kKiB}).value();
    // Small, so that producers wait for room now and then.
    Stream stream = engine
                        ->CreateStream("s", {.shard_count = 2,
                                             .shard_capacity_bytes = 64 * kKiB,
                                             .overflow_policy = OverflowPolicy::kReject})
                        .value();
    std::vector<std::set<std::string>> put(kProducers);
    std::atomic<int> puts{0};
    std::vector<std::thread> threads;
    for (int p = 0; p < kProducers; ++p) {
      threads.emplace_back([&stream, &puts, p, mine = &put[static_cast<size_t>(p)]] {
        for (int i = 0;; ++i) {
          const std::string data = std::to_string(p) + "/" + std::to_string(i);
          absl::Status status;
          if (i % 3 == 0) {
            const Record record{.partition_key = data, .data = data};
            status = stream.PutBatch({&record, 1})[0].status();
            if (absl::IsResourceExhausted(status)) continue;
          } else {
            status =
                stream.Put({.partition_key = data, .data = data}, absl::InfiniteFuture()).status();
          }
          if (status.ok()) {
            mine->insert(data);
            puts.fetch_add(1);
            continue;
          }
          EXPECT_TRUE(Fails(status, kClosed, {"closed"}));
          return;
        }
      });
    }
    std::set<std::string> read;
    threads.emplace_back([&stream, &read] {
      ReadLineage(stream, {ShardId(0), ShardId(1)}, &read);
    });
    threads.emplace_back([&stream] {
      for (;;) {
        const std::vector<uint32_t> open = OpenShards(stream);
        if (open.empty()) return;
        if (open.size() >= 64) {
          std::this_thread::yield();
          continue;
        }
        const absl::Status split = stream.SplitShard(ShardId(open.front())).status();
        if (split.ok()) continue;
        EXPECT_TRUE(Fails(split, kClosed));
        if (stream.is_closed()) return;
      }
    });
    const WaitingFor waiting("producers, readers and splits to end with their stream");
    while (puts.load() < 200 * round) std::this_thread::yield();
    std::thread other_closer([&stream] { EXPECT_TRUE(stream.Close().ok()); });
    EXPECT_TRUE(stream.Close().ok());
    EXPECT_TRUE(OpenShards(stream).empty());
    EXPECT_TRUE(Fails(stream.Put({.data = "late"}), kClosed));
    other_closer.join();
    for (std::thread& thread : threads) thread.join();
    std::set<std::string> all;
    for (const std::set<std::string>& some : put) all.insert(some.begin(), some.end());
    EXPECT_EQ(read.size(), all.size());
    EXPECT_TRUE(read == all) << "round " << round;
  }
}

}  // namespace
}  // namespace kinesis
