#include "kinesis_core/iterator.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::Drain;
using kinesis::testing::Drained;
using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::SeedOr;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;

using Strings = std::vector<std::string>;

// Small records, so that a log segment takes 64 of them.
constexpr int kPerSegment = 64;

// A stream with one shard, whose records are "0", "1", "2", ...
class IteratorTest : public ::testing::Test {
 protected:
  IteratorTest() : stream_(test_.engine->CreateStream("s").value()), shard_(OnlyShard(stream_)) {}

  void Put(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string data = std::to_string(numbers_.size());
      numbers_.push_back(stream_.Put({.data = data}).value().sequence_number);
      arrivals_.push_back(test_.clock.NowMillis());
    }
  }
  Strings From(size_t first) const {
    Strings data;
    for (size_t i = first; i < numbers_.size(); ++i) data.push_back(std::to_string(i));
    return data;
  }
  Strings Read(const IteratorStart& start) const { return ReadData(shard_, start); }
  Iterator At(const IteratorStart& start) const { return shard_.CreateIterator(start).value(); }

  TestEngine test_;
  Stream stream_;
  Shard shard_;
  std::vector<SequenceNumber> numbers_;
  std::vector<int64_t> arrivals_;
};

// --- The five starts -----------------------------------------------------------------------------

TEST_F(IteratorTest, TrimHorizonBeginsAtTheOldestRecordThatIsKept) {
  EXPECT_EQ(Read(IteratorStart::TrimHorizon()), Strings());
  Put(200);
  EXPECT_EQ(Read(IteratorStart::TrimHorizon()), From(0));
  ASSERT_TRUE(shard_.TrimBefore(numbers_[77]).ok());
  EXPECT_EQ(Read(IteratorStart::TrimHorizon()), From(77));
}

TEST_F(IteratorTest, LatestReturnsWhatIsPutFromNowOn) {
  Iterator before_all = At(IteratorStart::Latest());
  Put(100);
  Iterator latest = At(IteratorStart::Latest());
  EXPECT_EQ(ReadData(latest), Strings());
  Put(3);
  EXPECT_EQ(ReadData(latest), From(100));
  EXPECT_EQ(ReadData(before_all), From(0));
}

TEST_F(IteratorTest, AtSequenceNumberBeginsWithThatRecordAndAfterWithTheNext) {
  Put(3 * kPerSegment + 1);
  for (size_t i = 0; i < numbers_.size(); ++i) {
    ASSERT_EQ(Read(IteratorStart::AtSequenceNumber(numbers_[i])), From(i));
    ASSERT_EQ(Read(IteratorStart::AfterSequenceNumber(numbers_[i])), From(i + 1));
  }
}

TEST_F(IteratorTest, TheStartingNumberOfAShardIsBeforeItsFirstRecord) {
  const SequenceNumber start = shard_.starting_sequence_number();
  Iterator at = At(IteratorStart::AtSequenceNumber(start));
  Iterator after = At(IteratorStart::AfterSequenceNumber(start));
  Put(2);
  EXPECT_EQ(ReadData(at), From(0));
  EXPECT_EQ(ReadData(after), From(0));
  EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(start)), From(0));
}

TEST_F(IteratorTest, ItsPositionMakesAnIteratorThatReadsOnFromThere) {
  Iterator it = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(it.position(), shard_.starting_sequence_number());
  EXPECT_EQ(At(IteratorStart::Latest()).position(), it.position());
  Put(150);
  for (size_t read = 0; read <= 150; ++read) {
    EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(it.position())), From(read)) << read;
    if (read < 150) {
      EXPECT_LT(it.position(), numbers_[read]);
      ASSERT_EQ(it.Read({.max_records = 1}).value().size(), 1U);
      EXPECT_GT(it.position(), numbers_[read]);
    }
  }
  test_.clock.Advance(absl::Hours(1));
  Put(3);
  EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(it.position())), From(150));
}

TEST_F(IteratorTest, ItsPositionStaysGoodWhenTheRecordsBeforeItAreTrimmed) {
  Put(200);
  Iterator it = At(IteratorStart::AtSequenceNumber(numbers_[70]));
  ASSERT_TRUE(shard_.TrimBefore(numbers_[130]).ok());
  EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(it.position())), From(130));
}

