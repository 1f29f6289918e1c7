// A consumer that reads a whole stream, in one right form and several that are wrong in ways that
// consumers are; the exerciser passes the one and finds the others.
#include "kinesis_core/testing/consumer_exerciser.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::testing {
namespace {

// What is wrong with a consumer.
enum class Bug {
  kNone,
  kSavesBeforeItDelivers,
  kReadsChildrenAtOnce,
  kBeginsAtLatest,
  kGoesOnAtLatestWhenExpired,
  kTakesAnEmptyPageForTheEnd,
};

// How it delivers.
enum class Style {
  kDeliverThenSave,     // records come again after a restart
  kTransactions,        // each record and how far it came, as one
  kRemembersWhatItSaw,  // the same, with all data that were ever delivered
};

// Reads every shard from its beginning, a shard only when its parents are done, and keeps for each
// shard the number of its last record, or "done".
class StreamReader : public Consumer {
 public:
  StreamReader(ConsumerContext& context, Style style, Bug bug)
      : context_(context), style_(style), bug_(bug) {}

  void Step() override {
    const auto listed = context_.client().ListShards({.stream_name = context_.stream_name()});
    if (!listed.ok()) return;
    for (const api::Shard& shard : listed->shards) {
      if (!IsDone(shard.shard_id) && MayBegin(shard, listed->shards)) ReadPage(shard.shard_id);
    }
  }

 private:
  bool IsDone(ShardId shard) const { return context_.Load(shard.ToString()) == "done"; }

  // Parents that are not listed any more have expired.
  bool MayBegin(const api::Shard& shard, const std::vector<api::Shard>& all) const {
    if (bug_ == Bug::kReadsChildrenAtOnce) return true;
    return std::all_of(all.begin(), all.end(), [&](const api::Shard& other) {
      const bool is_parent = other.shard_id == shard.parent_shard_id ||
                             other.shard_id == shard.adjacent_parent_shard_id;
      return !is_parent || IsDone(other.shard_id);
    });
  }

  std::optional<api::ShardIterator> FindIterator(ShardId shard) {
    if (iterators_.contains(shard)) return iterators_.at(shard);
    api::GetShardIteratorRequest request{.stream_name = context_.stream_name(), .shard_id = shard};
    if (const std::optional<std::string> number = context_.Load(shard.ToString())) {
      request.shard_iterator_type = api::ShardIteratorType::kAfterSequenceNumber;
      request.starting_sequence_number = *number;
    } else {
      request.shard_iterator_type = bug_ == Bug::kBeginsAtLatest
                                        ? api::ShardIteratorType::kLatest
                                        : api::ShardIteratorType::kTrimHorizon;
    }
    if (expired_.contains(shard) && bug_ == Bug::kGoesOnAtLatestWhenExpired) {
      request.shard_iterator_type = api::ShardIteratorType::kLatest;
      request.starting_sequence_number.reset();
    }
    const auto response = context_.client().GetShardIterator(request);
    if (!response.ok()) return std::nullopt;
    return response->shard_iterator;
  }

  void ReadPage(ShardId shard) {
    const std::optional<api::ShardIterator> iterator = FindIterator(shard);
    if (!iterator) return;
    const auto page = context_.client().GetRecords({.shard_iterator = *iterator, .limit = 3});
    if (api::IsError(page.status(), api::ErrorType::kExpiredIterator)) {
      iterators_.erase(shard);
      expired_[shard] = true;
    }
    if (!page.ok()) return;
    iterators_.insert_or_assign(shard, page->next_shard_iterator.value_or(*iterator));
    Handle(shard, page->records);
    const bool is_end = bug_ == Bug::kTakesAnEmptyPageForTheEnd ? page->records.empty()
                                                                : !page->next_shard_iterator;
    if (is_end) context_.Save(shard.ToString(), "done");
  }

