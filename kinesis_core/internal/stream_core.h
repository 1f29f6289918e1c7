// A stream: its shards, the table that routes to the open ones, and the two paths in.
//
// Resharding, and why no record is lost, doubled or put out of order
//   1  The children are opened, empty. Shards that the plan only passes through (ReshardPlan) are
//      opened and closed here; no table ever names them.
//   2  The new table is published.
//   3  The parents are closed, each by one atomic step of its log.
// A producer that still has a parent from the old table either claims before step 3 and its record
// is in the parent, or is refused and routes again, by the new table, to a child (L7). Publishing
// before closing means that a refused producer finds the new table there: it never waits for the
// resharding thread (L1). Order per key (L3): take a put A that returned before a put B of the same
// key began. If A went to a child, the new table was current, and B, later, cannot read the old
// one. If A went to the parent, B goes to the parent behind it or to a child. So a reader that
// drains parents before children sees A before B. Numbers grow too: a child's creation second,
// which leads its sequence numbers, is later than its parents' and than the second in which they
// were closed. It runs ahead of the clock by as many seconds as there are generations within one
// second; a stream has at most 2^31 shard ids, and the engine's time ends 2^31 seconds and more
// before the layout's (see EngineCore::NowMillis), so it always fits.
//
// Closing the stream is the same with nothing to follow: is_closed() is set, then the empty table
// is published, then all open shards are closed, under layout_mutex_. A put that began before
// either claims before its shard's log is closed, and its record lies before the end that readers
// are told; or it is refused, routes again and finds the empty table. Whoever finds that sees why:
// is_closed() and is_deleted() are set before it is published. A put that begins after Close() has
// returned is refused, as the publication happened before. Puts that sleep for want of room are
// woken last, through the lock under which they park (RoomWaiters::WakeAll), and route again.
//
// Locks. Put takes none. The others, in the order in which they are taken:
//   reshard_mutex_  One reshard at a time. Held as long as that takes: planning, memory for the new
//                   shards, and the three steps. Only those who reshard, close or delete this
//                   stream wait for it.
//   layout_mutex_   Which shards are open. Held from the listing of the children to the closing of
//                   the parents, and by whoever lists, so that no listing shows both as open.
//   settings_mutex_ Who changes a setting, so that the journal of a stream in the directory agrees.
//   groups_mutex_   The consumer groups by name, and the retention. Held for steps on the map, and
//                   while the journal of a stream in the directory notes that one is removed.
//   counts_mutex_   Whoever adds up what expired shards have counted. Held for that.
//   roster_mutex_   The shards by id. Held for kRosterSteps steps on a map at a time, whatever the
//                   number of shards, and never while anything else is waited for, allocated from
//                   the system or closed: this is the only lock of a stream that a call on another
//                   stream may meet (the sweep of a put that waits for room).
//   readers_mutex_  The readers of each shard that count by themselves. Held for the steps on one
//                   list, with nothing else.
// The observer is told of what happens under one of them when all are released (EventScope).
//
// Thread-safe: all operations may run concurrently.
#ifndef KINESIS_CORE_INTERNAL_STREAM_CORE_H_
#define KINESIS_CORE_INTERNAL_STREAM_CORE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/engine_core.h"
#include "kinesis_core/internal/hash_range_table.h"
#include "kinesis_core/internal/reshard_plan.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/options.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/record.h"

namespace kinesis::internal {

// What a stream knows of a consumer group.
class GroupHook {
 public:
  virtual ~GroupHook() = default;
  virtual const std::string& name() const = 0;
  // The stream has no such group any more, or has been deleted. Called without a lock.
  virtual void OnRemoved() = 0;
  virtual GroupMetrics Metrics() = 0;
};

class StreamCore : public std::enable_shared_from_this<StreamCore> {
 public:
  static constexpr int64_t kMaxShardCount = 100'000;

  static absl::Status Validate(std::string_view name, const StreamOptions& options);
  static absl::Status ValidateRetention(absl::Duration retention);
  // The one of the library's own that is so named; null if none is.
  static std::shared_ptr<const Partitioner> KnownPartitioner(std::string_view name);
  // Requires: Validate() is OK.
  static absl::StatusOr<std::shared_ptr<StreamCore>> Create(std::shared_ptr<EngineCore> engine,
                                                            std::string name,
                                                            const StreamOptions& options);

