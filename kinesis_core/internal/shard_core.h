// One shard: its place in the stream's history, its log, and what its readers count.
#ifndef KINESIS_CORE_INTERNAL_SHARD_CORE_H_
#define KINESIS_CORE_INTERNAL_SHARD_CORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/engine_core.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::internal {

class StreamCore;

// Fixed when the shard is opened.
struct ShardIdentity {
  ShardId id;
  HashKeyRange range;
  std::vector<ShardId> parents;  // none, one (split) or two (merge), in order of hash keys
  uint64_t created_s = 0;        // the creation second of its sequence numbers
};

// When a shard was closed: in its ending sequence number, and by the clock. Both are the same for
// the two parents of a merge, and neither is before the shard's own beginning.
struct ShardClosing {
  uint64_t closed_s = 0;
  int64_t closed_ms = 0;
};

// The log index before which everything is done with, of which `position` is the last; if it is not
// valid, nothing is. A sequence number counts records from 1.
inline uint64_t HoldOf(const SequenceNumber& position) {
  if (!position.is_valid()) return 0;
  return position.index() == SequenceNumber::kMaxIndex ? UINT64_MAX : position.index();
}

// How far a consumer group has come in a shard: all that was put before the log index `committed`
// is done with. Written by the group, read by whoever makes room.
struct GroupHold {
  explicit GroupHold(std::string group_name) : group(std::move(group_name)) {}

  const std::string group;
  std::atomic<uint64_t> committed{0};
};

// Lifetime: shared by the stream, while it lists the shard, and by handles. The last one gives the
// log's memory back; the log is closed by then.
class ShardCore {
 public:
  // `log` is open and becomes this shard's.
  ShardCore(std::shared_ptr<StreamCore> stream, EngineCore& engine, ShardIdentity identity,
            Log* log)
      : stream_(std::move(stream)),
        engine_(engine),
        identity_(std::move(identity)),
        log_(*log),
        uid_(log->uid()) {}
  ShardCore(const ShardCore&) = delete;
  ShardCore& operator=(const ShardCore&) = delete;
  ~ShardCore() {
    log_.Close(engine_.NowMillis());
    if (stays_in_files_) {
      engine_.AbandonLog(&log_);
    } else {
      engine_.FreeLog(&log_);
    }
  }

  StreamCore& stream() const { return *stream_; }
  EngineCore& engine() const { return engine_; }
  const ShardIdentity& identity() const { return identity_; }
  Log& log() { return log_; }
  LogUid uid() const { return uid_; }

  // When its parents were closed, or its stream was made. Set once, before anybody else sees it.
  int64_t opened_ms() const { return opened_ms_; }
  void SetOpened(int64_t opened_ms) { opened_ms_ = opened_ms; }

  // Leaves what it has in the files when it goes. Under the stream's reshard_mutex_.
  void StayInFiles() { stays_in_files_ = true; }

  SequenceNumber starting_sequence_number() const {
    return SequenceNumber::ShardStart(identity_.created_s, identity_.id.index());
  }

  // --- Closing. By the stream, under its reshard_mutex_, once.

  // Records what readers are told at the end, then closes the log. A reader may meet the end before
  // this returns: see ReachEnd.
  void Close(std::vector<ShardId> children, const ShardClosing& closing, Millis now_ms) {
    children_ = std::move(children);
    closing_ = closing;
    log_.Close(now_ms);
    SetClosed();
    engine_.OnAppend(uid_);
  }

  // Called by a reader of the log that was told that it ended: from now on the shard is closed for
  // this thread, and for those that it tells, even if the closing thread sleeps right behind the
  // log's end. The fields are final by then: the closing of the log is a release that comes after
  // them.
  void ReachEnd() {
    if (!is_closed()) SetClosed();
  }

  // True once the fields below are final.
  bool is_closed() const { return closed_.load(std::memory_order_acquire); }  // with SetClosed

  // Requires: is_closed().
  const std::vector<ShardId>& children() const { return children_; }
  SequenceNumber ending_sequence_number() const {
    return SequenceNumber::ShardEnd(identity_.created_s, identity_.id.index(), closing_.closed_s);
  }
  int64_t closed_ms() const { return closing_.closed_ms; }

  // --- Consumer groups
  void AddHold(std::shared_ptr<GroupHold> hold);
  void RemoveHold(const GroupHold& hold);
  // Trims what every group of the stream has committed. True if that has moved the trim horizon.
  // Nothing is trimmed as long as one of the groups has no hold here: it has yet to discover the
  // shard. `wait` false: nor while another thread adds a hold or looks at them.
  bool TrimCommitted(bool wait);
  // Whether all groups are done with all of it.
  bool IsCommittedByAll();
  // The name of the group that has committed least; empty if none has a hold.
  std::string SlowestGroup();

  // --- What readers count. Relaxed throughout: statistics.
  void CountRead(uint64_t records, uint64_t bytes) {
    outgoing_records_.fetch_add(records, std::memory_order_relaxed);
    outgoing_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void SetIteratorAge(int64_t age_ms) {
    iterator_age_ms_.store(age_ms, std::memory_order_relaxed);  // as above
  }
  void CountRejectedRead() { rejected_reads_.fetch_add(1, std::memory_order_relaxed); }  // as above

  // The same for a reader that reads often, and on one thread at a time: counts of its own, which
  // cost no locked operation. They are a part of Metrics() from AddReader on; RemoveReader keeps
  // what they came to.
  struct alignas(kCacheLineBytes) ReadCounts {
    void Add(uint64_t more_records, uint64_t more_bytes) {
      // Relaxed, all: statistics, which nobody else adds to.
      records.store(records.load(std::memory_order_relaxed) + more_records,
                    std::memory_order_relaxed);
      bytes.store(bytes.load(std::memory_order_relaxed) + more_bytes, std::memory_order_relaxed);
    }
    std::atomic<uint64_t> records{0};
    std::atomic<uint64_t> bytes{0};
    // The others of the shard. Under StreamCore::readers_mutex().
    ReadCounts* next = nullptr;
    ReadCounts** link = nullptr;  // what points at this one
  };
  void AddReader(ReadCounts& counts);
  void RemoveReader(ReadCounts& counts);

  ShardMetrics Metrics();

 private:
  // Release: pairs with is_closed(); publishes children_ and closing_.
  void SetClosed() { closed_.store(true, std::memory_order_release); }

  const std::shared_ptr<StreamCore> stream_;
  EngineCore& engine_;  // owned by stream_
  const ShardIdentity identity_;
  Log& log_;
  const LogUid uid_;
  int64_t opened_ms_ = 0;
  bool stays_in_files_ = false;

  std::vector<ShardId> children_;
  ShardClosing closing_;
  std::atomic<bool> closed_{false};

  // The log index before which all groups have committed.
  uint64_t CommittedByAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(holds_mutex_);
  Mutex holds_mutex_;
  std::vector<std::shared_ptr<GroupHold>> holds_ ABSL_GUARDED_BY(holds_mutex_);

  std::atomic<uint64_t> outgoing_records_{0};
  std::atomic<uint64_t> outgoing_bytes_{0};
  std::atomic<uint64_t> rejected_reads_{0};
  std::atomic<int64_t> iterator_age_ms_{0};
  ReadCounts* readers_ = nullptr;  // under StreamCore::readers_mutex()
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_SHARD_CORE_H_
