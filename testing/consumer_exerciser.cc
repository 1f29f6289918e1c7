#include "kinesis_core/testing/consumer_exerciser.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/delivery.h"
#include "kinesis_core/testing/test_record.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {
namespace {

constexpr char kStreamName[] = "stream";
constexpr size_t kKeys = 5;
// Beyond it a scenario goes on with fewer shards than it asks for.
constexpr size_t kOpenShardsMax = 12;
// A producer gives up on a record after so many tries, one second apart.
constexpr int kTries = 8;

// What outlives a consumer: the world that its contexts show.
class World {
 public:
  World(uint64_t seed, uint64_t shards, std::ostream* trace)
      : faults_(clock_, seed), trace_(trace) {
    api::ClientOptions options;
    options.limits.rates = false;  // throttles are in the plan
    options.faults = &faults_;
    options.token_seed = seed;
    clock_.SetAutoAdvance(1);
    client_ = api::Client::Create(options, {.clock = &clock_}).value();
    const absl::Status created = client_->CreateStream(
        {.stream_name = kStreamName, .shard_count = static_cast<int32_t>(shards)});
    created.IgnoreError();  // cannot fail: nothing else is there yet
  }

  api::Client& client() { return *client_; }
  SimulatedClock& clock() { return clock_; }
  FaultPlan& faults() { return faults_; }
  Stream stream() { return client_->engine().OpenStream(kStreamName).value(); }
  std::map<std::string, std::string, std::less<>>& saved() { return saved_; }
  std::vector<TestRecord>& delivered() { return delivered_; }
  uint64_t effects() const { return effects_; }
  void CountEffect() { ++effects_; }

  // A line of the trace; `parts` are written only if there is one.
  template <class... Parts>
  void Tell(const Parts&... parts) {
    if (trace_ == nullptr) return;
    *trace_ << "  ";
    (*trace_ << ... << parts) << "\n";
  }

 private:
  SimulatedClock clock_;
  FaultPlan faults_;
  std::ostream* const trace_;
  std::unique_ptr<api::Client> client_;
  std::map<std::string, std::string, std::less<>> saved_;
  std::vector<TestRecord> delivered_;
  uint64_t effects_ = 0;
};

// One consumer's view of the world, until it is lost.
class Life final : public ConsumerContext {
 public:
  // The consumer is lost when `effects_left`, if there, is down to 0 and it has another effect.
  Life(World& world, std::optional<uint64_t>& effects_left)
      : world_(world), effects_left_(effects_left) {}

  api::Client& client() override { return world_.client(); }
  const std::string& stream_name() const override { return stream_name_; }

  void Deliver(const api::Record& record) override {
    if (!BeginEffect()) return;
    KeepDelivered(record);
  }
  void Save(std::string_view key, std::string_view value) override {
    if (!BeginEffect()) return;
    KeepSaved(key, value);
  }
  void DeliverAndSave(const api::Record& record, std::string_view key,
                      std::string_view value) override {
    if (!BeginEffect()) return;
    KeepDelivered(record);
    KeepSaved(key, value);
  }
  std::optional<std::string> Load(std::string_view key) const override {
    const auto found = world_.saved().find(key);
    if (found == world_.saved().end()) return std::nullopt;
    return found->second;
  }

  bool is_over() const { return is_over_; }

 private:
  bool BeginEffect() {
    if (!is_over_ && effects_left_ && (*effects_left_)-- == 0) {
      is_over_ = true;
      world_.Tell("the consumer is lost here");
    }
    if (!is_over_) world_.CountEffect();
    return !is_over_;
  }
  void KeepDelivered(const api::Record& record) {
    world_.delivered().push_back(CopyOf(record));
    world_.Tell("delivered ", world_.delivered().back());
  }
  void KeepSaved(std::string_view key, std::string_view value) {
    world_.saved()[std::string(key)] = std::string(value);
    world_.Tell("saved ", key, " = ", value);
  }

  World& world_;
  const std::string stream_name_ = kStreamName;
  std::optional<uint64_t>& effects_left_;
  bool is_over_ = false;
};

// Runs one scenario.
class Run {
 public:
  Run(const ConsumerFactory& make_consumer, const Scenario& scenario,
      const ExerciseOptions& options, std::ostream* trace)
      : make_consumer_(make_consumer),
        scenario_(scenario),
        options_(options),
        world_(scenario.seed, scenario.shards, trace) {}

  // Empty, or what is wrong.
  std::string Judge() {
    for (const ScenarioStep& step : scenario_.steps) Do(step);
    world_.Tell("from here on all goes well");
    world_.faults().Clear();
    effects_left_.reset();
    tells_steps_ = false;
    return CatchUp();
  }