TEST_F(IteratorTest, ANumberWithOtherTimeDigitsBeginsAtTheNextRecordAboveIt) {
  for (int i = 0; i < 100; ++i) {
    Put(1);
    test_.clock.Advance(absl::Seconds(10));
  }
  for (const size_t i : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{99}}) {
    const SequenceNumber& real = numbers_[i];
    const auto with_seconds = [&real](uint64_t seconds) {
      return SequenceNumber::Make(real.shard_created_seconds(), real.shard_index(), real.index(),
                                  seconds);
    };
    for (const uint64_t early : {uint64_t{0}, real.time_seconds() - 1}) {
      EXPECT_EQ(Read(IteratorStart::AtSequenceNumber(with_seconds(early))), From(i));
      EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(with_seconds(early))), From(i));
    }
    for (const uint64_t late : {real.time_seconds() + 1, SequenceNumber::kMaxSeconds}) {
      EXPECT_EQ(Read(IteratorStart::AtSequenceNumber(with_seconds(late))), From(i + 1));
      EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(with_seconds(late))), From(i + 1));
    }
  }
}

TEST_F(IteratorTest, ATrimmedNumberBeginsAtTheOldestRecordThatIsKept) {
  Put(200);
  ASSERT_TRUE(shard_.TrimBefore(numbers_[150]).ok());
  for (const size_t i : {size_t{0}, size_t{70}, size_t{149}}) {
    EXPECT_EQ(Read(IteratorStart::AtSequenceNumber(numbers_[i])), From(150));
    EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(numbers_[i])), From(150));
  }
  EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(numbers_[150])), From(151));
}

TEST_F(IteratorTest, ANumberOfTheFutureIsRefused) {
  Put(5);
  const SequenceNumber& newest = numbers_.back();
  for (const uint64_t index :
       {newest.index() + 1, newest.index() + 1000, uint64_t{1} << 40, SequenceNumber::kMaxIndex}) {
    const SequenceNumber future = SequenceNumber::Make(
        newest.shard_created_seconds(), newest.shard_index(), index, newest.time_seconds());
    for (const auto& start :
         {IteratorStart::AtSequenceNumber(future), IteratorStart::AfterSequenceNumber(future)}) {
      EXPECT_TRUE(Fails(shard_.CreateIterator(start), absl::StatusCode::kOutOfRange,
                        {"sequence number", future.ToString(), "newest record"}));
    }
  }
}

TEST_F(IteratorTest, TheEndingNumberOfAClosedShardIsRefused) {
  Put(5);
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  const SequenceNumber end = shard_.ending_sequence_number().value();
  EXPECT_TRUE(Fails(shard_.CreateIterator(IteratorStart::AfterSequenceNumber(end)),
                    absl::StatusCode::kOutOfRange, {end.ToString()}));
}

TEST_F(IteratorTest, ANumberOfAnotherShardIsRefusedAndTheMessageNamesBoth) {
  Stream two = test_.engine->CreateStream("two", {.shard_count = 2}).value();
  const SequenceNumber number =
      two.Put({.data = "d", .explicit_hash_key = HashKey::Max()}).value().sequence_number;
  EXPECT_TRUE(Fails(ShardAt(two, 0).CreateIterator(IteratorStart::AtSequenceNumber(number)),
                    absl::StatusCode::kInvalidArgument,
                    {number.ToString(), "shardId-000000000000", "shardId-000000000001"}));
}

TEST_F(IteratorTest, ANumberOfAShardOfTheSameNameCreatedAtAnotherTimeIsRefused) {
  Put(1);
  const SequenceNumber& real = numbers_[0];
  for (const uint64_t created : {real.shard_created_seconds() - 1, uint64_t{0},
                                 real.shard_created_seconds() + 1, SequenceNumber::kMaxSeconds}) {
    const SequenceNumber other =
        SequenceNumber::Make(created, real.shard_index(), real.index(), real.time_seconds());
    EXPECT_TRUE(Fails(shard_.CreateIterator(IteratorStart::AtSequenceNumber(other)),
                      absl::StatusCode::kInvalidArgument, {other.ToString()}));
  }
}

TEST_F(IteratorTest, NoNumberAtAllIsRefused) {
  EXPECT_TRUE(Fails(shard_.CreateIterator(IteratorStart::AtSequenceNumber(SequenceNumber())),
                    absl::StatusCode::kInvalidArgument, {"sequence number"}));
}

