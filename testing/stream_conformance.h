// StreamConformance: what a Kinesis stream does, as a typed test suite to run on anything that
// claims to be one: a wrapper of this library, or another implementation.
//
//   class MyStream { ... };  // the adaptor, as described below
//   namespace kinesis::testing {
//   INSTANTIATE_TYPED_TEST_SUITE_P(Mine, StreamConformance, MyStream);
//   }
//
// An adaptor has these members; stream_conformance_test.cc has two of some forty lines each.
//
//   struct MyStream {
//     explicit MyStream(int32_t shards);  // a new, empty stream; retention is 24 hours
//     absl::StatusOr<PutResult> Put(const Record& record);
//     std::vector<ShardShape> ListShards();  // open and closed, in order of id
//     absl::Status Split(ShardId shard, HashKey new_start);
//     absl::Status Merge(ShardId lower, ShardId upper);
//     using Reader = ...;  // a place in a shard; movable
//     absl::StatusOr<Reader> Open(ShardId shard, const IteratorStart& start);
//     absl::StatusOr<ReadPage> Read(Reader& reader, int32_t records_max);  // and moves on
//     absl::Time Now();
//     void Advance(absl::Duration step);  // the time that the stream lives by
//   };
//
// Random tests print their seed; KINESIS_TEST_SEED changes it.
#ifndef KINESIS_CORE_TESTING_STREAM_CONFORMANCE_H_
#define KINESIS_CORE_TESTING_STREAM_CONFORMANCE_H_

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/record.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/delivery.h"
#include "kinesis_core/testing/test_record.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {

// One shard, as an adaptor lists it.
struct ShardShape {
  ShardId id = {};
  HashKeyRange range = {};
  std::vector<ShardId> parents = {};
  bool is_open = true;
};

// The result of one read through an adaptor.
struct ReadPage {
  std::vector<TestRecord> records = {};
  // The shard is closed and has been read to its end; its children then.
  bool end_of_shard = false;
  std::vector<ShardId> child_shards = {};
};

template <class Adaptor>
class StreamConformance : public ::testing::Test {
 protected:
  using Records = std::vector<TestRecord>;

  // Makes the stream anew.
  Adaptor& Begin(int32_t shards) { return stream_.emplace(shards); }
  Adaptor& stream() { return *stream_; }

  // Puts a record, and returns it as it ought to be read.
  TestRecord Put(const std::string& key, const std::string& data,
                 std::optional<HashKey> explicit_hash_key = std::nullopt) {
    const absl::StatusOr<PutResult> put =
        stream().Put({.partition_key = key, .data = data, .explicit_hash_key = explicit_hash_key});
    EXPECT_TRUE(put.ok()) << put.status();
    if (!put.ok()) return {};
    EXPECT_EQ(put->shard_id.index(), put->sequence_number.shard_index());
    return {.partition_key = key, .data = data, .sequence_number = put->sequence_number};
  }
  Records PutSome(size_t count, const std::string& key = "key") {
    Records records;
    for (size_t i = 0; i < count; ++i) records.push_back(Put(key, "data-" + std::to_string(i)));
    return records;
  }

  ShardShape ShapeOf(ShardId id) {
    for (const ShardShape& shard : stream().ListShards()) {
      if (shard.id == id) return shard;
    }
    ADD_FAILURE() << id << " is not listed";
    return {};
  }
  std::vector<ShardShape> OpenShards() {
    std::vector<ShardShape> open;
    for (ShardShape& shard : stream().ListShards()) {
      if (shard.is_open) open.push_back(std::move(shard));
    }
    return open;
  }
  void SplitInTheMiddle(ShardId id) {
    const absl::Status status = stream().Split(id, ShapeOf(id).range.Midpoint());
    ASSERT_TRUE(status.ok()) << status;
  }

