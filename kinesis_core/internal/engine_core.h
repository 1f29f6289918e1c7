// EngineCore: the part that an Engine and every handle made from it share: memory, clock, sleepers,
// and the streams by name.
//
// Lifetime: handles (Stream, Shard, Iterator) share ownership, so the core goes with the last of
// them. A RecordBatch does not; the segments that it pins keep the pool alone alive (see
// SegmentPool::Release).
//
// Locks. mutex_ and log_mutex_ are held for steps on a container, and nothing is waited for, made
// or taken from the system under them, no lock of a stream either: a call on one stream does not
// wait for what is done to another. StreamCore has the locks of a stream; log_mutex_ comes last.
#ifndef KINESIS_CORE_INTERNAL_ENGINE_CORE_H_
#define KINESIS_CORE_INTERNAL_ENGINE_CORE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/base/system_time.h"
#include "kinesis_core/internal/engine_files.h"
#include "kinesis_core/internal/event_scope.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/internal/parking_lot.h"
#include "kinesis_core/internal/waiting.h"
#include "kinesis_core/metrics.h"
#include "kinesis_core/observer.h"
#include "kinesis_core/options.h"
#include "kinesis_core/recovery_report.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::internal {

class EngineCore;
class StreamCore;

using Pool = SegmentPool<StdAtomics>;
using Log = RingLog<StdAtomics>;

// Those who sleep, and how the logs wake them. Owned by the pool too: a batch that outlives the
// engine still gives memory back, and that is told here.
class Sleepers final : public LogListener {
 public:
  explicit Sleepers(EngineCore& engine) : engine_(engine) {}

  void OnRoom() override {
    // Relaxed: only keeps a stream from telling of the same shortage again and again.
    room_changes.fetch_add(1, std::memory_order_relaxed);
    const EventScope events;
    room_waiters.OnRoom();
  }
  void OnAppend(LogUid uid) override { Wake(uid); }
  void Wake(uint64_t key) {
    const EventScope events;
    lot.WakeAll(key);
  }
  void OnShortage() override;
  void OnTrim(LogUid uid, TrimCause cause, uint64_t records) override;

  std::atomic<uint64_t> room_changes{0};
  ParkingLot lot;
  RoomWaiters<StdAtomics, ParkingLot> room_waiters{lot};

 private:
  EngineCore& engine_;  // there as long as anybody appends
};

// Thread-safe: all operations may run concurrently.
class EngineCore final : public std::enable_shared_from_this<EngineCore> {
 public:
  // `files` is null without a directory.
  EngineCore(const EngineOptions& options, std::unique_ptr<EngineFiles> files);
  ~EngineCore();

  // Brings back the streams of the directory. Once, before anything else. kDataLoss: what is found
  // makes no stream; kResourceExhausted: disk_budget_bytes is less than it takes; kNotFound: one
  // needs a partitioner that is not there. Then no file has lost anything, and the engine is not to
  // be used.
  absl::Status Recover(const EngineOptions& options, RecoveryReport* report);

  Clock& clock() const { return clock_; }
  // The clock's time between 1970 and kLatestMillis. From the latter to the end of what a sequence
  // number can hold there are more seconds than a stream can have generations of shards, each of
  // which may be created one second later than the last: none of these sums overflows.
  Millis NowMillis() const {
    static_assert(kLatestMillis / 1000 + SequenceNumber::kMaxShardIndex + int64_t{1} <=
                  static_cast<int64_t>(SequenceNumber::kMaxSeconds));
    // The usual clock is read without a virtual call.
    const int64_t now_ms = is_system_clock_ ? SystemNowMillis() : clock_.NowMillis();
    // As one comparison: what is negative is large.
    if (static_cast<uint64_t>(now_ms) > uint64_t{kLatestMillis}) [[unlikely]]
      return Millis(now_ms < 0 ? 0 : kLatestMillis);
    return Millis(now_ms);
  }
  // Of memory.
  Pool& pool() { return *pool_; }
  // The pool of a stream: that of memory, or that of the directory.
  Pool& PoolFor(Durability durability) {
    return durability == Durability::kMemory ? *pool_ : *file_pool_;
  }
  // Null without a directory.
  EngineFiles* files() { return files_.get(); }
  ParkingLot& lot() { return sleepers_->lot; }

  // --- Streams

  // What a layer above keeps with a stream in the directory, by name.
  using Properties = std::map<std::string, std::string>;

  // `properties` are there as soon as the stream is, which is in the directory if there are any.
  absl::StatusOr<std::shared_ptr<StreamCore>> CreateStream(std::string_view name,
                                                           const StreamOptions& options,
                                                           Properties properties = {});
  absl::StatusOr<std::shared_ptr<StreamCore>> OpenStream(std::string_view name);
  absl::Status DeleteStream(std::string_view name);
  // No stream takes records any more that would have to come to the disk.
  void FreezeStreams();
  // Ends every stream. Those in the directory stay there.
  void EndAllStreams();
  std::vector<std::string> ListStreams();
  EngineMetrics Metrics();

