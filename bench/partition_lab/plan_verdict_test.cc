#include "kinesis_core/lab/plan_verdict.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

using ::testing::HasSubstr;

TEST(PlanVerdictTest, APlanHelpsThatBettersOneNumberAndWorsensNone) {
  EXPECT_EQ(WhyNoHelp({0.1, 0.2, 0.1, 2}, {0.05, 0.2, 0.1, 2}), "");
  EXPECT_EQ(WhyNoHelp({0, 0, 0, 1.5}, {0, 0, 0, 1.1}), "");
  EXPECT_EQ(WhyNoHelp({0.1, 0.2, 0.1, 2}, {0.1, 0.2, 0.1001, 1.5}), "");  // within the noise
}

TEST(PlanVerdictTest, OneThatMakesMoreWaitDoesNotHelpThoughLessIsOverCapacity) {
  EXPECT_THAT(WhyNoHelp({0.1, 0.122, 0.1, 2}, {0.08, 0.342, 0.08, 1.5}),
              HasSubstr("more would be queued: 12.2 % before, 34.2 % after"));
}

TEST(PlanVerdictTest, NorDoesOneThatWorsensAnyOtherShare) {
  EXPECT_THAT(WhyNoHelp({0.1, 0.2, 0.1, 2}, {0.05, 0.1, 0.2, 1.1}),
              HasSubstr("more would be dropped: 10.0 % before, 20.0 % after"));
  EXPECT_THAT(WhyNoHelp({0.1, 0.2, 0.1, 2}, {0.2, 0.1, 0.05, 1.1}),
              HasSubstr("more would be over capacity: 10.0 % before, 20.0 % after"));
}

TEST(PlanVerdictTest, LessThanOneRecordInAThousandSpeaksNeitherAgainstAPlanNorForIt) {
  EXPECT_EQ(WhyNoHelp({0, 0.0001, 0, 2}, {0, 0.0009, 0, 1.1}), "");
  EXPECT_THAT(WhyNoHelp({0, 0.0009, 0, 2}, {0, 0.0001, 0, 2}), HasSubstr("it gains nothing"));
}

TEST(PlanVerdictTest, OneThatChangesNextToNothingDoesNotHelp) {
  EXPECT_THAT(WhyNoHelp({0.87, 0.9, 0.87, 103.5}, {0.869, 0.9, 0.869, 103.2}),
              HasSubstr("it gains nothing: over capacity are 87.0 % before, 86.9 % after, max/mean "
                        "is 103.500 before, 103.200 after"));
}

}  // namespace
}  // namespace kinesis::lab
