// The seam through which the lock-free code gets its atomics.
//
// Every template in this folder that touches shared memory takes an `Atomics` policy. The library
// is built with StdAtomics, which is std::atomic and nothing else. The tests build the very same
// templates with a policy whose operations are the steps of a seeded scheduler, so what is explored
// is the shipped code and not a model of it.
#ifndef KINESIS_CORE_INTERNAL_ATOMICS_H_
#define KINESIS_CORE_INTERNAL_ATOMICS_H_

#include <atomic>
#include <cstddef>
#include <cstring>

namespace kinesis::internal {

// What the fields that different threads write are kept apart by. 64 bytes is the line of every
// x86-64 and of most AArch64 cores; pairs of lines that are fetched together cost a little, never
// correctness.
inline constexpr size_t kCacheLineBytes = 64;

// A policy is a type with an `Atomic<T>` that has std::atomic's load, store, exchange, fetch_* and
// compare_exchange_*, all with explicit memory orders, and with a memcpy for record bytes: plain
// memory that one thread writes and the atomics hand to others.
struct StdAtomics {
  template <class T>
  using Atomic = std::atomic<T>;

  static void CopyBytes(void* to, const void* from, std::size_t bytes) {
    std::memcpy(to, from, bytes);
  }
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_ATOMICS_H_
