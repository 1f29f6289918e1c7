#include "kinesis_core/testing/test_seed.h"

#include <cstdlib>
#include <optional>

#include "gtest/gtest.h"

namespace kinesis::testing {
namespace {

// Without the variables, whatever the environment of this run says.
class TestSeedTest : public ::testing::Test {
 protected:
  TestSeedTest() {
    unsetenv("KINESIS_TEST_SEED");
    unsetenv("KINESIS_TEST_SEEDS");
  }
};

TEST_F(TestSeedTest, WithoutTheVariablesTheStandardsHold) {
  EXPECT_EQ(SeedFromEnvironment(), std::nullopt);
  EXPECT_EQ(SeedOr(7), 7U);
  EXPECT_EQ(SeedCountOr(100), 100U);
}

TEST_F(TestSeedTest, EachVariableReplacesItsStandardUpToTheLargestNumber) {
  setenv("KINESIS_TEST_SEED", "18446744073709551615", 1);
  setenv("KINESIS_TEST_SEEDS", "3", 1);
  EXPECT_EQ(SeedFromEnvironment(), UINT64_MAX);
  EXPECT_EQ(SeedOr(7), UINT64_MAX);
  EXPECT_EQ(SeedCountOr(100), 3U);
}

TEST_F(TestSeedTest, WhatIsNoNumberIsLeftOutAndNotTakenForZero) {
  for (const char* text : {"many", "-1", " 7", "12x", "18446744073709551616", "0x"}) {
    setenv("KINESIS_TEST_SEED", text, 1);
    setenv("KINESIS_TEST_SEEDS", text, 1);
    EXPECT_EQ(SeedFromEnvironment(), std::nullopt) << text;
    EXPECT_EQ(SeedCountOr(100), 100U) << text;
  }
  setenv("KINESIS_TEST_SEEDS", "0x10", 1);
  EXPECT_EQ(SeedCountOr(100), 16U);
}

}  // namespace
}  // namespace kinesis::testing
