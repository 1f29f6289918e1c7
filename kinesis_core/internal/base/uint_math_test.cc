// The oracle here is schoolbook arithmetic on decimal digits, which shares nothing with the code
// under test: it doubles a decimal text once for each bit.

#include "kinesis_core/internal/base/uint_math.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace kinesis::internal {
namespace {

constexpr uint64_t kSeed = 20190326;
constexpr uint64_t kOnes = ~uint64_t{0};
constexpr size_t kAnyLength = 200;

constexpr std::string_view kMax128 = "340282366920938463463374607431768211455";
constexpr std::string_view kMax192 = "6277101735386680763835789423207666416102355444464034512895";

// 2 * `decimal` + `carry`, digit by digit.
std::string DoubleAndAdd(std::string decimal, int carry) {
  for (size_t i = decimal.size(); i-- > 0;) {
    const int sum = 2 * (decimal[i] - '0') + carry;
    decimal[i] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  return carry == 0 ? decimal : "1" + decimal;
}

template <size_t N>
std::string SchoolbookDecimal(const Limbs<N>& value) {
  std::string decimal = "0";
  for (size_t bit = 64 * N; bit-- > 0;) {
    decimal = DoubleAndAdd(decimal, static_cast<int>(value[bit / 64] >> (bit % 64) & 1));
  }
  return decimal;
}

// A number of a random length in bits, so that short ones come up as often as long ones.
template <size_t N>
Limbs<N> RandomLimbs(std::mt19937_64& random) {
  Limbs<N> value = {};
  const size_t bits = random() % (64 * N + 1);
  for (size_t bit = 0; bit < bits; ++bit) value[bit / 64] |= (random() & 1) << (bit % 64);
  return value;
}

TEST(UintMathTest, TheSmallestAndTheLargestNumbersPrintInDecimal) {
  EXPECT_EQ(ToDecimal<2>({0, 0}), "0");
  EXPECT_EQ(ToDecimal<2>({9, 0}), "9");
  EXPECT_EQ(ToDecimal<2>({10, 0}), "10");
  EXPECT_EQ(ToDecimal<2>({0, 1}), "18446744073709551616");
  EXPECT_EQ(ToDecimal<2>({kOnes, kOnes}), kMax128);
  EXPECT_EQ(ToDecimal<3>({0, 0, 0}), "0");
  EXPECT_EQ(ToDecimal<3>({0, 0, 1}), "340282366920938463463374607431768211456");
  EXPECT_EQ(ToDecimal<3>({kOnes, kOnes, kOnes}), kMax192);
}

TEST(UintMathTest, EveryPowerOfTenAndItsNeighboursRoundTrip) {
  for (size_t zeros = 0; zeros < 58; ++zeros) {
    const std::string power = "1" + std::string(zeros, '0');
    for (const std::string& text : {power, "1" + power.substr(1) + "1", std::string(zeros, '9')}) {
      Uint192 value;
      if (text.empty() || text.size() > 58) continue;
      if (text.size() == 58 && text > kMax192) continue;
      ASSERT_EQ(ParseDecimal(text, kAnyLength, &value), DecimalParse::kOk) << text;
      EXPECT_EQ(ToDecimal<3>(value), text);
    }
  }
}

TEST(UintMathTest, RandomNumbersPrintAndParseAsSchoolbookArithmeticSays) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 5'000; ++i) {
    const Uint128 narrow = RandomLimbs<2>(random);
    const Uint192 wide = RandomLimbs<3>(random);
    ASSERT_EQ(ToDecimal<2>(narrow), SchoolbookDecimal<2>(narrow));
    ASSERT_EQ(ToDecimal<3>(wide), SchoolbookDecimal<3>(wide));
    Uint128 narrow_parsed;
    Uint192 wide_parsed;
    ASSERT_EQ(ParseDecimal(ToDecimal<2>(narrow), kAnyLength, &narrow_parsed), DecimalParse::kOk);
    ASSERT_EQ(ParseDecimal(ToDecimal<3>(wide), kAnyLength, &wide_parsed), DecimalParse::kOk);
    ASSERT_EQ(narrow_parsed, narrow);
    ASSERT_EQ(wide_parsed, wide);
  }
}

