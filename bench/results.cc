#include "bench/results.h"

#include <algorithm>
#include <cstddef>

namespace kinesis::bench {

void Results::Add(std::string_view name, std::string_view figure, double value) {
  values_[{std::string(name), std::string(figure)}].push_back(value);
}

std::vector<double> Results::Sorted(std::string_view name, std::string_view figure) const {
  const auto found = values_.find({std::string(name), std::string(figure)});
  if (found == values_.end()) return {};
  std::vector<double> sorted = found->second;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::optional<double> Results::Median(std::string_view name, std::string_view figure) const {
  const std::vector<double> sorted = Sorted(name, figure);
  if (sorted.empty()) return std::nullopt;
  const size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[middle];
  return (sorted[middle - 1] + sorted[middle]) / 2;
}

std::vector<std::string> Results::FiguresOf(std::string_view name) const {
  std::vector<std::string> figures;
  for (auto at = values_.lower_bound({std::string(name), ""});
       at != values_.end() && at->first.first == name; ++at) {
    if (at->first.second != kTimeFigure) figures.push_back(at->first.second);
  }
  return figures;
}

std::optional<double> Results::BestOf(std::string_view case_name,
                                      const std::vector<std::string>& participants) const {
  std::optional<double> best;
  for (const std::string& participant : participants) {
    const std::optional<double> median = Median(std::string(case_name) + "/" + participant);
    if (median && (!best || *median < *best)) best = median;
  }
  return best;
}

}  // namespace kinesis::bench
