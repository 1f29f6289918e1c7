// LabMain: the partition lab as a program, for the strategies that come with it and yours.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LAB_MAIN_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LAB_MAIN_H_

#include <vector>

#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// Parses the flags (--help lists them), runs the lab and writes its reports. Returns the exit code:
// 0, 1 if a run failed, 2 for flags that make no sense.
int LabMain(int argc, char** argv, std::vector<StrategyKind> own_strategies = {});

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LAB_MAIN_H_
