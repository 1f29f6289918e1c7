#include "bench/partition_lab/file_source.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/partition_lab/key_source.h"
#include "bench/partition_lab/lab_testing.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Strings = std::vector<std::string>;

FileSourceOptions Options(std::string_view format, Columns columns, std::string_view text) {
  return {.path = WriteFile(text), .format = std::string(format), .columns = std::move(columns)};
}

Outcome Read(const FileSourceOptions& options) { return ReadAll(*NewFileSource(options).value()); }

// The error of the first bad line.
absl::Status Error(std::string_view format, Columns columns, std::string_view text) {
  return Read(Options(format, std::move(columns), text)).status;
}

// --- Fields --------------------------------------------------------------------------------------

TEST(FieldsFormatTest, FieldsAreCutAtBlanksAndTabs) {
  const std::string_view text = "a  b\tc\n  d e\r\nf\t\tg h";
  EXPECT_EQ(Read(Options("fields", {.key = "1"}, text)).keys(), (Strings{"a", "d", "f"}));
  EXPECT_EQ(Read(Options("fields", {.key = "2"}, text)).keys(), (Strings{"b", "e", "g"}));
}

TEST(FieldsFormatTest, FieldZeroIsTheWholeLine) {
  EXPECT_EQ(Read(Options("fields", {.key = "0"}, "a b \r\nc\n")).keys(), (Strings{"a b ", "c"}));
}

TEST(FieldsFormatTest, ARecordCountsWithItsLineAndItsKeyUnlessAFieldHasTheSize) {
  EXPECT_EQ(Read(Options("fields", {.key = "1"}, "abc 7\n")).records[0].bytes, 5u + 3u);
  EXPECT_EQ(Read(Options("fields", {.key = "1", .size = "2"}, "abc 7\n")).records[0].bytes,
            7u + 3u);
}

TEST(FieldsFormatTest, AMissingFieldIsAnErrorThatNamesTheLine) {
  EXPECT_TRUE(Fails(Error("fields", {.key = "2"}, "a b\nc\n"), absl::StatusCode::kInvalidArgument,
                    {"line 2: ", "no field 2"}));
  EXPECT_TRUE(Fails(Error("fields", {.key = "1"}, "a\n\nb\n"), absl::StatusCode::kInvalidArgument,
                    {"line 2: ", "no field 1"}));
}

TEST(FieldsFormatTest, AColumnThatIsNoNumberIsRefused) {
  for (const char* const column : {"x", "-1", "1.5", "99999999999"}) {
    EXPECT_TRUE(Fails(NewFileSource(Options("fields", {.key = column}, "a\n")),
                      absl::StatusCode::kInvalidArgument, {"column", column}));
  }
  EXPECT_TRUE(Fails(NewFileSource(Options("fields", {.key = ""}, "a\n")),
                    absl::StatusCode::kInvalidArgument, {"key"}));
}

// --- CSV -----------------------------------------------------------------------------------------

TEST(CsvFormatTest, QuotedFieldsHoldCommasQuotesAndLineEnds) {
  const std::string_view text =
      "plain,1\r\n"
      "\"a,b\",2\r\n"
      "\"say \"\"hi\"\"\",3\r\n"
      "\"two\r\nlines\",4\n"
      "\"two\nmore\",5\n"
      " blanks stay ,6";
  EXPECT_EQ(Read(Options("csv", {.key = "1"}, text)).keys(),
            (Strings{"plain", "a,b", "say \"hi\"", "two\r\nlines", "two\nmore", " blanks stay "}));
  EXPECT_EQ(Read(Options("csv", {.key = "2"}, text)).keys(),
            (Strings{"1", "2", "3", "4", "5", "6"}));
}

TEST(CsvFormatTest, ColumnsMayBeGivenByTheirNamesInTheHeader) {
  const std::string_view text = "bytes,user\n10,ann\n20,bob\n";
  const Outcome outcome = Read(Options("csv", {.key = "user", .size = "bytes"}, text));
  EXPECT_EQ(outcome.records, (std::vector<OwnedRecord>{{"ann", 13, 0}, {"bob", 23, 0}}));
}

TEST(CsvFormatTest, AHeaderIsSkippedAlsoWhenColumnsAreNumbersAndAgainAfterRewinding) {
  FileSourceOptions options = Options("csv", {.key = "1"}, "user\nann\n");
  options.csv_header = true;
  const auto source = NewFileSource(options).value();
  EXPECT_EQ(ReadAll(*source).keys(), Strings{"ann"});
  ASSERT_TRUE(source->Rewind().ok());
  EXPECT_EQ(ReadAll(*source).keys(), Strings{"ann"});
}

