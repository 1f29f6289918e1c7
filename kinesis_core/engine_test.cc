#include "kinesis_core/engine.h"

#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::SimulatedClock;
using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

using Strings = std::vector<std::string>;

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kTiB = uint64_t{1} << 40;

// --- Creation ------------------------------------------------------------------------------------

TEST(EngineTest, ABudgetOutOfRangeIsRefusedByName) {
  for (const uint64_t bytes : {uint64_t{0}, 64 * kKiB - 1, kTiB + 1, ~uint64_t{0}}) {
    EXPECT_TRUE(Fails(Engine::Create({.memory_budget_bytes = bytes}), absl::StatusCode::kOutOfRange,
                      {"memory_budget_bytes", std::to_string(bytes), "[65536, 1099511627776]"}));
  }
}

TEST(EngineTest, TheEndsOfTheBudgetRangeAreAccepted) {
  EXPECT_TRUE(Engine::Create({.memory_budget_bytes = 64 * kKiB}).ok());
  EXPECT_TRUE(Engine::Create({.memory_budget_bytes = kTiB}).ok());  // taken only as records come
}

TEST(EngineTest, TheDefaultEngineRunsOnTheSystemClock) {
  auto engine = Engine::Create().value();
  Stream stream = engine->CreateStream("s").value();
  const absl::Time before = absl::Now() - absl::Seconds(1);  // the tick of the coarse clock
  ASSERT_TRUE(stream.Put({.partition_key = "k", .data = "d"}).ok());
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = iterator.Read().value();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_GE(batch[0].arrival_time, before);
  EXPECT_LE(batch[0].arrival_time, absl::Now());
}

TEST(EngineTest, ItsClockIsTheOneItWasGiven) {
  kinesis::testing::TestEngine test;
  EXPECT_EQ(&test.engine->clock(), &test.clock);
  EXPECT_EQ(&Engine::Create().value()->clock(), &SystemClock());
}

TEST(EngineTest, ThousandsOfEnginesComeAndGo) {
  for (int i = 0; i < 3000; ++i) {
    TestEngine test;
    Stream stream = test.engine->CreateStream("s", {.shard_count = 3}).value();
    ASSERT_TRUE(stream.Put({.partition_key = "k", .data = "d"}).ok());
  }
}

TEST(EngineTest, TwoEnginesShareNothing) {
  TestEngine one;
  TestEngine two;
  Stream in_one = one.engine->CreateStream("s").value();
  Stream in_two = two.engine->CreateStream("s").value();
  ASSERT_TRUE(in_one.Put({.data = "one"}).ok());
  EXPECT_EQ(ReadData(OnlyShard(in_one)), Strings({"one"}));
  EXPECT_EQ(ReadData(OnlyShard(in_two)), Strings());
}

// --- Streams by name -----------------------------------------------------------------------------

TEST(EngineTest, ANameIsOneTo1024BytesOfAnyKind) {
  TestEngine test;
  const std::string any("\0\xff/\n", 4);
  const std::string longest(1024, 'n');
  for (const std::string& name : {std::string("x"), any, longest}) {
    EXPECT_EQ(test.engine->CreateStream(name).value().name(), name);
    EXPECT_EQ(test.engine->OpenStream(name).value().name(), name);
  }
  EXPECT_TRUE(Fails(test.engine->CreateStream(""), absl::StatusCode::kOutOfRange,
                    {"stream name", "\"0\"", "[1, 1024]"}));
  EXPECT_TRUE(Fails(test.engine->CreateStream(std::string(1025, 'n')),
                    absl::StatusCode::kOutOfRange, {"stream name", "1025", "[1, 1024]"}));
  EXPECT_EQ(test.engine->ListStreams(), Strings({any, longest, "x"}));
}

TEST(EngineTest, StreamsAreListedInOrderOfTheirNames) {
  TestEngine test;
  EXPECT_EQ(test.engine->ListStreams(), Strings());
  for (const char* name : {"b", "c", "a", "ab", "B"}) {
    ASSERT_TRUE(test.engine->CreateStream(name).ok());
  }
  EXPECT_EQ(test.engine->ListStreams(), Strings({"B", "a", "ab", "b", "c"}));
}

TEST(EngineTest, ATakenNameIsRefusedAndTheStreamStays) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  ASSERT_TRUE(stream.Put({.data = "kept"}).ok());
  EXPECT_TRUE(Fails(test.engine->CreateStream("s", {.shard_count = 5}),
                    absl::StatusCode::kAlreadyExists, {"\"s\""}));
  EXPECT_EQ(ReadData(OnlyShard(test.engine->OpenStream("s").value())), Strings({"kept"}));
}

