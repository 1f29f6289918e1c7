// The operating system's coarse real-time clock: what SystemClock() reads, for the data path to
// read inline.
#ifndef KINESIS_CORE_INTERNAL_BASE_SYSTEM_TIME_H_
#define KINESIS_CORE_INTERNAL_BASE_SYSTEM_TIME_H_

#include <cstdint>
#include <ctime>

namespace kinesis::internal {

// Behind the exact time by up to a tick of the kernel, or more: clock.h says what that means. A few
// nanoseconds: no system call, no read of a hardware counter.
inline timespec SystemNow() {
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now;
}

// Not behind, and several times as slow.
inline timespec ExactSystemNow() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now;
}

// SystemNow() in milliseconds since the Unix epoch.
inline int64_t SystemNowMillis() {
  const timespec now = SystemNow();
  // A nanosecond count fits 32 bits, of which the division is cheaper.
  return int64_t{now.tv_sec} * 1000 + static_cast<uint32_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_SYSTEM_TIME_H_
