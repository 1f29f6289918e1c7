// The shards of a stream by id, and when they are forgotten.
#include <algorithm>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/engine_files.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {

void StreamCore::Enlist(Shards shards) {
  while (!shards.empty()) {
    const MutexLock roster(roster_mutex_);
    for (size_t i = 0; i < kRosterSteps && !shards.empty(); ++i) {
      shards_.insert(shards_.end(), shards.extract(shards.begin()));
    }
  }
}

void StreamCore::Retire(std::span<const ClosedShard> closed) {
  while (!closed.empty()) {
    const size_t count = std::min(kRosterSteps, closed.size());
    const MutexLock roster(roster_mutex_);
    for (const ClosedShard& shard : closed.first(count)) closed_.push(shard);
    closed = closed.subspan(count);
  }
}

StreamCore::ShardPtr StreamCore::FindListed(ShardId id) {
  const MutexLock roster(roster_mutex_);
  const auto found = shards_.find(id);
  return found == shards_.end() ? nullptr : found->second;
}

StreamCore::ShardPtr StreamCore::TryFindListed(ShardId id) {
  if (!roster_mutex_.TryLock()) return nullptr;
  const auto found = shards_.find(id);
  ShardPtr shard = found == shards_.end() ? nullptr : found->second;
  roster_mutex_.Unlock();
  return shard;
}

bool StreamCore::NextListed(bool wait, std::vector<ShardPtr>* shards) {
  std::vector<ShardPtr> next;
  next.reserve(kRosterSteps);
  if (wait) {
    roster_mutex_.Lock();
  } else if (!roster_mutex_.TryLock()) {
    return false;
  }
  auto shard =
      shards->empty() ? shards_.begin() : shards_.upper_bound(shards->back()->identity().id);
  for (; shard != shards_.end() && next.size() < kRosterSteps; ++shard) {
    next.push_back(shard->second);
  }
  roster_mutex_.Unlock();
  shards->swap(next);
  return !shards->empty();
}

// A closed shard is listed until the retention period after its closing is over: then all its
// records have expired, and Kinesis calls it EXPIRED and forgets it as well.
void StreamCore::DropExpiredShards(bool wait) {
  const Millis now_ms = engine_->NowMillis();
  // Relaxed: takes effect at each look.
  const Millis cutoff_ms = now_ms - retention_ms_.load(std::memory_order_relaxed);
  const bool keeps = keep_until_committed_ && group_count() > 0;
  std::vector<ShardPtr> dropped;
  std::vector<ClosedShard> kept;
  do {
    dropped.clear();
    if (wait) {
      roster_mutex_.Lock();
    } else if (!roster_mutex_.TryLock()) {
      return;
    }
    while (dropped.size() < kRosterSteps && !closed_.empty() &&
           closed_.top().expires_from_ms < cutoff_ms) {
      const auto shard = shards_.find(closed_.top().id);
      closed_.pop();
      if (keeps && !shard->second->IsCommittedByAll()) {
        kept.push_back({now_ms, shard->first});  // looked at again a retention period later
        continue;
      }
      dropped.push_back(std::move(shard->second));
      shards_.erase(shard);
    }
    if (!dropped.empty()) ++counts_version_;
    leaving_.insert(leaving_.end(), dropped.begin(), dropped.end());
    const bool any_leaving = !leaving_.empty();
    for (const ClosedShard& shard : kept) closed_.push(shard);
    kept.clear();
    roster_mutex_.Unlock();
    // A handle may keep the shard; its memory goes.
    for (const ShardPtr& shard : dropped) {
      shard->log().TrimExpired(cutoff_ms, now_ms);
      // One that is not forgotten here expires again with the next engine.
      if (wait && is_durable()) engine_->files()->ForgetShard(uid_, shard->identity().id.index());
    }
    if (wait && any_leaving) KeepCounts();
  } while (dropped.size() == kRosterSteps);
}

absl::StatusOr<StreamCore::ShardPtr> StreamCore::FindShard(ShardId id) {
  if (is_deleted()) return DeletedError();
  DropExpiredShards(/*wait=*/true);
  ShardPtr shard = FindListed(id);
  if (shard == nullptr) {
    return NotFound("shard " + id.ToString() + " is not in stream " + Quoted(name_) +
                    "; it never was, or it is closed and its records have expired");
  }
  return shard;
}

std::vector<StreamCore::ShardPtr> StreamCore::ListShards() {
  DropExpiredShards(/*wait=*/true);
  return ListedShards();
}

std::vector<StreamCore::ShardPtr> StreamCore::ListedShards() {
  std::vector<ShardPtr> shards;
  const MutexLock layout(layout_mutex_);
  for (std::vector<ShardPtr> some; NextListed(/*wait=*/true, &some);) {
    shards.insert(shards.end(), some.begin(), some.end());
  }
  return shards;
}

size_t StreamCore::OpenCount() {
  const MutexLock layout(layout_mutex_);
  return open_.size();
}

}  // namespace kinesis::internal
