#include "kinesis_core/lab/write_throttle.h"

#include <algorithm>
#include <cassert>

namespace kinesis::lab {

WriteThrottle::WriteThrottle(const WriteLimits& limits)
    : records_(static_cast<int64_t>(limits.records_per_second)),
      bytes_(static_cast<int64_t>(limits.bytes_per_second)) {
  assert(limits.records_per_second <= 1'000'000'000);
  assert(limits.bytes_per_second <= uint64_t{1} << 30);
}

int64_t WriteThrottle::Accept(int64_t arrival_ns, uint64_t bytes) {
  const auto byte_tokens = static_cast<int64_t>(bytes);
  time_ns_ = std::max(arrival_ns, time_ns_);
  time_ns_ += std::max(records_.TicksUntil(1, time_ns_), bytes_.TicksUntil(byte_tokens, time_ns_));
  records_.Take(1, time_ns_);
  bytes_.Take(byte_tokens, time_ns_);
  return time_ns_;
}

bool WriteThrottle::TryAccept(int64_t arrival_ns, uint64_t bytes) {
  const auto byte_tokens = static_cast<int64_t>(bytes);
  if (!records_.Has(1, arrival_ns) || !bytes_.Has(byte_tokens, arrival_ns)) return false;
  records_.TakeNow(1);
  bytes_.TakeNow(byte_tokens);
  return true;
}

}  // namespace kinesis::lab
