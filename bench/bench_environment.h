// What every benchmark prints before its figures, so that none is quoted without where it comes
// from.
#ifndef KINESIS_CORE_BENCH_BENCH_ENVIRONMENT_H_
#define KINESIS_CORE_BENCH_BENCH_ENVIRONMENT_H_

#include <string>

namespace kinesis::bench {

// The processor's name, or "unknown".
std::string CpuName();

// The compiler and its version.
std::string CompilerName();

// True if this binary was compiled with assertions: its figures say nothing then.
bool AssertionsAreOn();

// Prints the three and the number of processors to standard error, with a warning where one is due.
void PrintEnvironment();

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_BENCH_ENVIRONMENT_H_