  // All from `start` on, in pages of so many, until one is empty; the last page as well if asked.
  Records ReadFrom(ShardId shard, const IteratorStart& start, int32_t records_max = 100,
                   ReadPage* last = nullptr) {
    Records records;
    auto reader = stream().Open(shard, start);
    EXPECT_TRUE(reader.ok()) << reader.status();
    while (reader.ok()) {
      absl::StatusOr<ReadPage> page = stream().Read(*reader, records_max);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->records.size(), static_cast<size_t>(records_max));
      records.insert(records.end(), page->records.begin(), page->records.end());
      if (page->end_of_shard || page->records.empty()) {
        if (last != nullptr) *last = *std::move(page);
        break;
      }
    }
    return records;
  }
  Records ReadAll(ShardId shard, ReadPage* last = nullptr) {
    return ReadFrom(shard, IteratorStart::TrimHorizon(), 100, last);
  }

  // The same records in the same order; times of arrival are not compared.
  static void ExpectSame(const Records& found, const Records& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].sequence_number, expected[i].sequence_number);
      EXPECT_EQ(found[i].partition_key, expected[i].partition_key);
      EXPECT_EQ(found[i].data, expected[i].data);
    }
  }

 private:
  std::optional<Adaptor> stream_;
};

TYPED_TEST_SUITE_P(StreamConformance);

// --- Putting and reading -------------------------------------------------------------------------

TYPED_TEST_P(StreamConformance, RecordsAreReadInTheOrderOfTheirPutsEachOnce) {
  this->Begin(1);
  const auto put = this->PutSome(20);
  this->ExpectSame(this->ReadAll(ShardId(0)), put);
}

TYPED_TEST_P(StreamConformance, SequenceNumbersGrow) {
  this->Begin(1);
  const auto put = this->PutSome(20);
  for (size_t i = 1; i < put.size(); ++i) {
    EXPECT_LT(put[i - 1].sequence_number, put[i].sequence_number);
  }
}

