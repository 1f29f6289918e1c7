// The program as a user meets it: flags in, reports, messages and exit codes out.
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/lab/lab_testing.h"
#include "nlohmann/json.hpp"

namespace kinesis::lab {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Finished {
  int code = -1;
  std::string output;  // standard output and error
};

Finished Shell(const std::string& command) {
  Finished run;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> block;
  while (const size_t count = fread(block.data(), 1, block.size(), pipe)) {
    run.output.append(block.data(), count);
  }
  const int status = pclose(pipe);
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return run;
}

Finished Lab(const std::string& arguments) {
  return Shell("bench/partition_lab/partition_lab --min_seconds=1 --max_throttled=0 " + arguments);
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

const char kLines[] = "ann 1\nbob 2\nann 3\n";

TEST(PartitionLabTest, ReportsOnAFileAndOnStandardInputAlike) {
  const std::string path = WriteFile(kLines);
  const Finished file = Lab("--input=" + path + " --shards=2");
  EXPECT_EQ(file.code, 0) << file.output;
  EXPECT_THAT(file.output, HasSubstr("3 records, 24 bytes with keys, 2 distinct keys"));
  EXPECT_THAT(file.output, HasSubstr("Balance over 2 shards"));
  const Finished piped =
      Shell("cat " + path +
            " | bench/partition_lab/partition_lab --min_seconds=1 --max_throttled=0 "
            "--input=- --shards=2");
  const size_t after_name = file.output.find('\n');
  EXPECT_EQ(piped.output.substr(piped.output.find('\n')), file.output.substr(after_name));
}

TEST(PartitionLabTest, TheSameSeedGivesTheSameReport) {
  const std::string flags = "--generate=zipf --records=3000 --seed=9";
  EXPECT_EQ(Lab(flags).output, Lab(flags).output);
  EXPECT_EQ(Lab(flags + " --json=-").output, Lab(flags + " --json=-").output);
}

TEST(PartitionLabTest, WritesEveryFormThatIsAskedFor) {
  const std::string base = ::testing::TempDir() + "/report";
  const Finished run = Lab("--generate=few --records=1000 --json=" + base + ".json --csv=" + base +
                           ".csv --html=" + base + ".html");
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("Balance over 8 shards"));
  EXPECT_EQ(nlohmann::json::parse(ReadFile(base + ".json"))["input"]["records"], 1000);
  EXPECT_THAT(ReadFile(base + ".csv"), StartsWith("strategy,shard,"));
  EXPECT_THAT(ReadFile(base + ".html"), StartsWith("<!DOCTYPE html>"));
  const Finished json = Lab("--generate=few --records=1000 --json=-");
  const nlohmann::json parsed = nlohmann::json::parse(json.output);
  EXPECT_EQ(parsed["strategies"].size(), 10u);
  EXPECT_EQ(parsed["run"]["flags"]["generate"], "few");
  EXPECT_EQ(parsed["run"]["flags"]["records"], "1000");
  EXPECT_FALSE(parsed["run"]["flags"].contains("json"));
}

TEST(PartitionLabTest, TakesAShardMapAndSomeOfTheStrategies) {
  const std::string map = WriteFile(
      "0 9\n10 170141183460469231731687303715884105727\n"
      "170141183460469231731687303715884105728 340282366920938463463374607431768211455\n");
  const Finished run = Lab("--records=2000 --strategies=xxh3,md5 --shard_map=" + map);
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("shard   xxh3    md5"));
  EXPECT_THAT(run.output, HasSubstr("\n0          0      0\n"));
}

TEST(PartitionLabTest, TakesWhatListShardsPrintsAndWritesThePlanForItAsAScript) {
  const std::string map = WriteFile(
      R"({"Shards": [{"ShardId": "shardId-000000000005", "HashKeyRange": {"StartingHashKey": "0",
          "EndingHashKey": "9"}, "SequenceNumberRange": {"StartingSequenceNumber": "1"}},
          {"ShardId": "shardId-000000000006", "HashKeyRange": {"StartingHashKey": "10",
          "EndingHashKey": "340282366920938463463374607431768211455"},
          "SequenceNumberRange": {"StartingSequenceNumber": "1"}}]})");
  const std::string script = ::testing::TempDir() + "/plan.sh";
  const Finished run =
      Lab("--records=2000 --generate=uniform --keys=50 --strategies=md5 "
          "--shard_map=" +
          map + " --plan=" + script);
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("SplitShard  6 into 7 and 8"));
  EXPECT_THAT(ReadFile(script), HasSubstr("split 10 340282366920938463463374607431768211455 "));
}

