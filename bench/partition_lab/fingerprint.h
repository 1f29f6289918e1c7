// Fingerprint: a 64-bit stand-in for a partition key, so that tables need not hold keys. It is
// XXH3 with a seed that no strategy uses: what the lab samples by it says nothing about shards.
//
// Two of 10 million keys share a fingerprint with a probability of 3 in a million.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_FINGERPRINT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_FINGERPRINT_H_

#include <cstdint>
#include <string_view>

namespace kinesis::lab {

// Thread-safe.
uint64_t Fingerprint(std::string_view key);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_FINGERPRINT_H_
