// Pace: when records arrive in a simulation, in nanoseconds from its beginning.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_PACE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_PACE_H_

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace kinesis::lab {

// Thread-compatible: one thread at a time. A value.
class Pace {
 public:
  // Makes a pace of `records` records in every `seconds` seconds, the same time apart; each at
  // least 1.
  static Pace Even(uint64_t records, uint64_t seconds = 1) {
    assert(records >= 1 && seconds >= 1);
    return Pace(records, seconds, 1);
  }

  // Makes a pace of the records' own times, `speedup` times as fast, at least 1. The first record
  // arrives at 0; a time before that of an earlier record counts as the same.
  static Pace Recorded(uint64_t speedup) {
    assert(speedup >= 1);
    return Pace(0, 1, speedup);
  }

  bool is_even() const { return records_ > 0; }
  // 0 unless the pace is even.
  double records_per_second() const {
    return static_cast<double>(records_) / static_cast<double>(seconds_);
  }

  // Returns the arrival of the next record.
  int64_t Next(int64_t unix_time_ns) {
    const uint64_t index = count_++;
    if (is_even()) {
      const uint64_t period = seconds_ * kSecond;
      const uint64_t rest = index % records_ * period / records_;
      return static_cast<int64_t>(index / records_ * period + rest);
    }
    if (index == 0) first_ns_ = unix_time_ns;
    last_ns_ = std::max(last_ns_, (unix_time_ns - first_ns_) / speedup_);
    return last_ns_;
  }

 private:
  static constexpr uint64_t kSecond = 1'000'000'000;

  Pace(uint64_t records, uint64_t seconds, uint64_t speedup)
      : records_(records), seconds_(seconds), speedup_(static_cast<int64_t>(speedup)) {}

  uint64_t records_;  // 0: recorded
  uint64_t seconds_;
  int64_t speedup_;
  uint64_t count_ = 0;
  int64_t first_ns_ = 0;
  int64_t last_ns_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_PACE_H_