TEST(PartitionLabTest, ComparesTwoReports) {
  const std::string base = ::testing::TempDir() + "/compare";
  for (const char* const shards : {"2", "4"}) {
    const Finished run = Lab("--records=1000 --strategies=md5 --shards=" + std::string(shards) +
                             " --json=" + base + shards + ".json");
    EXPECT_EQ(run.code, 0) << run.output;
  }
  const Finished run = Lab("--compare=" + base + "2.json," + base + "4.json");
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("--shards"));
  EXPECT_EQ(Lab("--compare=" + base + "2.json").code, 2);
  EXPECT_EQ(Lab("--compare=" + base + "2.json,/no/such").code, 2);
}

// Expects that the program ends with a message that names the flag or the line that is wrong.
void ExpectError(const std::string& arguments, int code, const std::string& message) {
  const Finished run = Lab(arguments);
  EXPECT_EQ(run.code, code) << arguments;
  EXPECT_THAT(run.output, HasSubstr(message)) << arguments;
}

TEST(PartitionLabTest, BadFlagsAreNamed) {
  ExpectError("--shards=0", 2,
              "partition_lab: --shards: shards \"0\" must be in the range [1, 10000]");
  ExpectError("--strategies=md5,sha1", 2, "--strategies \"sha1\" must be all or some of md5, xxh3");
  ExpectError("--advise=nothing", 2, "--advise \"nothing\"");
  ExpectError("--generate=gauss", 2, "generator \"gauss\"");
  ExpectError("--input=/no/such/file", 2, "cannot open /no/such/file");
  ExpectError("--shard_map=/no/such/file", 2, "--shard_map: cannot read");
  ExpectError("--salt_buckets=0", 2, "--salt_buckets \"0\" must be in the range [1, 1000000]");
  ExpectError("--max_throttled=nan", 2, "--max_throttled");
  ExpectError("--prices=shards=1", 2, "--prices: price \"shards=1\" must be NAME=DOLLARS");
  ExpectError("--records=10 --html=/no/such/folder/x", 2, "--html: cannot write");
}

TEST(PartitionLabTest, BadInputIsNamedWithItsLine) {
  ExpectError("--input=" + WriteFile(""), 1, "the input has no record");
  ExpectError("--key_field=2 --input=" + WriteFile("a b\nc\n"), 1,
              "line 2: the line has no field 2");
  ExpectError("--input=" + WriteFile("a\n\xff\n"), 1, "line 2: the key \"\\xff\" is not UTF-8");
  ExpectError("--input=" + WriteFile(std::string(257, 'k')), 1,
              "line 1: the key has 257 characters");
  ExpectError("--shard_map=" + WriteFile("0 9\n5 340282366920938463463374607431768211455\n"), 2,
              "--shard_map: line 2: the shard [5, 340282366920938463463374607431768211455] "
              "overlaps [0, 9] of line 1");
}

TEST(PartitionLabTest, BadLinesCanBeSkippedAndAreCounted) {
  const Finished run =
      Lab("--skip_bad_lines --key_field=2 --input=" + WriteFile("a b\nc\nd \xff\ne f\n"));
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("2 records"));
  EXPECT_THAT(run.output, HasSubstr("skipped 1: missing column; first at line 2"));
  EXPECT_THAT(run.output, HasSubstr("skipped 1: key is not UTF-8; first at line 3"));
  ExpectError("--skip_bad_lines --key_field=9 --input=" + WriteFile("a b\n"), 1,
              "the input has no record; skipped 1 (missing column, first line 1:");
}

// Everything that is wrong with the flags is 2, whoever finds it.
TEST(PartitionLabTest, AllFaultsOfFlagsEndWithTheSameCode) {
  ExpectError("--no_such_flag=1", 2, "there is no flag \"--no_such_flag\"; --help lists them all");
  ExpectError("--nosuch", 2, "there is no flag");
  ExpectError("--noshards", 2, "there is no flag \"--noshards\"");
  ExpectError("--shards=many", 2, "--shards \"many\" is not a value of its kind, as \"8\" is");
  ExpectError("--records=-1", 2, "--records \"-1\"");
  ExpectError("--cost=maybe", 2, "--cost \"maybe\"");
  ExpectError("--shards", 2, "--shards has no value");
  ExpectError("--json=/no/such/folder/x --records=10", 2, "--json: cannot write");
  ExpectError("--json=- --csv=- --records=10", 2, "--csv: \"-\" is the file of another report");
}

TEST(PartitionLabTest, ABareFileNameIsTheInput) {
  const std::string path = WriteFile(kLines);
  const Finished run = Lab(path + " --shards=2");
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(run.output, Lab("--input=" + path + " --shards 2").output);
  EXPECT_EQ(run.output, Lab("--shards=2 -- " + path).output);
  ExpectError(path + " " + path, 2, "one input at a time");
  ExpectError("--input=" + path + " " + path, 2, "--input names the input already");
  ExpectError("/no/such/file", 2, "cannot open /no/such/file");
}

