#include "kinesis_core/api/json/internal/json_decoder.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/request_validation.h"
#include "kinesis_core/api/internal/schema_all.h"

namespace kinesis::api::internal {
namespace {

// Decodes; fails the test if the text is refused.
template <class T>
T Decoded(std::string_view json) {
  JsonDecoder decoder;
  T value;
  const absl::Status status = decoder.Decode(json, &value);
  EXPECT_TRUE(status.ok()) << status << " for " << json;
  return value;
}

// The message of the SerializationException; empty if the text is taken.
template <class T>
std::string Refusal(std::string_view json) {
  JsonDecoder decoder;
  T value;
  const absl::Status status = decoder.Decode(json, &value);
  if (status.ok()) return "";
  EXPECT_TRUE(IsError(status, ErrorType::kSerialization)) << status;
  return ErrorOf(status)->message;
}

bool IsMalformed(std::string_view json) {
  return Refusal<PutRecordsRequest>(json).rfind("Malformed JSON: ", 0) == 0;
}

// The words of the message, whichever JSON library finds the fault.
TEST(JsonDecoderTest, WhatIsMalformedIsToldInWordsOfOurOwn) {
  const struct {
    std::string json;
    const char* reason;
  } kRows[] = {
      {"", "not one whole and correct JSON text"},
      {"{", "not one whole and correct JSON text"},
      {R"({"StreamName":"s)", "not one whole and correct JSON text"},
      {R"({"StreamName":"s"}})", "not one whole and correct JSON text"},
      {R"({"StreamName" "s"})", "not one whole and correct JSON text"},
      {R"({"StreamName":"\q"})", "not one whole and correct JSON text"},
      {R"({"Records":[{},]})", "not one whole and correct JSON text"},
      {R"({"x":01})", "no such number"},
      {R"({"x":tru})", "no such literal"},
      {"{\"x\":\"\xff\"}", "not UTF-8"},
      {R"({"x":)" + std::string(100, '[') + std::string(100, ']') + "}",
       "more than 64 brackets within each other"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Refusal<PutRecordsRequest>(row.json), "Malformed JSON: " + std::string(row.reason))
        << row.json;
  }
}

// --- What is taken -------------------------------------------------------------------------------

TEST(JsonDecoderTest, MembersGoWhereTheirNamesSay) {
  JsonDecoder decoder;
  PutRecordsRequest request;
  ASSERT_TRUE(decoder
                  .Decode(R"({"Records":[{"Data":"dGVh","PartitionKey":"alice"},
                              {"PartitionKey":"bob","Data":"","ExplicitHashKey":"7"}],
                              "StreamName" : "orders"})",
                          &request)
                  .ok());
  EXPECT_EQ(request.stream_name, "orders");
  ASSERT_EQ(request.records->size(), 2U);
  EXPECT_EQ((*request.records)[0].data, "tea");
  EXPECT_EQ((*request.records)[0].partition_key, "alice");
  EXPECT_EQ((*request.records)[1].data, "");
  EXPECT_EQ((*request.records)[1].explicit_hash_key->text(), "7");
}

TEST(JsonDecoderTest, NullIsAbsent) {
  EXPECT_FALSE(Decoded<DescribeStreamRequest>(R"({"StreamName":null,"Limit":null})").stream_name);
  EXPECT_FALSE(Decoded<PutRecordsRequest>(R"({"Records":null})").records);
  EXPECT_FALSE(Decoded<ListShardsRequest>(R"({"ShardFilter":null})").shard_filter);
  EXPECT_FALSE(Decoded<ListStreamsRequest>("null").limit);
  EXPECT_FALSE(Decoded<ListStreamsRequest>(" null\n").limit);
  EXPECT_FALSE(Decoded<ListStreamsRequest>(" { } ").limit);
}

TEST(JsonDecoderTest, UnknownMembersAreIgnored) {
  const auto request = Decoded<DescribeStreamRequest>(
      R"({"A":{"StreamName":[1,-2.5e3,{}]},"B":"\u00e9\n","streamname":"x","StreamName":"s",
          "C":[true,false,null,[]]})");
  EXPECT_EQ(request.stream_name, "s");
}

