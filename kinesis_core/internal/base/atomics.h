// The seam through which the lock-free code gets its atomics.
//
// Every template in this folder that touches shared memory takes an `Atomics` policy. The library
// is built with StdAtomics, which is std::atomic and nothing else. The tests build the very same
// templates with a policy whose operations are the steps of a seeded scheduler, so what is explored
// is the shipped code and not a model of it.
#ifndef KINESIS_CORE_INTERNAL_BASE_ATOMICS_H_
#define KINESIS_CORE_INTERNAL_BASE_ATOMICS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <thread>

namespace kinesis::internal {

// The distance in bytes at which fields are kept apart that different threads write. 64 bytes is
// the line of every x86-64 and of most AArch64 cores; pairs of lines that are fetched together cost
// a little, never correctness.
inline constexpr size_t kCacheLineBytes = 64;

// A policy is a type with an `Atomic<T>` that has std::atomic's load, store, exchange, fetch_* and
// compare_exchange_*, all with explicit memory orders, and with a memcpy (of 0 bytes also from
// null) for record bytes: plain memory that one thread writes and the atomics hand to others. It is
// told of memory that comes from the system, because what the last owner did there is over, and may
// refuse it, which counts as the system having none; and of memory that goes back. WaitABit is for
// the few loops that wait for another thread: it is the wait number `round`, from 0 to kWaitsMax -
// 1. Peek is for checks alone: the value of a word that nobody else changes at the time, without
// an order, and without a step of a schedule.
struct StdAtomics {
  template <class T>
  using Atomic = std::atomic<T>;

  template <class T>
  static T Peek(const std::atomic<T>& word) {
    return word.load(std::memory_order_relaxed);  // whatever it is: see above
  }

  // Up to 128 bytes, as most partition keys and many records have, without a call: copies that
  // overlap. A call costs a put about 20 instructions, most of them for what is in registers.
  static void CopyBytes(void* to, const void* from, std::size_t bytes) {
    if (bytes >= 16) {
      if (bytes <= 32) return CopyEnds<16>(to, from, bytes);
      if (bytes <= 64) return CopyEnds<32>(to, from, bytes);
      if (bytes <= 128) return CopyEnds<64>(to, from, bytes);
    } else if (bytes >= 8) {
      return CopyEnds<8>(to, from, bytes);
    }
    if (bytes > 0) std::memcpy(to, from, bytes);
  }

  static bool TakeFromSystem(void* /*memory*/, std::size_t /*bytes*/) { return true; }
  static void GiveToSystem(void* /*memory*/, std::size_t /*bytes*/) {}

  // Some ten milliseconds in all.
  static constexpr int kWaitsMax = 256;
  static void WaitABit(int round) {
    constexpr int kYields = 64;
    if (round < kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

 private:
  // The first N bytes and the last N, which may overlap.
  template <std::size_t N>
  static void CopyEnds(void* to, const void* from, std::size_t bytes) {
    CopyWhole<N>(static_cast<char*>(to), static_cast<const char*>(from));
    CopyWhole<N>(static_cast<char*>(to) + bytes - N, static_cast<const char*>(from) + bytes - N);
  }
  // In steps that fit a register.
  template <std::size_t N>
  static void CopyWhole(char* to, const char* from) {
    if constexpr (N > 16) {
      CopyWhole<16>(to, from);
      CopyWhole<N - 16>(to + 16, from + 16);
    } else {
      std::memcpy(to, from, N);
    }
  }
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_ATOMICS_H_