TEST_F(IteratorTest, AfterTheLastNumberReturnsWhatIsPutFromNowOn) {
  Put(10);
  Iterator after = At(IteratorStart::AfterSequenceNumber(numbers_.back()));
  EXPECT_EQ(ReadData(after), Strings());
  Put(2);
  EXPECT_EQ(ReadData(after), From(10));
}

// The clock is past what the engine tells apart, so the record's second is the last one that it
// does.
TEST_F(IteratorTest, ARecordPutAtTheEndOfTimeCanBeStartedAfter) {
  test_.clock.Set(absl::InfiniteFuture());
  ASSERT_TRUE(stream_.SetRetention(absl::Hours(87600)).ok());
  Put(3);
  EXPECT_EQ(numbers_[0].time_seconds(), static_cast<uint64_t>(kLatestMillis) / 1000);
  EXPECT_EQ(Read(IteratorStart::AtSequenceNumber(numbers_[0])), From(0));
  EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(numbers_[0])), From(1));
  EXPECT_EQ(Read(IteratorStart::AfterSequenceNumber(numbers_[2])), From(3));
}

TEST_F(IteratorTest, RecordsPutBefore1970ArriveAtItsBeginning) {
  test_.clock.Set(absl::InfinitePast());
  Stream old = test_.engine->CreateStream("old").value();
  ASSERT_TRUE(old.Put({.data = "d"}).ok());
  Iterator iterator = OnlyShard(old).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = iterator.Read().value();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].arrival_time, absl::UnixEpoch());
}

TEST_F(IteratorTest, WhatWasGoneBeforeTheIteratorCameIsNotLostToIt) {
  const absl::Time begin = test_.clock.Now();
  Put(100);
  test_.clock.Advance(absl::Hours(12));
  Put(100);
  test_.clock.Advance(absl::Hours(12) + absl::Milliseconds(1));
  ASSERT_TRUE(shard_.TrimBefore(numbers_[110]).ok());
  for (const IteratorStart& start :
       {IteratorStart::TrimHorizon(), IteratorStart::AtTimestamp(begin),
        IteratorStart::AtTimestamp(begin + absl::Hours(12))}) {
    Iterator iterator = At(start);
    const RecordBatch batch = iterator.Read({.max_records = 1}).value();
    EXPECT_EQ(batch.records_lost(), 0U);
    EXPECT_EQ(batch[0].data, "110");
  }
}

TEST_F(IteratorTest, WhatHasExpiredButIsNotReclaimedIsNotLostToALaterIterator) {
  Put(30);
  test_.clock.Advance(absl::Hours(12));
  Put(1);
  test_.clock.Advance(absl::Hours(12) + absl::Milliseconds(1));
  Iterator iterator = At(IteratorStart::TrimHorizon());
  const RecordBatch batch = iterator.Read().value();
  EXPECT_EQ(batch.records_lost(), 0U);
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].data, "30");
}

// --- AT_TIMESTAMP --------------------------------------------------------------------------------

TEST_F(IteratorTest, AtTimestampBeginsAtTheFirstRecordThatArrivedThenOrLater) {
  const absl::Time begin = test_.clock.Now();
  Put(1);
  test_.clock.Advance(absl::Milliseconds(10));
  Put(2);
  test_.clock.Advance(absl::Milliseconds(10));
  Put(1);
  test_.clock.Advance(absl::Milliseconds(10));
  const auto from = [this](absl::Time time) { return Read(IteratorStart::AtTimestamp(time)); };
  const absl::Duration least = absl::Nanoseconds(1) / 4;  // the resolution of absl::Time
  EXPECT_EQ(from(absl::InfinitePast()), From(0));
  EXPECT_EQ(from(absl::UnixEpoch() - absl::Hours(1)), From(0));
  EXPECT_EQ(from(begin - absl::Hours(1)), From(0));
  EXPECT_EQ(from(begin), From(0));
  // Arrival times are whole milliseconds, and the time is rounded down as they are.
  EXPECT_EQ(from(begin + least), From(0));
  EXPECT_EQ(from(begin + absl::Milliseconds(1) - least), From(0));
  EXPECT_EQ(from(begin + absl::Milliseconds(1)), From(1));
  EXPECT_EQ(from(begin + absl::Milliseconds(10) - least), From(1));
  EXPECT_EQ(from(begin + absl::Milliseconds(10) + absl::Microseconds(999)), From(1));
  EXPECT_EQ(from(begin + absl::Milliseconds(11)), From(3));
  EXPECT_EQ(from(begin + absl::Milliseconds(20)), From(3));
  EXPECT_EQ(from(begin + absl::Milliseconds(21)), From(4));
  EXPECT_EQ(from(test_.clock.Now()), From(4));
}

