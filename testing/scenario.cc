#include "kinesis_core/testing/scenario.h"

#include <random>
#include <string>
#include <string_view>

#include "kinesis_core/api/errors.h"

namespace kinesis::testing {
namespace {

using Kind = ScenarioStep::Kind;

// Makes up one scenario.
class Maker {
 public:
  Maker(uint64_t seed, const ScenarioOptions& options)
      : options_(options),
        random_(seed),
        reshards_(options.reshards && Mostly()),
        restarts_(options.restarts && Mostly()),
        faults_(options.faults && Mostly()),
        duplicates_(options.duplicates && Mostly()),
        long_pauses_(options.long_pauses && Mostly()) {}

  Scenario Make(uint64_t seed) {
    Scenario scenario{.seed = seed, .shards = 1 + Below(options_.shards_max)};
    const uint64_t count = 4 + Below(options_.steps_max > 4 ? options_.steps_max - 3 : 1);
    for (uint64_t i = 0; i < count; ++i) scenario.steps.push_back(Step());
    return scenario;
  }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool Mostly() { return Below(3) != 0; }

  ScenarioStep Step() {
    for (;;) {
      const uint64_t kind = Below(100);
      if (kind < 30) return {.kind = Kind::kPut, .count = 1 + Below(5)};
      if (kind < 60) return {.kind = Kind::kConsume, .count = 1 + Below(4)};
      if (kind < 68 && reshards_) return {.kind = Kind::kSplit, .count = Below(8)};
      if (kind >= 68 && kind < 74 && reshards_) return {.kind = Kind::kMerge, .count = Below(8)};
      if (kind >= 74 && kind < 82 && restarts_) return {.kind = Kind::kRestart, .count = Below(6)};
      if (kind >= 82 && kind < 86) return {.kind = Kind::kAdvance, .count = Pause()};
      if (kind >= 86 && kind < 96 && faults_) return {.kind = Kind::kFault, .rule = Fault()};
      if (kind >= 96 && duplicates_) {
        const FaultRule rule{.kind = FaultKind::kLoseAnswer, .times = 1 + Below(2)};
        return {.kind = Kind::kFault, .rule = rule};
      }
    }
  }

  uint64_t Pause() {
    constexpr uint64_t kLongerThanAnIteratorLives = 301;
    return long_pauses_ && Below(3) == 0 ? kLongerThanAnIteratorLives : 1 + Below(5);
  }

  FaultRule Fault() {
    FaultRule rule{.times = 1 + Below(3)};
    switch (Below(6)) {
      case 0:
        rule.kind = FaultKind::kFailPut;
        rule.error = api::ErrorType::kProvisionedThroughputExceeded;
        break;
      case 1:
        rule.kind = FaultKind::kFailRead;
        rule.error = api::ErrorType::kProvisionedThroughputExceeded;
        break;
      case 2:
        rule.kind = FaultKind::kFailRead;
        rule.error = api::ErrorType::kInternalFailure;
        break;
      case 3:
        rule.kind = FaultKind::kFailRead;
        rule.error = api::ErrorType::kExpiredIterator;
        break;
      case 4:
        rule.kind = FaultKind::kFailCall;
        rule.operation =
            Below(2) == 0 ? api::Operation::kGetShardIterator : api::Operation::kListShards;
        rule.error = api::ErrorType::kLimitExceeded;
        break;
      default:
        rule.kind = FaultKind::kShortPage;
        rule.records_max = Below(3);
    }
    return rule;
  }

  const ScenarioOptions& options_;
  std::mt19937_64 random_;
  const bool reshards_;
  const bool restarts_;
  const bool faults_;
  const bool duplicates_;
  const bool long_pauses_;
};

// "1 record", "2 records".
std::string Count(uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace

Scenario MakeScenario(uint64_t seed, const ScenarioOptions& options) {
  return Maker(seed, options).Make(seed);
}

std::ostream& operator<<(std::ostream& out, const ScenarioStep& step) {
  switch (step.kind) {
    case Kind::kPut:
      return out << "put " << Count(step.count, "record");
    case Kind::kConsume:
      return out << "step the consumer, " << Count(step.count, "time");
    case Kind::kSplit:
      return out << "split an open shard (number " << step.count << ")";
    case Kind::kMerge:
      return out << "merge two open shards (from number " << step.count << ")";
    case Kind::kAdvance:
      return out << "advance the clock by " << step.count << " s";
    case Kind::kRestart:
      return out << "lose the consumer after " << Count(step.count, "more effect");
    case Kind::kFault:
      return out << "fault: " << step.rule;
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
  out << Count(scenario.shards, "shard") << ", then\n";
  for (const ScenarioStep& step : scenario.steps) out << "  " << step << "\n";
  return out;
}

}  // namespace kinesis::testing
