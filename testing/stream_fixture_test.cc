// A tutorial of the fixtures, the matchers, DrainStream and the assertions on deliveries.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/client_fixture.h"
#include "kinesis_core/testing/delivery.h"
#include "kinesis_core/testing/expect_ok.h"
#include "kinesis_core/testing/matchers.h"
#include "kinesis_core/testing/test_record.h"

namespace kinesis::testing {
namespace {

using api::ErrorType;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// --- Matchers ------------------------------------------------------------------------------------

TEST(MatchersTest, TellOkFromErrorsOfStatusesAndResults) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::InternalError("broken"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(7), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(7), IsOkAndHolds(7));
  EXPECT_THAT(absl::StatusOr<int>(7), Not(IsOkAndHolds(8)));
  EXPECT_THAT(absl::StatusOr<int>(absl::InternalError("broken")), Not(IsOkAndHolds(7)));
}

TEST(MatchersTest, TellErrorsOfTheEngineByCodeAndMessage) {
  const absl::Status status = absl::NotFoundError("no stream \"s\"");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr("\"s\"")));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kNotFound, HasSubstr("\"t\""))));
}

TEST(MatchersTest, TellErrorsOfTheServiceByTypeAndMessage) {
  const absl::Status status = api::MakeError(ErrorType::kResourceNotFound, "Stream s not found.");
  EXPECT_THAT(status, FailsWith(ErrorType::kResourceNotFound));
  EXPECT_THAT(status, FailsWith(ErrorType::kResourceNotFound, "Stream s not found."));
  EXPECT_THAT(status, Not(FailsWith(ErrorType::kResourceInUse)));
  EXPECT_THAT(status, Not(FailsWith(ErrorType::kResourceNotFound, "another")));
  // An error of the same code that is not the service's.
  EXPECT_THAT(absl::NotFoundError(""), Not(FailsWith(ErrorType::kResourceNotFound)));
}

TEST(MatchersTest, SayWhatTheStatusIs) {
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(absl::InternalError("broken"), IsOk()), "INTERNAL: broken");
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(absl::StatusOr<int>(absl::InternalError("broken")), IsOk()),
                          "which is INTERNAL: broken");  // GoogleTest shows bytes of this one
}

TEST(MatchersTest, TellRecordsOfTheirOwnAndThoseThatAreShown) {
  const TestRecord own{.partition_key = "alice", .data = "tea"};
  EXPECT_THAT(own, IsRecord("alice", "tea"));
  EXPECT_THAT(own, Not(IsRecord("bob", "tea")));
  EXPECT_THAT(own, Not(IsRecord("alice", "milk")));
  RecordView shown;
  shown.partition_key = "alice";
  shown.data = "tea";
  EXPECT_THAT(shown, IsRecord("alice", "tea"));
  api::Record of_the_api;
  of_the_api.partition_key = "alice";
  of_the_api.data = "tea";
  EXPECT_THAT(of_the_api, IsRecord(StartsWith("a"), HasSubstr("e")));
  EXPECT_THAT(own, HasData("tea"));
  EXPECT_THAT(own, Not(HasData("milk")));
}

void CountAfterAnError(const absl::Status& status, int* count) {
  EXPECT_OK(absl::StatusOr<int>(7));
  ASSERT_OK(status);
  ++*count;
}

TEST(ExpectOkTest, AnErrorIsShownAndEndsTheTestOfAnAssertion) {
  static int count = 0;
  CountAfterAnError(absl::OkStatus(), &count);
  EXPECT_FATAL_FAILURE(CountAfterAnError(absl::InternalError("broken"), &count),
                       "Value of: (status)\nExpected: is OK\n  Actual: INTERNAL: broken");
  EXPECT_EQ(count, 1);
}

// --- The fixture ---------------------------------------------------------------------------------

class StreamFixtureTest : public StreamFixture {};

TEST_F(StreamFixtureTest, HasAClientAStreamAndTheTime) {
  EXPECT_THAT(client_->PutRecord({.stream_name = kStream, .data = "tea", .partition_key = "alice"}),
              IsOkAndHolds(Field(&api::PutRecordResponse::shard_id, ShardId(0))));
  EXPECT_THAT(Drain(), ElementsAre(IsRecord("alice", "tea")));
  clock_.Advance(absl::Hours(25));
  EXPECT_THAT(Drain(), IsEmpty());  // retention is 24 hours
}

class ServiceRatesTest : public StreamFixture {
 protected:
  ServiceRatesTest() : StreamFixture(/*shards=*/1, api::ClientOptions()) {}
};

TEST_F(ServiceRatesTest, TheSixthReadOfAShardInASecondIsThrottled) {
  const api::ShardIterator iterator = IteratorOf(kStream);
  for (int i = 0; i < 5; ++i) EXPECT_OK(client_->GetRecords({.shard_iterator = iterator}));
  EXPECT_THAT(client_->GetRecords({.shard_iterator = iterator}),
              FailsWith(ErrorType::kProvisionedThroughputExceeded));
  clock_.Advance(absl::Seconds(1));
  EXPECT_OK(client_->GetRecords({.shard_iterator = iterator}));
}

