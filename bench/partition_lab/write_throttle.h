// WriteThrottle: when a shard accepts a record under Kinesis's write limits, exactly. This file and
// its .cc are all that the lab knows of how the limits work.
//
// Two token buckets, of records and of bytes, hold what the shard accepts in one second and refill
// evenly: the API layer's, in nanoseconds. A record needs a token of the one and its bytes of the
// other. A record of more bytes than a second's worth (MaxRecordSizeInKiB of a stream can be 10
// MiB) is accepted by a bucket that is full and leaves a debt.
//
// Accept is for producers that wait: records queue in the order of their arrival, and one that has
// to wait makes those behind it wait. A producer that tries again at the very moment when the shard
// would accept sees just that; any other waits longer. TryAccept is for producers that drop.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_THROTTLE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_THROTTLE_H_

#include <cstdint>

#include "kinesis_core/api/internal/token_bucket.h"
#include "kinesis_core/lab/simulation_options.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time. Of one shard that has been idle. Times are in
// nanoseconds from 0 on and must not decrease.
class WriteThrottle {
 public:
  explicit WriteThrottle(const WriteLimits& limits);

  // Takes the next record in and returns the time of its acceptance: `arrival_ns` itself if the
  // shard accepts it at once.
  int64_t Accept(int64_t arrival_ns, uint64_t bytes);

  // Takes a record in that comes at `arrival_ns` and never again, and returns true; false if the
  // shard does not accept it, which leaves everything as it was.
  bool TryAccept(int64_t arrival_ns, uint64_t bytes);

 private:
  using Bucket = api::internal::BasicTokenBucket<1'000'000'000>;

  Bucket records_;
  Bucket bytes_;
  int64_t time_ns_ = 0;  // of the last acceptance
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_THROTTLE_H_
