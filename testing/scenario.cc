#include "kinesis_core/testing/scenario.h"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>

#include "kinesis_core/api/errors.h"

namespace kinesis::testing {
namespace {

using Kind = ScenarioStep::Kind;

constexpr uint64_t kLongerThanAnIteratorLives = 301;
constexpr uint64_t kHour = 3600;

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
        long_pauses_(options.long_pauses && Mostly()),
        pages_(options.pages && Mostly()),
        expiry_(options.expiry && Mostly()),
        deletion_(options.deletion && !Mostly()),
        updates_(options.updates && Mostly()),
        subscriptions_(options.subscriptions && Mostly()),
        every_call_(options.every_call && Mostly()) {}

  Scenario Make(uint64_t seed) {
    Scenario scenario{.seed = seed};
    scenario.shards = 1 + Below(std::clamp(options_.shards_max, uint64_t{1}, Scenario::kShardsMax));
    scenario.workers = std::clamp(options_.workers, uint64_t{1}, Scenario::kWorkersMax);
    workers_ = scenario.workers;
    scenario.slow_updates = updates_;
    scenario.expiry = expiry_;
    if (pages_) scenario.shards_per_page = 1 + Below(4);
    const uint64_t most = std::max(options_.steps_max, uint64_t{1});
    const uint64_t least = std::min(most, uint64_t{4});
    const uint64_t count = least + Below(most - least + 1);
    while (scenario.steps.size() < count) AddSteps(&scenario.steps);
    scenario.steps.resize(count);
    if (deletion_) {
      const uint64_t at = Below(count + 1);
      scenario.steps.insert(scenario.steps.begin() + static_cast<ptrdiff_t>(at),
                            {.kind = Kind::kDelete});
    }
    return scenario;
  }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool Mostly() { return Below(3) != 0; }
  uint64_t Worker() { return workers_ == 1 ? 0 : Below(workers_); }

  // One step, or some that are seldom made up one after the other and break what each alone does
  // not.
  void AddSteps(std::vector<ScenarioStep>* steps) {
    if (restarts_ && long_pauses_ && Below(25) == 0) {
      // The consumer is down for a while: what it keeps outlives its tokens.
      const uint64_t worker = Worker();
      steps->push_back({.kind = Kind::kConsume, .count = 1 + Below(4), .worker = worker});
      steps->push_back({.kind = Kind::kRestart, .count = 0, .worker = worker});
      steps->push_back({.kind = Kind::kConsume, .count = 1, .worker = worker});
      steps->push_back({.kind = Kind::kAdvance, .count = kLongerThanAnIteratorLives});
      steps->push_back({.kind = Kind::kPut, .count = 1 + Below(3)});
      return;
    }
    steps->push_back(Step());
  }

  ScenarioStep Step() {
    for (;;) {
      const uint64_t kind = Below(workers_ == 1 ? 100 : 112);
      if (kind < 30) return {.kind = Kind::kPut, .count = 1 + Below(5)};
      if (kind < 60) return {.kind = Kind::kConsume, .count = 1 + Below(4), .worker = Worker()};
      if (kind < 68 && reshards_) return {.kind = Kind::kSplit, .count = Below(8)};
      if (kind >= 68 && kind < 74 && reshards_) return {.kind = Kind::kMerge, .count = Below(8)};
      if (kind >= 74 && kind < 82 && restarts_) {
        return {.kind = Kind::kRestart, .count = Below(6), .worker = Worker()};
      }
      if (kind >= 82 && kind < 86) return {.kind = Kind::kAdvance, .count = Pause()};
      if (kind >= 86 && kind < 96 && faults_) return {.kind = Kind::kFault, .rule = Fault()};
      if (kind >= 96 && kind < 100 && duplicates_) {
        const FaultRule rule{.kind = FaultKind::kLoseAnswer, .times = 1 + Below(2)};
        return {.kind = Kind::kFault, .rule = rule};
      }
      if (kind >= 100 && restarts_) {
        return {.kind = Kind::kHold,
                .count = Below(6),
                .worker = Worker(),
                .seconds = Below(2) == 0 ? 1 + Below(60) : kLongerThanAnIteratorLives};
      }
    }
  }

  uint64_t Pause() {
    if (expiry_ && Below(2) == 0) return kHour * (Below(2) == 0 ? 13 : 25);
    return long_pauses_ && Below(3) == 0 ? kLongerThanAnIteratorLives : 1 + Below(5);
  }

