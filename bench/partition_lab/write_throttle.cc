#include "kinesis_core/lab/write_throttle.h"

#include <algorithm>
#include <cassert>

namespace kinesis::lab {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// How long a bucket that refills at `rate` tokens a second takes until it holds `need`.
int64_t TimeUntil(int64_t need, int64_t level, int64_t rate) {
  return level >= need ? 0 : (need - level + rate - 1) / rate;
}

// The level after `passed` nanoseconds.
int64_t Refilled(int64_t level, int64_t rate, int64_t passed) {
  const int64_t full = rate * kSecond;
  // Only a debt takes longer than a second, and only then can the product be too large for 64 bits.
  if (passed > kSecond && passed >= TimeUntil(full, level, rate)) return full;
  return std::min(level + passed * rate, full);
}

}  // namespace

WriteThrottle::WriteThrottle(const WriteLimits& limits)
    : records_rate_(static_cast<int64_t>(limits.records_per_second)),
      bytes_rate_(static_cast<int64_t>(limits.bytes_per_second)),
      records_level_(records_rate_ * kSecond),
      bytes_level_(bytes_rate_ * kSecond) {
  assert(limits.records_per_second >= 1 && limits.records_per_second <= 1'000'000'000);
  assert(limits.bytes_per_second >= 1 && limits.bytes_per_second <= uint64_t{1} << 30);
}

int64_t WriteThrottle::Accept(int64_t arrival_ns, uint64_t bytes) {
  const int64_t bytes_need = static_cast<int64_t>(bytes) * kSecond;
  const int64_t bytes_wait = std::min(bytes_need, bytes_rate_ * kSecond);
  AdvanceTo(std::max(arrival_ns, time_ns_));
  AdvanceTo(time_ns_ + std::max(TimeUntil(kSecond, records_level_, records_rate_),
                                TimeUntil(bytes_wait, bytes_level_, bytes_rate_)));
  records_level_ -= kSecond;
  bytes_level_ -= bytes_need;
  return time_ns_;
}

bool WriteThrottle::TryAccept(int64_t arrival_ns, uint64_t bytes) {
  const int64_t bytes_need = static_cast<int64_t>(bytes) * kSecond;
  AdvanceTo(arrival_ns);
  if (records_level_ < kSecond || bytes_level_ < std::min(bytes_need, bytes_rate_ * kSecond)) {
    return false;
  }
  records_level_ -= kSecond;
  bytes_level_ -= bytes_need;
  return true;
}

void WriteThrottle::AdvanceTo(int64_t time_ns) {
  const int64_t passed = time_ns - time_ns_;
  records_level_ = Refilled(records_level_, records_rate_, passed);
  bytes_level_ = Refilled(bytes_level_, bytes_rate_, passed);
  time_ns_ = time_ns;
}

}  // namespace kinesis::lab
