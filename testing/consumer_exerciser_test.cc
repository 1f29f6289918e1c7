// The exerciser itself: what it reports, and what it makes of its user's mistakes. Consumers that
// are right and wrong are in right_consumers_test.cc and wrong_consumers_test.cc.
#include "kinesis_core/testing/consumer_exerciser.h"

#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/testing/fault_plan.h"
#include "kinesis_core/testing/internal/sample_reader.h"

namespace kinesis::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Kind = ScenarioStep::Kind;

// Keeps how far it came before it has handed on what it read.
class SavesFirst : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    context_.Save(KeyOf(shard), LastOf(records));
    for (const api::Record& record : records) context_.Deliver(record);
  }
};

class ReadsChildrenAtOnce : public SampleReader {
  using SampleReader::SampleReader;
  bool MayBegin(const api::Shard& /*shard*/, const Shards& /*all*/) override { return true; }
};

// Does what a test says.
class Puppet : public Consumer {
 public:
  Puppet(ConsumerContext& context, std::function<void(ConsumerContext&)> step)
      : context_(context), step_(std::move(step)) {}
  void Step() override { step_(context_); }

 private:
  ConsumerContext& context_;
  const std::function<void(ConsumerContext&)> step_;
};
ConsumerFactory MakePuppet(std::function<void(ConsumerContext&)> step) {
  return Make<Puppet>(std::move(step));
}

std::string TextOf(const ExerciseResult& result) {
  std::ostringstream text;
  text << result;
  return text.str();
}

// The trace of a consumer that lives through a scenario.
std::string TraceOf(const ConsumerFactory& make_consumer, const Scenario& scenario,
                    const ExerciseOptions& options = {}) {
  std::ostringstream trace;
  EXPECT_EQ(RunScenario(make_consumer, scenario, options, &trace), "");
  return trace.str();
}

// --- What it reports -----------------------------------------------------------------------------

TEST(ConsumerExerciserTest, AReaderThatSavesAfterDeliveringLosesNothing) {
  const ExerciseResult result = ExerciseConsumer(Make<SampleReader>());
  EXPECT_TRUE(result.ok()) << result;
}

TEST(ConsumerExerciserTest, AFailureIsTheSameWheneverItIsRunAgain) {
  const ExerciseResult first = ExerciseConsumer(Make<SavesFirst>());
  ASSERT_FALSE(first.ok());
  const ExerciseResult again =
      ExerciseConsumer(Make<SavesFirst>(), {.scenarios = 1, .first_seed = first.smallest->seed});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.trace, first.trace);
  EXPECT_EQ(again.problem, first.problem);
  EXPECT_EQ(RunScenario(Make<SavesFirst>(), *first.smallest), first.problem);
}

