// The families of cases, each in a file of its own.
#ifndef KINESIS_CORE_BENCH_CASES_CASES_H_
#define KINESIS_CORE_BENCH_CASES_CASES_H_

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/benchmark_case.h"
#include "bench/contenders/contender.h"

namespace kinesis::bench {

std::vector<Case> AppendCases(const Scale& scale);      // one producer; read back
std::vector<Case> InPlaceCases(const Scale& scale);     // one producer, which serialises
std::vector<Case> ContentionCases(const Scale& scale);  // two producers
std::vector<Case> HandOverCases(const Scale& scale);    // producer to consumer
std::vector<Case> PingPongCases(const Scale& scale);    // round trips
std::vector<Case> HashingCases(const Scale& scale);     // what a hash key costs by itself
std::vector<Case> RoutingCases(const Scale& scale);     // many shards
std::vector<Case> MemoryCases(const Scale& scale);      // bytes per record and shard
std::vector<Case> ReshardingCases(const Scale& scale);  // puts while shards split and merge
std::vector<Case> GrowthCases(const Scale& scale);      // many records, many iterators

// Sizes of data, known when this is compiled because some queues have slots of fixed size.
using DataSizes = std::index_sequence<16, 100, 1024, 16384>;

// Calls f(std::integral_constant<size_t, n>()) for each number of a list such as DataSizes().
template <class F, size_t... kNumbers>
void ForEach(std::index_sequence<kNumbers...> /*list*/, const F& f) {
  (f(std::integral_constant<size_t, kNumbers>()), ...);
}

// "single" or "batch64".
inline std::string NameOfBatch(size_t batch) {
  return batch == 1 ? "single" : "batch" + std::to_string(batch);
}

// True if contender C can do what a case asks.
template <Contender C>
constexpr bool CanDo(const Workload& workload) {
  return workload.producers <= C::kMostProducers && (workload.batch == 1 || BatchContender<C>);
}

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CASES_CASES_H_
