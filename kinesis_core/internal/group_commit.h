// GroupCommit: brings what was put to streams of Durability::kInterval and kGroup to the disk, many
// puts with one sync, and without a thread of its own.
//
// Whoever needs the disk asks for a round. One thread at a time leads a round: it copies from the
// logs what is new in them into the write-ahead log, and syncs that. All who asked while a round
// was under way share the next one, whose heir is the first of them.
//
// Threads that put again and again would take turns in halves: who was in a round puts again while
// the next one, with the others, is under way already, and each waits for two syncs. So a round is
// gathered before it begins. As many are expected as were in the last round or came during it, but
// for an eighth that may be late. Who completes the number leads; if nobody does, the heir leads
// after half of the time that the last round took. Where that happens often, threads do something
// else in between, and are waited for in one round of 64 alone. Who is alone never waits.
//
// Order
//   S1  A round that begins after a record was committed to its log has the record: the mark of its
//       log was made under the mutex before the round took the marks, and the record was there by
//       then. So a put waits for a round that had not begun when it marked its log, and no longer.
//   S2  A round that succeeds has brought all that earlier ones took: what the write-ahead log
//       could not write for want of space it keeps, and writes first. So rounds are told apart by a
//       number, and "through which number all is well" says all.
//   S3  After a round that failed for good no record is acknowledged, and none is taken: the
//       streams refuse puts before anybody is told.
//       Modelled, with S1 and S5: testing/models/group_commit.pml.
//   S4  A file of the write-ahead log is let go only when of each log in it everything is trimmed,
//       or has been copied again to a newer file, which was synced. A shard that has gone is taken
//       for trimmed; so none is let go from where shards go with the engine (KeepFiles). The leader
//       looks for that after it has looked for the shards: one that it missed went after that step.
//   S5  Nobody sleeps for a round that nobody leads or will lead. The first who waits for a round
//       that has not begun is its heir: it is woken when the one before has ended, and its patience
//       for others has an end. A round that begins has no heir any more, so that the next one gets
//       its own, and wakes at its end whoever was that. All others sleep until the end of their own
//       round, and are not woken for that of another: those of even rounds and of odd ones sleep
//       apart, and at most two rounds have anybody who waits. A round that fails for good wakes
//       all.
//
// Locks: mutex_, held for steps on lists, never while the disk is waited for. What only the leader
// uses has no lock: leaders follow on each other by it.
#ifndef KINESIS_CORE_INTERNAL_GROUP_COMMIT_H_
#define KINESIS_CORE_INTERNAL_GROUP_COMMIT_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/files/write_ahead_log.h"
#include "kinesis_core/internal/log/log_export.h"
#include "kinesis_core/internal/log/log_numbers.h"

namespace kinesis::internal {

class ShardCore;

// Thread-safe.
class GroupCommit {
 public:
  struct Options {
    int64_t interval_ms = 0;
    uint64_t file_bytes = 0;  // of the write-ahead log
    // Called in each round that covers the kInterval streams, by its leader.
    std::function<absl::Status()> sync_metadata;
    // Called at the end of each round, which fails by it: a stream that may have been deleted takes
    // no record.
    std::function<absl::Status()> metadata_failure;
  };

  GroupCommit(std::unique_ptr<WriteAheadLog> log, Options options)
      : options_(std::move(options)), log_(std::move(log)) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Calls `on_failure` once, if a round fails for good, by its leader. To be called before anything
  // is marked.
  void SetOnFailure(std::function<void()> on_failure) { on_failure_ = std::move(on_failure); }

  // A shard's records are to be brought to the disk from here on; `exported` says what is there
  // already. Nobody puts to it yet. Not for ever: it is let go with the shard.
  void Add(const std::shared_ptr<ShardCore>& shard, bool at_intervals,
           LogExport<StdAtomics> exported);

  // Lets no file go from here on: the shards that go now are left in the files.
  void KeepFiles();