TEST(ConsumerExerciserTest, AFailureSaysWhatIsWrongInWhichScenarioAndHowToRunItAgain) {
  const ExerciseResult result = ExerciseConsumer(Make<SavesFirst>());
  ASSERT_FALSE(result.ok());
  const std::string text = TextOf(result);
  for (const std::string& part :
       {result.problem, "KINESIS_TEST_SEED=" + std::to_string(result.smallest->seed) + " ",
        std::string("lose the consumer after"), std::string("the consumer is lost here")}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(ConsumerExerciserTest, AFailureIsPrintedAsTheReadmeShows) {
  const std::string text = TextOf(ExerciseConsumer(Make<SavesFirst>()));
  std::ifstream file("testing/README.md");
  std::ostringstream readme;
  readme << file.rdbuf();
  EXPECT_NE(readme.str().find("```\n" + text + "```\n"), std::string::npos) << text;
}

TEST(ConsumerExerciserTest, EveryStepOfASmallestScenarioMatters) {
  const ExerciseResult result = ExerciseConsumer(Make<ReadsChildrenAtOnce>());
  ASSERT_FALSE(result.ok());
  EXPECT_LE(result.smallest->steps.size(), 8U) << result;
  for (size_t i = 0; i < result.smallest->steps.size(); ++i) {
    Scenario without = *result.smallest;
    without.steps.erase(without.steps.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_EQ(RunScenario(Make<ReadsChildrenAtOnce>(), without), "")
        << "without " << result.smallest->steps[i];
  }
}

TEST(ConsumerExerciserTest, AConsumerThatInventsARecordIsFound) {
  const ExerciseResult result = ExerciseConsumer(MakePuppet([](ConsumerContext& context) {
                                                   api::Record record;
                                                   record.data = "mine";
                                                   context.Deliver(record);
                                                 }),
                                                 {.scenarios = 1});
  EXPECT_THAT(result.problem, HasSubstr("not stored"));
}

// --- The trace -----------------------------------------------------------------------------------

TEST(ConsumerExerciserTest, TheTraceShowsTheCallsOfAStepAndTheFaultsThatTheyMet) {
  const FaultRule expired{
      .kind = FaultKind::kFailRead, .times = 1, .error = api::ErrorType::kExpiredIterator};
  const FaultRule throttled{.kind = FaultKind::kFailCall,
                            .operation = api::Operation::kListShards,
                            .times = 1,
                            .error = api::ErrorType::kLimitExceeded};
  const std::string trace =
      TraceOf(Make<SampleReader>(), {.steps = {{.kind = Kind::kPut, .count = 1},
                                               {.kind = Kind::kFault, .rule = expired},
                                               {.count = 2},
                                               {.kind = Kind::kFault, .rule = throttled},
                                               {.count = 1}}});
  for (const char* part :
       {"  step\n"
        "    ListShards: 1 shard\n"
        "    GetShardIterator of shardId-000000000000 TRIM_HORIZON: done\n"
        "    GetRecords of shardId-000000000000: ExpiredIteratorException (a fault)\n",
        "    GetRecords of shardId-000000000000: 1 record\n"
        "    delivered \"event-0\" of key \"key-0\", record 1 of shard 0\n",
        "  step\n"
        "    ListShards: LimitExceededException (a fault)\n"}) {
    EXPECT_THAT(trace, HasSubstr(part));
  }
}

TEST(ConsumerExerciserTest, TheTraceWritesStepsThatAreAlikeOnceAndCutsLongOnes) {
  const Scenario scenario{.steps = {{.count = 50}}};
  EXPECT_THAT(TraceOf(Make<SampleReader>(), scenario),
              HasSubstr("    GetRecords of shardId-000000000000: 0 records\n"
                        "  the same step 48 times more\n"));
  const auto lists_a_lot = MakePuppet([](ConsumerContext& context) {
    for (int i = 0; i < 1000; ++i) context.client().ListStreams({}).IgnoreError();
  });
  const std::string trace = TraceOf(lists_a_lot, {.steps = {{.count = 1}}});
  EXPECT_THAT(trace, HasSubstr("    ListStreams\n    and so on: 940 lines more\n"));
}

TEST(ConsumerExerciserTest, AHeldUpConsumerStandsStillWithinItsStepWhileTheOtherGoesOn) {
  const Scenario scenario{.steps = {{.kind = Kind::kPut, .count = 1},
                                    {.kind = Kind::kHold, .count = 0, .seconds = 30},
                                    {.count = 1}},
                          .workers = 2};
  EXPECT_THAT(TraceOf(Make<SampleReader>(), scenario),
              HasSubstr("    worker-1 is held up here for 30 s\n"
                        "    worker-2 begins\n"
                        "    step of worker-2\n"
                        "      ListShards: 1 shard\n"));
}

// --- What it permits -----------------------------------------------------------------------------

TEST(ConsumerExerciserTest, ALostConsumerSeesWhatItSavesToTheEndOfItsStepAndNobodyElseDoes) {
  bool was_lost = false;
  const auto writes_and_reads = MakePuppet([&was_lost](ConsumerContext& context) {
    was_lost |= context.Load("key").has_value();
    context.Save("key", "value");
    EXPECT_EQ(context.Load("key"), "value");
    EXPECT_FALSE(context.SaveIf("key", "other", "new"));
    EXPECT_TRUE(context.SaveIf("key", "value", "new"));
    EXPECT_EQ(context.Load("key"), "new");
  });
  EXPECT_EQ(RunScenario(writes_and_reads,
                        {.steps = {{.kind = Kind::kRestart, .count = 0}, {.count = 1}}}),
            "");
  EXPECT_TRUE(was_lost) << "the steps behind it begin with what was saved";
}

TEST(ConsumerExerciserTest, WhatGoesWrongInALostConsumerDoesNotCount) {
  const auto throws_when_lost = MakePuppet([](ConsumerContext& context) {
    if (context.Load("key")) return;
    context.Save("key", "value");
    throw 7;
  });
  EXPECT_EQ(RunScenario(throws_when_lost,
                        {.steps = {{.kind = Kind::kRestart, .count = 0}, {.count = 1}}}),
            "Step() of the consumer threw something that is no std::exception")
      << "of the one that is made anew and is not lost";
  int steps = 0;
  const auto throws_at_first = MakePuppet([&steps](ConsumerContext& context) {
    if (++steps > 1) return;
    context.Save("key", "value");
    throw 7;
  });
  EXPECT_EQ(
      RunScenario(throws_at_first, {.steps = {{.kind = Kind::kRestart, .count = 0}, {.count = 1}}}),
      "");
}

TEST(ConsumerExerciserTest, ASleepTakesSimulatedTimeAndHasAnEnd) {
  absl::Time before;
  absl::Time after;
  const auto sleeps = MakePuppet([&](ConsumerContext& context) {
    if (after > before) return;
    before = context.Now();
    context.Sleep(absl::Hours(3));
    after = context.Now();
    context.Sleep(-absl::Hours(1));
    EXPECT_EQ(context.Now(), after);
    context.Sleep(absl::InfiniteDuration());
  });
  EXPECT_EQ(RunScenario(sleeps, {.steps = {{.count = 1}}}), "");
  EXPECT_EQ(after - before, absl::Hours(3));
}

TEST(ConsumerExerciserTest, EachConsumerHasANameOfItsOwn) {
  std::vector<std::string> names;
  const auto tells = [&names](ConsumerContext& context) -> std::unique_ptr<Consumer> {
    names.push_back(context.worker_id());
    return std::make_unique<SampleReader>(context);
  };
  EXPECT_EQ(RunScenario(tells, {.steps = {{.kind = Kind::kPut, .count = 1},
                                          {.kind = Kind::kRestart, .count = 0},
                                          {.count = 2}}}),
            "");
  EXPECT_EQ(names, (std::vector<std::string>{"worker-1", "worker-2"}));
}

// --- Mistakes of its user ------------------------------------------------------------------------

TEST(ConsumerExerciserTest, WithoutAScenarioNothingHasPassed) {
  const ExerciseResult result = ExerciseConsumer(Make<SampleReader>(), {.scenarios = 0});
  EXPECT_FALSE(result.ok());
  EXPECT_THAT(TextOf(result), HasSubstr("no scenario was run"));
}

TEST(ConsumerExerciserTest, AFactoryThatIsNoneMakesNoneOrThrowsIsReported) {
  EXPECT_THAT(ExerciseConsumer(nullptr).problem, HasSubstr("there is no factory"));
  const auto makes_none = [](ConsumerContext&) { return std::unique_ptr<Consumer>(); };
  EXPECT_EQ(ExerciseConsumer(makes_none).problem, "the factory returned no consumer");
  const auto throws = [](ConsumerContext&) -> std::unique_ptr<Consumer> { throw 7; };
  EXPECT_THAT(ExerciseConsumer(throws).problem, HasSubstr("the factory or the constructor"));
}

TEST(ConsumerExerciserTest, AScenarioOfImpossibleNumbersIsReported) {
  EXPECT_EQ(RunScenario(Make<SampleReader>(), {.shards = 0}),
            "Scenario::shards is 0, and not 1 to 100");
  EXPECT_EQ(RunScenario(Make<SampleReader>(), {.shards = 1000}),
            "Scenario::shards is 1000, and not 1 to 100");
  EXPECT_EQ(RunScenario(Make<SampleReader>(), {.workers = 0}),
            "Scenario::workers is 0, and not 1 to 10");
  EXPECT_EQ(RunScenario(Make<SampleReader>(), {.steps = {{.kind = Kind::kPut, .count = 501}}}),
            "a step puts 501 records, and not 500 at most");
  EXPECT_EQ(RunScenario(Make<SampleReader>(), {}), "") << "without steps";
}

TEST(ConsumerExerciserTest, AFailureThatTheScenarioDoesNotDecideIsCalledThat) {
  bool has_failed = false;
  const auto fails_once = [&has_failed](ConsumerContext& context) {
    if (!std::exchange(has_failed, true)) throw 7;
    return std::make_unique<SampleReader>(context);
  };
  const ExerciseResult result = ExerciseConsumer(
      fails_once, {.scenarios = 1, .scenario = {.steps_max = 1, .restarts = false}});
  EXPECT_THAT(result.problem, HasSubstr("it depends on more than that"));
}

// --- Scenarios -----------------------------------------------------------------------------------

std::string TextOf(const Scenario& scenario) {
  std::ostringstream text;
  text << scenario;
  return text.str();
}

TEST(ScenarioTest, OfOneSeedIsTheSameAndOfAnotherIsNot) {
  EXPECT_EQ(TextOf(MakeScenario(3)), TextOf(MakeScenario(3)));
  EXPECT_NE(TextOf(MakeScenario(3)), TextOf(MakeScenario(4)));
}

TEST(ScenarioTest, HoldsOnlyWhatTheOptionsAllow) {
  const ScenarioOptions calm{.steps_max = 10,
                             .shards_max = 1,
                             .reshards = false,
                             .restarts = false,
                             .faults = false,
                             .duplicates = false,
                             .long_pauses = false};
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Scenario scenario = MakeScenario(seed, calm);
    EXPECT_EQ(scenario.shards, 1U);
    EXPECT_EQ(scenario.workers, 1U);
    EXPECT_LE(scenario.steps.size(), 10U);
    for (const ScenarioStep& step : scenario.steps) {
      EXPECT_TRUE(step.kind == Kind::kPut || step.kind == Kind::kConsume ||
                  (step.kind == Kind::kAdvance && step.count < 10))
          << step;
    }
  }
}

TEST(ScenarioTest, NumbersOutsideTheirBoundsAreTakenForTheNearestInside) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Scenario least = MakeScenario(seed, {.steps_max = 0, .shards_max = 0, .workers = 0});
    EXPECT_EQ(least.shards, 1U);
    EXPECT_EQ(least.workers, 1U);
    EXPECT_EQ(least.steps.size(), 1U);
    const Scenario most = MakeScenario(seed, {.shards_max = UINT64_MAX, .workers = UINT64_MAX});
    EXPECT_LE(most.shards, Scenario::kShardsMax);
    EXPECT_EQ(most.workers, Scenario::kWorkersMax);
  }
}

TEST(ScenarioTest, EverythingThatIsOnDemandComesAboutWhenItIsAskedFor) {
  std::string text;
  ScenarioOptions everything = ScenarioOptions::Everything();
  everything.workers = 2;
  for (uint64_t seed = 0; seed < 300; ++seed) text += TextOf(MakeScenario(seed, everything));
  for (const char* part :
       {"2 consumers", "pages of 1 shard", "UPDATING after each split", "retention of 24 hours",
        "delete the stream", "advance the clock by 90000 s", "hold the consumer up after",
        "hold consumer 1 up after", "fail event with InternalFailureException", "end subscription",
        "fail call of SubscribeToShard", "fail call of DescribeStream "}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  std::string standard;
  for (uint64_t seed = 0; seed < 300; ++seed) standard += TextOf(MakeScenario(seed));
  for (const char* part : {"consumers", "pages of", "UPDATING", "retention", "delete", "hold",
                           "SubscribeToShard", "subscription"}) {
    EXPECT_THAT(standard, Not(HasSubstr(part)));
  }
}

}  // namespace
}  // namespace kinesis::testing
