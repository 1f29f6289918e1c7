#include "kinesis_core/api/json/internal/json_number.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace kinesis::api::internal {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

TEST(JsonNumberTest, WhatTheGrammarOfJsonHasIsANumber) {
  for (const std::string_view token :
       {"0", "-0", "1", "-12", "0.5", "10.25", "1e5", "1E+5", "2.5e-7", "123456789012345678901"}) {
    EXPECT_TRUE(IsJsonNumber(token)) << token;
  }
  for (const std::string_view token : {"", "-", "+1", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+",
                                       "0x10", "1 2", "1,", "NaN", "Infinity", "--1"}) {
    EXPECT_FALSE(IsJsonNumber(token)) << token;
    EXPECT_FALSE(TruncateJsonNumber(token).has_value()) << token;
    EXPECT_FALSE(MillisOfJsonSeconds(token).has_value()) << token;
  }
}

TEST(JsonNumberTest, AFractionIsCutOff) {
  EXPECT_EQ(TruncateJsonNumber("1.999"), 1);
  EXPECT_EQ(TruncateJsonNumber("-1.999"), -1);
  EXPECT_EQ(TruncateJsonNumber("0.9999999999999999999"), 0);
  EXPECT_EQ(TruncateJsonNumber("15e-1"), 1);
  EXPECT_EQ(TruncateJsonNumber("15e-2"), 0);
  EXPECT_EQ(TruncateJsonNumber("-7e-99999999999999999999"), 0);
}

TEST(JsonNumberTest, AnExponentMovesThePoint) {
  EXPECT_EQ(TruncateJsonNumber("1.5e3"), 1500);
  EXPECT_EQ(TruncateJsonNumber("1.2345e2"), 123);
  EXPECT_EQ(TruncateJsonNumber("12e0"), 12);
  EXPECT_EQ(TruncateJsonNumber("0e99999999999"), 0);
  EXPECT_EQ(TruncateJsonNumber("0.00000000012e12"), 120);
}

TEST(JsonNumberTest, WhatIsWiderThanTheTypeIsClamped) {
  EXPECT_EQ(TruncateJsonNumber("9223372036854775807"), kMax);
  EXPECT_EQ(TruncateJsonNumber("9223372036854775808"), kMax);
  EXPECT_EQ(TruncateJsonNumber("-9223372036854775808"), kMin);
  EXPECT_EQ(TruncateJsonNumber("-9223372036854775809"), kMin);
  EXPECT_EQ(TruncateJsonNumber("9223372036854775806"), kMax - 1);
  EXPECT_EQ(TruncateJsonNumber("1e400"), kMax);
  EXPECT_EQ(TruncateJsonNumber("-1e99999999999999999999999"), kMin);
  EXPECT_EQ(TruncateJsonNumber(std::string(5000, '9')), kMax);
  // Nor does an exponent of 2^64 wrap around.
  EXPECT_EQ(TruncateJsonNumber("7e18446744073709551616"), kMax);
  EXPECT_EQ(TruncateJsonNumber("7e-18446744073709551616"), 0);
}

TEST(JsonNumberTest, SecondsKeepTheirMilliseconds) {
  EXPECT_EQ(MillisOfJsonSeconds("1545000000"), 1'545'000'000'000);
  EXPECT_EQ(MillisOfJsonSeconds("1545000000.123"), 1'545'000'000'123);
  EXPECT_EQ(MillisOfJsonSeconds("1.545000000123E9"), 1'545'000'000'123);
  EXPECT_EQ(MillisOfJsonSeconds("1545000000.1229999"), 1'545'000'000'123);
  EXPECT_EQ(MillisOfJsonSeconds("1545000000.1234"), 1'545'000'000'123);
  EXPECT_EQ(MillisOfJsonSeconds("-1.5"), -1500);
  EXPECT_EQ(MillisOfJsonSeconds("-0.0006"), -1);
  EXPECT_GT(MillisOfJsonSeconds("1e300"), kMax / 100);
  EXPECT_LT(MillisOfJsonSeconds("-1e300"), kMin / 100);
}

}  // namespace
}  // namespace kinesis::api::internal
