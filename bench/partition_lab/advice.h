// Advice: how to split and merge shards so that a known load is balanced best with the fewest
// calls.
//
// The load lies on points of the hash key space (hash_histogram.h), so the question is where to cut
// a line of weights into at most so many pieces. Two numbers answer it exactly:
//
//   optimum   the least load that the hottest shard can have, whatever the calls cost. It is found
//             by bisection over the load, since the fewest pieces under a given load are those of a
//             greedy sweep.
//   plan      among all cuts that stay within `tolerance` of the optimum, one that needs the fewest
//             calls. A call adds or takes away one boundary, so that is the cut that keeps the most
//             of the present boundaries. It is found by dynamic programming over the boundaries
//             that stay, with greedy sweeps between them.
//
// Records and bytes count, each shard by whichever of its limits it comes nearer to (load_scale.h).
//
// A point that is heavier than the mean of a shard counts as the mean while a plan is made. No plan
// can divide it, and what it has above the mean must not be a reason to load other shards as much.
// The numbers of the result are those of the real loads.
//
// Between two points, a boundary is put in the middle, where it is safest against keys to come.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_ADVICE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_ADVICE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/hash_histogram.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/split_merge_plan.h"

namespace kinesis::lab {

struct AdviceOptions {
  // Shards to have in the end at most, [1, 1,024].
  size_t shards = 1;
  // The hottest shard may be above the optimum by this share of it: a larger one saves calls.
  double tolerance = 0.05;
  WriteLimits limits = {};
};

struct Advice {
  // The load of the hottest shard, on the scale of load_scale.h.
  struct Hottest {
    uint64_t now = 0;
    uint64_t plan = 0;
    uint64_t best = 0;  // that any cut into so many shards can reach
    double mean = 0;    // of the shards asked for, were the load spread evenly
  };

  SplitMergePlan plan;
  Hottest hottest;
  // The heaviest point: no plan gets below it.
  uint64_t heaviest_point = 0;
  // Points above the mean, and the same without them: how even the rest of the load is.
  size_t heavy_points = 0;
  Hottest without_heavy;

  // The hottest shard that each number of calls can reach, from none (or those that reach `shards`)
  // to the best; only numbers that gain something. Above 64 shards only the plan itself is here.
  struct Choice {
    size_t calls = 0;
    uint64_t hottest = 0;
    uint64_t without_heavy = 0;
  };
  std::vector<Choice> choices;
};

// Makes the advice for `points`, which are sorted and disjoint, on `map`. A point that a boundary
// of the map cuts counts to the lower side. kOutOfRange: more than 1,024 shards. kInvalidArgument:
// no load. O(n^3) for n shards with a small factor, and O(points).
absl::StatusOr<Advice> Advise(const ShardMap& map, std::span<const LoadPoint> points,
                              const AdviceOptions& options);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_ADVICE_H_
