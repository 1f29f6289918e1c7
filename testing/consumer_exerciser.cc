#include "kinesis_core/testing/consumer_exerciser.h"

#include <algorithm>
#include <mutex>
#include <sstream>
#include <utility>
#include <vector>

#include "kinesis_core/testing/internal/exercise_run.h"
#include "kinesis_core/testing/internal/guarded_run.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {
namespace {

using internal::Guard;
using internal::RunOnce;
using internal::Trace;

// How long a consumer that did not return is given when its scenario runs again for the trace.
constexpr absl::Duration kTimeOfAgain = absl::Seconds(1);

// --- Cutting down --------------------------------------------------------------------------------

// Makes a scenario that fails smaller as long as it still fails.
class Cutter {
 public:
  using Fails = std::function<bool(const Scenario&)>;

  // `on_smaller` is told of each scenario that is smaller and fails too.
  Cutter(Scenario scenario, const Fails& fails,
         const std::function<void(const Scenario&)>& on_smaller)
      : best_(std::move(scenario)), fails_(fails), on_smaller_(on_smaller) {}

  void Cut() {
    do {
      changed_ = false;
      CutSteps();
      CutWorld();
      CutNumbers();
    } while (changed_ && runs_ < kRunsMax);
  }

 private:
  static constexpr uint64_t kRunsMax = 2000;
  static constexpr uint64_t kSmall = 20;

  void Try(Scenario smaller) {
    if (runs_ >= kRunsMax) return;
    ++runs_;
    if (!fails_(smaller)) return;
    best_ = std::move(smaller);
    changed_ = true;
    on_smaller_(best_);
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

  // To one shard, one consumer, and a service that is at rest.
  void CutWorld() {
    const Scenario plain;
    TryWith(&Scenario::shards, plain.shards);
    TryWith(&Scenario::workers, plain.workers);
    TryWith(&Scenario::workers, uint64_t{2});
    TryWith(&Scenario::shards_per_page, plain.shards_per_page);
    TryWith(&Scenario::slow_updates, plain.slow_updates);
    TryWith(&Scenario::expiry, plain.expiry);
  }
  template <class T>
  void TryWith(T Scenario::*member, T value) {
    if (!(value < best_.*member)) return;
    Scenario smaller = best_;
    smaller.*member = value;
    Try(std::move(smaller));
  }

  void CutNumbers() {
    for (size_t i = 0; i < best_.steps.size(); ++i) {
      CutNumber(i, [](ScenarioStep& step) { return &step.count; });
      CutNumber(i, [](ScenarioStep& step) { return &step.worker; });
      CutNumber(i, [](ScenarioStep& step) { return &step.seconds; });
      if (best_.steps[i].kind != ScenarioStep::Kind::kFault) continue;
      CutNumber(i, [](ScenarioStep& step) { return &step.rule.times; });
    }
  }

  // To the least that will do: 0 or 1, by halves, or less by one as often as that fails too; not
  // one by one from a large number.
  template <class Member>
  void CutNumber(size_t i, Member member) {
    for (;;) {
      const uint64_t now = *member(best_.steps[i]);
      for (const uint64_t less : {uint64_t{0}, uint64_t{1}, now / 2, now - 1}) {
        if (less >= now || *member(best_.steps[i]) != now) continue;
        if (less == now - 1 && now > kSmall) continue;
        Scenario smaller = best_;
        *member(smaller.steps[i]) = less;
        Try(std::move(smaller));
      }
      if (*member(best_.steps[i]) == now) return;
    }
  }

  Scenario best_;
  const Fails& fails_;
  const std::function<void(const Scenario&)>& on_smaller_;
  uint64_t runs_ = 0;
  bool changed_ = false;
};

// --- Running -------------------------------------------------------------------------------------

// The work of a guarded thread, and all that it has found so far. It holds copies: it may be left
// behind.
struct Search {
  Search(const ConsumerFactory& the_factory, const ExerciseOptions& the_options)
      : make_consumer(the_factory), options(the_options) {}

  const ConsumerFactory make_consumer;
  const ExerciseOptions options;

  std::mutex mutex;  // guards all below
  uint64_t scenarios = 0;
  uint64_t cut_runs = 0;
  Scenario current;                  // runs
  std::optional<Scenario> smallest;  // has failed

  // Runs a scenario and returns whether it fails.
  bool Fails(const Scenario& scenario, Guard& guard) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      current = scenario;
    }
    guard.SetNote("The consumer that is exercised ends the process: KINESIS_TEST_SEED=" +
                  std::to_string(scenario.seed) + " runs the scenario again.\n");
    return !RunOnce(make_consumer, scenario, options, guard, nullptr).empty();
  }

