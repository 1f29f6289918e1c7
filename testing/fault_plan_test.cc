// A tutorial of FaultPlan, one fault after the other.
#include "kinesis_core/testing/fault_plan.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/client_fixture.h"
#include "kinesis_core/testing/matchers.h"
#include "kinesis_core/testing/test_record.h"

namespace kinesis::testing {
namespace {

using api::ErrorType;
using api::Operation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FaultPlanTest : public StreamFixture {
 protected:
  FaultPlanTest() : StreamFixture(/*shards=*/1) {}

  absl::StatusOr<api::PutRecordResponse> TryPut(std::string_view data) {
    return client_->PutRecord({.stream_name = kStream, .data = data, .partition_key = "key"});
  }
  absl::StatusOr<api::GetRecordsResponse> TryGet(const api::ShardIterator& iterator) {
    return client_->GetRecords({.shard_iterator = iterator});
  }
};

// --- Puts ----------------------------------------------------------------------------------------

TEST_F(FaultPlanTest, TheNextPutsFailAndStoreNothing) {
  faults_.FailNextPuts(2);
  EXPECT_THAT(TryPut("a"), FailsWith(ErrorType::kInternalFailure, "Internal service failure."));
  EXPECT_THAT(TryPut("b"), FailsWith(ErrorType::kInternalFailure));
  EXPECT_THAT(TryPut("c"), IsOk());
  EXPECT_THAT(Drain(), ElementsAre(HasData("c")));
}

TEST_F(FaultPlanTest, AThrottledShardLetsGoWhenItsTimeIsOver) {
  faults_.ThrottleShard(ShardId(0), absl::Seconds(3));
  EXPECT_THAT(TryPut("a"), FailsWith(ErrorType::kProvisionedThroughputExceeded));
  EXPECT_THAT(TryGet(IteratorOf(kStream)), FailsWith(ErrorType::kProvisionedThroughputExceeded));
  clock_.Advance(absl::Seconds(3));
  EXPECT_THAT(TryPut("a"), IsOk());
}

TEST_F(FaultPlanTest, AThrottleSaysWhatTheServiceSays) {
  faults_.ThrottleShard(ShardId(0), absl::Seconds(1));
  EXPECT_THAT(TryPut("a"), FailsWith(ErrorType::kProvisionedThroughputExceeded,
                                     "Rate exceeded for shard shardId-000000000000 in stream "
                                     "stream under account 000000000000."));
}

TEST_F(FaultPlanTest, OneShardIsThrottledAndTheOthersAreNot) {
  Split(ShardId(0));
  faults_.ThrottleShard(ShardId(1), absl::Seconds(1));
  const auto response = client_->PutRecords(PutRecordsOf(kStream, NumberedRecords({.keys = 10})));
  ASSERT_THAT(response, IsOk());
  for (const api::PutRecordsResultEntry& entry : response->records) {
    if (entry.error_code) {
      EXPECT_EQ(entry.error_code, "ProvisionedThroughputExceededException");
    } else {
      EXPECT_EQ(entry.shard_id, ShardId(2));
    }
  }
  EXPECT_EQ(static_cast<size_t>(response->failed_record_count), faults_.strikes());
  EXPECT_THAT(Drain(), SizeIs(10 - faults_.strikes()));
}

TEST_F(FaultPlanTest, SomeRecordsOfABatchFailAndTheOthersAreStored) {
  faults_.FailPutsAtRandom(0.3, ErrorType::kProvisionedThroughputExceeded);
  const std::vector<TestRecord> records = NumberedRecords({.count = 100});
  const auto response = client_->PutRecords(PutRecordsOf(kStream, records)).value();
  EXPECT_GT(response.failed_record_count, 10);
  EXPECT_LT(response.failed_record_count, 60);
  EXPECT_THAT(Drain(), SizeIs(100 - response.failed_record_count));
}

TEST_F(FaultPlanTest, AFailedRecordOfABatchIsCalledInternalFailure) {
  faults_.Add({.kind = FaultKind::kFailPut, .skip = 1, .times = 1});
  const std::vector<TestRecord> records = NumberedRecords({.count = 3});
  const auto response = client_->PutRecords(PutRecordsOf(kStream, records)).value();
  EXPECT_THAT(response, HasFailed(1));
  EXPECT_EQ(response.records[1].error_code, "InternalFailure");
  EXPECT_FALSE(response.records[1].sequence_number.has_value());
  EXPECT_THAT(Drain(), ElementsAre(HasData("record-0"), HasData("record-2")));
}

TEST_F(FaultPlanTest, AProducerThatRetriesALostAnswerStoresTheRecordTwice) {
  faults_.LoseNextAnswers(1);
  while (!TryPut("tea").ok()) {
  }
  EXPECT_THAT(Drain(), ElementsAre(HasData("tea"), HasData("tea")));
}

TEST_F(FaultPlanTest, InABatchTheAnswerOfOneRecordIsLost) {
  faults_.Add({.kind = FaultKind::kLoseAnswer, .skip = 2, .times = 1});
  const std::vector<TestRecord> records = NumberedRecords({.count = 3});
  EXPECT_THAT(client_->PutRecords(PutRecordsOf(kStream, records)), IsOkAndHolds(HasFailed(1)));
  EXPECT_THAT(Drain(), SizeIs(3));
}

// --- Resharding ----------------------------------------------------------------------------------

TEST_F(FaultPlanTest, AShardIsSplitJustBeforeTheChosenRecord) {
  faults_.SplitBeforePut(2);
  for (const char* data : {"a", "b", "c"}) EXPECT_THAT(TryPut(data), IsOk());
  const std::vector<TestRecord> stored = Drain();
  ASSERT_THAT(stored, ElementsAre(HasData("a"), HasData("b"), HasData("c")));
  EXPECT_EQ(stored[1].shard_id(), ShardId(0));
  EXPECT_NE(stored[2].shard_id(), ShardId(0));
}

TEST_F(FaultPlanTest, TwoShardsAreMergedJustBeforeTheChosenRecord) {
  Split(ShardId(0));
  faults_.MergeBeforePut(1);
  for (const char* data : {"a", "b"}) EXPECT_THAT(TryPut(data), IsOk());
  EXPECT_EQ(Drain().back().shard_id(), ShardId(3));
}

TEST_F(FaultPlanTest, ATestMayDoAnythingBeforeTheChosenRecordEvenWithTheClient) {
  faults_.RunBeforePut(0, [this] { Put(kStream, "from inside"); });
  EXPECT_THAT(TryPut("outside"), IsOk());
  EXPECT_THAT(Drain(), ElementsAre(HasData("from inside"), HasData("outside")));
}

// --- Reads ---------------------------------------------------------------------------------------

TEST_F(FaultPlanTest, AnIteratorExpiresBeforeItsTime) {
  Put(kStream, "a");
  faults_.ExpireNextIterators(1);
  const api::ShardIterator iterator = IteratorOf(kStream);
  EXPECT_THAT(TryGet(iterator),
              FailsWith(ErrorType::kExpiredIterator, HasSubstr("tolerated delay of 300000")));
  EXPECT_THAT(DataOf(Get(iterator)), ElementsAre("a"));
}

TEST_F(FaultPlanTest, APageComesEmptyAndAnotherShortAlthoughThereIsMore) {
  Put(NumberedRecords({.count = 3}));
  clock_.Advance(absl::Seconds(2));
  faults_.ShortenNextPages(1, 0);
  faults_.ShortenNextPages(1, 2);
  api::GetRecordsResponse page = Get(IteratorOf(kStream));
  EXPECT_THAT(page.records, IsEmpty());
  EXPECT_EQ(page.millis_behind_latest, 2000);
  page = Get(*page.next_shard_iterator);
  EXPECT_THAT(page.records, SizeIs(2));
  page = Get(*page.next_shard_iterator);
  EXPECT_THAT(page.records, SizeIs(1));
}

TEST_F(FaultPlanTest, AnEmptyPageHidesTheEndOfAShardOnlyOnce) {
  Split(ShardId(0));
  faults_.ShortenNextPages(1, 0);
  const api::GetRecordsResponse empty = Get(IteratorOf(kStream));
  ASSERT_TRUE(empty.next_shard_iterator.has_value());
  EXPECT_FALSE(empty.child_shards.has_value());
  EXPECT_FALSE(Get(*empty.next_shard_iterator).next_shard_iterator.has_value());
}

// --- Calls and states ----------------------------------------------------------------------------

TEST_F(FaultPlanTest, CallsOfOneOperationFailAndOthersDoNot) {
  faults_.FailNextCalls(Operation::kListShards, 1, ErrorType::kLimitExceeded);
  EXPECT_THAT(client_->DescribeStreamSummary({.stream_name = kStream}), IsOk());
  EXPECT_THAT(client_->ListShards({.stream_name = kStream}),
              FailsWith(ErrorType::kLimitExceeded,
                        "Rate exceeded for stream stream under account 000000000000."));
  EXPECT_THAT(client_->ListShards({.stream_name = kStream}), IsOk());
}

TEST_F(FaultPlanTest, CallsAboutOneStreamFailHoweverItIsNamed) {
  Create("other");
  const std::string arn = client_->DescribeStreamSummary({.stream_name = kStream})
                              .value()
                              .stream_description_summary.stream_arn;
  faults_.Add({.kind = FaultKind::kFailCall, .stream = kStream});
  EXPECT_THAT(client_->ListShards({.stream_name = kStream}),
              FailsWith(ErrorType::kInternalFailure));
  EXPECT_THAT(client_->ListShards({.stream_arn = arn}), FailsWith(ErrorType::kInternalFailure));
  EXPECT_THAT(client_->ListShards({.stream_name = "other"}), IsOk());
}

TEST_F(FaultPlanTest, ARequestThatIsWrongIsToldSoAndStrikesNoRule) {
  faults_.FailCallsAtRandom(1);
  EXPECT_THAT(client_->ListShards({.stream_name = "no/name"}), FailsWith(ErrorType::kValidation));
  EXPECT_EQ(faults_.strikes(), 0U);
}

TEST_F(FaultPlanTest, AStreamTakesLongerToChangeItsState) {
  faults_.DelayNextTransitions(1, absl::Minutes(2));
  Create("slow");
  EXPECT_EQ(StatusOf("slow"), api::StreamStatus::kCreating);
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(StatusOf("slow"), api::StreamStatus::kActive);
  Create("fast");
  EXPECT_EQ(StatusOf("fast"), api::StreamStatus::kActive);
}

// --- Subscriptions -------------------------------------------------------------------------------

class SubscriptionFaultTest : public FaultPlanTest {
 protected:
  SubscriptionFaultTest() {
    const std::string arn = client_->DescribeStreamSummary({.stream_name = kStream})
                                .value()
                                .stream_description_summary.stream_arn;
    consumer_arn_ =
        client_->RegisterStreamConsumer({.stream_arn = arn, .consumer_name = "consumer"})
            .value()
            .consumer.consumer_arn;
  }
  absl::StatusOr<api::SubscribeToShardResponse> Subscribe() {
    return client_->SubscribeToShard(
        {.consumer_arn = consumer_arn_,
         .shard_id = ShardId(0),
         .starting_position = api::StartingPosition{.type = api::ShardIteratorType::kTrimHorizon}});
  }

