#include "kinesis_core/internal/parking_lot.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::internal {
namespace {

bool IsNotified(WaitEvent& event) { return event.BlockFor(absl::ZeroDuration()); }

TEST(ParkingLotTest, WakingAnEmptyLotDoesNothing) {
  ParkingLot lot;
  lot.WakeAll(ParkingLot::kRoomKey);
  lot.WakeAll(~uint64_t{0});
}

TEST(ParkingLotTest, EveryEventUnderAKeyIsNotified) {
  ParkingLot lot;
  std::array<WaitEvent, 5> events;
  std::vector<std::unique_ptr<ParkingLot::Parked>> parked;
  for (WaitEvent& event : events) {
    parked.push_back(std::make_unique<ParkingLot::Parked>(lot, 7, event));
  }
  lot.WakeAll(7);
  for (WaitEvent& event : events) EXPECT_TRUE(IsNotified(event));
}

// Keys share buckets, so neighbours of every distance up to several times their number are tried.
TEST(ParkingLotTest, NoEventOfAnotherKeyIsNotified) {
  for (uint64_t other = 0; other <= 100; ++other) {
    if (other == 7) continue;
    ParkingLot lot;
    WaitEvent mine;
    WaitEvent theirs;
    const ParkingLot::Parked parked_mine(lot, 7, mine);
    const ParkingLot::Parked parked_theirs(lot, other, theirs);
    lot.WakeAll(other);
    EXPECT_FALSE(IsNotified(mine)) << other;
    EXPECT_TRUE(IsNotified(theirs)) << other;
  }
}

TEST(ParkingLotTest, AnEventThatHasLeftIsNotNotified) {
  ParkingLot lot;
  WaitEvent stays;
  WaitEvent leaves;
  const ParkingLot::Parked parked(lot, 1, stays);
  { const ParkingLot::Parked gone(lot, 1, leaves); }
  lot.WakeAll(1);
  EXPECT_TRUE(IsNotified(stays));
  EXPECT_FALSE(IsNotified(leaves));
}

TEST(ParkingLotTest, EventsLeaveInAnyOrder) {
  ParkingLot lot;
  std::array<WaitEvent, 4> events;
  std::array<std::unique_ptr<ParkingLot::Parked>, 4> parked;
  for (size_t i = 0; i < events.size(); ++i) {
    parked[i] = std::make_unique<ParkingLot::Parked>(lot, 1, events[i]);
  }
  parked[1].reset();
  parked[3].reset();
  parked[0].reset();
  lot.WakeAll(1);
  EXPECT_FALSE(IsNotified(events[0]));
  EXPECT_FALSE(IsNotified(events[1]));
  EXPECT_TRUE(IsNotified(events[2]));
  EXPECT_FALSE(IsNotified(events[3]));
}

// Sleepers come and go while others wake them: each sleep ends, and an event that its owner has
// taken back and destroyed is not touched (which the sanitizers would tell).
TEST(ParkingLotTest, ThreadsParkAndWakeEachOther) {
  constexpr int kSleepers = 3;
  constexpr int kSleeps = 2000;
  ParkingLot lot;
  std::atomic<int> sleeping{kSleepers};
  std::vector<std::thread> threads;
  for (int t = 0; t < kSleepers; ++t) {
    threads.emplace_back([&lot, &sleeping, t] {
      for (int i = 0; i < kSleeps; ++i) {
        WaitEvent event;
        const ParkingLot::Parked parked(lot, static_cast<uint64_t>(t % 2), event);
        event.Block();
      }
      sleeping.fetch_sub(1);
    });
  }
  const kinesis::testing::WaitingFor waiting("sleepers to be woken each time that they sleep");
  while (sleeping.load() > 0) {
    lot.WakeAll(0);
    lot.WakeAll(1);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace kinesis::internal