  // Runs scenarios until one fails, and cuts that down.
  void Run(uint64_t first, uint64_t count, Guard& guard) {
    for (uint64_t i = 0; i < count; ++i) {
      Scenario scenario = MakeScenario(first + i, options.scenario);
      {
        const std::lock_guard<std::mutex> lock(mutex);
        ++scenarios;
      }
      if (!Fails(scenario, guard)) continue;
      SetSmallest(scenario);
      const Cutter::Fails fails = [&](const Scenario& smaller) {
        {
          const std::lock_guard<std::mutex> lock(mutex);
          ++cut_runs;
        }
        return Fails(smaller, guard);
      };
      const std::function<void(const Scenario&)> on_smaller = [this](const Scenario& smaller) {
        SetSmallest(smaller);
      };
      Cutter(std::move(scenario), fails, on_smaller).Cut();
      return;
    }
  }
  void SetSmallest(const Scenario& scenario) {
    const std::lock_guard<std::mutex> lock(mutex);
    smallest = scenario;
  }
};

// Runs one scenario under guard: what was wrong, and, if asked, what happened and whether the
// consumer was left behind.
std::string RunGuarded(const ConsumerFactory& make_consumer, const Scenario& scenario,
                       const ExerciseOptions& options, absl::Duration time_max, std::string* trace,
                       bool* is_stuck = nullptr) {
  struct Job {
    const ConsumerFactory make_consumer;
    const Scenario scenario;
    const ExerciseOptions options;
    const bool traces;
    Trace trace;
    std::string problem;
  };
  const std::shared_ptr<Job> job(
      new Job{make_consumer, scenario, options, trace != nullptr, {}, {}});
  const Guard::Result result = Guard::Run(time_max, [job](Guard& guard) {
    job->problem = RunOnce(job->make_consumer, job->scenario, job->options, guard,
                           job->traces ? &job->trace : nullptr);
  });
  if (trace != nullptr) *trace = job->trace.Take();
  if (is_stuck != nullptr) *is_stuck = !result.why.empty();
  return result.why.empty() ? job->problem : "the consumer " + result.why;
}

// Cuts a scenario down whose consumers are left behind, asleep: not many of them.
void CutStuck(const ConsumerFactory& make_consumer, const ExerciseOptions& options,
              ExerciseResult* result) {
  constexpr int kLeftBehindMax = 40;
  int left_behind = 0;
  const Cutter::Fails fails = [&](const Scenario& smaller) {
    if (left_behind >= kLeftBehindMax) return false;
    ++result->cut_runs;
    bool is_stuck = false;
    RunGuarded(make_consumer, smaller, options, options.step_time_max, nullptr, &is_stuck);
    left_behind += is_stuck ? 1 : 0;
    return is_stuck;
  };
  const std::function<void(const Scenario&)> on_smaller = [&](const Scenario& smaller) {
    result->smallest = smaller;
  };
  Cutter(*result->smallest, fails, on_smaller).Cut();
}

}  // namespace

std::string RunScenario(const ConsumerFactory& make_consumer, const Scenario& scenario,
                        const ExerciseOptions& options, std::ostream* trace) {
  std::string text;
  std::string problem = RunGuarded(make_consumer, scenario, options, options.step_time_max,
                                   trace == nullptr ? nullptr : &text);
  if (trace != nullptr) *trace << text;
  return problem;
}

ExerciseResult ExerciseConsumer(const ConsumerFactory& make_consumer,
                                const ExerciseOptions& options) {
  const std::optional<uint64_t> only = SeedFromEnvironment();
  const uint64_t first = only.value_or(options.first_seed);
  const uint64_t count = only ? 1 : SeedCountOr(options.scenarios);
  ExerciseResult result;
  if (count == 0) {
    result.problem = "no scenario was run: ExerciseOptions::scenarios or KINESIS_TEST_SEEDS is 0";
    return result;
  }
  const auto search = std::make_shared<Search>(make_consumer, options);
  const Guard::Result searched =
      Guard::Run(options.step_time_max,
                 [search, first, count](Guard& guard) { search->Run(first, count, guard); });
  const std::string& stuck = searched.why;
  {
    const std::lock_guard<std::mutex> lock(search->mutex);
    result.scenarios = search->scenarios;
    result.cut_runs = search->cut_runs;
    result.smallest = search->smallest;
    if (!stuck.empty() && !result.smallest) result.smallest = search->current;
  }
  if (!result.smallest) return result;
  if (!stuck.empty() && !searched.is_running) CutStuck(make_consumer, options, &result);
  const absl::Duration time_max =
      stuck.empty() ? options.step_time_max : std::min(options.step_time_max, kTimeOfAgain);
  result.problem = RunGuarded(make_consumer, *result.smallest, options, time_max, &result.trace);
  // Not the same again: it does not depend on the scenario alone.
  if (result.problem.empty()) {
    result.problem = "the consumer " + (stuck.empty() ? std::string("failed") : stuck) +
                     ", but not when the same scenario ran again: it depends on more than that";
  }
  return result;
}

std::ostream& operator<<(std::ostream& out, const ExerciseResult& result) {
  if (result.ok()) return out << "passed " << result.scenarios << " scenarios";
  out << "Failed after " << result.scenarios << " scenarios:\n  " << result.problem << "\n";
  if (!result.smallest) return out;
  return out << "KINESIS_TEST_SEED=" << result.smallest->seed
             << " runs it again. The smallest scenario, found in " << result.cut_runs
             << " more runs, has " << *result.smallest << "What happens in it:\n"
             << result.trace;
}

}  // namespace kinesis::testing
