// MeasureNanosPerKey: the cost of deciding where a record goes.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_COST_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_COST_H_

#include <span>
#include <string>

#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// Measures the nanoseconds of real time for each of `keys`, on this machine: the fastest of some
// rounds, since whatever disturbs a round makes it slower. Takes about 30 ms.
double MeasureNanosPerKey(const StrategyKind& kind, const StrategyContext& context,
                          std::span<const std::string> keys);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_COST_H_
