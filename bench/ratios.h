// The performance targets of the data path, as ratios of what one run has measured.
#ifndef KINESIS_CORE_BENCH_RATIOS_H_
#define KINESIS_CORE_BENCH_RATIOS_H_

#include <optional>
#include <string>
#include <vector>

#include "bench/results.h"

namespace kinesis::bench {

// One line of the table.
struct Ratio {
  std::string target;    // its number
  std::string what;      // what is compared with what
  std::string measured;  // the medians, with their unit
  double at_most;        // what the ratio should not exceed
  double ratio;
};

// Every ratio whose parts have run.
std::vector<Ratio> ComputeRatios(const Results& results);

// A table of them: target | what | measured | target | ratio.
std::string FormatRatios(const std::vector<Ratio>& ratios);

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_RATIOS_H_