TEST(JsonDecoderTest, TheLastOfTwoMembersOfOneNameCounts) {
  EXPECT_EQ(Decoded<DescribeStreamRequest>(R"({"Limit":1,"Limit":2})").limit, 2);
  EXPECT_FALSE(Decoded<DescribeStreamRequest>(R"({"Limit":1,"Limit":null})").limit);
  const auto tags = Decoded<UntagResourceRequest>(R"({"TagKeys":["a","b"],"TagKeys":["c"]})");
  EXPECT_EQ(*tags.tag_keys, std::vector<std::string>{"c"});
  const auto filter = Decoded<ListShardsRequest>(
      R"({"ShardFilter":{"ShardId":"s"},"ShardFilter":{"Type":"AT_LATEST"}})");
  EXPECT_FALSE(filter.shard_filter->shard_id);
}

TEST(JsonDecoderTest, EscapesAreUndoneInNamesAndValues) {
  const auto request =
      Decoded<DescribeStreamRequest>(R"({"Stream\u004eame":"\u00e9\ud83d\ude00\/"})");
  EXPECT_EQ(request.stream_name, "\xc3\xa9\xf0\x9f\x98\x80/");
}

TEST(JsonDecoderTest, NumbersAreCutAndClampedToTheirType) {
  EXPECT_EQ(Decoded<DescribeStreamRequest>(R"({"Limit":1.99})").limit, 1);
  EXPECT_EQ(Decoded<DescribeStreamRequest>(R"({"Limit":-0.5})").limit, 0);
  EXPECT_EQ(Decoded<DescribeStreamRequest>(R"({"Limit":3000000000})").limit,
            std::numeric_limits<int32_t>::max());
  EXPECT_EQ(Decoded<DescribeStreamRequest>(R"({"Limit":-1e400 })").limit,
            std::numeric_limits<int32_t>::min());
  EXPECT_EQ(Decoded<DescribeStreamRequest>(R"({"Limit":123456789012345678901234567890})").limit,
            std::numeric_limits<int32_t>::max());
}

TEST(JsonDecoderTest, TimesAreSecondsWithAFraction) {
  const auto request =
      Decoded<ListShardsRequest>(R"({"StreamCreationTimestamp":1.545000000123E9})");
  EXPECT_EQ(request.stream_creation_timestamp, absl::FromUnixMillis(1'545'000'000'123));
}

TEST(JsonDecoderTest, TextOfTypedMembersIsKeptAsItCame) {
  const auto request = Decoded<UpdateShardCountRequest>(R"({"ScalingType":"uniform"})");
  EXPECT_EQ(request.scaling_type->text(), "uniform");
}

TEST(JsonDecoderTest, ADecoderServesManyTexts) {
  JsonDecoder decoder;
  for (const size_t size : {10U, 3'000'000U, 20U, 100'000U, 0U}) {
    const std::string key(size, 'k');
    PutRecordRequest request;
    ASSERT_TRUE(decoder.Decode(R"({"Data":"dGVh","PartitionKey":")" + key + "\"}", &request).ok());
    EXPECT_EQ(request.partition_key, key);
    EXPECT_EQ(request.data, "tea");
  }
}

// --- Nulls where the types cannot be without a value ---------------------------------------------

template <class T>
std::string NullMessage(std::string_view json) {
  JsonDecoder decoder;
  T value;
  EXPECT_TRUE(decoder.Decode(json, &value).ok());
  if (decoder.null_paths().empty()) return "";
  return ErrorOf(Validate(value, decoder.null_paths()))->message;
}

TEST(JsonDecoderTest, NullInAListIsAValidationError) {
  EXPECT_EQ(NullMessage<PutRecordsRequest>(
                R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":"k"},null]})"),
            "1 validation error detected: Value null at 'records.2.member' failed to satisfy "
            "constraint: Member must not be null");
  EXPECT_EQ(NullMessage<UntagResourceRequest>(
                R"({"ResourceARN":"arn:aws:kinesis:r:000000000000:stream/s","TagKeys":[null]})"),
            "1 validation error detected: Value null at 'tagKeys.1.member' failed to satisfy "
            "constraint: Member must not be null");
}

TEST(JsonDecoderTest, NullInAMapIsAValidationError) {
  EXPECT_EQ(NullMessage<AddTagsToStreamRequest>(R"({"StreamName":"s","Tags":{"a":null,"b":"x"}})"),
            "1 validation error detected: Value null at 'tags.a.member' failed to satisfy "
            "constraint: Member must not be null");
}