TEST_F(IteratorTest, AtTimestampReturnsAllThatIsPutAfterTheClockWasRead) {
  for (int step = 0; step < 50; ++step) {
    test_.clock.Advance(absl::Microseconds(317));
    const absl::Time read = test_.clock.Now();
    const size_t first = numbers_.size();
    Iterator asked_before = At(IteratorStart::AtTimestamp(read));
    EXPECT_EQ(asked_before.position(), At(IteratorStart::AtTimestamp(read)).position());
    Put(1);
    const Strings got = Read(IteratorStart::AtTimestamp(read));
    ASSERT_FALSE(got.empty()) << step;
    EXPECT_EQ(got.back(), std::to_string(first)) << step;
    EXPECT_EQ(ReadData(asked_before), got) << step;
    test_.clock.Advance(absl::Milliseconds(1));
  }
}

TEST_F(IteratorTest, AtTimestampReturnsWhatIsPutLaterThoughTheClockIsSetBackMeanwhile) {
  // Past the time at which the shard was opened, which its arrival times hold on to.
  test_.clock.Advance(absl::Hours(1));
  Iterator it = At(IteratorStart::AtTimestamp(test_.clock.Now()));
  test_.clock.Advance(-absl::Seconds(10));
  Put(1);
  EXPECT_EQ(ReadData(it), From(0));
}

TEST_F(IteratorTest, ATimestampOfTheFutureIsRefused) {
  for (const absl::Time time : {test_.clock.Now() + absl::Nanoseconds(1) / 4,
                                test_.clock.Now() + absl::Hours(1), absl::InfiniteFuture()}) {
    EXPECT_TRUE(Fails(shard_.CreateIterator(IteratorStart::AtTimestamp(time)),
                      absl::StatusCode::kOutOfRange, {"timestamp", "future"}));
  }
}

TEST_F(IteratorTest, AtTimestampNowReturnsWhatIsPutFromNowOn) {
  Put(1);
  test_.clock.Advance(absl::Milliseconds(1));
  Iterator now = At(IteratorStart::AtTimestamp(test_.clock.Now()));
  EXPECT_EQ(ReadData(now), Strings());
  Put(100);
  EXPECT_EQ(ReadData(now), From(1));
}

TEST_F(IteratorTest, AtTimestampIsExactAcrossManySegments) {
  const uint64_t seed = SeedOr(1604);
  std::mt19937_64 random(seed);
  const int64_t begin = test_.clock.NowMillis();
  for (int i = 0; i < 20 * kPerSegment; ++i) {
    Put(1);
    if (random() % 4 == 0) test_.clock.Advance(absl::Milliseconds(random() % 5));
  }
  test_.clock.Advance(absl::Milliseconds(1));
  const int64_t end = test_.clock.NowMillis();
  for (int64_t ms = begin - 1; ms <= end; ++ms) {
    size_t first = 0;
    while (first < arrivals_.size() && arrivals_[first] < ms) ++first;
    Iterator iterator = At(IteratorStart::AtTimestamp(absl::FromUnixMillis(ms)));
    const RecordBatch batch = iterator.Read({.max_records = 1}).value();
    if (first == arrivals_.size()) {
      ASSERT_TRUE(batch.empty()) << "KINESIS_TEST_SEED=" << seed;
    } else {
      ASSERT_EQ(batch[0].data, std::to_string(first)) << "KINESIS_TEST_SEED=" << seed;
    }
  }
}

TEST_F(IteratorTest, ArrivalTimesDoNotGoBackWithTheClock) {
  Put(1);
  const absl::Time high = test_.clock.Now();
  test_.clock.Advance(-absl::Hours(1));
  Put(1);
  const absl::Time low = test_.clock.Now();
  Iterator iterator = At(IteratorStart::TrimHorizon());
  const RecordBatch batch = iterator.Read().value();
  EXPECT_EQ(batch[1].arrival_time, high);
  EXPECT_LT(batch[0].sequence_number, batch[1].sequence_number);
  EXPECT_EQ(Read(IteratorStart::AtTimestamp(low)), From(0));
  EXPECT_TRUE(Fails(shard_.CreateIterator(IteratorStart::AtTimestamp(high)),
                    absl::StatusCode::kOutOfRange));
}

