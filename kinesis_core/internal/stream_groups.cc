// What a stream and its shards know of consumer groups: who they are, and what they let go.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {

absl::Status StreamCore::AddGroup(std::shared_ptr<GroupHook> group) {
  const MutexLock lock(groups_mutex_);
  if (is_deleted()) return DeletedError();
  const auto [place, is_new] = groups_.try_emplace(group->name(), group);
  if (!is_new) {
    return AlreadyExists("stream " + Quoted(name_) + " has a consumer group " +
                         Quoted(group->name()) + "; open it, or remove it first");
  }
  if (restored_groups_.contains(group->name())) {
    DropRestoredGroup(group->name());  // it has been counted, and goes on
  } else {
    // Sequentially consistent: see group_count().
    group_count_.fetch_add(1, std::memory_order_seq_cst);
  }
  ApplyRetention();
  return absl::OkStatus();
}

std::shared_ptr<GroupHook> StreamCore::FindGroup(std::string_view name) {
  const MutexLock lock(groups_mutex_);
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : found->second;
}

absl::Status StreamCore::RemoveGroup(std::string_view name) {
  std::shared_ptr<GroupHook> group;
  {
    const MutexLock lock(groups_mutex_);
    const auto found = groups_.find(name);
    if (found == groups_.end() && !restored_groups_.contains(name)) {
      return NotFound("stream " + Quoted(name_) + " has no consumer group " + Quoted(name) +
                      "; nothing was removed");
    }
    if (is_durable()) {
      absl::Status status = engine_->files()->Change(Metadata::RemoveGroup(uid_, name));
      if (!status.ok()) return status;
    }
    DropRestoredGroup(name);
    if (found != groups_.end()) {
      group = std::move(found->second);
      groups_.erase(found);
    }
  }
  if (group != nullptr) group->OnRemoved();  // takes its holds away
  {
    const MutexLock lock(groups_mutex_);
    // Sequentially consistent: see group_count(). After the holds: until here the group counts.
    group_count_.fetch_sub(1, std::memory_order_seq_cst);
    ApplyRetention();
  }
  TrimExpired(/*wait=*/true, absl::InfiniteFuture(), /*for_room=*/keep_until_committed_);
  engine_->WakePuts();
  return absl::OkStatus();
}

std::vector<std::string> StreamCore::ListGroups() {
  const MutexLock lock(groups_mutex_);
  std::vector<std::string> names;
  for (const auto& [name, group] : groups_) names.push_back(name);
  for (const auto& [name, holds] : restored_groups_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::shared_ptr<GroupHook>> StreamCore::Groups() {
  const MutexLock lock(groups_mutex_);
  std::vector<std::shared_ptr<GroupHook>> groups;
  for (const auto& [name, group] : groups_) groups.push_back(group);
  return groups;
}

void StreamCore::ApplyRetention() {
  // As good as for ever: no time of the engine is that far from another.
  const bool for_ever = keep_until_committed_ && !(groups_.empty() && restored_groups_.empty());
  limits_.retention_ms.store(
      // Relaxed, both: takes effect at each look; publishes nothing.
      for_ever ? kLatestMillis : retention_ms_.load(std::memory_order_relaxed),
      std::memory_order_relaxed);
}

void StreamCore::OnCommit(ShardCore& shard) {
  // Who waits for room is counted before it looks for it, and the commit was stored before this
  // looks for them: one of the two sees the other (see RoomWaiters::HasWaiters).
  if (!keep_until_committed_ && !engine_->HasRoomWaiters()) return;
  if (shard.TrimCommitted(/*wait=*/true)) engine_->WakePuts();
}

void ShardCore::AddHold(std::shared_ptr<GroupHold> hold) {
  const MutexLock lock(holds_mutex_);
  holds_.push_back(std::move(hold));
}

void ShardCore::RemoveHold(const GroupHold& hold) {
  const MutexLock lock(holds_mutex_);
  std::erase_if(holds_, [&hold](const auto& each) { return each.get() == &hold; });
}

uint64_t ShardCore::CommittedByAll() {
  if (holds_.empty() || holds_.size() < stream_->group_count()) return 0;
  uint64_t committed = UINT64_MAX;
  for (const auto& hold : holds_) {
    // Sequentially consistent: see RoomWaiters::HasWaiters. It orders the trim behind the reading.
    committed = std::min(committed, hold->committed.load(std::memory_order_seq_cst));
  }
  return committed;
}

bool ShardCore::TrimCommitted(bool wait) {
  if (stream_->group_count() == 0) return false;
  uint64_t committed = 0;
  if (wait) {
    holds_mutex_.Lock();
  } else if (!holds_mutex_.TryLock()) {
    return false;
  }
  committed = CommittedByAll();
  holds_mutex_.Unlock();
  if (committed == 0) return false;
  const uint64_t before = log_.Oldest().index;
  log_.TrimBefore(std::min(RecordIndex(committed), log_.EndIndex()), engine_.NowMillis());
  return log_.Oldest().index > before;
}

bool ShardCore::IsCommittedByAll() {
  const MutexLock lock(holds_mutex_);
  return CommittedByAll() >= log_.EndIndex();
}

std::string ShardCore::SlowestGroup() {
  const MutexLock lock(holds_mutex_);
  const auto slowest =
      std::min_element(holds_.begin(), holds_.end(), [](const auto& a, const auto& b) {
        // Relaxed, both: for a message.
        return a->committed.load(std::memory_order_relaxed) <
               b->committed.load(std::memory_order_relaxed);
      });
  return slowest == holds_.end() ? std::string() : (*slowest)->group;
}

}  // namespace kinesis::internal
