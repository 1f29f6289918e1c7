// Lifecycle: what becomes of streams, consumers and channels as time passes.
//
// Nothing happens by itself. An entry says until when it is CREATING, UPDATING or DELETING, and its
// status is computed from the time when somebody asks. What has an effect beyond the status (a
// stream's shards change at the end of UPDATING, an ON_DEMAND stream grows, a deleted stream goes)
// is done here by the first call that finds it due.
#ifndef KINESIS_CORE_API_INTERNAL_LIFECYCLE_H_
#define KINESIS_CORE_API_INTERNAL_LIFECYCLE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/pending_reshard.h"
#include "kinesis_core/api/internal/stream_directory.h"
#include "kinesis_core/api/internal/stream_entry.h"
#include "kinesis_core/engine.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently. What it is given outlives it.
class Lifecycle {
 public:
  Lifecycle(Engine& engine, const ClientOptions& options, StreamDirectory& streams)
      : engine_(engine), options_(options), streams_(streams) {}
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;

  // --- What is due

  // Changes the stream's shards if its UPDATING is over, and lets it grow if it is ON_DEMAND and
  // has to. Called whenever a stream is found. Takes the stream's lock if anything is due, and is
  // one load if not.
  void AdvanceIfDue(StreamEntry& stream, CallTime& time) const {
    if (stream.IsAdvanceDue(time)) Advance(stream, time);
  }

  // Deletes the streams whose time in DELETING is over. Called before any stream is looked for.
  void FinishDeletions(CallTime& time) {
    // Relaxed: a thread that sees the change late finds the stream itself to be gone.
    const int64_t next_ms = next_deletion_ms_.load(std::memory_order_relaxed);
    if (next_ms != kNever && time.ms() >= next_ms) FinishDueDeletions(time.ms());
  }

  // --- What begins

  // When a change that begins now, and by the delays takes so long, is over. What takes no time is
  // over already, and stays so if the clock is set back.
  int64_t EndOf(absl::Duration delay, CallTime& time) const {
    if (options_.faults != nullptr) [[unlikely]] {
      delay = options_.faults->OnTransition(delay);
    }
    if (delay <= absl::ZeroDuration()) return kAlways;
    return time.ms() + std::min(absl::ToInt64Milliseconds(delay), kNever / 4);
  }

  // Puts the stream into DELETING for as long as the delays say. Returns what the engine says if
  // that cannot be saved.
  absl::Status BeginDeletion(StreamEntry::Locked& state, CallTime& time);
  // The same of one that was found in DELETING.
  void ResumeDeletion(const StreamEntry& stream) { NoteDeletion(stream.deleted_at_ms()); }

  // Puts the stream into UPDATING for as long as the delays say. To be saved by the caller.
  void BeginUpdate(StreamEntry::Locked& state, CallTime& time) const {
    state->updating_until_ms = EndOf(options_.delays.update_stream, time);
  }

  // Puts the stream into UPDATING, and its shards change when that is over: before this returns, if
  // it takes no time. Saves the state, before the shards change: a change that a process dies in is
  // carried out by the next one. Returns what the engine says if it cannot be saved, and then the
  // state is what was saved last; or of the change, if it is made at once.
  absl::Status BeginReshard(StreamEntry& stream, StreamEntry::Locked& state, PendingReshard reshard,
                            CallTime& time) const;

 private:
  void Advance(StreamEntry& stream, CallTime& time) const;
  void NoteDeletion(int64_t due_ms);
  void FinishDueDeletions(int64_t now_ms);

  Engine& engine_;
  const ClientOptions& options_;
  StreamDirectory& streams_;

  Mutex deletion_mutex_;
  // The earliest time at which a stream's DELETING is over; read without the mutex, changed under
  // it.
  std::atomic<int64_t> next_deletion_ms_{kNever};
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_LIFECYCLE_H_
