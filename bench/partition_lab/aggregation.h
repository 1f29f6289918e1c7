// Aggregation: what becomes of the load when producers pack several records into one, as the KPL
// does. The shard's limit on records then counts the packs, while the limit on bytes stays.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_AGGREGATION_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_AGGREGATION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kinesis_core/lab/capacity_meter.h"
#include "kinesis_core/lab/write_throttle.h"

namespace kinesis::lab {

// The defaults are the KPL's: AggregationMaxSize and RecordMaxBufferedTime.
struct AggregationOptions {
  uint64_t bytes_max = 51'200;    // of a pack, [64, 1,048,576]
  int64_t wait_ns = 100'000'000;  // the longest that a record waits for others, at least 0
};

// What arrives at the shards when records are packed.
struct AggregationReport {
  uint64_t records = 0;  // packs
  uint64_t bytes = 0;
  uint64_t put_units = 0;          // prices.h
  double over_capacity_share = 0;  // of the packs, capacity_meter.h
};

// One producer, which packs what goes to the same shard. A pack is sent when the next record would
// not fit, or when its first one has waited long enough. Its bytes are those of its records with
// their keys, 8 more for each and 20 for the whole: about what the format of the KPL takes, which
// writes each key once; one alone is sent as it is.
//
// Thread-compatible: one thread at a time.
class Aggregation {
 public:
  Aggregation(size_t shards, const WriteLimits& limits, const AggregationOptions& options,
              int64_t duration_ns)
      : options_(options), packs_(shards), capacity_(shards, limits, duration_ns) {}

  // A record for a shard. Arrivals do not decrease.
  void Add(size_t shard, int64_t arrival_ns, uint64_t bytes);

  // Sends what is left.
  AggregationReport Finish();

 private:
  struct Pack {
    uint64_t records = 0;
    uint64_t bytes = 0;
    int64_t opened_ns = 0;
  };

  void Send(size_t shard, int64_t time_ns);

  const AggregationOptions options_;
  std::vector<Pack> packs_;
  CapacityMeter capacity_;
  AggregationReport report_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_AGGREGATION_H_
