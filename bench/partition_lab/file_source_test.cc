#include "kinesis_core/lab/file_source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Strings = std::vector<std::string>;

FileSourceOptions Options(std::string_view format, Columns columns, std::string_view text) {
  return {.path = WriteFile(text),
          .format = {.name = std::string(format), .columns = std::move(columns)}};
}

Outcome Read(const FileSourceOptions& options) { return ReadAll(*NewFileSource(options).value()); }

// The error of the first bad line.
absl::Status Error(std::string_view format, Columns columns, std::string_view text) {
  return Read(Options(format, std::move(columns), text)).status;
}

// --- Fields --------------------------------------------------------------------------------------

Outcome ReadFields(const std::string& key, std::string_view text, const std::string& delimiter) {
  FileSourceOptions options = Options("fields", {.key = key}, text);
  options.format.delimiter = delimiter;
  return Read(options);
}

TEST(FieldsFormatTest, FieldsAreCutAtBlanksAndTabs) {
  const std::string_view text = "a  b c\n  d\te\r\nf \tg h";
  EXPECT_EQ(ReadFields("1", text, "").keys(), (Strings{"a", "d", "f"}));
  EXPECT_EQ(ReadFields("2", text, "").keys(), (Strings{"b", "e", "g"}));
  EXPECT_EQ(ReadFields("2", "a\tb c\n", "blanks").keys(), Strings{"b"});
}

TEST(FieldsFormatTest, AFileWhoseFirstRecordHasATabIsCutAtTabs) {
  const std::string_view text = "x y\ttenant a\n\ttenant b\nz\ttenant c\t\r\n";
  EXPECT_EQ(ReadFields("2", text, "").keys(), (Strings{"tenant a", "tenant b", "tenant c"}));
  const auto source = NewFileSource(Options("fields", {.key = "2"}, text)).value();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ReadAll(*source).records.size(), 3u);
    EXPECT_NE(source->description().find("fields cut at tabs"), std::string::npos);
    ASSERT_TRUE(source->Rewind().ok());
  }
}

