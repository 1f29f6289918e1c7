#include "kinesis_core/clock.h"

#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::WaitingFor;

// Sleeps in real time are given so much slack; a test that takes longer is a hang.
constexpr absl::Duration kShort = absl::Milliseconds(30);

TEST(WaitEventTest, ANotificationBeforeTheSleepEndsItAtOnce) {
  const WaitingFor waiting("a sleep that was notified before");
  WaitEvent event;
  event.Notify();
  event.Block();
  EXPECT_TRUE(event.BlockFor(absl::Hours(1)));
}

TEST(WaitEventTest, ItStaysNotified) {
  WaitEvent event;
  event.Notify();
  event.Notify();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(event.BlockFor(absl::InfiniteDuration()));
}

TEST(WaitEventTest, AnotherThreadEndsTheSleep) {
  const WaitingFor waiting("a notification by another thread");
  WaitEvent event;
  std::thread other([&event] { event.Notify(); });
  event.Block();
  other.join();
}

TEST(WaitEventTest, WithoutNotificationTheSleepIsOverInTime) {
  WaitEvent event;
  const absl::Time begin = absl::Now();
  EXPECT_FALSE(event.BlockFor(kShort));
  EXPECT_GE(absl::Now() - begin, kShort - absl::Milliseconds(1));
  EXPECT_FALSE(event.BlockFor(absl::ZeroDuration()));
  EXPECT_FALSE(event.BlockFor(-absl::InfiniteDuration()));
}

TEST(SystemClockTest, ItIsOneObject) { EXPECT_EQ(&SystemClock(), &SystemClock()); }

TEST(SystemClockTest, ItTellsTheTimeWithinATick) {
  constexpr absl::Duration kTick = absl::Milliseconds(20);
  const absl::Time before = absl::Now();
  const absl::Time now = SystemClock().Now();
  EXPECT_GE(now, before - kTick);
  EXPECT_LE(now, absl::Now());
}

TEST(SystemClockTest, TheExactTimeIsAheadByItsLagAtMost) {
  for (int i = 0; i < 1000; ++i) {
    const absl::Time exact = absl::Now();
    const absl::Duration lag = SystemClock().Lag();
    const absl::Time now = SystemClock().Now();
    ASSERT_LE(exact, now + lag);
    ASSERT_GE(lag, absl::Milliseconds(10));
    if (i % 100 == 0) absl::SleepFor(absl::Milliseconds(1));
  }
}

TEST(SystemClockTest, MillisecondsAreThoseOfNow) {
  const int64_t before = absl::ToUnixMillis(SystemClock().Now());
  const int64_t millis = SystemClock().NowMillis();
  EXPECT_GE(millis, before);
  EXPECT_LE(millis, absl::ToUnixMillis(SystemClock().Now()));
}

TEST(SystemClockTest, AWaitEndsPastItsDeadline) {
  const WaitingFor waiting("a deadline in real time");
  WaitEvent event;
  const absl::Time deadline = SystemClock().Now() + kShort;
  SystemClock().Wait(event, deadline);
  EXPECT_GE(SystemClock().Now(), deadline);
}

TEST(SystemClockTest, AWaitForThePastReturnsAtOnce) {
  const WaitingFor waiting("a deadline that has passed");
  WaitEvent event;
  SystemClock().Wait(event, SystemClock().Now());
  SystemClock().Wait(event, absl::InfinitePast());
}

TEST(SystemClockTest, ANotificationEndsAWaitWithoutADeadline) {
  const WaitingFor waiting("a notification by another thread");
  WaitEvent event;
  std::thread other([&event] { event.Notify(); });
  SystemClock().Wait(event, absl::InfiniteFuture());
  other.join();
}

TEST(ClockTest, MillisecondsAreRoundedDownOnBothSidesOf1970) {
  class Fixed final : public Clock {
   public:
    absl::Time Now() const override { return now; }
    void Wait(WaitEvent&, absl::Time) override {}
    absl::Time now;
  };
  Fixed clock;
  clock.now = absl::FromUnixMillis(5) + absl::Microseconds(999);
  EXPECT_EQ(clock.NowMillis(), 5);
  clock.now = absl::FromUnixMillis(-5) + absl::Microseconds(999);
  EXPECT_EQ(clock.NowMillis(), -5);
}

}  // namespace
}  // namespace kinesis
