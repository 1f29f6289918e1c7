// Two kinds of test: the classic litmus tests of the memory model, with the outcomes that must show
// and those that must not; and canaries, which are small algorithms broken on purpose that must be
// caught.
#include "kinesis_core/testing/deterministic_schedule.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace kinesis::testing {
namespace {

template <class T>
using Atomic = ScheduledAtomics::Atomic<T>;

constexpr uint64_t kSchedules = 4000;
constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kAcqRel = std::memory_order_acq_rel;
constexpr auto kSeqCst = std::memory_order_seq_cst;

using Outcomes = std::set<std::pair<int, int>>;

// Two fibers store to one location each and then load the other's.
Outcomes StoreBuffering(std::memory_order store, std::memory_order load) {
  Outcomes outcomes;
  const Exploration found = Explore({.schedules = kSchedules}, [&](Schedule& s) {
    Atomic<int> x{0};
    Atomic<int> y{0};
    int a = -1;
    int b = -1;
    s.Spawn([&] {
      x.store(1, store);
      a = y.load(load);
    });
    s.Spawn([&] {
      y.store(1, store);
      b = x.load(load);
    });
    s.Run();
    outcomes.insert({a, b});
  });
  EXPECT_EQ(found.failure, "");
  return outcomes;
}

TEST(DeterministicSchedule, StoreBufferingShowsUnlessSequentiallyConsistent) {
  const Outcomes weak = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  EXPECT_EQ(StoreBuffering(kRelaxed, kRelaxed), weak);
  EXPECT_EQ(StoreBuffering(kRelease, kAcquire), weak);
  const Outcomes strong = {{0, 1}, {1, 0}, {1, 1}};
  EXPECT_EQ(StoreBuffering(kSeqCst, kSeqCst), strong);
}

// One fiber stores data and then a flag; the other loads the flag and then the data.
Outcomes MessagePassing(std::memory_order store, std::memory_order load) {
  Outcomes outcomes;
  const Exploration found = Explore({.schedules = kSchedules}, [&](Schedule& s) {
    Atomic<int> data{0};
    Atomic<int> flag{0};
    int seen_flag = -1;
    int seen_data = -1;
    s.Spawn([&] {
      data.store(1, kRelaxed);
      flag.store(1, store);
    });
    s.Spawn([&] {
      seen_flag = flag.load(load);
      seen_data = data.load(kRelaxed);
    });
    s.Run();
    outcomes.insert({seen_flag, seen_data});
  });
  EXPECT_EQ(found.failure, "");
  return outcomes;
}

TEST(DeterministicSchedule, AMessageIsPassedOnlyByReleaseAndAcquire) {
  EXPECT_EQ(MessagePassing(kRelease, kAcquire), (Outcomes{{0, 0}, {0, 1}, {1, 1}}));
  EXPECT_TRUE(MessagePassing(kRelaxed, kAcquire).contains({1, 0}));
  EXPECT_TRUE(MessagePassing(kRelease, kRelaxed).contains({1, 0}));
}

TEST(DeterministicSchedule, LoadsOfOneLocationDoNotGoBack) {
  bool old_first = false;
  const Exploration found = Explore({.schedules = kSchedules}, [&](Schedule& s) {
    Atomic<int> x{0};
    s.Spawn([&] {
      for (int i = 1; i <= 3; ++i) x.store(i, kRelaxed);
    });
    s.Spawn([&] {
      int last = 0;
      for (int i = 0; i < 4; ++i) {
        const int now = x.load(kRelaxed);
        s.Check(now >= last, "a load went back");
        old_first |= now < 3 && i == 3;
        last = now;
      }
    });
    s.Run();
    s.Check(x.load(kRelaxed) == 3, "after Run the newest value is seen");
  });
  EXPECT_EQ(found.failure, "");
  EXPECT_TRUE(old_first);
}

// Two fibers store to one location each; two others load both, in opposite order.
bool ReadersDisagree(std::memory_order order_of_stores, std::memory_order order_of_loads) {
  bool disagree = false;
  const Exploration found = Explore({.schedules = 20'000}, [&](Schedule& s) {
    Atomic<int> x{0};
    Atomic<int> y{0};
    int seen[4] = {};
    s.Spawn([&] { x.store(1, order_of_stores); });
    s.Spawn([&] { y.store(1, order_of_stores); });
    s.Spawn([&] {
      seen[0] = x.load(order_of_loads);
      seen[1] = y.load(order_of_loads);
    });
    s.Spawn([&] {
      seen[2] = y.load(order_of_loads);
      seen[3] = x.load(order_of_loads);
    });
    s.Run();
    disagree |= seen[0] == 1 && seen[1] == 0 && seen[2] == 1 && seen[3] == 0;
  });
  EXPECT_EQ(found.failure, "");
  return disagree;
}

TEST(DeterministicSchedule, ReadersDisagreeOnIndependentStoresUnlessSequentiallyConsistent) {
  EXPECT_TRUE(ReadersDisagree(kRelease, kAcquire));
  EXPECT_FALSE(ReadersDisagree(kSeqCst, kSeqCst));
}

// A release store, then an update of `order` by another fiber, then an acquire load of the update.
std::string PassThroughUpdate(std::memory_order order) {
  return Explore({.schedules = kSchedules},
                 [&](Schedule& s) {
                   Atomic<int> x{0};
                   PlainCell<int> cell;
                   s.Spawn([&] {
                     cell.Write(1);
                     x.store(1, kRelease);
                   });
                   s.Spawn([&] { x.fetch_add(10, order); });
                   s.Spawn([&] {
                     if (x.load(kAcquire) == 11) s.Check(cell.Read() == 1, "the cell was written");
                   });
                   s.Run();
                 })
      .failure;
}

TEST(DeterministicSchedule, AnUpdateOfAnyOrderContinuesTheReleaseSequence) {
  EXPECT_EQ(PassThroughUpdate(kRelaxed), "");
  EXPECT_EQ(PassThroughUpdate(kAcqRel), "");
}

TEST(DeterministicSchedule, ARelaxedStoreEndsTheReleaseSequence) {
  const Exploration found = Explore({.schedules = kSchedules}, [](Schedule& s) {
    Atomic<int> x{0};
    PlainCell<int> cell;
    s.Spawn([&] {
      cell.Write(1);
      x.store(1, kRelease);
      x.store(2, kRelaxed);
    });
    s.Spawn([&] {
      if (x.load(kAcquire) == 2) cell.Read();
    });
    s.Run();
  });
  EXPECT_NE(found.failure.find("data race"), std::string::npos);
}

TEST(DeterministicSchedule, LoadsReturnTheNewestValueWhenStaleReadsAreOff) {
  const Exploration found =
      Explore({.schedules = kSchedules, .stale_reads = false}, [](Schedule& s) {
        Atomic<int> x{0};
        Atomic<int> y{0};
        int seen = 0;
        s.Spawn([&] {
          x.store(1, kRelaxed);
          seen += y.load(kRelaxed);
        });
        s.Spawn([&] {
          y.store(1, kRelaxed);
          seen += x.load(kRelaxed);
        });
        s.Run();
        s.Check(seen > 0, "both loads were stale");
      });
  EXPECT_EQ(found.failure, "");
}

TEST(DeterministicSchedule, WeakExchangesFailForNoReasonAndStrongOnesDoNot) {
  int failures = 0;
  const Exploration found = Explore({.schedules = kSchedules}, [&](Schedule& s) {
    Atomic<int> x{0};
    s.Spawn([&] {
      int expected = 0;
      if (!x.compare_exchange_weak(expected, 1, kAcqRel)) {
        ++failures;
        s.Check(expected == 0, "a spurious failure loads the value");
        s.Check(x.compare_exchange_strong(expected, 1, kAcqRel, kRelaxed), "a strong one failed");
      }
      expected = 7;
      s.Check(!x.compare_exchange_strong(expected, 8, kAcqRel), "7 is not there");
      s.Check(expected == 1, "a failure tells the value");
    });
    s.Run();
    s.Check(x.load(kRelaxed) == 1, "exchanged once");
  });
  EXPECT_EQ(found.failure, "");
  EXPECT_GT(failures, 0);
}

TEST(DeterministicSchedule, UpdatesAreAtomicAndReturnTheOldValue) {
  const Exploration found = Explore({.schedules = kSchedules}, [](Schedule& s) {
    Atomic<uint64_t> sum{0};
    Atomic<uint64_t> bits{0xff};
    for (uint64_t i = 0; i < 3; ++i) {
      s.Spawn([&, i] {
        sum.fetch_add(3, kRelaxed);
        sum.fetch_sub(1, kRelaxed);
        s.Check((bits.fetch_xor(uint64_t{1} << i, kRelaxed) >> i & 1) == 1, "the old bit");
        bits.fetch_or(uint64_t{0x100} << i, kRelaxed);
        bits.fetch_and(~(uint64_t{0x10} << i), kRelaxed);
      });
    }
    s.Run();
    s.Check(sum.load(kRelaxed) == 6, "no update was lost");
    s.Check(bits.load(kRelaxed) == 0x788, "no bit was lost");
    s.Check(sum.exchange(9, kRelaxed) == 6 && sum.load(kRelaxed) == 9, "exchange");
  });
  EXPECT_EQ(found.failure, "");
}

// --- Canaries

TEST(DeterministicSchedule, FindsAMessageThatIsPublishedWithoutRelease) {
  const Exploration found = Explore({.schedules = kSchedules}, [](Schedule& s) {
    Atomic<int> flag{0};
    PlainCell<int> cell;
    s.Spawn([&] {
      cell.Write(42);
      flag.store(1, kRelaxed);
    });
    s.Spawn([&] {
      if (flag.load(kAcquire) == 1) cell.Read();
    });
    s.Run();
  });
  EXPECT_NE(found.failure.find("data race"), std::string::npos) << found.failure;
  EXPECT_LT(found.schedules, 100U);
}

TEST(DeterministicSchedule, FindsMemoryThatIsReusedWhileItIsRead) {
  const Exploration found = Explore({.schedules = kSchedules}, [](Schedule& s) {
    alignas(8) char bytes[16] = {};
    Atomic<int> readers{1};
    s.Spawn([&] {
      s.ReadBytes(bytes, sizeof bytes);
      readers.fetch_sub(1, kRelaxed);  // does not say that the reads are over
    });
    s.Spawn([&] {
      if (readers.load(kAcquire) == 0) ScheduledAtomics::CopyBytes(bytes, "new", 4);
    });
    s.Run();
  });
  EXPECT_NE(found.failure.find("data race"), std::string::npos) << found.failure;
}

// The failure that `body` causes with a block of 64 bytes that begins with two atomics.
std::string FailureInABlock(const std::function<void(Schedule&, std::byte*)>& body) {
  return Explore({.schedules = 1},
                 [&body](Schedule& s) {
                   alignas(64) std::byte memory[128] = {};
                   std::byte* const block = memory + 32;
                   ScheduledAtomics::TakeFromSystem(block, 64);
                   for (size_t i = 0; i < 2; ++i) new (block + 8 * i) Atomic<uint64_t>(0);
                   s.Spawn([&] { body(s, block); });
                   s.Run();
                 })
      .failure;
}

TEST(DeterministicSchedule, FindsBytesOutsideOfABlock) {
  const std::string bytes(64, 'x');
  const auto write = [&bytes](size_t at, size_t count) {
    return FailureInABlock([&bytes, at, count](Schedule&, std::byte* block) {
      ScheduledAtomics::CopyBytes(block + at, bytes.data(), count);
    });
  };
  const auto read = [](size_t at, size_t count) {
    return FailureInABlock(
        [at, count](Schedule& s, std::byte* block) { s.ReadBytes(block + at, count); });
  };
  const auto has = [](const std::string& failure, const std::string& words) {
    return failure.find(words) != std::string::npos;
  };
  EXPECT_EQ(write(16, 48), "");
  EXPECT_EQ(write(63, 1), "");
  EXPECT_EQ(read(16, 48), "");
  EXPECT_TRUE(has(write(16, 49), "writes up to 1 bytes past a block"));
  EXPECT_TRUE(has(write(56, 16), "writes up to 8 bytes past a block"));
  EXPECT_TRUE(has(read(56, 16), "reads up to 8 bytes past a block"));
  EXPECT_TRUE(has(write(64, 8), "in no block"));
  EXPECT_TRUE(has(read(64, 8), "in no block"));
  EXPECT_TRUE(has(write(8, 16), "where atomics of a block are"));
}

TEST(DeterministicSchedule, FindsAnAtomicOfABlockThatWasNotMadeThere) {
  const auto use = [](size_t at) {
    return FailureInABlock([at](Schedule&, std::byte* block) {
      reinterpret_cast<Atomic<uint64_t>*>(block + at)->store(1, kRelaxed);
    });
  };
  EXPECT_EQ(use(8), "");
  EXPECT_NE(use(16).find("not made there"), std::string::npos);
}

TEST(DeterministicSchedule, FindsBytesOfABlockThatWentBackToTheSystem) {
  const std::string failure = FailureInABlock([](Schedule& s, std::byte* block) {
    ScheduledAtomics::GiveToSystem(block, 64);
    s.ReadBytes(block + 16, 8);
  });
  EXPECT_NE(failure.find("in no block"), std::string::npos) << failure;
}

TEST(DeterministicSchedule, FindsACheckThatIsOldWhenItIsActedOn) {
  const Exploration found = Explore({.schedules = kSchedules}, [](Schedule& s) {
    Atomic<int> tickets{1};
    int sold = 0;
    for (int i = 0; i < 2; ++i) {
      s.Spawn([&] {
        if (tickets.load(kSeqCst) == 0) return;
        tickets.fetch_sub(1, kSeqCst);
        ++sold;
      });
    }
    s.Run();
    s.Check(sold <= 1, "one ticket was sold twice");
  });
  EXPECT_NE(found.failure.find("sold twice"), std::string::npos) << found.failure;
  EXPECT_LT(found.schedules, 200U);
}

// The window is one step of the first fiber, and all of the second has to fall into it.
TEST(DeterministicSchedule, FindsAnAbaThatNeedsOneLongStall) {
  const Exploration found = Explore({.schedules = 20'000}, [](Schedule& s) {
    Atomic<int> top{1};
    Atomic<int> below_1{2};
    s.Spawn([&] {
      for (int i = 0; i < 10; ++i) below_1.load(kAcquire);  // takes steps
      int expected = top.load(kAcquire);
      if (expected != 1) return;
      const int next = below_1.load(kAcquire);
      if (!top.compare_exchange_strong(expected, next, kAcqRel)) return;
      s.Check(below_1.load(kSeqCst) == next, "the top was taken with an old successor");
    });
    s.Spawn([&] {
      for (int i = 0; i < 10; ++i) below_1.load(kAcquire);  // takes steps
      int expected = 1;
      if (!top.compare_exchange_strong(expected, 2, kAcqRel)) return;
      expected = 2;
      if (!top.compare_exchange_strong(expected, 3, kAcqRel)) return;
      below_1.store(3, kRelease);
      top.store(1, kRelease);
    });
    s.Run();
  });
  EXPECT_NE(found.failure.find("old successor"), std::string::npos) << found.failure;
}

TEST(DeterministicSchedule, FindsALostWakeUp) {
  const Exploration found = Explore({.schedules = kSchedules}, [](Schedule& s) {
    Atomic<int> ready{0};
    Atomic<int> waiting{0};
    ScheduledEvent event;
    s.Spawn([&] {
      waiting.store(1, kRelease);
      if (ready.load(kAcquire) == 0) event.Wait();
    });
    s.Spawn([&] {
      ready.store(1, kRelease);
      if (waiting.load(kAcquire) == 1) event.Set();
    });
    s.Run();
  });
  EXPECT_NE(found.failure.find("lost wake-up"), std::string::npos) << found.failure;
}

TEST(DeterministicSchedule, AcceptsAWakeUpUnderOneMutex) {
  const Exploration found = Explore({.schedules = kSchedules}, [](Schedule& s) {
    ScheduledMutex mutex;
    PlainCell<int> ready;
    PlainCell<int> waiting;
    ScheduledEvent event;
    s.Spawn([&] {
      mutex.Lock();
      waiting.Write(1);
      const bool sleep = ready.Read() == 0;
      mutex.Unlock();
      if (sleep) event.Wait();
    });
    s.Spawn([&] {
      mutex.Lock();
      ready.Write(1);
      if (waiting.Read() == 1) event.Set();
      mutex.Unlock();
    });
    s.Run();
  });
  EXPECT_EQ(found.failure, "");
}

TEST(DeterministicSchedule, FailsAScheduleThatMakesNoProgress) {
  const Exploration found = Explore({.schedules = 10, .steps_max = 1000}, [](Schedule& s) {
    Atomic<int> never{0};
    s.Spawn([&] {
      while (never.load(kAcquire) == 0) {
      }
    });
    s.Run();
  });
  EXPECT_NE(found.failure.find("no progress"), std::string::npos) << found.failure;
  EXPECT_EQ(found.schedules, 1U);
}

TEST(DeterministicSchedule, LetsAPollingFiberWaitByYielding) {
  const Exploration found = Explore({.schedules = 1000, .steps_max = 1000}, [](Schedule& s) {
    Atomic<int> flag{0};
    s.Spawn([&] {
      while (flag.load(kAcquire) == 0) s.Yield();
    });
    s.Spawn([&] { flag.store(1, kRelease); });
    s.Run();
  });
  EXPECT_EQ(found.failure, "");
}

// --- Replay

TEST(DeterministicSchedule, TakesTheSameDecisionsForTheSameSeed) {
  const auto run = [](uint64_t seed) {
    std::string story;
    Explore({.seed_base = seed, .schedules = 1}, [&](Schedule& s) {
      Atomic<int> x{0};
      for (int i = 1; i <= 3; ++i) {
        s.Spawn([&, i] {
          for (int j = 0; j < 5; ++j) {
            story += std::to_string(i) + ":" + std::to_string(x.load(kRelaxed)) + " ";
            x.store(10 * i + j, kRelaxed);
            story += std::to_string(s.Draw(100)) + " ";
          }
        });
      }
      s.Run();
    });
    return story;
  };
  std::set<std::string> stories;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const std::string story = run(seed);
    EXPECT_EQ(story, run(seed)) << "seed " << seed;
    stories.insert(story);
  }
  EXPECT_GT(stories.size(), 45U);
}

