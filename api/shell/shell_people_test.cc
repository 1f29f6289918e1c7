// What kinesis_shell does for people: requests over several lines, where an error is, records by
// hand, the last answer in the next request, tables, files.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/directory_command.h"
#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/pipe.h"
#include "kinesis_core/api/shell/record_text.h"
#include "kinesis_core/api/shell/references.h"
#include "kinesis_core/api/shell/request_check.h"
#include "kinesis_core/api/shell/shell_reply.h"
#include "kinesis_core/api/shell/shell_script.h"
#include "kinesis_core/api/shell/shell_session.h"
#include "kinesis_core/api/shell/suggestion.h"
#include "kinesis_core/api/shell/table_view.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/simulated_disk.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {
namespace {

// Whether `text` has `part` in it.
::testing::AssertionResult Has(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "no '" << part << "' in: " << text;
}

std::unique_ptr<ShellSession> ForPeople() {
  return ShellSession::Create({.clock = ShellClock::kSimulated,
                               .limits = ShellLimits::kUnlimited,
                               .mode = ShellMode::kAuto,
                               .for_people = true})
      .value();
}

// What is shown of a line that has an answer.
std::string Shown(ShellSession& session, std::string_view line) {
  const std::optional<ShellReply> reply = session.Run(line);
  if (!reply) return "no answer";
  std::string text = Render(*reply, session.mode());
  if (reply->hint) text += RenderHint(*reply->hint, line);
  return text;
}

std::string TailedText(ShellSession& session) {
  const std::optional<ShellReply> tailed = session.TakeTailed();
  return tailed ? tailed->text : "";
}

// --- JSON

struct FaultCase {
  std::string_view json;
  size_t at;
  std::string_view reason;
};

TEST(JsonTreeTest, AFaultIsToldWithItsPlace) {
  const FaultCase cases[] = {
      {R"({"a":1 "b":2})", 7, "expected ',' or '}'"},
      {R"({"a" 1})", 5, "expected ':'"},
      {R"({a:1})", 1, "expected a member's name in double quotes"},
      {R"({"a":})", 5, "expected a value"},
      {R"({"a":1)", 6, "expected ',' or '}', and the text ends"},
      {R"([1,])", 3, "expected a value"},
      {R"({"a":1,})", 7, "expected a member's name in double quotes"},
      {R"({"a":tru})", 5, "expected a value"},
      {R"({"a":01})", 5, "no such number"},
      {R"({"a":1.})", 5, "no such number"},
      {R"({"a":"b)", 5, "a string begins here and does not end in its line"},
      {"{\"a\":\"b\n\"}", 5, "a string begins here and does not end in its line"},
      {R"({"a":"\x"})", 6, "no such escape"},
      {R"({"a":"\ud800"})", 6, "no such escape"},
      {"{\"a\":\"\xff\"}", 6, "not UTF-8"},
      {"{\"a\":\"\x01\"}", 6, "a control character within a string: write it as an escape"},
      {"{} {}", 3, "there is more behind the end of the JSON"},
      {"", 0, "expected a value, and the text ends"},
  };
  for (const FaultCase& each : cases) {
    const JsonParse parse = ParseJson(each.json);
    EXPECT_FALSE(parse.root.has_value()) << each.json;
    EXPECT_EQ(parse.fault.at, each.at) << each.json;
    EXPECT_EQ(parse.fault.reason, each.reason) << each.json;
  }
  EXPECT_FALSE(ParseJson(std::string(65, '[') + std::string(65, ']')).root.has_value());
  EXPECT_TRUE(ParseJson(std::string(64, '[') + std::string(64, ']')).root.has_value());
  EXPECT_FALSE(ParseJson(std::string(1'000'000, '[')).root.has_value());
}

TEST(JsonTreeTest, StringsAreToldWithoutTheirEscapes) {
  const JsonParse parse =
      ParseJson(R"( {"a" : "\"\\\/\n\u00e9\ud83d\ude00", "b":[-1.5e+3,null]} )");
  ASSERT_TRUE(parse.root.has_value()) << parse.fault.reason;
  EXPECT_EQ(parse.root->Find("a")->text, "\"\\/\n\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(parse.root->Find("b")->children.size(), 2U);
  EXPECT_EQ(parse.root->Find("c"), nullptr);
}

TEST(JsonTreeTest, PlacesAreCountedInCharacters) {
  const std::string_view text = "\xc3\xa9x\n\xf0\x9f\x98\x80y";
  EXPECT_EQ(PositionOf(text, 2).column, 2U);
  EXPECT_EQ(PositionOf(text, 8).line, 2U);
  EXPECT_EQ(PositionOf(text, 8).column, 2U);
  EXPECT_EQ(PositionOf(text, text.size()).column, 3U);
}

// Whether JSON goes on behind these lines.
bool GoesOn(std::string_view text) {
  BracketScan scan;
  for (size_t begin = 0, end = 0; end < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    scan.Add(text.substr(begin, end - begin));
  }
  return scan.goes_on();
}

TEST(JsonTreeTest, BracketsAreOpenUntilTheLastIsClosedOrCannotBe) {
  for (const char* open : {"{", "{\"a\":[", "{\"a\":\"}\",", "{\n\n", "A {\"x\":\n[1,\n"}) {
    EXPECT_TRUE(GoesOn(open)) << open;
  }
  // A string does not go on in another line, and a wrong bracket makes nothing whole.
  for (const char* closed : {"", "{}", "{\"a", "{]", "{\"a\":\"x\n", "{} {", "}", "ListStreams"}) {
    EXPECT_FALSE(GoesOn(closed)) << closed;
  }
}

// --- Where the trouble is

std::string Checked(std::string_view json) {
  const std::optional<ShellHint> hint = CheckRequest(api::Operation::kPutRecords, json);
  return hint ? HintLine(*hint, json) : "";
}

TEST(RequestCheckTest, TheFirstTroubleOfTheWorstKindIsTold) {
  EXPECT_EQ(Checked(R"({"StreamName":"s","Records":[{"Data":"dGVh","PartitionKey":"a"}]})"), "");
  EXPECT_EQ(Checked("{\"StreamName\":\"s\",\n \"Records\":[{}"),
            "line 2, column 15: expected ',' or ']', and the text ends");
  EXPECT_EQ(Checked(R"({"Streamname":"s","Records":[{"Data":"no","PartitionKey":1}]})"),
            "line 1, column 38: Data takes base64 in a string");
  EXPECT_EQ(Checked(R"({"Records":{}})"), "line 1, column 12: Records takes a list");
  EXPECT_EQ(Checked(R"({"Records":[7]})"), "line 1, column 13: Records takes an object");
  EXPECT_EQ(Checked(R"({"Records":[{"Key":"a"}]})"),
            "line 1, column 14: there is no member 'Key' here, and it is ignored");
  EXPECT_EQ(Checked(R"({"streamname":"s"})"),
            "line 1, column 2: there is no member 'streamname' here; did you mean 'StreamName'?");
  EXPECT_EQ(Checked("[]"), "line 1, column 1: a request is an object: {...}");
  EXPECT_EQ(Checked(R"({"StreamName":$.StreamNames[0],"Records":null})"), "");
}

TEST(RequestCheckTest, WhatNobodyTypesCostsNoTree) {
  EXPECT_EQ(Checked(std::string(kTypedBytesMax + 1, '[')), "");
  const std::string reference = std::string(kTypedBytesMax, ' ') + "$.A";
  EXPECT_EQ(*ExpandReferences(reference, R"({"A":1})"), reference);
}

TEST(RequestCheckTest, ACaretStandsBelowThePlace) {
  EXPECT_EQ(RenderHint({"here", 9}, "ab\n\xc3\xa9{\"x\" 1}"),
            "line 2, column 6: here\n  \xc3\xa9{\"x\" 1}\n       ^\n");
  EXPECT_EQ(RenderHint({"no place"}, "ab"), "no place\n");
  const std::string text = RenderHint({"far", 3000}, std::string(6000, 'x'));
  EXPECT_LT(text.size(), 200U) << text;
}

TEST(ShellPeopleTest, AHintCountsFromTheBeginningOfTheLine) {
  const auto session = ForPeople();
  const std::string shown = Shown(*session, R"(  ListStreams {"Limit" 3})");
  EXPECT_TRUE(Has(shown, "line 1, column 24: expected ':'\n")) << shown;
  EXPECT_TRUE(Has(Shown(*session, R"(ListStreams {"Limt":3})"), "did you mean 'Limit'?"))
      << "a request that succeeds, too";
}

TEST(SuggestionTest, NearNamesAreMeant) {
  const std::vector<std::string_view> names = {"ListStreams", "ListShards", "PutRecord", ":quit"};
  EXPECT_EQ(NearestName("liststreams", names), "ListStreams");
  EXPECT_EQ(NearestName("PutRecrod", names), "PutRecord");
  EXPECT_EQ(NearestName("ListSh", names), "ListShards");
  EXPECT_EQ(NearestName(":quti", names), ":quit");
  EXPECT_EQ(NearestName("Delete", names), "");
  EXPECT_EQ(NearestName("", names), "");
  EXPECT_EQ(NearestName(std::string(100'000, 'x'), names), "");
}

TEST(ShellPeopleTest, WordsOfOtherShellsWorkAndNearOnesAreSuggested) {
  const auto session = ForPeople();
  EXPECT_TRUE(Shown(*session, "help").starts_with("OPERATION {JSON}\n"));
  EXPECT_TRUE(Shown(*session, "?").starts_with("OPERATION {JSON}\n"));
  EXPECT_TRUE(Shown(*session, "Help putrecord").starts_with("PutRecord takes\n"));
  EXPECT_TRUE(Shown(*session, ":HELP advance").starts_with(":advance TIME\n"));
  EXPECT_TRUE(Has(Shown(*session, ":help putrecrod"), "did you mean 'PutRecord'?"));
  EXPECT_TRUE(Has(Shown(*session, "liststreams"), "did you mean 'ListStreams'?"));
  EXPECT_TRUE(Has(Shown(*session, ":advnce 1s"), "did you mean ':advance'?"));
  EXPECT_TRUE(Has(Shown(*session, ":exti"), "did you mean ':exit'?"));
  EXPECT_TRUE(Has(Shown(*session, "hlep"), "did you mean ':help'?"));
  EXPECT_TRUE(Has(Shown(*session, "advance 1s"), "did you mean ':advance'?"));
  for (const std::string_view end : {"exit", "quit", ":exit", ":q", "QUIT", ":Quit"}) {
    const auto other = ForPeople();
    EXPECT_TRUE(other->Run(end).has_value());
    EXPECT_TRUE(other->done()) << end;
  }
}

// --- Lines

TEST(RequestLinesTest, ARequestIsReadOnWhileItsBracketsAreOpen) {
  RequestLines lines;
  EXPECT_EQ(lines.Add("CreateStream {\r"), std::nullopt);
  EXPECT_TRUE(lines.is_open());
  EXPECT_EQ(lines.Add("  \"StreamName\":\"a}\","), std::nullopt);
  EXPECT_EQ(lines.Add("}"), "CreateStream {\n  \"StreamName\":\"a}\",\n}");
  EXPECT_FALSE(lines.is_open());
  EXPECT_EQ(lines.Add(":subscribe {"), std::nullopt);
  EXPECT_EQ(lines.GiveUp(),
            "gave up a request of 1 line, whose brackets are open; nothing was done");
  EXPECT_FALSE(lines.is_open());
  // What takes no JSON, or can never be any, does not wait.
  for (const char* whole : {":put s k {", "Nothing {", "{", "ListStreams {\"a", "ListStreams {]"}) {
    EXPECT_EQ(lines.Add(whole), whole);
  }
}

TEST(RunScriptTest, AScriptGoesOnAfterAFailureUnlessItBails) {
  constexpr std::string_view kScript =
      "# comment\nCreateStream {\n\n \"StreamName\":\"s\", \"ShardCount\":1}\n:nothing\n:put s k "
      "v\n";
  for (const bool bail : {false, true}) {
    const auto session =
        ShellSession::Create(
            {.clock = ShellClock::kSimulated, .limits = ShellLimits::kUnlimited, .bail = bail})
            .value();
    std::istringstream in{std::string(kScript)};
    const ScriptResult result = RunScript(in, *session, nullptr);
    EXPECT_EQ(result.requests, bail ? 2U : 3U);
    EXPECT_EQ(result.failed, 1U);
    EXPECT_EQ(result.first_line, 5U);
    EXPECT_EQ(result.first_error, "InvalidLine: There is no directive ':nothing'; see :help.");
    EXPECT_EQ(session->failures(), 1U);
  }
}

TEST(RunScriptTest, WhatIsTooLongFailsAndTheNextLineIsServed) {
  const auto session = ForPeople();
  std::istringstream in(std::string(2000, 'x') + "\n:now\nListStreams {\n" +
                        std::string(2000, ' ') + "\n:now\n");
  std::vector<std::string> errors;
  const auto listen = [&errors](std::string_view, const ShellReply& reply) {
    errors.push_back(reply.failed ? ErrorText(reply) : "");
  };
  EXPECT_EQ(RunScript(in, *session, listen, 1000).failed, 2U);
  const std::string too_long = "InvalidLine: The line is too long.";
  EXPECT_EQ(errors, (std::vector<std::string>{too_long, "", too_long, ""}));
}

TEST(RunScriptTest, ARequestThatDoesNotEndFailsWithItsPlace) {
  const auto session = ForPeople();
  std::istringstream in("\nListStreams {\n");
  std::string hint;
  const ScriptResult result =
      RunScript(in, *session, [&hint](std::string_view request, const ShellReply& reply) {
        hint = RenderHint(reply.hint.value(), request);
      });
  EXPECT_EQ(result.failed, 1U);
  EXPECT_EQ(result.first_line, 2U);
  EXPECT_TRUE(Has(hint, "line 1, column 14: expected a member's name")) << hint;
}

TEST(RunPipeTest, ASessionThatBailsReadsNoMore) {
  const auto session =
      ShellSession::Create({.clock = ShellClock::kSimulated, .bail = true}).value();
  std::istringstream in(":now\nListStreams {\"Limit\" 3}\n:now\n");
  std::ostringstream out;
  std::ostringstream notes;
  EXPECT_TRUE(RunPipe(in, out, *session, kShellLineMax, &notes));
  EXPECT_EQ(session->failures(), 1U);
  EXPECT_EQ(notes.str(),
            "kinesis_shell: line 2: column 22: expected ':'\n"
            "kinesis_shell: line 2: stopped by --bail: SerializationException: Malformed JSON: not "
            "one whole and correct JSON text\n");
  EXPECT_TRUE(out.str().ends_with("correct JSON text\"}}\n")) << out.str();
}

TEST(LineOfArgumentsTest, TheWordsOfAPutStayWhatTheyAre) {
  const std::vector<std::string> list = {"ListStreams", "{}"};
  EXPECT_EQ(LineOfArguments(list), "ListStreams {}");
  const std::vector<std::string> put = {":put", "s", "a key", "say \"x\""};
  EXPECT_EQ(LineOfArguments(put), R"(:put "s" "a key" "say \"x\"")");
}

// --- Records by hand

TEST(ShellPeopleTest, APutTakesTheRestOfTheLine) {
  const auto session = ForPeople();
  ASSERT_FALSE(session->Run(R"(CreateStream {"StreamName":"s","ShardCount":1})")->failed);
  for (const std::string_view put :
       {R"(:put s k {"a": "b c"} )", R"(:put s "a key" "two\nlines")", R"(:put s k "a" and "b")",
        R"(:put s k "")", R"(:put s k "half)"}) {
    EXPECT_FALSE(session->Run(put)->failed) << put << Shown(*session, put);
  }
  const std::string shown = Shown(*session, ":read s");
  EXPECT_TRUE(Has(shown, "  k      {\"a\": \"b c\"}\n"));
  EXPECT_TRUE(Has(shown, "  a key  two\\nlines\n"));
  EXPECT_TRUE(Has(shown, "  k      \"a\" and \"b\"\n"));
  EXPECT_TRUE(Has(shown, "  k      \"half\n"));
  for (const std::string_view bad : {":put", ":put s", ":put s k", ":put s \"k v"}) {
    EXPECT_TRUE(Has(Shown(*session, bad), ":put takes STREAM KEY TEXT")) << bad;
  }
  EXPECT_TRUE(Has(Shown(*session, ":put nope k v"), "ResourceNotFoundException"));
}

TEST(ShellPeopleTest, ReadGivesTheDataAsTextBesideBase64) {
  const auto session = ForPeople();
  session->Run(R"(CreateStream {"StreamName":"s","ShardCount":1})");
  session->Run(":put s k tea");
  session->Run(R"(PutRecord {"StreamName":"s","PartitionKey":"k","Data":"AAEC"})");
  EXPECT_TRUE(Has(Shown(*session, ":read s"), "3 bytes: AAEC\n"));
  const std::string answer = *session->Execute(":read s");
  EXPECT_TRUE(Has(answer, R"("PartitionKey":"k","Data":"dGVh","Text":"tea"})"));
  EXPECT_TRUE(Has(answer, R"("PartitionKey":"k","Data":"AAEC"}],"More":false}})"));
  session->Run(":mode json");
  EXPECT_TRUE(Has(Shown(*session, ":read s"), "\"Data\": \"dGVh\",  # tea\n"));
}

TEST(ShellPeopleTest, ReadStopsAtItsCountAndSaysThatThereIsMore) {
  const auto session = ForPeople();
  session->Run(R"(CreateStream {"StreamName":"s","ShardCount":2})");
  for (int i = 0; i < 10; ++i) session->Run(":put s k" + std::to_string(i) + " v");
  EXPECT_TRUE(Has(*session->Execute(":read s 9"), "\"More\":true"));
  EXPECT_TRUE(Has(*session->Execute(":read s 10"), "\"More\":false"));
  EXPECT_TRUE(Has(Shown(*session, ":read s 3"), "and more: ':read s COUNT'"));
  const std::string of_shard = *session->Execute(":read s shardId-000000000001 100");
  EXPECT_FALSE(Has(of_shard, "shardId-000000000000"));
  EXPECT_TRUE(Has(of_shard, "shardId-000000000001"));
  for (const std::string_view bad : {":read", ":read s 0", ":read s 10001", ":read s some",
                                     ":read s shardId-x", ":read s 99999999999999999999"}) {
    EXPECT_TRUE(Has(Shown(*session, bad), ":read takes STREAM")) << bad;
  }
  EXPECT_TRUE(session->Run(":read s shardId-000000000007")->failed);
  EXPECT_TRUE(Has(Shown(*session, ":read S"), "There is no stream 'S'; did you mean 's'?"));
}

TEST(ShellPeopleTest, ReadAndTailTakeChildrenAfterTheirParents) {
  const auto session = ForPeople();
  session->Run(R"(CreateStream {"StreamName":"s","ShardCount":1})");
  session->Run(":put s a before");
  EXPECT_TRUE(Has(Shown(*session, ":tail s"), "follows s\n"));
  EXPECT_EQ(TailedText(*session), "") << "what was there before is none of its business";
  session->Run(":put s a 1");
  session->Run(R"(SplitShard {"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":)"
               R"("170141183460469231731687303715884105728"})");
  for (const std::string_view put : {":put s a 2", ":put s b 2"}) session->Run(put);
  session->Run(R"(MergeShards {"StreamName":"s","ShardToMerge":"shardId-000000000001",)"
               R"("AdjacentShardToMerge":"shardId-000000000002"})");
  for (const std::string_view put : {":put s a 3", ":put s b 3"}) session->Run(put);
  const std::string tailed = TailedText(*session);
  std::istringstream lines(tailed);
  std::vector<std::string> ends;
  for (std::string line; std::getline(lines, line);) {
    ends.push_back(line.substr(line.size() - 4));
    EXPECT_TRUE(line.starts_with("s  shardId-00000000000")) << line;
  }
  EXPECT_EQ(ends, (std::vector<std::string>{"a  1", "a  2", "b  2", "a  3", "b  3"})) << tailed;
  EXPECT_EQ(TailedText(*session), "");
  const std::string read = *session->Execute(":read s");
  EXPECT_LT(read.find("\"before\""), read.find("\"1\""));
  EXPECT_LT(read.find("\"1\""), read.find("\"2\""));
  EXPECT_LT(read.rfind("\"2\""), read.find("\"3\""));
}

TEST(ShellPeopleTest, ATailEndsWhenToldAndWithItsStream) {
  const auto session = ForPeople();
  session->Run(R"(CreateStream {"StreamName":"s","ShardCount":1})");
  session->Run(R"(CreateStream {"StreamName":"t","ShardCount":1})");
  session->Run(":tail s");
  session->Run(":tail t");
  session->Run(":put s k v");
  EXPECT_TRUE(Has(*session->Execute(":tail"),
                  R"({"Follows":["s","t"],"Records":[{"StreamName":"s","ShardId":)"))
      << "behind a pipe it is the answer that has them";
  EXPECT_TRUE(Has(Shown(*session, ":tail s off"), "follows t\n"));
  session->Run(R"(DeleteStream {"StreamName":"t"})");
  EXPECT_TRUE(Has(TailedText(*session), "t: followed no more"));
  EXPECT_TRUE(Has(Shown(*session, ":tail"), "follows no stream\n"));
  EXPECT_TRUE(session->Run(":tail s off")->failed);
  EXPECT_TRUE(session->Run(":tail nope")->failed);
  EXPECT_TRUE(session->Run(":tail s on")->failed);
  EXPECT_FALSE(session->TakeTailed().has_value());
}

// --- The last answer

TEST(ReferencesTest, APathStandsForItsValue) {
  const std::string_view answer = R"({"A":{"B":[{"C":"x"},{"C":7}]},"D":"$.A"})";
  EXPECT_EQ(*ExpandReferences(R"({"p":$.A.B[0].C,"q":[$.A.B[-1].C, $.D]})", answer),
            R"({"p":"x","q":[7, "$.A"]})");
  EXPECT_EQ(*ExpandReferences(R"({"p":"$.A"})", answer), R"({"p":"$.A"})");
  EXPECT_EQ(*ExpandReferences("{\"p\":$.A", answer), "{\"p\":$.A") << "that is told elsewhere";
  EXPECT_EQ(*ExpandReferences("{\"p\":$.A[}", answer), "{\"p\":$.A[}") << "as is this";
  EXPECT_EQ(*ExpandReferences("$", answer), answer);
  const auto message = [&](std::string_view json) {
    return std::string(ExpandReferences(json, answer).status().message());
  };
  EXPECT_EQ(message("{\"p\":$.A.X}"),
            "There is no $.A.X in the last answer, which has there: B; did you mean 'B'?");
  EXPECT_TRUE(Has(message("{\"p\":$.A.B[2]}"), "which has there: a list of 2"));
  EXPECT_TRUE(Has(message("{\"p\":$.D.E}"), "which has there: a value without members"));
  for (const char* bad :
       {"{\"p\":$.}", "{\"p\":$.A.B[x]}", "{\"p\":$[0]}", "{\"p\":$.A.B[-3]}", "{\"p\":$..A}"}) {
    EXPECT_FALSE(ExpandReferences(bad, answer).ok()) << bad;
  }
  EXPECT_FALSE(ExpandReferences("{\"p\":$.A}", "").ok());
}

TEST(ReferencesTest, AReferenceIsCompletedByTheMembersOfItsPlace) {
  const std::string_view answer = R"({"A":{"B":[{"C":"x","D":1}]}})";
  EXPECT_EQ(CompleteReference("$", answer), std::vector<std::string>{"$.A"});
  EXPECT_EQ(CompleteReference("$.A.", answer), std::vector<std::string>{"$.A.B"});
  EXPECT_EQ(CompleteReference("$.A.B[0].", answer),
            (std::vector<std::string>{"$.A.B[0].C", "$.A.B[0].D"}));
  EXPECT_TRUE(CompleteReference("$.X.", answer).empty());
  EXPECT_TRUE(CompleteReference("$.", "").empty());
}

TEST(ShellPeopleTest, TheLastOperationThatSucceededIsTheLastAnswer) {
  const auto session = ForPeople();
  session->Run(R"(CreateStream {"StreamName":"s","ShardCount":1})");
  session->Run(":put s k tea");
  session->Run(R"(GetShardIterator {"StreamName":"s","ShardId":"0","ShardIteratorType":)"
               R"("TRIM_HORIZON"})");
  session->Run(":now");
  session->Run("ListStreams {");
  EXPECT_TRUE(Has(*session->Execute(R"(GetRecords {"ShardIterator":$.ShardIterator})"), "dGVh"));
  EXPECT_TRUE(Has(*session->Execute(R"(GetRecords {"ShardIterator":$.NextShardIterator})"),
                  R"("Records":[])"));
  EXPECT_TRUE(Has(*session->Execute(R"(GetRecords {"ShardIterator":$.Nothing})"),
                  "which has there: MillisBehindLatest, NextShardIterator, Records"));
}

// --- How it is shown

TEST(TextTableTest, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table;
  table.AlignRight(1);
  table.Add({"a", "1", "x"});
  table.Add({"\xc3\xa9\xc3\xa9\xc3\xa9", "100"});
  EXPECT_EQ(table.ToString(1), " a      1  x\n \xc3\xa9\xc3\xa9\xc3\xa9  100\n");
}

TEST(TableViewTest, ValuesAreLinesAndListsOfObjectsTables) {
  EXPECT_EQ(TableView(R"({"status":200,"body":{"A":{"B":1},"L":["x","y"],"E":[],)"
                      R"("R":[{"K":"k","Data":"dGVh"},{"K":"l","N":{"M":true}}]}})"),
            "A.B  1\nL    x, y\nE    none\nR\n  K  Data  N.M\n  k  tea\n  l        true\n");
  EXPECT_EQ(TableView(R"({"status":200,"body":{}})"), "done\n");
  EXPECT_EQ(TableView(R"({"status":400,"error":"E","body":{"__type":"E","message":"why"}})"),
            "E: why\n");
  EXPECT_EQ(TableView(R"({"status":500,"error":"E","body":{"__type":"E"}})"), "E\n");
}

TEST(RecordTextTest, BytesAreShownOnOneLineOfTheWidth) {
  EXPECT_EQ(ShownBytes("a\tb\nc", 20), "a\\tb\\nc");
  EXPECT_EQ(ShownBytes(std::string(1000, 'x'), 10), "xxxxxxx...");
  EXPECT_EQ(ShownBytes(std::string_view("\0\1\2", 3), 20), "3 bytes: AAEC");
  EXPECT_EQ(ShownBytes("\xff", 20), "1 bytes: /w==");
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\xe2\x82\xac";
  EXPECT_EQ(CountColumns(ShownBytes(text, 21)), 21U) << "also where a character would be cut";
  EXPECT_EQ(ShownBytes("", 5), "");
}

TEST(ShellPeopleTest, ModesShowTheSameAnswerOtherwise) {
  const auto session = ForPeople();
  session->Run(R"(CreateStream {"StreamName":"s","ShardCount":1})");
  EXPECT_TRUE(Has(Shown(*session, "ListStreams"), "\n  \"status\": 200,\n"));
  EXPECT_EQ(Shown(*session, ":mode table"), "mode table\n");
  EXPECT_TRUE(Has(Shown(*session, "ListStreams"), "\nStreamSummaries\n  StreamARN "));
  session->Run(":mode line");
  EXPECT_TRUE(Shown(*session, "ListStreams").starts_with(R"({"status":200,"body":{)"));
  EXPECT_TRUE(session->Run(":mode wide")->failed);
  EXPECT_EQ(session->mode(), ShellMode::kLine);
}

TEST(ShellPeopleTest, TopTellsRatesSinceTheLookBefore) {
  const auto session = ForPeople();
  session->Run(R"(CreateStream {"StreamName":"s","ShardCount":1})");
  for (int i = 0; i < 20; ++i) session->Run(":put s k tea");
  session->Run(":advance 10s");
  const std::string rate = R"("IncomingRecordsPerSecond":)";
  EXPECT_TRUE(Has(*session->Execute(":top"), rate + "2.000,\"IncomingBytesPerSecond\":8.000"));
  EXPECT_TRUE(Has(*session->Execute(":top"), rate + "2.000")) << "time stands still";
  EXPECT_TRUE(Has(*session->Execute(":top"), R"("IteratorAgeMilliseconds":null)"));
  session->Run(":advance 5s");
  session->Run(":read s");
  const std::string later = *session->Execute(":top");
  EXPECT_TRUE(Has(later, rate + "0.000")) << later;
  EXPECT_TRUE(Has(later, R"("OutgoingRecordsPerSecond":4.000)")) << later;
  EXPECT_TRUE(Has(Shown(*session, ":top"), "stream  shard                 state  records/s in"));
  EXPECT_EQ(session->Run(":top 500ms")->repeat_after, absl::Milliseconds(500));
  EXPECT_TRUE(session->Run(":top 0s")->failed);
  EXPECT_TRUE(session->Run(":top often")->failed);
}

// --- Files

class ShellFilesTest : public ::testing::Test {
 protected:
  std::string PathOf(std::string_view name) const {
    const char* const folder = std::getenv("TEST_TMPDIR");
    return (folder == nullptr ? "/tmp" : std::string(folder)) + "/" + std::string(name);
  }
  std::string Write(std::string_view name, std::string_view text) const {
    const std::string path = PathOf(name);
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(ShellFilesTest, ASavedSessionPlaysBackToTheSameStreams) {
  const std::string path = PathOf("session");
  const auto session = ForPeople();
  session->Run("CreateStream {\"StreamName\":\"s\",\n\"ShardCount\":1}");
  session->Run(":put s k tea");
  session->Run(":nothing");
  session->Run(":help");
  ASSERT_TRUE(Has(*session->Execute(":save " + path), R"("Lines":3)"));
  ASSERT_FALSE(session->Run(":save " + path)->failed) << "its own file may be replaced";
  const auto other = ForPeople();
  EXPECT_TRUE(Has(*other->Execute(":source " + path), R"("Requests":2)"));
  EXPECT_EQ(Shown(*other, ":read s"), Shown(*session, ":read s"));
  EXPECT_EQ(other->failures(), 0U);
}

TEST_F(ShellFilesTest, AFileOfSomebodyElseIsLeftAlone) {
  const std::string path = Write("letter", "Dear reader,\n");
  const auto session = ForPeople();
  EXPECT_TRUE(Has(Shown(*session, ":save " + path), "it is left alone"));
  EXPECT_TRUE(session->Run(":save /no/such/folder/file")->failed);
  EXPECT_TRUE(session->Run(":save")->failed);
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "Dear reader,");
}

TEST_F(ShellFilesTest, SourceTellsOfEachLineAndOfTheFirstThatFailed) {
  const std::string path = Write("lines", ":now\nListStreams {\n}\nDescribeStream {}\n:nothing\n");
  const auto session = ForPeople();
  std::vector<std::string> told;
  session->set_listener(
      [&told](std::string_view line, const ShellReply&) { told.emplace_back(line); });
  EXPECT_TRUE(
      Has(Shown(*session, ":source " + path), path + ": failed: 2 of 4, first in line 4: "));
  EXPECT_EQ(told, (std::vector<std::string>{":now", "ListStreams {\n}", "DescribeStream {}",
                                            ":nothing"}));
}

TEST_F(ShellFilesTest, AFileThatReadsItselfEnds) {
  const std::string path = PathOf("itself");
  Write("itself", ":source " + path + "\n");
  const auto session = ForPeople();
  EXPECT_TRUE(Has(Shown(*session, ":source " + path), "Files read each other 8 deep."));
  EXPECT_TRUE(session->Run(":source /no/such/file")->failed);
  EXPECT_TRUE(session->Run(":source")->failed);
}

TEST(DirectoryCommand, SaysWhatALossOfPowerLeavesAndWhatIsDamaged) {
  SimulatedDisk disk(SeedOr(1));
  const EngineOptions options{
      .directory = "engine", .disk_budget_bytes = uint64_t{1} << 20, .file_system = &disk};
  auto engine = Engine::Create(options).value();
  const auto make = [&engine](std::string_view name, Durability durability) {
    return engine->CreateStream(name, {.durability = durability}).value();
  };
  ASSERT_TRUE(make("log", Durability::kProcess).Put({.data = "gone"}).ok());
  {
    Stream orders = make("orders", Durability::kGroup);
    for (const char* const data : {"tea", "milk"}) ASSERT_TRUE(orders.Put({.data = data}).ok());
  }
  disk.LosePower();
  engine.reset();
  disk.Start();
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(CheckDirectoryCommand(disk, "engine", out, err), 0) << err.str();
  EXPECT_TRUE(Has(out.str(), "2 streams, 2 shards, 2 records of 7 bytes, 0 holes"));
  EXPECT_TRUE(Has(out.str(), "write-ahead log: 1 file, 2 groups, 368 bytes\n"));
  EXPECT_TRUE(Has(out.str(),
                  "power was lost, or the system crashed: blocks are made again of the write-ahead "
                  "log, and nothing is left of \"log\"\n"));
  EXPECT_TRUE(Has(out.str(), "damage: none\n"));

  // The first group has been on the disk; of the second no other says so.
  ASSERT_TRUE(disk.FlipBit("engine/wal-0000000000000001", 300, 0).ok());
  out.str("");
  EXPECT_EQ(CheckDirectoryCommand(disk, "engine", out, err), 0);
  EXPECT_TRUE(Has(out.str(),
                  "1 group, 216 bytes; recovery would cut 148 bytes, as what follows "
                  "byte 216 of wal-0000000000000001 is no whole group"));
  ASSERT_TRUE(disk.FlipBit("engine/wal-0000000000000001", 300, 0).ok());
  ASSERT_TRUE(disk.FlipBit("engine/wal-0000000000000001", 100, 0).ok());
  out.str("");
  EXPECT_EQ(CheckDirectoryCommand(disk, "engine", out, err), 1);
  EXPECT_TRUE(Has(out.str(),
                  "damage: 1\n  wal-0000000000000001, byte 64: what follows is not as "
                  "it was written\n"));
}

}  // namespace
}  // namespace kinesis::testing