TEST(JsonDecoderTest, ANullThatDoesNotCountIsForgotten) {
  EXPECT_EQ(NullMessage<AddTagsToStreamRequest>(R"({"StreamName":"s","Tags":{"a":null,"a":"x"}})"),
            "");
  EXPECT_EQ(NullMessage<AddTagsToStreamRequest>(
                R"({"StreamName":"s","Tags":{"a":null},"Tags":{"b":"x"}})"),
            "");
  EXPECT_EQ(NullMessage<UntagResourceRequest>(
                R"({"ResourceARN":"arn:aws:kinesis:r:000000000000:stream/s","TagKeys":[null],
                    "TagKeys":["a"]})"),
            "");
}

// --- Wrong kinds ---------------------------------------------------------------------------------

// One member of every kind, by what stands in it.
std::string InText(std::string_view json) {
  return Refusal<DescribeStreamRequest>("{\"StreamName\":" + std::string(json) + "}");
}
std::string InInteger(std::string_view json) {
  return Refusal<DescribeStreamRequest>("{\"Limit\":" + std::string(json) + "}");
}
std::string InLong(std::string_view json) {
  return Refusal<GetRecordsResponse>("{\"MillisBehindLatest\":" + std::string(json) + "}");
}
std::string InBoolean(std::string_view json) {
  return Refusal<DeleteStreamRequest>("{\"EnforceConsumerDeletion\":" + std::string(json) + "}");
}
std::string InBlob(std::string_view json) {
  return Refusal<PutRecordRequest>("{\"Data\":" + std::string(json) + "}");
}
std::string InTime(std::string_view json) {
  return Refusal<ListShardsRequest>("{\"StreamCreationTimestamp\":" + std::string(json) + "}");
}
std::string InList(std::string_view json) {
  return Refusal<PutRecordsRequest>("{\"Records\":" + std::string(json) + "}");
}
std::string InMap(std::string_view json) {
  return Refusal<AddTagsToStreamRequest>("{\"Tags\":" + std::string(json) + "}");
}
std::string InStructure(std::string_view json) {
  return Refusal<ListShardsRequest>("{\"ShardFilter\":" + std::string(json) + "}");
}

TEST(JsonDecoderTest, ABooleanIsNoOtherScalar) {
  EXPECT_EQ(InText("true"), "class java.lang.Boolean can not be converted to an String");
  EXPECT_EQ(InInteger("false"), "class java.lang.Boolean can not be converted to an Integer");
  EXPECT_EQ(InLong("true"), "class java.lang.Boolean can not be converted to an Long");
  EXPECT_EQ(InBlob("true"), "class java.lang.Boolean can not be converted to a Blob");
  EXPECT_EQ(InTime("true"),
            "class java.lang.Boolean can not be converted to milliseconds since epoch");
}

TEST(JsonDecoderTest, ANumberIsNoTextBlobOrBoolean) {
  const std::string number = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
  EXPECT_EQ(InText("1"), number + " can not be converted to an String");
  EXPECT_EQ(InBlob("-2.5e7"), number + " can not be converted to a Blob");
  EXPECT_EQ(InBoolean("0"), number + " can not be converted to an Boolean");
}

TEST(JsonDecoderTest, TextIsNoNumberOrTime) {
  EXPECT_EQ(InInteger("\"1\""), "class java.lang.String can not be converted to an Integer");
  EXPECT_EQ(InLong("\"\""), "class java.lang.String can not be converted to an Long");
  EXPECT_EQ(InTime("\"2020-01-01\""),
            "class java.lang.String can not be converted to milliseconds since epoch");
}

TEST(JsonDecoderTest, TextForABooleanIsQuotedInCapitals) {
  EXPECT_EQ(InBoolean(R"("true")"), "'TRUE' can not be converted to an Boolean");
  EXPECT_EQ(InBoolean(R"("n\u00e4 9")"), "'N\xc3\xa4 9' can not be converted to an Boolean");
}

TEST(JsonDecoderTest, AListStandsOnlyWhereOneIsExpected) {
  const std::string message = "Start of list found where not expected";
  for (const auto& in :
       {InText, InInteger, InLong, InBoolean, InBlob, InTime, InMap, InStructure}) {
    EXPECT_EQ(in("[]"), message);
  }
  EXPECT_EQ(InList("[[]]"), message);
  EXPECT_EQ(Refusal<ListStreamsRequest>("[]"), message);
}

