#include "kinesis_core/internal/base/uint_math.h"

#include <algorithm>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cassert>
#include <cstring>

namespace kinesis::internal {
namespace {

using Wide = boost::multiprecision::uint256_t;

// What a machine word holds of a number that is written is the largest power of ten below 2^64. Its
// top bit is set, as DivideWords() needs it.
constexpr size_t kChunkDigits = 19;
constexpr uint64_t kChunkBase = 10'000'000'000'000'000'000u;  // 10^kChunkDigits
// What is read is multiplied up in chunks that fit a word together with their base.
constexpr size_t kReadDigits = 18;
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

// Divides the number whose words are `high` and `*low` by kChunkBase: *low becomes the quotient,
// and the remainder is returned. Requires: high < kChunkBase, so that the quotient fits.
//
// By a multiplication with the reciprocal, as in Moeller and Granlund, "Improved division by
// invariant integers", algorithm 4: neither a library's division of 256 bits nor the compiler's of
// 128, of several times the instructions, for every record that leaves as text has such a number.
inline uint64_t DivideWords(uint64_t high, uint64_t* low) {
  using Word = unsigned __int128;
  constexpr auto kReciprocal =
      static_cast<uint64_t>(~Word{0} / kChunkBase - (Word{1} << 64));  // floor((2^128-1) / base)
  const Word estimate = Word{kReciprocal} * high + (Word{high} << 64 | *low);
  auto quotient = static_cast<uint64_t>(estimate >> 64) + 1;
  uint64_t remainder = *low - quotient * kChunkBase;
  if (remainder > static_cast<uint64_t>(estimate)) {
    --quotient;
    remainder += kChunkBase;
  }
  if (remainder >= kChunkBase) [[unlikely]] {
    ++quotient;
    remainder -= kChunkBase;
  }
  *low = quotient;
  return remainder;
}

// Divides the number of the lowest kLimbs limbs by kChunkBase in place, and returns the remainder.
template <size_t kLimbs, size_t N>
inline uint64_t DivideByChunkBase(Limbs<N>& number) {
  // The top limb is less than twice the base, so it needs no division.
  uint64_t remainder = number[kLimbs - 1];
  number[kLimbs - 1] = 0;
  if (remainder >= kChunkBase) [[unlikely]] {
    remainder -= kChunkBase;
    number[kLimbs - 1] = 1;
  }
  for (size_t i = kLimbs - 1; i-- > 0;) remainder = DivideWords(remainder, &number[i]);
  return remainder;
}

// The eight digits of a number below 10^8, as characters, the first one in the highest byte. The
// number is split in halves three times, all parts of the word at once: to add quotient * (2^k -
// divisor) puts the quotient k bits above the remainder. Divisions by 100 and 10 are
// multiplications that are exact for what can stand there.
constexpr uint64_t EightDigits(uint64_t number) {
  const uint64_t fours = number + number / 10'000 * ((uint64_t{1} << 32) - 10'000);
  const uint64_t hundreds = fours * 10'486 >> 20 & 0x0000'007f'0000'007f;
  const uint64_t twos = fours + hundreds * ((1 << 16) - 100);
  const uint64_t tens = twos * 103 >> 10 & 0x000f'000f'000f'000f;
  return twos + tens * ((1 << 8) - 10) + 0x3030'3030'3030'3030;
}

constexpr bool HalvesAreExact() {
  for (uint64_t n = 0; n < 10'000; ++n) {
    if (n * 10'486 >> 20 != n / 100) return false;
  }
  for (uint64_t n = 0; n < 100; ++n) {
    if (n * 103 >> 10 != n / 10) return false;
  }
  return true;
}
static_assert(HalvesAreExact());

inline char* PutEightDigits(uint64_t number, char* out) {
  uint64_t digits = EightDigits(number);
  if constexpr (std::endian::native == std::endian::little) digits = __builtin_bswap64(digits);
  std::memcpy(out, &digits, sizeof digits);
  return out + sizeof digits;
}

// The parts of a chunk: a digit, two, and twice eight.
struct ChunkParts {
  explicit ChunkParts(uint64_t chunk) {
    constexpr uint64_t kEight = 100'000'000;  // 10^8
    const uint64_t upper = chunk / kEight;
    const auto first_three = static_cast<uint32_t>(upper / kEight);
    first = first_three / 100;
    pair = first_three - first * 100;
    upper_eight = upper - first_three * kEight;
    lower_eight = chunk - upper * kEight;
  }
  uint32_t first;
  uint32_t pair;
  uint64_t upper_eight;
  uint64_t lower_eight;
};

// Writes all of a chunk but its first digit.
inline char* PutLastDigits(const ChunkParts& parts, char* out) {
  const uint32_t tens = parts.pair / 10;
  out[0] = static_cast<char>('0' + tens);
  out[1] = static_cast<char>('0' + (parts.pair - tens * 10));
  return PutEightDigits(parts.lower_eight, PutEightDigits(parts.upper_eight, out + 2));
}

// Writes a chunk with its leading zeros.
inline char* PutChunk(uint64_t chunk, char* out) {
  const ChunkParts parts(chunk);
  *out = static_cast<char>('0' + parts.first);
  return PutLastDigits(parts, out + 1);
}

// Writes a chunk without leading zeros; of 0 that is "0".
char* PutTopChunk(uint64_t chunk, char* out) {
  const ChunkParts parts(chunk);
  if (parts.first == 0 && parts.pair >= 10) [[likely]] {  // as in every sequence number
    return PutLastDigits(parts, out);
  }
  char padded[kChunkDigits];
  char* const end = PutChunk(chunk, padded);
  char* const begin = std::find_if(padded, end - 1, [](char c) { return c != '0'; });
  return std::copy(begin, end, out);
}

// Writes the number of the lowest kLimbs limbs, and leaves nothing of it.
template <size_t kLimbs, size_t N>
char* WriteLimbs(Limbs<N>& number, char* out) {
  if constexpr (kLimbs > 1) {
    if (number[kLimbs - 1] == 0) return WriteLimbs<kLimbs - 1>(number, out);
  } else {
    if (number[0] < kChunkBase) return PutTopChunk(number[0], out);
  }
  const uint64_t chunk = DivideByChunkBase<kLimbs>(number);
  return PutChunk(chunk, WriteLimbs<kLimbs>(number, out));
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
    const std::string_view head = digits.substr(0, kReadDigits);
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
  return WriteLimbs<N>(rest, out);
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