// --- AT_TIMESTAMP of a better clock than the engine's --------------------------------------------

// Shows the time at its last tick. The true time is known to the test alone.
class TickingClock final : public Clock {
 public:
  static constexpr absl::Duration kLag = absl::Milliseconds(8);

  absl::Time Now() const override { return shown_; }
  absl::Duration Lag() const override { return kLag; }
  void Wait(WaitEvent&, absl::Time) override {}

  absl::Time true_time() const { return true_; }
  void Advance(absl::Duration step) { true_ += step; }
  void Tick() { shown_ = true_; }

 private:
  absl::Time true_ = absl::FromUnixMillis(1'600'000'000'000);
  absl::Time shown_ = true_;
};

class LaggingIteratorTest : public ::testing::Test {
 protected:
  LaggingIteratorTest()
      : engine_(Engine::Create({.clock = &clock_}).value()),
        stream_(engine_->CreateStream("s").value()) {}

  void Put(std::string_view data) { ASSERT_TRUE(stream_.Put({.data = data}).ok()); }
  Strings From(absl::Time time) {
    return ReadData(OnlyShard(stream_), IteratorStart::AtTimestamp(time));
  }
  // The last of these; empty if there is none.
  std::string LastFrom(absl::Time time) {
    const Strings data = From(time);
    return data.empty() ? "" : data.back();
  }

  TickingClock clock_;
  std::unique_ptr<Engine> engine_;
  Stream stream_;
};

TEST_F(LaggingIteratorTest, ATimeThatIsAheadOfTheClockByItsLagIsNotOfTheFuture) {
  Put("a");
  clock_.Advance(TickingClock::kLag);
  const absl::Time read = clock_.true_time();
  Put("b");
  EXPECT_EQ(LastFrom(read), "b");
  EXPECT_TRUE(Fails(
      OnlyShard(stream_).CreateIterator(IteratorStart::AtTimestamp(read + absl::Nanoseconds(1))),
      absl::StatusCode::kOutOfRange, {"future"}));
}

TEST_F(LaggingIteratorTest, WhatIsPutAfterTheTrueTimeWasReadIsReturnedNowAndLater) {
  for (int step = 0; step < 100; ++step) {
    clock_.Advance(absl::Microseconds(1317));
    if (step % 5 == 0) clock_.Tick();
    const absl::Time read = clock_.true_time();
    const std::string name = std::to_string(step);
    Put(name);
    ASSERT_EQ(LastFrom(read), name);
    clock_.Advance(absl::Milliseconds(20));
    clock_.Tick();
    ASSERT_EQ(LastFrom(read), name);
  }
}

TEST_F(LaggingIteratorTest, TicksThatTheLogKnowsOfKeepOlderRecordsOut) {
  Put("two ticks ago");
  clock_.Advance(absl::Milliseconds(3));
  clock_.Tick();
  Put("at this tick");
  clock_.Advance(absl::Milliseconds(2));
  const absl::Time read = clock_.true_time();
  Put("after the reading");
  clock_.Advance(absl::Milliseconds(1));
  clock_.Tick();
  Put("at the next tick");
  const Strings expected = {"at this tick", "after the reading", "at the next tick"};
  EXPECT_EQ(From(read), expected);
}

TEST_F(LaggingIteratorTest, WhatIsOlderThanTheLagIsNotReturned) {
  Put("old");
  clock_.Advance(TickingClock::kLag + absl::Milliseconds(1));
  clock_.Tick();
  const absl::Time read = clock_.true_time();
  EXPECT_EQ(From(read), Strings());
  Put("new");
  EXPECT_EQ(From(read), Strings({"new"}));
}

