#include "kinesis_core/internal/group_core.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "kinesis_core/internal/base/status.h"

namespace kinesis::internal {
namespace {

constexpr size_t kMaxNameBytes = 1024;

// Returns whether a position is one in this shard, and not in one of a former stream that had the
// same name and shard id.
bool IsOf(const SequenceNumber& position, const ShardIdentity& identity) {
  return position.is_valid() && position.shard_index() == identity.id.index() &&
         position.shard_created_seconds() == identity.created_s;
}

// Between the newest record of the shard, as of now, and the next one.
SequenceNumber LatestOf(ShardCore& shard) {
  const ShardIdentity& identity = shard.identity();
  const uint64_t end = shard.log().EndIndex();
  if (end == 0) return shard.starting_sequence_number();
  return SequenceNumber::Make(identity.created_s, identity.id.index(), end,
                              SequenceNumber::kMaxSeconds);
}

}  // namespace

// --- Creation ------------------------------------------------------------------------------------

absl::Status GroupCore::Validate(const StreamCore& stream, std::string_view name,
                                 const GroupOptions& options) {
  if (name.empty() || name.size() > kMaxNameBytes) {
    return FieldRangeError("group name length", name.size(), "[1, 1024] bytes");
  }
  if (options.start != GroupStart::kTrimHorizon && options.start != GroupStart::kLatest) {
    return FieldError("start", std::to_string(static_cast<int>(options.start)),
                      "be kTrimHorizon or kLatest");
  }
  if (options.limits.max_records == 0) {
    return FieldRangeError("limits.max_records", 0, "[1, 2^64-1]");
  }
  if (options.limits.max_bytes == 0) return FieldRangeError("limits.max_bytes", 0, "[1, 2^64-1]");
  if (options.lease_time < absl::Milliseconds(1)) {
    return FieldRangeError("lease_time", FromAbsl(absl::FormatDuration(options.lease_time)),
                           "[1ms, inf]");
  }
  if (options.dead_letter_stream.has_value() != (options.max_attempts > 0)) {
    return FieldError("max_attempts", std::to_string(options.max_attempts),
                      options.max_attempts > 0
                          ? "be 0 without a dead_letter_stream for the records that are given up"
                          : "be at least 1 with a dead_letter_stream");
  }
  if (options.dead_letter_stream.has_value() &&
      options.dead_letter_stream->core_.get() == &stream) {
    return FieldError("dead_letter_stream", stream.name(),
                      "be another stream than the group's: it would read its own dead letters");
  }
  return absl::OkStatus();
}

GroupCore::GroupCore(std::shared_ptr<StreamCore> stream, std::string_view name,
                     const GroupOptions& options)
    : stream_(std::move(stream)),
      name_(name),
      options_(options),
      store_(options.checkpoint_store != nullptr ? options.checkpoint_store
                                                 : stream_->CheckpointsInDirectory()) {}

absl::StatusOr<std::shared_ptr<GroupCore>> GroupCore::Create(
    const std::shared_ptr<StreamCore>& stream, std::string_view name, const GroupOptions& options) {
  if (absl::Status status = Validate(*stream, name, options); !status.ok()) return status;
  if (stream->is_deleted()) return stream->DeletedError();
  std::shared_ptr<GroupCore> group(new GroupCore(stream, name, options));
  bool latest = options.start == GroupStart::kLatest;
  if (latest && group->store_ != nullptr) {
    for (const auto& shard : stream->ListShards()) {
      const ShardIdentity& identity = shard->identity();
      const absl::StatusOr<Checkpoint> checkpoint =
          group->store_->Load({stream->name(), name, identity.id});
      if (!checkpoint.ok()) return checkpoint.status();
      if (IsOf(checkpoint->position, identity)) latest = false;  // it goes on
    }
  }
  // First the group, then its shards: what is put from here on is kept for it.
  if (absl::Status status = stream->AddGroup(group); !status.ok()) return status;
  group->Discover(latest);
  if (stream->is_durable() && options.checkpoint_store == nullptr) {
    if (absl::Status status = group->SaveStart(); !status.ok()) {
      stream->RemoveGroup(name).IgnoreError();
      return status;
    }
  }
  return group;
}

absl::Status GroupCore::SaveStart() {
  const MutexLock lock(mutex_);
  for (const auto& [id, lease] : leases_) {
    const absl::StatusOr<Checkpoint> saved = store_->Load(KeyOf(*lease));
    if (!saved.ok()) return saved.status();
    if (*saved != Checkpoint()) continue;
    const SequenceNumber& start =
        lease->start.is_valid() ? lease->start : lease->shard->starting_sequence_number();
    if (absl::Status status = store_->Save(KeyOf(*lease), {start, 0}, 0); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

CheckpointKey GroupCore::KeyOf(const GroupLease& lease) const {
  return {stream_->name(), name_, lease.shard->identity().id};
}

absl::StatusOr<Checkpoint> GroupCore::LoadCheckpoint(const GroupLease& lease) {
  absl::StatusOr<Checkpoint> checkpoint = store_->Load(KeyOf(lease));
  if (!checkpoint.ok()) return checkpoint;
  const SequenceNumber& position = checkpoint->position;
  const ShardIdentity& identity = lease.shard->identity();
  if (position.is_valid() && !IsOf(position, identity)) {
    checkpoint->position = lease.shard->starting_sequence_number();
  }
  return checkpoint;
}

absl::Status GroupCore::GoneError() const {
  if (stream_->is_deleted()) return stream_->DeletedError();
  return NotFound("consumer group " + Quoted(name_) + " of stream " + Quoted(stream_->name()) +
                  " has been removed");
}

void GroupCore::OnRemoved() {
  const EventScope events;
  const MutexLock lock(mutex_);
  is_gone_.store(true, std::memory_order_release);  // pairs with the load in Next
  for (const auto& [id, lease] : leases_) lease->shard->RemoveHold(*lease->hold);
  for (const auto& [id, member] : members_) TellChanged(id);
}

// --- Control -------------------------------------------------------------------------------------

void GroupCore::Discover(bool latest) {
  // Before the listing: a reshard in between is found by the next look.
  const uint64_t version = stream_->layout_version();
  const std::vector<std::shared_ptr<ShardCore>> listed = stream_->ListShards();
  const EventScope events;
  const MutexLock lock(mutex_);
  // Relaxed, here and below: written and read under the mutex; orders nothing.
  if (is_gone_.load(std::memory_order_relaxed)) return;
  layout_version_.store(version, std::memory_order_relaxed);
  auto known = leases_.begin();
  for (const std::shared_ptr<ShardCore>& shard : listed) {  // in order of id, as the leases
    const ShardId id = shard->identity().id;
    while (known != leases_.end() && known->first < id) {
      known = known->second->is_finished ? leases_.erase(known) : std::next(known);
    }
    if (known != leases_.end() && known->first == id) {
      ++known;
      continue;
    }
    const auto lease = std::make_shared<GroupLease>();
    lease->shard = shard;
    lease->hold = std::make_shared<GroupHold>(name_);
    if (latest) {
      lease->start = LatestOf(*shard);
      // Relaxed: the hold is added to the shard, under its lock, below.
      lease->hold->committed.store(HoldOf(lease->start), std::memory_order_relaxed);
    }
    std::vector<uint32_t> parents;
    for (const ShardId parent : shard->identity().parents) parents.push_back(parent.index());
    lease->is_readable = lineage_.Add(id.index(), parents);
    shard->AddHold(lease->hold);
    leases_.emplace_hint(known, id, lease);
  }
  while (known != leases_.end()) {
    known = known->second->is_finished ? leases_.erase(known) : std::next(known);
  }
  Rebalance();
  CheckOver();
}

void GroupCore::CheckOver() {
  if (!stream_->is_closed() || lineage_.size() > 0) return;
  is_over_.store(true, std::memory_order_release);  // pairs with the load in Next
  for (const auto& [id, member] : members_) TellChanged(id);
}

void GroupCore::TellChanged(uint64_t member) {
  const auto found = members_.find(member);
  if (found == members_.end()) return;
  // Release: pairs with the exchange in Next; the member takes the mutex before it looks.
  found->second->is_changed_.store(true, std::memory_order_release);
  found->second->list_.Interrupt();
}

void GroupCore::SetOwner(GroupLease& lease, uint64_t owner) {
  TellChanged(lease.owner);
  const uint64_t from = lease.owner;
  lease.owner = owner;
  lease.place = nullptr;
  lease.out = 0;
  // Release: pairs with the acquire in Commit.
  lease.epoch.fetch_add(1, std::memory_order_release);
  TellChanged(owner);
  const ObserverPtr& observer = stream_->engine().observer();
  if (observer == nullptr || from == owner) return;
  const HandOverEvent event{stream_->name(),
                            name_,
                            lease.shard->identity().id,
                            from,
                            owner,
                            lease.epoch.load(std::memory_order_relaxed),  // under the mutex
                            lease.is_finished};
  EventScope::Tell(observer, [event](Observer& each) { each.OnHandOver(event); });
}

void GroupCore::Settle(GroupLease& lease) {
  if (lease.out > 0 || lease.owner == lease.target) return;
  SetOwner(lease, lease.target);
}

void GroupCore::Rebalance() {
  std::vector<uint64_t> members;
  for (const auto& [id, member] : members_) {
    if (!member->is_expired_) members.push_back(id);
  }
  std::vector<GroupLease*> readable;
  std::vector<int> owners;
  for (const auto& [id, lease] : leases_) {
    if (!lease->is_readable || lease->is_finished) continue;
    const auto owner = std::lower_bound(members.begin(), members.end(), lease->owner);
    readable.push_back(lease.get());
    owners.push_back(owner == members.end() || *owner != lease->owner
                         ? kNobody
                         : static_cast<int>(owner - members.begin()));
  }
  if (!members.empty()) owners = AssignShards(members.size(), owners);
  for (size_t i = 0; i < readable.size(); ++i) {
    readable[i]->target = owners[i] == kNobody ? 0 : members[static_cast<size_t>(owners[i])];
    Settle(*readable[i]);
  }
}

void GroupCore::Resolve(GroupLease& lease) {
  --lease.out;
  if (lease.owner != lease.target) {
    Settle(lease);
  } else if (lease.place != nullptr) {
    lease.place->list->Push(*lease.place->source);
  }
}

void GroupCore::SetCommitted(GroupLease& lease, const SequenceNumber& position) {
  lease.committed = position;
  if (lease.max_records > 0 && position >= lease.halve_until) lease.max_records = 0;
  // Sequentially consistent: see RoomWaiters::HasWaiters. What is trimmed for it has been read.
  lease.hold->committed.store(HoldOf(position), std::memory_order_seq_cst);
}

absl::StatusOr<std::shared_ptr<GroupMemberCore>> GroupCore::Join() {
  const EventScope events;
  const MutexLock lock(mutex_);
  if (is_gone_.load(std::memory_order_relaxed)) return GoneError();  // under the mutex
  const uint64_t id = ++last_member_;
  auto member = std::make_shared<GroupMemberCore>(id);
  member->last_call_ = stream_->engine().clock().Now();
  members_.emplace(id, member);
  Rebalance();
  return member;
}

void GroupCore::Leave(GroupMemberCore& member) {
  while (!member.places_.empty()) DropPlace(member, member.places_.begin()->first);
  const EventScope events;
  const MutexLock lock(mutex_);
  members_.erase(member.id());
  Rebalance();
}

absl::Status GroupCore::ReadAhead(GroupMemberCore& member) {
  const MutexLock lock(mutex_);
  for (const auto& [id, lease] : leases_) {
    if (lease->owner != member.id() || lease->out == 0) continue;
    return FailedPrecondition("a delivery of shard " + id.ToString() + " to member " +
                              std::to_string(member.id()) + " of consumer group " + Quoted(name_) +
                              " is out; resolve it first");
  }
  member.out_max_ = kReadAhead;
  return absl::OkStatus();
}

// --- Lease time ----------------------------------------------------------------------------------

void GroupCore::Revive(GroupMemberCore& member) {
  if (!is_watched()) return;
  const absl::Time now = Now();
  const EventScope events;
  const MutexLock lock(mutex_);
  member.last_call_ = now;
  if (!std::exchange(member.is_expired_, false)) return;
  Rebalance();
}

void GroupCore::Renew(GroupMemberCore& member) {
  if (!is_watched()) return;
  const absl::Time now = Now();
  const MutexLock lock(mutex_);
  member.last_call_ = now;
}

void GroupCore::SetAsleep(GroupMemberCore& member, bool is_asleep) {
  if (!is_watched()) return;
  const absl::Time now = Now();
  const MutexLock lock(mutex_);
  member.is_asleep_ = is_asleep;
  member.last_call_ = now;
}

void GroupCore::TouchOwner(const GroupLease& lease, absl::Time now) {
  if (!is_watched()) return;
  const auto owner = members_.find(lease.owner);
  if (owner != members_.end()) owner->second->last_call_ = now;
}

absl::Time GroupCore::ExpireSilent() {
  const absl::Time now = Now();
  const EventScope events;
  const MutexLock lock(mutex_);
  absl::Time next = absl::InfiniteFuture();
  bool any = false;
  for (const auto& [id, member] : members_) {
    if (member->is_expired_) continue;
    if (member->is_asleep_) {
      // It may wake right now, and hang from then on.
      next = std::min(next, now + options_.lease_time);
      continue;
    }
    const absl::Time over = member->last_call_ + options_.lease_time;
    if (over > now) {
      next = std::min(next, over);
      continue;
    }
    any = true;
    member->is_expired_ = true;
    for (const auto& [shard, lease] : leases_) {
      if (lease->owner == id) SetOwner(*lease, 0);  // whatever is out
    }
  }
  if (any) Rebalance();
  return next;
}

// --- Metrics -------------------------------------------------------------------------------------

GroupMetrics GroupCore::Metrics() {
  // What was put to shards that are new counts, too. Relaxed: as in Finish.
  if (layout_version_.load(std::memory_order_relaxed) != stream_->layout_version()) {
    Discover(/*latest=*/false);
  }
  GroupMetrics metrics;
  metrics.name = name_;
  metrics.dead_letters = dead_letters_.load(std::memory_order_relaxed);  // a statistic
  const MutexLock lock(mutex_);
  for (const auto& [id, member] : members_) {
    if (!member->is_expired_) metrics.members.push_back(id);
  }
  for (const auto& [id, lease] : leases_) {
    if (lease->is_finished) continue;
    const SequenceNumber& from = lease->committed.is_valid() ? lease->committed : lease->start;
    const uint64_t end = lease->shard->log().EndIndex();
    metrics.shards.push_back({.shard_id = id,
                              .owner = lease->owner,
                              // Relaxed: under the mutex.
                              .epoch = lease->epoch.load(std::memory_order_relaxed),
                              .is_out = lease->out > 0,
                              .committed = lease->committed,
                              .lag_records = end - std::min(end, from.index())});
  }
  return metrics;
}

}  // namespace kinesis::internal
