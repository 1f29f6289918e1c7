#include "kinesis_core/internal/base/check.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace kinesis::internal {
namespace {

class CheckDeathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kChecked) GTEST_SKIP() << "built without checks";
  }
};

// Has bits(), as the words of the log do.
struct Word {
  uint64_t bits() const { return 0xab'0000'0000'0001; }
  bool operator==(const Word&) const { return false; }
};
// Has value(), as the strong types do.
struct Days {
  int value() const { return days; }
  bool operator<(const Days& other) const { return days < other.days; }
  int days;
};
enum class Color : uint8_t { kRed = 3, kBlue = 4 };

TEST_F(CheckDeathTest, SaysWhatItComparedAndWhere) {
  const int64_t below = -7;
  EXPECT_DEATH(KC_DCHECK_GE(below, INT64_MAX),
               "check_test.cc:[0-9]+: check failed: below >= INT64_MAX "
               "\\(-7 and 9223372036854775807\\)");
  EXPECT_DEATH(KC_DCHECK_LT(~uint64_t{0}, 1U), "\\(18446744073709551615 and 1\\)");
}

TEST_F(CheckDeathTest, PrintsValuesOfEveryKind) {
  EXPECT_DEATH(KC_DCHECK_EQ(true, false), "\\(true and false\\)");
  EXPECT_DEATH(KC_DCHECK_EQ(Color::kRed, Color::kBlue), "\\(3 and 4\\)");
  EXPECT_DEATH(KC_DCHECK_EQ(Word(), Word()), "\\(0xab000000000001 and 0xab000000000001\\)");
  EXPECT_DEATH(KC_DCHECK_LT(Days{3}, Days{2}), "\\(3 and 2\\)");
  const char* const null = nullptr;
  EXPECT_DEATH(KC_DCHECK_NE(null, null), "\\(0x0 and 0x0\\)");
}

TEST_F(CheckDeathTest, PrintsTheTextOfAConditionWithoutSides) {
  const bool fits = false;
  EXPECT_DEATH(KC_DCHECK(fits), "check failed: fits\n");
}

TEST(Check, LooksAtEachOperandOnceIfAtAll) {
  int looks = 0;
  const auto look = [&looks] { return ++looks; };
  KC_DCHECK_EQ(look(), 1);
  KC_DCHECK(look() == 2);
  EXPECT_EQ(looks, kChecked ? 2 : 0);
}

}  // namespace
}  // namespace kinesis::internal
