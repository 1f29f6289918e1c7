#include "kinesis_core/internal/base/uint_math.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cassert>
#include <cstring>

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

// Divides the number of `limbs` limbs by kChunkBase in place, and returns the remainder. By machine
// words, since a library's division of 256 bits takes four times the instructions, and every record
// that leaves as text has such a number.
uint64_t DivideByChunkBase(uint64_t* number, size_t limbs) {
  using Word = unsigned __int128;
  uint64_t remainder = 0;
  for (size_t i = limbs; i-- > 0;) {
    const Word dividend = Word{remainder} << 64 | number[i];
    number[i] = static_cast<uint64_t>(dividend / kChunkBase);
    remainder = static_cast<uint64_t>(dividend % kChunkBase);
  }
  return remainder;
}

// Puts the two digits of a number below 100 before `end`, and returns where they begin.
char* PutTwoDigits(uint64_t number, char* end) {
  static constexpr auto kPairs = [] {
    std::array<char, 200> pairs{};
    for (size_t i = 0; i < 100; ++i) {
      pairs[2 * i] = static_cast<char>('0' + i / 10);
      pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
  }();
  std::memcpy(end - 2, &kPairs[2 * number], 2);
  return end - 2;
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
char* WriteDecimal(const Limbs<N>& value, char* out) {
  Limbs<N> rest = value;
  size_t limbs = N;
  // From the last digit to the first.
  char digits[kUsefulDigits];
  char* const end = digits + sizeof digits;
  char* at = end;
  for (;;) {
    while (limbs > 0 && rest[limbs - 1] == 0) --limbs;
    if (limbs <= 1 && rest[0] < kChunkBase) break;
    // Every chunk but the topmost is padded with zeros to its full width.
    uint64_t chunk = DivideByChunkBase(rest.data(), limbs);
    for (char* const chunk_begin = at - kChunkDigits; at != chunk_begin; chunk /= 100) {
      at = PutTwoDigits(chunk % 100, at);
    }
  }
  uint64_t chunk = rest[0];
  for (; chunk >= 10; chunk /= 100) at = PutTwoDigits(chunk % 100, at);
  if (chunk > 0 || at == end) *--at = static_cast<char>('0' + chunk);
  return std::copy(at, end, out);
}

template <size_t N>
std::string ToDecimal(const Limbs<N>& value) {
  char digits[kMaxDecimalDigits<N>];
  return {digits, WriteDecimal(value, digits)};
}

Uint128 DividePowerOf128(uint64_t divisor) {
  assert(divisor >= 2);
  return ToLimbs<2>((Wide(1) << 128) / divisor);
}

template DecimalParse ParseDecimal<2>(std::string_view, size_t, Uint128*);
template DecimalParse ParseDecimal<3>(std::string_view, size_t, Uint192*);
template char* WriteDecimal<2>(const Uint128&, char*);
template char* WriteDecimal<3>(const Uint192&, char*);
template std::string ToDecimal<2>(const Uint128&);
template std::string ToDecimal<3>(const Uint192&);

}  // namespace kinesis::internal
