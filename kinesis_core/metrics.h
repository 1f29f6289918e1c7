// Snapshots of what an engine holds and has done. Values; exact when nothing is in flight,
// otherwise each number is one that held at some moment of the call.
#ifndef KINESIS_CORE_METRICS_H_
#define KINESIS_CORE_METRICS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// Counts are since the shard was opened. Bytes are those of data and partition keys; those of a
// record that was trimmed while its put was still copying it are not counted.
struct ShardMetrics {
  ShardId shard_id;
  uint64_t incoming_records = 0;
  uint64_t incoming_bytes = 0;
  uint64_t outgoing_records = 0;  // each record once for each iterator that read it
  uint64_t outgoing_bytes = 0;
  uint64_t rejected_writes = 0;  // puts refused for lack of capacity or memory
  uint64_t rejected_reads = 0;   // reads that returned an error
  // The age of the last record that the last read returned (CloudWatch: IteratorAgeMilliseconds).
  absl::Duration iterator_age;
  uint64_t memory_held_bytes = 0;  // record memory of the shard, counted against its capacity
};

struct StreamMetrics {
  std::string name;
  std::vector<ShardMetrics> shards;  // in order of shard id, those listed by Stream::ListShards
};

struct EngineMetrics {
  uint64_t memory_budget_bytes = 0;
  uint64_t memory_held_bytes = 0;      // taken from the system for records, at most the budget
  uint64_t memory_cached_bytes = 0;    // the part of it that waits for reuse
  uint64_t bookkeeping_bytes = 0;      // structures beside record memory: segment controls, logs
  std::vector<StreamMetrics> streams;  // in order of name
};

}  // namespace kinesis

#endif  // KINESIS_CORE_METRICS_H_
