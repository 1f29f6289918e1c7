// Iterator::ReadInto: that it finds what Read finds, and what it keeps pinned.
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::TestEngine;

constexpr absl::Duration kMs = absl::Milliseconds(1);
// The smallest budget, and a record that takes a block of that size.
constexpr uint64_t kBlock = uint64_t{64} << 10;
constexpr size_t kWholeBlock = 60'000;

std::vector<std::string> DataOf(const RecordBatch& batch) {
  std::vector<std::string> data;
  for (const RecordView& record : batch) data.emplace_back(record.data);
  return data;
}

// All that a batch says, as text.
std::string Describe(const RecordBatch& batch) {
  std::string text = std::to_string(batch.size()) + " records of " +
                     std::to_string(batch.payload_bytes()) + " bytes, " +
                     std::to_string(batch.records_lost()) + " lost, behind " +
                     absl::FormatDuration(batch.behind_latest());
  for (const RecordView& record : batch) {
    text += "; " + std::string(record.partition_key) + "=" + std::string(record.data) + " " +
            record.sequence_number.ToString() + " " + absl::FormatTime(record.arrival_time);
  }
  if (batch.end_of_shard()) text += "; end";
  for (const ShardId& child : batch.child_shards()) text += " " + child.ToString();
  return text;
}

class ReadIntoTest : public ::testing::Test {
 protected:
  explicit ReadIntoTest(uint64_t budget_bytes = uint64_t{64} << 20)
      : test_(budget_bytes),
        stream_(test_.engine->CreateStream("s").value()),
        shard_(OnlyShard(stream_)) {}

  Iterator FromStart() const { return shard_.CreateIterator(IteratorStart::TrimHorizon()).value(); }
  // All that was put is gone.
  void TrimAll() {
    const Iterator end = shard_.CreateIterator(IteratorStart::Latest()).value();
    ASSERT_TRUE(shard_.TrimBefore(end.position()).ok());
  }

  TestEngine test_;
  Stream stream_;
  Shard shard_;
};