TEST(CsvFormatTest, AColumnThatTheHeaderDoesNotHaveIsAnErrorOfLineOne) {
  EXPECT_TRUE(Fails(Error("csv", {.key = "user"}, "id,name\n1,ann\n"), absl::StatusCode::kNotFound,
                    {"line 1: ", "user"}));
}

TEST(CsvFormatTest, WhatIsNotCsvIsAnErrorThatNamesTheLineWhereTheRecordBegins) {
  using Code = absl::StatusCode;
  EXPECT_TRUE(Fails(Error("csv", {.key = "2"}, "a,b\nc\n"), Code::kInvalidArgument,
                    {"line 2: ", "no column 2"}));
  EXPECT_TRUE(Fails(Error("csv", {.key = "1"}, "\"x\ny\",1\nit\"s,2\n"), Code::kInvalidArgument,
                    {"line 3: ", "quote inside a field"}));
  EXPECT_TRUE(Fails(Error("csv", {.key = "1"}, "a\n\"b\"c\n"), Code::kInvalidArgument,
                    {"line 2: ", "after a quoted field"}));
  EXPECT_TRUE(Fails(Error("csv", {.key = "1"}, "a\n\"b\n\nc"), Code::kInvalidArgument,
                    {"line 2: ", "does not end"}));
}

TEST(CsvFormatTest, ARecordCountsWithAllItsLines) {
  EXPECT_EQ(Read(Options("csv", {.key = "2"}, "\"a\nb\",k\n")).records[0].bytes, 7u + 1u);
}

// --- JSON lines ----------------------------------------------------------------------------------

TEST(JsonFormatTest, MembersAreFoundByNameAndByPointer) {
  const std::string_view text = "{\"user\": {\"id\": \"ann\"}, \"a/b\": \"x\", \"n\": 5}\n";
  EXPECT_EQ(Read(Options("json", {.key = "/user/id", .size = "n"}, text)).records,
            (std::vector<OwnedRecord>{{"ann", 8, 0}}));
  EXPECT_EQ(Read(Options("json", {.key = "a/b"}, text)).keys(), Strings{"x"});
}

TEST(JsonFormatTest, NumbersAndTruthValuesServeAsKeys) {
  const std::string_view text = "{\"k\":17}\n{\"k\":true}\r\n{\"k\":\"\\u00e9\"}\n";
  EXPECT_EQ(Read(Options("json", {.key = "k"}, text)).keys(), (Strings{"17", "true", "\xc3\xa9"}));
}

TEST(JsonFormatTest, WhatHasNoUsableKeyIsAnErrorThatNamesTheLine) {
  using Code = absl::StatusCode;
  EXPECT_TRUE(Fails(Error("json", {.key = "k"}, "{\"k\":\"a\"}\n{\"x\":1}\n"),
                    Code::kInvalidArgument, {"line 2: ", "no member \"k\""}));
  EXPECT_TRUE(Fails(Error("json", {.key = "k"}, "{\"k\":null}\n"), Code::kInvalidArgument,
                    {"line 1: ", "null"}));
  for (const char* const text : {"{\"k\":\n", "[1]\n", "x\n", "\n", "{\"k\":\"\xff\"}\n"}) {
    EXPECT_TRUE(Fails(Error("json", {.key = "k"}, text), Code::kInvalidArgument,
                      {"line 1: ", "not a JSON object"}))
        << text;
  }
}

TEST(JsonFormatTest, AnythingCanBeAMemberName) {
  EXPECT_EQ(Read(Options("json", {.key = "a~b"}, "{\"a~b\":\"x\"}\n")).keys(), Strings{"x"});
  EXPECT_TRUE(Fails(NewFileSource(Options("json", {.key = "/a~b"}, "")),
                    absl::StatusCode::kInvalidArgument, {"JSON pointer"}));
}

// --- Keys, sizes and times -----------------------------------------------------------------------

TEST(FileSourceTest, AKeyOf256CharactersIsTakenAndALongerOneIsNot) {
  std::string longest;
  for (int i = 0; i < 256; ++i) longest += "\xc3\xa9";  // two bytes each
  EXPECT_EQ(Read(Options("fields", {.key = "1"}, longest)).keys(), Strings{longest});
  EXPECT_TRUE(Fails(Error("fields", {.key = "1"}, "a\n" + longest + "x"),
                    absl::StatusCode::kInvalidArgument, {"line 2: ", "257 characters", "256"}));
}

