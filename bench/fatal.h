// The end of a benchmark run whose figures would mean nothing.
#ifndef KINESIS_CORE_BENCH_FATAL_H_
#define KINESIS_CORE_BENCH_FATAL_H_

#include <cstdio>
#include <cstdlib>
#include <string>

namespace kinesis::bench {

// Prints `what` and ends the process with exit code 1, other threads or not: for a contender that
// fails in the middle of a loop, where there is nobody to return to.
[[noreturn]] inline void Fatal(const std::string& what) {
  std::fprintf(stderr, "benchmark failed: %s\n", what.c_str());
  std::_Exit(1);
}

// Fatal with `what` unless `condition`.
inline void Require(bool condition, const char* what) {
  if (!condition) Fatal(what);
}

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_FATAL_H_
