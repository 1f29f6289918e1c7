#include "kinesis_core/hash_key.h"

#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace kinesis {
namespace {

constexpr uint64_t kSeed = 340282366;
constexpr uint64_t kOnes = ~uint64_t{0};
constexpr std::string_view kMaxText = "340282366920938463463374607431768211455";
constexpr std::string_view kTwoToThe128 = "340282366920938463463374607431768211456";

static_assert(std::is_trivially_copyable_v<HashKey>);
static_assert(!std::is_convertible_v<uint64_t, HashKey>, "a hash key is never made by accident");
static_assert(HashKey() == HashKey::Min());
static_assert(HashKey::Max().Prev().Next() == HashKey::Max());

// Compares `text` as a stranger might send it with what Parse() makes of it.
absl::StatusCode ParseCode(std::string_view text) { return HashKey::Parse(text).status().code(); }

TEST(HashKeyTest, BothEndsOfTheSpaceParseAndPrint) {
  EXPECT_EQ(*HashKey::Parse("0"), HashKey::Min());
  EXPECT_EQ(*HashKey::Parse(kMaxText), HashKey::Max());
  EXPECT_EQ(HashKey::Min().ToString(), "0");
  EXPECT_EQ(HashKey::Max().ToString(), kMaxText);
}

TEST(HashKeyTest, TheMiddleOfTheSpaceIsTheTopBit) {
  const HashKey middle = HashKey::FromHalves(uint64_t{1} << 63, 0);
  EXPECT_EQ(middle.ToString(), "170141183460469231731687303715884105728");
  EXPECT_EQ(*HashKey::Parse("170141183460469231731687303715884105728"), middle);
}

TEST(HashKeyTest, TextThatIsNoDecimalNumberIsMalformed) {
  for (const std::string_view text :
       {"",    " ",   "00",       "007",          "+1",         "-1",  "-0",
        " 1",  "1 ",  "1\n",      "1,000",        "1.0",        "1e3", "0x1f",
        "abc", "1_0", "\xd9\xa3", "\xef\xbc\x91", "12\xc3\xa9", "--",  "NaN"}) {
    EXPECT_EQ(ParseCode(text), absl::StatusCode::kInvalidArgument) << '"' << text << '"';
  }
  EXPECT_EQ(ParseCode(std::string_view("1\0", 2)), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseCode(std::string_view("\0", 1)), absl::StatusCode::kInvalidArgument);
}

TEST(HashKeyTest, ANumberOf39DigitsAboveTheSpaceIsOutOfRange) {
  EXPECT_EQ(ParseCode(kTwoToThe128), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ParseCode(std::string(39, '9')), absl::StatusCode::kOutOfRange);
}

TEST(HashKeyTest, ANumberOf40DigitsOrMoreIsMalformedByTheServicesPattern) {
  const std::string ten_to_the_39 = "1" + std::string(39, '0');
  EXPECT_EQ(ParseCode(ten_to_the_39), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseCode(std::string(1'000'000, '1')), absl::StatusCode::kInvalidArgument);
}

TEST(HashKeyTest, AParseErrorNamesTheFieldTheTextAndTheLimit) {
  EXPECT_EQ(HashKey::Parse("007").status().message(),
            "hash key \"007\" must be a decimal number of 1 to 39 digits without sign or leading "
            "zero");
  EXPECT_EQ(HashKey::Parse(kTwoToThe128).status().message(),
            "hash key \"340282366920938463463374607431768211456\" must be in the range "
            "[0, 2^128-1]");
}

TEST(HashKeyTest, RandomKeysRoundTripThroughText) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    const HashKey key = HashKey::FromHalves(random() >> (random() % 64), random());
    const absl::StatusOr<HashKey> parsed = HashKey::Parse(key.ToString());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    ASSERT_EQ(*parsed, key);
  }
}

TEST(HashKeyTest, KeysOrderAsTheNumbersTheyAre) {
  const HashKey ascending[] = {HashKey::Min(),
                               HashKey::FromHalves(0, 1),
                               HashKey::FromHalves(0, kOnes),
                               HashKey::FromHalves(1, 0),
                               HashKey::FromHalves(1, kOnes),
                               HashKey::FromHalves(uint64_t{1} << 63, 0),
                               HashKey::FromHalves(kOnes, 0),
                               HashKey::Max()};
  for (const HashKey& a : ascending) {
    for (const HashKey& b : ascending) {
      EXPECT_EQ(a < b, &a < &b) << a << " and " << b;
      EXPECT_EQ(a == b, &a == &b) << a << " and " << b;
    }
  }
}

TEST(HashKeyTest, NextAndPrevCarryFromOneHalfToTheOther) {
  EXPECT_EQ(HashKey::FromHalves(4, kOnes).Next(), HashKey::FromHalves(5, 0));
  EXPECT_EQ(HashKey::FromHalves(5, 0).Prev(), HashKey::FromHalves(4, kOnes));
  EXPECT_EQ(HashKey::FromHalves(4, 7).Next(), HashKey::FromHalves(4, 8));
  EXPECT_EQ(HashKey::FromHalves(4, 7).Prev(), HashKey::FromHalves(4, 6));
}

TEST(HashKeyTest, StreamingWritesTheDecimalText) {
  std::ostringstream out;
  out << HashKey::FromHalves(0, 42);
  EXPECT_EQ(out.str(), "42");
}

#ifndef NDEBUG
TEST(HashKeyDeathTest, SteppingOffTheSpaceAsserts) {
  EXPECT_DEATH((void)HashKey::Max().Next(), "Max");
  EXPECT_DEATH((void)HashKey::Min().Prev(), "Min");
}
#endif

}  // namespace
}  // namespace kinesis