  void Handle(ShardId shard, const api::RecordList& records) {
    if (records.empty()) return;
    const std::string last = records[records.size() - 1].sequence_number.ToString();
    if (bug_ == Bug::kSavesBeforeItDelivers) context_.Save(shard.ToString(), last);
    for (const api::Record& record : records) Handle(shard, record);
    if (style_ != Style::kTransactions) context_.Save(shard.ToString(), last);
  }

  void Handle(ShardId shard, const api::Record& record) {
    const std::string seen = "seen " + std::string(record.data);
    switch (style_) {
      case Style::kDeliverThenSave:
        return context_.Deliver(record);
      case Style::kTransactions:
        return context_.DeliverAndSave(record, shard.ToString(), record.sequence_number.ToString());
      case Style::kRemembersWhatItSaw:
        if (!context_.Load(seen)) context_.DeliverAndSave(record, seen, "yes");
    }
  }

  ConsumerContext& context_;
  const Style style_;
  const Bug bug_;
  std::map<ShardId, api::ShardIterator> iterators_;
  std::map<ShardId, bool> expired_;
};

ConsumerFactory Reader(Style style, Bug bug = Bug::kNone) {
  return [style, bug](ConsumerContext& context) {
    return std::make_unique<StreamReader>(context, style, bug);
  };
}

// --- The right ones ------------------------------------------------------------------------------

TEST(ConsumerExerciserTest, AReaderThatSavesAfterDeliveringLosesNothing) {
  const ExerciseResult result = ExerciseConsumer(Reader(Style::kDeliverThenSave));
  EXPECT_TRUE(result.ok()) << result;
}

TEST(ConsumerExerciserTest, AReaderWithTransactionsDeliversExactlyOnce) {
  const ExerciseResult result = ExerciseConsumer(
      Reader(Style::kTransactions), {.guarantee = Guarantee::kExactlyOnce, .scenarios = 300});
  EXPECT_TRUE(result.ok()) << result;
}

TEST(ConsumerExerciserTest, AReaderThatRemembersDeliversWhatAProducerRepeatsOnce) {
  const ExerciseResult result =
      ExerciseConsumer(Reader(Style::kRemembersWhatItSaw),
                       {.guarantee = Guarantee::kExactlyOnceByData, .scenarios = 300});
  EXPECT_TRUE(result.ok()) << result;
}

// --- The wrong ones ------------------------------------------------------------------------------

struct WrongReader {
  Style style;
  Bug bug;
  Guarantee guarantee;
  const char* problem;  // is part of what is said
  size_t steps_max;     // of the smallest scenario
};

class WrongReaderTest : public ::testing::TestWithParam<WrongReader> {};

TEST_P(WrongReaderTest, IsFoundInFewSteps) {
  const WrongReader& wrong = GetParam();
  const ExerciseResult result =
      ExerciseConsumer(Reader(wrong.style, wrong.bug), {.guarantee = wrong.guarantee});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.problem.find(wrong.problem), std::string::npos) << result;
  EXPECT_LE(result.smallest->steps.size(), wrong.steps_max) << result;
}

INSTANTIATE_TEST_SUITE_P(
    ConsumerExerciserTest, WrongReaderTest,
    ::testing::Values(WrongReader{Style::kDeliverThenSave, Bug::kSavesBeforeItDelivers,
                                  Guarantee::kAtLeastOnce, "were never delivered", 4},
                      WrongReader{Style::kDeliverThenSave, Bug::kReadsChildrenAtOnce,
                                  Guarantee::kAtLeastOnce, "which is stored behind it", 8},
                      WrongReader{Style::kDeliverThenSave, Bug::kBeginsAtLatest,
                                  Guarantee::kAtLeastOnce, "were never delivered", 2},
                      WrongReader{Style::kDeliverThenSave, Bug::kGoesOnAtLatestWhenExpired,
                                  Guarantee::kAtLeastOnce, "were never delivered", 5},
                      WrongReader{Style::kDeliverThenSave, Bug::kTakesAnEmptyPageForTheEnd,
                                  Guarantee::kAtLeastOnce, "were never delivered", 3},
                      WrongReader{Style::kDeliverThenSave, Bug::kNone, Guarantee::kExactlyOnce,
                                  "were delivered more than once", 4},
                      WrongReader{Style::kTransactions, Bug::kNone, Guarantee::kExactlyOnceByData,
                                  "were delivered more than once", 3}));

