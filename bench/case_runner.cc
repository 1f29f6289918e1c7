#include "bench/case_runner.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <regex>
#include <string>

#include "bench/disturbance.h"
#include "benchmark/benchmark.h"

namespace kinesis::bench {
namespace {

// Why a run failed; null if it did not. Google Benchmark 1.8 has other names for that than 1.7, and
// none for its own version.
template <typename Run>
const std::string* FailureOf(const Run& run) {
  if constexpr (requires { run.error_occurred; }) {
    return run.error_occurred ? &run.error_message : nullptr;
  } else {
    return run.skipped ? &run.skip_message : nullptr;
  }
}

// Takes Google Benchmark's reports of many small runs and makes one of them.
class Collector : public benchmark::BenchmarkReporter {
 public:
  Collector(bool json, Results* results) : json_(json), results_(results) {}

  bool ReportContext(const Context& context) override {
    if (json_ && !has_context_) json_reporter_.ReportContext(context);
    has_context_ = true;
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> kept;
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      kept.push_back(run);
      Take(run);
    }
    if (json_) json_reporter_.ReportRuns(kept);
  }

  // Each small run calls this: the end is Close().
  void Finalize() override {}

  // Requires that something has run.
  void Close() {
    if (json_ && has_context_) json_reporter_.Finalize();
  }

  bool failed() const { return failed_; }

 private:
  void Take(const Run& run) {
    const std::string& name = run.run_name.function_name;
    if (const std::string* failure = FailureOf(run)) {
      failed_ = true;
      std::fprintf(stderr, "%s: ERROR: %s\n", name.c_str(), failure->c_str());
      return;
    }
    results_->Add(name, kTimeFigure, run.GetAdjustedRealTime());
    for (const auto& [figure, counter] : run.counters) results_->Add(name, figure, counter.value);
  }

  const bool json_;
  Results* const results_;
  benchmark::JSONReporter json_reporter_;
  bool has_context_ = false;
  bool failed_ = false;
};

// One repetition, undisturbed if that is to be had.
Measurement RunUndisturbed(const Participant& participant, uint64_t messages, int retries) {
  for (;; --retries) {
    const Disturbance disturbance;
    Measurement measured = participant.run(messages);
    const double others = disturbance.PartUsedByOthers();
    measured.figures["others%"] = 100 * others;
    if (others <= Disturbance::kTolerable || retries <= 0) return measured;
    if (!measured.error.empty()) return measured;
  }
}

void RunParticipant(benchmark::State& state, const Participant* participant, int retries) {
  const auto messages = static_cast<uint64_t>(state.max_iterations);
  Measurement measured;
  // Once: all iterations are one run of the loop.
  while (state.KeepRunningBatch(state.max_iterations)) {
    measured = RunUndisturbed(*participant, messages, retries);
    const double part = static_cast<double>(messages) / static_cast<double>(measured.messages);
    state.SetIterationTime(measured.seconds * part);
  }
  if (!measured.error.empty()) state.SkipWithError(measured.error.c_str());
  for (const auto& [figure, value] : measured.figures) state.counters[figure] = value;
}

// How many messages take about options.seconds. 0 if the participant fails, and why in `error`.
uint64_t ChooseMessages(const Participant& participant, const RunOptions& options,
                        std::string* error) {
  if (options.messages > 0) return options.messages;
  constexpr uint64_t kFirst = 2'000;
  constexpr uint64_t kLeastGrowth = 4;
  constexpr uint64_t kMostGrowth = 1'000;
  constexpr double kEnough = 0.2;  // of the time wanted, to know what the rest will take
  for (uint64_t messages = kFirst;;) {
    const Measurement measured = participant.run(messages);
    if (!measured.error.empty()) {
      *error = measured.error;
      return 0;
    }
    const double per_message = measured.seconds / static_cast<double>(measured.messages);
    const auto wanted = std::max<uint64_t>(static_cast<uint64_t>(options.seconds / per_message), 1);
    if (measured.seconds >= kEnough * options.seconds || wanted <= messages) return wanted;
    // Half of it, as what runs shortly runs slowly.
    messages = std::clamp(wanted / 2, messages * kLeastGrowth, messages * kMostGrowth);
  }
}

void PrintTable(const Case& shown, const Results& results) {
  std::printf("\n%s\n%s\n", shown.name.c_str(), shown.topology.c_str());
  std::printf("  %-16s %11s %11s %11s\n", "", "median ns", "least", "most");
  for (const Participant& participant : shown.participants) {
    const std::string name = shown.name + "/" + participant.name;
    const std::vector<double> sorted = results.Sorted(name, kTimeFigure);
    if (sorted.empty()) continue;
    std::printf("  %-16s %11.1f %11.1f %11.1f", participant.name.c_str(), *results.Median(name),
                sorted.front(), sorted.back());
    for (const std::string& figure : results.FiguresOf(name)) {
      std::printf("  %s %.0f", figure.c_str(), *results.Median(name, figure));
    }
    std::printf("\n");
  }
  std::fflush(stdout);
}

// Registers those participants of a case that the filter admits. False if one of them fails.
bool Register(const Case& shown, const RunOptions& options, size_t* registered) {
  benchmark::ClearRegisteredBenchmarks();
  *registered = 0;
  bool ok = true;
  for (const Participant& participant : shown.participants) {
    const std::string name = shown.name + "/" + participant.name;
    if (!Matches(options.filter, name)) continue;
    std::string error;
    const uint64_t messages = ChooseMessages(participant, options, &error);
    if (messages == 0) {
      std::fprintf(stderr, "%s: ERROR: %s\n", name.c_str(), error.c_str());
      ok = false;
      continue;
    }
    benchmark::RegisterBenchmark(name.c_str(), RunParticipant, &participant, options.retries)
        ->Iterations(static_cast<int64_t>(messages))
        ->UseManualTime();
    ++*registered;
  }
  return ok;
}

}  // namespace

bool Matches(const std::string& filter, const std::string& name) {
  const bool negative = !filter.empty() && filter.front() == '-';
  const std::regex expression(negative ? filter.substr(1) : filter, std::regex::extended);
  return std::regex_search(name, expression) != negative;
}

bool RunCases(const std::vector<Case>& cases, const RunOptions& options, Results* results) {
  Collector collector(options.json, results);
  bool ok = true;
  for (const Case& shown : cases) {
    size_t registered;
    ok = Register(shown, options, &registered) && ok;
    if (registered == 0) continue;
    for (int round = 0; round < options.rounds; ++round) {
      benchmark::RunSpecifiedBenchmarks(&collector, ".");
    }
    if (!options.json) PrintTable(shown, *results);
  }
  benchmark::ClearRegisteredBenchmarks();
  collector.Close();
  return ok && !collector.failed();
}

}  // namespace kinesis::bench