TEST(FileSourceTest, AKeyThatIsNotUtf8IsAnErrorThatNamesTheLine) {
  EXPECT_TRUE(Fails(Error("fields", {.key = "1"}, "ok\ncaf\xe9\n"),
                    absl::StatusCode::kInvalidArgument, {"line 2: ", "caf\\xe9", "not UTF-8"}));
}

TEST(FileSourceTest, AnEmptyKeyIsAnError) {
  EXPECT_TRUE(Fails(Error("csv", {.key = "1"}, ",x\n"), absl::StatusCode::kInvalidArgument,
                    {"line 1: ", "empty"}));
}

TEST(FileSourceTest, ASizeMustBeANumberThatKinesisTakes) {
  using Code = absl::StatusCode;
  EXPECT_TRUE(Fails(Error("fields", {.key = "1", .size = "2"}, "a 1\nb -\n"),
                    Code::kInvalidArgument, {"line 2: ", "size \"-\""}));
  EXPECT_TRUE(Read(Options("fields", {.key = "1", .size = "2"}, "a 1048575\n")).status.ok());
  for (const char* const line : {"a 1048576\n", "a 18446744073709551615\n"}) {
    EXPECT_TRUE(Fails(Error("fields", {.key = "1", .size = "2"}, line), Code::kInvalidArgument,
                      {"line 1: ", "1,048,576"}));
  }
}

int64_t TimeOf(std::string_view text, std::string_view format) {
  FileSourceOptions options =
      Options("fields", {.key = "1", .time = "2"}, "k " + std::string(text));
  options.time_format = std::string(format);
  const Outcome outcome = Read(options);
  return outcome.records.empty() ? -1 : outcome.records[0].unix_time_ns;
}

TEST(FileSourceTest, TimesAreReadInTheFormatThatIsGiven) {
  EXPECT_EQ(TimeOf("1431857103", "unix_s"), 1'431'857'103'000'000'000);
  EXPECT_EQ(TimeOf("0.5", "unix_s"), 500'000'000);
  EXPECT_EQ(TimeOf("1431857103250", "unix_ms"), 1'431'857'103'250'000'000);
  EXPECT_EQ(TimeOf("2015-05-17T12:05:03.25+02:00", "rfc3339"), 1'431'857'103'250'000'000);
  EXPECT_EQ(TimeOf("[17/May/2015:10:05:03", "[%d/%b/%Y:%H:%M:%S"), 1'431'857'103'000'000'000);
}

TEST(FileSourceTest, ATimeThatCannotBeReadIsAnErrorThatNamesTheFormat) {
  for (const char* const text : {"yesterday", "-1", "nan", "inf", "1e30"}) {
    EXPECT_EQ(TimeOf(text, "unix_s"), -1) << text;
  }
  EXPECT_TRUE(Fails(Error("fields", {.key = "1", .time = "2"}, "k noon"),
                    absl::StatusCode::kInvalidArgument, {"line 1: ", "noon", "rfc3339"}));
}

TEST(FileSourceTest, BadLinesAreSkippedOnRequestAndCountedByReason) {
  FileSourceOptions options =
      Options("fields", {.key = "2"}, "a good\nshort\nb \xff\nc fine\nshort\n");
  options.skip_bad_lines = true;
  const auto source = NewFileSource(options).value();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ReadAll(*source).keys(), (Strings{"good", "fine"}));
    const std::vector<SkippedLines> skipped = source->skipped();
    ASSERT_EQ(skipped.size(), 2u);
    EXPECT_EQ(skipped[0].reason, "missing column");
    EXPECT_EQ(skipped[0].count, 2u);
    EXPECT_EQ(skipped[0].first, "line 2: the line has no field 2");
    EXPECT_EQ(skipped[1].reason, "key is not UTF-8");
    EXPECT_EQ(skipped[1].count, 1u);
    ASSERT_TRUE(source->Rewind().ok());
  }
}

TEST(FileSourceTest, AnUnknownFormatIsRefused) {
  EXPECT_TRUE(Fails(NewFileSource(Options("xml", {}, "")), absl::StatusCode::kInvalidArgument,
                    {"format", "xml"}));
}

}  // namespace
}  // namespace kinesis::lab