  // Makes a stream again of what the directory says of it and the segments that were found, from
  // which it takes its own. Nothing of it is given back before GoOn.
  static absl::StatusOr<std::shared_ptr<StreamCore>> Restore(
      std::shared_ptr<EngineCore> engine, const StoredStream& stored, const EngineOptions& options,
      std::map<uint64_t, std::vector<FoundSegment>>* found, RecoveryReport* report);
  // To be called once of each stream that was restored, when all have been and BlockFiles has freed
  // the rest: opens other shards if power was lost, finds the groups, trims what has expired.
  absl::Status GoOn(const StoredStream& stored, RecoveryReport* report);

  const std::string& name() const { return name_; }
  // Where those wait who watch for new shards: woken whenever layout_version() has changed, and
  // after the end of the stream.
  uint64_t uid() const { return uid_; }
  // Grows with each reshard, once the new shards are listed and the replaced ones are closed, and
  // when the stream is closed.
  uint64_t layout_version() const {
    return layout_version_.load(std::memory_order_acquire);  // pairs with TellLayout
  }
  EngineCore& engine() const { return *engine_; }
  Pool& pool() const { return pool_; }
  bool is_durable() const { return durability_ != Durability::kMemory; }
  bool survives_power() const { return durability_ >= Durability::kInterval; }

  // --- The directory, of a stream that is kept there: journals that it is new, or deleted.
  absl::Status SaveNew(std::map<std::string, std::string> properties);
  absl::Status SaveDeleted();
  // Where its groups keep their positions if they are given nothing else: in the directory. Null if
  // the stream is not there. The stream outlives it.
  std::shared_ptr<CheckpointStore> CheckpointsInDirectory();

  // --- The disk, of a stream that survives a loss of power
  // Returns when all that was put is on the disk.
  absl::Status Sync();
  // To be called when a record is in the log `uid`: returns when it is where the durability of the
  // stream wants it.
  absl::Status SyncAfterPut(LogUid uid, Millis now_ms) {
    if (!survives_power()) [[likely]]
      return absl::OkStatus();
    return SyncMarked(MarkForSync(uid), now_ms);
  }
  // Takes no more records, as no more can be brought to the disk.
  void Freeze();
  bool is_frozen() const {
    return is_frozen_.load(std::memory_order_acquire);  // pairs with Freeze
  }

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
  std::vector<FailedPut> PutMany(std::span<const Record> records, std::vector<PutRange>* ranges);
  // Room for a record with the keys of `address`, whose data do not count. Whoever ends it keeps
  // the stream until then.
  absl::Status Reserve(const Record& address, size_t data_bytes,
                       ReservedRecord<StdAtomics>* reserved, PutResult* place);
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
  StreamMetrics Metrics();
  size_t BookkeepingBytes();

  // --- Retention and trimming
  absl::Duration retention() const;
  absl::Status SetRetention(absl::Duration retention);
  int64_t RetentionMs() const {
    return limits_.retention_ms.load(std::memory_order_relaxed);  // publishes nothing
  }
  // Gives back expired memory. Returns when more will have expired; INT64_MAX if nothing is stored
  // or time ends before that. Ends early, at the next kRosterSteps shards, once the clock has come
  // to `deadline`.
  int64_t TrimExpired(absl::Time deadline);
  // The same to the end, but leaves out what another thread is looking at: for puts, which wait for
  // nobody.
  void TryTrimExpired();

  // --- Consumer groups. What all of them have committed is trimmed when there is no room, and at
  // once in a stream that keeps records until then; such a stream keeps the others whatever the
  // retention period is, as long as it has groups.
  absl::Status AddGroup(std::shared_ptr<GroupHook> group);
  // Null: there is none.
  std::shared_ptr<GroupHook> FindGroup(std::string_view name);
  // kNotFound: there is none.
  absl::Status RemoveGroup(std::string_view name);
  std::vector<std::string> ListGroups();
  std::vector<std::shared_ptr<GroupHook>> Groups();
  size_t group_count() const {
    // Sequentially consistent: a group that is counted here and not found at a shard holds it.
    return group_count_.load(std::memory_order_seq_cst);
  }
  // A group has committed more of `shard`.
  void OnCommit(ShardCore& shard);