 private:
  void Do(const ScenarioStep& step) {
    using Kind = ScenarioStep::Kind;
    switch (step.kind) {
      case Kind::kPut:
        return Put(step.count);
      case Kind::kConsume:
        for (uint64_t i = 0; i < step.count; ++i) Consume();
        return;
      case Kind::kSplit:
        return Split(step.count);
      case Kind::kMerge:
        return Merge(step.count);
      case Kind::kAdvance:
        world_.Tell(step);
        return world_.clock().Advance(absl::Seconds(static_cast<int64_t>(step.count)));
      case Kind::kRestart:
        world_.Tell(step);
        effects_left_ = std::min(step.count, effects_left_.value_or(step.count));
        return;
      case Kind::kFault:
        world_.Tell(step);
        return world_.faults().Add(step.rule);
    }
  }

  // As a producer does that goes on until every record has been taken, in the order in which they
  // are taken.
  void Put(uint64_t count) {
    std::vector<TestRecord> records =
        NumberedRecords({.count = count, .keys = kKeys, .data = "event", .first = put_count_});
    put_count_ += count;
    for (int attempt = 0; attempt < kTries && !records.empty(); ++attempt) {
      if (attempt != 0) world_.clock().Advance(absl::Seconds(1));
      const auto response = world_.client().PutRecords(PutRecordsOf(kStreamName, records));
      if (!response.ok()) continue;
      std::vector<TestRecord> refused;
      for (size_t i = 0; i < records.size(); ++i) {
        const api::PutRecordsResultEntry& result = response->records[i];
        if (result.error_code) {
          world_.Tell("put ", records[i], ": ", *result.error_code);
          refused.push_back(records[i]);
        } else {
          records[i].sequence_number = *result.sequence_number;
          world_.Tell("put ", records[i]);
        }
      }
      records = std::move(refused);
    }
  }

  std::vector<Shard> OpenShards() {
    std::vector<Shard> open;
    for (const Shard& shard : world_.stream().ListShards()) {
      if (shard.is_open()) open.push_back(shard);
    }
    std::sort(open.begin(), open.end(), [](const Shard& a, const Shard& b) {
      return a.hash_key_range().start() < b.hash_key_range().start();
    });
    return open;
  }

  void Split(uint64_t number) {
    const std::vector<Shard> open = OpenShards();
    if (open.size() >= kOpenShardsMax) return;
    const ShardId parent = open[number % open.size()].id();
    const auto children = world_.stream().SplitShard(parent);
    if (children.ok())
      world_.Tell("split ", parent, " into ", (*children)[0], " and ", (*children)[1]);
  }

  void Merge(uint64_t number) {
    const std::vector<Shard> open = OpenShards();
    if (open.size() < 2) return;
    const size_t lower = number % (open.size() - 1);
    const auto child = world_.stream().MergeShards(open[lower].id(), open[lower + 1].id());
    if (child.ok()) {
      world_.Tell("merged ", open[lower].id(), " and ", open[lower + 1].id(), " into ", *child);
    }
  }

  void Consume() {
    if (consumer_ == nullptr) {
      world_.Tell("a consumer begins");
      life_ = std::make_unique<Life>(world_, effects_left_);
      consumer_ = make_consumer_(*life_);
    }
    if (tells_steps_) world_.Tell("step");
    consumer_->Step();
    if (!life_->is_over()) return;
    consumer_.reset();
    life_.reset();
    effects_left_.reset();
  }

  // Steps until nothing is missing, or until it has done nothing for so long that it never will;
  // and some steps more, in which nothing may come again.
  std::string CatchUp() {
    constexpr size_t kStepsMore = 3;
    const std::vector<TestRecord> stored = DrainStream(world_.stream()).value();
    const size_t quiet_max = 10 + 2 * world_.stream().ListShards().size();
    // Who has delivered so many goes round in circles.
    const size_t delivered_max = world_.delivered().size() + 10 * stored.size() + 100;
    uint64_t effects = world_.effects();
    bool missing = !DeliveredAtLeastOnce(stored, world_.delivered(), same_by());
    for (size_t quiet = 0;
         missing && quiet < quiet_max && world_.delivered().size() < delivered_max; ++quiet) {
      Consume();
      world_.clock().Advance(absl::Seconds(1));
      if (world_.effects() == effects) continue;
      effects = world_.effects();
      quiet = 0;
      missing = !DeliveredAtLeastOnce(stored, world_.delivered(), same_by());
    }
    for (size_t i = 0; i < kStepsMore; ++i) Consume();
    return Compare(stored);
  }

  SameBy same_by() const {
    return options_.guarantee == Guarantee::kExactlyOnceByData ? SameBy::kData
                                                               : SameBy::kSequenceNumber;
  }

  std::string Compare(const std::vector<TestRecord>& stored) {
    const auto delivered = options_.guarantee == Guarantee::kAtLeastOnce
                               ? DeliveredAtLeastOnce(stored, world_.delivered(), same_by())
                               : DeliveredExactlyOnce(stored, world_.delivered(), same_by());
    if (!delivered) return delivered.message();
    if (!options_.in_order_per_key) return "";
    const auto in_order = DeliveredInOrderPerKey(world_.delivered());
    return in_order ? "" : in_order.message();
  }

