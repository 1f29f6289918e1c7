// The lines that every benchmark prints before its figures: processor, compiler and flags, so that
// no figure is quoted without them.
#ifndef KINESIS_CORE_BENCH_BENCH_ENVIRONMENT_H_
#define KINESIS_CORE_BENCH_BENCH_ENVIRONMENT_H_

#include <string>
#include <utility>
#include <vector>

namespace kinesis::bench {

// The processor's name, or "unknown".
std::string CpuName();

// The compiler and its version.
std::string CompilerName();

// True if this binary was compiled with assertions: its figures say nothing then.
bool AssertionsAreOn();

// Names and values of all that figures depend on: the three, the number of processors, the kernel
// and its policy for huge pages. For reports that machines read.
std::vector<std::pair<std::string, std::string>> Environment();

// Prints the three and the number of processors to standard error, with a warning where one is due.
void PrintEnvironment();

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_BENCH_ENVIRONMENT_H_
