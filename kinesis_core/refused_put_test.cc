// What a put that is refused for its size or for want of room is told: never to retry what cannot
// succeed, and what to choose from otherwise.
#include <cstdint>
#include <string>
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

using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;

// Puts `data` in every way there is, expects each to be refused for good with these words, and that
// nothing of the stream has changed.
void ExpectNeverFits(TestEngine& test, Stream& stream, const std::string& data,
                     std::initializer_list<std::string_view> parts) {
  constexpr auto kOutOfRange = absl::StatusCode::kOutOfRange;
  const std::vector<std::string> before = ReadData(OnlyShard(stream));
  const absl::Time now = test.clock.Now();
  const Record record{.data = data};
  const WaitingFor waiting("the refusal of a put that cannot fit, which must not sleep");
  EXPECT_TRUE(Fails(stream.Put(record), kOutOfRange, parts));
  EXPECT_TRUE(Fails(stream.Put(record, absl::InfinitePast()), kOutOfRange, parts));
  EXPECT_TRUE(Fails(stream.Put(record, now + absl::Hours(1)), kOutOfRange, parts));
  EXPECT_TRUE(Fails(stream.Put(record, absl::InfiniteFuture()), kOutOfRange, parts));
  EXPECT_TRUE(Fails(stream.PutAt(HashKey(), record), kOutOfRange, parts));
  const Record records[] = {record, record};
  for (const auto& result : stream.PutBatch(records)) {
    EXPECT_TRUE(Fails(result, kOutOfRange, parts));
  }
  EXPECT_EQ(test.clock.Now(), now);
  EXPECT_EQ(ReadData(OnlyShard(stream)), before);
}

TEST(RefusedPutTest, WhatCanNeverFitTheMemoryBudgetIsOutOfRangeAtOnce) {
  for (const OverflowPolicy policy : {OverflowPolicy::kReject, OverflowPolicy::kTrimOldest}) {
    TestEngine test(64 * kKiB);
    Stream stream = test.engine->CreateStream("s", {.overflow_policy = policy}).value();
    const std::string data(100'000, 'd');
    ExpectNeverFits(test, stream, data, {"100008 bytes", "memory_budget_bytes", "65536"});
    ASSERT_TRUE(stream.Put({.data = "small"}).ok());
    ExpectNeverFits(test, stream, data, {"100008 bytes", "memory_budget_bytes", "65536"});
  }
}

TEST(RefusedPutTest, WhatCanNeverFitTheCapacityIsOutOfRangeAtOnce) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB}).value();
  const std::string data(100'000, 'd');
  ExpectNeverFits(test, stream, data, {"100008 bytes", "shard_capacity_bytes", "65536"});
  ASSERT_TRUE(stream.Put({.data = "small"}).ok());
  ExpectNeverFits(test, stream, data, {"100008 bytes", "shard_capacity_bytes", "65536"});
}

TEST(RefusedPutTest, TheSmallerOfBothLimitsIsTheOneThatIsNamed) {
  TestEngine test(128 * kKiB);
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB}).value();
  ExpectNeverFits(test, stream, std::string(kMiB, 'd'), {"shard_capacity_bytes", "65536"});
}

