// Aggregation: the load that reaches the shards when producers pack several records into one, as
// the KPL does. A shard's limit on records then counts the packs, while the limit on bytes stays.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_AGGREGATION_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_AGGREGATION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kinesis_core/lab/capacity_meter.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/simulation_report.h"

namespace kinesis::lab {

// One producer, which packs the records that go to the same shard. A pack is sent when the next
// record would not fit, or when its first one has waited long enough. Its bytes are those of its
// records with their keys, 8 more for each and 20 for the whole: about what the format of the KPL
// takes, which writes each key once; one alone is sent as it is.
//
// Thread-compatible: one thread at a time.
class Aggregation {
 public:
  Aggregation(size_t shards, const WriteLimits& limits, const AggregationOptions& options,
              int64_t duration_ns)
      : options_(options), packs_(shards), capacity_(shards, limits, duration_ns) {}

  // Packs a record for a shard. Arrivals do not decrease.
  void Add(size_t shard, int64_t arrival_ns, uint64_t bytes);

  // Sends the packs that are still open, and returns the totals.
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
