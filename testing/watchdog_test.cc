#include "kinesis_core/testing/watchdog.h"

#include <thread>

#include "gtest/gtest.h"

namespace kinesis::testing {
namespace {

TEST(WatchdogTest, WhatIsWaitedForIsKnownWhileTheObjectLives) {
  EXPECT_EQ(AllWaitedFor(), "");
  {
    const WaitingFor outer("rain");
    {
      const WaitingFor inner("sun");
      EXPECT_EQ(AllWaitedFor(), "rain; sun");
    }
    std::thread other([] {
      const WaitingFor waiting("snow");
      EXPECT_EQ(AllWaitedFor(), "rain; snow");
    });
    other.join();
    EXPECT_EQ(AllWaitedFor(), "rain");
  }
  EXPECT_EQ(AllWaitedFor(), "");
}

}  // namespace
}  // namespace kinesis::testing