// --- The exerciser itself ------------------------------------------------------------------------

TEST(ConsumerExerciserTest, AFailureIsTheSameWheneverItIsRunAgain) {
  const ConsumerFactory wrong = Reader(Style::kDeliverThenSave, Bug::kSavesBeforeItDelivers);
  const ExerciseResult first = ExerciseConsumer(wrong);
  ASSERT_FALSE(first.ok());
  const ExerciseResult again =
      ExerciseConsumer(wrong, {.scenarios = 1, .first_seed = first.smallest->seed});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.trace, first.trace);
  EXPECT_EQ(again.problem, first.problem);
  EXPECT_EQ(RunScenario(wrong, *first.smallest), first.problem);
}

TEST(ConsumerExerciserTest, AFailureSaysWhatIsWrongInWhichScenarioAndHowToRunItAgain) {
  const ExerciseResult result =
      ExerciseConsumer(Reader(Style::kDeliverThenSave, Bug::kSavesBeforeItDelivers));
  ASSERT_FALSE(result.ok());
  std::ostringstream text;
  text << result;
  for (const std::string& part :
       {result.problem, "KINESIS_TEST_SEED=" + std::to_string(result.smallest->seed) + " ",
        std::string("lose the consumer after"), std::string("the consumer is lost here")}) {
    EXPECT_NE(text.str().find(part), std::string::npos) << part << "\nin " << text.str();
  }
}

TEST(ConsumerExerciserTest, AFailureIsPrintedAsTheReadmeShows) {
  std::ostringstream text;
  text << ExerciseConsumer(Reader(Style::kDeliverThenSave, Bug::kSavesBeforeItDelivers));
  std::ifstream file("testing/README.md");
  std::ostringstream readme;
  readme << file.rdbuf();
  EXPECT_NE(readme.str().find("```\n" + text.str() + "```\n"), std::string::npos) << text.str();
}

TEST(ConsumerExerciserTest, EveryStepOfASmallestScenarioMatters) {
  const ConsumerFactory wrong = Reader(Style::kDeliverThenSave, Bug::kReadsChildrenAtOnce);
  const ExerciseResult result = ExerciseConsumer(wrong);
  ASSERT_FALSE(result.ok());
  for (size_t i = 0; i < result.smallest->steps.size(); ++i) {
    Scenario without = *result.smallest;
    without.steps.erase(without.steps.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_EQ(RunScenario(wrong, without), "") << "without " << result.smallest->steps[i];
  }
}

TEST(ConsumerExerciserTest, AConsumerThatInventsARecordIsFound) {
  class Inventor : public Consumer {
   public:
    explicit Inventor(ConsumerContext& context) : context_(context) {}
    void Step() override {
      api::Record record;
      record.data = "mine";
      context_.Deliver(record);
    }

   private:
    ConsumerContext& context_;
  };
  const ExerciseResult result =
      ExerciseConsumer([](ConsumerContext& context) { return std::make_unique<Inventor>(context); },
                       {.scenarios = 1});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.problem.find("not stored"), std::string::npos) << result;
}

TEST(ScenarioTest, OfOneSeedIsTheSameAndOfAnotherIsNot) {
  const auto text_of = [](uint64_t seed) {
    std::ostringstream text;
    text << MakeScenario(seed);
    return text.str();
  };
  EXPECT_EQ(text_of(3), text_of(3));
  EXPECT_NE(text_of(3), text_of(4));
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
    EXPECT_LE(scenario.steps.size(), 10U);
    for (const ScenarioStep& step : scenario.steps) {
      EXPECT_TRUE(step.kind == ScenarioStep::Kind::kPut ||
                  step.kind == ScenarioStep::Kind::kConsume ||
                  (step.kind == ScenarioStep::Kind::kAdvance && step.count < 10))
          << step;
    }
  }
}

}  // namespace
}  // namespace kinesis::testing