  // --- Closing and deletion
  // Ends the stream: it takes no more records, and every shard ends behind those that it has.
  // Closing twice is harmless.
  absl::Status Close();
  // From the moment on in which puts begin to be refused for it.
  bool is_closed() const {
    return is_closed_.load(std::memory_order_acquire);  // pairs with Close
  }
  // Closes all shards, lets their memory go and makes every call on the stream fail with kNotFound.
  void Delete();
  // The same for this process alone: what the files have stays, for the engine that opens them.
  void Leave();
  bool is_deleted() const {
    return deleted_.load(std::memory_order_acquire);  // pairs with Delete
  }
  absl::Status DeletedError() const;
  absl::Status FrozenError() const;

  // Of the lists of readers that the shards have.
  Mutex& readers_mutex() { return readers_mutex_; }

 private:
  absl::Status ClosedError() const;
  // Why the table is empty.
  absl::Status NoRouteError() const;
  // OK while the stream takes records.
  absl::Status CheckTakesRecords() const {
    return is_deleted() || is_closed() || is_frozen() ? NoRouteError() : absl::OkStatus();
  }
  using ShardPtr = std::shared_ptr<ShardCore>;
  using Shards = std::map<ShardId, ShardPtr>;
  // What they hold, by their names.
  using RestoredGroups =
      std::map<std::string, std::vector<std::pair<ShardPtr, std::shared_ptr<GroupHold>>>,
               std::less<>>;
  using Table = HashRangeTable<StdAtomics, Log>;
  // When a closed shard is forgotten: this long after it was closed, or after its newest record if
  // that is younger, the retention period is over.
  struct ClosedShard {
    int64_t expires_from_ms;
    ShardId id;
    friend auto operator<=>(const ClosedShard&, const ClosedShard&) = default;
  };
  // Not in order of closing: one whose newest record is in the future of the clock, which was set
  // back, holds up no other.
  using ClosedShards =
      std::priority_queue<ClosedShard, std::vector<ClosedShard>, std::greater<ClosedShard>>;

  // So many shards are looked at under roster_mutex_ at a time.
  static constexpr size_t kRosterSteps = 256;

  // `uid`: 0 for a new one.
  StreamCore(std::shared_ptr<EngineCore> engine, std::string name, const StreamOptions& options,
             uint64_t uid = 0);

  // A key of the shard whose turn it is.
  HashKey TakeTurn() const;
  // The first of so many turns, which nobody else gets.
  uint64_t TakeTurns(uint64_t count) const {
    return next_turn_.fetch_add(count, std::memory_order_relaxed);  // unique, orders nothing
  }

  static absl::Status ValidateStrategy(RecordDistributionStrategy strategy);
  static uint64_t SecondsOf(int64_t ms) { return static_cast<uint64_t>(ms) / 1000; }

  // One put on the way.
  static bool IsValid(size_t data_bytes, size_t key_bytes) {
    return data_bytes <= kMaxDataBytes && key_bytes <= kMaxPartitionKeyBytes;
  }
  static bool IsValid(const Record& record) {
    return IsValid(record.data.size(), record.partition_key.size());
  }
  // Requires: !IsValid().
  static absl::Status InvalidSizeError(size_t data_bytes, size_t key_bytes);
  absl::Status TooLargeError(size_t record_bytes) const;
  // Counts the refusal, and says why.
  absl::Status AppendError(LogStatus status, size_t record_bytes, Log& log);
  // Makes room for a put that was refused with `status`, of what the groups have committed. False:
  // there is none.
  bool MakeRoom(LogStatus status, uint32_t shard_index);
  // Tells the observer, which is there, unless it has been told and no room was made since.
  void TellShortage(LogStatus status, uint32_t shard_index);
  // That of the option which bounds what the stream's records take.
  std::string BudgetName() const {
    return is_durable() ? "disk_budget_bytes" : "memory_budget_bytes";
  }
  // What a producer that is refused can do about it.
  std::string RoomAdvice(LogStatus status, uint32_t shard_index);
  // Field by field: g++ copies a string_view as one vector, through memory.
  static LogRecord StoredOf(const Record& record) {
    return {{record.data.data(), record.data.size()},
            {record.partition_key.data(), record.partition_key.size()}};
  }
  // The place of record number `offset` of a claim.
  static PutResult ResultOf(const Appended& appended, uint32_t offset) {
    // Index 0 of a shard's sequence numbers is its start, so records count from 1.
    return {
        ShardId(appended.shard_index),
        SequenceNumber::Make(appended.shard_created_s, appended.shard_index,
                             appended.first_index + offset + 1, SecondsOf(appended.arrival_ms))};
  }
  // Routes by `key` until try_append(route, now_ms) is not told that the shard is closed. Returns
  // then(uid of its log, now_ms) if it went well.
  template <class TryAppend, class Then>
  absl::Status AppendBy(const HashKey& key, size_t stored_bytes, TryAppend try_append, Then then);
  // Requires: IsValid(record).
  absl::StatusOr<PutResult> Append(const HashKey& key, const Record& record);
  // Many on the way: in stream_batch.cc, as all that stands here of them.
  template <class Sink>
  class Batch;

