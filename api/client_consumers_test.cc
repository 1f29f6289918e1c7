// Enhanced fan-out: the life of consumers, and what subscriptions deliver.
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Strings = std::vector<std::string>;

constexpr char kStreamArn[] = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

ClientOptions WithDelays() {
  ClientOptions options;
  options.limits.rates = false;
  options.delays = LifecycleDelays::ServiceLike();
  return options;
}

class ConsumersTest : public ClientTest {
 protected:
  explicit ConsumersTest(const ClientOptions& options = WithoutRates()) : ClientTest(options) {
    Create("s");
    clock_.Advance(absl::Minutes(1));
  }

  absl::StatusOr<RegisterStreamConsumerResponse> Register(const std::string& name) {
    return client_->RegisterStreamConsumer({.stream_arn = kStreamArn, .consumer_name = name});
  }
  std::string RegisteredArn(const std::string& name) {
    return Register(name).value().consumer.consumer_arn;
  }
  absl::StatusOr<ConsumerStatus> StatusOfConsumer(const std::string& arn) {
    const auto response = client_->DescribeStreamConsumer({.consumer_arn = arn});
    if (!response.ok()) return response.status();
    return response->consumer_description.consumer_status;
  }
  absl::Status Deregister(const std::string& arn) {
    return client_->DeregisterStreamConsumer({.consumer_arn = arn});
  }

  absl::StatusOr<SubscribeToShardResponse> Subscribe(
      const std::string& arn, const StartingPosition& start = {.type = "TRIM_HORIZON"},
      const TextOr<ShardId>& shard = ShardId(0)) {
    return client_->SubscribeToShard(
        {.consumer_arn = arn, .shard_id = shard, .starting_position = start});
  }
  ShardSubscription Subscribed(const std::string& arn,
                               const StartingPosition& start = {.type = "TRIM_HORIZON"}) {
    return Subscribe(arn, start).value().event_stream;
  }
  static Strings DataOf(const SubscribeToShardEvent& event) {
    Strings data;
    for (const Record& record : event.records) data.emplace_back(record.data);
    return data;
  }
  static SubscribeToShardEvent EventOf(ShardSubscription& subscription) {
    return *subscription.Next().value();
  }
  static bool HasEnded(ShardSubscription& subscription) {
    return !subscription.Next().value().has_value();
  }
  void Split(ShardId shard = ShardId(0)) {
    ASSERT_TRUE(
        client_
            ->SplitShard({.stream_name = "s",
                          .shard_to_split = shard,
                          .new_starting_hash_key = HashKey::FromHalves(uint64_t{1} << 63, 0)})
            .ok());
  }
};

class DelayedConsumersTest : public ConsumersTest {
 protected:
  DelayedConsumersTest() : ConsumersTest(WithDelays()) {}
};

class RatedConsumersTest : public ConsumersTest {
 protected:
  RatedConsumersTest() : ConsumersTest(ClientOptions()) {}
};

// --- Life ----------------------------------------------------------------------------------------

TEST_F(ConsumersTest, AConsumerIsDescribedByArnAndByName) {
  const Consumer consumer = Register("c").value().consumer;
  EXPECT_EQ(consumer.consumer_arn, std::string(kStreamArn) + "/consumer/c:" +
                                       std::to_string(absl::ToUnixSeconds(clock_.Now())));
  EXPECT_EQ(consumer.consumer_status, ConsumerStatus::kActive);
  EXPECT_EQ(consumer.consumer_creation_timestamp, clock_.Now());
  for (const DescribeStreamConsumerRequest& request :
       {DescribeStreamConsumerRequest{.consumer_arn = consumer.consumer_arn},
        DescribeStreamConsumerRequest{.stream_arn = kStreamArn, .consumer_name = "c"},
        DescribeStreamConsumerRequest{.stream_arn = kStreamArn,
        .consumer_name = "c",
        .consumer_arn = consumer.consumer_arn}}) {
    const ConsumerDescription description =
        client_->DescribeStreamConsumer(request).value().consumer_description;
    EXPECT_EQ(description.consumer_name, "c");
    EXPECT_EQ(description.consumer_arn, consumer.consumer_arn);
    EXPECT_EQ(description.stream_arn, kStreamArn);
  }
}