  std::string consumer_arn_;
};

TEST_F(SubscriptionFaultTest, ASubscriptionFailsBetweenTwoEventsAndForGood) {
  auto subscription = Subscribe().value();
  EXPECT_THAT(TryPut("a"), IsOk());
  EXPECT_EQ(subscription.event_stream.Next().value()->records.size(), 1U);
  faults_.FailNextEvents(1);
  EXPECT_THAT(TryPut("b"), IsOk());
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(subscription.event_stream.Next(),
                FailsWith(ErrorType::kInternalFailure, "Internal service failure."));
  }
  EXPECT_EQ(faults_.strikes(), 1U) << "one that is over is not asked about any more";
  clock_.Advance(absl::Minutes(6));  // longer than a subscription lasts
  EXPECT_THAT(subscription.event_stream.Next(), FailsWith(ErrorType::kInternalFailure));
  auto again = Subscribe().value();
  EXPECT_EQ(again.event_stream.Next().value()->records.size(), 2U);
}

TEST_F(SubscriptionFaultTest, ASubscriptionEndsBeforeItsTimeWithoutAnErrorOrChildren) {
  auto subscription = Subscribe().value();
  faults_.EndNextSubscriptions(1);
  EXPECT_THAT(TryPut("a"), IsOk());
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(subscription.event_stream.Next().value().has_value());
  EXPECT_EQ(faults_.strikes(), 1U);
}

TEST_F(SubscriptionFaultTest, ACallThatSubscribesIsRefused) {
  faults_.FailNextCalls(Operation::kSubscribeToShard, 1, ErrorType::kResourceInUse);
  EXPECT_THAT(Subscribe(), FailsWith(ErrorType::kResourceInUse));
  EXPECT_THAT(Subscribe(), IsOk());
}

// --- Rules ---------------------------------------------------------------------------------------

TEST_F(FaultPlanTest, TheFirstRuleThatStrikesDecidesAndTheNextOneHasItsTurnLater) {
  faults_.FailNextPuts(1, ErrorType::kInternalFailure);
  faults_.FailNextPuts(1, ErrorType::kProvisionedThroughputExceeded);
  EXPECT_THAT(TryPut("a"), FailsWith(ErrorType::kInternalFailure));
  EXPECT_THAT(TryPut("a"), FailsWith(ErrorType::kProvisionedThroughputExceeded));
  EXPECT_THAT(TryPut("a"), IsOk());
}

TEST_F(FaultPlanTest, OnceClearedNothingGoesWrong) {
  faults_.FailPutsAtRandom(1);
  EXPECT_THAT(TryPut("a"), FailsWith(ErrorType::kInternalFailure));
  faults_.Clear();
  EXPECT_THAT(TryPut("a"), IsOk());
  EXPECT_EQ(faults_.strikes(), 1U);
}

TEST_F(FaultPlanTest, ItPrintsItsSeedItsRulesAndWhatTheyDid) {
  faults_.FailNextPuts(3);
  EXPECT_THAT(TryPut("a"), FailsWith(ErrorType::kInternalFailure));
  const std::string text = faults_.ToString();
  EXPECT_THAT(text, HasSubstr("FaultPlan with seed " + std::to_string(faults_.seed())));
  EXPECT_THAT(text, HasSubstr("fail put with InternalFailureException, 3 times (struck 1 of 1)"));
  EXPECT_THAT(text,
              HasSubstr("strike 1: fail put of shardId-000000000000: InternalFailureException"));
}

// Which of 200 records fail with a plan of that seed.
std::string FailuresOf(uint64_t seed) {
  SimulatedClock clock;
  FaultPlan faults(clock, seed);
  faults.FailPutsAtRandom(0.5);
  auto client = api::Client::Create({.faults = &faults}, {.clock = &clock}).value();
  client->CreateStream({.stream_name = "s", .shard_count = 1}).IgnoreError();
  std::string failures;
  const std::vector<TestRecord> records = NumberedRecords({.count = 200});
  const auto response = client->PutRecords(PutRecordsOf("s", records)).value();
  for (const auto& entry : response.records) failures += entry.error_code ? 'x' : '.';
  return failures;
}

TEST(FaultPlanSeedTest, TheSameSeedGivesTheSameFaultsAndAnotherGivesOthers) {
  EXPECT_EQ(FailuresOf(1), FailuresOf(1));
  EXPECT_NE(FailuresOf(1), FailuresOf(2));
}

TEST(FaultPlanSeedTest, RandomFaultsAreTheSameOnEveryMachine) {
  EXPECT_EQ(FailuresOf(1).substr(0, 24), "xxxxx.xx..x..xxxx.xxx.xx");
}

// --- An injector of one's own --------------------------------------------------------------------

// Writes down what it is told.
class Listener : public api::FaultInjector {
 public:
  void OnAnswer(const api::CallAnswer& answer) override {
    std::ostringstream line;
    line << answer.operation << (answer.is_event ? " event" : "");
    if (answer.shard) line << " " << answer.shard->index();
    if (answer.start) line << " " << *answer.start;
    line << " " << (answer.status.ok() ? "OK" : api::ErrorOf(answer.status)->name) << " "
         << answer.count << (answer.has_next ? "" : " last");
    if (answer.last_record) line << " " << answer.last_record->index();
    heard.push_back(line.str());
  }