  // The control path.
  absl::StatusOr<ShardPtr> OpenShard(ShardIdentity identity)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reshard_mutex_);
  // Opens the shards that a plan for `parents` opens and closes those of them that it replaces
  // again. On an error nothing is left of them. Nobody else sees any of it.
  struct Reshard;
  absl::Status OpenPlanned(Reshard* reshard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(reshard_mutex_);
  // Replaces open_[first, first + count) by shards with these ranges, in the three steps above;
  // without ranges, each by one with its own.
  // Returns those that are open there now. On an error nothing has changed.
  absl::StatusOr<std::vector<ShardId>> Replace(size_t first, size_t count,
                                               std::span<const HashKeyRange> ranges)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reshard_mutex_);
  struct OpenPlace {
    size_t place;  // in open_, until somebody else may reshard
    HashKeyRange range;
  };
  absl::StatusOr<OpenPlace> FindOpen(ShardId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(reshard_mutex_);
  size_t OpenCount();
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(layout_mutex_);
  // Closes a shard that none takes over from.
  static void CloseForGood(ShardCore& shard, Millis now_ms);
  static ShardClosing ClosingForGood(const ShardCore& shard, Millis now_ms);
  // What Delete and Leave have in common.
  void End(bool leaves_files);

  // The directory.
  static StoredShard Stored(const ShardCore& shard);
  static StoredClosing StoredClosingOf(ShardId id, const std::vector<ShardId>& children,
                                       const ShardClosing& closing);
  // Journals a reshard that has been prepared, before anybody sees it (F1, F2).
  absl::Status SaveClosed(Millis now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(reshard_mutex_);
  absl::Status SaveReshard(std::span<const ShardPtr> opened, std::vector<StoredClosing> closed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(reshard_mutex_);
  absl::Status RestoreShards(const StoredStream& stored,
                             std::map<uint64_t, std::vector<FoundSegment>>* found,
                             RecoveryReport* report);
  // Makes a shard that was stored, with its log.
  absl::StatusOr<ShardPtr> RestoreShard(const StoredStream& stored, const StoredShard& shard,
                                        std::map<uint64_t, std::vector<FoundSegment>>* found,
                                        RecoveryReport* report);
  void RestoreGroups(const StoredStream& stored);
  // Closes each open shard, and goes on with another one in its place: the sequence numbers of what
  // a loss of power took are not given out again.
  absl::Status RenewShards();
  // Sees to it that what is put to a shard comes to the disk.
  void KeepCopies(const ShardPtr& shard, LogExport<StdAtomics> exported);
  // What a put does about the disk: marks each log that it has put to, and then waits for the last
  // round that this returned, which is 0 of kInterval: that has rounds when one is due.
  uint64_t MarkForSync(LogUid uid);
  absl::Status SyncMarked(uint64_t round, Millis now_ms);
  // The group is here, or is to be here no more: its place is another's from now on.
  void DropRestoredGroup(std::string_view name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(groups_mutex_);
  // Journals a change of the options, which `change` makes to what is stored of them.
  absl::Status SaveOptions(const std::function<void(StoredOptions&)>& change);
  // Tells those who watch for new shards. Why none of them sleeps on: it parks before it reads the
  // version, and this takes the lock of the place where it parks after it has written it. If it
  // parked first, it is woken; else the lock orders the write before its read.
  void TellLayout() {
    layout_version_.fetch_add(1, std::memory_order_release);  // publishes the listing
    engine_->OnAppend(uid_);
  }

  // The roster. With `wait` false these leave undone what needs a lock that another thread holds.
  void Enlist(Shards shards);
  void Retire(std::span<const ClosedShard> closed);
  ShardPtr FindListed(ShardId id);
  // Null also if another thread has the lock.
  ShardPtr TryFindListed(ShardId id);
  // Replaces `*shards` by the next kRosterSteps listed shards in order of id; by the first ones if
  // it is empty. False if there are none.
  bool NextListed(bool wait, std::vector<ShardPtr>* shards);
  std::vector<ShardPtr> ListedShards();
  // Forgets the closed shards whose records have all expired.
  void DropExpiredShards(bool wait);
  // Keeps what those in leaving_ have counted, which go.
  void KeepCounts();
  int64_t TrimExpired(bool wait, absl::Time deadline, bool for_room);
  // Sets the retention that is in force.
  void ApplyRetention() ABSL_EXCLUSIVE_LOCKS_REQUIRED(groups_mutex_);

  const std::shared_ptr<EngineCore> engine_;
  const std::string name_;
  const uint64_t uid_;
  const Durability durability_;
  Pool& pool_;
  const std::shared_ptr<const Partitioner> partitioner_;
  const OverflowPolicy overflow_policy_;
  const bool keep_until_committed_;
  std::atomic<RecordDistributionStrategy> strategy_;
  LogLimits<StdAtomics> limits_;
  Table table_;
  std::atomic<bool> deleted_{false};
  std::atomic<bool> is_closed_{false};  // set under reshard_mutex_
  std::atomic<bool> is_frozen_{false};
  std::atomic<uint64_t> layout_version_{0};
  // Of kAuto. On a line of its own: every put of such a stream writes it, and every put of any
  // stream reads what stands above.
  alignas(64) mutable std::atomic<uint64_t> next_turn_{0};

  alignas(64) Mutex reshard_mutex_;
  uint32_t next_shard_index_ ABSL_GUARDED_BY(reshard_mutex_) = 0;

  // EngineCore::room_changes() when a shortage was told last, from 1.
  std::atomic<uint64_t> told_room_{0};

  Mutex groups_mutex_;
  std::map<std::string, std::shared_ptr<GroupHook>, std::less<>> groups_
      ABSL_GUARDED_BY(groups_mutex_);
  // Groups whose checkpoints were found in the directory, until they are created again or removed:
  // what they have not committed is kept for them.
  RestoredGroups restored_groups_ ABSL_GUARDED_BY(groups_mutex_);
  // Of groups_ and restored_groups_, and of those that are being removed and have holds yet.
  std::atomic<size_t> group_count_{0};
  std::atomic<int64_t> retention_ms_;  // as set; what is in force stands in limits_

  Mutex layout_mutex_;
  // In order of hash keys, covering all of them. Changed under both locks.
  std::vector<ShardPtr> open_ ABSL_GUARDED_BY(layout_mutex_);

  Mutex settings_mutex_;
  Mutex readers_mutex_;
  Mutex counts_mutex_;

  Mutex roster_mutex_;
  Shards shards_ ABSL_GUARDED_BY(roster_mutex_);
  ClosedShards closed_ ABSL_GUARDED_BY(roster_mutex_);  // those of shards_ that are closed
  // What shards that are listed no longer have counted: those in leaving_ count by themselves until
  // that is a part of kept_counts_. Each step from one place to the next changes the version, so
  // that Metrics, which finds it unchanged, has met each shard in exactly one of them.
  // A sweep that waits for nobody leaves them there for the next one.
  std::vector<ShardPtr> leaving_ ABSL_GUARDED_BY(roster_mutex_);
  ShardMetrics kept_counts_ ABSL_GUARDED_BY(roster_mutex_);
  ShardMetrics last_counts_ ABSL_GUARDED_BY(roster_mutex_);  // as returned last
  uint64_t counts_version_ ABSL_GUARDED_BY(roster_mutex_) = 0;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_STREAM_CORE_H_