TEST_F(ConsumersTest, NamesOfAConsumerHaveToBeThereAndAgree) {
  const std::string arn = RegisteredArn("c");
  for (const DescribeStreamConsumerRequest& request :
       {DescribeStreamConsumerRequest{}, DescribeStreamConsumerRequest{.stream_arn = kStreamArn},
        DescribeStreamConsumerRequest{.consumer_name = "c"},
        DescribeStreamConsumerRequest{.consumer_name = "d", .consumer_arn = arn},
        DescribeStreamConsumerRequest{
            .stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/other",
           .consumer_arn = arn}}) {
    EXPECT_TRUE(Fails(client_->DescribeStreamConsumer(request), ErrorType::kInvalidArgument));
  }
  EXPECT_TRUE(Fails(
      client_->DescribeStreamConsumer({.stream_arn = kStreamArn, .consumer_name = "x"}),
      ErrorType::kResourceNotFound, "Consumer x, stream s under account 000000000000 not found."));
}

TEST_F(DelayedConsumersTest, AConsumerIsCreatingThenActiveThenDeletingThenGone) {
  const std::string arn = RegisteredArn("c");
  EXPECT_EQ(StatusOfConsumer(arn).value(), ConsumerStatus::kCreating);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(StatusOfConsumer(arn).value(), ConsumerStatus::kActive);
  ASSERT_TRUE(Deregister(arn).ok());
  EXPECT_EQ(StatusOfConsumer(arn).value(), ConsumerStatus::kDeleting);
  clock_.Advance(absl::Milliseconds(9999));
  ASSERT_TRUE(Deregister(arn).ok());  // which does not make it last longer
  EXPECT_TRUE(Fails(Register("c"), ErrorType::kResourceInUse));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Fails(StatusOfConsumer(arn), ErrorType::kResourceNotFound));
  EXPECT_TRUE(Fails(Deregister(arn), ErrorType::kResourceNotFound));
}

TEST_F(DelayedConsumersTest, FiveConsumersCanBeCreatingAtATime) {
  for (const char* name : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(Register(name).ok());
  EXPECT_TRUE(Fails(Register("f"), ErrorType::kLimitExceeded));
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(Register("f").ok());
}

TEST_F(DelayedConsumersTest, AStreamThatIsBeingCreatedTakesNoConsumers) {
  Create("new");
  EXPECT_TRUE(Fails(
      client_->RegisterStreamConsumer(
          {.stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/new",
           .consumer_name = "c"}),
      ErrorType::kResourceInUse,
      "Stream new under account 000000000000 not ACTIVE or UPDATING, instead in state CREATING"));
}

TEST_F(ConsumersTest, AStreamHasTwentyConsumers) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Register("c" + std::to_string(i)).ok());
  EXPECT_TRUE(Fails(Register("c20"), ErrorType::kLimitExceeded));
  ASSERT_TRUE(
      client_->DeregisterStreamConsumer({.stream_arn = kStreamArn, .consumer_name = "c7"}).ok());
  EXPECT_TRUE(Register("c20").ok());
}

TEST_F(ConsumersTest, ANameIsInUseOnceAndAnArnNamesOneRegistration) {
  const std::string first = RegisteredArn("c");
  EXPECT_TRUE(Fails(Register("c"), ErrorType::kResourceInUse,
                    "Consumer c under stream s under account 000000000000 already exists."));
  ASSERT_TRUE(Deregister(first).ok());
  clock_.Advance(absl::Seconds(1));
  const std::string second = RegisteredArn("c");
  EXPECT_NE(first, second);
  EXPECT_TRUE(Fails(StatusOfConsumer(first), ErrorType::kResourceNotFound));
  EXPECT_TRUE(StatusOfConsumer(second).ok());
}

TEST_F(ConsumersTest, AConsumerHasTagsOfItsOwn) {
  const std::string arn =
      client_
          ->RegisterStreamConsumer(
              {.stream_arn = kStreamArn, .consumer_name = "c", .tags = TagMap{{"team", "blue"}}})
          .value()
          .consumer.consumer_arn;
  ASSERT_TRUE(client_->TagResource({.resource_arn = arn, .tags = TagMap{{"stage", "test"}}}).ok());
  const auto of_consumer = client_->ListTagsForResource({.resource_arn = arn}).value().tags;
  ASSERT_EQ(of_consumer.size(), 2U);
  EXPECT_EQ(of_consumer[0].key, "stage");
  EXPECT_EQ(of_consumer[1].value, "blue");
  EXPECT_TRUE(client_->ListTagsForResource({.resource_arn = kStreamArn}).value().tags.empty());
}

