#include "kinesis_core/api/json/json_service.h"

#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/stream.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

class JsonServiceTest : public testing::ClientTest {
 protected:
  JsonServiceTest() : service_(*client_) { Create("s"); }

  // The text of the answer. Fails the test unless status, name of the error and body agree.
  std::string Handle(std::string_view operation, std::string_view json) {
    const JsonAnswer answer = service_.Handle(operation, json);
    if (answer.error.empty()) {
      EXPECT_EQ(answer.http_status, 200);
    } else {
      EXPECT_EQ(answer.http_status, HttpStatus(FindError(answer.error).value()));
      EXPECT_TRUE(answer.json_text.starts_with("{\"__type\":\"" + answer.error + "\",\""));
    }
    return answer.json_text;
  }

  JsonService service_;
};

TEST_F(JsonServiceTest, AnOperationTakesTextAndAnswersText) {
  EXPECT_EQ(Handle("CreateStream", R"({"StreamName":"t","ShardCount":1})"), "{}");
  EXPECT_EQ(Handle("ListTagsForStream", R"({"StreamName":"t"})"),
            R"({"HasMoreTags":false,"Tags":[]})");
  EXPECT_EQ(StatusOf("t"), StreamStatus::kActive);
}

TEST_F(JsonServiceTest, RecordsGoInAndComeOut) {
  Handle("PutRecord", R"({"StreamName":"s","Data":"AP8=","PartitionKey":"k\u00e9y"})");
  const GetRecordsResponse page = Get(IteratorOf("s"));
  ASSERT_EQ(page.records.size(), 1U);
  EXPECT_EQ(page.records[0].data, std::string("\0\xff", 2));
  EXPECT_EQ(page.records[0].partition_key, "k\xc3\xa9y");
  const std::string answer =
      Handle("GetRecords", R"({"ShardIterator":")" + IteratorOf("s").ToString() + "\"}");
  EXPECT_NE(answer.find(R"("Records":[{"ApproximateArrivalTimestamp":1600000000,"Data":"AP8=",)"
                        "\"PartitionKey\":\"k\xc3\xa9y\",\"SequenceNumber\":\"496"),
            std::string::npos)
      << answer;
}

TEST_F(JsonServiceTest, WhatTheServiceHasNoWordForIsABareInternalFailure) {
  const JsonAnswer answer =
      service_.Handle("GetShardIterator", R"({"StreamName":"s","ShardId":"shardId-000000000000",)"
                                          R"("ShardIteratorType":"AT_SEQUENCE_NUMBER",)"
                                          R"("StartingSequenceNumber":"0"})");
  EXPECT_EQ(answer.http_status, 500);
  EXPECT_EQ(answer.json_text, R"({"__type":"InternalFailure"})");
  EXPECT_EQ(answer.error, "InternalFailure");
}

