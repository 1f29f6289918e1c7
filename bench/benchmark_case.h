// A case is one loop that several contenders run, and what a run of it gave.
#ifndef KINESIS_CORE_BENCH_BENCHMARK_CASE_H_
#define KINESIS_CORE_BENCH_BENCHMARK_CASE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kinesis::bench {

// How much everything is given. The defaults are for figures; Smoke() is for "does it still work".
struct Scale {
  uint64_t log_bytes = uint64_t{64} << 20;  // beyond the caches
  std::vector<size_t> batches = {1, 64, 500};
  // Of messages stored, in the cases that ask what growth costs.
  std::vector<uint64_t> stored = {1'000, 100'000, 10'000'000};
  std::vector<uint64_t> shards = {1, 100, 10'000};
  std::vector<uint64_t> iterators = {1, 8, 64};
  uint64_t idle_shards = 10'000;
  std::vector<uint64_t> open_shards = {1'000, 10'000, 100'000};

  static Scale Smoke() {
    return {.log_bytes = uint64_t{1} << 20,
            .batches = {1, 4, 16},
            .stored = {100, 1'000},
            .shards = {1, 10, 100},
            .iterators = {1, 4},
            .idle_shards = 100,
            .open_shards = {10, 100}};
  }
};

// The result of one repetition of a case.
struct Measurement {
  double seconds = 0;     // for all messages; what Google Benchmark reports as time
  uint64_t messages = 0;  // how many those were
  // Anything else, such as {"p99", 1200}.
  std::map<std::string, double> figures = {};
  // How the messages that arrived differ from those that were sent; empty if they do not.
  std::string error = {};
};

struct Participant {
  std::string name;
  // Runs the case from its beginning with about that many messages.
  std::function<Measurement(uint64_t messages)> run;
};

struct Case {
  std::string name;      // such as "append/100/single"
  std::string topology;  // a drawing of one line or more
  std::vector<Participant> participants = {};
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_BENCHMARK_CASE_H_
