// Runs the scripts with a shell, against fake_aws.
#include "kinesis_core/lab/plan_script.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/random.h"

namespace kinesis::lab {
namespace {

using ::testing::HasSubstr;

// A stream of fake_aws, in a file of its own.
class FakeStream {
 public:
  explicit FakeStream(const ShardMap& map) {
    std::string text = "1 " + std::to_string(map.size()) + "\n";
    for (size_t i = 0; i < map.size(); ++i) {
      text += std::to_string(i) + " " + map.range(i).start().ToString() + " " +
              map.range(i).end().ToString() + "\n";
    }
    path_ = WriteFile(text);
  }

  // The exit code of the script; its output goes to `output`.
  int Run(const std::string& script, const std::string& arguments, std::string* output) const {
    const std::string out = path_ + ".out";
    const int status =
        std::system(("AWS=bench/partition_lab/fake_aws PAUSE=0 STREAM='" + path_ +
                     "' timeout 50 sh '" + script + "' " + arguments + " >'" + out + "' 2>&1")
                        .c_str());
    std::ostringstream text;
    text << std::ifstream(out).rdbuf();
    *output = text.str();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::vector<HashKeyRange> Ranges() const {
    std::ifstream file(path_);
    std::string line;
    std::getline(file, line);
    std::string text;
    while (std::getline(file, line)) text += line.substr(line.find(' ') + 1) + "\n";
    return ShardMap::Parse(text).value().ranges();
  }

 private:
  std::string path_;
};

std::vector<HashKey> RandomStarts(Random& random) {
  std::set<HashKey> starts = {HashKey::Min()};
  for (uint64_t i = random.Below(5); i > 0; --i) {
    starts.insert(HashKey::FromHalves(random.Next(), random.Next()));
  }
  return {starts.begin(), starts.end()};
}

TEST(PlanScriptTest, MakesTheShardsOfThePlanAndLeadsBack) {
  Random random(3);
  for (int round = 0; round < 6; ++round) {
    const ShardMap from = MakeSplitMergePlan(UniformMap(1), RandomStarts(random)).result;
    const SplitMergePlan plan = MakeSplitMergePlan(from, RandomStarts(random));
    const std::string script = WriteFile(PlanScript(from, plan));
    const FakeStream stream(from);
    std::string output;
    ASSERT_EQ(stream.Run(script, "", &output), 0) << output;
    EXPECT_EQ(stream.Ranges(), plan.result.ranges());
    EXPECT_EQ(static_cast<size_t>(std::count(output.begin(), output.end(), '\n')),
              plan.steps.size());
    ASSERT_EQ(stream.Run(script, "undo", &output), 0) << output;
    EXPECT_EQ(stream.Ranges(), from.ranges());
  }
}

HashKey Sixteenth(uint64_t number) { return HashKey::FromHalves(number << 60, 0); }

TEST(PlanScriptTest, ShardsAreToldApartByEveryDigitOfTheirKeys) {
  // As floating-point numbers the two in the middle have the same first and last keys.
  const auto key = [](uint64_t low) { return HashKey::FromHalves(uint64_t{1} << 63, low << 58); };
  std::vector<HashKey> starts = {HashKey::Min(), key(0), key(4), key(8)};
  const ShardMap from = MakeSplitMergePlan(UniformMap(1), starts).result;
  starts.insert(starts.begin() + 3, key(6));
  const SplitMergePlan plan = MakeSplitMergePlan(from, starts);
  const FakeStream stream(from);
  std::string output;
  ASSERT_EQ(stream.Run(WriteFile(PlanScript(from, plan)), "", &output), 0) << output;
  EXPECT_EQ(stream.Ranges(), plan.result.ranges());
}

TEST(PlanScriptTest, WhatHasBeenDoneIsLeftOutWhenItIsRunAgain) {
  const ShardMap from = UniformMap(2);
  const SplitMergePlan plan =
      MakeSplitMergePlan(from, std::vector<HashKey>{HashKey::Min(), Sixteenth(3), Sixteenth(12)});
  // Only the first call has been made.
  const FakeStream stream(from.Split(0, Sixteenth(3)));
  std::string output;
  ASSERT_EQ(stream.Run(WriteFile(PlanScript(from, plan)), "", &output), 0) << output;
  EXPECT_THAT(output, HasSubstr("already split"));
  EXPECT_EQ(stream.Ranges(), plan.result.ranges());
}

TEST(PlanScriptTest, AStreamWithOtherShardsIsLeftAlone) {
  const ShardMap from = UniformMap(2);
  const SplitMergePlan plan = MakeSplitMergePlan(from, std::vector<HashKey>{HashKey::Min()});
  const FakeStream other(UniformMap(3));
  std::string output;
  EXPECT_EQ(other.Run(WriteFile(PlanScript(from, plan)), "", &output), 1);
  EXPECT_THAT(output, HasSubstr("the stream is not as the plan expects it"));
  EXPECT_EQ(other.Ranges(), UniformMap(3).ranges());
}

TEST(PlanScriptTest, SaysHowLongItTakesAndHowToUseIt) {
  const ShardMap from = UniformMap(8);
  const SplitMergePlan plan = MakeSplitMergePlan(from, std::vector<HashKey>{HashKey::Min()});
  const std::string script = PlanScript(from, plan);
  EXPECT_THAT(script, HasSubstr("From 8 shards to 1 in 7 calls: about 4 minutes"));
  EXPECT_EQ(PlanSeconds(7), 210);
  std::string output;
  const FakeStream stream(from);
  EXPECT_EQ(stream.Run(WriteFile(script), "again", &output), 1);
  EXPECT_THAT(output, HasSubstr("again is neither apply nor undo"));
}

}  // namespace
}  // namespace kinesis::lab