TEST(JsonDecoderTest, AStructureStandsOnlyWhereOneIsExpected) {
  const std::string message = "Start of structure or map found where not expected.";
  for (const auto& in : {InText, InInteger, InLong, InBoolean, InBlob, InTime, InList}) {
    EXPECT_EQ(in("{}"), message);
  }
  EXPECT_EQ(InMap(R"({"a":{}})"), message);
}

TEST(JsonDecoderTest, AScalarIsNoContainer) {
  for (const std::string_view scalar : {"true", "17", "\"text\""}) {
    EXPECT_EQ(InList(scalar), "Expected list or null");
    EXPECT_EQ(InMap(scalar), "Expected map or null");
    EXPECT_EQ(InStructure(scalar), "Expected null");
    EXPECT_EQ(InList("[" + std::string(scalar) + "]"), "Expected null");
    EXPECT_EQ(Refusal<ListStreamsRequest>(scalar), "Expected null");
  }
}

TEST(JsonDecoderTest, ABlobIsStrictBase64) {
  EXPECT_EQ(InBlob("\"dGV\""),
            "'dGV' can not be converted to a Blob: Base64 encoded length is expected a multiple of "
            "4 bytes but found: 3");
  EXPECT_EQ(InBlob("\"dG-h\""),
            "'dG-h' can not be converted to a Blob: Invalid Base64 character: '-'");
  EXPECT_EQ(InBlob("\"A\xe2\x82\xac\""),
            "'A\xe2\x82\xac' can not be converted to a Blob: Invalid Base64 character: "
            "'\xe2\x82\xac'");
  EXPECT_EQ(InBlob("\"dGV=\""),
            "'dGV=' can not be converted to a Blob: Invalid last non-pad Base64 character "
            "dectected");
}

// The data of a PutRecord request, which is JSON around `blob`, the value of its member "Data".
std::string DataOf(std::string_view blob) {
  JsonDecoder decoder;
  PutRecordRequest request;
  const std::string json = "{\"Data\":" + std::string(blob) + "}";
  const absl::Status status = decoder.Decode(json, &request);
  EXPECT_TRUE(status.ok()) << status << " for " << json;
  return std::string(request.data.value_or("absent"));
}

// Sixteen bytes more than any vector is wide, then as many as the widest.
constexpr std::string_view kLongBase64 =
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkrLw==";
constexpr std::string_view kLongBytes =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

TEST(JsonDecoderTest, EscapesInABlobAreUndoneBeforeItIsDecoded) {
  EXPECT_EQ(DataOf(R"("\u002b\/+/")"), "\xfb\xff\xbf");
  EXPECT_EQ(DataOf(R"("d\u0047Vz\u0064A\u003d=")"), "test");
  for (size_t at = 0; at < kLongBase64.size(); ++at) {
    std::string text(kLongBase64);
    std::string escape = "\\u0000";
    constexpr std::string_view kHex = "0123456789abcdef";
    escape[4] = kHex[static_cast<size_t>(text[at]) / 16];
    escape[5] = kHex[static_cast<size_t>(text[at]) % 16];
    text.replace(at, 1, escape);
    ASSERT_EQ(DataOf("\"" + text + "\""), kLongBytes) << text;
  }
}

TEST(JsonDecoderTest, EscapesThatStandForNothingOfTheAlphabetAreRefusedAsTheyReadThen) {
  EXPECT_EQ(InBlob(R"("AAAA\n")"),
            "'AAAA\n' can not be converted to a Blob: Base64 encoded length is expected a multiple "
            "of 4 bytes but found: 5");
  EXPECT_EQ(InBlob(R"("AA\nAAAAA")"),
            "'AA\nAAAAA' can not be converted to a Blob: Invalid Base64 character: '\n'");
  EXPECT_EQ(InBlob(R"("AA\"A")"),
            "'AA\"A' can not be converted to a Blob: Invalid Base64 character: '\"'");
  EXPECT_EQ(InBlob(R"("AA\\A")"),
            "'AA\\A' can not be converted to a Blob: Invalid Base64 character: '\\'");
  EXPECT_EQ(InBlob(R"("AA A")"),
            "'AA A' can not be converted to a Blob: Invalid Base64 character: ' '");
  EXPECT_TRUE(IsMalformed(R"({"Records":[{"Data":"AA\A"}]})"));
  EXPECT_TRUE(IsMalformed("{\"Records\":[{\"Data\":\"AAAA\n\"}]}"));
}

