// EngineStream: a stream of the real engine, in simulated time, that the lab puts its records
// through. It checks all the while that the engine does what the lab's own arithmetic says: each
// record goes to the shard that the shard map names, each can be read exactly once from there, and
// splits and merges lead to the map that was planned.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_ENGINE_STREAM_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_ENGINE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/split_merge_plan.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/stream.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
//
// Memory stays bounded: what has been put is read and trimmed every few MiB.
//
// kInternal from any method: the engine did not do what it should, and the message says what.
class EngineStream {
 public:
  // A stream whose open shards are those of `map`.
  static absl::StatusOr<std::unique_ptr<EngineStream>> Create(const ShardMap& map);

  // Puts a record of `bytes` bytes, its key included, at a time in nanoseconds from the beginning
  // or from the last Apply. Times of one shard do not decrease; shards need not be in step.
  absl::Status Put(int64_t time_ns, std::string_view key, uint64_t bytes, HashKey hash_key);

  // Makes the calls of a plan, after all that has been put, and goes on with the shards that come
  // out.
  absl::Status Apply(const SplitMergePlan& plan);

  // Reads all that has been put and not read.
  absl::Status Drain();

  // Records put to each shard of the map since the beginning or the last Apply, by the engine's own
  // count.
  std::vector<uint64_t> RecordsPerShard() const;

 private:
  // An open shard, its only reader, and what is on the way from the one to the other.
  struct Lane {
    Shard shard;
    ShardId id;  // the shard's
    Iterator reader;
    uint64_t records_before = 0;
    uint64_t put = 0;
    uint64_t read = 0;
  };

  EngineStream(std::unique_ptr<SimulatedClock> clock, std::unique_ptr<Engine> engine, Stream stream,
               ShardMap map);

  // Opens the lanes for the shards of `map`.
  absl::Status OpenLanes(const ShardMap& map);
  static absl::Status DrainLane(Lane& lane);
  void SetClock(int64_t time_ms);
  absl::StatusOr<Shard> FindOpen(const HashKeyRange& range) const;
  absl::Status ApplyStep(const SplitMergeStep& step);

  std::unique_ptr<SimulatedClock> clock_;
  std::unique_ptr<Engine> engine_;
  Stream stream_;
  ShardMap map_;
  std::vector<Lane> lanes_;
  uint64_t bytes_to_read_ = 0;
  // All times are in milliseconds since the stream was created: the engine knows no finer ones, and
  // the sum of two times in nanoseconds would not always fit.
  int64_t unread_from_ms_ = 0;  // the times of what has been put and not read, if any has
  int64_t unread_to_ms_ = 0;
  int64_t start_ms_ = 0;  // when Apply was called last
  int64_t latest_ms_ = 0;
  int64_t clock_ms_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_ENGINE_STREAM_H_