TEST(FieldsFormatTest, AnyCharacterCanBeTheDelimiter) {
  EXPECT_EQ(ReadFields("2", "a;b c;d\n;;\n", ";").keys(), Strings{"b c"});
  EXPECT_EQ(ReadFields("2", "a|b\n", "pipe").keys(), Strings{"b"});
  for (const char* const tab : {"tab", "\\t", "\t"}) {
    EXPECT_EQ(ReadFields("2", "a b\tc d\n", tab).keys(), Strings{"c d"});
  }
  EXPECT_EQ(ReadFields("3", "a  b\n", "blank").keys(), Strings{"b"});
  EXPECT_EQ(ReadFields("2", std::string_view("a\1b\n"), "\1").keys(), Strings{"b"});
  EXPECT_EQ(ReadFields("2", "a, \"b\"\n", "comma").keys(), Strings{" \"b\""});
  EXPECT_TRUE(Fails(ReadFields("3", "a;b\n", ";").status, absl::StatusCode::kInvalidArgument,
                    {"line 1: ", "no field 3, only 2 (fields cut at semicolons)"}));
  for (const char* const delimiter : {"ab", "\n", "\"", "\r"}) {
    FileSourceOptions options = Options("fields", {.key = "1"}, "a\n");
    options.format.delimiter = delimiter;
    EXPECT_TRUE(Fails(NewFileSource(options), absl::StatusCode::kInvalidArgument, {"delimiter"}));
  }
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

TEST(FieldsFormatTest, AColumnThatIsNeitherANumberNorANameIsRefused) {
  EXPECT_TRUE(Fails(NewFileSource(Options("fields", {.key = "99999999999"}, "a\n")),
                    absl::StatusCode::kInvalidArgument, {"column", "99999999999"}));
  for (const char* const column : {"x", "-1", "1.5"}) {
    EXPECT_TRUE(Fails(Error("fields", {.key = column}, "a b\n"), absl::StatusCode::kNotFound,
                      {"line 1: ", "no column", column, "it has \"a\", \"b\""}));
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
  options.format.header = true;
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

TEST(CsvFormatTest, AHeaderWithTwoColumnsOfAGivenNameIsAnError) {
  EXPECT_TRUE(Fails(Error("csv", {.key = "id"}, "id,name,id\n1,ann,2\n"),
                    absl::StatusCode::kInvalidArgument, {"line 1: ", "two columns \"id\""}));
}

TEST(CsvFormatTest, TakesOtherDelimitersWithQuotes) {
  FileSourceOptions options = Options("csv", {.key = "k"}, "n;k\n1;\"a;\"\"b\"\n");
  options.format.delimiter = ";";
  EXPECT_EQ(Read(options).keys(), Strings{"a;\"b"});
  options = Options("csv", {.key = "2"}, "\"-\"\t\"tenant a\"\r\n-\ttenant b\n");
  options.format.delimiter = "tab";
  EXPECT_EQ(Read(options).keys(), (Strings{"tenant a", "tenant b"}));
}

TEST(CsvFormatTest, ARecordCountsWithAllItsLines) {
  EXPECT_EQ(Read(Options("csv", {.key = "2"}, "\"a\nb\",k\n")).records[0].bytes, 7u + 1u);
}

// --- Logs ----------------------------------------------------------------------------------------

TEST(LogFormatTest, TextInQuotesOrBracketsIsOneField) {
  const std::string apache =
      "192.0.2.1 - bob [10/Oct/2000:13:55:36 -0700] \"GET /a b HTTP/1.0\" 200 2326 \"-\" "
      "\"Mozilla \\\"5\\\" [en]\"\n";
  const std::vector<std::string> fields = {
      "192.0.2.1", "-",    "bob", "10/Oct/2000:13:55:36 -0700", "GET /a b HTTP/1.0",
      "200",       "2326", "-",   "Mozilla \"5\" [en]"};
  for (size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(Read(Options("log", {.key = std::to_string(i + 1)}, apache)).keys(),
              Strings{fields[i]});
  }
  FileSourceOptions options = Options("log", {.key = "1", .size = "7", .time = "4"}, apache);
  options.time_format = "clf";
  EXPECT_EQ(Read(options).records,
            (std::vector<OwnedRecord>{{"192.0.2.1", 2326 + 9, 971'211'336'000'000'000}}));
}

TEST(LogFormatTest, BracketsAndQuotesThatEncloseNothingAreText) {
  EXPECT_EQ(Read(Options("log", {.key = "1"}, "[::1]:443 x]\n[error a\n[] b\n")).keys(),
            (Strings{"[::1]:443", "[error"}));
  EXPECT_TRUE(Fails(Error("log", {.key = "1"}, "a \"b\n"), absl::StatusCode::kInvalidArgument,
                    {"line 1: ", "does not end"}));
  EXPECT_EQ(Read(Options("log", {.key = "2"}, "h2 it\"s\n")).keys(), Strings{"it\"s"});
}

// --- Comments, and the logs of the W3C's form ----------------------------------------------------

TEST(CommentTest, DirectivesAreNoRecordsAndNameTheColumns) {
  const std::string text =
      "#Version: 1.0\n#Fields: date time c-ip sc-bytes cs(User-Agent)\n"
      "2014-04-28\t09:59:49\t192.0.2.1\t10\tMozilla 5\n"
      "#Fields: c-ip date time cs(User-Agent) sc-bytes\n"
      "192.0.2.2\t2014-04-28\t09:59:50\tM\t20\n";
  FileSourceOptions options =
      Options("fields", {.key = "c-ip", .size = "sc-bytes", .time = "date,time"}, text);
  options.time_format = "%Y-%m-%d %H:%M:%S";
  const auto source = NewFileSource(options).value();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ReadAll(*source).records,
              (std::vector<OwnedRecord>{{"192.0.2.1", 19, 1'398'679'189'000'000'000},
                                        {"192.0.2.2", 29, 1'398'679'190'000'000'000}}));
    EXPECT_EQ(source->notes().at(0), "3 lines of comments left out");
    ASSERT_TRUE(source->Rewind().ok());
  }
  options.skip_bad_lines = true;
  EXPECT_EQ(Read(options).records.size(), 2u);
  EXPECT_TRUE(Fails(Error("fields", {.key = "cs-uri"}, text), absl::StatusCode::kNotFound,
                    {"line 2: ", "no column \"cs-uri\"", "\"sc-bytes\""}));
}

TEST(CommentTest, AHashIsAKeyLikeAnyOtherInAFileWithoutDirectives) {
  EXPECT_EQ(Read(Options("fields", {.key = "1"}, "#fun 1\n#Fields 2\n")).keys(),
            (Strings{"#fun", "#Fields"}));
}

TEST(CommentTest, LinesWithThePrefixThatIsGivenAreLeftOutInEveryFormat) {
  for (const char* const format : {"fields", "log", "csv", "json"}) {
    const bool json = std::string_view(format) == "json";
    const std::string line = json ? "{\"k\":\"a\"}\n" : "a\n";
    FileSourceOptions options =
        Options(format, {.key = json ? "k" : "1"}, "//one\n" + line + "//two\n" + line);
    options.format.comment = "//";
    EXPECT_EQ(Read(options).keys(), (Strings{"a", "a"})) << format;
  }
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

TEST(JsonFormatTest, ANumberIsAKeyByItsOwnText) {
  Strings numbers = {"100000000000000000000001",
                     "100000000000000000000002",
                     "9007199254740993",
                     "9007199254740992",
                     "18446744073709551616",
                     "-9223372036854775809",
                     "1.50",
                     "1.5",
                     "1e400",
                     "-0",
                     "0.1e-7",
                     "1E5"};
  std::string text;
  for (const std::string& number : numbers) text += "{\"x\":1e999 , \"k\": " + number + " }\n";
  EXPECT_EQ(Read(Options("json", {.key = "k"}, text)).keys(), numbers);
}

TEST(JsonFormatTest, PointersLeadIntoArraysAndNoIndexIsTooLargeToAskFor) {
  const std::string_view text = "{\"n\":[\"a\",{\"id\":\"b\"},[\"c\"]],\"a/b~\":{\"\":\"d\"}}\n";
  EXPECT_EQ(Read(Options("json", {.key = "/n/0"}, text)).keys(), Strings{"a"});
  EXPECT_EQ(Read(Options("json", {.key = "/n/1/id"}, text)).keys(), Strings{"b"});
  EXPECT_EQ(Read(Options("json", {.key = "/n/2/0"}, text)).keys(), Strings{"c"});
  EXPECT_EQ(Read(Options("json", {.key = "/a~1b~0/"}, text)).keys(), Strings{"d"});
  for (const char* const pointer : {"/n/3", "/n/99999999999999999999999", "/n/-", "/n/00", "/n/-1",
                                    "/n/18446744073709551616", "/x/0", "/n/0/0", "/"}) {
    EXPECT_TRUE(Fails(Error("json", {.key = pointer}, text), absl::StatusCode::kInvalidArgument,
                      {"line 1: ", "no member", pointer}));
  }
  EXPECT_TRUE(Fails(Error("json", {.key = "/n"}, text), absl::StatusCode::kInvalidArgument,
                    {"is array, not text"}));
}

TEST(JsonFormatTest, ALineIsTakenOnlyIfAllOfItIsJson) {
  for (const char* const text :
       {"{\"k\":\"a\",\"x\":tru}", "{\"k\":\"a\",\"x\":01}", "{\"k\":\"a\",\"x\":1.}",
        "{\"k\":\"a\"} {}", "{\"k\":\"a\",}", "{\"k\":\"a\" \"x\":1}", "{\"k\":\"a\"",
        "{\"k\":\"a\",\"x\":\"\\q\"}", "{\"k\":\"a\",\"x\":[1,]}", "{\"k\":\"a\",\"x\":nul}",
        "{\"k\":\"\\ud800\"}", "{'k':'a'}", "{\"k\":\"a\",\"x\":-}"}) {
    EXPECT_TRUE(Fails(Error("json", {.key = "k"}, text), absl::StatusCode::kInvalidArgument,
                      {"line 1: ", "not a JSON object"}))
        << text;
  }
  const std::string deep = "{\"x\":" + std::string(100'000, '[') + "}";
  EXPECT_FALSE(Error("json", {.key = "k"}, deep).ok());
}

TEST(JsonFormatTest, OfTwoMembersWithOneNameTheLastOneCounts) {
  EXPECT_EQ(Read(Options("json", {.key = "k"}, "{\"k\":\"a\",\"k\":\"b\"}\n")).keys(),
            Strings{"b"});
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
  EXPECT_TRUE(Fails(Error("fields", {.key = "1", .size = "2"}, "a 1\nb -1\n"),
                    Code::kInvalidArgument, {"line 2: ", "size \"-1\""}));
  EXPECT_TRUE(Read(Options("fields", {.key = "1", .size = "2"}, "a 10485759\n")).status.ok());
  for (const char* const line : {"a 10485760\n", "a 18446744073709551615\n"}) {
    EXPECT_TRUE(Fails(Error("fields", {.key = "1", .size = "2"}, line), Code::kInvalidArgument,
                      {"line 1: ", "10,485,760"}));
  }
}

// The remarks of the source on the text when it has been read.
Strings Notes(const FileSourceOptions& options) {
  const auto source = NewFileSource(options).value();
  EXPECT_TRUE(ReadAll(*source).status.ok());
  return source->notes();
}

TEST(FileSourceTest, ADashForASizeIsNoBytesAndIsTold) {
  const FileSourceOptions options = Options("fields", {.key = "1", .size = "2"}, "a 5\nb -\nc -\n");
  EXPECT_EQ(Read(options).records[1].bytes, 1u);
  EXPECT_EQ(Notes(options), Strings{"2 records with \"-\" for a size: taken for 0 bytes of data"});
}

TEST(FileSourceTest, ALineOfARecordOfTenMebibytesIsReadAndToldOf) {
  const std::string data(10'485'758, 'x');
  const FileSourceOptions options = Options("fields", {.key = "1"}, "a " + data + "\n");
  EXPECT_TRUE(Fails(Read(options).status, absl::StatusCode::kInvalidArgument, {"10,485,760"}));
  const FileSourceOptions fits = Options("fields", {.key = "1"}, "a " + data.substr(2) + "\nb\n");
  EXPECT_EQ(Read(fits).records[0].bytes, 10'485'759u);
  EXPECT_EQ(Notes(fits), Strings{"1 record of more than 1,048,576 bytes, up to 10485759: the "
                                 "stream's MaxRecordSizeInKiB has to be raised for them"});
}

TEST(FileSourceTest, ARecordMayHaveAnExplicitHashKey) {
  const FileSourceOptions options =
      Options("csv", {.key = "1", .hash_key = "2"},
              "a,340282366920938463463374607431768211455\nb,\nc,-\nd,0\n");
  const auto source = NewFileSource(options).value();
  EXPECT_TRUE(source->has_hash_keys());
  std::vector<std::optional<HashKey>> keys;
  KeyRecord record;
  while (source->Next(&record).value()) keys.push_back(record.explicit_hash_key);
  EXPECT_EQ(keys, (std::vector<std::optional<HashKey>>{HashKey::Max(), std::nullopt, std::nullopt,
                                                       HashKey::FromHalves(0, 0)}));
  EXPECT_TRUE(Fails(
      Error("csv", {.key = "1", .hash_key = "2"}, "a,340282366920938463463374607431768211456\n"),
      absl::StatusCode::kInvalidArgument, {"line 1: "}));
}

FileSourceOptions Timed(const std::string& column, const std::string& format,
                        std::string_view text) {
  FileSourceOptions options = Options("fields", {.key = "1", .time = column}, text);
  options.time_format = format;
  return options;
}

std::vector<int64_t> Times(const FileSourceOptions& options) {
  const Outcome outcome = Read(options);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  std::vector<int64_t> times;
  for (const OwnedRecord& record : outcome.records) times.push_back(record.unix_time_ns);
  return times;
}

constexpr int64_t kNoon = 1'431'857'103'000'000'000;  // 2015-05-17T10:05:03Z

TEST(FileSourceTest, ATimeMayStandInSeveralColumns) {
  EXPECT_EQ(Times(Timed("3,2", "%Y-%m-%d %H:%M:%S", "k 10:05:03 2015-05-17\n")),
            std::vector<int64_t>{kNoon});
  EXPECT_EQ(Times(Timed("2,3,4", "iso8601", "k 2015-05-17 12:05:03 +0200\n")),
            std::vector<int64_t>{kNoon});
}

TEST(FileSourceTest, TheZoneOfALogsTimeIsNotLostAtTheBlank) {
  const std::string text = "a [17/May/2015:12:05:03 +0200] x\nb [17/May/2015:06:05:03 -0400] x\n";
  const FileSourceOptions alone = Timed("2", "[%d/%b/%Y:%H:%M:%S", text);
  EXPECT_EQ(Times(alone), (std::vector<int64_t>{kNoon, kNoon}));
  EXPECT_EQ(Notes(alone), Strings{"the zones of the times are taken from the field behind them"});
  EXPECT_EQ(Times(Timed("2,3", "[%d/%b/%Y:%H:%M:%S %z]", text)),
            (std::vector<int64_t>{kNoon, kNoon}));
  EXPECT_TRUE(Notes(Timed("2,3", "clf", text)).empty());
}

TEST(FileSourceTest, ATimeThatCannotBeReadIsAnErrorThatNamesTheFormat) {
  EXPECT_TRUE(Fails(Error("fields", {.key = "1", .time = "2"}, "k noon"),
                    absl::StatusCode::kInvalidArgument, {"line 1: ", "noon", "rfc3339"}));
}

TEST(FileSourceTest, TimesOutOfOrderAreTold) {
  const auto source =
      NewFileSource(Timed("2", "unix_s", "a 100\nb 160\nc 40\nd 159\ne 200\n")).value();
  for (int pass = 0; pass < 2; ++pass) {
    ReadAll(*source);
    const Strings notes = source->notes();
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_EQ(notes[0].find("2 records come out of order, the first at line 3, by up to 2m: "), 0u)
        << notes[0];
    ASSERT_TRUE(source->Rewind().ok());
  }
}

TEST(FileSourceTest, AClockThatWasNotSetIsToldAndItsRecordsCanBeLeftOut) {
  FileSourceOptions options = Timed("2", "unix_s", "a 0\nb 1700000000\nc 1700000060\n");
  const Strings notes = Notes(options);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].find("nothing arrives for 53y330d, from 1970-01-01T00:00:00Z to line 2: "), 0u)
      << notes[0];
  options.time_min = "2000-01-01";
  options.skip_bad_lines = true;
  EXPECT_EQ(Read(options).keys(), (Strings{"b", "c"}));
  EXPECT_TRUE(Notes(options).empty());
  options.time_min = "yesterday";
  EXPECT_TRUE(Fails(NewFileSource(options), absl::StatusCode::kInvalidArgument,
                    {"earliest time", "yesterday"}));
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
    EXPECT_EQ(skipped[0].first, "line 2: the line has no field 2, only 1 (fields cut at blanks)");
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
