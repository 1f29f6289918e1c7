#include "bench/partition_lab/advice.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "bench/partition_lab/line_cutter.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/status.h"

namespace kinesis::lab {
namespace {

constexpr size_t kShardsMax = 1'024;
// Up to so many shards every choice is worked out, which takes some hundred times as long as one.
constexpr size_t kShardsMaxForChoices = 64;

absl::uint128 ToInt(HashKey key) { return absl::MakeUint128(key.high(), key.low()); }

// Where to split between two neighbouring points: in the middle.
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

// A way to cut, and what it comes to.
struct Solution {
  Advice::Choice choice;
  std::vector<Cut> cuts;
};

// The fewest calls for a limit. Requires: the limit can be met.
Solution Solve(const LineCutter& cutter, size_t shards, uint64_t limit) {
  std::vector<Cut> cuts = *cutter.FewestChanges(shards, limit);
  const Advice::Choice choice = {cutter.Changes(cuts), cutter.Heaviest(cuts)};
  return {choice, std::move(cuts)};
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
    while (low < best.choice.hottest) {
      const uint64_t middle = low + (best.choice.hottest - low) / 2;
      Solution tried = Solve(cutter, shards, middle);
      if (tried.choice.calls == best.choice.calls) {
        best = std::move(tried);
      } else {
        low = middle + 1;
      }
    }
    solutions.push_back(std::move(best));
    limit = solutions.back().choice.hottest - 1;
    if (limit < optimum) return solutions;
  }
}

}  // namespace

absl::StatusOr<Advice> Advise(const ShardMap& map, std::span<const LoadPoint> points,
                              const AdviceOptions& options) {
  if (options.shards < 1 || options.shards > kShardsMax || map.size() > kShardsMax) {
    return internal::OutOfRange("advice is for 1 to 1,024 shards, not " +
                                std::to_string(std::max(options.shards, map.size())));
  }
  std::vector<uint64_t> weights;
  std::vector<bool> may_cut = {true};
  for (size_t i = 0; i < points.size(); ++i) {
    weights.push_back(options.by_bytes ? points[i].bytes : points[i].records);
    may_cut.push_back(i + 1 == points.size() || MaySplit(points[i], points[i + 1]));
  }
  const uint64_t total = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  if (total == 0) return internal::InvalidArgument("there is no load to advise on");
  const uint64_t heaviest = *std::max_element(weights.begin(), weights.end());
  const uint64_t mean_rounded_up = (total + options.shards - 1) / options.shards;
  for (uint64_t& weight : weights) weight = std::min(weight, mean_rounded_up);
  const std::vector<size_t> present = PresentCuts(map, points);
  const LineCutter cutter(weights, std::move(may_cut), present);

  const uint64_t optimum = cutter.Optimum(options.shards);
  const uint64_t limit =
      optimum + static_cast<uint64_t>(static_cast<double>(optimum) * options.tolerance);
  std::vector<Solution> solutions;
  if (std::max(map.size(), options.shards) <= kShardsMaxForChoices) {
    solutions = SolveForEachNumberOfCalls(cutter, options.shards, optimum, total);
  } else {
    solutions.push_back(Solve(cutter, options.shards, limit));
  }
  const auto chosen =
      std::find_if(solutions.begin(), solutions.end(),
                   [limit](const Solution& one) { return one.choice.hottest <= limit; });
  Advice advice = {
      .plan = MakeReshardPlan(map, Starts(map, points, chosen->cuts)),
      .mean = static_cast<double>(total) / static_cast<double>(options.shards),
      .hottest_before = cutter.Heaviest(AllKept(present)),
      .hottest_after = chosen->choice.hottest,
      .hottest_optimum = optimum,
      .heaviest_point = heaviest,
      .choices = {},
  };
  for (const Solution& one : solutions) advice.choices.push_back(one.choice);
  return advice;
}

}  // namespace kinesis::lab
