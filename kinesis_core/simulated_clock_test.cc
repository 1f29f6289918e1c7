#include "kinesis_core/simulated_clock.h"

#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

// A thread that sleeps on a clock until `deadline`.
class Sleeper {
 public:
  Sleeper(SimulatedClock& clock, absl::Time deadline)
      : thread_([this, &clock, deadline] { clock.Wait(event_, deadline); }) {}
  ~Sleeper() {
    event_.Notify();
    thread_.join();
  }

  WaitEvent& event() { return event_; }
  void Join() {
    thread_.join();
    thread_ = std::thread([] {});
  }

 private:
  const testing::WaitingFor waiting_{"a thread that sleeps on a SimulatedClock to wake up"};
  WaitEvent event_;
  std::thread thread_;
};

TEST(SimulatedClockTest, TimeStandsStillUntilItIsMoved) {
  SimulatedClock clock;
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1'600'000'000));
  EXPECT_EQ(clock.Now(), clock.Now());
  EXPECT_EQ(clock.NowMillis(), 1'600'000'000'000);
}

TEST(SimulatedClockTest, ItBeginsAndGoesWhereItIsTold) {
  SimulatedClock clock(absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
  clock.Advance(absl::Microseconds(1500));
  EXPECT_EQ(clock.Now(), absl::UnixEpoch() + absl::Microseconds(1500));
  EXPECT_EQ(clock.NowMillis(), 1);
  clock.Advance(-absl::Seconds(1));
  EXPECT_EQ(clock.NowMillis(), -999);
  clock.Set(absl::FromUnixSeconds(7));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(7));
}

TEST(SimulatedClockTest, AWaitUntilNowOrThePastReturnsAtOnce) {
  SimulatedClock clock;
  WaitEvent event;
  clock.Wait(event, clock.Now());
  clock.Wait(event, clock.Now() - absl::Nanoseconds(1));
  clock.Wait(event, absl::InfinitePast());
  EXPECT_EQ(clock.sleepers(), 0U);
}

TEST(SimulatedClockTest, ANotifiedWaitReturnsAtOnce) {
  SimulatedClock clock;
  WaitEvent event;
  event.Notify();
  clock.Wait(event, absl::InfiniteFuture());
  EXPECT_EQ(clock.sleepers(), 0U);
}

TEST(SimulatedClockTest, ASleeperWakesWhenTheClockReachesItsDeadline) {
  SimulatedClock clock;
  Sleeper sleeper(clock, clock.Now() + absl::Minutes(5));
  EXPECT_TRUE(clock.AwaitSleepers(1));
  clock.Advance(absl::Minutes(5) - absl::Nanoseconds(1));
  EXPECT_EQ(clock.sleepers(), 1U);
  clock.Advance(absl::Nanoseconds(1));
  sleeper.Join();
  EXPECT_EQ(clock.sleepers(), 0U);
}

TEST(SimulatedClockTest, ANotificationWakesASleeperAndTimeStands) {
  SimulatedClock clock;
  const absl::Time before = clock.Now();
  Sleeper sleeper(clock, absl::InfiniteFuture());
  EXPECT_TRUE(clock.AwaitSleepers(1));
  sleeper.event().Notify();
  sleeper.Join();
  EXPECT_EQ(clock.Now(), before);
}

TEST(SimulatedClockTest, SettingTheClockBackWakesNobody) {
  SimulatedClock clock;
  Sleeper sleeper(clock, clock.Now() + absl::Seconds(1));
  EXPECT_TRUE(clock.AwaitSleepers(1));
  clock.Advance(-absl::Hours(1));
  EXPECT_EQ(clock.sleepers(), 1U);
  clock.Advance(absl::Hours(1) + absl::Seconds(1));
  sleeper.Join();
}