TYPED_TEST_P(StreamConformance, AnyBytesComeBackAsTheyWere) {
  this->Begin(1);
  std::vector<TestRecord> put;
  for (const std::string& data :
       {std::string(), std::string("\0\xff\n", 3), std::string(100'000, 'x')}) {
    put.push_back(this->Put("key", data));
  }
  this->ExpectSame(this->ReadAll(ShardId(0)), put);
}

TYPED_TEST_P(StreamConformance, PagesOfAnySizeAddUpToTheSame) {
  this->Begin(1);
  const auto put = this->PutSome(20);
  for (const int32_t size : {1, 3, 7, 20, 50}) {
    this->ExpectSame(this->ReadFrom(ShardId(0), IteratorStart::TrimHorizon(), size), put);
  }
}

TYPED_TEST_P(StreamConformance, ReadersDoNotTakeRecordsFromEachOther) {
  this->Begin(1);
  const auto put = this->PutSome(5);
  this->ExpectSame(this->ReadAll(ShardId(0)), put);
  this->ExpectSame(this->ReadAll(ShardId(0)), put);
}

TYPED_TEST_P(StreamConformance, AReaderAtTheTipSeesWhatIsPutLater) {
  auto& stream = this->Begin(1);
  auto reader = stream.Open(ShardId(0), IteratorStart::TrimHorizon());
  ASSERT_TRUE(reader.ok()) << reader.status();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(stream.Read(*reader, 10).value().records.empty());
    const TestRecord put = this->Put("key", std::to_string(i));
    this->ExpectSame(stream.Read(*reader, 10).value().records, {put});
  }
}

TYPED_TEST_P(StreamConformance, RecordsTellWhenTheyArrived) {
  auto& stream = this->Begin(1);
  const absl::Time first = stream.Now();
  this->Put("key", "a");
  stream.Advance(absl::Seconds(90));
  this->Put("key", "b");
  const auto records = this->ReadAll(ShardId(0));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(absl::ToUnixMillis(records[0].arrival_time), absl::ToUnixMillis(first));
  EXPECT_EQ(records[1].arrival_time - records[0].arrival_time, absl::Seconds(90));
}

// --- Where readers begin -------------------------------------------------------------------------

TYPED_TEST_P(StreamConformance, AtAndAfterASequenceNumberWithItAndWithoutIt) {
  this->Begin(1);
  const auto put = this->PutSome(5);
  const SequenceNumber third = put[2].sequence_number;
  this->ExpectSame(this->ReadFrom(ShardId(0), IteratorStart::AtSequenceNumber(third)),
                   {put[2], put[3], put[4]});
  this->ExpectSame(this->ReadFrom(ShardId(0), IteratorStart::AfterSequenceNumber(third)),
                   {put[3], put[4]});
}

TYPED_TEST_P(StreamConformance, AtLatestOnlyWhatIsPutFromThenOn) {
  auto& stream = this->Begin(1);
  this->PutSome(5);
  auto reader = stream.Open(ShardId(0), IteratorStart::Latest());
  ASSERT_TRUE(reader.ok()) << reader.status();
  const TestRecord later = this->Put("key", "later");
  this->ExpectSame(stream.Read(*reader, 10).value().records, {later});
}

TYPED_TEST_P(StreamConformance, AtATimeWhatArrivedThenOrLater) {
  auto& stream = this->Begin(1);
  this->PutSome(3);
  stream.Advance(absl::Seconds(10));
  const absl::Time then = stream.Now();
  const auto later = this->PutSome(2);
  stream.Advance(absl::Seconds(10));
  this->ExpectSame(this->ReadFrom(ShardId(0), IteratorStart::AtTimestamp(then)), later);
  const auto between = then + absl::Seconds(1);
  this->ExpectSame(this->ReadFrom(ShardId(0), IteratorStart::AtTimestamp(between)), {});
}

TYPED_TEST_P(StreamConformance, AShardThatIsNotThereCannotBeRead) {
  auto& stream = this->Begin(1);
  EXPECT_FALSE(stream.Open(ShardId(1), IteratorStart::TrimHorizon()).ok());
}

// --- Which shard ---------------------------------------------------------------------------------

TYPED_TEST_P(StreamConformance, ShardsOfANewStreamCoverAllHashKeysOnce) {
  for (const int32_t count : {1, 2, 3, 7}) {
    this->Begin(count);
    const std::vector<ShardShape> shards = this->OpenShards();
    ASSERT_EQ(shards.size(), static_cast<size_t>(count));
    EXPECT_EQ(shards.front().range.start(), HashKey::Min());
    EXPECT_EQ(shards.back().range.end(), HashKey::Max());
    for (size_t i = 0; i < shards.size(); ++i) {
      EXPECT_EQ(shards[i].id, ShardId(static_cast<uint32_t>(i)));
      EXPECT_TRUE(shards[i].parents.empty());
      if (i > 0) {
        EXPECT_TRUE(shards[i - 1].range.IsFollowedBy(shards[i].range));
      }
    }
  }
}

TYPED_TEST_P(StreamConformance, TheMd5OfAKeyDecidesItsShard) {
  this->Begin(5);
  for (int i = 0; i < 40; ++i) {
    const std::string key = "key-" + std::to_string(i);
    const TestRecord put = this->Put(key, "data");
    EXPECT_TRUE(this->ShapeOf(put.shard_id()).range.Contains(Md5HashKey(key))) << key;
  }
}

TYPED_TEST_P(StreamConformance, AnExplicitHashKeyDecidesInsteadOfTheKey) {
  this->Begin(3);
  for (const ShardShape& shard : this->OpenShards()) {
    EXPECT_EQ(this->Put("key", "first", shard.range.start()).shard_id(), shard.id);
    EXPECT_EQ(this->Put("key", "last", shard.range.end()).shard_id(), shard.id);
  }
}

// --- Resharding ----------------------------------------------------------------------------------

TYPED_TEST_P(StreamConformance, ASplitReplacesAShardByTwoThatCoverItsRange) {
  auto& stream = this->Begin(2);
  const HashKeyRange range = this->ShapeOf(ShardId(1)).range;
  const HashKey start = range.Midpoint().Next();
  ASSERT_TRUE(stream.Split(ShardId(1), start).ok());
  EXPECT_FALSE(this->ShapeOf(ShardId(1)).is_open);
  const ShardShape lower = this->ShapeOf(ShardId(2));
  const ShardShape upper = this->ShapeOf(ShardId(3));
  EXPECT_EQ(lower.range.start(), range.start());
  EXPECT_EQ(upper.range.start(), start);
  EXPECT_TRUE(lower.range.IsFollowedBy(upper.range));
  EXPECT_EQ(upper.range.end(), range.end());
  EXPECT_EQ(lower.parents, std::vector<ShardId>{ShardId(1)});
  EXPECT_EQ(upper.parents, std::vector<ShardId>{ShardId(1)});
}

TYPED_TEST_P(StreamConformance, AMergeReplacesTwoShardsByOneThatCoversBoth) {
  auto& stream = this->Begin(2);
  ASSERT_TRUE(stream.Merge(ShardId(0), ShardId(1)).ok());
  const ShardShape child = this->ShapeOf(ShardId(2));
  EXPECT_EQ(child.range, HashKeyRange());
  EXPECT_EQ(child.parents, (std::vector<ShardId>{ShardId(0), ShardId(1)}));
  EXPECT_EQ(this->OpenShards().size(), 1U);
}

TYPED_TEST_P(StreamConformance, AClosedShardIsReadToItsEndAndNamesItsChildren) {
  this->Begin(1);
  const auto put = this->PutSome(5);
  this->SplitInTheMiddle(ShardId(0));
  ReadPage last;
  this->ExpectSame(this->ReadAll(ShardId(0), &last), put);
  EXPECT_TRUE(last.end_of_shard);
  EXPECT_EQ(last.child_shards, (std::vector<ShardId>{ShardId(1), ShardId(2)}));
}

TYPED_TEST_P(StreamConformance, AnOpenShardHasNoEnd) {
  this->Begin(1);
  this->PutSome(5);
  ReadPage last;
  this->ReadAll(ShardId(0), &last);
  EXPECT_FALSE(last.end_of_shard);
  EXPECT_TRUE(last.child_shards.empty());
}

TYPED_TEST_P(StreamConformance, EveryParentOfAMergeNamesTheChild) {
  auto& stream = this->Begin(2);
  ASSERT_TRUE(stream.Merge(ShardId(0), ShardId(1)).ok());
  for (const ShardId parent : {ShardId(0), ShardId(1)}) {
    ReadPage last;
    this->ReadAll(parent, &last);
    EXPECT_TRUE(last.end_of_shard);
    EXPECT_EQ(last.child_shards, std::vector<ShardId>{ShardId(2)});
  }
}

TYPED_TEST_P(StreamConformance, AfterASplitRecordsGoToTheChildrenAndHaveLargerNumbers) {
  this->Begin(1);
  const TestRecord before = this->Put("key", "before");
  this->SplitInTheMiddle(ShardId(0));
  const TestRecord after = this->Put("key", "after");
  EXPECT_NE(after.shard_id(), ShardId(0));
  EXPECT_TRUE(this->ShapeOf(after.shard_id()).range.Contains(Md5HashKey("key")));
  EXPECT_GT(after.sequence_number, before.sequence_number);
  this->ExpectSame(this->ReadAll(after.shard_id()), {after});
}

TYPED_TEST_P(StreamConformance, AClosedShardIsNeitherSplitNorMerged) {
  auto& stream = this->Begin(2);
  const HashKey middle = this->ShapeOf(ShardId(0)).range.Midpoint();
  this->SplitInTheMiddle(ShardId(0));
  EXPECT_FALSE(stream.Split(ShardId(0), middle).ok());
  EXPECT_FALSE(stream.Merge(ShardId(0), ShardId(1)).ok());
  EXPECT_EQ(this->OpenShards().size(), 3U);
}

TYPED_TEST_P(StreamConformance, ShardsThatAreNotAdjacentAreNotMerged) {
  auto& stream = this->Begin(3);
  EXPECT_FALSE(stream.Merge(ShardId(0), ShardId(2)).ok());
  EXPECT_EQ(this->OpenShards().size(), 3U);
}

TYPED_TEST_P(StreamConformance, ASplitOutsideTheRangeIsRefused) {
  auto& stream = this->Begin(2);
  const HashKeyRange range = this->ShapeOf(ShardId(1)).range;
  EXPECT_FALSE(stream.Split(ShardId(0), range.Midpoint()).ok());
  EXPECT_FALSE(stream.Split(ShardId(1), range.start()).ok());
  EXPECT_EQ(this->OpenShards().size(), 2U);
}

// --- Time ----------------------------------------------------------------------------------------

TYPED_TEST_P(StreamConformance, RecordsAreThereForADayAndNoLonger) {
  auto& stream = this->Begin(1);
  const auto put = this->PutSome(3);
  stream.Advance(absl::Hours(24) - absl::Seconds(1));
  this->ExpectSame(this->ReadAll(ShardId(0)), put);
  stream.Advance(absl::Seconds(2));
  this->ExpectSame(this->ReadAll(ShardId(0)), {});
}

TYPED_TEST_P(StreamConformance, AReaderGoesOnBehindWhatHasExpired) {
  auto& stream = this->Begin(1);
  const auto old = this->PutSome(3);
  stream.Advance(absl::Hours(25));
  const TestRecord young = this->Put("key", "young");
  this->ExpectSame(
      this->ReadFrom(ShardId(0), IteratorStart::AfterSequenceNumber(old[0].sequence_number)),
      {young});
}

// --- All together --------------------------------------------------------------------------------

// Reads a stream as it should be read: shards in order of id, parents before their children.
template <class Adaptor>
std::vector<TestRecord> ReadByLineage(Adaptor& stream, int32_t records_max) {
  std::vector<TestRecord> records;
  for (const ShardShape& shard : stream.ListShards()) {
    for (const ShardId parent : shard.parents) EXPECT_LT(parent, shard.id);
    auto reader = stream.Open(shard.id, IteratorStart::TrimHorizon()).value();
    for (;;) {
      const ReadPage page = stream.Read(reader, records_max).value();
      records.insert(records.end(), page.records.begin(), page.records.end());
      if (page.end_of_shard || page.records.empty()) break;
    }
  }
  return records;
}

TYPED_TEST_P(StreamConformance, WhateverIsReshardedEveryRecordIsReadOnceAndEachKeyInOrder) {
  constexpr int kRounds = 20;
  const uint64_t seed = SeedOr(1);
  SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < kRounds && !this->HasFailure(); ++round) {
    auto& stream = this->Begin(1 + static_cast<int32_t>(random() % 3));
    std::vector<TestRecord> put;
    for (int step = 0; step < 60; ++step) {
      std::vector<ShardShape> open = this->OpenShards();
      const ShardShape shard = open[random() % open.size()];
      const uint64_t kind = random() % 20;
      if (kind == 0 && open.size() < 8) {
        ASSERT_TRUE(stream.Split(shard.id, shard.range.Midpoint()).ok());
      } else if (kind == 1) {
        for (const ShardShape& other : open) {
          if (!shard.range.IsFollowedBy(other.range)) continue;
          ASSERT_TRUE(stream.Merge(shard.id, other.id).ok());
        }
      } else if (kind == 2) {
        stream.Advance(absl::Milliseconds(static_cast<int64_t>(random() % 5000)));
      } else {
        put.push_back(this->Put("key-" + std::to_string(random() % 9), std::to_string(step)));
      }
    }
    const auto read = ReadByLineage(stream, 1 + static_cast<int32_t>(random() % 9));
    EXPECT_TRUE(DeliveredExactlyOnce(put, read));
    EXPECT_TRUE(DeliveredInOrderPerKey(read));
  }
}