  std::vector<std::string> heard;
};

TEST(FaultInjectorTest, ItIsToldHowTheCallsOfReadersWereAnswered) {
  SimulatedClock clock;
  Listener listener;
  auto client = api::Client::Create({.faults = &listener}, {.clock = &clock}).value();
  ASSERT_THAT(client->CreateStream({.stream_name = "s", .shard_count = 2}), IsOk());
  for (const char* key : {"a", "b", "c", "d"}) {
    ASSERT_THAT(client->PutRecord({.stream_name = "s", .data = "x", .partition_key = key}), IsOk());
  }
  const size_t in_first =
      DrainStream(*client, "s").value().size() -
      std::ranges::count(DrainStream(*client, "s").value(), ShardId(1), &TestRecord::shard_id);
  ASSERT_GT(in_first, 0U);
  EXPECT_THAT(client->ListShards({.stream_name = "s", .max_results = 1}), IsOk());
  EXPECT_THAT(client->ListShards({.stream_name = "none"}), ::testing::Not(IsOk()));
  const auto iterator =
      client->GetShardIterator({.stream_name = "s",
                                .shard_id = ShardId(0),
                                .shard_iterator_type = api::ShardIteratorType::kTrimHorizon});
  ASSERT_THAT(iterator, IsOk());
  EXPECT_THAT(client->GetRecords({.shard_iterator = iterator->shard_iterator}), IsOk());
  clock.Advance(absl::Minutes(6));
  EXPECT_FALSE(client->GetRecords({.shard_iterator = iterator->shard_iterator.ToString()}).ok());
  EXPECT_FALSE(client->GetRecords({.shard_iterator = "forged"}).ok());
  const std::string count = std::to_string(in_first);
  EXPECT_THAT(
      listener.heard,
      ElementsAre("ListShards OK 1", "ListShards ResourceNotFoundException 0",
                  "GetShardIterator 0 TRIM_HORIZON OK 0", "GetRecords 0 OK " + count + " " + count,
                  "GetRecords 0 ExpiredIteratorException 0",
                  "GetRecords InvalidArgumentException 0"));
}

// --- Rates ---------------------------------------------------------------------------------------

// Throttles of the plan and rates of the limits both hold.
TEST(FaultPlanRatesTest, APutThatAFaultRefusesUsesUpNoRate) {
  SimulatedClock clock;
  FaultPlan faults(clock, 1);
  api::ClientOptions options{.faults = &faults};
  options.limits.shard_write_records_per_second = 2;
  auto client = api::Client::Create(options, {.clock = &clock}).value();
  ASSERT_THAT(client->CreateStream({.stream_name = "s", .shard_count = 1}), IsOk());
  faults.FailNextPuts(2);
  const std::vector<TestRecord> records = NumberedRecords({.count = 5});
  const auto response = client->PutRecords(PutRecordsOf("s", records)).value();
  EXPECT_THAT(response, HasFailed(3));
  EXPECT_EQ(response.records[0].error_code, "InternalFailure");
  EXPECT_TRUE(response.records[2].sequence_number.has_value());
  EXPECT_TRUE(response.records[3].sequence_number.has_value());
  EXPECT_EQ(response.records[4].error_code, "ProvisionedThroughputExceededException");
}

// --- Rules as text -------------------------------------------------------------------------------

TEST(FaultScriptTest, WhatARulePrintsIsReadBackAsThatRule) {
  const absl::Time now = absl::FromUnixSeconds(1'600'000'000);
  for (const std::string text : {
           "fail call with InternalFailureException",
           "fail call of PutRecord of stream orders with LimitExceededException, 1 time",
           "fail put of shardId-000000000003 with InternalFailureException, 2 times after 5",
           "fail put of stream a of shardId-000000000001 with InternalFailureException, each with "
           "probability 0.25",
           "lose answer of put with InternalFailureException after 7",
           "split before put, 1 time after 3",
           "merge before put of shardId-000000000000",
           "fail read with ExpiredIteratorException, 3 times",
           "shorten page to 0, 2 times",
           "fail event with InternalFailureException",
           "end subscription of stream s, 1 time",
           "delay transition by 1m30s, 1 time",
           "fail read with ProvisionedThroughputExceededException, until "
           "2020-09-13T12:26:43+00:00",
       }) {
    const absl::StatusOr<FaultRule> rule = FaultRule::Parse(text, now);
    ASSERT_TRUE(rule.ok()) << text << ": " << rule.status();
    EXPECT_EQ(rule->ToString(), text);
  }
  // Shorter ways to write it.
  EXPECT_EQ(FaultRule::Parse("fail read with ExpiredIterator, for 3s", now)->ToString(),
            "fail read with ExpiredIteratorException, until 2020-09-13T12:26:43+00:00");
}

TEST(FaultScriptTest, ATabSeparatesWordsAsABlankDoes) {
  const absl::StatusOr<FaultRule> named =
      FaultRule::Parse("fail put of stream orders\t, 1 time", absl::UnixEpoch());
  ASSERT_THAT(named, IsOk());
  EXPECT_EQ(named->stream, "orders");
  const absl::StatusOr<FaultRule> rule =
      FaultRule::Parse("\tfail put\tof\tstream\torders\t,\t1\ttime\t", absl::UnixEpoch());
  ASSERT_THAT(rule, IsOk());
  EXPECT_EQ(rule->ToString(), "fail put of stream orders with InternalFailureException, 1 time");
}

TEST(FaultScriptTest, ALineThatIsNoRuleIsNamedAndNothingIsAdded) {
  SimulatedClock clock;
  FaultPlan plan(clock, 1);
  for (const std::string line : {
           "drop put",
           "fail",
           "fail puts",
           "fail put with Nonsense",
           "fail put of PutRecord",
           "fail call of shardId-000000000000",
           "fail put, two times",
           "fail put, 2",
           "fail put 2",
           "fail put, 99999999999999999999 times",
           "fail put, each with probability 2",
           "fail put, each with probability nan",
           "fail put after",
           "fail put after -1",
           "fail put, until tomorrow",
           "fail put, for -1s",
           "fail put of stream",
           "shorten page with InternalFailure",
           "fail read to 5",
           "delay transition by soon",
           "delay transition of stream s",
           "run before put",
           "end subscription by 3s",
       }) {
    const absl::Status status = plan.AddScript("fail put, 1 time\n\n # why\n" + line + "\n");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << line;
    EXPECT_THAT(std::string(status.message()), HasSubstr("line 4: a fault's rule: expected"));
  }
  EXPECT_EQ(plan.ToString(), "FaultPlan with seed 1:\n");
}

TEST_F(FaultPlanTest, AScriptStrikesAsItsRulesDo) {
  ASSERT_THAT(faults_.AddScript("fail put with ProvisionedThroughputExceeded, 1 time after 1\r\n"
                                "lose answer of put, 1 time after 1"),
              IsOk());
  EXPECT_THAT(TryPut("a"), IsOk());
  EXPECT_THAT(TryPut("b"), FailsWith(ErrorType::kProvisionedThroughputExceeded));
  EXPECT_THAT(TryPut("c"), FailsWith(ErrorType::kInternalFailure));
  EXPECT_THAT(Drain(), ElementsAre(HasData("a"), HasData("c")));
}

}  // namespace
}  // namespace kinesis::testing