TEST(EngineTest, OpenStreamReturnsTheSameStream) {
  TestEngine test;
  Stream created = test.engine->CreateStream("s").value();
  Stream opened = test.engine->OpenStream("s").value();
  ASSERT_TRUE(created.Put({.data = "1"}).ok());
  ASSERT_TRUE(opened.Put({.data = "2"}).ok());
  EXPECT_EQ(ReadData(OnlyShard(created)), Strings({"1", "2"}));
  EXPECT_TRUE(Fails(test.engine->OpenStream("t"), absl::StatusCode::kNotFound, {"stream \"t\""}));
}

TEST(EngineTest, EveryBadStreamOptionIsRefusedByNameAndLeavesNothingBehind) {
  TestEngine test;
  const EngineMetrics before = test.engine->Metrics();
  struct Case {
    StreamOptions options;
    std::string_view field;
    std::string_view range;
  };
  const Case cases[] = {
      {{.shard_count = 0}, "shard_count", "[1, 100000]"},
      {{.shard_count = -1}, "shard_count", "[1, 100000]"},
      {{.shard_count = 100'001}, "shard_count", "[1, 100000]"},
      {{.shard_count = INT64_MAX}, "shard_count", "[1, 100000]"},
      {{.retention = absl::ZeroDuration()}, "retention", "[1ms, 87600h]"},
      {{.retention = absl::Microseconds(999)}, "retention", "[1ms, 87600h]"},
      {{.retention = -absl::InfiniteDuration()}, "retention", "[1ms, 87600h]"},
      {{.retention = absl::Hours(87600) + absl::Nanoseconds(1)}, "retention", "[1ms, 87600h]"},
      {{.retention = absl::InfiniteDuration()}, "retention", "[1ms, 87600h]"},
      {{.shard_capacity_bytes = 32 * kKiB - 1}, "shard_capacity_bytes", "[32768, 1099511627776]"},
      {{.shard_capacity_bytes = kTiB + 1}, "shard_capacity_bytes", "[32768, 1099511627776]"},
  };
  for (const Case& bad : cases) {
    EXPECT_TRUE(Fails(test.engine->CreateStream("s", bad.options), absl::StatusCode::kOutOfRange,
                      {bad.field, bad.range}));
  }
  EXPECT_TRUE(
      Fails(test.engine->CreateStream("s", {.overflow_policy = static_cast<OverflowPolicy>(7)}),
            absl::StatusCode::kInvalidArgument, {"overflow_policy", "\"7\"", "kReject"}));
  EXPECT_EQ(test.engine->ListStreams(), Strings());
  EXPECT_EQ(test.engine->Metrics().bookkeeping_bytes, before.bookkeeping_bytes);
}

TEST(EngineTest, TheEndsOfEveryStreamOptionAreAccepted) {
  TestEngine test;
  EXPECT_TRUE(test.engine->CreateStream("a", {.retention = absl::Milliseconds(1)}).ok());
  EXPECT_TRUE(test.engine->CreateStream("b", {.retention = absl::Hours(87600)}).ok());
  EXPECT_TRUE(test.engine->CreateStream("c", {.shard_capacity_bytes = 32 * kKiB}).ok());
  EXPECT_TRUE(test.engine->CreateStream("d", {.shard_capacity_bytes = kTiB}).ok());
  const Stream most = test.engine->CreateStream("e", {.shard_count = 100'000}).value();
  EXPECT_EQ(most.ListShards().size(), 100'000U);
}

// --- Deletion and lifetime -----------------------------------------------------------------------

TEST(EngineTest, DeletingAnUnknownStreamSaysSo) {
  TestEngine test;
  EXPECT_TRUE(Fails(test.engine->DeleteStream("s"), absl::StatusCode::kNotFound, {"\"s\""}));
}

// Calls everything that a handle offers and expects kNotFound of all that can fail.
void ExpectGone(Stream& stream, const Shard& shard, Iterator& iterator, SequenceNumber number) {
  constexpr auto kNotFound = absl::StatusCode::kNotFound;
  EXPECT_TRUE(Fails(stream.Put({.data = "x"}), kNotFound, {"deleted"}));
  EXPECT_TRUE(Fails(stream.Put({.data = "x"}, absl::InfiniteFuture()), kNotFound));
  const Record records[] = {{.data = "x"}, {.data = "y"}};
  for (const auto& result : stream.PutBatch(records)) EXPECT_TRUE(Fails(result, kNotFound));
  EXPECT_TRUE(stream.ListShards().empty());
  EXPECT_TRUE(Fails(stream.FindShard(ShardId(0)), kNotFound));
  EXPECT_TRUE(Fails(stream.SplitShard(ShardId(0)), kNotFound));
  EXPECT_TRUE(Fails(stream.SplitShard(ShardId(0), HashKey::FromHalves(1, 0)), kNotFound));
  EXPECT_TRUE(Fails(stream.MergeShards(ShardId(0), ShardId(1)), kNotFound));
  EXPECT_TRUE(Fails(stream.ReshardUniformly(2), kNotFound));
  EXPECT_TRUE(Fails(stream.SetRetention(absl::Hours(1)), kNotFound));
  EXPECT_TRUE(Fails(stream.Close(), kNotFound));
  EXPECT_TRUE(Fails(stream.OpenShardOf(HashKey::Min()), kNotFound));
  EXPECT_EQ(stream.retention(), absl::Hours(24));
  EXPECT_TRUE(Fails(shard.CreateIterator(IteratorStart::Latest()), kNotFound));
  EXPECT_TRUE(Fails(shard.TrimBefore(number), kNotFound));
  EXPECT_FALSE(shard.is_open());
  EXPECT_EQ(shard.id(), ShardId(0));
  EXPECT_EQ(shard.hash_key_range(), HashKeyRange());
  EXPECT_LT(shard.starting_sequence_number(), number);
  EXPECT_GT(shard.ending_sequence_number().value(), number);
  EXPECT_TRUE(shard.parents().empty());
  EXPECT_TRUE(shard.children().empty());
  EXPECT_EQ(shard.Metrics().incoming_records, 1U);
  EXPECT_TRUE(Fails(iterator.Read(), kNotFound, {"deleted"}));
  EXPECT_TRUE(Fails(iterator.Wait(absl::InfiniteFuture()), kNotFound));
}

TEST(EngineTest, HandlesOfADeletedStreamReturnNotFound) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  const SequenceNumber number = stream.Put({.data = "d"}).value().sequence_number;
  const Shard shard = OnlyShard(stream);
  Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  ASSERT_TRUE(test.engine->DeleteStream("s").ok());
  ExpectGone(stream, shard, iterator, number);
  EXPECT_EQ(test.engine->ListStreams(), Strings());
  EXPECT_TRUE(Fails(test.engine->OpenStream("s"), absl::StatusCode::kNotFound));
  EXPECT_TRUE(Fails(test.engine->DeleteStream("s"), absl::StatusCode::kNotFound));
}

TEST(EngineTest, HandlesThatOutliveTheEngineReturnNotFound) {
  auto test = std::make_unique<TestEngine>();
  Stream stream = test->engine->CreateStream("s").value();
  const SequenceNumber number = stream.Put({.data = "d"}).value().sequence_number;
  const Shard shard = OnlyShard(stream);
  Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  test->engine.reset();  // the clock, which must outlive the handles, stays
  ExpectGone(stream, shard, iterator, number);
}

TEST(EngineTest, AnyOneHandleMayBeTheLast) {
  SimulatedClock clock;
  const auto make = [&clock](std::optional<Stream>* stream, std::optional<Shard>* shard,
                             std::optional<Iterator>* iterator) {
    auto engine = Engine::Create({.clock = &clock}).value();
    *stream = engine->CreateStream("s").value();
    ASSERT_TRUE((*stream)->Put({.data = "d"}).ok());
    *shard = OnlyShard(**stream);
    *iterator = (*shard)->CreateIterator(IteratorStart::TrimHorizon()).value();
  };
  for (int last = 0; last < 3; ++last) {
    std::optional<Stream> stream;
    std::optional<Shard> shard;
    std::optional<Iterator> iterator;
    make(&stream, &shard, &iterator);
    if (last != 0) stream.reset();
    if (last != 1) shard.reset();
    if (last != 2) iterator.reset();
    if (stream) {
      EXPECT_EQ(stream->name(), "s");
    }
    if (shard) {
      EXPECT_EQ(shard->id(), ShardId(0));
    }
    if (iterator) {
      EXPECT_EQ(iterator->shard_id(), ShardId(0));
    }
  }
}

TEST(EngineTest, ABatchStaysReadableAfterItsEngineIsGone) {
  RecordBatch batch;
  {
    TestEngine test;
    Stream stream = test.engine->CreateStream("s").value();
    for (int i = 0; i < 3000; ++i) {
      ASSERT_TRUE(stream.Put({.partition_key = "k", .data = std::to_string(i)}).ok());
    }
    Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
    batch = iterator.Read().value();
    ASSERT_EQ(batch.size(), 3000U);
  }
  int i = 0;
  for (const RecordView& record : batch) {
    ASSERT_EQ(record.data, std::to_string(i++));
    ASSERT_EQ(record.partition_key, "k");
  }
  RecordBatch moved = std::move(batch);
  EXPECT_EQ(moved[2999].data, "2999");
}

TEST(EngineTest, ABatchStaysReadableAfterItsStreamIsDeletedAndItsMemoryComesBackWithIt) {
  TestEngine test(64 * kKiB);
  const StreamOptions options{.shard_capacity_bytes = 64 * kKiB};
  Stream stream = test.engine->CreateStream("s", options).value();
  const std::string data(1000, 'd');
  while (stream.Put({.data = data}).ok()) {
  }
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  auto batch = std::make_unique<RecordBatch>(iterator.Read().value());
  const size_t records = batch->size();
  ASSERT_TRUE(test.engine->DeleteStream("s").ok());
  Stream next = test.engine->CreateStream("s", options).value();
  EXPECT_TRUE(Fails(next.Put({.data = data}), absl::StatusCode::kResourceExhausted,
                    {"memory_budget_bytes", "65536"}));
  for (const RecordView& record : *batch) ASSERT_EQ(record.data, data);
  batch.reset();
  for (size_t i = 0; i < records; ++i) ASSERT_TRUE(next.Put({.data = data}).ok());
}

TEST(EngineTest, BatchesAreLetGoOnOneThreadWhileTheEngineGoesOnAnother) {
  for (int round = 0; round < 300; ++round) {
    std::vector<RecordBatch> batches;
    auto test = std::make_unique<TestEngine>();
    {
      Stream stream = test->engine->CreateStream("s").value();
      for (int i = 0; i < 200; ++i) ASSERT_TRUE(stream.Put({.data = "some data"}).ok());
      Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
      while (batches.empty() || !batches.back().empty()) {
        batches.push_back(iterator.Read({.max_records = 40}).value());
      }
    }
    const WaitingFor waiting("batches to be let go while the engine goes");
    std::thread other([&batches] { batches.clear(); });
    test->engine.reset();
    other.join();
  }
}

TEST(EngineTest, ANameCanBeUsedAgainAndOldHandlesDoNotSeeTheNewStream) {
  TestEngine test;
  Stream old = test.engine->CreateStream("s").value();
  const SequenceNumber number = old.Put({.data = "old"}).value().sequence_number;
  ASSERT_TRUE(test.engine->DeleteStream("s").ok());
  test.clock.Advance(absl::Seconds(1));
  Stream fresh = test.engine->CreateStream("s").value();
  ASSERT_TRUE(fresh.Put({.data = "new"}).ok());
  EXPECT_TRUE(Fails(old.Put({.data = "x"}), absl::StatusCode::kNotFound));
  EXPECT_EQ(ReadData(OnlyShard(fresh)), Strings({"new"}));
  EXPECT_TRUE(Fails(OnlyShard(fresh).CreateIterator(IteratorStart::AtSequenceNumber(number)),
                    absl::StatusCode::kInvalidArgument));
}

TEST(EngineTest, DestroyingTheEngineWakesSleepers) {
  TestEngine test(64 * kKiB);
  Stream stream = test.engine->CreateStream("s", {.shard_count = 2}).value();
  const HashKey upper = HashKey::Max();
  const std::string data(1000, 'd');
  while (stream.Put({.data = data, .explicit_hash_key = upper}).ok()) {
  }
  Iterator iterator =
      stream.FindShard(ShardId(0)).value().CreateIterator(IteratorStart::Latest()).value();
  absl::Status waited;
  absl::Status put;
  std::thread reader([&] { waited = iterator.Wait(absl::InfiniteFuture()); });
  std::thread producer([&] {
    put = stream.Put({.data = data, .explicit_hash_key = upper}, absl::InfiniteFuture()).status();
  });
  const WaitingFor waiting("a reader and a put to sleep, and the engine's end to wake them");
  test.clock.AwaitSleepers(2);
  test.engine.reset();
  reader.join();
  producer.join();
  EXPECT_TRUE(Fails(waited, absl::StatusCode::kNotFound));
  EXPECT_TRUE(Fails(put, absl::StatusCode::kNotFound));
}

// --- The process ---------------------------------------------------------------------------------

TEST(EngineTest, AChildOfAProcessWithOneThreadHasACopyOfItsOwn) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  ASSERT_TRUE(stream.Put({.data = "before"}).ok());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool is_there = ReadData(OnlyShard(stream)) == Strings{"before"};
    const bool is_put =
        stream.Put({.data = "child's"}).ok() && OnlyShard(stream).Metrics().incoming_records == 2;
    _exit(is_there && is_put ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings{"before"});
}

}  // namespace
}  // namespace kinesis
