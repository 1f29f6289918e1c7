// For tests: the numbers of which botocore_fixtures.py makes its requests.
#ifndef KINESIS_CORE_API_REMOTE_INTERNAL_SPLIT_MIX_H_
#define KINESIS_CORE_API_REMOTE_INTERNAL_SPLIT_MIX_H_

#include <cstdint>

namespace kinesis::api::internal {

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t end) { return Next() % end; }

 private:
  uint64_t state_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_REMOTE_INTERNAL_SPLIT_MIX_H_
