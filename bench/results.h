// Results: what all repetitions gave, by name.
#ifndef KINESIS_CORE_BENCH_RESULTS_H_
#define KINESIS_CORE_BENCH_RESULTS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinesis::bench {

// The figure that every participant has: nanoseconds per message.
inline constexpr std::string_view kTimeFigure = "ns";

// Thread-compatible: const operations may run concurrently, others need outside synchronization.
class Results {
 public:
  // `name` is case and participant, such as "append/100/single/raw".
  void Add(std::string_view name, std::string_view figure, double value);

  // The values of all repetitions in order of size; empty if it did not run.
  std::vector<double> Sorted(std::string_view name, std::string_view figure) const;

  // The middle value, or the mean of the two; nothing if it did not run.
  std::optional<double> Median(std::string_view name, std::string_view figure = kTimeFigure) const;

  // The figures of `name` besides the time.
  std::vector<std::string> FiguresOf(std::string_view name) const;

  // The smallest median time of `participants` of a case, among those that ran.
  std::optional<double> BestOf(std::string_view case_name,
                               const std::vector<std::string>& participants) const;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<double>> values_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_RESULTS_H_
