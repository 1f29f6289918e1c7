#include "kinesis_core/api/internal/request_validation.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/schema_all.h"

namespace kinesis::api::internal {
namespace {

// The message of the ValidationException; empty if the request is right.
template <class Request>
std::string Message(const Request& request, const std::vector<std::string>& nulls = {}) {
  const absl::Status status = Validate(request, nulls);
  if (status.ok()) return "";
  EXPECT_TRUE(IsError(status, ErrorType::kValidation)) << status;
  return ErrorOf(status)->message;
}

TEST(RequestValidationTest, ARightRequestPasses) {
  EXPECT_EQ(Message(CreateStreamRequest{.stream_name = "a.b-c_D9", .shard_count = 1}), "");
  EXPECT_EQ(Message(PutRecordRequest{.stream_name = "s", .data = "", .partition_key = "k"}), "");
  EXPECT_EQ(Message(DescribeLimitsRequest{}), "");
}

TEST(RequestValidationTest, ARequiredMemberThatIsMissingIsNull) {
  EXPECT_EQ(Message(CreateStreamRequest{}),
            "1 validation error detected: Value null at 'streamName' failed to satisfy constraint: "
            "Member must not be null");
  EXPECT_EQ(Message(UntagResourceRequest{}),
            "2 validation errors detected: Value null at 'resourceARN' failed to satisfy "
            "constraint: Member must not be null; Value null at 'tagKeys' failed to satisfy "
            "constraint: Member must not be null");
}

TEST(RequestValidationTest, EmptyTextBreaksItsPatternAndItsLength) {
  EXPECT_EQ(Message(DescribeStreamRequest{.stream_name = ""}),
            "2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at "
            "'streamName' failed to satisfy constraint: Member must have length greater than or "
            "equal to 1");
}

TEST(RequestValidationTest, NumbersHaveValuesAndTextHasLengths) {
  EXPECT_EQ(Message(DescribeStreamRequest{.stream_name = "s", .limit = 0}),
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1");
  EXPECT_EQ(Message(DescribeStreamRequest{.stream_name = "s", .limit = 10'001}),
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000");
  const std::string name(129, 'x');
  EXPECT_EQ(Message(DescribeStreamRequest{.stream_name = name}),
            "1 validation error detected: Value '" + name +
                "' at 'streamName' failed to satisfy constraint: Member must have length less than "
                "or equal to 128");
}

TEST(RequestValidationTest, LengthCountsCharactersNotBytes) {
  std::string key;
  for (int i = 0; i < 256; ++i) key += "\xc3\xa9";
  EXPECT_EQ(Message(PutRecordRequest{.stream_name = "s", .data = "d", .partition_key = key}), "");
  key += "x";
  EXPECT_NE(Message(PutRecordRequest{.stream_name = "s", .data = "d", .partition_key = key}), "");
}

TEST(RequestValidationTest, WhatBreaksItsPatternIsNotTooLongByItsBytes) {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "\xc3\xa9";
  EXPECT_EQ(Message(DescribeStreamRequest{.stream_name = name}),
            "1 validation error detected: Value '" + name +
                "' at 'streamName' failed to satisfy constraint: Member must satisfy regular "
                "expression pattern: [a-zA-Z0-9_.-]+");
}

TEST(RequestValidationTest, LongTextIsShownUpToTheEndOfACharacter) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\xe2\x82\xac";
  EXPECT_EQ(ShownText(text), text.substr(0, 1023) + "...");
  EXPECT_EQ(ShownText("x" + text), "x" + text.substr(0, 1023) + "...");
}

TEST(RequestValidationTest, AnUnknownNameOfAnEnumerationIsAnsweredWithItsSet) {
  EXPECT_EQ(Message(UpdateShardCountRequest{
                .stream_name = "s", .target_shard_count = 1, .scaling_type = "uniform"}),
            "1 validation error detected: Value 'uniform' at 'scalingType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [UNIFORM_SCALING]");
}

TEST(RequestValidationTest, TypedValuesNeedNoCheck) {
  EXPECT_EQ(Message(GetShardIteratorRequest{.stream_name = "s",
                                            .shard_id = ShardId(3),
                                            .shard_iterator_type = ShardIteratorType::kLatest}),
            "");
}

TEST(RequestValidationTest, ABlobIsShownAsJavaShowsIt) {
  const std::string data((10U << 20) + 1, 'x');
  EXPECT_EQ(Message(PutRecordRequest{.stream_name = "s", .data = data, .partition_key = "k"}),
            "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=10485761 "
            "cap=10485761]' at 'data' failed to satisfy constraint: Member must have length less "
            "than or equal to 10485760");
}

TEST(RequestValidationTest, ElementsAreCountedFromOne) {
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace();
  request.records->push_back({.data = "d", .partition_key = "k"});
  request.records->push_back({.data = "d", .partition_key = "", .explicit_hash_key = "007"});
  EXPECT_EQ(Message(request),
            "2 validation errors detected: Value '007' at 'records.2.member.explicitHashKey' "
            "failed to satisfy constraint: Member must satisfy regular expression pattern: "
            "0|([1-9]\\d{0,38}); Value '' at 'records.2.member.partitionKey' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1");
}

TEST(RequestValidationTest, AListOfStructuresIsShownByTheirClass) {
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace();
  EXPECT_EQ(Message(request),
            "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1");
  request.records->resize(501, {.data = "d", .partition_key = "k"});
  const std::string message = Message(request);
  EXPECT_EQ(message.rfind("1 validation error detected: Value "
                          "'[com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@1, ",
                          0),
            0U);
  EXPECT_NE(message.find("' at 'records' failed to satisfy constraint: Member must have length "
                         "less than or equal to 500"),
            std::string::npos);
}

TEST(RequestValidationTest, AStructureIsPartOfThePath) {
  EXPECT_EQ(Message(UpdateStreamModeRequest{.stream_arn = "arn:aws:kinesis:r:123456789012:stream/s",
                                            .stream_mode_details = StreamModeDetails{}}),
            "1 validation error detected: Value null at 'streamModeDetails.streamMode' failed to "
            "satisfy constraint: Member must not be null");
}

TEST(RequestValidationTest, TheElementsOfAListOfTextFailTogether) {
  EXPECT_EQ(Message(RemoveTagsFromStreamRequest{.stream_name = "s",
                                                .tag_keys = std::vector<std::string>{"a", ""}}),
            "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must have length less than or equal to 128, "
            "Member must have length greater than or equal to 1]");
}

TEST(RequestValidationTest, AMapIsShownWithItsEntries) {
  const std::string value(257, 'v');
  EXPECT_EQ(
      Message(AddTagsToStreamRequest{.stream_name = "s", .tags = TagMap{{"", "a"}, {"k", value}}}),
      "2 validation errors detected: Value '{=a, k=" + value +
          "}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member "
          "must have length less than or equal to 128, Member must have length greater than or "
          "equal to 1]; Value '{=a, k=" +
          value +
          "}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member "
          "must have length less than or equal to 256, Member must have length greater than or "
          "equal to 0]");
}

TEST(RequestValidationTest, AMapIsRefusedForItsKeysAloneAndForItsValuesAlone) {
  const std::string value(257, 'v');
  EXPECT_NE(Message(AddTagsToStreamRequest{.stream_name = "s", .tags = TagMap{{"", "v"}}}), "");
  EXPECT_NE(Message(AddTagsToStreamRequest{.stream_name = "s", .tags = TagMap{{"k", value}}}), "");
}

TEST(RequestValidationTest, NullsInsideListsAndMapsAreToldAfterTheRest) {
  EXPECT_EQ(Message(AddTagsToStreamRequest{.stream_name = "s", .tags = TagMap{{"k", ""}}},
                    {"tags.k.member"}),
            "1 validation error detected: Value null at 'tags.k.member' failed to satisfy "
            "constraint: Member must not be null");
}

TEST(RequestValidationTest, TenFailuresAreToldAtMost) {
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(20);
  const std::string message = Message(request);
  EXPECT_EQ(message.rfind("10 validation errors detected: ", 0), 0U);
  EXPECT_NE(message.find("records.10.member.data"), std::string::npos);
  EXPECT_EQ(message.find("records.11."), std::string::npos);
}

}  // namespace
}  // namespace kinesis::api::internal