TEST(SimulatedClockTest, AdvanceToNextDeadlineWakesTheFirstSleeperOnly) {
  SimulatedClock clock;
  const absl::Time begin = clock.Now();
  Sleeper later(clock, begin + absl::Seconds(20));
  Sleeper never(clock, absl::InfiniteFuture());
  Sleeper first(clock, begin + absl::Seconds(10));
  EXPECT_TRUE(clock.AwaitSleepers(3));
  ASSERT_TRUE(clock.AdvanceToNextDeadline());
  EXPECT_EQ(clock.Now(), begin + absl::Seconds(10));
  first.Join();
  EXPECT_EQ(clock.sleepers(), 2U);
  ASSERT_TRUE(clock.AdvanceToNextDeadline());
  EXPECT_EQ(clock.Now(), begin + absl::Seconds(20));
  later.Join();
  EXPECT_FALSE(clock.AdvanceToNextDeadline());
  EXPECT_EQ(clock.Now(), begin + absl::Seconds(20));
}

TEST(SimulatedClockTest, WithoutSleepersThereIsNoNextDeadline) {
  SimulatedClock clock;
  const absl::Time before = clock.Now();
  EXPECT_FALSE(clock.AdvanceToNextDeadline());
  EXPECT_EQ(clock.Now(), before);
}

TEST(SimulatedClockTest, WithAutoAdvanceASleepOfTheOnlyThreadTakesNoRealTime) {
  SimulatedClock clock;
  clock.SetAutoAdvance(1);
  const absl::Time deadline = clock.Now() + absl::Hours(24);
  WaitEvent event;
  clock.Wait(event, deadline);
  EXPECT_EQ(clock.Now(), deadline);
  EXPECT_EQ(clock.sleepers(), 0U);
}

TEST(SimulatedClockTest, AutoAdvanceWaitsUntilAllThreadsSleep) {
  SimulatedClock clock;
  clock.SetAutoAdvance(2);
  const absl::Time begin = clock.Now();
  Sleeper sooner(clock, begin + absl::Seconds(1));
  EXPECT_TRUE(clock.AwaitSleepers(1));
  EXPECT_EQ(clock.Now(), begin);
  Sleeper later(clock, begin + absl::Seconds(2));
  sooner.Join();
  EXPECT_EQ(clock.Now(), begin + absl::Seconds(1));
  // Setting it anew looks at those who sleep already.
  EXPECT_TRUE(clock.AwaitSleepers(1));
  clock.SetAutoAdvance(1);
  later.Join();
  EXPECT_EQ(clock.Now(), begin + absl::Seconds(2));
}

TEST(SimulatedClockTest, AutoAdvanceDoesNotPassBySomebodyWhoIsBeingWoken) {
  SimulatedClock clock;
  const absl::Time begin = clock.Now();
  WaitEvent woken;
  woken.Notify();
  clock.SetAutoAdvance(1);
  clock.Wait(woken, begin + absl::Seconds(1));
  EXPECT_EQ(clock.Now(), begin);
}

TEST(SimulatedClockTest, ManyThreadsSleepAndWakeTogether) {
  constexpr int kThreads = 16;
  SimulatedClock clock;
  std::vector<std::unique_ptr<Sleeper>> sleepers;
  for (int i = 1; i <= kThreads; ++i) {
    sleepers.push_back(std::make_unique<Sleeper>(clock, clock.Now() + absl::Seconds(i % 4 + 1)));
  }
  EXPECT_TRUE(clock.AwaitSleepers(kThreads));
  EXPECT_EQ(clock.sleepers(), static_cast<size_t>(kThreads));
  clock.Advance(absl::Seconds(4));
  for (auto& sleeper : sleepers) sleeper->Join();
  EXPECT_EQ(clock.sleepers(), 0U);
}

TEST(SimulatedClockTest, AwaitingSleepersThatDoNotComeEndsAndSaysHowManyThereAre) {
  SimulatedClock clock;
  const Sleeper sleeper(clock, absl::InfiniteFuture());
  EXPECT_TRUE(clock.AwaitSleepers(1));
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(clock.AwaitSleepers(2, absl::Milliseconds(10)));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "SimulatedClock: AwaitSleepers has waited for 10ms for 2 sleeping threads; 1 sleep\n");
}

}  // namespace
}  // namespace kinesis
