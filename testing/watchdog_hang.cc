// A test program that hangs, for watchdog_hang_test.sh.
#include <chrono>
#include <mutex>

#include "gtest/gtest.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::testing {
namespace {

TEST(Hang, ForALock) {
  std::timed_mutex mutex;
  mutex.lock();
  const WaitingFor waiting("a lock that nobody opens");
  EXPECT_FALSE(mutex.try_lock_for(std::chrono::minutes(5)));
}

}  // namespace
}  // namespace kinesis::testing
