// Which sanitizers a program is built with, and how much less a test that repeats itself does then.
//
//   KC_ADDRESS_SANITIZER, KC_THREAD_SANITIZER   1, or not defined
#ifndef KINESIS_CORE_TESTING_INTERNAL_SANITIZERS_H_
#define KINESIS_CORE_TESTING_INTERNAL_SANITIZERS_H_

#include <cstdint>

// g++ defines names of its own; clang, which has __has_feature, does not.
#if defined(__SANITIZE_ADDRESS__)
#define KC_ADDRESS_SANITIZER 1
#elif defined(__SANITIZE_THREAD__)
#define KC_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KC_ADDRESS_SANITIZER 1
#elif __has_feature(thread_sanitizer)
#define KC_THREAD_SANITIZER 1
#endif
#endif

namespace kinesis::testing {

#if defined(KC_ADDRESS_SANITIZER) || defined(KC_THREAD_SANITIZER)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

// A quarter of `count`, rounded up, of what a sanitizer makes several times slower; else all.
constexpr uint64_t FewerIfSanitized(uint64_t count) {
  return kIsSanitized ? (count + 3) / 4 : count;
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_SANITIZERS_H_