// Whatever a request is wrong by, the answer to it is short.
TEST_F(JsonServiceTest, AnAnswerShowsNoMoreThanAKibibyteOfWhatWasGiven) {
  // Characters of two bytes, so that a cut in the middle of one would show.
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "\u00e9";
  const std::string quoted = "\"" + text + "\"";
  std::string list = "[" + quoted;
  for (int i = 0; i < 60; ++i) list += ",\"key\"";
  list += "]";
  const std::string kRequests[][2] = {
      {"CreateStream", R"({"ShardCount":1,"StreamName":)" + quoted + "}"},
      {"DescribeStream", R"({"StreamARN":)" + quoted + "}"},
      {"DescribeStream", R"({"StreamId":)" + quoted + "}"},
      {"SplitShard",
       R"({"StreamName":"s","NewStartingHashKey":"1","ShardToSplit":)" + quoted + "}"},
      {"SplitShard",
       R"({"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":)" + quoted + "}"},
      {"GetShardIterator",
       R"({"StreamName":"s","ShardId":"0","ShardIteratorType":)" + quoted + "}"},
      {"GetShardIterator", R"({"StreamName":"s","ShardId":"0","ShardIteratorType":"LATEST",)"
                           R"("StartingSequenceNumber":)" +
                               quoted + "}"},
      {"GetRecords", R"({"ShardIterator":)" + quoted + "}"},
      {"ListShards", R"({"NextToken":)" + quoted + "}"},
      {"PutRecord", R"({"StreamName":"s","Data":)" + quoted + R"(,"PartitionKey":"k"})"},
      {"PutRecord", R"({"StreamName":"s","Data":"","PartitionKey":)" + quoted + "}"},
      {"PutRecord",
       R"({"StreamName":"s","Data":"","PartitionKey":"k","ExplicitHashKey":)" + quoted + "}"},
      {"DeleteStream", R"({"StreamName":"s","EnforceConsumerDeletion":)" + quoted + "}"},
      {"AddTagsToStream", R"({"StreamName":"s","Tags":{"k":)" + quoted + "}}"},
      {"AddTagsToStream", R"({"StreamName":"s","Tags":{)" + quoted + R"(:"v"}})"},
      {"AddTagsToStream", R"({"StreamName":"s","Tags":{)" + quoted + ":null}}"},
      {"RemoveTagsFromStream", R"({"StreamName":"s","TagKeys":)" + list + "}"},
      {"EnableEnhancedMonitoring", R"({"StreamName":"s","ShardLevelMetrics":)" + list + "}"},
      {"StartStreamEncryption",
       R"({"StreamName":"s","EncryptionType":"KMS","KeyId":)" + quoted + "}"},
      {text, "{}"},
  };
  for (const auto& [operation, json] : kRequests) {
    const JsonAnswer answer = service_.Handle(operation, json);
    EXPECT_NE(answer.http_status, 200) << operation;
    // Up to four constraints can be broken by one value.
    EXPECT_LT(answer.json_text.size(), 5000U) << operation;
    EXPECT_EQ(answer.json_text.find("\xef\xbf\xbd"), std::string::npos) << operation;
  }
}

TEST_F(JsonServiceTest, AKeyThatIsNoUtf8IsShownInUtf8) {
  kinesis::Stream stream = client_->engine().OpenStream("s").value();
  ASSERT_TRUE(stream.Put({.partition_key = "\xff", .data = "d"}).ok());
  const std::string answer =
      Handle("GetRecords", R"({"ShardIterator":")" + IteratorOf("s").ToString() + "\"}");
  EXPECT_NE(answer.find("\"PartitionKey\":\"\xef\xbf\xbd\""), std::string::npos) << answer;
}

TEST_F(JsonServiceTest, TheHeaderNamesTheOperationToo) {
  EXPECT_EQ(Handle("Kinesis_20131202.ListTagsForStream", R"({"StreamName":"s"})"),
            R"({"HasMoreTags":false,"Tags":[]})");
  EXPECT_EQ(service_.Handle("DynamoDB_20120810.ListTables", "{}").error,
            "UnknownOperationException");
}

TEST_F(JsonServiceTest, AnUnknownOperationReadsNothing) {
  EXPECT_EQ(
      Handle("Nothing", "no JSON"),
      R"({"__type":"UnknownOperationException","message":"There is no operation 'Nothing'."})");
  EXPECT_EQ(service_.Handle("", "{}").error, "UnknownOperationException");
  EXPECT_EQ(service_.Handle("putrecord", "{}").error, "UnknownOperationException");
}

TEST_F(JsonServiceTest, AnOperationOfALaterYearIsUnknown) {
  EXPECT_TRUE(client_->SetLimits(Limits::Kinesis2015(), {}).ok());
  EXPECT_EQ(service_.Handle("ListShards", "no JSON").error, "UnknownOperationException");
  EXPECT_EQ(service_.Handle("ListStreams", "no JSON").error, "SerializationException");
}

TEST_F(JsonServiceTest, MessageIsSpelledAsTheServiceDoes) {
  EXPECT_EQ(Handle("DescribeStream", R"({"StreamName":[]})"),
            R"({"__type":"SerializationException",)"
            R"("Message":"Start of list found where not expected"})");
  EXPECT_EQ(Handle("DescribeStream", R"({"StreamName":"x"})"),
            R"({"__type":"ResourceNotFoundException",)"
            R"("message":"Stream x under account 000000000000 not found."})");
}

