// StreamEntry: all that the API knows of one stream beside the engine's Stream: its names, its life
// cycle, and everything that operations set on it.
//
// Life cycle: nothing happens by itself. The entry says until when the stream is CREATING, UPDATING
// or DELETING, and its status is computed from the time when somebody asks (lifecycle.h).
#ifndef KINESIS_CORE_API_INTERNAL_STREAM_ENTRY_H_
#define KINESIS_CORE_API_INTERNAL_STREAM_ENTRY_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/call_throttle.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/sealed_text.h"
#include "kinesis_core/api/internal/shard_iterator_tokens.h"
#include "kinesis_core/api/internal/shard_metrics.h"
#include "kinesis_core/api/internal/shard_throttles.h"
#include "kinesis_core/api/internal/state_store.h"
#include "kinesis_core/api/internal/stream_state.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/stream.h"

namespace kinesis::api::internal {

// Fixed when the stream is made.
struct StreamNames {
  std::string name;
  std::string arn;
};

// Thread-safe: all operations may run concurrently.
class StreamEntry {
 public:
  // Of a stream that is made, or that was found in the engine's directory. `key` is the client's;
  // `store` outlives the entry.
  StreamEntry(StreamNames names, const SealKey& key, const kinesis::Stream& stream,
              const Limits& limits, StreamImage image, StateStore& store);

  const std::string& name() const { return names_.name; }
  const std::string& arn() const { return names_.arn; }
  const std::string& id() const { return id_; }
  const StreamIdentity& identity() const { return identity_; }
  uint64_t uid() const { return identity_.uid; }
  // The engine's stream.
  const kinesis::Stream& stream() const { return stream_; }
  kinesis::Stream& stream() { return stream_; }
  int64_t created_ms() const { return created_ms_; }
  // To the second: the wire has whole seconds for the most part.
  bool WasCreatedAt(absl::Time time) const {
    return absl::ToUnixSeconds(time) == created_ms_ / 1000;
  }

  // --- Limits that are the stream's own
  ShardThrottles& throttles() { return throttles_; }
  CallThrottle& calls() { return calls_; }
  // How much went in and out, if that is counted.
  ShardMetrics& metrics() { return metrics_; }

  // --- Values that puts and reads look at without the lock, and that change under it. Relaxed:
  // each stands for itself.
  int64_t record_bytes_max() const {
    return record_bytes_max_.load(std::memory_order_relaxed);  // as above
  }
  EncryptionType encryption_type() const {
    return encryption_type_.load(std::memory_order_relaxed);  // as above
  }
  // When the stream is gone, once it is DELETING; kNever before.
  int64_t deleted_at_ms() const {
    return deleted_at_ms_.load(std::memory_order_relaxed);  // as above
  }
  // Records go in and out: in ACTIVE and UPDATING. Reads the time only if it matters.
  bool IsOpen(CallTime& time) const {
    if (deleted_at_ms() != kNever) return false;
    return active_at_ms_ == kAlways || time.ms() >= active_at_ms_;
  }

  // When Lifecycle::AdvanceIfDue next has something to do. kNever: neither are the shards going to
  // change nor can the stream grow by itself. A thread that sees this late puts to a shard that has
  // been closed, and is routed on by the engine.
  int64_t next_advance_ms() const {
    return next_advance_ms_.load(std::memory_order_relaxed);  // as above
  }
  // Reads the time only if it matters.
  bool IsAdvanceDue(CallTime& time) const {
    const int64_t due_ms = next_advance_ms();
    return due_ms != kNever && time.ms() >= due_ms;
  }

  // --- Under the lock

  // The state, locked as long as this object lives. Movable.
  class Locked {
   public:
    explicit Locked(StreamEntry& entry) : lock_(entry.mutex_), entry_(&entry) {}

    StreamEntry& entry() const { return *entry_; }

    StreamState* operator->() { return &state(); }
    const StreamState* operator->() const { return &state(); }
    StreamState& operator*() { return state(); }

    StreamStatus StatusAt(int64_t now_ms) const {
      if (entry_->deleted_at_ms() != kNever) return StreamStatus::kDeleting;
      if (now_ms < entry_->active_at_ms_) return StreamStatus::kCreating;
      if (now_ms < state().updating_until_ms) return StreamStatus::kUpdating;
      return StreamStatus::kActive;
    }

    // See StreamState::BeginMode.
    void SetMode(StreamMode mode, int64_t now_ms) {
      state().BeginMode(mode, now_ms);
      entry_->metrics_.SetLoadsKept(mode == StreamMode::kOnDemand);
      SetNextAdvance();
    }

    // Sets next_advance_ms(). To be called when `reshard`, `updating_until_ms` or
    // `next_scaling_check_ms` has changed.
    void SetNextAdvance() {
      int64_t next_ms = state().next_scaling_check_ms;
      if (state().reshard) next_ms = std::min(next_ms, state().updating_until_ms);
      entry_->next_advance_ms_.store(next_ms, std::memory_order_relaxed);  // as above
    }

    // --- Saving: to be called when anything of the state has been changed, before that is answered

    // What is looked at without the lock. Changed by saving it with the change.
    StreamFacts facts() const;
    // Saves the state, and `facts`, which are in force from then on. On an error (the engine's) the
    // state is again what was saved last. Whatever pointed into it then does not any more.
    absl::Status Save(const StreamFacts& facts);
    absl::Status Save() { return Save(facts()); }
    // The same, but leaves the state as it is on an error: for what cannot be taken back.
    absl::Status TrySave() const;

   private:
    // Not analysed: lock_ holds the mutex.
    StreamState& state() const ABSL_NO_THREAD_SAFETY_ANALYSIS { return entry_->state_; }
    // Takes over what was saved. Subscriptions to consumers that are in both go on.
    void Adopt(StreamImage image);
    friend class StreamEntry;

    MovableMutexLock lock_;
    StreamEntry* entry_;
  };
  Locked Lock() { return Locked(*this); }

 private:
  // Puts into force what may change of them.
  void Publish(const StreamFacts& facts);

  const StreamNames names_;
  const std::string id_;
  const StreamIdentity identity_;
  StateStore& store_;
  kinesis::Stream stream_;
  const int64_t created_ms_;
  const int64_t active_at_ms_;

  std::atomic<int64_t> record_bytes_max_{0};
  std::atomic<EncryptionType> encryption_type_{EncryptionType::kNone};
  std::atomic<int64_t> deleted_at_ms_{kNever};
  std::atomic<int64_t> next_advance_ms_{kNever};

  ShardThrottles throttles_;
  CallThrottle calls_;
  ShardMetrics metrics_;

  Mutex mutex_;
  StreamState state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STREAM_ENTRY_H_