TEST_F(StreamFixtureTest, DrainReadsWhatFaultsHideFromTheClient) {
  Put(NumberedRecords());
  faults_.FailCallsAtRandom(1);
  faults_.FailNextReads(FaultRule::kAlways);
  EXPECT_THAT(client_->ListShards({.stream_name = kStream}), Not(IsOk()));
  EXPECT_THAT(Drain(), SizeIs(10));
}

TEST_F(StreamFixtureTest, DrainReturnsParentsBeforeTheirChildren) {
  const std::vector<TestRecord> records = NumberedRecords({.count = 30, .keys = 10});
  Put(std::span(records).first(10));
  Split(ShardId(0));
  Put(std::span(records).subspan(10, 10));
  Merge(ShardId(1), ShardId(3));
  Put(std::span(records).subspan(20));
  const std::vector<TestRecord> drained = Drain();
  EXPECT_THAT(drained, SizeIs(30));
  EXPECT_TRUE(DeliveredParentsFirst(EngineStream(), drained, drained));
  EXPECT_TRUE(DeliveredInOrderPerKey(drained));
}

TEST_F(StreamFixtureTest, DrainOfNoStreamIsAnError) {
  EXPECT_THAT(DrainStream(*client_, "none"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(TestRecordTest, NumberedRecordsTakeTheirKeysInTurn) {
  EXPECT_THAT(NumberedRecords({.count = 3, .keys = 2, .data = "order", .first = 5}),
              ElementsAre(IsRecord("key-1", "order-5"), IsRecord("key-0", "order-6"),
                          IsRecord("key-1", "order-7")));
}

// --- Deliveries ----------------------------------------------------------------------------------

class DeliveryTest : public StreamFixture {
 protected:
  // Six records of three keys: in the parent, then in its children.
  DeliveryTest() : StreamFixture(/*shards=*/1) {
    const std::vector<TestRecord> records = NumberedRecords({.count = 6, .keys = 3});
    Put(std::span(records).first(3));
    Split(ShardId(0));
    Put(std::span(records).subspan(3));
    stored_ = Drain();
  }

  std::vector<TestRecord> stored_;
};

TEST_F(DeliveryTest, AllIsWellIfAllCameOnceInTheirOrder) {
  EXPECT_TRUE(DeliveredExactlyOnce(stored_, stored_));
  EXPECT_TRUE(DeliveredAtLeastOnce(stored_, stored_));
  EXPECT_TRUE(DeliveredInOrderPerKey(stored_));
  EXPECT_TRUE(DeliveredParentsFirst(EngineStream(), stored_, stored_));
}

TEST_F(DeliveryTest, ALostRecordIsNamed) {
  std::vector<TestRecord> delivered = stored_;
  delivered.erase(delivered.begin() + 1);
  const ::testing::AssertionResult result = DeliveredAtLeastOnce(stored_, delivered);
  EXPECT_FALSE(result);
  EXPECT_STREQ(result.message(),
               "1 of 6 records were never delivered, the first being \"record-1\" of key "
               "\"key-1\", record 2 of shard 0");
}

TEST_F(DeliveryTest, ARecordThatComesAgainIsFineAtLeastOnceButNotExactlyOnce) {
  std::vector<TestRecord> delivered = stored_;
  delivered.push_back(stored_[0]);
  EXPECT_TRUE(DeliveredAtLeastOnce(stored_, delivered));
  EXPECT_THAT(DeliveredExactlyOnce(stored_, delivered).message(),
              HasSubstr("1 of 7 records were delivered more than once"));
  EXPECT_TRUE(DeliveredInOrderPerKey(delivered)) << "only the first time counts";
}

TEST_F(DeliveryTest, AChangedRecordIsNoneOfThoseStored) {
  std::vector<TestRecord> delivered = stored_;
  delivered[2].data = "other";
  EXPECT_THAT(DeliveredExactlyOnce(stored_, delivered).message(), HasSubstr("not stored"));
}

TEST_F(DeliveryTest, ByDataEitherOfTwoRecordsThatARetryStoredWillDo) {
  TestRecord twin = stored_[0];
  twin.sequence_number = stored_[5].sequence_number;
  std::vector<TestRecord> stored = stored_;
  stored.push_back(twin);
  EXPECT_FALSE(DeliveredAtLeastOnce(stored, std::span(stored).first(5)));
  EXPECT_TRUE(DeliveredExactlyOnce(stored, stored_, SameBy::kData));
  EXPECT_FALSE(DeliveredExactlyOnce(stored, stored, SameBy::kData));
}

TEST_F(DeliveryTest, RecordsOfOneKeyInTheWrongOrderAreNamed) {
  std::vector<TestRecord> delivered = stored_;
  std::reverse(delivered.begin(), delivered.end());
  EXPECT_THAT(DeliveredInOrderPerKey(delivered).message(),
              HasSubstr("was delivered after \"record-"));
}

TEST_F(DeliveryTest, AChildsRecordBeforeTheParentsLastOneIsNamed) {
  std::vector<TestRecord> delivered = stored_;
  std::swap(delivered[2], delivered[3]);
  EXPECT_THAT(DeliveredParentsFirst(EngineStream(), stored_, delivered).message(),
              HasSubstr("before 1 records of shardId-000000000000"));
}

}  // namespace
}  // namespace kinesis::testing