TEST_F(JsonServiceTest, TypesAreCheckedBeforeConstraints) {
  EXPECT_EQ(service_.Handle("PutRecord", R"({"StreamName":"!","Data":1})").error,
            "SerializationException");
  EXPECT_EQ(service_.Handle("PutRecord", R"({"StreamName":"!","Data":""})").error,
            "ValidationException");
}

TEST_F(JsonServiceTest, NullInAListIsAValidationError) {
  EXPECT_EQ(Handle("PutRecords", R"({"StreamName":"s","Records":[null]})"),
            R"({"__type":"ValidationException","message":"1 validation error detected: )"
            R"(Value null at 'records.1.member' failed to satisfy constraint: )"
            R"(Member must not be null"})");
}

// --- Subscriptions

class JsonSubscriptionTest : public JsonServiceTest {
 protected:
  JsonSubscriptionTest() {
    const std::string stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    consumer_arn_ =
        client_->RegisterStreamConsumer({.stream_arn = stream_arn, .consumer_name = "c"})
            ->consumer.consumer_arn;
  }

  JsonAnswer Subscribe() {
    return service_.Handle("SubscribeToShard",
                           R"({"ConsumerARN":")" + consumer_arn_ +
                               R"(","ShardId":"0","StartingPosition":{"Type":"TRIM_HORIZON"}})");
  }

  std::string consumer_arn_;
};

TEST_F(JsonSubscriptionTest, EventsFollowAnEmptyAnswer) {
  Put("s", "tea");
  JsonAnswer answer = Subscribe();
  EXPECT_EQ(answer.json_text, "{}");
  ASSERT_TRUE(answer.events.has_value());
  const std::optional<JsonEvent> event = answer.events->Next();
  EXPECT_TRUE(event->json_text.starts_with(
      R"({"SubscribeToShardEvent":{"ContinuationSequenceNumber":"496)"));
  EXPECT_NE(event->json_text.find(R"("MillisBehindLatest":0,"Records":[{)"), std::string::npos);
  EXPECT_NE(event->json_text.find(R"("Data":"dGVh")"), std::string::npos);
  EXPECT_FALSE(event->idle);
}

TEST_F(JsonSubscriptionTest, AnEventWithoutNewsIsIdle) {
  JsonAnswer answer = Subscribe();
  const std::optional<JsonEvent> event = answer.events->Next();
  EXPECT_TRUE(event->idle);
  EXPECT_NE(event->json_text.find(R"("Records":[])"), std::string::npos);
  Put("s", "tea");
  EXPECT_FALSE(answer.events->Next()->idle);
}

TEST_F(JsonSubscriptionTest, TheEndOfTheShardIsTheLastEvent) {
  ASSERT_TRUE(
      client_->SplitShard({.stream_name = "s", .shard_to_split = "0", .new_starting_hash_key = "7"})
          .ok());
  JsonAnswer answer = Subscribe();
  const std::optional<JsonEvent> event = answer.events->Next();
  EXPECT_FALSE(event->idle);
  EXPECT_NE(event->json_text.find(R"("ChildShards":[{)"), std::string::npos);
  EXPECT_FALSE(answer.events->Next().has_value());
}

TEST_F(JsonSubscriptionTest, AnExceptionIsTheLastEvent) {
  JsonAnswer answer = Subscribe();
  ASSERT_TRUE(client_->DeregisterStreamConsumer({.consumer_arn = consumer_arn_}).ok());
  const std::optional<JsonEvent> event = answer.events->Next();
  EXPECT_TRUE(event->json_text.starts_with(R"({"ResourceNotFoundException":{"message":")"))
      << event->json_text;
  EXPECT_FALSE(answer.events->Next().has_value());
}

TEST_F(JsonServiceTest, OtherOperationsHaveNoEvents) {
  EXPECT_FALSE(service_.Handle("ListStreams", "{}").events.has_value());
  EXPECT_FALSE(service_.Handle("SubscribeToShard", "{}").events.has_value());
}

TEST_F(JsonServiceTest, AServiceCanBeMoved) {
  JsonService other = std::move(service_);
  EXPECT_EQ(other.Handle("ListStreams", "{}").http_status, 200);
  EXPECT_EQ(&other.client(), client_.get());
}

}  // namespace
}  // namespace kinesis::api
