// RegisterStrategyBenchmarks: the cost of deciding where a record goes, in Google Benchmark, for
// any strategy:
//
//   kinesis::lab::RegisterStrategyBenchmarks(strategies);
//   benchmark::RunSpecifiedBenchmarks();
//
//     place/STRATEGY/SHARDS/KEY_BYTES      key --Place--> hash key
//     route/STRATEGY/SHARDS/KEY_BYTES      key --Place--> hash key --look-up--> shard
//
// Keys are 4,096 distinct ones in turn. Cases of route with enough keys for every shard are errors
// if a strategy leaves one out, unless `leaves_shards_out` says that it does.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_BENCHMARK_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_BENCHMARK_H_

#include <vector>

#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// Registers the cases of `strategies`, for 8 and 1,000 shards and keys of 16 and 100 bytes. To be
// called after benchmark::Initialize, once for a strategy. Not thread-safe.
void RegisterStrategyBenchmarks(const std::vector<StrategyKind>& strategies,
                                bool leaves_shards_out = false);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_BENCHMARK_H_
