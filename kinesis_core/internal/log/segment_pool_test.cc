#include "kinesis_core/internal/log/segment_pool.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/base/poison.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {
namespace {

using Pool = SegmentPool<StdAtomics>;
using Control = Segment<StdAtomics>;

constexpr uint64_t kBlock1 = SegmentGeometry::Of(1).block_bytes;
constexpr uint64_t kBlock2 = SegmentGeometry::Of(2).block_bytes;
constexpr uint64_t kBlock5 = SegmentGeometry::Of(5).block_bytes;

struct PoolRelease {
  void operator()(Pool* pool) const { Pool::Release(pool); }
};
using PoolPtr = std::unique_ptr<Pool, PoolRelease>;

PoolPtr MakePool(uint64_t budget_bytes, uint64_t cache_bytes) {
  return PoolPtr(new Pool({.budget_bytes = budget_bytes, .cache_bytes = cache_bytes}));
}

// Leaves a segment as a log does: sealed, after `claimed` claims of which `committed` were
// committed.
void Use(Control& segment, uint32_t claimed, uint32_t committed) {
  const Generation generation = Pool::RefTo(segment).generation();
  // Relaxed, all: there is one thread.
  segment.tail.store(TailWord::Empty(generation, Millis(0), false)
                         .Advanced(claimed, claimed, Millis(0))
                         .Sealed()
                         .bits(),
                     std::memory_order_relaxed);
  for (uint32_t i = 0; i < committed; ++i) {
    segment.entries()[i].store(RecordEntry{i, 8, 0}.Encode(), std::memory_order_relaxed);
  }
}

void UseAndRetire(Pool& pool, Control& segment) {
  Use(segment, segment.entry_limit, segment.entry_limit);
  pool.Retire(segment);
}

bool AllEntriesZero(const Control& segment) {
  for (uint32_t i = 0; i < segment.entry_limit; ++i) {
    if (segment.entries()[i].load(std::memory_order_relaxed) != 0) return false;
  }
  return true;
}

TEST(SegmentPool, GivesLiveSegmentsOfTheClassThatIsAskedFor) {
  const PoolPtr pool = MakePool(uint64_t{64} << 20, 0);
  for (int size_class = 0; size_class < SegmentGeometry::kClasses; ++size_class) {
    Control* const segment = pool->Acquire(size_class);
    ASSERT_NE(segment, nullptr);
    const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
    EXPECT_EQ(segment->size_class, size_class);
    EXPECT_EQ(segment->entry_limit, geometry.entries);
    EXPECT_EQ(segment->unit_limit, geometry.data_units);
    EXPECT_EQ(segment->unit_shift, geometry.unit_shift);
    EXPECT_TRUE(Pool::IsLive(*segment, Pool::RefTo(*segment)));
    EXPECT_EQ(&pool->Get(segment->id), segment);
    EXPECT_TRUE(AllEntriesZero(*segment));
    if (size_class > 0) {
      // The whole block can be written (and AddressSanitizer agrees).
      Unpoison(segment->data(), size_t{geometry.data_units} << geometry.unit_shift);
      std::memset(segment->data(), 0xa5, size_t{geometry.data_units} << geometry.unit_shift);
    }
    UseAndRetire(*pool, *segment);
  }
  EXPECT_EQ(pool->held_bytes(), 0U);
}

TEST(SegmentPool, NeverHoldsMoreThanItsBudget) {
  const PoolPtr pool = MakePool(3 * kBlock1 + kBlock1 / 2, 100 * kBlock1);
  std::vector<Control*> segments;
  for (int i = 0; i < 3; ++i) {
    segments.push_back(pool->Acquire(1));
    ASSERT_NE(segments.back(), nullptr);
  }
  EXPECT_EQ(pool->held_bytes(), 3 * kBlock1);
  EXPECT_EQ(pool->Acquire(1), nullptr);
  EXPECT_EQ(pool->Acquire(2), nullptr);
  EXPECT_EQ(pool->held_bytes(), 3 * kBlock1) << "a refusal leaves the account as it was";
  UseAndRetire(*pool, *segments.back());
  EXPECT_NE(pool->Acquire(1), nullptr);
}

TEST(SegmentPool, GivesStubsWhenTheBudgetIsSpent) {
  const PoolPtr pool = MakePool(0, 0);
  EXPECT_EQ(pool->Acquire(1), nullptr);
  Control* const stub = pool->Acquire(SegmentGeometry::kStub);
  ASSERT_NE(stub, nullptr);
  EXPECT_EQ(pool->held_bytes(), 0U);
  UseAndRetire(*pool, *stub);
  EXPECT_EQ(pool->Acquire(SegmentGeometry::kStub), stub) << "stubs are recycled too";
}

TEST(SegmentPool, ReusesTheBlockThatWasUsedLast) {
  const PoolPtr pool = MakePool(8 * kBlock1, 8 * kBlock1);
  Control* const first = pool->Acquire(1);
  Control* const second = pool->Acquire(1);
  std::byte* const block = second->block.load(std::memory_order_relaxed);
  UseAndRetire(*pool, *first);
  UseAndRetire(*pool, *second);
  EXPECT_EQ(pool->cached_bytes(), 2 * kBlock1);
  EXPECT_EQ(pool->Acquire(1), second);
  EXPECT_EQ(second->block.load(std::memory_order_relaxed), block);
  EXPECT_EQ(pool->Acquire(1), first);
  EXPECT_EQ(pool->cached_bytes(), 0U);
}

TEST(SegmentPool, KeepsNoMoreThanTheCacheLimit) {
  const PoolPtr pool = MakePool(8 * kBlock1, 2 * kBlock1);
  std::vector<Control*> segments;
  for (int i = 0; i < 4; ++i) segments.push_back(pool->Acquire(1));
  for (Control* segment : segments) UseAndRetire(*pool, *segment);
  EXPECT_EQ(pool->cached_bytes(), 2 * kBlock1);
  EXPECT_EQ(pool->held_bytes(), 2 * kBlock1) << "the rest went back to the system";
}

TEST(SegmentPool, GivesCachedBlocksOfOtherClassesUpForOneThatIsWanted) {
  const PoolPtr pool = MakePool(kBlock2, kBlock2);
  std::vector<Control*> small;
  for (int i = 0; i < 4; ++i) small.push_back(pool->Acquire(1));
  for (Control* segment : small) UseAndRetire(*pool, *segment);
  EXPECT_EQ(pool->cached_bytes(), kBlock2);
  Control* const large = pool->Acquire(2);
  ASSERT_NE(large, nullptr);
  EXPECT_EQ(pool->held_bytes(), kBlock2);
  EXPECT_EQ(pool->cached_bytes(), 0U);
  UseAndRetire(*pool, *large);
  EXPECT_NE(pool->Acquire(1), nullptr) << "and the other way round";
  EXPECT_EQ(pool->held_bytes(), kBlock1);
}

TEST(SegmentPool, ReturnsASegmentOfTheNextGenerationWithItsEntriesZero) {
  const PoolPtr pool = MakePool(kBlock1, kBlock1);
  uint32_t generation = 0;
  for (int round = 0; round < 5; ++round) {
    Control* const segment = pool->Acquire(1);
    ASSERT_NE(segment, nullptr);
    EXPECT_TRUE(AllEntriesZero(*segment)) << round;
    if (round > 0) {
      EXPECT_EQ(Pool::RefTo(*segment).generation(), generation + 1);
    }
    generation = Pool::RefTo(*segment).generation();
    UseAndRetire(*pool, *segment);
  }
}

TEST(SegmentPool, DoesNotRecycleWhatIsPinned) {
  const PoolPtr pool = MakePool(kBlock1, kBlock1);
  Control* const segment = pool->Acquire(1);
  const SegmentRef ref = Pool::RefTo(*segment);
  Pool::Pin one = pool->TryPin(*segment, ref);
  Pool::Pin other = pool->TryPin(*segment, ref);
  ASSERT_TRUE(one);
  ASSERT_TRUE(other);
  UseAndRetire(*pool, *segment);
  EXPECT_FALSE(pool->TryPin(*segment, ref)) << "no new pins";
  EXPECT_EQ(pool->Acquire(1), nullptr) << "a pin costs memory within the budget";
  EXPECT_NE(segment->entries()[0].load(std::memory_order_relaxed), 0U) << "nothing was cleared";
  one = Pool::Pin();
  EXPECT_EQ(pool->Acquire(1), nullptr) << "one more pin";
  other.LetGo();
  EXPECT_EQ(pool->Acquire(1), segment);
}

TEST(SegmentPool, PinsNothingThroughAReferenceOfAnotherGeneration) {
  const PoolPtr pool = MakePool(kBlock1, kBlock1);
  Control* const segment = pool->Acquire(1);
  const SegmentRef old = Pool::RefTo(*segment);
  UseAndRetire(*pool, *segment);
  EXPECT_FALSE(pool->TryPin(*segment, old)) << "free";
  EXPECT_FALSE(Pool::IsLive(*segment, old));
  ASSERT_EQ(pool->Acquire(1), segment);
  EXPECT_FALSE(pool->TryPin(*segment, old)) << "live again, for somebody else";
  EXPECT_FALSE(Pool::IsLive(*segment, old));
  EXPECT_TRUE(pool->TryPin(*segment, Pool::RefTo(*segment)));
  const StateWord state(segment->state.load(std::memory_order_relaxed));
  EXPECT_EQ(state.pins(), 0U) << "refused pins were taken back";
  UseAndRetire(*pool, *segment);
  EXPECT_EQ(pool->Acquire(1), segment);
}

TEST(SegmentPool, KeepsASegmentAsideUntilItsLastClaimIsCommitted) {
  const PoolPtr pool = MakePool(kBlock1, kBlock1);
  Control* const segment = pool->Acquire(1);
  Use(*segment, 3, 2);
  pool->Retire(*segment);
  pool->RecycleCommitted();
  EXPECT_EQ(pool->Acquire(1), nullptr);
  EXPECT_EQ(pool->cached_bytes(), 0U);
  segment->entries()[2].store(kEntryCommitted | kEntryVoid, std::memory_order_release);
  EXPECT_EQ(pool->Acquire(1), segment)
      << "a budget that is spent recycles what was set aside first";
}

TEST(SegmentPool, RecyclesSeveralSegmentsOnceTheirClaimsAreCommitted) {
  const PoolPtr pool = MakePool(3 * kBlock1, 3 * kBlock1);
  std::vector<Control*> segments;
  for (int i = 0; i < 3; ++i) {
    segments.push_back(pool->Acquire(1));
    Use(*segments.back(), 1, 0);
    pool->Retire(*segments.back());
  }
  for (const int i : {0, 2}) {
    segments[static_cast<size_t>(i)]->entries()[0].store(kEntryCommitted,
                                                         std::memory_order_release);
  }
  pool->RecycleCommitted();
  EXPECT_EQ(pool->cached_bytes(), 2 * kBlock1);
  segments[1]->entries()[0].store(kEntryCommitted, std::memory_order_release);
  pool->RecycleCommitted();
  EXPECT_EQ(pool->cached_bytes(), 3 * kBlock1);
}

TEST(SegmentPool, TellsItsListenerOfEachBlockThatBecomesFree) {
  struct Listener : LogListener {
    void OnRoom() override { ++rooms; }
    void OnAppend(LogUid) override {}
    int rooms = 0;
  } listener;
  const PoolPtr pool(
      new Pool({.budget_bytes = 2 * kBlock1, .cache_bytes = kBlock1, .listener = &listener}));
  Control* const first = pool->Acquire(1);
  Control* const second = pool->Acquire(1);
  Control* const stub = pool->Acquire(SegmentGeometry::kStub);
  UseAndRetire(*pool, *first);
  EXPECT_EQ(listener.rooms, 1) << "a block that goes to the cache";
  UseAndRetire(*pool, *second);
  EXPECT_EQ(listener.rooms, 2) << "a block that goes to the system";
  UseAndRetire(*pool, *stub);
  EXPECT_EQ(listener.rooms, 2) << "a stub has no block";
}

TEST(SegmentPool, TellsItsListenerOfWhatIsLeftOfABlockThatWasEvicted) {
  struct Listener : LogListener {
    void OnRoom() override { ++rooms; }
    void OnAppend(LogUid) override {}
    int rooms = 0;
  } listener;
  const PoolPtr pool(
      new Pool({.budget_bytes = kBlock2, .cache_bytes = kBlock2, .listener = &listener}));
  UseAndRetire(*pool, *pool->Acquire(2));
  EXPECT_EQ(listener.rooms, 1);
  ASSERT_NE(pool->Acquire(1), nullptr);
  EXPECT_EQ(listener.rooms, 2) << "three quarters of the block are left";
  EXPECT_EQ(pool->held_bytes(), kBlock1);
  ASSERT_NE(pool->Acquire(1), nullptr);
  EXPECT_EQ(listener.rooms, 2) << "nothing was evicted";
  EXPECT_EQ(pool->Acquire(2), nullptr);
  EXPECT_EQ(listener.rooms, 2) << "nothing there was to evict";
}

TEST(SegmentPool, EvictsTheSmallestBlockThatIsLargeEnough) {
  constexpr uint64_t kBlock3 = SegmentGeometry::Of(3).block_bytes;
  const PoolPtr pool = MakePool(kBlock1 + kBlock2 + kBlock3, kBlock3 * 2);
  Control* const small = pool->Acquire(1);
  Control* const middle = pool->Acquire(2);
  Control* const large = pool->Acquire(3);
  for (Control* segment : {small, middle, large}) UseAndRetire(*pool, *segment);
  // Of the size of the middle one, and with other entries.
  EXPECT_NE(pool->Acquire(SegmentGeometry::ClassOf(2, 1)), nullptr);
  EXPECT_EQ(pool->cached_bytes(), kBlock1 + kBlock3);
  EXPECT_NE(pool->Acquire(SegmentGeometry::ClassOf(2, 2)), nullptr);
  EXPECT_EQ(pool->cached_bytes(), kBlock1) << "of the large one, more than half is left over";
}

TEST(SegmentPool, MakesManyControlsAndFindsEachByItsId) {
  const PoolPtr pool = MakePool(0, 0);
  std::vector<Control*> stubs;
  for (uint32_t i = 0; i < 5000; ++i) {
    stubs.push_back(pool->Acquire(SegmentGeometry::kStub));
    ASSERT_NE(stubs.back(), nullptr);
    EXPECT_EQ(stubs.back()->id, i);
  }
  for (uint32_t i = 0; i < 5000; ++i) EXPECT_EQ(&pool->Get(i), stubs[i]);
  EXPECT_EQ(pool->control_bytes(), 5000 * sizeof(Control));
  for (Control* stub : stubs) UseAndRetire(*pool, *stub);
}

// AddressSanitizer checks in these that nothing is used after it is freed, and nothing leaks.

TEST(SegmentPool, OutlivesItsOwnerAsLongAsAPinDoes) {
  PoolPtr owner = MakePool(4 * kBlock1, 4 * kBlock1);
  Pool* const pool = owner.get();
  Control* const first = pool->Acquire(1);
  Control* const second = pool->Acquire(1);
  Unpoison(first->data(), 11);
  std::memcpy(first->data(), "still here", 11);
  Pool::Pin of_first = pool->TryPin(*first, Pool::RefTo(*first));
  Pool::Pin of_first_too = pool->TryPin(*first, Pool::RefTo(*first));
  Pool::Pin of_second = pool->TryPin(*second, Pool::RefTo(*second));
  ASSERT_TRUE(of_first && of_first_too && of_second);
  UseAndRetire(*pool, *first);
  UseAndRetire(*pool, *second);
  owner.reset();
  EXPECT_STREQ(reinterpret_cast<const char*>(first->data()), "still here");
  of_second.LetGo();
  of_first.LetGo();
  EXPECT_STREQ(reinterpret_cast<const char*>(first->data()), "still here");
  of_first_too.LetGo();
}

TEST(SegmentPool, FreesMappedBlocksAndThoseSetAsideWhenItGoes) {
  PoolPtr pool = MakePool(4 * kBlock5, 4 * kBlock5);
  UseAndRetire(*pool, *pool->Acquire(5));
  Control* const aside = pool->Acquire(5);
  Use(*aside, 1, 0);
  pool->Retire(*aside);
  pool.reset();
}

}  // namespace
}  // namespace kinesis::internal
