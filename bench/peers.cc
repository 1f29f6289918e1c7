// The engine and its peers in the same loops, in one process run.
//
//   bazel run --config=opt //bench:peers                               all: about half an hour
//   bazel run --config=opt //bench:peers -- --list                     what there is
//   bazel run --config=opt //bench:peers -- --benchmark_filter=^read   a part of it
//   bazel run --config=opt //bench:peers -- --json                     for machines
//
// Each case is run in rounds: every participant once, in random order, and then each again, so that
// what happens to the machine meanwhile happens to all. Threads stay on processors of their own.
// A repetition during which others used those processors is made again, twice at the most;
// `others%` is what is left of that.
//
// Messages that arrive are counted and summed up; anything missing, doubled or damaged ends with
// exit code 1. At the end come the ratios that the project has set itself as targets, from medians.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "bench/bench_environment.h"
#include "bench/case_runner.h"
#include "bench/cases/cases.h"
#include "bench/pinning.h"
#include "bench/ratios.h"
#include "bench/results.h"
#include "benchmark/benchmark.h"

ABSL_FLAG(bool, json, false, "Print Google Benchmark's JSON to standard output and nothing else");
ABSL_FLAG(bool, list, false, "Print the cases, what each looks like, and who takes part; run none");
ABSL_FLAG(bool, smoke, false, "Run everything once with little data, to see that it works");
ABSL_FLAG(int, rounds, 5, "How often each participant of a case runs");
ABSL_FLAG(double, seconds, 0.1, "How long one repetition of one participant takes, about");

namespace kinesis::bench {
namespace {

std::vector<Case> AllCases(const Scale& scale) {
  std::vector<Case> all;
  for (const auto family :
       {AppendCases, InPlaceCases, ContentionCases, HandOverCases, PingPongCases, HashingCases,
        RoutingCases, MemoryCases, ReshardingCases, GrowthCases}) {
    for (Case& one : family(scale)) all.push_back(std::move(one));
  }
  return all;
}

void PrintList(const std::vector<Case>& cases, const std::string& filter) {
  for (const Case& one : cases) {
    std::string names;
    for (const Participant& participant : one.participants) {
      if (Matches(filter, one.name + "/" + participant.name)) names += " " + participant.name;
    }
    if (names.empty()) continue;
    std::printf("%s\n%s\n %s\n\n", one.name.c_str(), one.topology.c_str(), names.c_str());
  }
}

// Lets the cases of growth store 10^6 records instead of 10^7 where memory is short.
void FitIntoMemory(Scale& scale) {
  constexpr uint64_t kManyStored = 10'000'000;
  constexpr uint64_t kBytesForMany = uint64_t{5} << 30;
  const auto available = static_cast<uint64_t>(sysconf(_SC_AVPHYS_PAGES)) *
                         static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (scale.stored.back() < kManyStored || available >= kBytesForMany) return;
  std::fprintf(stderr, "memory is short: 10^6 stored records instead of 10^7\n");
  scale.stored.back() = kManyStored / 10;
}

int Main(int argc, char** argv) {
  // Rounds of single repetitions are ours; Google Benchmark shuffles each.
  std::vector<char*> arguments(argv, argv + argc);
  std::string shuffle = "--benchmark_enable_random_interleaving=true";
  arguments.insert(arguments.begin() + 1, shuffle.data());
  for (char* const argument : arguments) {
    const std::string_view text(argument);
    if (text.rfind("--benchmark_", 0) == 0 && text != shuffle &&
        text.rfind("--benchmark_filter=", 0) != 0) {
      std::fprintf(stderr, "%s has no effect here: see --helpfull\n", argument);
      return 1;
    }
  }
  auto count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  absl::ParseCommandLine(count, arguments.data());

  RunOptions options{.rounds = absl::GetFlag(FLAGS_rounds),
                     .seconds = absl::GetFlag(FLAGS_seconds),
                     .json = absl::GetFlag(FLAGS_json)};
  const std::string filter = benchmark::GetBenchmarkFilter();
  if (!filter.empty() && filter != "all") options.filter = filter;
  Scale scale;
  if (absl::GetFlag(FLAGS_smoke)) {
    constexpr uint64_t kSmokeMessages = 100;
    scale = Scale::Smoke();
    options.rounds = 1;
    options.retries = 0;
    options.messages = kSmokeMessages;
  }
  FitIntoMemory(scale);
  const std::vector<Case> cases = AllCases(scale);
  if (absl::GetFlag(FLAGS_list)) {
    PrintList(cases, options.filter);
    return 0;
  }

  PrintEnvironment();
  const std::string cores = DescribeCores();
  std::fprintf(stderr, "threads: %s; %s\n", DescribePinning().c_str(), cores.c_str());
  for (const auto& [name, value] : Environment()) benchmark::AddCustomContext(name, value);
  benchmark::AddCustomContext("threads", DescribePinning());
  benchmark::AddCustomContext("cores", cores);
  Results results;
  const bool ok = RunCases(cases, options, &results);
  const std::vector<Ratio> ratios = ComputeRatios(results);
  if (!ratios.empty()) {
    std::fprintf(options.json ? stderr : stdout, "\n%s", FormatRatios(ratios).c_str());
  }
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) { return kinesis::bench::Main(argc, argv); }
