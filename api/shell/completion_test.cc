#include "kinesis_core/api/shell/completion.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/pretty_json.h"
#include "kinesis_core/api/shell/shell_help.h"
#include "kinesis_core/api/shell/shell_session.h"

namespace kinesis::testing {
namespace {

using Candidates = std::vector<std::string>;

// What `line` becomes with each candidate.
Candidates Completed(const std::string& line, const CompletionNames* names = nullptr) {
  const Completion completion = Complete(line, names);
  Candidates lines;
  for (const std::string& candidate : completion.candidates) {
    EXPECT_LE(completion.begin, line.size());
    lines.push_back(line.substr(0, completion.begin) + candidate);
  }
  return lines;
}

TEST(CompletionTest, OperationsAreCompletedAtTheBeginning) {
  EXPECT_EQ(Completed("PutR"), (Candidates{"PutRecord ", "PutRecords ", "PutResourcePolicy "}));
  EXPECT_EQ(Completed("  Spl"), Candidates{"  SplitShard "});
  EXPECT_EQ(Completed("").size(), api::kOperationCount);
  EXPECT_EQ(Completed("putr"), Completed("PutR"));
  EXPECT_EQ(Completed("putx"), Candidates{});
}

TEST(CompletionTest, DirectivesBeginWithAColon) {
  EXPECT_EQ(Completed(":").size(), ShellSession::Directives().size());
  EXPECT_EQ(Completed(":adv"), Candidates{":advance "});
  EXPECT_EQ(Completed(":n"), (Candidates{":now", ":next "}));
  EXPECT_EQ(Completed(":help Spl"), Candidates{":help SplitShard"});
  EXPECT_EQ(Completed("help :adv"), Candidates{"help :advance"});
  EXPECT_EQ(Completed(":clock s"), (Candidates{":clock simulated", ":clock system"}));
  EXPECT_EQ(Completed(":faults "), Candidates{":faults clear"});
  EXPECT_EQ(Completed(":clock simulated s"), Candidates{});
  EXPECT_EQ(Completed(":advance "), Candidates{});
  EXPECT_EQ(Completed(":subscribe {\"Shard"), Candidates{R"(:subscribe {"ShardId":)"});
}

TEST(CompletionTest, NamesOfMembersAreCompletedWhereTheyCanStand) {
  EXPECT_EQ(Completed("SplitShard "), Candidates{"SplitShard {"});
  EXPECT_EQ(Completed("SplitShard {\"Shar"), Candidates{R"(SplitShard {"ShardToSplit":)"});
  EXPECT_EQ(Completed("SplitShard{\"New"), Candidates{R"(SplitShard{"NewStartingHashKey":)"});
  EXPECT_EQ(Completed(R"(SplitShard {"ShardToSplit":"Shar)"), Candidates{});
  EXPECT_EQ(Completed(R"(SplitShard {"ShardToSplit":)"), Candidates{});
  EXPECT_EQ(Completed("NoOperation {"), Candidates{});
}

TEST(CompletionTest, AWordWithoutItsQuotesGetsThem) {
  EXPECT_EQ(Completed("CreateStream {StreamN"), Candidates{R"(CreateStream {"StreamName":)"});
  EXPECT_EQ(Completed("SplitShard{ new"), Candidates{R"(SplitShard{ "NewStartingHashKey":)"});
  EXPECT_EQ(Completed(R"(ListShards {"ShardFilter":{ty)"),
            Candidates{R"(ListShards {"ShardFilter":{"Type":)"});
  EXPECT_EQ(Completed(R"(GetShardIterator {"ShardIteratorType":TR)"),
            Candidates{R"(GetShardIterator {"ShardIteratorType":"TRIM_HORIZON")"});
  EXPECT_EQ(Completed(R"(PutRecord {"DryRun":t)"), Candidates{R"(PutRecord {"DryRun":true)"});
  EXPECT_EQ(Completed("PutRecord {\n  Par"), Candidates{"PutRecord {\n  \"PartitionKey\":"});
  EXPECT_EQ(Completed("ListTagsForResource {x"), Candidates{});
}

TEST(CompletionTest, NothingStandsBehindAWholeWord) {
  for (const char* line : {R"(CreateStream {"StreamName")", R"(CreateStream {"StreamName" )",
                           R"(SplitShard {"StreamName":"s" Sh)", R"(ListShards {"ShardFilter":{} )",
                           R"(EnableEnhancedMonitoring {"ShardLevelMetrics":["IncomingBytes")"}) {
    EXPECT_EQ(Completed(line), Candidates{}) << line;
  }
}

// Two streams, of which one has two shards, and an answer.
class SomeNames : public CompletionNames {
 public:
  std::vector<std::string> Streams() const override { return {"orders", "others"}; }
  std::vector<std::string> ShardsOf(std::string_view stream) const override {
    if (stream == "orders") return {"shardId-000000000000", "shardId-000000000001"};
    return {"shardId-000000000000"};
  }
  std::vector<std::string> References(std::string_view typed) const override {
    return {std::string(typed.substr(0, typed.find_last_of('.'))) + ".ShardIterator"};
  }
};

TEST(CompletionTest, NamesOfStreamsAndShardsAreCompleted) {
  const SomeNames names;
  EXPECT_EQ(Completed(":read or", &names), Candidates{":read orders"});
  EXPECT_EQ(Completed(":put o", &names), (Candidates{":put orders", ":put others"}));
  EXPECT_EQ(Completed(":put orders o", &names), Candidates{});
  EXPECT_EQ(Completed(":read orders sh", &names).size(), 2U);
  EXPECT_EQ(Completed(":read others ", &names).size(), 1U);
  EXPECT_EQ(Completed(R"(PutRecord {"StreamName":or)", &names),
            Candidates{R"(PutRecord {"StreamName":"orders")"});
  EXPECT_EQ(Completed(R"(SplitShard {"StreamName":"orders","ShardToSplit":")", &names).size(), 2U);
  EXPECT_EQ(
      Completed(R"(SplitShard {"StreamName":"others","ShardToSplit":s)", &names),
      Candidates{R"(SplitShard {"StreamName":"others","ShardToSplit":"shardId-000000000000")"});
  EXPECT_EQ(Completed(R"(GetRecords {"ShardIterator":$.Sh)", &names),
            Candidates{R"(GetRecords {"ShardIterator":$.ShardIterator)"});
  EXPECT_EQ(Completed(R"(GetRecords {"ShardIterator":$.R[0].sh)", &names),
            Candidates{R"(GetRecords {"ShardIterator":$.R[0].ShardIterator)"});
}

TEST(CompletionTest, AMemberIsOfferedOnce) {
  EXPECT_EQ(Completed(R"(DescribeStream {"StreamName":"s", "StreamN)"), Candidates{});
  EXPECT_EQ(Completed(R"(ListTagsForResource {"ResourceARN":"a",)"),
            Candidates{R"(ListTagsForResource {"ResourceARN":"a","StreamId":)"});
}

TEST(CompletionTest, StructuresInsideHaveTheirOwnMembers) {
  EXPECT_EQ(
      Completed(R"(PutRecords {"Records":[{"Data":"","PartitionKey":"a"},{"P)"),
      Candidates{R"(PutRecords {"Records":[{"Data":"","PartitionKey":"a"},{"PartitionKey":)"});
  EXPECT_EQ(Completed(R"(PutRecords {"Records":[{"Data":""}],"Str)").size(), 3U);
  EXPECT_EQ(Completed(R"(ListShards {"ShardFilter":{"T)").size(), 2U);
  EXPECT_EQ(Completed(R"(AddTagsToStream {"Tags":{"T)"), Candidates{});
  EXPECT_EQ(Completed(R"(ListStreams {"Unknown":{"L)"), Candidates{});
}

TEST(CompletionTest, ValuesOfEnumerationsAreCompleted) {
  EXPECT_EQ(Completed(R"(GetShardIterator {"ShardIteratorType":"TR)"),
            Candidates{R"(GetShardIterator {"ShardIteratorType":"TRIM_HORIZON")"});
  EXPECT_EQ(Completed(R"(CreateStream {"StreamModeDetails":{"StreamMode":)").size(), 2U);
  EXPECT_EQ(
      Completed(R"(EnableEnhancedMonitoring {"ShardLevelMetrics":["IncomingBytes","IncomingR)"),
      Candidates{
          R"(EnableEnhancedMonitoring {"ShardLevelMetrics":["IncomingBytes","IncomingRecords")"});
}

TEST(CompletionTest, WhatLooksLikeSyntaxInsideTextIsText) {
  EXPECT_EQ(Completed(R"(SplitShard {"StreamName":"a\"},{[","ShardToS)"),
            Candidates{R"(SplitShard {"StreamName":"a\"},{[","ShardToSplit":)"});
}

TEST(CompletionTest, UnbalancedJsonIsNoTrouble) {
  for (const char* line : {"PutRecord ]}", "PutRecord }}}{", "PutRecord [[\"", "PutRecord {\"\\"}) {
    Complete(line);
  }
  EXPECT_EQ(Completed("PutRecord {} "), Candidates{});
}

TEST(CompletionTest, TheCommonPrefixIsThatOfAllCandidates) {
  EXPECT_EQ(Complete("PutR").CommonPrefix(), "PutRe");
  EXPECT_EQ(Complete("PutRecords").CommonPrefix(), "PutRecords ");
  EXPECT_EQ(Complete("nothing").CommonPrefix(), "");
}

TEST(PrettyJsonTest, MembersAndElementsStandOnLinesOfTheirOwn) {
  EXPECT_EQ(PrettyJson(R"({"a":[1,{"b":"x,{\"}"}],"c":{},"d":[]})"),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{\\\"}\"\n    }\n  ],\n  \"c\": {},\n"
            "  \"d\": []\n}");
  EXPECT_EQ(PrettyJson("{}"), "{}");
}

TEST(PrettyJsonTest, DataThatIsTextIsShownBesideIt) {
  EXPECT_EQ(PrettyJson(R"({"Data":"dGVh","a":"Data","b":"dGVh"})"),
            "{\n  \"Data\": \"dGVh\",  # tea\n  \"a\": \"Data\",\n  \"b\": \"dGVh\"\n}");
  EXPECT_EQ(PrettyJson(R"({"Data":"dGVh"})"), "{\n  \"Data\": \"dGVh\"  # tea\n}");
  for (const char* bare : {R"({"Data":""})", R"({"Data":"AAEC"})", R"({"Data":"no base64"})"}) {
    EXPECT_EQ(PrettyJson(bare).find('#'), std::string::npos) << bare;
  }
}

TEST(ShellHelpTest, AnOperationIsToldWithItsConstraints) {
  EXPECT_EQ(HelpTextOn(api::Operation::kAddTagsToStream),
            "AddTagsToStream takes\n"
            "  StreamARN   string  1..2048 characters, matches "
            "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+\n"
            "  StreamId    string  1..24 characters, matches [a-z0-9]{20}-[a-z0-9]{3}\n"
            "  StreamName  string  1..128 characters, matches [a-zA-Z0-9_.-]+\n"
            "  Tags        map     required, 1..200 entries\n"
            "    keys      string  1..128 characters\n"
            "    values    string  0..256 characters\n"
            "and answers\n"
            "  nothing\n");
}

TEST(ShellHelpTest, StructuresAreToldWithTheirMembers) {
  const std::string text = HelpTextOn(api::Operation::kListShards);
  EXPECT_NE(text.find("  ShardFilter "), std::string::npos) << text;
  EXPECT_NE(text.find("    Type "), std::string::npos) << text;
  EXPECT_NE(text.find("required, one of AFTER_SHARD_ID AT_TRIM_HORIZON"), std::string::npos);
  EXPECT_NE(text.find("      StartingHashKey "), std::string::npos) << text;
}

TEST(ShellHelpTest, EveryOperationIsListed) {
  const std::string text = HelpText();
  for (const std::string_view name : api::EnumNames<api::Operation>::kNames) {
    EXPECT_NE(text.find("  " + std::string(name) + "\n"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace kinesis::testing