TEST(PartitionLabTest, AFlagThatWouldBeOfNoUseIsAnError) {
  const std::string path = WriteFile(kLines);
  ExpectError("--key_field=2", 2, "--key_field is about --input, and there is none");
  ExpectError(path + " --records=5", 2, "--records is about generated records");
  ExpectError(path + " --time_format=clf", 2, "--time_format is about --time_field");
  ExpectError("--generate=uuid --zipf_s=2", 2, "--zipf_s is about --generate=zipf");
  ExpectError("--shards=2 --shard_map=x", 2, "--shards is given by --shard_map already");
}

TEST(PartitionLabTest, AFullDeviceIsAnErrorOfEveryOutput) {
  const std::string lab =
      "bench/partition_lab/partition_lab --records=100 --max_throttled=0 --simulate=false ";
  for (const char* const flags : {">/dev/full", "--json=- >/dev/full", "--csv=- >/dev/full",
                                  "--html=- >/dev/full", "--help >/dev/full"}) {
    const Finished run = Shell("(" + lab + flags + ")");
    EXPECT_EQ(run.code, 1) << flags;
    EXPECT_THAT(run.output, HasSubstr("cannot write to standard output")) << flags;
  }
  for (const char* const form : {"json", "csv", "html"}) {
    const Finished run = Shell(lab + "--" + form + "=/dev/full");
    EXPECT_EQ(run.code, 1) << form;
    EXPECT_THAT(run.output, HasSubstr(std::string("--") + form + ": cannot write /dev/full"));
  }
}

TEST(PartitionLabTest, AStrategyThatIsNamedTwiceRunsOnce) {
  const Finished run = Lab("--records=100 --strategies=md5,xxh3,md5 --json=-");
  ASSERT_EQ(run.code, 0) << run.output;
  EXPECT_EQ(nlohmann::json::parse(run.output)["strategies"].size(), 2u);
}

TEST(PartitionLabTest, ACheckedOutputIsLeftAsItIsUntilTheRunIsOver) {
  const std::string path = WriteFile("before");
  EXPECT_EQ(Lab("--json=" + path + " /no/such/file").code, 2);
  EXPECT_EQ(ReadFile(path), "before");
  const std::string fresh = path + ".new";
  EXPECT_EQ(Lab("--json=" + fresh + " /no/such/file").code, 2);
  EXPECT_NE(Shell("test -e " + fresh).code, 0);
}

TEST(PartitionLabTest, RecordsGoWhereTheirExplicitHashKeysSay) {
  const std::string path =
      WriteFile("key,hash\nann,0\nann,340282366920938463463374607431768211455\nann,0\nbob,0\n");
  const Finished run =
      Lab("--format=csv --key_field=key --hash_key_field=hash --shards=2 "
          "--strategies=explicit --json=- " +
          path);
  ASSERT_EQ(run.code, 0) << run.output;
  const nlohmann::json one = nlohmann::json::parse(run.output)["strategies"][0];
  EXPECT_EQ(one["shards"][0]["records"], 3);
  EXPECT_EQ(one["shards"][1]["records"], 1);
  EXPECT_EQ(one["order_per_key"]["survives"], false);
}

TEST(PartitionLabTest, AClockThatWasNotSetDoesNotEndTheRun) {
  const std::string path = WriteFile(
      "{\"d\":\"a\",\"t\":0}\n{\"d\":\"b\",\"t\":1700000000}\n{\"d\":\"a\",\"t\":1700000001}\n");
  const Finished run =
      Lab("--format=json --key_field=d --time_field=t --time_format=unix_s --shards=2 " + path);
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("note: nothing arrives for 53y"));
}

TEST(PartitionLabTest, LongListsEndInHowManyMoreThereAre) {
  const Finished run = Lab("--records=1000 --strategies=md5 --shards=100 --simulate=false");
  EXPECT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("... 68 more (--csv and --json have all)"));
}

TEST(PartitionLabTest, HelpShowsHowToBegin) {
  const Finished run = Lab("--help");
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.output, HasSubstr("--input=access.log --key_field=1"));
  EXPECT_THAT(run.output, HasSubstr("--shard_map"));
}

TEST(OwnStrategyExampleTest, RunsBesideTheOthersAndShowsWhatIsWrongWithIt) {
  const Finished run = Shell(
      "bench/partition_lab/own_strategy_example --generate=time --records=2000 --min_seconds=1 "
      "--max_throttled=0 --strategies=md5,first-bytes --json=-");
  ASSERT_EQ(run.code, 0) << run.output;
  const nlohmann::json report = nlohmann::json::parse(run.output);
  EXPECT_EQ(report["strategies"][1]["name"], "first-bytes");
  EXPECT_EQ(report["strategies"][1]["by_records"]["max_over_mean"], 8);  // all on one of 8
}

}  // namespace
}  // namespace kinesis::lab
