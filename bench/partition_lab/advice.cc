#include "kinesis_core/lab/advice.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/lab/line_cutter.h"
#include "kinesis_core/lab/load_scale.h"

namespace kinesis::lab {
namespace {

constexpr size_t kShardsMax = 1'024;
// Up to so many shards every choice is worked out, which takes some hundred times as long as one.
constexpr size_t kShardsMaxForChoices = 64;

absl::uint128 ToInt(HashKey key) { return absl::MakeUint128(key.high(), key.low()); }

// The hash key at which to split between two neighbouring points: in the middle.
HashKey SplitKey(const LoadPoint& lower, const LoadPoint& upper) {
  const absl::uint128 from = ToInt(lower.keys.end());
  const absl::uint128 gap = ToInt(upper.keys.start()) - from;
  const absl::uint128 key = from + (gap / 2) + (gap & 1);
  return HashKey::FromHalves(absl::Uint128High64(key), absl::Uint128Low64(key));
}

// Kinesis wants a split key that is above start + 1 and below the end of the shard.
bool MaySplit(const LoadPoint& lower, const LoadPoint& upper) {
  const absl::uint128 key = ToInt(SplitKey(lower, upper));
  return key > ToInt(lower.keys.start()) + 1 && key < ToInt(upper.keys.end());
}

// The map's boundaries as cuts of the line of points.
std::vector<size_t> PresentCuts(const ShardMap& map, std::span<const LoadPoint> points) {
  std::vector<size_t> cuts;
  for (size_t shard = 1; shard < map.size(); ++shard) {
    const HashKey boundary = map.range(shard).start();
    const auto upper = std::partition_point(
        points.begin(), points.end(),
        [boundary](const LoadPoint& point) { return point.keys.start() < boundary; });
    cuts.push_back(static_cast<size_t>(upper - points.begin()));
  }
  return cuts;
}

// The cuts as boundaries of shards.
std::vector<HashKey> Starts(const ShardMap& map, std::span<const LoadPoint> points,
                            std::span<const Cut> cuts) {
  std::vector<HashKey> starts = {HashKey::Min()};
  for (const Cut& cut : cuts) {
    starts.push_back(cut.kept != 0 ? map.range(cut.kept).start()
                                   : SplitKey(points[cut.position - 1], points[cut.position]));
  }
  return starts;
}

std::vector<Cut> AllKept(std::span<const size_t> present) {
  std::vector<Cut> cuts;
  for (size_t i = 0; i < present.size(); ++i) cuts.push_back({present[i], i + 1});
  return cuts;
}

// A way to cut, and what it comes to for the cutter that found it.
struct Solution {
  size_t calls = 0;
  uint64_t hottest = 0;
  std::vector<Cut> cuts;
};

// The fewest calls for a limit. Requires: the limit can be met.
Solution Solve(const LineCutter& cutter, size_t shards, uint64_t limit) {
  std::vector<Cut> cuts = *cutter.FewestChanges(shards, limit);
  return {cutter.Changes(cuts), cutter.Heaviest(cuts), std::move(cuts)};
}

// The best load that each number of calls can reach, from the fewest calls to the optimum.
std::vector<Solution> SolveForEachNumberOfCalls(const LineCutter& cutter, size_t shards,
                                                uint64_t optimum, uint64_t total) {
  std::vector<Solution> solutions;
  uint64_t limit = total;
  for (;;) {
    Solution best = Solve(cutter, shards, limit);
    // A lower limit needs no fewer calls: bisect for the lowest that needs no more.
    uint64_t low = optimum;
    while (low < best.hottest) {
      const uint64_t middle = low + (best.hottest - low) / 2;
      Solution tried = Solve(cutter, shards, middle);
      if (tried.calls == best.calls) {
        best = std::move(tried);
      } else {
        low = middle + 1;
      }
    }
    solutions.push_back(std::move(best));
    limit = solutions.back().hottest - 1;
    if (limit < optimum) return solutions;
  }
}

using Points = std::vector<LineCutter::Point>;

uint64_t WeightOf(const LineCutter::Point& point) { return std::max(point.one, point.other); }

// The load of each shard if it were spread evenly.
double Mean(const Points& points, size_t shards) {
  LineCutter::Point total;
  for (const LineCutter::Point& point : points) {
    total.one += point.one;
    total.other += point.other;
  }
  return static_cast<double>(WeightOf(total)) / static_cast<double>(shards);
}

}  // namespace

absl::StatusOr<Advice> Advise(const ShardMap& map, std::span<const LoadPoint> points,
                              const AdviceOptions& options) {
  if (options.shards < 1 || options.shards > kShardsMax || map.size() > kShardsMax) {
    return internal::OutOfRange("advice is for 1 to 1,024 shards, not " +
                                std::to_string(std::max(options.shards, map.size())));
  }
  const LoadScale scale(options.limits);
  Points real;
  std::vector<bool> may_cut = {true};
  for (size_t i = 0; i < points.size(); ++i) {
    real.push_back({scale.OfRecords(points[i].records), scale.OfBytes(points[i].bytes)});
    may_cut.push_back(i + 1 == points.size() || MaySplit(points[i], points[i + 1]));
  }
  const double mean = Mean(real, options.shards);
  if (mean == 0) return internal::InvalidArgument("there is no load to advise on");
  const auto mean_rounded_up = static_cast<uint64_t>(std::ceil(mean));
  Advice advice;
  Points capped;
  Points light;
  for (const LineCutter::Point& point : real) {
    const bool is_heavy = WeightOf(point) > mean_rounded_up;
    advice.heaviest_point = std::max(advice.heaviest_point, WeightOf(point));
    advice.heavy_points += is_heavy ? 1 : 0;
    capped.push_back(
        {std::min(point.one, mean_rounded_up), std::min(point.other, mean_rounded_up)});
    light.push_back(is_heavy ? LineCutter::Point() : point);
  }
  const std::vector<size_t> present = PresentCuts(map, points);
  const LineCutter planner(capped, may_cut, present);
  const LineCutter of_real(real, may_cut, present);
  const LineCutter of_light(light, may_cut, present);

  const uint64_t optimum = planner.Optimum(options.shards);
  const uint64_t limit =
      optimum + static_cast<uint64_t>(static_cast<double>(optimum) * options.tolerance);
  std::vector<Solution> solutions;
  if (std::max(map.size(), options.shards) <= kShardsMaxForChoices) {
    const uint64_t total = planner.Heaviest({});
    solutions = SolveForEachNumberOfCalls(planner, options.shards, optimum, total);
  } else {
    solutions.push_back(Solve(planner, options.shards, limit));
  }
  const auto chosen = std::find_if(solutions.begin(), solutions.end(),
                                   [limit](const Solution& one) { return one.hottest <= limit; });
  advice.plan = MakeSplitMergePlan(map, Starts(map, points, chosen->cuts));
  const std::vector<Cut> unchanged = AllKept(present);
  advice.hottest = {of_real.Heaviest(unchanged), of_real.Heaviest(chosen->cuts),
                    of_real.Optimum(options.shards), mean};
  advice.without_heavy = {of_light.Heaviest(unchanged), of_light.Heaviest(chosen->cuts),
                          of_light.Optimum(options.shards), Mean(light, options.shards)};
  for (const Solution& one : solutions) {
    const Advice::Choice choice = {one.calls, of_real.Heaviest(one.cuts),
                                   of_light.Heaviest(one.cuts)};
    if (advice.choices.empty() || choice.hottest < advice.choices.back().hottest ||
        choice.without_heavy < advice.choices.back().without_heavy) {
      advice.choices.push_back(choice);
    }
  }
  return advice;
}

}  // namespace kinesis::lab