  const ConsumerFactory& make_consumer_;
  const Scenario& scenario_;
  const ExerciseOptions& options_;
  World world_;
  size_t put_count_ = 0;
  bool tells_steps_ = true;
  std::optional<uint64_t> effects_left_;  // until the consumer is lost, if it is to be
  std::unique_ptr<Life> life_;
  std::unique_ptr<Consumer> consumer_;  // uses *life_
};

// --- Cutting down --------------------------------------------------------------------------------

// Makes a scenario that fails smaller as long as it still fails.
class Cutter {
 public:
  using Fails = std::function<bool(const Scenario&)>;

  Cutter(Scenario scenario, const Fails& fails) : best_(std::move(scenario)), fails_(fails) {}

  Scenario Cut() {
    do {
      changed_ = false;
      CutSteps();
      CutNumbers();
    } while (changed_ && runs_ < kRunsMax);
    return best_;
  }
  uint64_t runs() const { return runs_; }

 private:
  static constexpr uint64_t kRunsMax = 2000;

  void Try(Scenario smaller) {
    if (runs_ >= kRunsMax) return;
    ++runs_;
    if (!fails_(smaller)) return;
    best_ = std::move(smaller);
    changed_ = true;
  }

  // Halves, quarters, ... and single steps, from the end on.
  void CutSteps() {
    for (size_t size = std::max<size_t>(best_.steps.size() / 2, 1);; size /= 2) {
      for (size_t end = best_.steps.size(); end > 0;) {
        const size_t begin = end > size ? end - size : 0;
        Scenario smaller = best_;
        smaller.steps.erase(smaller.steps.begin() + static_cast<ptrdiff_t>(begin),
                            smaller.steps.begin() + static_cast<ptrdiff_t>(end));
        Try(std::move(smaller));
        end = begin;
      }
      if (size == 1) return;
    }
  }

  void CutNumbers() {
    if (best_.shards > 1) {
      Scenario smaller = best_;
      smaller.shards = 1;
      Try(std::move(smaller));
    }
    for (size_t i = 0; i < best_.steps.size(); ++i) {
      CutNumber(i, [](ScenarioStep& step) { return &step.count; });
      if (best_.steps[i].kind != ScenarioStep::Kind::kFault) continue;
      CutNumber(i, [](ScenarioStep& step) { return &step.rule.times; });
    }
  }

  // To the least that will do: 0, or less by one as often as that fails too.
  template <class Member>
  void CutNumber(size_t i, Member member) {
    for (;;) {
      const uint64_t now = *member(best_.steps[i]);
      for (const uint64_t less : {uint64_t{0}, uint64_t{1}, now - 1}) {
        if (less >= now || *member(best_.steps[i]) != now) continue;
        Scenario smaller = best_;
        *member(smaller.steps[i]) = less;
        Try(std::move(smaller));
      }
      if (*member(best_.steps[i]) == now) return;
    }
  }

  Scenario best_;
  const Fails& fails_;
  uint64_t runs_ = 0;
  bool changed_ = false;
};

}  // namespace

std::string RunScenario(const ConsumerFactory& make_consumer, const Scenario& scenario,
                        const ExerciseOptions& options, std::ostream* trace) {
  return Run(make_consumer, scenario, options, trace).Judge();
}

ExerciseResult ExerciseConsumer(const ConsumerFactory& make_consumer,
                                const ExerciseOptions& options) {
  const std::optional<uint64_t> only = SeedFromEnvironment();
  const uint64_t first = only.value_or(options.first_seed);
  const uint64_t count = only ? 1 : SeedCountOr(options.scenarios);
  const Cutter::Fails fails = [&](const Scenario& scenario) {
    return !RunScenario(make_consumer, scenario, options).empty();
  };
  ExerciseResult result;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    ++result.scenarios;
    Scenario scenario = MakeScenario(seed, options.scenario);
    if (!fails(scenario)) continue;
    Cutter cutter(std::move(scenario), fails);
    result.smallest = cutter.Cut();
    result.cut_runs = cutter.runs();
    std::ostringstream trace;
    result.problem = RunScenario(make_consumer, *result.smallest, options, &trace);
    result.trace = trace.str();
    break;
  }
  return result;
}

std::ostream& operator<<(std::ostream& out, const ExerciseResult& result) {
  if (result.ok()) return out << "passed " << result.scenarios << " scenarios";
  return out << "Failed after " << result.scenarios << " scenarios:\n  " << result.problem
             << "\nKINESIS_TEST_SEED=" << result.smallest->seed
             << " runs it again. The smallest scenario, found in " << result.cut_runs
             << " more runs, has " << *result.smallest << "What happens in it:\n"
             << result.trace;
}

}  // namespace kinesis::testing
