// LoadStats: how unevenly a load is spread over shards, in the usual measures.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_STATS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_STATS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kinesis::lab {

// The measures of one load. Without any load, they are those of a perfect spread.
struct LoadStats {
  uint64_t total = 0;
  double mean = 0;
  // The hottest shard against the mean: 1 is perfect, the number of shards the worst.
  double max_over_mean = 1;
  // The standard deviation (of the population) against the mean.
  double coefficient_of_variation = 0;
  // 0 is perfect, 1 - 1/n the worst: half the mean difference of two shards against the mean.
  double gini = 0;
  size_t hottest = 0;  // the first of equals
  double hottest_share = 0;
  size_t idle = 0;  // shards without any load
};

// Computes all of them. Requires: at least one shard. O(n log n).
LoadStats ComputeLoadStats(std::span<const uint64_t> loads);

// The Lorenz curve: point i is the share of the load that the i least loaded of the n shards have,
// from 0 to 1 in n + 1 points.
std::vector<double> LorenzCurve(std::span<const uint64_t> loads);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_STATS_H_
