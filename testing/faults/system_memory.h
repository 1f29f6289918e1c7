// The system's memory as the engine asks for it, refused at a chosen request and counted.
//
// The engine's pool asks in three ways: aligned_alloc for small blocks, mmap for large ones, and
// operator new(nothrow) for slabs of controls. The linker is told to send these calls, and the ones
// that give memory back, through here (MEMORY_FAULT_LINKOPTS in BUILD.bazel), so the engine has no
// hook for it. Nothing else in the test program calls them.
//
// Thread rule: one thread.
#ifndef KINESIS_CORE_TESTING_FAULTS_SYSTEM_MEMORY_H_
#define KINESIS_CORE_TESTING_FAULTS_SYSTEM_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace kinesis::testing {

struct SystemMemory {
  enum class Refuse { kOnce, kFromThenOn };
  enum Way { kAlignedAlloc, kMap, kNew };
  static constexpr int kWays = 3;

  uint64_t requests = 0;
  std::array<uint64_t, kWays> refused = {};
  size_t outstanding = 0;  // pieces given and not given back
};

// Counts from zero, and refuses the request with this number, counted from 0.
void RefuseRequest(uint64_t number, SystemMemory::Refuse how);
// Refuses nothing more.
void RefuseNothing();
// Since RefuseRequest was called; `outstanding`, since the program began.
SystemMemory SystemMemoryNow();

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_FAULTS_SYSTEM_MEMORY_H_
