#include "kinesis_core/internal/base/uint_math.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cassert>

namespace kinesis::internal {
namespace {

using Wide = boost::multiprecision::uint256_t;

constexpr size_t kChunkDigits = 18;
constexpr uint64_t kChunkBase = 1'000'000'000'000'000'000;  // 10^kChunkDigits, fits 64 bits.
// A number with more digits exceeds 192 bits; one with no more fits `Wide` with room to spare.
constexpr size_t kUsefulDigits = 58;

template <size_t N>
Wide ToWide(const Limbs<N>& value) {
  Wide wide = 0;
  for (size_t i = N; i-- > 0;) {
    wide <<= 64;
    wide |= value[i];
  }
  return wide;
}

template <size_t N>
Limbs<N> ToLimbs(Wide wide) {
  Limbs<N> value;
  for (uint64_t& limb : value) {
    limb = static_cast<uint64_t>(wide & ~uint64_t{0});
    wide >>= 64;
  }
  assert(wide == 0);
  return value;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsStrictDecimal(std::string_view text, size_t digits_max) {
  if (text.empty() || text.size() > digits_max) return false;
  if (text[0] == '0' && text.size() > 1) return false;
  return std::all_of(text.begin(), text.end(), IsDigit);
}

// The value of up to kUsefulDigits digits, taken in chunks that fit a machine word.
Wide DigitsToWide(std::string_view digits) {
  Wide wide = 0;
  while (!digits.empty()) {
    const std::string_view head = digits.substr(0, kChunkDigits);
    uint64_t chunk = 0;
    uint64_t base = 1;
    for (const char c : head) {
      chunk = chunk * 10 + static_cast<uint64_t>(c - '0');
      base *= 10;
    }
    wide = wide * base + chunk;
    digits.remove_prefix(head.size());
  }
  return wide;
}

}  // namespace

template <size_t N>
DecimalParse ParseDecimal(std::string_view text, size_t digits_max, Limbs<N>* value) {
  if (!IsStrictDecimal(text, digits_max)) return DecimalParse::kMalformed;
  if (text.size() > kUsefulDigits) return DecimalParse::kTooLarge;
  const Wide wide = DigitsToWide(text);
  if ((wide >> (64 * N)) != 0) return DecimalParse::kTooLarge;
  *value = ToLimbs<N>(wide);
  return DecimalParse::kOk;
}

template <size_t N>
std::string ToDecimal(const Limbs<N>& value) {
  // From the last digit to the first.
  char digits[kUsefulDigits];
  char* const end = digits + sizeof digits;
  char* at = end;
  Wide rest = ToWide<N>(value);
  do {
    Wide quotient;
    Wide remainder;
    divide_qr(rest, Wide(kChunkBase), quotient, remainder);
    rest = quotient;
    // Every chunk but the topmost is padded with zeros to its full width.
    auto chunk = static_cast<uint64_t>(remainder);
    const char* const chunk_end = at;
    const auto width = [&] { return static_cast<size_t>(chunk_end - at); };
    while (rest != 0 ? width() < kChunkDigits : (chunk != 0 || at == end)) {
      *--at = static_cast<char>('0' + chunk % 10);
      chunk /= 10;
    }
  } while (rest != 0);
  return {at, end};
}

Uint128 DividePowerOf128(uint64_t divisor) {
  assert(divisor >= 2);
  return ToLimbs<2>((Wide(1) << 128) / divisor);
}

template DecimalParse ParseDecimal<2>(std::string_view, size_t, Uint128*);
template DecimalParse ParseDecimal<3>(std::string_view, size_t, Uint192*);
template std::string ToDecimal<2>(const Uint128&);
template std::string ToDecimal<3>(const Uint192&);

}  // namespace kinesis::internal
