#include "kinesis_core/api/json/internal/json_writer.h"

#include <limits>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/internal/utf8.h"

namespace kinesis::api::internal {
namespace {

std::string Quoted(std::string_view text) {
  std::string json;
  JsonWriter(&json).Text(text);
  return json;
}

std::string Seconds(int64_t millis) {
  std::string json;
  JsonWriter(&json).Seconds(absl::FromUnixMillis(millis));
  return json;
}

TEST(JsonWriterTest, CommasStandBetweenMembersAndElements) {
  std::string json;
  JsonWriter writer(&json);
  writer.BeginObject();
  writer.Key("A").BeginList();
  writer.Number(1);
  writer.Number(-2);
  writer.BeginObject();
  writer.EndObject();
  writer.EndList();
  writer.Key("B").Boolean(true);
  writer.AnyKey("\"").Raw("null");
  writer.Key("C").Blob("foob");
  writer.EndObject();
  EXPECT_EQ(json, R"({"A":[1,-2,{}],"B":true,"\"":null,"C":"Zm9vYg=="})");
}

TEST(JsonWriterTest, WhatWouldEndTheTextOrTheLineIsEscaped) {
  EXPECT_EQ(Quoted("a\"b\\c\n\r\t\x01\x1f"), R"("a\"b\\c\n\r\t\u0001\u001f")");
  EXPECT_EQ(Quoted(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(JsonWriterTest, OneCharacterToEscapeIsFoundAnywhere) {
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '"';
      const std::string expected =
          "\"" + std::string(at, 'x') + "\\\"" + std::string(size - at - 1, 'x') + "\"";
      ASSERT_EQ(Quoted(text), expected);
    }
  }
}

TEST(JsonWriterTest, EveryPrintableAsciiCharacterButTwoStandsForItself) {
  for (char c = 0x20; c < 0x7f; ++c) {
    if (c == '"' || c == '\\') continue;
    const std::string text(9, c);
    ASSERT_EQ(Quoted(text), "\"" + text + "\"");
  }
}

TEST(JsonWriterTest, Utf8IsKept) {
  const std::string text = "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \x7f";
  EXPECT_EQ(Quoted(text), "\"" + text + "\"");
}

TEST(JsonWriterTest, WhatIsNotUtf8IsReplaced) {
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(Quoted("a\xff"
                   "b"),
            "\"a" + mark + "b\"");
  EXPECT_EQ(Quoted("\xc3"), "\"" + mark + "\"");                        // cut off
  EXPECT_EQ(Quoted("\xc0\xaf"), "\"" + mark + mark + "\"");             // overlong
  EXPECT_EQ(Quoted("\xed\xa0\x80"), "\"" + mark + mark + mark + "\"");  // surrogate
  EXPECT_EQ(Quoted("\xf4\x90\x80\x80").size(), 2 + 4 * mark.size());    // past U+10FFFF
  EXPECT_EQ(Quoted("\xe2\x82\xe2\x82\xac").size(), 2 + 2 * mark.size() + 3);
}

TEST(JsonWriterTest, CharactersHaveTheSizeOfTheirLead) {
  EXPECT_EQ(kinesis::internal::Utf8CharacterSize(""), 0U);
  EXPECT_EQ(kinesis::internal::Utf8CharacterSize("ab"), 1U);
  EXPECT_EQ(kinesis::internal::Utf8CharacterSize("\xc2\x80x"), 2U);
  EXPECT_EQ(kinesis::internal::Utf8CharacterSize("\xe0\xa0\x80"), 3U);
  EXPECT_EQ(kinesis::internal::Utf8CharacterSize("\xe0\x9f\xbf"), 0U);
  EXPECT_EQ(kinesis::internal::Utf8CharacterSize("\xf4\x8f\xbf\xbf"), 4U);
  EXPECT_EQ(kinesis::internal::Utf8CharacterSize("\xf5\x80\x80\x80"), 0U);
}

TEST(JsonWriterTest, SecondsHaveAsManyDigitsAsTheyNeed) {
  EXPECT_EQ(Seconds(1'545'000'000'000), "1545000000");
  EXPECT_EQ(Seconds(1'545'000'000'120), "1545000000.12");
  EXPECT_EQ(Seconds(1'545'000'000'007), "1545000000.007");
  EXPECT_EQ(Seconds(0), "0");
  EXPECT_EQ(Seconds(-1), "-0.001");
  EXPECT_EQ(Seconds(-1500), "-1.5");
  EXPECT_EQ(Seconds(-2000), "-2");
}

// Tokens of every kind, at every distance from the end of the writer's buffer.
TEST(JsonWriterTest, NothingIsLostWhereTheBufferIsFull) {
  for (size_t filled = 0; filled < 1200; ++filled) {
    std::string json;
    {
      JsonWriter writer(&json);
      writer.BeginList();
      writer.PlainText(std::string(filled, 'x'));
      writer.BeginObject();
      writer.Key("Key").Number(-17);
      writer.AnyKey("\n").Boolean(false);
      writer.Key("Blob").Blob("foob");
      writer.Key("Time").Seconds(absl::FromUnixMillis(1'545'000'000'120));
      writer.Key("Text").Text("a\"\xc3\xa4\xff");
      writer.EndObject();
      writer.EndList();
    }
    const std::string expected = "[\"" + std::string(filled, 'x') +
                                 "\",{\"Key\":-17,\"\\n\":false,\"Blob\":\"Zm9vYg==\",\"Time\":"
                                 "1545000000.12,\"Text\":\"a\\\"\xc3\xa4\xef\xbf\xbd\"}]";
    ASSERT_EQ(json, expected) << filled;
  }
}

TEST(JsonWriterTest, WhatIsLargerThanTheBufferIsWrittenWhole) {
  for (const size_t size : {1000, 1023, 1024, 1025, 3000, 100'000}) {
    const std::string bytes(size, 'A');
    std::string json = "before ";
    JsonWriter(&json).Blob(bytes);
    EXPECT_EQ(json.size(), 7 + 2 + Base64Length(size));
    std::string back(json.size(), '?');
    const Base64Result result =
        DecodeBase64(std::string_view(json).substr(8, Base64Length(size)), back.data());
    EXPECT_EQ(back.substr(0, result.size), bytes);
    EXPECT_EQ(Quoted(bytes), "\"" + bytes + "\"");
    json.clear();
    JsonWriter(&json).Raw(bytes);
    EXPECT_EQ(json, bytes);
  }
}

TEST(JsonWriterTest, ManyCharactersBeyondAsciiAreKept) {
  std::string text;
  for (int i = 0; i < 256; ++i)
    text += i % 3 == 0 ? "\xf0\x9f\x98\x80" : i % 3 == 1 ? "a" : "\xc3\xa4";
  EXPECT_EQ(Quoted(text), "\"" + text + "\"");
}

TEST(JsonWriterTest, NumbersOfAnySizeAreWritten) {
  std::string json;
  JsonWriter writer(&json);
  writer.Number(std::numeric_limits<int64_t>::min());
  writer.Flush();
  EXPECT_EQ(json, "-9223372036854775808");
}

}  // namespace
}  // namespace kinesis::api::internal