TEST_F(ConsumersTest, AConsumerThatIsRegisteredAgainAtOnceHasAnotherArn) {
  std::set<std::string> arns;
  for (const Limits& limits : {Limits::Kinesis(), Limits::Unlimited()}) {
    EXPECT_TRUE(client_->SetLimits(limits, {}).ok());
    for (int i = 0; i < 2; ++i) {
      const Consumer consumer = Register("c").value().consumer;
      EXPECT_TRUE(arns.insert(consumer.consumer_arn).second) << consumer.consumer_arn;
      EXPECT_TRUE(consumer.consumer_arn.ends_with(
          ":" + std::to_string(absl::ToUnixSeconds(consumer.consumer_creation_timestamp))));
      EXPECT_TRUE(client_->DescribeStreamConsumer({.consumer_arn = consumer.consumer_arn}).ok());
      ASSERT_TRUE(Deregister(consumer.consumer_arn).ok());
    }
  }
  // Not even under a new stream of the name, or when the clock was set back.
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  Create("s");
  EXPECT_TRUE(arns.insert(RegisteredArn("c")).second);
  ASSERT_TRUE(Deregister(*arns.rbegin()).ok());
  clock_.Advance(-absl::Seconds(1));
  EXPECT_TRUE(arns.insert(RegisteredArn("c")).second);
  // Another name has its own seconds.
  EXPECT_TRUE(
      RegisteredArn("d").ends_with(":" + std::to_string(absl::ToUnixSeconds(clock_.Now()))));
}

TEST_F(DelayedConsumersTest, APolicyIsGivenToAnActiveConsumerAlone) {
  const std::string arn = RegisteredArn("c");
  const auto put = [&] {
    return client_->PutResourcePolicy({.resource_arn = arn, .policy = R"({"Version":"1"})"});
  };
  EXPECT_TRUE(Fails(put(), ErrorType::kResourceInUse));
  EXPECT_EQ(client_->GetResourcePolicy({.resource_arn = arn})->policy, "{}");
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(put().ok());
  ASSERT_TRUE(Deregister(arn).ok());
  EXPECT_TRUE(Fails(put(), ErrorType::kResourceInUse));
  EXPECT_TRUE(
      Fails(client_->DeleteResourcePolicy({.resource_arn = arn}), ErrorType::kResourceInUse));
  EXPECT_EQ(client_->GetResourcePolicy({.resource_arn = arn})->policy, R"({"Version":"1"})");
}

TEST_F(ConsumersTest, AConsumerHasAPolicyOfItsOwn) {
  const std::string arn = RegisteredArn("c");
  ASSERT_TRUE(client_->PutResourcePolicy({.resource_arn = arn, .policy = "{}"}).ok());
  EXPECT_EQ(client_->GetResourcePolicy({.resource_arn = arn})->policy, "{}");
}

TEST_F(ConsumersTest, AStreamWithConsumersIsDeletedOnlyWithThem) {
  Register("c").value();
  EXPECT_TRUE(Fails(client_->DeleteStream({.stream_name = "s"}), ErrorType::kResourceInUse));
  EXPECT_TRUE(client_->DeleteStream({.stream_name = "s", .enforce_consumer_deletion = true}).ok());
}

// --- Listing -------------------------------------------------------------------------------------

TEST_F(ConsumersTest, ConsumersAreListedInPages) {
  for (const char* name : {"a", "b", "c"}) Register(name).value();
  const auto first =
      client_->ListStreamConsumers({.stream_arn = kStreamArn, .max_results = 2}).value();
  ASSERT_EQ(first.consumers.size(), 2U);
  EXPECT_EQ(first.consumers[1].consumer_name, "b");
  ASSERT_TRUE(first.next_token.has_value());
  const auto second =
      client_->ListStreamConsumers({.stream_arn = kStreamArn, .next_token = first.next_token})
          .value();
  ASSERT_EQ(second.consumers.size(), 1U);
  EXPECT_EQ(second.consumers[0].consumer_name, "c");
  EXPECT_FALSE(second.next_token.has_value());
}