REGISTER_TYPED_TEST_SUITE_P(
    StreamConformance, RecordsAreReadInTheOrderOfTheirPutsEachOnce, SequenceNumbersGrow,
    AnyBytesComeBackAsTheyWere, PagesOfAnySizeAddUpToTheSame, ReadersDoNotTakeRecordsFromEachOther,
    AReaderAtTheTipSeesWhatIsPutLater, RecordsTellWhenTheyArrived,
    AtAndAfterASequenceNumberWithItAndWithoutIt, AtLatestOnlyWhatIsPutFromThenOn,
    AtATimeWhatArrivedThenOrLater, AShardThatIsNotThereCannotBeRead,
    ShardsOfANewStreamCoverAllHashKeysOnce, TheMd5OfAKeyDecidesItsShard,
    AnExplicitHashKeyDecidesInsteadOfTheKey, ASplitReplacesAShardByTwoThatCoverItsRange,
    AMergeReplacesTwoShardsByOneThatCoversBoth, AClosedShardIsReadToItsEndAndNamesItsChildren,
    AnOpenShardHasNoEnd, EveryParentOfAMergeNamesTheChild,
    AfterASplitRecordsGoToTheChildrenAndHaveLargerNumbers, AClosedShardIsNeitherSplitNorMerged,
    ShardsThatAreNotAdjacentAreNotMerged, ASplitOutsideTheRangeIsRefused,
    RecordsAreThereForADayAndNoLonger, AReaderGoesOnBehindWhatHasExpired,
    WhateverIsReshardedEveryRecordIsReadOnceAndEachKeyInOrder);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_STREAM_CONFORMANCE_H_
