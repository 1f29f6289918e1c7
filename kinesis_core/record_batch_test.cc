#include "kinesis_core/record_batch.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::Drain;
using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::TestEngine;

constexpr uint64_t kKiB = 1024;

static_assert(!std::is_copy_constructible_v<RecordBatch>, "a copy would pin without saying so");
static_assert(!std::is_copy_assignable_v<RecordBatch>);
static_assert(std::is_nothrow_move_constructible_v<RecordBatch>);
static_assert(std::is_nothrow_move_assignable_v<RecordBatch>);
static_assert(std::forward_iterator<RecordBatch::const_iterator>);

class RecordBatchTest : public ::testing::Test {
 protected:
  RecordBatchTest() : stream_(test_.engine->CreateStream("s").value()) {}

  void Put(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(
          stream_.Put({.partition_key = "k" + std::to_string(put_), .data = std::to_string(put_)})
              .ok());
      ++put_;
    }
  }
  RecordBatch ReadAll() {
    Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
    return iterator.Read().value();
  }

  TestEngine test_;
  Stream stream_;
  int put_ = 0;
};

TEST_F(RecordBatchTest, OneThatWasReadFromNothingIsEmpty) {
  const RecordBatch batch;
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.size(), 0U);
  EXPECT_EQ(batch.payload_bytes(), 0U);
  EXPECT_EQ(batch.records_lost(), 0U);
  EXPECT_FALSE(batch.end_of_shard());
  EXPECT_TRUE(batch.child_shards().empty());
  EXPECT_EQ(batch.behind_latest(), absl::ZeroDuration());
  EXPECT_TRUE(batch.begin() == batch.end());
  const RecordBatch of_nothing = ReadAll();
  EXPECT_TRUE(of_nothing.begin() == of_nothing.end());
}

TEST_F(RecordBatchTest, EveryFieldOfARecordComesBack) {
  const std::string data("\0 data\xff", 7);
  const std::string key("\0key", 4);
  const PutResult put = stream_.Put({.partition_key = key, .data = data}).value();
  const RecordBatch batch = ReadAll();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].data, data);
  EXPECT_EQ(batch[0].partition_key, key);
  EXPECT_EQ(batch[0].arrival_time, test_.clock.Now());
  EXPECT_EQ(batch[0].sequence_number, put.sequence_number);
}

TEST_F(RecordBatchTest, IndexAndIterationAgreeAcrossSegments) {
  Put(1000);
  const RecordBatch batch = ReadAll();
  ASSERT_EQ(batch.size(), 1000U);
  size_t i = 0;
  uint64_t bytes = 0;
  for (const RecordView& record : batch) {
    ASSERT_EQ(record.data, std::to_string(i));
    ASSERT_EQ(batch[i].data, record.data);
    ASSERT_EQ(batch[i].partition_key, "k" + std::to_string(i));
    ASSERT_EQ(batch[i].sequence_number, record.sequence_number);
    bytes += record.data.size() + record.partition_key.size();
    ++i;
  }
  EXPECT_EQ(i, 1000U);
  EXPECT_EQ(batch.payload_bytes(), bytes);
}

TEST_F(RecordBatchTest, AlgorithmsWorkOnIt) {
  Put(200);
  const RecordBatch batch = ReadAll();
  EXPECT_EQ(std::distance(batch.begin(), batch.end()), 200);
  const auto found = std::find_if(batch.begin(), batch.end(),
                                  [](const RecordView& record) { return record.data == "150"; });
  ASSERT_TRUE(found != batch.end());
  EXPECT_EQ((*found).partition_key, "k150");
  auto next = found;
  EXPECT_TRUE(next++ == found);
  EXPECT_EQ((*next).data, "151");
}

