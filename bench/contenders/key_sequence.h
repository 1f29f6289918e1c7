// Numbers that are spread evenly and cost next to nothing to make: what hash keys are drawn from.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_KEY_SEQUENCE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_KEY_SEQUENCE_H_

#include <cstdint>

namespace kinesis::bench {

// Maps `number`, spread over all 64-bit numbers, to [0, limit).
inline uint64_t ScaleDown(uint64_t number, uint64_t limit) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(number) * limit >> 64);
}

// A generator with one multiplication and no memory accesses: a counter through the finalizer of
// MurmurHash3, so that neither a branch predictor nor a prefetcher can learn the order.
class SpreadSequence {
 public:
  uint64_t Next() {
    uint64_t x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 32)) * 0xff51afd7ed558ccd;
    return x ^ (x >> 32);
  }

 private:
  uint64_t state_ = 0;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_KEY_SEQUENCE_H_
