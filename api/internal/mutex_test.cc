#include "kinesis_core/api/internal/mutex.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::api::internal {
namespace {

using testing::WaitingFor;

struct Counter {
  void Add() {
    const MutexLock lock(mutex);
    // Two steps, between which nobody else may come.
    const int64_t read = count;
    if (read % 64 == 0) std::this_thread::yield();
    count = read + 1;
  }

  Mutex mutex;
  int64_t count ABSL_GUARDED_BY(mutex) = 0;
};

TEST(MutexTest, OneThreadAtATimeHoldsIt) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&counter] {
      for (int round = 0; round < kRounds; ++round) counter.Add();
    });
  }
  const WaitingFor waiting("the threads that count");
  for (std::thread& thread : threads) thread.join();
  const MutexLock lock(counter.mutex);
  EXPECT_EQ(counter.count, kThreads * kRounds);
}

TEST(MutexTest, EveryThreadThatFindsItHeldGetsItWhenItIsReleased) {
  Mutex mutex;
  std::atomic<int> arrived{0};
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  const WaitingFor waiting("three threads that find the mutex held");
  {
    const MutexLock lock(mutex);
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        ++arrived;
        const MutexLock own(mutex);
        ++passed;
      });
    }
    while (arrived != 3) std::this_thread::yield();
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    EXPECT_EQ(passed, 0);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 3);
}

TEST(MutexTest, AHoldThatWasMovedIsReleasedOnce) {
  Mutex mutex;
  {
    MovableMutexLock lock(mutex);
    const MovableMutexLock moved(std::move(lock));
  }
  mutex.Lock();
  mutex.Unlock();
}

}  // namespace
}  // namespace kinesis::api::internal
