#include "kinesis_core/internal/parking_lot.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
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

// A thread that sleeps, without the thread.
struct Sleeper {
  Sleeper(ParkingLot& lot, uint64_t key) : parked(std::in_place, lot, key, event) {}

  WaitEvent event;
  std::optional<ParkingLot::Parked> parked;
};

using Sleepers = std::vector<std::unique_ptr<Sleeper>>;

Sleepers MakeSleepers(ParkingLot& lot, uint64_t key, int count) {
  Sleepers sleepers;
  for (int i = 0; i < count; ++i) sleepers.push_back(std::make_unique<Sleeper>(lot, key));
  return sleepers;
}

// Those that are awake leave. Returns how many they were.
int LetLeave(Sleepers& sleepers) {
  Sleepers awake;
  for (auto& sleeper : sleepers) {
    if (IsNotified(sleeper->event)) awake.push_back(std::move(sleeper));
  }
  std::erase(sleepers, nullptr);
  return static_cast<int>(awake.size());
}

TEST(ParkingLotTest, WhoWakesAKeyNotifiesOneSleeperAndThoseTheOthers) {
  ParkingLot lot;
  Sleepers sleepers = MakeSleepers(lot, 7, 64);
  lot.WakeAll(7);
  EXPECT_EQ(LetLeave(sleepers), 1);
  EXPECT_EQ(LetLeave(sleepers), 2);
  EXPECT_EQ(LetLeave(sleepers), 4);
  EXPECT_EQ(LetLeave(sleepers), 8);
  EXPECT_EQ(LetLeave(sleepers), 16);
  EXPECT_EQ(LetLeave(sleepers), 32);
  EXPECT_EQ(LetLeave(sleepers), 1);
  EXPECT_TRUE(sleepers.empty());
}

TEST(ParkingLotTest, ThoseWhoComeAfterTheWakeUpSleepOn) {
  ParkingLot lot;
  Sleepers sleepers = MakeSleepers(lot, 7, 5);
  lot.WakeAll(7);
  Sleepers late = MakeSleepers(lot, 7, 3);
  while (LetLeave(sleepers) > 0) {
  }
  EXPECT_TRUE(sleepers.empty());
  EXPECT_EQ(LetLeave(late), 0);
  lot.WakeAll(7);
  while (LetLeave(late) > 0) {
  }
  EXPECT_TRUE(late.empty());
}

// Whose time is up leaves unasked, wherever it stands, and takes nobody's wake-up along.
TEST(ParkingLotTest, OneWhoseTimeIsUpBreaksNoChain) {
  for (size_t gives_up = 0; gives_up < 8; ++gives_up) {
    ParkingLot lot;
    Sleepers sleepers = MakeSleepers(lot, 7, 8);
    lot.WakeAll(7);
    sleepers.erase(sleepers.begin() + static_cast<int64_t>(gives_up));
    while (LetLeave(sleepers) > 0) {
    }
    EXPECT_TRUE(sleepers.empty()) << "without the one in place " << gives_up;
  }
}

TEST(ParkingLotTest, AWaiterThatStaysIsNotifiedEachTime) {
  struct Count final : Waiter {
    void Notify() override { ++notified; }
    int notified = 0;
  };
  ParkingLot lot;
  Count counts[3];
  std::vector<std::unique_ptr<ParkingLot::Parked>> parked;
  for (Count& count : counts) {
    parked.push_back(
        std::make_unique<ParkingLot::Parked>(lot, uint64_t{7}, static_cast<Waiter&>(count)));
  }
  Sleepers sleepers = MakeSleepers(lot, 7, 3);
  for (int i = 0; i < 4; ++i) lot.WakeAll(7);
  for (const Count& count : counts) EXPECT_EQ(count.notified, 4);
  parked.erase(parked.begin() + 1);
  lot.WakeAll(7);
  EXPECT_EQ(counts[0].notified, 5);
  EXPECT_EQ(counts[1].notified, 4);
  EXPECT_EQ(counts[2].notified, 5);
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
