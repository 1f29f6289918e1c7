// Measures what it costs a producer to decide where a record goes, for each strategy of the
// partition lab. For strategies of your own: "kinesis_core/lab/strategy_benchmark.h",
// @kinesis_core//:lab_benchmark.
//
//   bazel run --config=opt //bench:partition_strategies
#include "bench/bench_environment.h"
#include "benchmark/benchmark.h"
#include "kinesis_core/lab/strategy.h"
#include "kinesis_core/lab/strategy_benchmark.h"

int main(int argc, char** argv) {
  kinesis::bench::PrintEnvironment();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  kinesis::lab::RegisterStrategyBenchmarks(kinesis::lab::BuiltInStrategies());
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