TEST_F(RecordBatchTest, DataIsAlignedToEightBytes) {
  for (size_t size = 0; size < 40; ++size) {
    ASSERT_TRUE(
        stream_.Put({.partition_key = std::string(size % 7, 'k'), .data = std::string(size, 'd')})
            .ok());
  }
  const RecordBatch batch = ReadAll();
  for (const RecordView& record : batch) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(record.data.data()) % 8, 0U);
  }
}

TEST_F(RecordBatchTest, MovingHandsOverTheRecordsAndLeavesAnEmptyBatch) {
  Put(100);
  RecordBatch from = ReadAll();
  const char* const place = from[0].data.data();
  RecordBatch to = std::move(from);
  EXPECT_EQ(to.size(), 100U);
  EXPECT_EQ(to[0].data.data(), place);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_TRUE(from.begin() == from.end());
  from = std::move(to);
  EXPECT_EQ(from[99].data, "99");
  RecordBatch& same = from;
  from = std::move(same);
  EXPECT_EQ(from[99].data, "99");
}

// The memory of a stream of 64 KiB, all of it pinned by batches of one record each.
class PinTest : public ::testing::Test {
 protected:
  PinTest()
      : test_(64 * kKiB),
        stream_(test_.engine
                    ->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB,
                                         .overflow_policy = OverflowPolicy::kTrimOldest})
                    .value()) {}

  absl::Status Put(char fill) { return stream_.Put({.data = std::string(1000, fill)}).status(); }
  RecordBatch ReadOne(Iterator& iterator) { return iterator.Read({.max_records = 1}).value(); }

  TestEngine test_;
  Stream stream_;
};

TEST_F(PinTest, WhatABatchShowsIsNotChangedByLaterPuts) {
  ASSERT_TRUE(Put('a').ok());
  Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = ReadOne(iterator);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Put('b').ok());
  EXPECT_EQ(batch[0].data, std::string(1000, 'a'));
  EXPECT_GT(iterator.Read().value().records_lost(), 900U);
}

TEST_F(PinTest, WhatABatchShowsOutlivesTrimAndExpiry) {
  const SequenceNumber first =
      stream_.Put({.data = std::string(1000, 'a')}).value().sequence_number;
  Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = ReadOne(iterator);
  ASSERT_TRUE(OnlyShard(stream_).TrimBefore(first).ok());
  test_.clock.Advance(absl::Hours(1000));
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Put('b').ok());
  EXPECT_EQ(batch[0].data, std::string(1000, 'a'));
}

TEST_F(PinTest, ForgottenBatchesMakePutsFailAndNothingElse) {
  std::vector<RecordBatch> forgotten;
  Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    status = Put('a');
    if (status.ok()) forgotten.push_back(ReadOne(iterator));
  }
  EXPECT_TRUE(Fails(status, absl::StatusCode::kResourceExhausted, {"memory_budget_bytes"}));
  EXPECT_LE(test_.engine->Metrics().memory_held_bytes, 64 * kKiB);
  for (const RecordBatch& batch : forgotten) {
    ASSERT_EQ(batch.size(), 1U);
    ASSERT_EQ(batch[0].data, std::string(1000, 'a'));
  }
  forgotten.clear();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Put('b').ok());
}

TEST_F(PinTest, AssigningToABatchLetsItsOldMemoryGo) {
  RecordBatch batch;
  Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(Put('a').ok());
    batch = ReadOne(iterator);
    ASSERT_EQ(batch.size(), 1U);
  }
}

TEST_F(PinTest, TheSameMemoryMayBePinnedManyTimes) {
  ASSERT_TRUE(Put('a').ok());
  std::vector<RecordBatch> batches;
  for (int i = 0; i < 1000; ++i) {
    Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
    batches.push_back(ReadOne(iterator));
  }
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(Put('b').ok());
  while (batches.size() > 1) batches.pop_back();
  EXPECT_EQ(batches[0][0].data, std::string(1000, 'a'));
  batches.clear();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(Put('c').ok());
}

}  // namespace
}  // namespace kinesis