// The two ways to read, at the same place of the same log, through all that can happen to it.
class ReadersTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(ReadersTest, ReadIntoFindsWhatReadFinds) {
  std::mt19937_64 random(testing::SeedOr(GetParam()));
  const auto below = [&random](uint64_t limit) { return random() % limit; };
  TestEngine test(uint64_t{2} << 20);
  Stream stream = test.engine
                      ->CreateStream("s", {.retention = absl::Milliseconds(500),
                                           .shard_capacity_bytes = uint64_t{256} << 10,
                                           .overflow_policy = OverflowPolicy::kTrimOldest})
                      .value();
  const Shard shard = OnlyShard(stream);
  const auto anew = [&] {
    switch (below(3)) {
      case 0:
        return shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      case 1:
        return shard.CreateIterator(IteratorStart::Latest()).value();
      default:
        return shard
            .CreateIterator(
                IteratorStart::AtTimestamp(test.clock.Now() - below(300) * absl::Milliseconds(1)))
            .value();
    }
  };
  Iterator reader = anew();
  Iterator follower = reader;
  RecordBatch batch;
  SequenceNumber newest = shard.starting_sequence_number();
  uint64_t read = 0;
  for (int step = 0; step < 4000; ++step) {
    switch (below(20)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        for (uint64_t i = 0, count = 1 + below(3); i < count; ++i) {
          const std::string data(below(below(50) == 0 ? 20'000 : 300), 'd');
          const auto put = stream.Put({.partition_key = std::to_string(step), .data = data});
          if (put.ok()) newest = put->sequence_number;
        }
        break;
      case 6:
      case 7:
        test.clock.Advance(absl::Milliseconds(below(20)));
        break;
      case 8:
        if (below(10) == 0) test.clock.Advance(absl::Milliseconds(below(600)));
        break;
      case 9:
        if (below(10) == 0) {
          ASSERT_TRUE(shard.TrimBefore(newest).ok());
        }
        break;
      case 10:
        if (below(30) == 0) {
          ASSERT_TRUE(stream.SetRetention(absl::Milliseconds(1 + below(1000))).ok());
        }
        break;
      case 11:
        if (below(30) == 0) {
          reader = anew();
          follower = reader;
        }
        break;
      case 12:
        if (below(30) == 0) batch = RecordBatch();
        break;
      case 13:
        if (below(10) == 0) follower.LetGo();
        break;
      default: {
        const ReadLimits limits{.max_records = below(4) == 0 ? 1 + below(200) : 1,
                                .max_bytes = below(8) == 0 ? 1 + below(500) : 10'000};
        const RecordBatch expected = reader.Read(limits).value();
        ASSERT_TRUE(follower.ReadInto(batch, limits).ok());
        ASSERT_EQ(Describe(batch), Describe(expected)) << "at step " << step;
        ASSERT_EQ(follower.position(), reader.position());
        read += expected.size();
        ASSERT_EQ(shard.Metrics().outgoing_records, 2 * read);
      }
    }
  }
  EXPECT_GT(read, 1000U) << "the test does what it is for";
  // To the end, and beyond.
  const auto children = stream.SplitShard(shard.id()).value();
  bool ended = false;
  for (int i = 0; i < 10'000; ++i) {
    const RecordBatch expected = reader.Read({.max_records = 7}).value();
    ASSERT_TRUE(follower.ReadInto(batch, {.max_records = 7}).ok());
    ASSERT_EQ(Describe(batch), Describe(expected));
    if (std::exchange(ended, expected.end_of_shard())) break;
  }
  EXPECT_TRUE(batch.end_of_shard());
  EXPECT_EQ(std::vector<ShardId>(batch.child_shards().begin(), batch.child_shards().end()),
            children);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReadersTest, ::testing::Range<uint64_t>(0, 8));

// --- What a batch shows --------------------------------------------------------------------------

TEST_F(ReadIntoTest, ViewsStayUntilTheBatchIsReadIntoAgain) {
  Iterator iterator = FromStart();
  RecordBatch batch;
  ASSERT_TRUE(stream_.Put({.data = "first"}).ok());
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  const std::string_view view = batch[0].data;
  TrimAll();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream_.Put({.data = std::to_string(i)}).ok());
  EXPECT_EQ(view, "first");
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  EXPECT_EQ(batch.size(), 1000U);
  EXPECT_EQ(batch[0].data, "0");
  EXPECT_EQ(batch.records_lost(), 0U) << "what was read before it was trimmed";
}

TEST_F(ReadIntoTest, ABatchThatIsMovedKeepsWhatItShowed) {
  Iterator iterator = FromStart();
  RecordBatch batch;
  ASSERT_TRUE(stream_.Put({.data = "a"}).ok());
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  const RecordBatch kept = std::move(batch);
  ASSERT_TRUE(stream_.Put({.data = "b"}).ok());
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  EXPECT_EQ(DataOf(kept), std::vector<std::string>({"a"}));
  EXPECT_EQ(DataOf(batch), std::vector<std::string>({"b"}));
}

TEST_F(ReadIntoTest, AnyBatchIsAsGood) {
  TestEngine other;
  Stream others = other.engine->CreateStream("s").value();
  Iterator of_other = OnlyShard(others).CreateIterator(IteratorStart::TrimHorizon()).value();
  Iterator one = FromStart();
  Iterator two = FromStart();
  RecordBatch batch;
  for (int i = 0; i < 20; ++i) {
    const std::string here = "here " + std::to_string(i);
    const std::string there = "there " + std::to_string(i);
    ASSERT_TRUE(stream_.Put({.data = here}).ok());
    ASSERT_TRUE(others.Put({.data = there}).ok());
    ASSERT_TRUE(one.ReadInto(batch).ok());
    EXPECT_EQ(DataOf(batch), std::vector<std::string>({here}));
    ASSERT_TRUE(of_other.ReadInto(batch).ok());
    EXPECT_EQ(DataOf(batch), std::vector<std::string>({there}));
    EXPECT_EQ(batch[0].sequence_number.index(), static_cast<uint64_t>(i) + 1);
    ASSERT_TRUE(two.ReadInto(batch).ok());
    EXPECT_EQ(DataOf(batch), std::vector<std::string>({here}));
    ASSERT_TRUE(two.ReadInto(batch).ok());
    EXPECT_TRUE(batch.empty());
    ASSERT_TRUE(two.ReadInto(batch).ok());
    EXPECT_TRUE(batch.empty());
  }
}

TEST_F(ReadIntoTest, NothingOfTheLastReadIsLeftInAnEmptyOne) {
  Iterator iterator = FromStart();
  RecordBatch batch;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  TrimAll();
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  EXPECT_EQ(batch.records_lost(), 3U);
  EXPECT_TRUE(batch.empty());
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(iterator.ReadInto(batch).ok());
    ASSERT_EQ(Describe(batch), "0 records of 0 bytes, 0 lost, behind 0");
  }
}

TEST_F(ReadIntoTest, PlainReadsInBetweenTakeTheirShare) {
  constexpr int kRecords = 3000;  // of several segments
  for (int i = 0; i < kRecords; ++i) ASSERT_TRUE(stream_.Put({.data = std::to_string(i)}).ok());
  Iterator iterator = FromStart();
  RecordBatch batch;
  for (int i = 0; i < kRecords; ++i) {
    const ReadLimits one{.max_records = 1};
    if (i % 5 == 2) iterator.LetGo();
    if (i % 3 == 1) {
      EXPECT_EQ(DataOf(iterator.Read(one).value()), std::vector<std::string>({std::to_string(i)}));
    } else {
      ASSERT_TRUE(iterator.ReadInto(batch, one).ok());
      ASSERT_EQ(DataOf(batch), std::vector<std::string>({std::to_string(i)}));
    }
  }
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  EXPECT_TRUE(batch.empty());
}

TEST_F(ReadIntoTest, AClearedBatchIsAsANewOne) {
  Iterator iterator = FromStart();
  RecordBatch batch;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  ASSERT_TRUE(iterator.ReadInto(batch, {.max_records = 1}).ok());
  batch.Clear();
  EXPECT_EQ(Describe(batch), Describe(RecordBatch()));
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  EXPECT_EQ(batch.size(), 2U);
}

TEST_F(ReadIntoTest, AfterAnErrorTheBatchIsEmptyAndTheIteratorWhereItWas) {
  Iterator iterator = FromStart();
  RecordBatch batch;
  ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  ASSERT_TRUE(stream_.Put({.data = "e"}).ok());
  EXPECT_TRUE(Fails(iterator.ReadInto(batch, {.max_records = 0}), absl::StatusCode::kOutOfRange,
                    {"max_records"}));
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(Fails(iterator.ReadInto(batch, {.max_bytes = 0}), absl::StatusCode::kOutOfRange,
                    {"max_bytes"}));
  EXPECT_EQ(shard_.Metrics().rejected_reads, 2U);
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  EXPECT_EQ(DataOf(batch), std::vector<std::string>({"e"}));
  // Also where it would find nothing.
  ASSERT_TRUE(iterator.ReadInto(batch).ok());
  EXPECT_FALSE(iterator.ReadInto(batch, {.max_records = 0}).ok());
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  EXPECT_TRUE(Fails(iterator.ReadInto(batch), absl::StatusCode::kNotFound, {"s"}));
}

TEST_F(ReadIntoTest, ARecordThatExpiresUnderThePinIsLost) {
  Iterator iterator = FromStart();
  RecordBatch batch;
  ASSERT_TRUE(stream_.SetRetention(absl::Seconds(10)).ok());
  ASSERT_TRUE(stream_.Put({.data = "a"}).ok());
  ASSERT_TRUE(stream_.Put({.data = "b"}).ok());
  ASSERT_TRUE(iterator.ReadInto(batch, {.max_records = 1}).ok());
  test_.clock.Advance(absl::Seconds(10));
  ASSERT_TRUE(stream_.Put({.data = "c"}).ok());
  test_.clock.Advance(kMs);
  ASSERT_TRUE(iterator.ReadInto(batch, {.max_records = 1}).ok());
  EXPECT_EQ(DataOf(batch), std::vector<std::string>({"c"}));
  EXPECT_EQ(batch.records_lost(), 1U);
}

// --- What is kept --------------------------------------------------------------------------------

// One block is all the memory there is. A record fills it; a reader has read it, found nothing
// behind it, and the record is trimmed.
class IdleReaderTest : public ReadIntoTest {
 protected:
  IdleReaderTest() : ReadIntoTest(kBlock), iterator_(FromStart()) {
    EXPECT_TRUE(Put().ok());
    EXPECT_TRUE(iterator_->ReadInto(batch_).ok());
    EXPECT_EQ(batch_.size(), 1U);
    EXPECT_TRUE(iterator_->ReadInto(batch_).ok());
    EXPECT_TRUE(batch_.empty());
    TrimAll();
    EXPECT_TRUE(Fails(Put(), absl::StatusCode::kResourceExhausted)) << "the reader has the block";
  }