TEST(SystemClockIteratorTest, WhatIsPutAfterEitherClockWasReadIsReturned) {
  auto engine = Engine::Create().value();
  Stream stream = engine->CreateStream("s").value();
  const Shard shard = OnlyShard(stream);
  // Whoever reads from the beginning of such a time would read all records before it as well.
  constexpr size_t kMostInATick = 50'000;
  for (int round = 0; round < 200; ++round) {
    const absl::Time coarse = SystemClock().Now();
    const absl::Time exact = absl::Now();
    const std::string name = std::to_string(round);
    ASSERT_TRUE(stream.Put({.data = name}).ok());
    for (const absl::Time read : {coarse, exact}) {
      absl::StatusOr<Iterator> it = shard.CreateIterator(IteratorStart::AtTimestamp(read));
      ASSERT_TRUE(it.ok()) << it.status();
      const RecordBatch batch = it->Read({.max_records = kMostInATick}).value();
      ASSERT_FALSE(batch.empty());
      EXPECT_EQ(batch[batch.size() - 1].data, name);
    }
    if (round % 10 == 0) absl::SleepFor(absl::Milliseconds(1));
  }
}

// --- Limits --------------------------------------------------------------------------------------

TEST_F(IteratorTest, ALimitOfZeroIsRefusedAndTheIteratorStays) {
  Put(3);
  Iterator iterator = At(IteratorStart::TrimHorizon());
  EXPECT_TRUE(Fails(iterator.Read({.max_records = 0}), absl::StatusCode::kOutOfRange,
                    {"max_records", "\"0\"", "[1, 2^64-1]"}));
  EXPECT_TRUE(Fails(iterator.Read({.max_bytes = 0}), absl::StatusCode::kOutOfRange,
                    {"max_bytes", "\"0\"", "[1, 2^64-1]"}));
  EXPECT_EQ(ReadData(iterator), From(0));
}

TEST_F(IteratorTest, AtMostMaxRecordsAreReturned) {
  Put(150);
  Iterator iterator = At(IteratorStart::TrimHorizon());
  size_t next = 0;
  for (const uint64_t most : {1, 2, 61, 1, 64, 100}) {
    const RecordBatch batch = iterator.Read({.max_records = most}).value();
    ASSERT_EQ(batch.size(), std::min<size_t>(most, 150 - next));
    for (const RecordView& record : batch) ASSERT_EQ(record.data, std::to_string(next++));
  }
  EXPECT_EQ(next, 150U);
}

TEST_F(IteratorTest, TheLargestLimitsAreNoLimits) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  Put(500);
  Iterator iterator = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(iterator.Read({.max_records = kMost, .max_bytes = kMost}).value().size(), 500U);
}

