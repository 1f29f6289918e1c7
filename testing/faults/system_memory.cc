#include "kinesis_core/testing/faults/system_memory.h"

#include <sys/mman.h>
#include <sys/types.h>

#include <limits>
#include <new>
#include <set>

// The two names that --wrap makes of each: calls go to the first, the second is the original. By
// assembler names, because C++ reserves these.
extern "C" {
void* WrappedMap(void*, size_t, int, int, int, off_t) __asm__("__wrap_mmap");
void* RealMap(void*, size_t, int, int, int, off_t) __asm__("__real_mmap");
int WrappedUnmap(void*, size_t) __asm__("__wrap_munmap");
int RealUnmap(void*, size_t) __asm__("__real_munmap");
void* WrappedAllocate(size_t, size_t) __asm__("__wrap_aligned_alloc");
void* RealAllocate(size_t, size_t) __asm__("__real_aligned_alloc");
void WrappedFree(void*) __asm__("__wrap_free");
void RealFree(void*) __asm__("__real_free");
void* WrappedNew(size_t, std::align_val_t,
                 const std::nothrow_t&) __asm__("__wrap__ZnwmSt11align_val_tRKSt9nothrow_t");
void* RealNew(size_t, std::align_val_t,
              const std::nothrow_t&) __asm__("__real__ZnwmSt11align_val_tRKSt9nothrow_t");
void WrappedDelete(void*, std::align_val_t) __asm__("__wrap__ZdlPvSt11align_val_t");
void RealDelete(void*, std::align_val_t) __asm__("__real__ZdlPvSt11align_val_t");
}

namespace kinesis::testing {
namespace {

constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

struct State {
  uint64_t refuse_at = kNever;
  SystemMemory::Refuse how = SystemMemory::Refuse::kOnce;
  SystemMemory counts;
  std::set<void*> outstanding;
};

// The state that the wrapped functions share; they have no other way to share it.
State& Now() {
  static State state;
  return state;
}

bool IsRefused(SystemMemory::Way way) {
  State& state = Now();
  const uint64_t number = state.counts.requests++;
  const bool refused = state.how == SystemMemory::Refuse::kOnce ? number == state.refuse_at
                                                                : number >= state.refuse_at;
  state.counts.refused[way] += refused ? 1 : 0;
  return refused;
}

void* Given(void* memory) {
  if (memory != nullptr && memory != MAP_FAILED) Now().outstanding.insert(memory);
  return memory;
}

void TakenBack(void* memory) { Now().outstanding.erase(memory); }

}  // namespace

void RefuseRequest(uint64_t number, SystemMemory::Refuse how) {
  State& state = Now();
  state.refuse_at = number;
  state.how = how;
  state.counts = {};
}

void RefuseNothing() { Now().refuse_at = kNever; }

SystemMemory SystemMemoryNow() {
  SystemMemory counts = Now().counts;
  counts.outstanding = Now().outstanding.size();
  return counts;
}

}  // namespace kinesis::testing

namespace t = kinesis::testing;

void* WrappedMap(void* at, size_t bytes, int protection, int flags, int file, off_t offset) {
  if (t::IsRefused(t::SystemMemory::kMap)) return MAP_FAILED;
  return t::Given(RealMap(at, bytes, protection, flags, file, offset));
}
int WrappedUnmap(void* memory, size_t bytes) {
  t::TakenBack(memory);
  return RealUnmap(memory, bytes);
}
void* WrappedAllocate(size_t alignment, size_t bytes) {
  if (t::IsRefused(t::SystemMemory::kAlignedAlloc)) return nullptr;
  return t::Given(RealAllocate(alignment, bytes));
}
void WrappedFree(void* memory) {
  t::TakenBack(memory);
  RealFree(memory);
}
void* WrappedNew(size_t bytes, std::align_val_t alignment, const std::nothrow_t& tag) {
  if (t::IsRefused(t::SystemMemory::kNew)) return nullptr;
  return t::Given(RealNew(bytes, alignment, tag));
}
void WrappedDelete(void* memory, std::align_val_t alignment) {
  t::TakenBack(memory);
  RealDelete(memory, alignment);
}
