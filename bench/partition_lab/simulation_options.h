// The options of the simulation: the limits of a shard, its readers, and the packing of records.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_SIMULATION_OPTIONS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_SIMULATION_OPTIONS_H_

#include <cstdint>

namespace kinesis::lab {

// The write limits of one shard. The defaults are Kinesis's (PutRecord in the service model): 1,000
// records and 1 MiB a second, partition keys included.
struct WriteLimits {
  uint64_t records_per_second = 1'000;            // [1, 10^9]
  uint64_t bytes_per_second = uint64_t{1} << 20;  // [1, 2^30]
};

// The readers of the stream: each shard has one.
struct ReaderOptions {
  // Records that the reader of one shard handles each second, [1, 10^9]; 0: all that it gets.
  uint64_t records_per_second = 0;
  // Bytes a second that a shard gives to all who share it. The default is Kinesis's 2 MiB
  // (GetRecords in the service model).
  uint64_t bytes_per_second = uint64_t{2} << 20;
};

// How a producer packs several records into one. The defaults are the KPL's: AggregationMaxSize and
// RecordMaxBufferedTime.
struct AggregationOptions {
  uint64_t bytes_max = 51'200;    // of a pack, [64, 1,048,576]
  int64_t wait_ns = 100'000'000;  // the longest that a record waits for others, at least 0
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_SIMULATION_OPTIONS_H_