TEST(UintMathTest, ANumberOneAboveTheLargestIsTooLargeAndLeavesTheOutputAlone) {
  Uint128 narrow = {1, 2};
  EXPECT_EQ(ParseDecimal("340282366920938463463374607431768211456", kAnyLength, &narrow),
            DecimalParse::kTooLarge);
  EXPECT_EQ(narrow, (Uint128{1, 2}));
  Uint192 wide = {1, 2, 3};
  EXPECT_EQ(
      ParseDecimal("6277101735386680763835789423207666416102355444464034512896", kAnyLength, &wide),
      DecimalParse::kTooLarge);
  EXPECT_EQ(wide, (Uint192{1, 2, 3}));
}

TEST(UintMathTest, ANumberOfAnyGreaterLengthIsTooLarge) {
  for (size_t digits = 59; digits <= kAnyLength; ++digits) {
    Uint192 value = {};
    EXPECT_EQ(ParseDecimal(std::string(digits, '9'), kAnyLength, &value), DecimalParse::kTooLarge);
    EXPECT_EQ(ParseDecimal("1" + std::string(digits - 1, '0'), kAnyLength, &value),
              DecimalParse::kTooLarge);
  }
}

TEST(UintMathTest, MoreDigitsThanAllowedAreMalformed) {
  Uint128 value = {};
  EXPECT_EQ(ParseDecimal("123", 3, &value), DecimalParse::kOk);
  EXPECT_EQ(ParseDecimal("1234", 3, &value), DecimalParse::kMalformed);
}

TEST(UintMathTest, EverySingleCharacterButADigitIsMalformedWhereverItStands) {
  for (int c = 0; c < 256; ++c) {
    if (c >= '0' && c <= '9') continue;
    for (size_t at = 0; at <= 3; ++at) {
      std::string text = "123";
      text.insert(at, 1, static_cast<char>(c));
      Uint128 value = {};
      EXPECT_EQ(ParseDecimal(text, kAnyLength, &value), DecimalParse::kMalformed)
          << "character " << c << " at " << at;
    }
  }
}

TEST(UintMathTest, EmptyTextAndLeadingZerosAreMalformed) {
  Uint128 value = {};
  EXPECT_EQ(ParseDecimal("", kAnyLength, &value), DecimalParse::kMalformed);
  EXPECT_EQ(ParseDecimal("00", kAnyLength, &value), DecimalParse::kMalformed);
  EXPECT_EQ(ParseDecimal("01", kAnyLength, &value), DecimalParse::kMalformed);
  EXPECT_EQ(ParseDecimal("0", kAnyLength, &value), DecimalParse::kOk);
}

TEST(UintMathTest, AdditionAndSubtractionCarryBetweenTheLimbsAndWrapAtTheTop) {
  EXPECT_EQ(Add({kOnes, 0}, {1, 0}), (Uint128{0, 1}));
  EXPECT_EQ(Subtract({0, 1}, {1, 0}), (Uint128{kOnes, 0}));
  EXPECT_EQ(Add({kOnes, kOnes}, {1, 0}), (Uint128{0, 0}));
  EXPECT_EQ(Subtract({0, 0}, {1, 0}), (Uint128{kOnes, kOnes}));
}

TEST(UintMathTest, SubtractionUndoesAddition) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    const Uint128 a = RandomLimbs<2>(random);
    const Uint128 b = RandomLimbs<2>(random);
    ASSERT_EQ(Subtract(Add(a, b), b), a);
    ASSERT_EQ(Add(a, b), Add(b, a));
  }
}

TEST(UintMathTest, TheQuotientOfTwoToThe128IsExact) {
  EXPECT_EQ(DividePowerOf128(2), (Uint128{0, uint64_t{1} << 63}));
  EXPECT_EQ(DividePowerOf128(3), (Uint128{0x5555555555555555, 0x5555555555555555}));
  EXPECT_EQ(ToDecimal<2>(DividePowerOf128(10)), "34028236692093846346337460743176821145");
  EXPECT_EQ(DividePowerOf128(kOnes), (Uint128{1, 1}));  // (2^64-1)(2^64+1) = 2^128 - 1.
}

}  // namespace
}  // namespace kinesis::internal