  // --- Logs
  // A log of `stream` under a new uid, which it keeps until FreeLog; null if the system has no
  // memory. `uid` is one that was given out before, or none: then it gets a new one.
  Log* OpenLog(Pool& pool, const std::string& stream, uint64_t shard_created_s,
               uint32_t shard_index, Millis now_ms, LogUid uid = LogUid());
  // A log of `stream`, of what its files have; null if that did not work, see *recovered.
  Log* RecoverLog(const std::string& stream, const StoredShard& shard,
                  std::vector<FoundSegment> found, RecoveredLog* recovered);
  // From now on nothing is told of the log.
  void ForgetLog(const Log& log);
  // A key of the parking lot that nothing else has or will have.
  uint64_t NewUid();
  // Takes back a closed log that nobody reads.
  void FreeLog(Log* log);
  // Leaves a closed log in its files. It is not used again.
  void AbandonLog(Log* log);

  // --- Events
  const ObserverPtr& observer() const { return observer_; }
  // Grows when room is made.
  uint64_t room_changes() const {
    return sleepers_->room_changes.load(std::memory_order_relaxed);  // see Sleepers
  }
  void OnTrim(LogUid uid, TrimCause cause, uint64_t records);

  // --- Room
  // Gives back what has expired, in all streams. Returns the time at which more will have;
  // INT64_MAX if that never comes. Ends early once the clock has come to `deadline`, at the next
  // stream or StreamCore::kRosterSteps shards.
  int64_t ReclaimExpired(absl::Time deadline);
  // The same if no other thread does so at the moment, at most once per millisecond of the clock:
  // for puts, which wait for nobody.
  void TryReclaimExpired();
  // Calls `attempt` until it returns anything but kResourceExhausted, sleeping in between until
  // there may be room; at the deadline, returns what it returned last as kDeadlineExceeded. Later
  // than that only by one attempt, which looks at every shard of the engine once for what has
  // expired when the budget is used up (`sweep` of //bench:peers says what that takes).
  absl::Status RetryForRoom(absl::Time deadline, const std::function<absl::Status()>& attempt);

  // When a put that waits for room looks for it again without being told, if more will have expired
  // at `next_ms`; and what it returns at its deadline if it was refused with `refusal` last.
  absl::Time LookForRoomAgain(int64_t next_ms) const;
  static absl::Status NoRoomError(const absl::Status& refusal);

  // Returns whether any put waits for room: see RoomWaiters::HasWaiters.
  bool HasRoomWaiters() const { return sleepers_->room_waiters.HasWaiters(); }
  // Wakes puts that wait for room, because something else than memory has changed that may end
  // their wait: shards, retention, the stream's life.
  void WakePuts() {
    const EventScope events;
    sleepers_->room_waiters.WakeAll();
  }
  RoomWaiters<StdAtomics, ParkingLot>& room_waiters() { return sleepers_->room_waiters; }
  // Wakes those who wait at the shard or stream `uid`.
  void OnAppend(uint64_t uid) { sleepers_->Wake(uid); }

 private:
  class WaitingPut;
  absl::StatusOr<std::shared_ptr<StreamCore>> MakeStream(std::string_view name,
                                                         const StreamOptions& options,
                                                         Properties properties);
  // In both pools.
  void RecycleCommitted();
  bool HasUncommitted() const;
  Log* TakeLog() ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_mutex_);
  // Deletes a stream that has no name any more.
  void Delete(StreamCore& stream);
  // The streams now. Handles: what is deleted meanwhile stays until they go.
  std::vector<std::shared_ptr<StreamCore>> Streams();

  struct PoolRelease {
    void operator()(Pool* pool) const { Pool::Release(pool); }
  };

  Clock& clock_;
  const bool is_system_clock_;
  const ObserverPtr observer_;
  const std::shared_ptr<Sleepers> sleepers_;
  const std::unique_ptr<Pool, PoolRelease> pool_;
  const std::unique_ptr<EngineFiles> files_;
  const std::unique_ptr<Pool, PoolRelease> file_pool_;  // null without a directory
  std::atomic<int64_t> last_reclaim_ms_{INT64_MIN};

  // Held by who makes or deletes a stream in the directory, so that its journal and streams_ agree.
  // Comes before mutex_.
  Mutex directory_mutex_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<StreamCore>, std::less<>> streams_ ABSL_GUARDED_BY(mutex_);

  Mutex log_mutex_;
  std::deque<Log> logs_ ABSL_GUARDED_BY(log_mutex_);  // never shrinks: logs are type-stable
  std::vector<Log*> free_logs_ ABSL_GUARDED_BY(log_mutex_);
  uint64_t last_uid_ ABSL_GUARDED_BY(log_mutex_) = ParkingLot::kRoomKey;
  // Whose log it is, by uid; only if there is an observer.
  struct LogOwner {
    std::string stream;
    ShardId shard;
  };
  std::map<LogUid, LogOwner> log_owners_ ABSL_GUARDED_BY(log_mutex_);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_ENGINE_CORE_H_
