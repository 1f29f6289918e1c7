// Memory that a program under test has mapped, seen as its disk sees it: as it is at this moment,
// also where the program has told AddressSanitizer that nothing is there to be read, and while its
// threads store there, which ThreadSanitizer would call a race.
#ifndef KINESIS_CORE_TESTING_INTERNAL_RAW_MEMORY_H_
#define KINESIS_CORE_TESTING_INTERNAL_RAW_MEMORY_H_

#include <cstddef>
#include <cstring>

#include "kinesis_core/testing/internal/sanitizers.h"

#if defined(KC_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace kinesis::testing {

#if defined(KC_ADDRESS_SANITIZER) || defined(KC_THREAD_SANITIZER)
// Byte by byte, since the functions of the library are watched, too; volatile, so that the compiler
// does not make calls of them.
__attribute__((no_sanitize("address", "thread"), noinline)) inline void CopyRaw(void* to,
                                                                                const void* from,
                                                                                size_t bytes) {
  auto* const target = static_cast<volatile unsigned char*>(to);
  const auto* const source = static_cast<const volatile unsigned char*>(from);
  for (size_t i = 0; i < bytes; ++i) target[i] = source[i];
}
__attribute__((no_sanitize("address", "thread"), noinline)) inline bool IsSameRaw(const void* a,
                                                                                  const void* b,
                                                                                  size_t bytes) {
  const auto* const one = static_cast<const volatile unsigned char*>(a);
  const auto* const other = static_cast<const volatile unsigned char*>(b);
  for (size_t i = 0; i < bytes; ++i) {
    if (one[i] != other[i]) return false;
  }
  return true;
}
#else
inline void CopyRaw(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }
inline bool IsSameRaw(const void* a, const void* b, size_t bytes) {
  return std::memcmp(a, b, bytes) == 0;
}
#endif

// Somebody has mapped it anew: what the one before said of it counts no more.
inline void ForgetPoison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#if defined(KC_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_RAW_MEMORY_H_
