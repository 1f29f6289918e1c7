// What a reader that goes on from a sequence number is told of the records that went while it was
// away.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::Drain;
using kinesis::testing::Drained;
using kinesis::testing::OnlyShard;
using kinesis::testing::TestEngine;

// A stream with one shard, whose records are "0", "1", "2", ...
class RestartTest : public ::testing::Test {
 protected:
  RestartTest() : stream_(test_.engine->CreateStream("s").value()), shard_(OnlyShard(stream_)) {}

  void Put(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string data = std::to_string(numbers_.size());
      numbers_.push_back(stream_.Put({.data = data}).value().sequence_number);
    }
  }
  void TrimBefore(size_t i) { ASSERT_TRUE(shard_.TrimBefore(numbers_[i]).ok()); }
  Iterator At(const IteratorStart& start) const { return shard_.CreateIterator(start).value(); }
  Drained ReadFrom(const IteratorStart& start) const {
    Iterator iterator = At(start);
    return Drain(iterator);
  }
  // A number with the index of record `i` that no record has.
  SequenceNumber NoRecord(size_t i, uint64_t seconds) const {
    const SequenceNumber& real = numbers_[i];
    return SequenceNumber::Make(real.shard_created_seconds(), real.shard_index(), real.index(),
                                seconds);
  }

  TestEngine test_;
  Stream stream_;
  Shard shard_;
  std::vector<SequenceNumber> numbers_;
};

TEST_F(RestartTest, AReaderThatComesBackBehindTheTrimHorizonIsToldHowManyRecordsItMissed) {
  Put(100);
  TrimBefore(50);
  Iterator iterator = At(IteratorStart::AfterSequenceNumber(numbers_[10]));
  const RecordBatch batch = iterator.Read().value();
  EXPECT_EQ(batch.records_lost(), 39U);  // 11 to 49
  ASSERT_EQ(batch.size(), 50U);
  EXPECT_EQ(batch[0].data, "50");
  EXPECT_EQ(iterator.Read().value().records_lost(), 0U);
}

TEST_F(RestartTest, TheCountIsExactForEveryRecordBehindTheHorizonAndZeroFromThereOn) {
  Put(300);
  TrimBefore(200);
  for (size_t i = 0; i < numbers_.size(); ++i) {
    const uint64_t lost_at = i < 200 ? 200 - i : 0;
    EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(numbers_[i])).lost, lost_at) << i;
    const uint64_t lost_after = lost_at > 0 ? lost_at - 1 : 0;
    EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[i])).lost, lost_after) << i;
  }
}

TEST_F(RestartTest, APositionThatWasKeptIsGoodForTheCount) {
  Put(300);
  std::vector<SequenceNumber> positions;
  Iterator reader = At(IteratorStart::TrimHorizon());
  for (int i = 0; i < 300; ++i) {
    positions.push_back(reader.position());
    ASSERT_EQ(reader.Read({.max_records = 1}).value().size(), 1U);
  }
  TrimBefore(200);
  for (size_t i = 0; i < positions.size(); ++i) {
    const uint64_t lost = i < 200 ? 200 - i : 0;
    EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(positions[i])).lost, lost) << i;
    EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(positions[i])).lost, lost) << i;
  }
}

TEST_F(RestartTest, APositionTakenBeforeTheFirstReadStillKnowsOfTheLoss) {
  Put(100);
  TrimBefore(50);
  const Iterator back = At(IteratorStart::AfterSequenceNumber(numbers_[10]));
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(back.position())).lost, 39U);
}

TEST_F(RestartTest, WhatHasExpiredIsCountedWhetherItsMemoryWentOrNot) {
  Put(100);
  test_.clock.Advance(absl::Hours(12));
  Put(100);
  test_.clock.Advance(absl::Hours(12) + absl::Milliseconds(1));
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[10])).lost, 89U);
  EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(numbers_[10])).lost, 90U);
  ASSERT_TRUE(stream_.SetRetention(absl::Hours(24)).ok());  // gives back what has expired
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[10])).lost, 89U);
  EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(numbers_[10])).lost, 90U);
}

TEST_F(RestartTest, WhatAFullShardLetGoIsCounted) {
  stream_ = test_.engine
                ->CreateStream("small", {.shard_capacity_bytes = 32 << 10,
                                         .overflow_policy = OverflowPolicy::kTrimOldest})
                .value();
  shard_ = OnlyShard(stream_);
  Put(5000);
  const Drained kept = ReadFrom(IteratorStart::TrimHorizon());
  EXPECT_EQ(kept.lost, 0U);
  ASSERT_LT(kept.records, 5000U);
  for (const size_t i : {size_t{0}, size_t{1}, size_t{2500}}) {
    const Drained back = ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[i]));
    EXPECT_EQ(back.records, kept.records);
    EXPECT_EQ(back.lost + back.records, 4999 - i);
  }
}