TEST(RefusedPutTest, TheMessageSaysHowLargeTheLimitWouldHaveToBe) {
  const std::string data(100'000, 'd');
  TestEngine test(64 * kKiB);
  Stream stream = test.engine->CreateStream("s").value();
  ASSERT_TRUE(Fails(stream.Put({.data = data}), absl::StatusCode::kOutOfRange, {"262144"}));
  TestEngine enough(262144);
  Stream larger = enough.engine->CreateStream("s", {.shard_capacity_bytes = 262144}).value();
  EXPECT_TRUE(larger.Put({.data = data}).ok());
}

TEST(RefusedPutTest, InABatchOnlyWhatCannotFitIsRefused) {
  TestEngine test(64 * kKiB);
  Stream stream = test.engine->CreateStream("s").value();
  const std::string large(100'000, 'd');
  const Record records[] = {{.data = "one"}, {.data = large}, {.data = "two"}, {.data = large}};
  const auto results = stream.PutBatch(records);
  EXPECT_TRUE(results[0].ok());
  EXPECT_TRUE(Fails(results[1], absl::StatusCode::kOutOfRange, {"memory_budget_bytes"}));
  EXPECT_TRUE(results[2].ok());
  EXPECT_TRUE(Fails(results[3], absl::StatusCode::kOutOfRange, {"memory_budget_bytes"}));
  EXPECT_EQ(ReadData(OnlyShard(stream)), (std::vector<std::string>{"one", "two"}));
}

// Whether a record fits must not depend on what was put before it: not refused for good in a full
// log if it is accepted in an empty one, nor the other way round.
TEST(RefusedPutTest, WhatFitsAnEmptyShardIsNeverRefusedForGood) {
  for (const uint64_t limit : {32 * kKiB, 64 * kKiB, 256 * kKiB}) {
    for (const bool by_budget : {false, true}) {
      if (by_budget && limit < 64 * kKiB) continue;  // no budget is smaller
      const StreamOptions options{.shard_capacity_bytes = by_budget ? kMiB : limit,
                                  .overflow_policy = OverflowPolicy::kTrimOldest};
      for (size_t size = limit / 32; size < 2 * limit; size += size / 7) {
        const std::string data(size, 'd');
        TestEngine empty(by_budget ? limit : kMiB);
        Stream first = empty.engine->CreateStream("s", options).value();
        const absl::Status expected = first.Put({.data = data}).status();
        EXPECT_TRUE(expected.ok() || absl::IsOutOfRange(expected)) << expected;
        TestEngine filled(by_budget ? limit : kMiB);
        Stream stream = filled.engine->CreateStream("s", options).value();
        for (int i = 0; i < 3000; ++i) ASSERT_TRUE(stream.Put({.data = "small"}).ok()) << limit;
        EXPECT_EQ(stream.Put({.data = data}).status().code(), expected.code())
            << size << " bytes, limit " << limit;
      }
    }
  }
}

// Segments grow with a log, but not beyond what its memory allows.
TEST(RefusedPutTest, SmallRecordsUseTheWholeBudgetWhateverTheCapacity) {
  TestEngine test(64 * kKiB);
  Stream stream = test.engine->CreateStream("s").value();
  const std::string data(100, 'd');
  uint64_t records = 0;
  while (stream.Put({.data = data}).ok()) ++records;
  EXPECT_TRUE(absl::IsResourceExhausted(stream.Put({.data = data}).status()));
  EXPECT_EQ(test.engine->Metrics().memory_held_bytes, 64 * kKiB);
  EXPECT_GT(records * 108, 64 * kKiB * 3 / 4);
}

// --- For want of room ----------------------------------------------------------------------------

TEST(RefusedPutTest, AFullShardTellsWhatThereIsToChooseFrom) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB}).value();
  absl::Status status;
  while (status.ok()) status = stream.Put({.data = "d"}).status();
  EXPECT_TRUE(Fails(
      status, absl::StatusCode::kResourceExhausted,
      {"\"s\"", "shard_capacity_bytes, 65536", "overflow_policy", "retention", "TrimBefore",
       "Put(record, deadline)", "ConsumerGroup", "kTrimOldest", "a larger shard_capacity_bytes"}));
}

TEST(RefusedPutTest, AFullEngineTellsWhatThereIsToChooseFrom) {
  TestEngine test(64 * kKiB);
  Stream stream = test.engine->CreateStream("s").value();
  absl::Status status;
  while (status.ok()) status = stream.Put({.data = "d"}).status();
  EXPECT_TRUE(Fails(
      status, absl::StatusCode::kResourceExhausted,
      {"memory_budget_bytes, 65536", "retention", "TrimBefore", "batches", "Put(record, deadline)",
       "ConsumerGroup", "overflow_policy", "kTrimOldest", "a larger memory_budget_bytes"}));
}

// It has the policy already, and what is in the way is another stream's.
TEST(RefusedPutTest, AFullEngineDoesNotAdviseWhatTheStreamDoesAnyway) {
  TestEngine test(64 * kKiB);
  Stream other = test.engine->CreateStream("other").value();
  while (other.Put({.data = "d"}).ok()) {
  }
  Stream stream =
      test.engine->CreateStream("s", {.overflow_policy = OverflowPolicy::kTrimOldest}).value();
  const absl::Status status = stream.Put({.data = "d"}).status();
  EXPECT_TRUE(Fails(status, absl::StatusCode::kResourceExhausted, {"memory_budget_bytes"}));
  EXPECT_EQ(status.ToString().find("kTrimOldest"), std::string::npos) << status;
}

}  // namespace
}  // namespace kinesis