  // Marks a log that something was put to; `uid` is that of a shard that was added. Returns the
  // round that has it.
  uint64_t Mark(LogUid uid);
  // The same for all logs.
  uint64_t MarkAll();
  // Returns when a round is over, which it leads if nobody else does. kResourceExhausted: there is
  // no space, and the next round tries again. Any other error is the last one.
  absl::Status Wait(uint64_t round);

  // To be called after a put to a kInterval stream: leads a round if none has begun for the
  // interval, and nobody leads one.
  absl::Status CommitIfDue(Millis now_ms) {
    // Relaxed: a round too many or too few is no harm. Unsigned: by a clock that was set back it is
    // due, too.
    const auto last_ms = static_cast<uint64_t>(last_round_ms_.load(std::memory_order_relaxed));
    const uint64_t since_ms = static_cast<uint64_t>(now_ms.value()) - last_ms;
    if (since_ms < static_cast<uint64_t>(options_.interval_ms)) [[likely]]
      return absl::OkStatus();
    return CommitDue(now_ms);
  }

  // Why nothing is taken any more; OK if something is.
  absl::Status failure() const;

 private:
  struct Source {
    LogUid uid;
    std::weak_ptr<ShardCore> shard;
    bool at_intervals = false;
    uint64_t marked_for = 0;  // the last round; guarded by mutex_
    // The leader's.
    LogExport<StdAtomics> exported;
  };
  using SourcePtr = std::shared_ptr<Source>;

  void MarkFor(uint64_t round, const SourcePtr& source);
  absl::Status CommitDue(Millis now_ms);
  // Whether those are there who are expected in the next round.
  bool IsGathered() const { return gathered_ >= expected_ - expected_ / 8; }
  // Learns from a round that begins whether waiting for it pays.
  void Learn();
  // Waits as the heir of the next round until a round has ended. True if its patience has ended
  // before: then it is to lead.
  bool WaitAsHeir(std::unique_lock<std::mutex>& lock);
  // Leads a round, releases the lock, and returns how it went. Requires that nobody leads one.
  absl::Status Lead(std::unique_lock<std::mutex>& lock);
  absl::Status RunRound(const std::vector<SourcePtr>& sources, bool with_metadata);

  // --- The leader's
  void Fail(const absl::Status& why);
  void Copy(ShardCore& shard, LogExport<StdAtomics>* exported);
  absl::Status LetFilesGo();
  // The logs of which the only copy of something that is not trimmed may be in a file.
  std::vector<std::pair<std::shared_ptr<ShardCore>, WriteAheadLog::IndexRange>> LiveIn(
      const WriteAheadLog::FileInfo& file);
  bool ShouldCompact();

  static constexpr size_t kSweepFrom = 1024;

  const Options options_;
  std::function<void()> on_failure_;
  std::atomic<int64_t> last_round_ms_{INT64_MIN};

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, SourcePtr> sources_;  // by uid
  size_t sweep_at_ = kSweepFrom;                     // so many: those that have gone are taken out
  std::vector<SourcePtr> marked_;
  bool all_marked_ = false;  // of kInterval streams
  bool is_led_ = false;
  bool keeps_files_ = false;
  uint64_t begun_ = 0;  // rounds
  uint64_t ended_ = 0;
  uint64_t well_ = 0;  // through this one (S2)
  // How many wait: for the next round, which are expected there, and for the one under way.
  uint64_t gathered_ = 0;
  uint64_t expected_ = 0;
  uint64_t members_ = 0;
  std::chrono::nanoseconds patience_{0};
  // Whether they come. A round for which most have adds one, any other takes two; at 0 the next
  // round begins at once.
  static constexpr int kMostTrust = 8;
  int trust_ = kMostTrust;
  bool has_heir_ = false;  // the next round
  // Where they sleep (S5).
  std::condition_variable heir_;
  std::condition_variable ends_[2];  // of even and of odd rounds
  absl::Status last_;                // of the last round
  // Why nothing is taken any more, for the streams; who waits is told after they have stopped.
  absl::Status failure_;
  bool has_failed_ = false;

  // The leader's.
  const std::unique_ptr<WriteAheadLog> log_;
  size_t files_looked_at_ = 0;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_GROUP_COMMIT_H_