TEST(JsonDecoderTest, AWrongCharacterIsFoundWhereverItStandsInALongBlob) {
  for (size_t at = 0; at + 3 < kLongBase64.size(); ++at) {
    for (const std::string_view wrong : {"-", "_", "=", "\x7f", " "}) {
      std::string text(kLongBase64);
      text.replace(at, 1, wrong);
      ASSERT_EQ(InBlob("\"" + text + "\""),
                "'" + text + "' can not be converted to a Blob: Invalid Base64 character: '" +
                    std::string(wrong) + "'");
    }
  }
}

TEST(JsonDecoderTest, BlanksMayStandAroundABlob) {
  EXPECT_EQ(DataOf(" \t\r\n\"dGVzdA==\" \t\r\n"), "test");
  EXPECT_EQ(DataOf("\"\""), "");
  EXPECT_EQ(DataOf(" \"\" "), "");
  EXPECT_EQ(DataOf("null"), "absent");
}

TEST(JsonDecoderTest, WhatFollowsABlobOrTextWithoutACommaIsMalformed) {
  for (const std::string_view member : {"Data", "PartitionKey"}) {
    for (const std::string_view rest :
         {"x", "1", "\"x\"", " \"x\"", ":1", " : \"dGVz\"", "[]", "{}", "\"", "\\"}) {
      const std::string json =
          "{\"Records\":[{\"" + std::string(member) + "\":\"dGVz\"" + std::string(rest) + "}]}";
      EXPECT_TRUE(IsMalformed(json)) << json;
    }
  }
}

TEST(JsonDecoderTest, EveryBlobOfARequestKeepsItsBytes) {
  std::string json = R"({"Records":[)";
  std::string long_text;
  for (size_t size = 0; size < 200; ++size) {
    json += std::string(size == 0 ? "" : ",") + R"({"Data":")" + long_text + R"("})";
    long_text += "QUJD";
  }
  JsonDecoder decoder;
  PutRecordsRequest request;
  ASSERT_TRUE(decoder.Decode(json + "]}", &request).ok());
  ASSERT_EQ(request.records->size(), 200);
  std::string bytes;
  for (const PutRecordsRequestEntry& entry : *request.records) {
    ASSERT_EQ(entry.data, bytes);
    bytes += "ABC";
  }
}

TEST(JsonDecoderTest, ANameIsItsTextWithoutEscapesAndNothingElse) {
  const auto key_of = [](std::string_view name) {
    const auto request = Decoded<PutRecordRequest>("{\"" + std::string(name) + "\" : \"dGVz\"}");
    return request.data.has_value();
  };
  EXPECT_TRUE(key_of("Data"));
  EXPECT_TRUE(key_of(R"(D\u0061ta)"));
  EXPECT_TRUE(key_of(R"(\u0044\u0061\u0074\u0061)"));
  for (const std::string_view name : {"", "Dat", "Datas", "data", R"(Data\u0000)", R"(Data\\)",
                                      R"(Data\")", R"(Dat\"a)", "Da ta"}) {
    EXPECT_FALSE(key_of(name)) << name;
  }
  EXPECT_TRUE(IsMalformed(R"({"Record\s":[]})"));
  EXPECT_TRUE(IsMalformed(R"({"Records\":[]})"));
  EXPECT_TRUE(IsMalformed(R"({"Records\u00":[]})"));
}

TEST(JsonDecoderTest, TheFirstWrongKindInTheTextWins) {
  EXPECT_EQ(Refusal<DescribeStreamRequest>(R"({"StreamName":{},"Limit":[]})"),
            "Start of structure or map found where not expected.");
  EXPECT_EQ(Refusal<DescribeStreamRequest>(R"({"Limit":[],"StreamName":{}})"),
            "Start of list found where not expected");
}

// --- No JSON -------------------------------------------------------------------------------------

