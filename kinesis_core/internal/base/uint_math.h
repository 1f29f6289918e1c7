// Arithmetic on the engine's wide unsigned numbers. Its .cc is the only file that includes
// Boost.Multiprecision, because that header costs seconds to compile.

#ifndef KINESIS_CORE_INTERNAL_BASE_UINT_MATH_H_
#define KINESIS_CORE_INTERNAL_BASE_UINT_MATH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kinesis::internal {

// An unsigned number of 64 * N bits, least significant limb first.
template <size_t N>
using Limbs = std::array<uint64_t, N>;
using Uint128 = Limbs<2>;
using Uint192 = Limbs<3>;

enum class DecimalParse {
  kOk,
  kMalformed,  // Not `0|[1-9]\d*`, or more digits than allowed.
  kTooLarge,   // A decimal number, but it does not fit the limbs.
};

// Reads a decimal number of 1 to `digits_max` digits, without sign, space or leading zero, into
// `*value`, which is left unchanged unless the result is kOk. Defined for N = 2 and N = 3.
// Cost: O(digits) for numbers that fit; longer ones cost a look at each character.
template <size_t N>
DecimalParse ParseDecimal(std::string_view text, size_t digits_max, Limbs<N>* value);

// The number of decimal digits of the largest number of N limbs, for N = 2 and N = 3.
template <size_t N>
inline constexpr size_t kMaxDecimalDigits = N == 2 ? 39 : 58;

// Writes the number as decimal text without leading zeros, at most kMaxDecimalDigits<N> characters
// and no null, to `out`. Returns the end of what was written. Defined for N = 2 and N = 3.
template <size_t N>
char* WriteDecimal(const Limbs<N>& value, char* out);

// The same as a string.
template <size_t N>
std::string ToDecimal(const Limbs<N>& value);

// floor(2^128 / divisor). Requires: divisor >= 2, so that the quotient fits.
Uint128 DividePowerOf128(uint64_t divisor);

// The sum and the difference modulo 2^128.
constexpr Uint128 Add(const Uint128& a, const Uint128& b) {
  const uint64_t low = a[0] + b[0];
  return {low, a[1] + b[1] + (low < a[0] ? 1 : 0)};
}
constexpr Uint128 Subtract(const Uint128& a, const Uint128& b) {
  return {a[0] - b[0], a[1] - b[1] - (a[0] < b[0] ? 1 : 0)};
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_UINT_MATH_H_