TEST(DeterministicSchedule, ReplaysTheSeedThatTheEnvironmentNames) {
  const auto body = [](Schedule& s) {
    Atomic<int> tickets{1};
    int sold = 0;
    for (int i = 0; i < 2; ++i) {
      s.Spawn([&] {
        if (tickets.load(kSeqCst) == 0) return;
        tickets.fetch_sub(1, kSeqCst);
        ++sold;
      });
    }
    s.Run();
    s.Check(sold <= 1, "sold twice");
  };
  const Exploration found = Explore({.schedules = kSchedules}, body);
  ASSERT_NE(found.failure, "");
  setenv("KINESIS_SCHEDULE_SEED", std::to_string(found.failing_seed).c_str(), 1);
  const Exploration again = Explore({.schedules = kSchedules}, body);
  unsetenv("KINESIS_SCHEDULE_SEED");
  EXPECT_EQ(again.schedules, 1U);
  EXPECT_EQ(again.failure, found.failure);
}

TEST(DeterministicSchedule, CountsSchedulesStepsAndDistinctInterleavings) {
  const Exploration found = Explore({.schedules = 200, .stale_reads = false}, [](Schedule& s) {
    Atomic<int> x{0};
    for (int i = 0; i < 2; ++i) s.Spawn([&] { x.fetch_add(1, kRelaxed); });
    s.Run();
  });
  EXPECT_EQ(found.schedules, 200U);
  EXPECT_EQ(found.steps, 400U);
  EXPECT_GE(found.distinct, 2U);
  EXPECT_LE(found.distinct, 20U);
}

}  // namespace
}  // namespace kinesis::testing
