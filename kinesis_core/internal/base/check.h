// Assertions about this library's own code. Never used for what a caller passes in.
//
// A check holds in a correct build whatever the user does. It is made unless NDEBUG is defined, and
// costs nothing then: no operand is evaluated. A check that fails says what it compared, and
// aborts:
//
//     segment_pool.h:207: check failed: state.pins() > 0U (0 and 0)
//
// KC_DCHECK_EQ and its like print both operands: numbers, enumerators and pointers, and what has
// bits() or value(). KC_DCHECK is for a condition that has no two sides.
#ifndef KINESIS_CORE_INTERNAL_BASE_CHECK_H_
#define KINESIS_CORE_INTERNAL_BASE_CHECK_H_

#include <cstdint>
#include <type_traits>

namespace kinesis::internal {

// True where checks are made: for code that only they need.
#ifdef NDEBUG
inline constexpr bool kChecked = false;
#else
inline constexpr bool kChecked = true;
#endif

// An operand of a check that failed.
struct CheckValue {
  enum class Kind { kSigned, kUnsigned, kBool, kBits };

  template <class T>
  static CheckValue Of(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return {Kind::kBool, static_cast<uint64_t>(value)};
    } else if constexpr (std::is_integral_v<T>) {
      return {std::is_signed_v<T> ? Kind::kSigned : Kind::kUnsigned, static_cast<uint64_t>(value)};
    } else if constexpr (std::is_enum_v<T>) {
      return Of(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_null_pointer_v<T>) {
      return {Kind::kBits, 0};
    } else if constexpr (std::is_pointer_v<T>) {
      return {Kind::kBits, reinterpret_cast<uintptr_t>(value)};
    } else if constexpr (requires { value.bits(); }) {
      return {Kind::kBits, value.bits()};
    } else {
      return Of(value.value());
    }
  }

  Kind kind;
  uint64_t bits;
};

// Print and abort. Out of line and cold, so that a check is a comparison and a jump.
[[noreturn, gnu::cold]] void CheckFailed(const char* file, int line, const char* expression);
[[noreturn, gnu::cold]] void CheckFailed(const char* file, int line, const char* expression,
                                         CheckValue left, CheckValue right);

}  // namespace kinesis::internal

#define KC_DCHECK(condition)                                              \
  do {                                                                    \
    if constexpr (::kinesis::internal::kChecked) {                        \
      if (!(condition)) [[unlikely]] {                                    \
        ::kinesis::internal::CheckFailed(__FILE__, __LINE__, #condition); \
      }                                                                   \
    }                                                                     \
  } while (false)

#define KC_DCHECK_EQ(left, right) KC_INTERNAL_DCHECK(#left " == " #right, left, ==, right)
#define KC_DCHECK_NE(left, right) KC_INTERNAL_DCHECK(#left " != " #right, left, !=, right)
#define KC_DCHECK_LT(left, right) KC_INTERNAL_DCHECK(#left " < " #right, left, <, right)
#define KC_DCHECK_LE(left, right) KC_INTERNAL_DCHECK(#left " <= " #right, left, <=, right)
#define KC_DCHECK_GT(left, right) KC_INTERNAL_DCHECK(#left " > " #right, left, >, right)
#define KC_DCHECK_GE(left, right) KC_INTERNAL_DCHECK(#left " >= " #right, left, >=, right)

#define KC_INTERNAL_DCHECK(text, left, op, right)                                        \
  do {                                                                                   \
    if constexpr (::kinesis::internal::kChecked) {                                       \
      const auto kc_left = (left);                                                       \
      const auto kc_right = (right);                                                     \
      if (!(kc_left op kc_right)) [[unlikely]] {                                         \
        ::kinesis::internal::CheckFailed(__FILE__, __LINE__, text,                       \
                                         ::kinesis::internal::CheckValue::Of(kc_left),   \
                                         ::kinesis::internal::CheckValue::Of(kc_right)); \
      }                                                                                  \
    }                                                                                    \
  } while (false)

#endif  // KINESIS_CORE_INTERNAL_BASE_CHECK_H_
