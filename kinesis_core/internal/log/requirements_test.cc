// What log and pool require of this library's code is checked in debug builds: each test breaks one
// requirement and reads what is printed.
#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_pool.h"

namespace kinesis::internal {
namespace {

constexpr Millis kNowMs(1'700'000'000'000);

// Does something in the middle of an operation: at its next load of an atomic.
struct InterruptedAtomics : StdAtomics {
  static inline std::function<void()> at_load;

  template <class T>
  struct Atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    T load(std::memory_order order) const {
      if (at_load) std::exchange(at_load, nullptr)();
      return std::atomic<T>::load(order);
    }
  };
};

class RequirementsDeathTest : public ::testing::Test {
 protected:
  using Pool = SegmentPool<InterruptedAtomics>;
  using Log = RingLog<InterruptedAtomics>;

  void SetUp() override {
    if (!kChecked) GTEST_SKIP() << "built without checks";
    ASSERT_TRUE(log_.Open(*pool_, LogUid(1), 17, 3, kNowMs));
  }
  ~RequirementsDeathTest() override {
    if (log_.uid() != 0) {
      log_.Close(kNowMs);
      log_.Release();
    }
    Pool::Release(pool_);
  }

  LogStatus Append() {
    Appended appended;
    return log_.Append(LogUid(1), {"data", "key"}, kNowMs, limits_, &appended);
  }

  Pool* const pool_ = new Pool({.budget_bytes = 1 << 20, .cache_bytes = 1 << 20});
  Log log_;
  LogLimits<InterruptedAtomics> limits_;
};

// --- Life

TEST_F(RequirementsDeathTest, ALogIsOpenedWhenItIsNotOpen) {
  EXPECT_DEATH(log_.Open(*pool_, LogUid(2), 17, 3, kNowMs), "\\(1 and 0\\)");
}

TEST_F(RequirementsDeathTest, ALogIsClosedBeforeItIsReleased) {
  EXPECT_DEATH(log_.Release(), "is_closed");
}

TEST_F(RequirementsDeathTest, NoReaderUsesALogThatIsReleased) {
  ASSERT_EQ(Append(), LogStatus::kOk);
  log_.Close(kNowMs);
  const auto release = [this] { log_.Release(); };
  EXPECT_DEATH(
      {
        InterruptedAtomics::at_load = release;
        log_.SeekIndex(RecordIndex(0));
      },
      "readers_.count\\(\\) == 0 \\(1 and 0\\)");
  EXPECT_DEATH(
      {
        LogCursor cursor = log_.Oldest();
        Log::Span span;
        uint64_t lost = 0;
        InterruptedAtomics::at_load = release;
        log_.ReadSpan(&cursor, {}, &span, &lost);
      },
      "readers_.count\\(\\) == 0 \\(1 and 0\\)");
}

TEST_F(RequirementsDeathTest, OneThreadAtATimeOpensClosesAndReleases) {
  EXPECT_DEATH(
      {
        InterruptedAtomics::at_load = [this] { log_.Close(kNowMs); };
        log_.Close(kNowMs);
      },
      "life_.count\\(\\) == 1 \\(2 and 1\\)");
}

TEST_F(RequirementsDeathTest, APoolOutlivesItsLogs) {
  EXPECT_DEATH(Pool::Release(pool_), "\\(1 and 0\\)");
}

// --- Segments

TEST_F(RequirementsDeathTest, APinIsGivenBackOnce) {
  auto& segment = *pool_->Acquire(1);
  EXPECT_DEATH(Pool::Pin::Adopt(*pool_, &segment).LetGo(), "state.pins\\(\\) > 0U \\(0 and 0\\)");
  pool_->Discard(&segment);
}

TEST_F(RequirementsDeathTest, ASegmentIsSealedBeforeItLeavesItsLog) {
  ASSERT_EQ(Append(), LogStatus::kOk);
  auto& tail = pool_->Get(log_.Newest().segment.id());
  EXPECT_DEATH(pool_->Retire(tail, true), "sealed");
}

TEST_F(RequirementsDeathTest, ASegmentIsRetiredOnce) {
  auto& segment = *pool_->Acquire(1);
  pool_->Discard(&segment);
  EXPECT_DEATH(pool_->Discard(&segment), "old.flag\\(\\) == StateWord::kLive");
}

TEST_F(RequirementsDeathTest, AnIdIsOneThatThePoolGave) {
  EXPECT_DEATH(pool_->Get(1234), "id < .*\\(1234 and 1\\)");
}

TEST_F(RequirementsDeathTest, TheEntriesOfAFreeSegmentAreZero) {
  auto& segment = *pool_->Acquire(1);
  auto* const entries = segment.entries();
  pool_->Discard(&segment);
  entries[3].store(1, std::memory_order_relaxed);  // one thread
  EXPECT_DEATH(pool_->Acquire(1), "HasEntries");
  entries[3].store(0, std::memory_order_relaxed);  // as above
}

// --- Words

TEST_F(RequirementsDeathTest, WhatIsPackedFitsItsField) {
  EXPECT_DEATH(
      (void)(RecordEntry{.offset_units = 1U << 15, .data_bytes = 0, .key_bytes = 0}).Encode(),
      "offset_units >> kEntryOffsetBits == 0U \\(1 and 0\\)");
  EXPECT_DEATH((void)ContentWord::Settled(ByteCount(3 << 25), 0, true), "\\(3 and 0\\)");
  const TailWord nearly_full = TailWord(0).Advanced(8000, 1, kNowMs);
  EXPECT_DEATH((void)nearly_full.Advanced(192, 1, kNowMs), "\\(8192 and 8191\\)");
}

TEST_F(RequirementsDeathTest, ASealedTailTakesNoClaim) {
  EXPECT_DEATH((void)TailWord(0).Sealed().Advanced(1, 1, kNowMs), "!sealed\\(\\)");
}

}  // namespace
}  // namespace kinesis::internal