TEST_F(ConsumersTest, ATokenIsOfItsStreamAndExpires) {
  Create("other");
  for (const char* name : {"a", "b"}) Register(name).value();
  const auto token =
      client_->ListStreamConsumers({.stream_arn = kStreamArn, .max_results = 1})->next_token;
  EXPECT_TRUE(Fails(client_->ListStreamConsumers(
                        {.stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/other",
                         .next_token = token}),
                    ErrorType::kInvalidArgument, "Invalid NextToken."));
  EXPECT_TRUE(Fails(client_->ListStreamConsumers({.stream_arn = kStreamArn,
                                                  .next_token = token,
                                                  .stream_creation_timestamp = clock_.Now()}),
                    ErrorType::kInvalidArgument));
  clock_.Advance(absl::Seconds(300) + absl::Milliseconds(1));
  EXPECT_TRUE(Fails(client_->ListStreamConsumers({.stream_arn = kStreamArn, .next_token = token}),
                    ErrorType::kExpiredNextToken));
}

TEST_F(ConsumersTest, TheTimeOfCreationTellsStreamsApart) {
  const absl::Time created = clock_.Now() - absl::Minutes(1);
  EXPECT_TRUE(
      client_->ListStreamConsumers({.stream_arn = kStreamArn, .stream_creation_timestamp = created})
          .ok());
  EXPECT_TRUE(Fails(client_->ListStreamConsumers(
                        {.stream_arn = kStreamArn, .stream_creation_timestamp = clock_.Now()}),
                    ErrorType::kResourceNotFound));
}

TEST_F(RatedConsumersTest, CallsHaveRatesOfTheirStream) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Register("c" + std::to_string(i)).ok());
  EXPECT_TRUE(Fails(Register("c5"), ErrorType::kLimitExceeded,
                    "Rate exceeded for stream s under account 000000000000."));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(
        client_->DescribeStreamConsumer({.stream_arn = kStreamArn, .consumer_name = "c1"}).ok());
  }
  EXPECT_TRUE(
      Fails(client_->DescribeStreamConsumer({.stream_arn = kStreamArn, .consumer_name = "c1"}),
            ErrorType::kLimitExceeded));
  clock_.Advance(absl::Milliseconds(200));
  EXPECT_TRUE(Register("c5").ok());
}

// --- What is delivered ---------------------------------------------------------------------------

TEST_F(ConsumersTest, TheFiveStartsBeginWhereTheySay) {
  const SequenceNumber a = Put("s", "a").sequence_number;
  clock_.Advance(absl::Seconds(1));
  const absl::Time middle = clock_.Now();
  Put("s", "b");
  int consumers = 0;
  const auto read = [&](const StartingPosition& start) {
    ShardSubscription subscription =
        Subscribed(RegisteredArn("c" + std::to_string(consumers++)), start);
    return DataOf(EventOf(subscription));
  };
  EXPECT_EQ(read({.type = "TRIM_HORIZON"}), Strings({"a", "b"}));
  EXPECT_EQ(read({.type = "LATEST"}), Strings());
  EXPECT_EQ(read({.type = "AT_SEQUENCE_NUMBER", .sequence_number = a}), Strings({"a", "b"}));
  EXPECT_EQ(read({.type = "AFTER_SEQUENCE_NUMBER", .sequence_number = a.ToString()}),
            Strings({"b"}));
  EXPECT_EQ(read({.type = "AT_TIMESTAMP", .timestamp = middle}), Strings({"b"}));
}