  absl::Status Put() { return stream_.Put({.data = std::string(kWholeBlock, 'd')}).status(); }

  std::optional<Iterator> iterator_;
  RecordBatch batch_;
};

// The block, and the segment that has it, may serve another log by the time a reader comes back to
// where it was. A batch that shows that one is then no pin of its place.
class RecycledBlockTest : public ReadIntoTest {
 protected:
  RecycledBlockTest() : ReadIntoTest(kBlock) {}
};

TEST_F(RecycledBlockTest, ABatchOfAnotherLogInTheSameMemoryIsNotTakenForItsOwn) {
  Stream other = test_.engine->CreateStream("other").value();
  Iterator of_other = OnlyShard(other).CreateIterator(IteratorStart::TrimHorizon()).value();
  Iterator iterator = FromStart();
  RecordBatch batch;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(stream_.Put({.data = std::string(kWholeBlock, 'a')}).ok());
    ASSERT_TRUE(iterator.ReadInto(batch).ok());
    ASSERT_EQ(batch.size(), 1U);
    EXPECT_EQ(batch[0].data[0], 'a');
    batch.Clear();
    TrimAll();
    ASSERT_TRUE(other.Put({.data = std::string(kWholeBlock, 'b')}).ok());
    ASSERT_TRUE(of_other.ReadInto(batch).ok());
    ASSERT_EQ(batch.size(), 1U);
    EXPECT_EQ(batch[0].data[0], 'b');
    ASSERT_TRUE(iterator.ReadInto(batch).ok());
    EXPECT_TRUE(batch.empty());
    const Iterator end = OnlyShard(other).CreateIterator(IteratorStart::Latest()).value();
    ASSERT_TRUE(OnlyShard(other).TrimBefore(end.position()).ok());
  }
}

