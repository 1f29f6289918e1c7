// Snapshots of what an engine holds and has done. Values; exact when nothing is in flight,
// otherwise each number is one that held at some moment of the call.
#ifndef KINESIS_CORE_METRICS_H_
#define KINESIS_CORE_METRICS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// Counts are since the shard was opened, and never go back. Bytes are those of data and partition
// keys; those of a record that was trimmed while its put was still copying it are not counted.
struct ShardMetrics {
  ShardId shard_id;
  bool is_open = false;  // takes records
  uint64_t incoming_records = 0;
  uint64_t incoming_bytes = 0;
  uint64_t outgoing_records = 0;  // each record once for each iterator that read it
  uint64_t outgoing_bytes = 0;
  uint64_t rejected_writes = 0;  // puts refused for lack of capacity or memory
  uint64_t rejected_reads = 0;   // reads that returned an error
  // The age of the last record that the last read returned (CloudWatch: IteratorAgeMilliseconds).
  absl::Duration iterator_age;
  uint64_t memory_held_bytes = 0;  // record memory of the shard, counted against its capacity
  // Those whom the next record wakes, or the end of the shard: threads that sleep at its tip, and
  // each WaitSet, group member and coroutine that watches it.
  uint64_t waiters = 0;
};

// Of one shard that a consumer group has not finished.
struct GroupShardMetrics {
  ShardId shard_id;
  // The member that owns it; 0: none, as there is no member, or its parents are not finished.
  uint64_t owner = 0;
  uint64_t epoch = 0;
  // True while a delivery of it is out.
  bool is_out = false;
  // The position committed last; not valid: none was.
  SequenceNumber committed;
  // Records that were put and not committed.
  uint64_t lag_records = 0;
};

struct GroupMetrics {
  std::string name;
  std::vector<uint64_t> members;  // their ids, without those whose lease time is over
  std::vector<GroupShardMetrics> shards;
  uint64_t dead_letters = 0;  // records that were given up since the group was created
};

struct StreamMetrics {
  std::string name;
  std::vector<ShardMetrics> shards;  // in order of shard id, those listed by Stream::ListShards
  // The sums over all shards that the stream has and had: counts go on when a shard is replaced,
  // and stay when it has expired and is listed no longer. Of the shards that are listed: the
  // highest age, the sums of what they hold and of waiters, and whether one of them is open. The
  // shard id says nothing.
  ShardMetrics total;
  std::vector<GroupMetrics> groups;  // in order of name
};

struct EngineMetrics {
  uint64_t memory_budget_bytes = 0;
  uint64_t memory_held_bytes = 0;    // taken from the system for records, at most the budget
  uint64_t memory_cached_bytes = 0;  // the part of it that waits for reuse
  // The blocks that batches, and iterators that read by ReadInto, keep from being used again; a
  // part of what is held. Next to the budget and growing, it means that batches are kept for long.
  uint64_t memory_pinned_bytes = 0;
  // For how long one of these blocks, or of those on the disk, has been pinned without a break, by
  // one batch or by several that overlap: of that for which it is longest. Zero if nothing is
  // pinned.
  absl::Duration oldest_pin_age;
  // The same of what lies in EngineOptions::directory; 0 without one.
  uint64_t disk_budget_bytes = 0;
  uint64_t disk_held_bytes = 0;
  uint64_t disk_cached_bytes = 0;
  uint64_t disk_pinned_bytes = 0;
  uint64_t waiting_puts = 0;           // that sleep until there is room
  uint64_t bookkeeping_bytes = 0;      // structures beside record memory: segment controls, logs
  std::vector<StreamMetrics> streams;  // in order of name
};

}  // namespace kinesis

#endif  // KINESIS_CORE_METRICS_H_
