// The shipped pool under seeded schedules: the budget, the lists, waiting for room, and the pool's
// end.
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/base/poison.h"
#include "kinesis_core/internal/log/segment_pool.h"
#include "kinesis_core/internal/waiting.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/fiber_lot.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/outcome_table.h"

namespace kinesis::testing {
namespace {

using internal::LogStatus;
using internal::SegmentRef;

// Makes the tail word that of a sealed segment without records, as a log leaves it.
template <class Segment>
void Seal(Segment& segment) {
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
              segment->tail.store(
                  internal::TailWord(0).Advanced(count, count, internal::Millis(0)).Sealed().bits(),
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
              internal::Unpoison(segment.data(), 8);
              ScheduledAtomics::CopyBytes(segment.data(), "old bytes", 8);
              Seal(segment);
              bool retired = false;
              bool pinned = false;
              for (int i = 0; i < 2; ++i) {
                s.Spawn([&] {
                  const ScheduledPool::Pin pin = pool->TryPin(segment, ref);
                  if (!pin) return;
                  s.ReadBytes(segment.data(), 8);
                  s.Yield();
                  pinned |= retired;
                  s.ReadBytes(segment.data(), 8);
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
                internal::Unpoison(fresh->data(), 8);
                ScheduledAtomics::CopyBytes(fresh->data(), "new bytes", 8);
              });
              s.Run();
              s.Check(!pool->TryPin(segment, ref), "a stale reference pins nothing");
              if (!s.failed()) ScheduledPool::Release(pool);
              return pinned ? "pinned" : "late";
            });
}

// A segment is taken from a list and comes back, while a thread that wants it sleeps with the one
// behind it in mind: the word of the list looks the same then, but for its tag.
TEST(SegmentPoolLitmus, ASegmentThatComesBackMeanwhileDoesNotBringTheNextOneWithIt) {
  RunLitmus({.schedules = 20'000},
            {{"in time", Verdict::kAllowed, "the first one was taken before the others"},
             {"late", Verdict::kExpected, "others came first, and one of them gave back"}},
            [](Schedule& s) {
              constexpr uint64_t kBudget = 3 * kBlockBytes;
              auto* const pool =
                  new ScheduledPool({.budget_bytes = kBudget, .cache_bytes = kBudget});
              std::vector<ScheduledSegment*> all;
              for (int i = 0; i < 3; ++i) all.push_back(pool->Acquire(1));
              ScheduledSegment* const on_top = all.back();
              for (ScheduledSegment* segment : all) {
                Seal(*segment);
                pool->Retire(*segment);
              }
              std::multiset<const ScheduledSegment*> owned;
              const auto take = [&] {
                ScheduledSegment* const segment = pool->Acquire(1);
                if (segment == nullptr) return segment;
                s.Check(owned.count(segment) == 0, "a segment has two owners");
                owned.insert(segment);
                Seal(*segment);
                return segment;
              };
              bool late = false;
              s.Spawn([&] { late = take() != on_top; });
              s.Spawn([&] {
                ScheduledSegment* const first = take();
                take();
                if (first == nullptr) return;
                owned.erase(first);
                pool->Retire(*first);
              });
              s.Run();
              take();
              if (!s.failed()) ScheduledPool::Release(pool);
              return late ? "late" : "in time";
            });
}

// --- Waiting for room

// Puts into a world that wait for room.
template <class Atomics>
class RoomQueue {
 public:
  using World = BasicLogWorld<Atomics>;

  explicit RoomQueue(World& world) : world_(world) {
    world.on_room = [this] { waiters_.OnRoom(); };
  }
  ~RoomQueue() {
    world_.on_room = [] {};  // the world lives longer, and makes room when it goes
  }
  RoomQueue(const RoomQueue&) = delete;
  RoomQueue& operator=(const RoomQueue&) = delete;

  // Appends to log i, whose uid is i + 1, waiting for room if there is none. True if it slept.
  bool Append(int i, size_t bytes) {
    const auto uid = static_cast<uint64_t>(i) + 1;
    return Retry([&] { return world_.Append(i, uid, 1, 0, bytes) == LogStatus::kOk; });
  }
  // The same for anything that finds room in the end.
  bool Retry(const std::function<bool()>& attempt) {
    Put put{world_, attempt};
    world_.schedule().Check(waiters_.Retry(put), "in the end there was room");
    return put.slept;
  }

 private:
  struct Put {
    bool Try() { return attempt(); }
    void Reclaim() { world.pool().RecycleCommitted(); }
    bool IsLate() { return false; }
    // As EngineCore's.
    void Sleep(FiberEvent& event) {
      slept = true;
      if (world.pool().HasUncommitted()) {
        world.schedule().Yield();
      } else {
        event.Wait();
      }
    }

    World& world;
    const std::function<bool()>& attempt;
    bool slept = false;
  };

  World& world_;
  FiberLot lot_;
  internal::RoomWaiters<Atomics, FiberLot> waiters_{lot_};
};

std::string WaitForRoom(Schedule& s, uint64_t cache_blocks, bool by_capacity, bool pinned) {
  LogWorld world(s, {.budget_blocks = by_capacity ? 8U : 1U, .cache_blocks = cache_blocks});
  // Relaxed: nothing runs yet.
  if (by_capacity) world.limits().capacity_bytes.store(kBlockBytes, std::memory_order_relaxed);
  world.Append(0, 1, 0, 0, kWholeBlock);
  LogReader reader(world, 0);
  RoomQueue waiting(world);
  bool slept = false;
  s.Spawn([&] { slept = waiting.Append(0, kWholeBlock); });
  s.Spawn([&] { world.log().TrimBefore(internal::RecordIndex(1), kNowMs); });
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

// Room in a log is made by the trim itself: the memory may stay with a batch.
TEST(SegmentPoolLitmus, APutThatWaitsIsWokenByATrimThoughTheMemoryStaysPinned) {
  RunLitmus({.schedules = 20'000}, kRoomOutcomes, [](Schedule& s) {
    LogWorld world(s, {.budget_blocks = 8});
    // Relaxed: nothing runs yet.
    world.limits().capacity_bytes.store(kBlockBytes, std::memory_order_relaxed);
    world.Append(0, 1, 0, 0, kWholeBlock);
    internal::LogCursor cursor = world.log().Oldest();
    ScheduledLog::Span span;
    uint64_t lost = 0;
    world.log().ReadSpan(&cursor, {}, &span, &lost);
    RoomQueue waiting(world);
    bool slept = false;
    s.Spawn([&] { slept = waiting.Append(0, kWholeBlock); });
    s.Spawn([&] { world.log().TrimBefore(internal::RecordIndex(1), kNowMs); });
    s.Run();
    // After a failed schedule fibers may still stand in the log, so all is left as it is.
    if (s.failed()) span.pin.Detach();
    return slept ? "slept" : "awake";
  });
}

// The producer of a claim that is not committed stalls, its segment is trimmed, and nobody is told
// when it goes on.
TEST(SegmentPoolLitmus, APutThatWaitsFindsTheBlockThatALateCommitLetsGo) {
  RunLitmus({.schedules = 20'000}, kRoomOutcomes, [](Schedule& s) {
    LogWorld world(s, {.budget_blocks = 1, .logs = 2});
    world.Append(0, 1, 0, 0, kThirdOfBlock);
    RoomQueue waiting(world);
    bool slept = false;
    const auto trim = [&world] { world.log(0).TrimBefore(world.log(0).EndIndex(), kNowMs); };
    s.Spawn([&] { slept = waiting.Append(1, kWholeBlock); });
    s.Spawn([&] {
      world.Append(0, 1, 0, 1, kThirdOfBlock);
      trim();
    });
    s.Spawn(trim);
    s.Run();
    return slept ? "slept" : "awake";
  });
}

// A cached block of `size_class` is all the memory there is.
template <class Atomics>
void FillCache(BasicLogWorld<Atomics>& world, int size_class) {
  auto* const segment = world.pool().Acquire(size_class);
  Seal(*segment);
  world.pool().Retire(*segment);
}

// Puts do not wait for blocks that are on their way to the system.
struct ImpatientAtomics : ScheduledAtomics {
  static constexpr int kWaitsMax = 0;
};

TEST(SegmentPoolLitmus, APutThatWaitsIsWokenByTheRestOfAnEvictedBlock) {
  RunLitmus({.schedules = 20'000}, kRoomOutcomes, [](Schedule& s) {
    BasicLogWorld<ImpatientAtomics> world(s, {.budget_blocks = 4, .logs = 3});
    FillCache(world, 2);
    RoomQueue waiting(world);
    bool slept = false;
    for (int i = 0; i < 3; ++i) {
      s.Spawn([&, i] { slept |= waiting.Append(i, kWholeBlock); });
    }
    s.Run();
    return slept ? "slept" : "awake";
  });
}

TEST(SegmentPoolLitmus, APutIsNotRefusedWhileTheBlockThatItCouldHaveIsOnItsWay) {
  RunLitmus({.schedules = 20'000},
            {{"all accepted", Verdict::kExpected, "there is room for all of them"},
             {"some refused", Verdict::kForbidden, "one looked while the block was nowhere"}},
            [](Schedule& s) {
              LogWorld world(s, {.budget_blocks = 4, .logs = 3});
              FillCache(world, 2);
              int accepted = 0;
              for (int i = 0; i < 3; ++i) {
                s.Spawn([&, i] {
                  const auto uid = static_cast<uint64_t>(i) + 1;
                  if (world.Append(i, uid, 0, 0, kWholeBlock) == LogStatus::kOk) ++accepted;
                });
              }
              s.Run();
              return accepted == 3 ? "all accepted" : "some refused";
            });
}

// The system has small blocks only.
struct StingyAtomics : ScheduledAtomics {
  static bool TakeFromSystem(void* memory, size_t bytes) {
    return bytes <= kBlockBytes && ScheduledAtomics::TakeFromSystem(memory, bytes);
  }
};

TEST(SegmentPoolLitmus, APutThatWaitsIsWokenByAChargeThatIsGivenUp) {
  // One schedule in 200,000, of which 211,421 is one, needs the last look of a put that is refused.
  RunLitmus({.seed_base = 200'000, .schedules = 20'000}, kRoomOutcomes, [](Schedule& s) {
    BasicLogWorld<StingyAtomics> world(s, {.budget_blocks = 4});
    RoomQueue waiting(world);
    bool slept = false;
    // From the pool itself: a log asks it twice before it says that there is no room.
    s.Spawn([&] {
      BasicLogWorld<StingyAtomics>::Log::Segment* segment = nullptr;
      slept = waiting.Retry([&] { return (segment = world.pool().Acquire(1)) != nullptr; });
      Seal(*segment);
      world.pool().Retire(*segment);
    });
    s.Spawn([&] {
      // The first may take back what a refused put left for the second to find.
      for (int i = 0; i < 2; ++i) {
        s.Check(world.pool().Acquire(2) == nullptr, "the system has no such block");
      }
    });
    s.Run();
    return slept ? "slept" : "awake";
  });
}

// --- The pool's end: batches may outlive it. Under AddressSanitizer this finds any use after it.

TEST(SegmentPoolLitmus, ThePoolGoesWithTheLastPin) {
  RunLitmus({.schedules = 20'000},
            {{"batch last", Verdict::kExpected, "a batch outlived the pool's owner"},
             {"owner last", Verdict::kExpected, "all batches were gone"}},
            [](Schedule& s) {
              // Notes when the pool lets go of its listener, and how often there was room.
              struct Listener final : internal::LogListener {
                Listener(bool* is_gone, int* rooms) : gone(is_gone), room_count(rooms) {}
                ~Listener() override { *gone = true; }
                void OnRoom() override { ++*room_count; }
                void OnAppend(internal::LogUid) override {}
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
              ScheduledPool::Pin pins[2];
              for (ScheduledPool::Pin& pin : pins) {
                pin = pool->TryPin(segment, ScheduledPool::RefTo(segment));
                s.Check(static_cast<bool>(pin), "pinned");
              }
              Seal(segment);
              Seal(other);
              pool->Retire(segment);
              pool->Retire(other);
              for (ScheduledPool::Pin& pin : pins) {
                s.Spawn([&] {
                  s.Check(!gone, "the pool is there as long as a pin");
                  batch_last |= owner_gone;
                  pin.LetGo();
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
