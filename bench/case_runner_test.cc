#include "bench/case_runner.h"

#include <cstdint>
#include <string>
#include <vector>

#include "bench/benchmark_case.h"
#include "bench/pinning.h"
#include "bench/results.h"
#include "benchmark/benchmark.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinesis::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class CaseRunnerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = "case_runner_test";
    std::string shuffle = "--benchmark_enable_random_interleaving=true";
    char* arguments[] = {name.data(), shuffle.data(), nullptr};
    int count = 2;
    benchmark::Initialize(&count, arguments);
  }

  // Writes down that it ran, and takes as many nanoseconds for each message as its name is long.
  Participant Honest(const std::string& name) {
    return {name, [this, name](uint64_t messages) -> Measurement {
              ran_.push_back(name);
              const auto count = static_cast<double>(messages);
              return {.seconds = 1e-9 * static_cast<double>(name.size()) * count,
                      .messages = messages,
                      .figures = {{"length", static_cast<double>(name.size())}}};
            }};
  }
  static Participant Losing(const std::string& name) {
    return {name, [](uint64_t messages) -> Measurement {
              return {.seconds = 1, .messages = messages, .error = "one is missing"};
            }};
  }

  static RunOptions Rounds(int rounds) { return {.rounds = rounds, .messages = 100, .retries = 0}; }

  std::vector<std::string> ran_;
  Results results_;
};

TEST_F(CaseRunnerTest, EveryRoundHasEachParticipantOnce) {
  const Case one{"case", "", {Honest("a"), Honest("bb"), Honest("ccc")}};
  EXPECT_TRUE(RunCases({one}, Rounds(6), &results_));
  ASSERT_THAT(ran_, SizeIs(18));
  for (auto at = ran_.begin(); at != ran_.end(); at += 3) {
    EXPECT_THAT(std::vector<std::string>(at, at + 3), UnorderedElementsAre("a", "bb", "ccc"));
  }
}

TEST_F(CaseRunnerTest, ACaseIsDoneBeforeTheNextBegins) {
  const Case one{"one", "", {Honest("a")}};
  const Case two{"two", "", {Honest("b")}};
  EXPECT_TRUE(RunCases({one, two}, Rounds(2), &results_));
  EXPECT_THAT(ran_, ElementsAre("a", "a", "b", "b"));
}

TEST_F(CaseRunnerTest, ResultsHaveTimeForAMessageAndFiguresOfEachRepetition) {
  const Case one{"case", "", {Honest("bb")}};
  EXPECT_TRUE(RunCases({one}, Rounds(3), &results_));
  EXPECT_THAT(results_.Sorted("case/bb", kTimeFigure), SizeIs(3));
  EXPECT_NEAR(*results_.Median("case/bb"), 2, 1e-6);
  EXPECT_EQ(results_.Median("case/bb", "length"), 2);
}

TEST_F(CaseRunnerTest, WhatDoesNotArriveFailsTheRunAndHasNoResult) {
  const Case one{"case", "", {Honest("a"), Losing("b")}};
  EXPECT_FALSE(RunCases({one}, Rounds(1), &results_));
  EXPECT_THAT(results_.Sorted("case/b", kTimeFigure), IsEmpty());
  EXPECT_THAT(results_.Sorted("case/a", kTimeFigure), SizeIs(1));
}

TEST_F(CaseRunnerTest, WhatDoesNotArriveWhileTheNumberIsChosenFailsTheRunToo) {
  const Case one{"case", "", {Losing("b")}};
  RunOptions options = Rounds(1);
  options.messages = 0;
  EXPECT_FALSE(RunCases({one}, options, &results_));
}

TEST_F(CaseRunnerTest, TheNumberOfMessagesIsChosenForTheTimeWanted) {
  std::vector<uint64_t> numbers;
  const Participant participant{"p", [&numbers](uint64_t messages) -> Measurement {
                                  numbers.push_back(messages);
                                  return {.seconds = 1e-8 * static_cast<double>(messages),
                                          .messages = messages};
                                }};
  RunOptions options = Rounds(1);
  options.messages = 0;
  options.seconds = 0.1;
  EXPECT_TRUE(RunCases({{"case", "", {participant}}}, options, &results_));
  EXPECT_EQ(numbers.back(), 10'000'000u);
}

TEST_F(CaseRunnerTest, OnlyWhatTheFilterAdmitsRuns) {
  const Case one{"case", "", {Honest("a"), Honest("bb")}};
  RunOptions options = Rounds(1);
  options.filter = "case/a$";
  EXPECT_TRUE(RunCases({one}, options, &results_));
  EXPECT_THAT(ran_, ElementsAre("a"));
}

TEST(MatchesTest, AFilterIsAPartOfTheNameAndAMinusTurnsItRound) {
  EXPECT_TRUE(Matches("append", "append/100/single/raw"));
  EXPECT_TRUE(Matches("100/.*/raw$", "append/100/single/raw"));
  EXPECT_FALSE(Matches("raw$", "append/100/single/raw+"));
  EXPECT_FALSE(Matches("-append", "append/100/single/raw"));
  EXPECT_TRUE(Matches("-append", "read/100/raw"));
}

// The header of a run says whether its two threads had a core each: a figure of two threads says
// little if they had not.
TEST(PinningTest, TwoThreadsHaveACoreEachIfTheyTakeNoLongerTogether) {
  using ::testing::HasSubstr;
  EXPECT_THAT(DescribeCores(1.0), HasSubstr("a core of its own"));
  EXPECT_THAT(DescribeCores(1.1), HasSubstr("a core of its own"));
  EXPECT_THAT(DescribeCores(1.6), HasSubstr("SHARE A CORE"));
  EXPECT_THAT(DescribeCores(2.04), HasSubstr("2.04 times"));
}

}  // namespace
}  // namespace kinesis::bench
