// A stream: its shards, the table that routes to the open ones, and the two paths in.
//
// Resharding, and why no record is lost, doubled or put out of order
//   1  The children are opened, empty.
//   2  The new table is published.
//   3  The parents are closed, each by one atomic step of its log.
// A producer that still has a parent from the old table either claims before step 3 and its record
// is in the parent, or is refused and routes again, by the new table, to a child (L7). Publishing
// before closing means that a refused producer finds the new table there: it never waits for the
// resharding thread (L1). Order per key (L3): take a put A that returned before a put B of the same
// key began. If A went to a child, the new table was current, and B, later, cannot read the old
// one. If A went to the parent, B goes to the parent behind it or to a child. So a reader that
// drains parents before children sees A before B. Numbers grow too: a child's creation second,
// which leads its sequence numbers, is later than its parents'.
//
// Thread-safe: all operations may run concurrently. Put takes no lock; resharding and listing do.
#ifndef KINESIS_CORE_INTERNAL_STREAM_CORE_H_
#define KINESIS_CORE_INTERNAL_STREAM_CORE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/engine_core.h"
#include "kinesis_core/internal/hash_range_table.h"
#include "kinesis_core/internal/mutex.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/options.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/record.h"

namespace kinesis::internal {

class StreamCore : public std::enable_shared_from_this<StreamCore> {
 public:
  static constexpr int64_t kMaxShardCount = 100'000;

  static absl::Status Validate(std::string_view name, const StreamOptions& options);
  static absl::Status ValidateRetention(absl::Duration retention);
  // Requires: Validate() is OK.
  static absl::StatusOr<std::shared_ptr<StreamCore>> Create(std::shared_ptr<EngineCore> engine,
                                                            std::string name,
                                                            const StreamOptions& options);

  const std::string& name() const { return name_; }
  EngineCore& engine() const { return *engine_; }

  // --- In
  HashKey HashOf(const Record& record) const {
    if (strategy() == RecordDistributionStrategy::kAuto) [[unlikely]]
      return TakeTurn();
    return record.explicit_hash_key ? *record.explicit_hash_key
                                    : partitioner_->Hash(record.partition_key);
  }
  absl::StatusOr<ShardId> OpenShardOf(const HashKey& key) const;
  absl::StatusOr<PutResult> Put(const Record& record);
  void PutBatch(std::span<const Record> records, std::vector<absl::StatusOr<PutResult>>* results);
  // At hash keys that are given.
  absl::StatusOr<PutResult> PutAt(const HashKey& key, const Record& record);
  void PutBatchAt(std::span<const HashKey> keys, std::span<const Record> records,
                  std::vector<absl::StatusOr<PutResult>>* results);

  RecordDistributionStrategy strategy() const {
    return strategy_.load(std::memory_order_relaxed);  // stands for itself, publishes nothing
  }
  absl::Status SetStrategy(RecordDistributionStrategy strategy);

  // --- Shards. Each of these first drops closed shards whose records have all expired.
  absl::StatusOr<std::shared_ptr<ShardCore>> FindShard(ShardId id);
  std::vector<std::shared_ptr<ShardCore>> ListShards();
  absl::StatusOr<std::vector<ShardId>> Split(ShardId id, const HashKey* new_start);
  absl::StatusOr<ShardId> Merge(ShardId one, ShardId other);
  absl::Status ReshardUniformly(int64_t shard_count);
  std::vector<ShardMetrics> Metrics();
  size_t BookkeepingBytes();

  // --- Retention and trimming
  absl::Duration retention() const;
  absl::Status SetRetention(absl::Duration retention);
  int64_t RetentionMs() const {
    return limits_.retention_ms.load(std::memory_order_relaxed);  // publishes nothing
  }
  // Gives back expired memory. Returns when more will have expired; INT64_MAX if nothing is stored.
  int64_t TrimExpired();
  // The same unless the stream is being resharded or listed: for puts, which wait for nobody.
  void TryTrimExpired();

  // --- Deletion
  // Closes all shards, lets their memory go and makes every call on the stream fail with kNotFound.
  void Delete();
  bool is_deleted() const {
    return deleted_.load(std::memory_order_acquire);  // pairs with Delete
  }
  absl::Status DeletedError() const;

 private:
  using ShardPtr = std::shared_ptr<ShardCore>;
  using Table = HashRangeTable<StdAtomics, Log>;
  struct ClosedShard {
    ShardId id;
    int64_t closed_ms;
  };

  StreamCore(std::shared_ptr<EngineCore> engine, std::string name, const StreamOptions& options);

  // A key of the shard whose turn it is.
  HashKey TakeTurn() const;
  // The first of so many turns, which nobody else gets.
  uint64_t TakeTurns(uint64_t count) const {
    return next_turn_.fetch_add(count, std::memory_order_relaxed);  // unique, orders nothing
  }

  static absl::Status ValidateStrategy(RecordDistributionStrategy strategy);
  static uint64_t SecondsOf(int64_t ms) { return static_cast<uint64_t>(ms) / 1000; }

  // One put on the way.
  static bool IsValid(const Record& record) {
    return record.data.size() <= kMaxDataBytes &&
           record.partition_key.size() <= kMaxPartitionKeyBytes;
  }
  static absl::Status InvalidRecordError(const Record& record);
  absl::Status AppendError(LogStatus status, size_t record_bytes) const;
  static PutResult ResultOf(const Appended& appended, uint32_t offset);
  // Requires: IsValid(record).
  absl::StatusOr<PutResult> Append(const HashKey& key, const Record& record);
  class Batch;

  // The control path.
  absl::StatusOr<ShardPtr> OpenShard(const HashKeyRange& range, std::vector<ShardId> parents,
                                     uint64_t created_s) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Replaces open_[first, first + count) by shards with these ranges, in the three steps above.
  absl::StatusOr<std::vector<ShardId>> Replace(size_t first, size_t count,
                                               std::span<const HashKeyRange> ranges)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SplitAt(size_t place, HashKey new_start) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<size_t> FindOpen(ShardId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropExpiredShards() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t TrimExpiredLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<EngineCore> engine_;
  const std::string name_;
  const std::shared_ptr<const Partitioner> partitioner_;
  const OverflowPolicy overflow_policy_;
  std::atomic<RecordDistributionStrategy> strategy_;
  LogLimits<StdAtomics> limits_;
  Table table_;
  std::atomic<bool> deleted_{false};
  // Of kAuto. On a line of its own: every put of such a stream writes it, and every put of any
  // stream reads what stands above.
  alignas(64) mutable std::atomic<uint64_t> next_turn_{0};

  alignas(64) Mutex mutex_;
  std::map<ShardId, ShardPtr> shards_ ABSL_GUARDED_BY(mutex_);
  std::vector<ShardPtr> open_
      ABSL_GUARDED_BY(mutex_);  // in order of hash keys, covering all of them
  std::deque<ClosedShard> closed_
      ABSL_GUARDED_BY(mutex_);  // listed and closed, in order of closing
  uint32_t next_shard_index_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_STREAM_CORE_H_
