// Runs cases through Google Benchmark.
#ifndef KINESIS_CORE_BENCH_CASE_RUNNER_H_
#define KINESIS_CORE_BENCH_CASE_RUNNER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "bench/benchmark_case.h"
#include "bench/results.h"

namespace kinesis::bench {

struct RunOptions {
  int rounds = 5;
  // Of one repetition. The number of messages is chosen for it, once for each participant.
  double seconds = 0.1;
  // Not 0: this many messages instead.
  uint64_t messages = 0;
  // How often a repetition is made again if others used the processors meanwhile. The last one
  // counts, whatever was the matter then: see the figure "others%".
  int retries = 2;
  // Google Benchmark's report as JSON on standard output; otherwise a table for each case.
  bool json = false;
  // The value of --benchmark_filter: a part of "case/participant" as a regular expression, or a '-'
  // and what must not match.
  std::string filter = ".";
};

// True if `filter` admits `name`.
bool Matches(const std::string& filter, const std::string& name);

// Runs what the filter admits, case by case and in rounds: each participant once, in random order,
// then each again. Needs benchmark::Initialize() to have been called. False if anything did not
// arrive as it was sent; that is reported too.
bool RunCases(const std::vector<Case>& cases, const RunOptions& options, Results* results);

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CASE_RUNNER_H_