  FaultRule Fault() {
    using api::ErrorType;
    using api::Operation;
    // Mostly over before long; sometimes longer than a consumer that counts may like.
    FaultRule rule{.times = Below(8) == 0 ? 4 + Below(4) : 1 + Below(3)};
    if (subscriptions_ && Below(3) == 0) return SubscriptionFault(rule);
    if (every_call_ && Below(6) == 0) {
      constexpr auto kOthers = std::to_array(
          {Operation::kDescribeStream, Operation::kDescribeStreamSummary,
           Operation::kDescribeStreamConsumer, Operation::kListStreamConsumers,
           Operation::kRegisterStreamConsumer, Operation::kPutRecord, Operation::kPutRecords});
      rule.operation = kOthers[Below(kOthers.size())];
      rule.error = Below(2) == 0 ? ErrorType::kLimitExceeded : ErrorType::kInternalFailure;
      return rule;
    }
    switch (Below(6)) {
      case 0:
        rule.kind = FaultKind::kFailPut;
        rule.error = ErrorType::kProvisionedThroughputExceeded;
        break;
      case 1:
        rule.kind = FaultKind::kFailRead;
        rule.error = ErrorType::kProvisionedThroughputExceeded;
        break;
      case 2:
        rule.kind = FaultKind::kFailRead;
        rule.error = ErrorType::kInternalFailure;
        break;
      case 3:
        rule.kind = FaultKind::kFailRead;
        rule.error = ErrorType::kExpiredIterator;
        break;
      case 4:
        rule.kind = FaultKind::kFailCall;
        rule.operation = Below(2) == 0 ? Operation::kGetShardIterator : Operation::kListShards;
        rule.error = ErrorType::kLimitExceeded;
        break;
      default:
        rule.kind = FaultKind::kShortPage;
        rule.records_max = Below(3);
    }
    return rule;
  }

  FaultRule SubscriptionFault(FaultRule rule) {
    using api::ErrorType;
    switch (Below(3)) {
      case 0:
        rule.kind = FaultKind::kFailCall;
        rule.operation = api::Operation::kSubscribeToShard;
        rule.error = Below(2) == 0 ? ErrorType::kLimitExceeded : ErrorType::kResourceInUse;
        break;
      case 1:
        rule.kind = FaultKind::kFailEvent;
        rule.error = ErrorType::kInternalFailure;
        break;
      default:
        rule.kind = FaultKind::kEndSubscription;
    }
    rule.skip = Below(3);
    return rule;
  }

  const ScenarioOptions& options_;
  std::mt19937_64 random_;
  uint64_t workers_ = 1;
  const bool reshards_;
  const bool restarts_;
  const bool faults_;
  const bool duplicates_;
  const bool long_pauses_;
  const bool pages_;
  const bool expiry_;
  const bool deletion_;
  const bool updates_;
  const bool subscriptions_;
  const bool every_call_;
};

// "1 record", "2 records".
std::string Count(uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

// "the consumer", or "worker 1" of several.
std::string Who(const ScenarioStep& step) {
  return step.worker == 0 ? "the consumer" : "consumer " + std::to_string(step.worker);
}

}  // namespace

ScenarioOptions ScenarioOptions::Everything() {
  ScenarioOptions options;
  options.pages = true;
  options.expiry = true;
  options.deletion = true;
  options.updates = true;
  options.subscriptions = true;
  options.every_call = true;
  return options;
}

Scenario MakeScenario(uint64_t seed, const ScenarioOptions& options) {
  return Maker(seed, options).Make(seed);
}

std::ostream& operator<<(std::ostream& out, const ScenarioStep& step) {
  switch (step.kind) {
    case Kind::kPut:
      return out << "put " << Count(step.count, "record");
    case Kind::kConsume:
      return out << "step " << Who(step) << ", " << Count(step.count, "time");
    case Kind::kSplit:
      return out << "split an open shard (number " << step.count << ")";
    case Kind::kMerge:
      return out << "merge two open shards (from number " << step.count << ")";
    case Kind::kAdvance:
      return out << "advance the clock by " << step.count << " s";
    case Kind::kRestart:
      return out << "lose " << Who(step) << " after " << Count(step.count, "more effect");
    case Kind::kFault:
      return out << "fault: " << step.rule;
    case Kind::kHold:
      return out << "hold " << Who(step) << " up after " << Count(step.count, "more effect")
                 << ", for " << step.seconds << " s";
    case Kind::kDelete:
      return out << "delete the stream";
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
  out << Count(scenario.shards, "shard");
  if (scenario.workers != 1) out << ", " << Count(scenario.workers, "consumer");
  if (scenario.shards_per_page != 0) {
    out << ", pages of " << Count(scenario.shards_per_page, "shard");
  }
  if (scenario.slow_updates) out << ", UPDATING after each split and merge";
  if (scenario.expiry) out << ", retention of 24 hours";
  out << ", then\n";
  for (const ScenarioStep& step : scenario.steps) out << "  " << step << "\n";
  return out;
}

}  // namespace kinesis::testing
