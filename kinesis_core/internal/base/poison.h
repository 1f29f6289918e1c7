// Memory that nobody may look at for now, so that who does is found.
//
// Built with AddressSanitizer, a read or write of poisoned bytes stops the program with
// "use-after-poison", as those of freed memory do, though they belong to a block that is kept for
// reuse. Otherwise, in builds with assertions, whoever is done with bytes fills them with
// kScribble: what is read there is then plainly wrong, and the same in each run. With NDEBUG and no
// sanitizer all of this is nothing.
#ifndef KINESIS_CORE_INTERNAL_BASE_POISON_H_
#define KINESIS_CORE_INTERNAL_BASE_POISON_H_

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define KINESIS_CORE_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KINESIS_CORE_POISONS 1
#endif
#endif

#if defined(KINESIS_CORE_POISONS)
#include <sanitizer/asan_interface.h>
#endif

namespace kinesis::internal {

// Poisoning is by units of 8 bytes: of a poisoned block, the bytes from the beginning of a unit on
// can be given back, however few.
#if defined(KINESIS_CORE_POISONS)
inline constexpr bool kPoisons = true;
inline void Poison(const void* memory, size_t bytes) { __asan_poison_memory_region(memory, bytes); }
inline void Unpoison(const void* memory, size_t bytes) {
  __asan_unpoison_memory_region(memory, bytes);
}
#else
inline constexpr bool kPoisons = false;
inline void Poison(const void* /*memory*/, size_t /*bytes*/) {}
inline void Unpoison(const void* /*memory*/, size_t /*bytes*/) {}
#endif

#if defined(NDEBUG)
inline constexpr bool kScribbles = false;
#else
inline constexpr bool kScribbles = !kPoisons;
#endif

// The value of bytes that nobody may look at. No text, no small number, no address.
inline constexpr std::byte kScribble{0xdb};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_POISON_H_
