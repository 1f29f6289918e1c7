// What the API knows of one stream beside the engine's Stream: its names, its life cycle, and
// everything that operations set on it.
//
// Life cycle: nothing happens by itself. The record says until when the stream is CREATING,
// UPDATING or DELETING, and its status is computed from the time when somebody asks.
#ifndef KINESIS_CORE_API_INTERNAL_STREAM_RECORD_H_
#define KINESIS_CORE_API_INTERNAL_STREAM_RECORD_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/call_rates.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/consumer_record.h"
#include "kinesis_core/api/internal/on_demand_scaling.h"
#include "kinesis_core/api/internal/reshard_plan.h"
#include "kinesis_core/api/internal/shard_iterator_tokens.h"
#include "kinesis_core/api/internal/shard_minutes.h"
#include "kinesis_core/api/internal/shard_throttles.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/stream.h"

namespace kinesis::api::internal {

// What operations change, under the record's lock.
struct StreamState {
  int64_t updating_until_ms = kAlways;
  // What happens to the shards then. They are as they were until then.
  std::optional<ReshardPlan> reshard;
  StreamMode mode = StreamMode::kProvisioned;
  int32_t retention_hours = 24;
  std::optional<std::string> key_id;  // while encryption is on
  TagMap tags;
  std::optional<std::string> policy;
  std::set<MetricsName> shard_level_metrics;
  std::optional<int32_t> warm_throughput_mibps;
  OnDemandState on_demand;  // while the mode is that
  // When to look again whether the stream has to grow: never, unless it is ON_DEMAND.
  int64_t next_scaling_look_ms = kNever;
  ConsumerMap consumers;
  // When what is limited by day was done, oldest first.
  std::vector<int64_t> shard_count_updates_ms;
  std::vector<int64_t> mode_changes_ms;
};

// Fixed when the stream is made.
struct StreamNames {
  std::string name;
  std::string arn;
  std::string id;
};

// Thread-safe: all operations may run concurrently.
class StreamRecord {
 public:
  StreamRecord(StreamNames names, StreamIdentity identity, const kinesis::Stream& stream,
               const Limits& limits, int64_t created_ms, int64_t active_at_ms)
      : names_(std::move(names)),
        identity_(std::move(identity)),
        stream_(stream),
        created_ms_(created_ms),
        active_at_ms_(active_at_ms),
        record_bytes_max_(limits.record_bytes_max),
        throttles_(limits),
        calls_(limits, RateScope::kStream) {}

  const std::string& name() const { return names_.name; }
  const std::string& arn() const { return names_.arn; }
  const std::string& id() const { return names_.id; }
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
  // What went in and out, where somebody wants to know.
  ShardMinutes& minutes() { return minutes_; }

  // --- What puts and reads look at without the lock. Relaxed, all: each value stands for itself.
  int64_t record_bytes_max() const {
    return record_bytes_max_.load(std::memory_order_relaxed);  // as above
  }
  void set_record_bytes_max(int64_t bytes) {
    record_bytes_max_.store(bytes, std::memory_order_relaxed);  // as above
  }
  EncryptionType encryption_type() const {
    return encryption_type_.load(std::memory_order_relaxed);  // as above
  }
  void set_encryption_type(EncryptionType type) {
    encryption_type_.store(type, std::memory_order_relaxed);  // as above
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

  // When there is next something to do for whoever finds the stream: ClientCore::LookIfDue. kNever:
  // neither are its shards going to change nor can it grow by itself. A thread that sees this late
  // puts to a shard that has been closed, and is routed on by the engine.
  int64_t next_look_ms() const {
    return next_look_ms_.load(std::memory_order_relaxed);  // as above
  }
  // Reads the time only if it matters.
  bool IsLookDue(CallTime& time) const {
    const int64_t due_ms = next_look_ms();
    return due_ms != kNever && time.ms() >= due_ms;
  }

  // --- Under the lock

  // The state, locked as long as this object lives.
  class Locked {
   public:
    explicit Locked(StreamRecord& record) : lock_(record.mutex_), record_(record) {}

    StreamState* operator->() { return &record_.state_; }
    StreamState& operator*() { return record_.state_; }

    StreamStatus StatusAt(int64_t now_ms) const {
      if (record_.deleted_at_ms() != kNever) return StreamStatus::kDeleting;
      if (now_ms < record_.active_at_ms_) return StreamStatus::kCreating;
      if (now_ms < record_.state_.updating_until_ms) return StreamStatus::kUpdating;
      return StreamStatus::kActive;
    }

    // What has to grow by itself is watched from now on, and nothing is known of it yet.
    void SetMode(StreamMode mode, int64_t now_ms) {
      record_.state_.mode = mode;
      record_.state_.on_demand = {};
      record_.state_.on_demand.minute = now_ms / kMinuteMs;
      const bool grows = mode == StreamMode::kOnDemand;
      record_.minutes_.SetLoadsKept(grows);
      record_.state_.next_scaling_look_ms = grows ? now_ms : kNever;
      SetNextLook();
    }

    // To be called when either of what it looks at has changed.
    void SetNextLook() {
      int64_t next_ms = record_.state_.next_scaling_look_ms;
      if (record_.state_.reshard) next_ms = std::min(next_ms, record_.state_.updating_until_ms);
      record_.next_look_ms_.store(next_ms, std::memory_order_relaxed);  // as above
    }

    void set_deleted_at_ms(int64_t deleted_at_ms) {
      // Relaxed: see above.
      record_.deleted_at_ms_.store(deleted_at_ms, std::memory_order_relaxed);
    }

   private:
    const std::lock_guard<std::mutex> lock_;
    StreamRecord& record_;
  };
  Locked Lock() { return Locked(*this); }

 private:
  const StreamNames names_;
  const StreamIdentity identity_;
  kinesis::Stream stream_;
  const int64_t created_ms_;
  const int64_t active_at_ms_;

  std::atomic<int64_t> record_bytes_max_;
  std::atomic<EncryptionType> encryption_type_{EncryptionType::kNone};
  std::atomic<int64_t> deleted_at_ms_{kNever};
  std::atomic<int64_t> next_look_ms_{kNever};

  ShardThrottles throttles_;
  CallThrottle calls_;
  ShardMinutes minutes_;

  std::mutex mutex_;
  StreamState state_;  // guarded by mutex_
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STREAM_RECORD_H_
