// The shipped pool under seeded schedules: the budget, the lists, waiting for room, and the pool's
// end.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/segment_pool.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/outcome_table.h"

namespace kinesis::testing {
namespace {

using internal::LogStatus;
using internal::SegmentRef;

// Makes the tail word that of a sealed segment without records, as a log leaves it.
void Seal(ScheduledSegment& segment) {
  // Relaxed: nobody else has it.
  segment.tail.store(internal::TailWord(0).Sealed().bits(), std::memory_order_relaxed);
}

// --- Budget (L5) and lists

TEST(SegmentPoolLitmus, TheBudgetIsNeverExceededAndNoSegmentHasTwoOwners) {
  RunLitmus(
      {.schedules = 20'000},
      {{"all served", Verdict::kExpected, "the blocks went from hand to hand"},
       {"some refused", Verdict::kExpected, "two large blocks do not fit the budget"}},
      [](Schedule& s) {
        constexpr uint64_t kBudget = 6 * kBlockBytes;  // a block of class 2 is four of class 1
        ScheduledPool* const pool =
            new ScheduledPool({.budget_bytes = kBudget, .cache_bytes = kBudget});
        std::set<uint32_t> owned;
        bool refused = false;
        for (int fiber = 0; fiber < 3; ++fiber) {
          s.Spawn([&, fiber] {
            for (int i = 0; i < 3; ++i) {
              const int size_class = (fiber + i) % 3;
              ScheduledSegment* const segment = pool->Acquire(size_class);
              s.Check(pool->held_bytes() <= kBudget, "held <= budget");
              if (segment == nullptr) {
                refused = true;
                continue;
              }
              s.Check(segment->size_class == size_class, "of the class that was asked for");
              s.Check(owned.insert(segment->id).second, "one owner");
              for (uint32_t e = 0; e < segment->entry_limit; e += 16) {
                s.Check(segment->entries()[e].load(std::memory_order_relaxed) == 0, "empty");
              }
              // Written to and sealed, as a log does it. Relaxed: nobody else has it. Its bytes are
              // left alone: the allocator, which orders their uses, is not modelled.
              if (segment->entry_limit > 0) {
                segment->entries()[0].store(1, std::memory_order_relaxed);
              }
              const uint32_t count = segment->entry_limit > 0 ? 1 : 0;
              segment->tail.store(internal::TailWord(0).Advanced(count, count, 0).Sealed().bits(),
                                  std::memory_order_relaxed);
              owned.erase(segment->id);
              pool->Retire(*segment);
            }
          });
        }
        s.Run();
        s.Check(pool->held_bytes() == pool->cached_bytes(), "all came back");
        if (!s.failed()) ScheduledPool::Release(pool);
        return refused ? "some refused" : "all served";
      });
}

TEST(SegmentPoolLitmus, APinnedSegmentIsRecycledByWhoeverLetsGoLast) {
  RunLitmus({.schedules = 20'000},
            {{"pinned", Verdict::kExpected, "a reader had it when it was retired"},
             {"late", Verdict::kExpected, "the readers came too late"}},
            [](Schedule& s) {
              ScheduledPool* const pool =
                  new ScheduledPool({.budget_bytes = kBlockBytes, .cache_bytes = kBlockBytes});
              ScheduledSegment& segment = *pool->Acquire(1);
              const SegmentRef ref = ScheduledPool::RefTo(segment);
              ScheduledAtomics::CopyBytes(segment.data(), "old bytes", 8);
              Seal(segment);
              bool retired = false;
              bool pinned = false;
              for (int i = 0; i < 2; ++i) {
                s.Spawn([&] {
                  if (!pool->Pin(segment, ref)) return;
                  s.ReadBytes(segment.data(), 8);
                  s.Yield();
                  pinned |= retired;
                  s.ReadBytes(segment.data(), 8);
                  pool->Unpin(segment);
                });
              }
              s.Spawn([&] {
                retired = true;
                pool->Retire(segment);
              });
              s.Spawn([&] {
                ScheduledSegment* fresh = nullptr;
                while ((fresh = pool->Acquire(1)) == nullptr) s.Yield();
                s.Check(ScheduledPool::RefTo(*fresh) != ref, "another generation");
                ScheduledAtomics::CopyBytes(fresh->data(), "new bytes", 8);
              });
              s.Run();
              s.Check(!pool->Pin(segment, ref), "a stale reference pins nothing");
              if (!s.failed()) ScheduledPool::Release(pool);
              return pinned ? "pinned" : "late";
            });
}

// --- Waiting for room: a put registers and then looks; who makes room looks for one that waits.

class RoomWaiter {
 public:
  explicit RoomWaiter(LogWorld& world) : world_(world) {
    world.on_room = [this] { Wake(); };
  }
  ~RoomWaiter() {
    world_.on_room = [] {};  // the world lives longer, and makes room when it goes
  }
  RoomWaiter(const RoomWaiter&) = delete;
  RoomWaiter& operator=(const RoomWaiter&) = delete;

  // Appends, waiting for room if there is none. True if it slept.
  bool Append(uint32_t sequence) {
    bool slept = false;
    for (;;) {
      if (Try(sequence)) return slept;
      mutex_.Lock();
      parked_.Write(true);
      mutex_.Unlock();
      // Sequentially consistent: pairs with Wake, as the engine's do.
      waiters_.fetch_add(1, std::memory_order_seq_cst);
      world_.pool().DrainLimbo();
      const bool done = Try(sequence);
      if (!done) {
        slept = true;
        event_.Wait();
      }
      waiters_.fetch_sub(1, std::memory_order_relaxed);  // a waiter too many does no harm
      mutex_.Lock();
      parked_.Write(false);
      event_.Clear();
      mutex_.Unlock();
      if (done) return slept;
    }
  }

 private:
  bool Try(uint32_t sequence) {
    return world_.Append(0, 1, 1, sequence, kWholeBlock) == LogStatus::kOk;
  }
  void Wake() {
    // Sequentially consistent: see Append.
    if (waiters_.load(std::memory_order_seq_cst) == 0) return;
    mutex_.Lock();
    if (parked_.Read()) event_.Set();
    mutex_.Unlock();
  }

  LogWorld& world_;
  ScheduledAtomics::Atomic<int> waiters_{0};
  ScheduledMutex mutex_;
  PlainCell<bool> parked_;
  ScheduledEvent event_;
};

std::string WaitForRoom(Schedule& s, uint64_t cache_blocks, bool by_capacity, bool pinned) {
  LogWorld world(s, {.budget_blocks = by_capacity ? 8U : 1U, .cache_blocks = cache_blocks});
  // Relaxed: nothing runs yet.
  if (by_capacity) world.limits().capacity_bytes.store(kBlockBytes, std::memory_order_relaxed);
  world.Append(0, 1, 0, 0, kWholeBlock);
  LogReader reader(world, 0);
  RoomWaiter waiter(world);
  bool slept = false;
  s.Spawn([&] { slept = waiter.Append(0); });
  s.Spawn([&] { world.log().TrimBefore(1, kNowMs); });
  if (pinned) {
    s.Spawn([&] { reader.Read(LogReader::Request{}, [&] { s.Yield(); }); });
  }
  s.Run();
  return slept ? "slept" : "awake";
}

const std::vector<Outcome> kRoomOutcomes = {
    {"slept", Verdict::kExpected, "the put slept and was woken"},
    {"awake", Verdict::kExpected, "there was room when it looked"}};

TEST(SegmentPoolLitmus, APutThatWaitsIsWokenByABlockThatGoesToTheCache) {
  RunLitmus({.schedules = 20'000}, kRoomOutcomes,
            [](Schedule& s) { return WaitForRoom(s, 1000, false, false); });
}

TEST(SegmentPoolLitmus, APutThatWaitsIsWokenByABlockThatGoesToTheSystem) {
  RunLitmus({.schedules = 20'000}, kRoomOutcomes,
            [](Schedule& s) { return WaitForRoom(s, 0, false, false); });
}

TEST(SegmentPoolLitmus, APutThatWaitsIsWokenByTheLastUnpin) {
  RunLitmus({.schedules = 20'000}, kRoomOutcomes,
            [](Schedule& s) { return WaitForRoom(s, 1000, false, true); });
}

TEST(SegmentPoolLitmus, APutThatWaitsIsWokenByATrimThatMakesRoomInItsLog) {
  RunLitmus({.schedules = 20'000}, kRoomOutcomes,
            [](Schedule& s) { return WaitForRoom(s, 1000, true, false); });
}

// --- The pool's end: batches may outlive it. Under AddressSanitizer this finds any use after it.

TEST(SegmentPoolLitmus, ThePoolGoesWithTheLastPin) {
  RunLitmus({.schedules = 20'000},
            {{"batch last", Verdict::kExpected, "a batch outlived the pool's owner"},
             {"owner last", Verdict::kExpected, "all batches were gone"}},
            [](Schedule& s) {
              // What the pool lets go when it goes.
              struct Listener final : internal::LogListener {
                Listener(bool* is_gone, int* rooms) : gone(is_gone), room_count(rooms) {}
                ~Listener() override { *gone = true; }
                void OnRoom() override { ++*room_count; }
                void OnAppend(uint64_t) override {}
                bool* const gone;
                int* const room_count;
              };
              bool gone = false;
              bool owner_gone = false;
              bool batch_last = false;
              int rooms = 0;
              auto listener = std::make_shared<Listener>(&gone, &rooms);
              ScheduledPool* const pool = new ScheduledPool({.budget_bytes = 2 * kBlockBytes,
                                                             .cache_bytes = 2 * kBlockBytes,
                                                             .listener = listener.get(),
                                                             .listener_owner = listener});
              listener.reset();
              ScheduledSegment& segment = *pool->Acquire(1);
              ScheduledSegment& other = *pool->Acquire(1);
              s.Check(pool->Pin(segment, ScheduledPool::RefTo(segment)), "pinned");
              s.Check(pool->Pin(segment, ScheduledPool::RefTo(segment)), "pinned twice");
              Seal(segment);
              Seal(other);
              pool->Retire(segment);
              pool->Retire(other);
              for (int i = 0; i < 2; ++i) {
                s.Spawn([&] {
                  s.Check(!gone, "the pool is there as long as a pin");
                  batch_last |= owner_gone;
                  pool->Unpin(segment);
                });
              }
              s.Spawn([&] {
                ScheduledPool::Release(pool);
                owner_gone = true;
              });
              s.Run();
              s.Check(gone, "the pool went");
              return batch_last ? "batch last" : "owner last";
            });
}

}  // namespace
}  // namespace kinesis::testing