TEST(JsonDecoderTest, WhatIsNoJsonIsMalformed) {
  for (const std::string_view json : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "{]",
                                      "{}}",
                                      "{} {}",
                                      "{},",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{\"a\":1 \"b\":2}",
                                      "{\"a\":[1,]}",
                                      "{\"a\":[1 2]}",
                                      "{\"a\":[1}",
                                      "{\"a\":{\"b\":1}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{\"a\":tru}",
                                      "{\"a\":nul}",
                                      "{\"a\":truee}",
                                      "{\"a\":01}",
                                      "{\"a\":1.}",
                                      "{\"a\":+1}",
                                      "{\"a\":.5}",
                                      "{\"a\":NaN}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":\"\\u12\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"}",
                                      "{\"a\":1}x",
                                      "{\"a\":1}\"",
                                      "{/**/}",
                                      "{\"StreamName\":nope}",
                                      "{\"Records\":[,]}",
                                      "{\"Records\":[{}{}]}",
                                      "{\"a\":\"b\"\"c\"}",
                                      "{1:2}",
                                      "{\"a\"::1}",
                                      "{\"\\q\":1}"}) {
    EXPECT_TRUE(IsMalformed(json)) << json;
  }
  EXPECT_TRUE(IsMalformed(std::string_view("{\"a\":1}\0", 8)));
  EXPECT_NE(Refusal<ListStreamsRequest>("nullx "), "");
  EXPECT_NE(Refusal<ListStreamsRequest>("null null"), "");
}

TEST(JsonDecoderTest, TextIsUtf8) {
  EXPECT_TRUE(IsMalformed("{\"a\":\"\xff\"}"));
  EXPECT_TRUE(IsMalformed("{\"a\":\"\xc3\"}"));
  EXPECT_TRUE(IsMalformed("{\"a\":\"\xed\xa0\x80\"}"));
  EXPECT_TRUE(IsMalformed("{\"a\":\"\\ud800\"}"));
  EXPECT_TRUE(IsMalformed("{\"a\":\"\\udc00\\ud800\"}"));
  EXPECT_FALSE(IsMalformed("{\"a\":\"\xf4\x8f\xbf\xbf\"}"));
}

TEST(JsonDecoderTest, TheNumberOfAKnownMemberIsOneOfJson) {
  for (const std::string_view number : {"01", "1.", "-", "1e", "1e5x", "0x1", "1_0"}) {
    EXPECT_EQ(InInteger(number).rfind("Malformed JSON: ", 0), 0U) << number;
    EXPECT_EQ(InTime(number).rfind("Malformed JSON: ", 0), 0U) << number;
  }
}

TEST(JsonDecoderTest, DepthIsBounded) {
  const auto nested = [](int depth, char open, char close) {
    const std::string name = open == '{' ? "\"a\":" : "";
    std::string json = "{\"a\":";
    for (int i = 1; i < depth; ++i) json += open + name;
    json += open;
    for (int i = 0; i < depth; ++i) json += close;
    return json + "}";
  };
  EXPECT_FALSE(IsMalformed(nested(kJsonDepthMax - 1, '[', ']')));
  EXPECT_FALSE(IsMalformed(nested(kJsonDepthMax - 1, '{', '}')));
  EXPECT_TRUE(IsMalformed(nested(kJsonDepthMax, '[', ']')));
  EXPECT_TRUE(IsMalformed(nested(kJsonDepthMax, '{', '}')));
  EXPECT_TRUE(IsMalformed(nested(1'000'000, '[', ']')));
  EXPECT_TRUE(IsMalformed("{\"a\":" + std::string(1'000'000, '[')));
}

TEST(JsonDecoderTest, TheLengthOfListsAndMapsIsBounded) {
  std::string list = "{\"Records\":[";
  std::string map = "{\"Tags\":{";
  for (size_t i = 0; i < kJsonElementsMax; ++i) {
    list += "null,";
    map += "\"" + std::to_string(i) + "\":null,";
  }
  list.back() = map.back() = ' ';
  EXPECT_EQ(Refusal<PutRecordsRequest>(list + "]}"), "");
  EXPECT_EQ(Refusal<AddTagsToStreamRequest>(map + "}}"), "");
  EXPECT_TRUE(IsMalformed(list + ",{}]}"));
  EXPECT_NE(Refusal<AddTagsToStreamRequest>(map + ",\"x\":null}}"), "");
}

TEST(JsonDecoderTest, SizeIsBounded) {
  std::string json = "{}";
  json.resize(kJsonBytesMax, ' ');
  EXPECT_FALSE(IsMalformed(json));
  json += ' ';
  EXPECT_TRUE(IsMalformed(json));
}

}  // namespace
}  // namespace kinesis::api::internal
