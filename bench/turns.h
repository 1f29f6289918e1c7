// Rows of two sides that take turns, for programs that compare a pair at a time.
#ifndef KINESIS_CORE_BENCH_TURNS_H_
#define KINESIS_CORE_BENCH_TURNS_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"

ABSL_DECLARE_FLAG(int, turns);  // of each side in every row

namespace kinesis::bench {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

inline double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// Both sides take turns; prints the median of each in nanoseconds, and of their ratio in one turn.
inline void Row(const char* name, const std::function<double()>& bare,
                const std::function<double()>& other) {
  std::vector<double> of_bare;
  std::vector<double> of_other;
  std::vector<double> ratios;
  for (int turn = 0; turn <= absl::GetFlag(FLAGS_turns); ++turn) {
    double b = 0;
    double o = 0;
    if (turn % 2 == 0) {
      b = bare();
      o = other();
    } else {
      o = other();
      b = bare();
    }
    if (turn == 0) continue;  // warms up
    of_bare.push_back(b);
    of_other.push_back(o);
    ratios.push_back(o / b);
  }
  std::printf("%-10s %10.1f ns %10.1f ns %8.2f\n", name, 1e9 * Median(of_bare),
              1e9 * Median(of_other), Median(ratios));
}

inline void PrintRowHeader() {
  std::printf("%-10s %13s %13s %8s\n", "row", "bare", "this", "ratio");
}

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_TURNS_H_