TEST_F(IdleReaderTest, LetsGoAtTheNextRead) {
  ASSERT_TRUE(iterator_->ReadInto(batch_).ok());
  EXPECT_TRUE(Put().ok());
  ASSERT_TRUE(iterator_->ReadInto(batch_).ok());
  EXPECT_EQ(batch_.size(), 1U);
}

TEST_F(IdleReaderTest, LetsGoWhenItWaits) {
  EXPECT_TRUE(Fails(iterator_->Wait(test_.clock.Now()), absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(Put().ok());
}

TEST_F(IdleReaderTest, LetsGoWhenAsked) {
  iterator_->LetGo();
  EXPECT_TRUE(Put().ok());
}

TEST_F(IdleReaderTest, LetsGoAtAPlainRead) {
  EXPECT_TRUE(iterator_->Read().value().empty());
  EXPECT_TRUE(Put().ok());
}

TEST_F(IdleReaderTest, LetsGoWhenItEnds) {
  const Iterator copy = *iterator_;
  iterator_.reset();
  EXPECT_TRUE(Put().ok());
}

TEST_F(IdleReaderTest, LetsGoWhenItBecomesAnother) {
  const Iterator other = FromStart();
  *iterator_ = other;
  EXPECT_TRUE(Put().ok());
}

TEST_F(IdleReaderTest, LetsGoWhenTheReadFails) {
  EXPECT_FALSE(iterator_->ReadInto(batch_, {.max_records = 0}).ok());
  EXPECT_TRUE(Put().ok());
}

TEST_F(IdleReaderTest, OutlivesItsEngine) {
  const Iterator copy = *iterator_;
  test_.engine.reset();
  EXPECT_TRUE(Fails(iterator_->ReadInto(batch_), absl::StatusCode::kNotFound));
}

// --- Counts --------------------------------------------------------------------------------------

TEST_F(ReadIntoTest, EachReaderCountsOnceWhileItIsThereAndAfter) {
  constexpr int kReaders = 5;
  uint64_t records = 0;
  const auto check = [&] {
    const ShardMetrics metrics = shard_.Metrics();
    EXPECT_EQ(metrics.outgoing_records, records);
    EXPECT_EQ(metrics.outgoing_bytes, 3 * records);
  };
  std::vector<std::unique_ptr<Iterator>> readers;
  RecordBatch batches[kReaders];
  for (int i = 0; i < kReaders; ++i) readers.push_back(std::make_unique<Iterator>(FromStart()));
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(stream_.Put({.partition_key = "k", .data = "dd"}).ok());
    for (int i = 0; i < kReaders; ++i) {
      ASSERT_TRUE(readers[i]->ReadInto(batches[i]).ok());
      records += batches[i].size();
      check();
    }
  }
  EXPECT_EQ(records, 50U);
  // First, last and one between others.
  for (const int i : {4, 0, 2, 1, 3}) {
    const Iterator copy = *readers[i];
    readers[i].reset();
    check();
  }
}

TEST_F(ReadIntoTest, TheAgeOfTheIteratorIsThatOfTheLastRecord) {
  Iterator iterator = FromStart();
  RecordBatch batch;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(stream_.Put({.data = "d"}).ok());
    test_.clock.Advance(absl::Milliseconds(5));
  }
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(iterator.ReadInto(batch, {.max_records = 1}).ok());
    EXPECT_EQ(shard_.Metrics().iterator_age, absl::Milliseconds(15 - 5 * i));
    EXPECT_EQ(batch.behind_latest(), absl::Milliseconds(i == 2 ? 0 : 10 - 5 * i));
  }
}

}  // namespace
}  // namespace kinesis
