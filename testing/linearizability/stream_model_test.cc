// Histories that the model must accept or reject, by hand: each is a promise of the engine kept or
// broken.
#include "kinesis_core/testing/linearizability/stream_model.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace kinesis::testing {
namespace {

using Kind = StreamOperation::Kind;
using Values = std::vector<uint32_t>;

constexpr uint64_t kLow = uint64_t{0x10} << 56;
constexpr uint64_t kHigh = uint64_t{0x90} << 56;
constexpr uint64_t kMiddle = uint64_t{0x80} << 56;

struct Span {
  uint64_t called;
  uint64_t returned;
};

StreamOperation Make(Kind kind, Span span, size_t shard, uint64_t index) {
  StreamOperation operation;
  operation.kind = kind;
  operation.called = span.called;
  operation.returned = span.returned;
  operation.shard = shard;
  operation.index = index;
  return operation;
}
StreamOperation Put(Span span, uint32_t value, size_t shard, uint64_t index, uint64_t key = kLow) {
  StreamOperation put = Make(Kind::kPut, span, shard, index);
  put.value = value;
  put.key = key;
  return put;
}
StreamOperation DeletedPut(Span span) {
  StreamOperation put = Put(span, 9, 0, 0);
  put.deleted = true;
  return put;
}
StreamOperation VoidPut(Span span, size_t shard, uint64_t index) {
  StreamOperation put = Put(span, 9, shard, index);
  put.is_void = true;
  return put;
}
// A read to the tip.
StreamOperation Read(Span span, size_t shard, uint64_t index, Values values, uint64_t lost = 0) {
  StreamOperation read = Make(Kind::kRead, span, shard, index);
  read.values = std::move(values);
  read.lost = lost;
  read.at_tip = true;
  return read;
}
StreamOperation ReadToEnd(Span span, size_t shard, uint64_t index, Values values,
                          std::vector<size_t> children) {
  StreamOperation read = Read(span, shard, index, std::move(values));
  read.at_tip = false;
  read.at_end = true;
  read.children = std::move(children);
  return read;
}
StreamOperation DeletedRead(Span span) {
  StreamOperation read = Read(span, 0, 0, {});
  read.deleted = true;
  return read;
}
StreamOperation Trim(Span span, size_t shard, uint64_t index) {
  return Make(Kind::kTrim, span, shard, index);
}
StreamOperation Latest(Span span, size_t shard, uint64_t index) {
  return Make(Kind::kLatest, span, shard, index);
}
StreamOperation Split(Span span) {
  StreamOperation reshard = Make(Kind::kReshard, span, 0, 0);
  reshard.parents = {0};
  reshard.children = {1, 2};
  reshard.starts = {0, kMiddle};
  return reshard;
}
StreamOperation Merge(Span span) {
  StreamOperation reshard = Make(Kind::kReshard, span, 0, 0);
  reshard.parents = {1, 2};
  reshard.children = {3};
  reshard.starts = {0};
  return reshard;
}
StreamOperation Delete(Span span, size_t shards) {
  StreamOperation erasure = Make(Kind::kDelete, span, 0, 0);
  erasure.shards = shards;
  return erasure;
}

// The stream begins with one shard.
bool Accepts(const StreamHistory& history,
             StreamModel::PutSteps steps = StreamModel::PutSteps::kThree) {
  return StreamHistoryChecker::Check(StreamModel({0}, steps), history).linearizable;
}

// --- Order and visibility

TEST(StreamModelTest, WhatWasPutIsReadInOrder) {
  EXPECT_TRUE(Accepts({Put({1, 2}, 7, 0, 0), Put({3, 4}, 8, 0, 1), Read({5, 6}, 0, 0, {7, 8})}));
}

TEST(StreamModelTest, ALostADoubledAndAForeignRecordAreRejected) {
  const StreamOperation put = Put({1, 2}, 7, 0, 0);
  EXPECT_FALSE(Accepts({put, Read({5, 6}, 0, 0, {})}));
  EXPECT_FALSE(Accepts({put, Read({5, 6}, 0, 0, {7, 7})}));
  EXPECT_FALSE(Accepts({put, Read({5, 6}, 0, 0, {8})}));
}

TEST(StreamModelTest, APutThatBeganLaterCannotHaveTheSmallerPlace) {
  EXPECT_TRUE(Accepts({Put({1, 3}, 7, 0, 1), Put({2, 4}, 8, 0, 0)}));
  EXPECT_FALSE(Accepts({Put({1, 2}, 7, 0, 1), Put({3, 4}, 8, 0, 0)}));
}

TEST(StreamModelTest, NoTwoPutsHaveOnePlaceAndNoneIsLeftOut) {
  EXPECT_FALSE(Accepts({Put({1, 3}, 7, 0, 0), Put({2, 4}, 8, 0, 0)}));
  EXPECT_FALSE(Accepts({Put({1, 3}, 7, 0, 0), Put({2, 4}, 8, 0, 2)}));
}

TEST(StreamModelTest, ARecordThatWasReadIsThereForTheNextReader) {
  const StreamOperation put = Put({1, 20}, 7, 0, 0);
  EXPECT_TRUE(Accepts({put, Read({2, 3}, 0, 0, {}), Read({4, 5}, 0, 0, {7})}));
  EXPECT_FALSE(Accepts({put, Read({2, 3}, 0, 0, {7}), Read({4, 5}, 0, 0, {})}));
}

TEST(StreamModelTest, APutHidesBehindOneThatIsUnderWayAndNoLonger) {
  const StreamHistory hidden = {Put({1, 10}, 7, 0, 0), Put({2, 3}, 8, 0, 1),
                                Read({4, 5}, 0, 0, {})};
  EXPECT_TRUE(Accepts(hidden));
  EXPECT_FALSE(Accepts(hidden, StreamModel::PutSteps::kOne));
  EXPECT_FALSE(Accepts({Put({1, 3}, 7, 0, 0), Put({2, 4}, 8, 0, 1), Read({5, 6}, 0, 0, {})}));
}

TEST(StreamModelTest, LatestCountsWhatHasAPlace) {
  const StreamOperation put = Put({1, 10}, 7, 0, 0);
  EXPECT_TRUE(Accepts({put, Latest({2, 3}, 0, 1), Read({4, 5}, 0, 0, {})}));
  EXPECT_FALSE(Accepts({put, Latest({2, 3}, 0, 1), Latest({4, 5}, 0, 0)}));
}

// --- Void places

TEST(StreamModelTest, AVoidPlaceIsSteppedOverAndItsRecordNeverRead) {
  const StreamHistory before = {Put({1, 2}, 7, 0, 0), VoidPut({3, 4}, 0, 1), Put({5, 6}, 8, 0, 2)};
  StreamHistory history = before;
  history.push_back(Read({7, 8}, 0, 0, {7, 8}));
  EXPECT_TRUE(Accepts(history));
  history = before;
  history.push_back(Read({7, 8}, 0, 0, {7, 9, 8}));
  EXPECT_FALSE(Accepts(history));
  history = before;
  history.push_back(Read({7, 8}, 0, 0, {7}));
  EXPECT_FALSE(Accepts(history));
}

TEST(StreamModelTest, APlaceThatIsHeldHidesWhatIsBehindItAndTheEnd) {
  const StreamHistory before = {Put({1, 2}, 7, 0, 0), VoidPut({3, 20}, 0, 1), Put({5, 6}, 8, 0, 2),
                                Split({7, 8})};
  StreamHistory held = before;
  held.push_back(Read({9, 10}, 0, 0, {7}));
  held.push_back(ReadToEnd({21, 22}, 0, 1, {8}, {1, 2}));
  EXPECT_TRUE(Accepts(held));
  StreamHistory early = before;
  early.push_back(ReadToEnd({9, 10}, 0, 0, {7}, {1, 2}));
  EXPECT_FALSE(Accepts(early));
}

TEST(StreamModelTest, AVoidPlaceThatIsTrimmedIsLostUnlessItWasSteppedOverBefore) {
  const StreamHistory before = {VoidPut({1, 2}, 0, 0), Put({3, 4}, 7, 0, 1), Put({5, 6}, 8, 0, 2)};
  for (const uint64_t lost : {1, 2}) {
    StreamHistory history = before;
    history.push_back(Trim({8, 9}, 0, 2));
    history.push_back(Read({7, 10}, 0, 0, {8}, lost));
    EXPECT_TRUE(Accepts(history)) << lost;
  }
  for (const uint64_t lost : {0, 3}) {
    StreamHistory history = before;
    history.push_back(Trim({7, 8}, 0, 2));
    history.push_back(Read({9, 10}, 0, 0, {8}, lost));
    EXPECT_FALSE(Accepts(history)) << lost;
  }
}

// --- Trimming

TEST(StreamModelTest, WhatIsTrimmedIsReportedAsLostExactly) {
  const StreamHistory history = {Put({1, 2}, 7, 0, 0), Put({3, 4}, 8, 0, 1), Trim({5, 6}, 0, 1)};
  StreamHistory exact = history;
  exact.push_back(Read({7, 8}, 0, 0, {8}, 1));
  EXPECT_TRUE(Accepts(exact));
  StreamHistory untold = history;
  untold.push_back(Read({7, 8}, 0, 1, {8}, 1));
  EXPECT_FALSE(Accepts(untold));
  StreamHistory undead = history;
  undead.push_back(Read({7, 8}, 0, 0, {7, 8}));
  EXPECT_FALSE(Accepts(undead));
}

TEST(StreamModelTest, AReadThatBeganBeforeATrimMayReturnWhatIsTrimmed) {
  const StreamHistory before = {Put({1, 2}, 7, 0, 0), Put({3, 4}, 8, 0, 1), Trim({6, 7}, 0, 2),
                                Put({8, 9}, 9, 0, 2)};
  StreamHistory history = before;
  history.push_back(Read({5, 20}, 0, 0, {7, 8, 9}));
  EXPECT_TRUE(Accepts(history));
  // One that was told of the loss has no way back.
  history = before;
  history.push_back(Read({10, 11}, 0, 0, {7, 8, 9}));
  EXPECT_FALSE(Accepts(history));
}

TEST(StreamModelTest, ATrimOfRecordsYetToComeIsRejected) {
  EXPECT_FALSE(Accepts({Trim({1, 2}, 0, 1)}));
}

// --- Resharding

TEST(StreamModelTest, AParentIsReadToItsEndAndNamesItsChildren) {
  EXPECT_TRUE(Accepts({Put({1, 2}, 7, 0, 0), Split({3, 4}), Put({5, 6}, 8, 2, 0, kHigh),
                       ReadToEnd({7, 8}, 0, 0, {7}, {1, 2}), Read({9, 10}, 2, 0, {8})}));
  EXPECT_FALSE(Accepts({Split({3, 4}), ReadToEnd({7, 8}, 0, 0, {}, {2, 1})}));
  EXPECT_FALSE(Accepts({Split({3, 4}), Read({7, 8}, 0, 0, {})}));
  EXPECT_FALSE(Accepts({Split({3, 8}), ReadToEnd({1, 2}, 0, 0, {}, {1, 2})}));
}

TEST(StreamModelTest, AKeyGoesToTheChildThatHoldsIt) {
  EXPECT_TRUE(Accepts({Split({1, 2}), Put({3, 4}, 7, 1, 0, kLow)}));
  EXPECT_FALSE(Accepts({Split({1, 2}), Put({3, 4}, 7, 2, 0, kLow)}));
}

TEST(StreamModelTest, APutThatLookedEarlyMayStillGoToAParentThatIsOpen) {
  EXPECT_TRUE(Accepts({Split({2, 9}), Put({1, 8}, 7, 0, 0), Put({3, 4}, 8, 1, 0)}));
  EXPECT_FALSE(Accepts({Split({2, 5}), Put({6, 8}, 7, 0, 0)}));
}

// The promise of order per key: once a put has gone to a child, later ones do too.
TEST(StreamModelTest, NoPutGoesBackToTheParentAfterOneWentToTheChild) {
  EXPECT_FALSE(Accepts({Split({1, 20}), Put({2, 3}, 7, 1, 0), Put({4, 5}, 8, 0, 0)}));
}

TEST(StreamModelTest, ARecordBehindTheEndOfAParentIsRejected) {
  EXPECT_FALSE(Accepts({Split({1, 20}), ReadToEnd({2, 3}, 0, 0, {}, {1, 2}), Put({0, 21}, 7, 0, 0),
                        Read({22, 23}, 0, 0, {7})}));
}

TEST(StreamModelTest, AMergeNeedsBothParentsInTheTable) {
  EXPECT_TRUE(Accepts({Split({1, 2}), Merge({3, 4}), Put({5, 6}, 7, 3, 0, kHigh)}));
  EXPECT_FALSE(Accepts({Merge({1, 2}), Split({3, 4})}));
}

// --- Deletion

TEST(StreamModelTest, NothingIsAcceptedOrReadAfterADeletion) {
  EXPECT_TRUE(
      Accepts({Put({1, 2}, 7, 0, 0), Delete({3, 4}, 1), DeletedPut({5, 6}), DeletedRead({7, 8})}));
  EXPECT_FALSE(Accepts({Delete({3, 4}, 1), Put({5, 6}, 7, 0, 0)}));
  EXPECT_FALSE(Accepts({DeletedPut({1, 2}), Delete({3, 4}, 1)}));
  EXPECT_FALSE(Accepts({DeletedRead({1, 2}), Delete({3, 4}, 1)}));
}

// As a record in place, whose stream is deleted before it is committed.
TEST(StreamModelTest, APlaceThatIsHeldWhileTheStreamIsDeletedBecomesVoid) {
  StreamOperation put = VoidPut({3, 20}, 0, 1);
  put.deleted = true;
  const StreamHistory before = {Put({1, 2}, 7, 0, 0), put, Split({4, 5}), Read({6, 7}, 0, 0, {7})};
  StreamHistory history = before;
  history.push_back(Delete({8, 9}, 3));
  EXPECT_TRUE(Accepts(history));
  EXPECT_FALSE(Accepts(before)) << "it was told of a deletion that there was not";
  history.back() = Delete({21, 22}, 3);
  EXPECT_FALSE(Accepts(history)) << "it was told of the deletion before that";
}

TEST(StreamModelTest, OperationsAreDescribedInFull) {
  EXPECT_EQ(StreamModel::Describe(Put({1, 2}, 7, 1, 3, kHigh)),
            "process 0: put 7, key 0x90.. -> shard 1 at 3");
  EXPECT_EQ(StreamModel::Describe(DeletedPut({1, 2})), "process 0: put 9, key 0x10.. -> deleted");
  EXPECT_EQ(StreamModel::Describe(VoidPut({1, 2}, 1, 3)),
            "process 0: put 9, key 0x10.. -> shard 1 at 3, void");
  EXPECT_EQ(StreamModel::Describe(Read({1, 2}, 0, 4, {5, 6}, 2)),
            "process 0: read shard 0 at 4 -> [5 6], lost 2, at the tip");
  EXPECT_EQ(StreamModel::Describe(ReadToEnd({1, 2}, 0, 4, {}, {1, 2})),
            "process 0: read shard 0 at 4 -> [], at the end, children [1 2]");
  EXPECT_EQ(StreamModel::Describe(DeletedRead({1, 2})), "process 0: read shard 0 at 0 -> deleted");
  EXPECT_EQ(StreamModel::Describe(Split({1, 2})), "process 0: reshard [0] -> [1 2]");
  EXPECT_EQ(StreamModel::Describe(Trim({1, 2}, 3, 4)), "process 0: trim shard 3 before 4");
  EXPECT_EQ(StreamModel::Describe(Latest({1, 2}, 3, 4)), "process 0: latest -> shard 3 at 4");
  EXPECT_EQ(StreamModel::Describe(Delete({1, 2}, 1)), "process 0: delete the stream");
}

}  // namespace
}  // namespace kinesis::testing