TEST_F(IteratorTest, MaxBytesCountsDataAndKeysOfWholeRecords) {
  const std::string data(70, 'd');
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(stream_.Put({.partition_key = std::string(30, 'k'), .data = data}).ok());
  }
  const auto read = [this](uint64_t max_bytes) {
    Iterator iterator = At(IteratorStart::TrimHorizon());
    const RecordBatch batch = iterator.Read({.max_bytes = max_bytes}).value();
    EXPECT_EQ(batch.payload_bytes(), 100 * batch.size());
    return batch.size();
  };
  EXPECT_EQ(read(200), 2U);
  EXPECT_EQ(read(299), 2U);
  EXPECT_EQ(read(300), 3U);
  EXPECT_EQ(read(301), 3U);
  EXPECT_EQ(read(19'999), 199U);
  EXPECT_EQ(read(20'000), 200U);
}

TEST_F(IteratorTest, TheFirstRecordIsReturnedWhateverItsSize) {
  ASSERT_TRUE(stream_.Put({.data = std::string(1000, 'a')}).ok());
  ASSERT_TRUE(stream_.Put({.data = std::string(2000, 'b')}).ok());
  Iterator iterator = At(IteratorStart::TrimHorizon());
  const ReadLimits limits{.max_bytes = 1};
  EXPECT_EQ(iterator.Read(limits).value().payload_bytes(), 1000U);
  EXPECT_EQ(iterator.Read(limits).value().payload_bytes(), 2000U);
  EXPECT_TRUE(iterator.Read(limits).value().empty());
}

TEST_F(IteratorTest, BothLimitsHold) {
  Put(10);  // of one byte each
  Iterator iterator = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(iterator.Read({.max_records = 3, .max_bytes = 5}).value().size(), 3U);
  EXPECT_EQ(iterator.Read({.max_records = 6, .max_bytes = 5}).value().size(), 5U);
}

TEST_F(IteratorTest, OneBatchReachesAcrossSegments) {
  Put(20 * kPerSegment + 5);
  Iterator iterator = At(IteratorStart::AtSequenceNumber(numbers_[7]));
  const RecordBatch batch = iterator.Read({.max_records = 10 * kPerSegment}).value();
  ASSERT_EQ(batch.size(), size_t{10 * kPerSegment});
  size_t i = 7;
  for (const RecordView& record : batch) {
    ASSERT_EQ(record.data, std::to_string(i));
    ASSERT_EQ(record.sequence_number, numbers_[i]);
    ++i;
  }
  const RecordBatch next = iterator.Read().value();
  EXPECT_EQ(next[0].data, std::to_string(i));
}

TEST_F(IteratorTest, ARecordOfEverySizeUpToSeveralSegmentsComesOutAsItWentIn) {
  const uint64_t seed = SeedOr(7);
  std::mt19937_64 random(seed);
  Strings expected;
  for (size_t size = 0; size < 300'000; size += 1 + size / 7) {
    std::string data(size, '\0');
    for (char& byte : data) byte = static_cast<char>(random());
    ASSERT_TRUE(stream_.Put({.partition_key = "k", .data = data}).ok());
    expected.push_back(std::move(data));
  }
  EXPECT_TRUE(Read(IteratorStart::TrimHorizon()) == expected) << "KINESIS_TEST_SEED=" << seed;
}

// --- What a batch says of the place --------------------------------------------------------------

TEST_F(IteratorTest, AtTheTipABatchIsEmptyAndUpToDate) {
  Iterator iterator = At(IteratorStart::TrimHorizon());
  for (int i = 0; i < 3; ++i) {
    const RecordBatch batch = iterator.Read().value();
    EXPECT_TRUE(batch.empty());
    EXPECT_FALSE(batch.end_of_shard());
    EXPECT_EQ(batch.records_lost(), 0U);
    EXPECT_EQ(batch.behind_latest(), absl::ZeroDuration());
    Put(1);
    EXPECT_EQ(iterator.Read().value().size(), 1U);
    test_.clock.Advance(absl::Hours(1));
  }
}

TEST_F(IteratorTest, BehindLatestIsTheAgeOfTheNextRecordAndGrowsWithTheClock) {
  Put(1);
  test_.clock.Advance(absl::Seconds(3));
  Put(1);
  test_.clock.Advance(absl::Seconds(4));
  const Iterator fixed = At(IteratorStart::TrimHorizon());
  const auto behind = [&fixed](uint64_t records) {
    Iterator copy = fixed;
    return copy.Read({.max_records = records}).value().behind_latest();
  };
  EXPECT_EQ(behind(1), absl::Seconds(4));
  test_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(behind(1), absl::Hours(1) + absl::Seconds(4));
  EXPECT_EQ(behind(2), absl::ZeroDuration());
  EXPECT_EQ(behind(3), absl::ZeroDuration());
}

TEST_F(IteratorTest, BehindLatestHoldsAcrossASegmentBoundaryAndForAByteLimit) {
  Put(kPerSegment);
  test_.clock.Advance(absl::Seconds(1));
  Put(1);
  test_.clock.Advance(absl::Seconds(1));
  Iterator by_records = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(by_records.Read({.max_records = kPerSegment}).value().behind_latest(),
            absl::Seconds(1));
  Iterator by_bytes = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(by_bytes.Read({.max_bytes = 1}).value().behind_latest(), absl::Seconds(2));
}

TEST_F(IteratorTest, BehindLatestIsNeverNegative) {
  Put(2);
  test_.clock.Advance(-absl::Hours(1));
  Iterator iterator = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(iterator.Read({.max_records = 1}).value().behind_latest(), absl::ZeroDuration());
}

TEST_F(IteratorTest, WhatWasTrimmedBeforeTheReaderCameIsReportedOnceAndExactly) {
  Put(300);
  Iterator iterator = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(iterator.Read({.max_records = 10}).value().records_lost(), 0U);
  ASSERT_TRUE(shard_.TrimBefore(numbers_[150]).ok());
  const RecordBatch after = iterator.Read({.max_records = 1}).value();
  EXPECT_EQ(after.records_lost(), 140U);
  EXPECT_EQ(after[0].data, "150");
  ASSERT_TRUE(shard_.TrimBefore(numbers_[299]).ok());
  const Drained rest = Drain(iterator);
  EXPECT_EQ(rest.lost, 148U);
  EXPECT_EQ(rest.records, 1U);
}

TEST_F(IteratorTest, ALossWithNothingBehindItIsReportedInAnEmptyBatch) {
  Put(100);
  Iterator iterator = At(IteratorStart::AtSequenceNumber(numbers_[40]));
  test_.clock.Advance(absl::Hours(24) + absl::Milliseconds(1));
  const RecordBatch batch = iterator.Read().value();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.records_lost(), 60U);
  EXPECT_EQ(iterator.Read().value().records_lost(), 0U);
}

TEST_F(IteratorTest, AtTheEndOfAShardABatchNamesTheChildren) {
  Put(3);
  Iterator iterator = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(iterator.Read({.max_records = 1}).value().size(), 1U);
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  const RecordBatch last = iterator.Read().value();
  EXPECT_EQ(last.size(), 2U);
  EXPECT_TRUE(last.end_of_shard());
  EXPECT_EQ(std::vector<ShardId>(last.child_shards().begin(), last.child_shards().end()),
            (std::vector<ShardId>{ShardId(1), ShardId(2)}));
  EXPECT_EQ(last.behind_latest(), absl::ZeroDuration());
  // And so says every later read.
  const RecordBatch again = iterator.Read().value();
  EXPECT_TRUE(again.empty());
  EXPECT_TRUE(again.end_of_shard());
  EXPECT_EQ(again.child_shards().size(), 2U);
}

TEST_F(IteratorTest, BothParentsOfAMergeNameTheChild) {
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  ASSERT_EQ(stream_.MergeShards(ShardId(1), ShardId(2)).value(), ShardId(3));
  for (const uint32_t parent : {1U, 2U}) {
    Iterator iterator =
        ShardAt(stream_, parent).CreateIterator(IteratorStart::TrimHorizon()).value();
    const Drained drained = Drain(iterator);
    EXPECT_TRUE(drained.end_of_shard);
    EXPECT_EQ(drained.child_shards, std::vector<ShardId>{ShardId(3)});
  }
}

TEST_F(IteratorTest, AClosedShardWithRecordsLeftHasNotEnded) {
  Put(3);
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  Iterator iterator = At(IteratorStart::TrimHorizon());
  const RecordBatch first = iterator.Read({.max_records = 2}).value();
  EXPECT_FALSE(first.end_of_shard());
  EXPECT_TRUE(first.child_shards().empty());
}

TEST_F(IteratorTest, LatestInAClosedShardIsItsEnd) {
  Put(3);
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  Iterator iterator = At(IteratorStart::Latest());
  const RecordBatch batch = iterator.Read().value();
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(batch.end_of_shard());
}

// --- Handles -------------------------------------------------------------------------------------

TEST_F(IteratorTest, ACopyIsASecondIteratorAtTheSamePlace) {
  Put(10);
  Iterator one = At(IteratorStart::TrimHorizon());
  EXPECT_EQ(one.Read({.max_records = 4}).value().size(), 4U);
  Iterator two = one;
  EXPECT_EQ(ReadData(one), From(4));
  EXPECT_EQ(ReadData(two), From(4));
  EXPECT_EQ(two.shard_id(), ShardId(0));
}

TEST_F(IteratorTest, ManyIteratorsReadIndependently) {
  Put(500);
  std::vector<Iterator> iterators(20, At(IteratorStart::TrimHorizon()));
  for (size_t i = 0; i < iterators.size(); ++i) {
    ASSERT_EQ(iterators[i].Read({.max_records = 1 + i * 25}).value().size(), 1 + i * 25);
  }
  for (size_t i = 0; i < iterators.size(); ++i) ASSERT_EQ(ReadData(iterators[i]), From(1 + i * 25));
}

TEST_F(IteratorTest, AnIteratorOutlivesTheListingOfItsShardAndAllOtherHandles) {
  Put(5);
  std::optional<Iterator> iterator = At(IteratorStart::TrimHorizon());
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  test_.clock.Advance(absl::Hours(24) + absl::Milliseconds(1));
  EXPECT_TRUE(Fails(stream_.FindShard(ShardId(0)), absl::StatusCode::kNotFound));
  shard_ = ShardAt(stream_, 1);
  const RecordBatch batch = iterator->Read().value();
  EXPECT_EQ(batch.records_lost(), 5U);
  EXPECT_TRUE(batch.end_of_shard());
  EXPECT_EQ(batch.child_shards().size(), 2U);
}

}  // namespace
}  // namespace kinesis
