#include "kinesis_core/api/internal/lifecycle.h"

#include <optional>
#include <set>
#include <utility>

#include "kinesis_core/api/internal/on_demand_scaling.h"

namespace kinesis::api::internal {
namespace {

// How long a stream stays in UPDATING whose shards cannot be changed, for want of memory, or in
// DELETING that the disk does not let go, before that is tried again.
constexpr int64_t kTryAgainMs = 1000;

// Changes the shards, and forgets the throttles of those that are gone.
absl::Status CarryOut(StreamEntry& stream, const PendingReshard& reshard) {
  absl::Status status = reshard.CarryOut(stream.stream());
  std::set<ShardId> listed;
  for (const kinesis::Shard& shard : stream.stream().ListShards()) listed.insert(shard.id());
  stream.throttles().Retain(listed);
  return status;
}

}  // namespace

absl::Status Lifecycle::BeginDeletion(StreamEntry::Locked& state, CallTime& time) {
  StreamFacts facts = state.facts();
  facts.deleted_at_ms = EndOf(options_.delays.delete_stream, time);
  absl::Status status = state.Save(facts);
  if (status.ok()) NoteDeletion(facts.deleted_at_ms);
  return status;
}

void Lifecycle::NoteDeletion(int64_t due_ms) {
  const MutexLock lock(deletion_mutex_);
  // Relaxed: see FinishDeletions; changed under the mutex.
  next_deletion_ms_.store(std::min(next_deletion_ms_.load(std::memory_order_relaxed), due_ms),
                          std::memory_order_relaxed);
}

void Lifecycle::FinishDueDeletions(int64_t now_ms) {
  const MutexLock lock(deletion_mutex_);
  int64_t next_ms = kNever;
  for (const StreamPtr& stream : streams_.List()) {
    if (stream->deleted_at_ms() > now_ms) {
      next_ms = std::min(next_ms, stream->deleted_at_ms());
      continue;
    }
    const absl::Status status = engine_.DeleteStream(stream->name());
    // The engine's owner may have deleted it already.
    if (status.ok() || absl::IsNotFound(status)) {
      streams_.Remove(stream);
    } else {
      next_ms = std::min(next_ms, now_ms + kTryAgainMs);
    }
  }
  // Relaxed: see FinishDeletions.
  next_deletion_ms_.store(next_ms, std::memory_order_relaxed);
}

absl::Status Lifecycle::BeginReshard(StreamEntry& stream, StreamEntry::Locked& state,
                                     PendingReshard reshard, CallTime& time) const {
  BeginUpdate(state, time);
  state->reshard = std::move(reshard);
  absl::Status status = state.Save();
  if (!status.ok()) return status;
  if (state->updating_until_ms == kAlways) {
    status = CarryOut(stream, *state->reshard);
    state->reshard.reset();
    // If the disk does not take that, it is carried out again after a crash.
    state.TrySave().IgnoreError();
  }
  state.SetNextAdvance();
  return status;
}

void Lifecycle::Advance(StreamEntry& stream, CallTime& time) const {
  StreamEntry::Locked state = stream.Lock();
  if (state.StatusAt(time.ms()) == StreamStatus::kDeleting) state->reshard.reset();
  if (state->reshard && time.ms() >= state->updating_until_ms) {
    const absl::Status status = CarryOut(stream, *state->reshard);
    if (status.ok() || absl::IsNotFound(status)) {
      state->reshard.reset();
    } else {
      state->updating_until_ms = time.ms() + kTryAgainMs;
    }
  }
  if (time.ms() >= state->next_scaling_check_ms) {
    const bool may_grow = state.StatusAt(time.ms()) == StreamStatus::kActive;
    auto growth = PlanGrowth(options_.limits, stream, *state, may_grow, time.ms());
    const int64_t next_check_ms = state->next_scaling_check_ms;
    // Growth that fails for want of memory is tried again after the interval.
    if (growth) BeginReshard(stream, state, *std::move(growth), time).IgnoreError();
    state->next_scaling_check_ms = next_check_ms;  // also if the disk did not take it
  }
  state.SetNextAdvance();
  // Nobody was told. What is not kept of it is done again by the next process.
  state.TrySave().IgnoreError();
}

}  // namespace kinesis::api::internal