TEST_F(ConsumersTest, ABadStartOrShardSubscribesToNothing) {
  const std::string arn = RegisteredArn("c");
  EXPECT_TRUE(Fails(Subscribe(arn, {.type = "AT_SEQUENCE_NUMBER"}), ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(Subscribe(arn, {.type = "LATEST"}, ShardId(7)), ErrorType::kResourceNotFound,
                    "Shard shardId-000000000007 in stream s under account 000000000000 does not "
                    "exist"));
  EXPECT_TRUE(Fails(Subscribe(arn + "1", {.type = "LATEST"}), ErrorType::kResourceNotFound));
  EXPECT_TRUE(Subscribe(arn).ok());  // at once: none of those was a subscription
}

TEST_F(ConsumersTest, ASubscriptionDeliversWhatComesInOrder) {
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  EXPECT_TRUE(EventOf(subscription).records.empty());
  Put("s", "a");
  Put("s", "b");
  EXPECT_EQ(DataOf(EventOf(subscription)), Strings({"a", "b"}));
  Put("s", "c");
  EXPECT_EQ(DataOf(EventOf(subscription)), Strings({"c"}));
  EXPECT_TRUE(EventOf(subscription).records.empty());
}

TEST_F(ConsumersTest, ConsumersReadIndependently) {
  Put("s", "a");
  ShardSubscription one = Subscribed(RegisteredArn("one"));
  ShardSubscription two = Subscribed(RegisteredArn("two"));
  EXPECT_EQ(DataOf(EventOf(one)), Strings({"a"}));
  EXPECT_EQ(DataOf(EventOf(two)), Strings({"a"}));
}

TEST_F(ConsumersTest, TheContinuationNumberGoesOnWhereAnEventEnded) {
  const std::string arn = RegisteredArn("c");
  Put("s", "a");
  ShardSubscription first = Subscribed(arn);
  const SequenceNumber after_a = EventOf(first).continuation_sequence_number.value();
  Put("s", "b");
  clock_.Advance(absl::Seconds(5));
  ShardSubscription second =
      Subscribed(arn, {.type = "AFTER_SEQUENCE_NUMBER", .sequence_number = after_a});
  EXPECT_EQ(DataOf(EventOf(second)), Strings({"b"}));
}

TEST_F(ConsumersTest, AnEventWithoutRecordsHasAContinuationNumberToo) {
  const std::string arn = RegisteredArn("c");
  ShardSubscription first = Subscribed(arn, {.type = "LATEST"});
  const SequenceNumber number = EventOf(first).continuation_sequence_number.value();
  Put("s", "a");
  clock_.Advance(absl::Seconds(5));
  ShardSubscription second =
      Subscribed(arn, {.type = "AT_SEQUENCE_NUMBER", .sequence_number = number});
  EXPECT_EQ(DataOf(EventOf(second)), Strings({"a"}));
}

TEST_F(ConsumersTest, AClosedShardEndsWithItsChildren) {
  Put("s", "a");
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  Split();
  const SubscribeToShardEvent last = EventOf(subscription);
  EXPECT_EQ(DataOf(last), Strings({"a"}));
  ASSERT_TRUE(last.child_shards.has_value());
  ASSERT_EQ(last.child_shards->size(), 2U);
  EXPECT_EQ((*last.child_shards)[0].shard_id, ShardId(1));
  EXPECT_EQ((*last.child_shards)[1].parent_shards, std::vector<ShardId>({ShardId(0)}));
  EXPECT_FALSE(last.continuation_sequence_number.has_value());
  EXPECT_TRUE(HasEnded(subscription));
}

TEST_F(RatedConsumersTest, TwoMebibytesASecondAreDelivered) {
  const std::string data((512 << 10) - 3, 'x');  // with its key, half a MiB
  for (int i = 0; i < 6; ++i) {
    clock_.Advance(absl::Seconds(1));
    Put("s", data);
  }
  const absl::Time start = clock_.Now();
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  EXPECT_EQ(EventOf(subscription).records.size(), 4U);
  const SubscribeToShardEvent held_back = EventOf(subscription);
  EXPECT_TRUE(held_back.records.empty());
  EXPECT_EQ(held_back.millis_behind_latest, 1000);  // the fifth record's age
  clock_.Advance(absl::Milliseconds(50));
  // It grows older meanwhile. (Of a clock that steps, the two readings are a millisecond apart.)
  EXPECT_NEAR(static_cast<double>(EventOf(subscription).millis_behind_latest), 1050, 1);
  clock_.Advance(absl::Milliseconds(450));
  EXPECT_EQ(EventOf(subscription).records.size(), 2U);
  EXPECT_EQ(clock_.Now() - start, absl::Milliseconds(500));
}

TEST_F(ConsumersTest, BehindLatestIsTheAgeOfWhatIsNext) {
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  Put("s", "a");
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(EventOf(subscription).millis_behind_latest, 0);
}

// --- How subscriptions end -----------------------------------------------------------------------

TEST_F(ConsumersTest, ASubscriptionLastsFiveMinutes) {
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  clock_.Advance(absl::Minutes(5) - absl::Milliseconds(1));
  EXPECT_FALSE(HasEnded(subscription));
  Put("s", "a");
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(HasEnded(subscription));
}

TEST_F(ConsumersTest, WithinFiveSecondsASecondCallIsRefusedAndLaterItTakesOver) {
  const std::string arn = RegisteredArn("c");
  ShardSubscription first = Subscribed(arn);
  const std::string in_use =
      "Another active subscription exists for this consumer: "
      "000000000000:s:shardId-000000000000:c";
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_TRUE(Fails(Subscribe(arn), ErrorType::kResourceInUse, in_use));
  EXPECT_TRUE(first.Next().ok());
  clock_.Advance(absl::Milliseconds(1));
  ShardSubscription second = Subscribed(arn);
  EXPECT_TRUE(Fails(first.Next(), ErrorType::kResourceInUse, in_use));
  EXPECT_TRUE(second.Next().ok());
}

TEST_F(ConsumersTest, FiveSecondsAreFiveSecondsAfterTheClockWasSetBackToo) {
  const std::string arn = RegisteredArn("c");
  ShardSubscription first = Subscribed(arn);
  clock_.Advance(-absl::Hours(1));
  EXPECT_TRUE(Fails(Subscribe(arn), ErrorType::kResourceInUse));
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(Subscribe(arn).ok());
}

TEST_F(ConsumersTest, DeregisteringEndsSubscriptions) {
  const std::string arn = RegisteredArn("c");
  ShardSubscription subscription = Subscribed(arn);
  ASSERT_TRUE(Deregister(arn).ok());
  EXPECT_TRUE(Fails(subscription.Next(), ErrorType::kResourceNotFound));
}

TEST_F(DelayedConsumersTest, DeletingAStreamEndsSubscriptions) {
  const std::string arn = RegisteredArn("c");
  clock_.Advance(absl::Seconds(10));
  ShardSubscription subscription = Subscribed(arn);
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s", .enforce_consumer_deletion = true}).ok());
  EXPECT_TRUE(Fails(subscription.Next(), ErrorType::kResourceNotFound,
                    "Stream s under account 000000000000 not found."));
}

TEST_F(ConsumersTest, DeletingTheEnginesStreamEndsSubscriptions) {
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  ASSERT_TRUE(client_->engine().DeleteStream("s").ok());
  EXPECT_TRUE(Fails(subscription.Next(), ErrorType::kResourceNotFound));
}

TEST_F(DelayedConsumersTest, OnlyAnActiveConsumerSubscribes) {
  const Consumer consumer = Register("c").value().consumer;
  const std::string message = "Consumer c with creation timestamp " +
                              std::to_string(absl::ToUnixSeconds(clock_.Now())) +
                              " under stream s and account 000000000000 is not in ACTIVE status.";
  EXPECT_TRUE(Fails(Subscribe(consumer.consumer_arn), ErrorType::kResourceInUse, message));
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(Subscribe(consumer.consumer_arn).ok());
  ASSERT_TRUE(Deregister(consumer.consumer_arn).ok());
  clock_.Advance(absl::Seconds(6));
  EXPECT_TRUE(Fails(Subscribe(consumer.consumer_arn), ErrorType::kResourceInUse, message));
}

TEST_F(RatedConsumersTest, AConsumerSubscribesToAShardOnceASecond) {
  const std::string arn = RegisteredArn("c");
  ASSERT_TRUE(Subscribe(arn).ok());
  EXPECT_TRUE(Fails(Subscribe(arn), ErrorType::kLimitExceeded));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Fails(Subscribe(arn), ErrorType::kResourceInUse));
}

