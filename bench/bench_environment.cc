#include "bench/bench_environment.h"

#include <sys/utsname.h>

#include <cstdio>
#include <fstream>
#include <thread>

namespace kinesis::bench {
namespace {

std::string KernelName() {
  utsname name;
  return uname(&name) == 0 ? std::string(name.sysname) + " " + name.release : "unknown";
}

// Such as "always [madvise] never".
std::string HugePagePolicy() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  return std::getline(file, line) ? line : "unknown";
}

}  // namespace

std::string CpuName() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != line.npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string CompilerName() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

bool AssertionsAreOn() {
#ifdef NDEBUG
  return false;
#else
  return true;
#endif
}

std::vector<std::pair<std::string, std::string>> Environment() {
  return {{"cpu", CpuName()},
          {"processors", std::to_string(std::thread::hardware_concurrency())},
          {"compiler", CompilerName()},
          {"assertions", AssertionsAreOn() ? "ON" : "off"},
          {"kernel", KernelName()},
          {"huge_pages", HugePagePolicy()}};
}

void PrintEnvironment() {
  std::fprintf(stderr, "CPU: %s, %u processors; compiler: %s; assertions: %s\n", CpuName().c_str(),
               std::thread::hardware_concurrency(), CompilerName().c_str(),
               AssertionsAreOn() ? "ON" : "off");
  if (AssertionsAreOn()) {
    std::fprintf(stderr, "WARNING: not an optimised build; use `bazel run --config=opt`\n");
  }
}

}  // namespace kinesis::bench
