#include "kinesis_core/lab/capacity_meter.h"

#include <algorithm>
#include <limits>

namespace kinesis::lab {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;

}  // namespace

CapacityMeter::CapacityMeter(size_t shards, const WriteLimits& limits, int64_t duration_ns)
    : limits_(limits),
      duration_ns_(std::max(duration_ns, kSecond)),
      windows_(std::max<int64_t>(duration_ns_ / kMinute, 1)),
      // Rounded up, so that no window is left over at the end.
      window_ns_((duration_ns_ + windows_ - 1) / windows_),
      shards_(shards) {}

void CapacityMeter::Close(Shard& one, size_t shard, int64_t next_window) {
  const double seconds = static_cast<double>(window_ns_) / static_cast<double>(kSecond);
  const auto records = static_cast<double>(one.records);
  const double utilization = Utilization(records, static_cast<double>(one.bytes), seconds, limits_);
  if (utilization > 1) one.over += records * (1 - 1 / utilization);
  if (utilization > peak_.utilization) peak_ = {utilization, shard, one.window * window_ns_};
  one.window = next_window;
  one.window_end_ns = next_window + 1 < windows_ ? (next_window + 1) * window_ns_
                                                 : std::numeric_limits<int64_t>::max();
  one.records_before += one.records;
  one.bytes_before += one.bytes;
  one.records = 0;
  one.bytes = 0;
}

CapacityMeter::Result CapacityMeter::Finish() const {
  CapacityMeter closed = *this;
  Result result;
  const double seconds = static_cast<double>(duration_ns_) / static_cast<double>(kSecond);
  for (size_t shard = 0; shard < closed.shards_.size(); ++shard) {
    Shard& one = closed.shards_[shard];
    closed.Close(one, shard, one.window);
    result.over.push_back(one.over);
    result.utilization.push_back(Utilization(static_cast<double>(one.records_before),
                                             static_cast<double>(one.bytes_before), seconds,
                                             limits_));
  }
  result.peak = closed.peak_;
  return result;
}

}  // namespace kinesis::lab
