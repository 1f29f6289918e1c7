// WriteThrottle: when a shard accepts a record under Kinesis's write limits, exactly. This file and
// its .cc are all that the lab knows of those limits.
//
// Two token buckets, of records and of bytes, that hold what the shard accepts in one second and
// refill evenly. A record needs a token of the one and its bytes of the other. Time and levels are
// integers (tokens in parts of 10^9), so nothing is lost to rounding however long a run is.
//
// A record of more bytes than a second's worth (streams can be told to take up to 10 MiB) is
// accepted by a bucket that is full and leaves a debt, as the API layer's own throttling has it.
//
// Accept is for producers that wait: records queue in the order of their arrival, and one that has
// to wait makes those behind it wait. A producer that tries again at the very moment when the shard
// would accept sees just that; any other waits longer. TryAccept is for producers that drop.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_THROTTLE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_THROTTLE_H_

#include <cstdint>

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

  // Whether the shard accepts a record that comes at `arrival_ns` and never again. One that it does
  // not accept takes nothing.
  bool TryAccept(int64_t arrival_ns, uint64_t bytes);

 private:
  void AdvanceTo(int64_t time_ns);

  int64_t records_rate_;
  int64_t bytes_rate_;
  int64_t records_level_;  // in 10^-9 tokens
  int64_t bytes_level_;
  int64_t time_ns_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_WRITE_THROTTLE_H_