TEST_F(ConsumersTest, AConsumerOfManyShardsForgetsThoseOfLongAgo) {
  const std::string arn = RegisteredArn("c");
  Create("wide", 200);
  const std::string wide =
      client_
          ->RegisterStreamConsumer(
              {.stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/wide",
               .consumer_name = "c"})
          .value()
          .consumer.consumer_arn;
  const auto subscribe = [&](uint32_t shard) {
    return Subscribe(wide, {.type = "LATEST"}, ShardId(shard));
  };
  ShardSubscription kept = subscribe(0).value().event_stream;
  for (uint32_t shard = 1; shard < 100; ++shard) ASSERT_TRUE(subscribe(shard).ok());
  EXPECT_TRUE(kept.Next().ok());
  EXPECT_TRUE(Fails(subscribe(99), ErrorType::kResourceInUse));  // and not one that still counts
  clock_.Advance(absl::Minutes(6));
  for (uint32_t shard = 100; shard < 200; ++shard) ASSERT_TRUE(subscribe(shard).ok());
  EXPECT_TRUE(HasEnded(kept));
}

// --- Waiting -------------------------------------------------------------------------------------

TEST_F(ConsumersTest, NextSleepsUntilARecordComes) {
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  std::optional<SubscribeToShardEvent> event;
  const kinesis::testing::WaitingFor waiting("Next to return");
  std::thread reader([&] { event = subscription.Next(absl::InfiniteFuture()).value(); });
  EXPECT_TRUE(clock_.AwaitSleepers(1));
  Put("s", "a");
  reader.join();
  EXPECT_EQ(DataOf(*event), Strings({"a"}));
}