TEST_F(RestartTest, OfAShardThatHasNothingLeftAllIsLost) {
  Put(100);
  TrimBefore(99);
  test_.clock.Advance(absl::Hours(24) + absl::Milliseconds(1));
  for (int reclaimed = 0; reclaimed < 2; ++reclaimed) {
    Iterator iterator = At(IteratorStart::AfterSequenceNumber(numbers_[10]));
    // There is something to learn, so nobody sleeps over it.
    EXPECT_TRUE(iterator.Wait(absl::InfinitePast()).ok());
    const RecordBatch batch = iterator.Read().value();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.records_lost(), 89U);
    EXPECT_EQ(iterator.Read().value().records_lost(), 0U);
    EXPECT_TRUE(absl::IsDeadlineExceeded(iterator.Wait(absl::InfinitePast())));
    ASSERT_TRUE(stream_.SetRetention(absl::Hours(24)).ok());  // gives back what has expired
  }
  Put(1);
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[10])).lost, 89U);
}

TEST_F(RestartTest, TheEndOfAClosedShardComesWithTheCountOfWhatWentBefore) {
  Put(100);
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  TrimBefore(50);
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[10])).lost, 39U);
  ASSERT_TRUE(shard_.TrimBefore(*shard_.ending_sequence_number()).ok());
  Iterator iterator = At(IteratorStart::AfterSequenceNumber(numbers_[10]));
  const RecordBatch batch = iterator.Read().value();
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(batch.end_of_shard());
  EXPECT_EQ(batch.records_lost(), 89U);
  EXPECT_EQ(iterator.Read().value().records_lost(), 0U);
}

TEST_F(RestartTest, AHandleOfAShardThatIsListedNoMoreCountsAllOfIt) {
  Put(100);
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  test_.clock.Advance(absl::Hours(24) + absl::Milliseconds(1));
  ASSERT_TRUE(absl::IsNotFound(stream_.FindShard(ShardId(0)).status()));
  const Drained back = ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[10]));
  EXPECT_EQ(back.lost, 89U);
  EXPECT_TRUE(back.end_of_shard);
}

TEST_F(RestartTest, TheStartingNumberOfAShardCountsFromItsFirstRecord) {
  Put(100);
  TrimBefore(50);
  const SequenceNumber start = shard_.starting_sequence_number();
  EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(start)).lost, 50U);
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(start)).lost, 50U);
}

// Behind the horizon nobody knows any more in which second a record arrived.
TEST_F(RestartTest, ANumberOfNoRecordIsTakenForTheRecordWithItsIndexOnceThatIsGone) {
  for (int i = 0; i < 10; ++i) {
    Put(10);
    test_.clock.Advance(absl::Seconds(10));
  }
  TrimBefore(50);
  for (const int64_t off : {-9, 9}) {
    const auto seconds = static_cast<uint64_t>(int64_t(numbers_[20].time_seconds()) + off);
    const SequenceNumber gone = NoRecord(20, seconds);
    EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(gone)).lost, 30U) << off;
    EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(gone)).lost, 29U) << off;
  }
  // One of a record that is there is a place between two.
  const SequenceNumber early = NoRecord(60, numbers_[60].time_seconds() - 1);
  const SequenceNumber late = NoRecord(60, numbers_[60].time_seconds() + 1);
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(early)).records, 40U);
  EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(late)).records, 39U);
  EXPECT_EQ(ReadFrom(IteratorStart::AtSequenceNumber(late)).lost, 0U);
}

TEST_F(RestartTest, OfWhatWasGoneAReaderThatNamesNoRecordMissesNothing) {
  const absl::Time begin = test_.clock.Now();
  Put(100);
  TrimBefore(50);
  for (const IteratorStart& start :
       {IteratorStart::TrimHorizon(), IteratorStart::Latest(), IteratorStart::AtTimestamp(begin)}) {
    EXPECT_EQ(ReadFrom(start).lost, 0U);
  }
}

TEST_F(RestartTest, ATrimBeforeANumberThatIsGoneChangesNothing) {
  Put(100);
  TrimBefore(50);
  TrimBefore(10);
  EXPECT_EQ(ReadFrom(IteratorStart::TrimHorizon()).records, 50U);
  EXPECT_EQ(ReadFrom(IteratorStart::AfterSequenceNumber(numbers_[10])).lost, 39U);
}

}  // namespace
}  // namespace kinesis
