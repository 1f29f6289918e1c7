#include "kinesis_core/lab/load_stats.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace kinesis::lab {
namespace {

std::vector<uint64_t> Sorted(std::span<const uint64_t> loads) {
  std::vector<uint64_t> sorted(loads.begin(), loads.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

double Gini(std::span<const uint64_t> loads, double total) {
  // The sum over all pairs of |a - b| is 2 * sum of (2i - n + 1) * a_i over the sorted loads.
  const std::vector<uint64_t> sorted = Sorted(loads);
  const auto n = static_cast<double>(sorted.size());
  double weighted = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    weighted += (2 * static_cast<double>(i) - n + 1) * static_cast<double>(sorted[i]);
  }
  return weighted / (n * total);
}

}  // namespace

LoadStats ComputeLoadStats(std::span<const uint64_t> loads) {
  assert(!loads.empty());
  LoadStats stats;
  stats.total = std::accumulate(loads.begin(), loads.end(), uint64_t{0});
  stats.idle = static_cast<size_t>(std::count(loads.begin(), loads.end(), 0u));
  if (stats.total == 0) return stats;
  const auto total = static_cast<double>(stats.total);
  const auto n = static_cast<double>(loads.size());
  const auto hottest = std::max_element(loads.begin(), loads.end());
  stats.mean = total / n;
  stats.hottest = static_cast<size_t>(hottest - loads.begin());
  stats.hottest_share = static_cast<double>(*hottest) / total;
  stats.max_over_mean = stats.hottest_share * n;
  double squares = 0;
  for (const uint64_t load : loads) {
    const double difference = static_cast<double>(load) - stats.mean;
    squares += difference * difference;
  }
  stats.coefficient_of_variation = std::sqrt(squares / n) / stats.mean;
  stats.gini = Gini(loads, total);
  return stats;
}

std::vector<double> LorenzCurve(std::span<const uint64_t> loads) {
  const std::vector<uint64_t> sorted = Sorted(loads);
  const auto total = static_cast<double>(std::accumulate(loads.begin(), loads.end(), uint64_t{0}));
  std::vector<double> curve = {0};
  uint64_t sum = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    curve.push_back(total > 0 ? static_cast<double>(sum) / total
                              : static_cast<double>(i + 1) / static_cast<double>(sorted.size()));
  }
  return curve;
}

}  // namespace kinesis::lab
