// LoadScale: records and bytes on one scale, so that each shard is judged by whichever of its
// limits it comes nearer to.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_SCALE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_SCALE_H_

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "kinesis_core/lab/simulation_options.h"

namespace kinesis::lab {

// A value. Loads are whole numbers, and exact: a shard accepts per_second() of them in a second.
class LoadScale {
 public:
  explicit LoadScale(const WriteLimits& limits) {
    const uint64_t common = std::gcd(limits.records_per_second, limits.bytes_per_second);
    per_record_ = limits.bytes_per_second / common;
    per_byte_ = limits.records_per_second / common;
    per_second_ = limits.records_per_second * per_record_;
  }

  uint64_t OfRecords(uint64_t records) const { return records * per_record_; }
  uint64_t OfBytes(uint64_t bytes) const { return bytes * per_byte_; }
  // The load of a shard, or of a key, that has both.
  uint64_t Of(uint64_t records, uint64_t bytes) const {
    return std::max(OfRecords(records), OfBytes(bytes));
  }
  uint64_t per_second() const { return per_second_; }

 private:
  uint64_t per_record_;
  uint64_t per_byte_;
  uint64_t per_second_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_SCALE_H_