TEST_F(ConsumersTest, NextGivesUpAtItsDeadlineWithAnEmptyEvent) {
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  const absl::Time deadline = clock_.Now() + absl::Milliseconds(2500);
  std::optional<SubscribeToShardEvent> event;
  const kinesis::testing::WaitingFor waiting("Next to return");
  std::thread reader([&] { event = subscription.Next(deadline).value(); });
  EXPECT_TRUE(clock_.AwaitSleepers(1));
  clock_.Set(deadline);
  reader.join();
  EXPECT_TRUE(event->records.empty());
}

TEST_F(ConsumersTest, ASleeperNoticesThatItsConsumerIsGone) {
  const std::string arn = RegisteredArn("c");
  ShardSubscription subscription = Subscribed(arn);
  absl::Status status;
  const kinesis::testing::WaitingFor waiting("Next to return");
  std::thread reader([&] { status = subscription.Next(absl::InfiniteFuture()).status(); });
  EXPECT_TRUE(clock_.AwaitSleepers(1));
  ASSERT_TRUE(Deregister(arn).ok());
  clock_.Advance(absl::Seconds(1));
  reader.join();
  EXPECT_TRUE(Fails(status, ErrorType::kResourceNotFound));
}

TEST_F(RatedConsumersTest, NextSleepsUntilItsRateAllowsMore) {
  const std::string data((1 << 20) - 3, 'x');
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    Put("s", data);
  }
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  EXPECT_EQ(EventOf(subscription).records.size(), 2U);
  const absl::Time start = clock_.Now();
  std::optional<SubscribeToShardEvent> event;
  const kinesis::testing::WaitingFor waiting("Next to return");
  std::thread reader([&] { event = subscription.Next(absl::InfiniteFuture()).value(); });
  EXPECT_TRUE(clock_.AwaitSleepers(1));
  ASSERT_TRUE(clock_.AdvanceToNextDeadline());
  reader.join();
  EXPECT_EQ(event->records.size(), 1U);
  EXPECT_EQ(clock_.Now() - start, absl::Milliseconds(100));
}

TEST_F(ConsumersTest, TheCallbackGetsAllEventsUpToTheEndOfTheShard) {
  Put("s", "a");
  ShardSubscription subscription = Subscribed(RegisteredArn("c"));
  Strings data;
  size_t children = 0;
  const auto on_event = [&](const SubscribeToShardEvent& event) {
    for (std::string& text : DataOf(event)) data.push_back(std::move(text));
    if (event.child_shards) children = event.child_shards->size();
  };
  EXPECT_TRUE(absl::IsDeadlineExceeded(subscription.Run(on_event, clock_.Now())));
  EXPECT_EQ(data, Strings({"a"}));
  Put("s", "b");
  Split();
  EXPECT_TRUE(subscription.Run(on_event, clock_.Now()).ok());
  EXPECT_EQ(data, Strings({"a", "b"}));
  EXPECT_EQ(children, 2U);
}

TEST_F(ConsumersTest, TheCallbackFormReturnsTheErrorThatEndedIt) {
  const std::string arn = RegisteredArn("c");
  Put("s", "a");
  ShardSubscription subscription = Subscribed(arn);
  const absl::Status status =
      subscription.Run([&](const SubscribeToShardEvent&) { ASSERT_TRUE(Deregister(arn).ok()); },
                       absl::InfiniteFuture());
  EXPECT_TRUE(Fails(status, ErrorType::kResourceNotFound));
}

}  // namespace
}  // namespace kinesis::api
