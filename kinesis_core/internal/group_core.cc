#include "kinesis_core/internal/group_core.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "kinesis_core/dead_letter.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/short_wait.h"
#include "kinesis_core/internal/stream_read.h"
#include "kinesis_core/shard.h"

namespace kinesis::internal {
namespace {

constexpr size_t kMaxNameBytes = 1024;

bool IsEnd(const SequenceNumber& position) { return position.index() == SequenceNumber::kMaxIndex; }

// The log index before which everything is done with, of which `position` is the last.
uint64_t HoldOf(const SequenceNumber& position) {
  return IsEnd(position) ? UINT64_MAX : position.index();
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
      store_(options.checkpoint_store == nullptr ? MakeMemoryCheckpointStore()
                                                 : options.checkpoint_store) {}

absl::StatusOr<std::shared_ptr<GroupCore>> GroupCore::Create(std::shared_ptr<StreamCore> stream,
                                                             std::string_view name,
                                                             const GroupOptions& options) {
  if (absl::Status status = Validate(*stream, name, options); !status.ok()) return status;
  if (stream->is_deleted()) return stream->DeletedError();
  std::shared_ptr<GroupCore> group(new GroupCore(stream, name, options));
  bool latest = options.start == GroupStart::kLatest;
  if (latest && options.checkpoint_store != nullptr) {
    for (const auto& shard : stream->ListShards()) {
      GroupLease lease;
      lease.shard = shard;
      const absl::StatusOr<Checkpoint> checkpoint = group->LoadCheckpoint(lease);
      if (!checkpoint.ok()) return checkpoint.status();
      if (checkpoint->position.index() > 0) latest = false;  // it goes on
    }
  }
  // First the group, then its shards: what is put from here on is kept for it.
  if (absl::Status status = stream->AddGroup(group); !status.ok()) return status;
  group->Discover(latest);
  return group;
}

CheckpointKey GroupCore::KeyOf(const GroupLease& lease) const {
  return {stream_->name(), name_, lease.shard->identity().id};
}

absl::StatusOr<Checkpoint> GroupCore::LoadCheckpoint(const GroupLease& lease) {
  absl::StatusOr<Checkpoint> checkpoint = store_->Load(KeyOf(lease));
  if (!checkpoint.ok()) return checkpoint;
  const SequenceNumber& position = checkpoint->position;
  const ShardIdentity& identity = lease.shard->identity();
  if (position.is_valid() && (position.shard_index() != identity.id.index() ||
                              position.shard_created_seconds() != identity.created_s)) {
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
  lease.owner = owner;
  lease.place = nullptr;
  lease.is_out = false;
  // Release: pairs with the acquire in Commit.
  lease.epoch.fetch_add(1, std::memory_order_release);
  TellChanged(owner);
}

void GroupCore::Settle(GroupLease& lease) {
  if (lease.is_out || lease.owner == lease.target) return;
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
  lease.is_out = false;
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
  const MutexLock lock(mutex_);
  members_.erase(member.id());
  Rebalance();
}

// --- Lease time ----------------------------------------------------------------------------------

void GroupCore::Revive(GroupMemberCore& member) {
  if (!is_watched()) return;
  const absl::Time now = Now();
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
  const MutexLock lock(mutex_);
  absl::Time next = absl::InfiniteFuture();
  bool any = false;
  for (const auto& [id, member] : members_) {
    if (member->is_asleep_ || member->is_expired_) continue;
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

// --- Places --------------------------------------------------------------------------------------

void GroupCore::SyncPlaces(GroupMemberCore& member) {
  std::vector<std::pair<LeasePtr, uint64_t>> owned;  // with their epochs
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, lease] : leases_) {
      if (lease->owner != member.id() || lease->is_finished) continue;
      owned.emplace_back(lease, lease->epoch.load(std::memory_order_relaxed));  // under the mutex
    }
  }
  std::map<ShardId, GroupPlace>& places = member.places_;
  auto next = owned.begin();  // both are in order of id
  for (auto place = places.begin(); place != places.end();) {
    while (next != owned.end() && next->first->shard->identity().id < place->first) ++next;
    const bool mine = next != owned.end() && next->first == place->second.lease &&
                      next->second == place->second.epoch;
    const ShardId id = place->first;
    ++place;
    if (!mine) DropPlace(member, id);
  }
  for (const auto& [lease, epoch] : owned) {
    const auto [found, is_new] = places.try_emplace(lease->shard->identity().id);
    if (!is_new) continue;
    GroupPlace& place = found->second;
    place.lease = lease;
    place.epoch = epoch;
    place.list = &member.list_;
    place.source.emplace(member.list_, stream_->engine().lot(), lease->shard->uid(), place);
    const MutexLock lock(mutex_);
    // Relaxed: under the mutex. If the lease has gone on, the next sync finds the place stale.
    if (lease->epoch.load(std::memory_order_relaxed) == epoch) lease->place = &place;
  }
}

void GroupCore::DropPlace(GroupMemberCore& member, ShardId shard) {
  const auto place = member.places_.find(shard);
  {
    const MutexLock lock(mutex_);
    GroupLease& lease = *place->second.lease;
    if (lease.place == &place->second) lease.place = nullptr;
  }
  member.places_.erase(place);
}

bool GroupCore::Claim(GroupPlace& place, Claimed* claimed) {
  GroupLease& lease = *place.lease;
  const MutexLock lock(mutex_);
  // Relaxed: under the mutex. No owner has an old epoch.
  if (lease.epoch.load(std::memory_order_relaxed) != place.epoch || lease.is_out ||
      lease.owner != lease.target || lease.is_finished) {
    return false;
  }
  lease.is_out = true;
  claimed->rewind = lease.rewind.exchange(false, std::memory_order_relaxed);  // under the mutex
  claimed->from = lease.committed.is_valid() ? lease.committed : lease.start;
  claimed->max_records = lease.max_records;
  claimed->head = lease.head;
  claimed->head_returns = lease.head_returns;
  return true;
}

void GroupCore::Unclaim(GroupPlace& place) {
  const MutexLock lock(mutex_);
  GroupLease& lease = *place.lease;
  if (lease.epoch.load(std::memory_order_relaxed) == place.epoch) Resolve(lease);  // as in Claim
}

absl::Status GroupCore::MakeIterator(GroupPlace& place, const SequenceNumber& from) {
  const Shard shard(place.lease->shard);
  absl::StatusOr<Iterator> iterator = shard.CreateIterator(
      from.is_valid() ? IteratorStart::AfterSequenceNumber(from) : IteratorStart::TrimHorizon());
  if (!iterator.ok()) return iterator.status();
  place.iterator = *std::move(iterator);
  return absl::OkStatus();
}

absl::Status GroupCore::Begin(GroupPlace& place) {
  GroupLease& lease = *place.lease;
  std::optional<Checkpoint> refused;  // with which the store had refused
  for (;;) {
    const absl::StatusOr<Checkpoint> loaded = LoadCheckpoint(lease);
    if (!loaded.ok()) return loaded.status();
    SequenceNumber position = loaded->position;
    {
      const MutexLock lock(mutex_);
      // Relaxed, both: under the mutex.
      if (lease.epoch.load(std::memory_order_relaxed) != place.epoch) {
        return Aborted("shard " + lease.shard->identity().id.ToString() + " has moved");
      }
      if (loaded->epoch >= place.epoch) {
        // A group before this one went further.
        place.epoch = loaded->epoch + 1;
        lease.epoch.store(place.epoch, std::memory_order_relaxed);
      }
      if (position.index() == 0 && lease.start.is_valid()) position = lease.start;
    }
    absl::Status saved = store_->Save(KeyOf(lease), {position, place.epoch}, loaded->epoch);
    if (absl::IsAborted(saved)) {
      // Somebody saved in between: where is it now?
      if (refused != *loaded) {
        refused = *loaded;
        continue;
      }
      saved = FailedPrecondition("the checkpoint store returns and refuses the same checkpoint: " +
                                 std::string(FromAbsl(saved.message())));
    }
    if (!saved.ok()) return saved;
    {
      const MutexLock lock(mutex_);
      // Relaxed: as above.
      if (lease.epoch.load(std::memory_order_relaxed) == place.epoch && position.is_valid()) {
        SetCommitted(lease, position);
      }
      lease.rewind.store(false, std::memory_order_relaxed);  // as above
    }
    if (IsEnd(position)) {
      if (lease.shard->is_closed()) return absl::OkStatus();
      return FailedPrecondition("the checkpoint of shard " + lease.shard->identity().id.ToString() +
                                " of consumer group " + Quoted(name_) +
                                " says that it has ended, but it is open");
    }
    return MakeIterator(place, position);
  }
}

absl::Status GroupCore::Finish(GroupMemberCore& member, GroupPlace& place, bool save) {
  const LeasePtr lease = place.lease;
  ShardCore& shard = *lease->shard;
  const SequenceNumber end = shard.ending_sequence_number();
  if (save) {
    absl::Status saved = store_->Save(KeyOf(*lease), {end, place.epoch}, place.epoch);
    if (!saved.ok()) {
      Unclaim(place);
      return saved;
    }
  }
  bool is_known = true;
  {
    const MutexLock lock(mutex_);
    // Relaxed: under the mutex. If it has expired meanwhile, the next owner finds the end saved.
    if (lease->epoch.load(std::memory_order_relaxed) == place.epoch) {
      SetCommitted(*lease, end);
      lease->is_finished = true;
      SetOwner(*lease, 0);
      lease->target = 0;
      for (const uint32_t child : lineage_.Finish(shard.identity().id.index())) {
        leases_.at(ShardId(child))->is_readable = true;
      }
      for (const ShardId child : shard.children()) is_known &= leases_.contains(child);
      Rebalance();
    }
  }
  DropPlace(member, shard.identity().id);
  stream_->OnCommit(shard);
  // Relaxed: a look too many does no harm, and one too few is made up for by is_known.
  if (!is_known || layout_version_.load(std::memory_order_relaxed) != stream_->layout_version()) {
    Discover(/*latest=*/false);
  } else {
    const MutexLock lock(mutex_);
    CheckOver();
  }
  return absl::OkStatus();
}

// --- Delivery ------------------------------------------------------------------------------------

absl::StatusOr<std::optional<Delivery>> GroupCore::Deliver(GroupMemberCore& member,
                                                           GroupPlace& place) {
  Claimed claimed;
  // Who resolves what is out, or moves the lease, wakes its owner.
  if (!Claim(place, &claimed)) return std::nullopt;
  if (!place.iterator.has_value()) {
    absl::Status begun = Begin(place);
    if (!begun.ok()) {
      Unclaim(place);
      if (absl::IsAborted(begun)) return std::nullopt;
      return begun;
    }
    if (!place.iterator.has_value()) {
      // Another life of the group has finished it. Its end is published by the closing.
      absl::Status finished = Finish(member, place, /*save=*/false);
      if (!finished.ok()) return finished;
      return std::nullopt;
    }
  } else if (claimed.rewind) {
    if (absl::Status status = MakeIterator(place, claimed.from); !status.ok()) {
      place.iterator.reset();  // to begin anew
      Unclaim(place);
      return status;
    }
  }
  ReadLimits limits = options_.limits;
  if (claimed.max_records > 0)
    limits.max_records = std::min(limits.max_records, claimed.max_records);
  ReadResult batch = place.iterator->Read(limits);
  if (!batch.ok()) {
    Unclaim(place);
    return batch.status();
  }
  place.records_lost += batch->records_lost();
  if (batch->empty()) {
    if (!batch->end_of_shard()) {
      Unclaim(place);
      return std::nullopt;
    }
    absl::Status finished = Finish(member, place, /*save=*/true);
    if (!finished.ok() && !absl::IsAborted(finished)) return finished;
    return std::nullopt;
  }
  const SequenceNumber head = (*batch)[0].sequence_number;
  const uint64_t attempt = 1 + (claimed.head == head ? claimed.head_returns : 0);
  return Delivery(shared_from_this(), place.lease, std::move(*batch), place.epoch, attempt,
                  std::exchange(place.records_lost, 0));
}

// What AwaitReady asks.
class GroupCore::Looker {
 public:
  Looker(GroupCore& group, GroupMemberCore& member, absl::Time deadline,
         const std::stop_token& stop)
      : group_(group), member_(member), deadline_(deadline), stop_(stop) {}

  bool IsReady(GroupPlace& place, LogCursor* tip) const {
    return !place.iterator.has_value() || group_.stream_->is_deleted() ||
           // Relaxed: see GroupLease.
           place.lease->rewind.load(std::memory_order_relaxed) ||
           CanRead(*place.iterator->shard_, place.iterator->place_, tip);
  }
  Log* LogOf(const GroupPlace& place) const { return &place.lease->shard->log(); }
  bool IsOver() {
    if (member_.list_.TakeInterruption()) return true;
    if (stop_.stop_requested()) return true;
    if (group_.is_watched()) {
      // Also by whoever does not sleep.
      look_again_ = group_.ExpireSilent();
      if (member_.list_.TakeInterruption()) return true;
    }
    is_late_ = group_.Now() >= deadline_;
    return is_late_;
  }
  void Sleep(WaitEvent& event) const {
    const std::stop_callback wake(stop_, [&event] { event.Notify(); });
    group_.SetAsleep(member_, true);
    group_.stream_->engine().clock().Wait(event, std::min(deadline_, look_again_));
    group_.SetAsleep(member_, false);
  }
  bool LookAgain() {
    return !std::exchange(has_looked_, true) &&
           LookForAWhile([this] { return member_.list_.HasNews(); });
  }
  void AwaitCommit(int round) const { internal::AwaitCommit(round); }

  bool is_late() const { return is_late_; }

 private:
  GroupCore& group_;
  GroupMemberCore& member_;
  const absl::Time deadline_;
  const std::stop_token& stop_;
  absl::Time look_again_ = absl::InfiniteFuture();  // when another member's lease time is over
  bool has_looked_ = false;
  bool is_late_ = false;
};

absl::StatusOr<Delivery> GroupCore::Next(GroupMemberCore& member, absl::Time deadline,
                                         const std::stop_token& stop) {
  Revive(member);
  for (;;) {
    // Acquire, both: pair with the releases in OnRemoved and TellChanged.
    if (is_gone_.load(std::memory_order_acquire)) return GoneError();
    if (stop.stop_requested()) return Cancelled("the stop token says so");
    if (is_over()) {
      return OutOfRange("stream " + Quoted(stream_->name()) + " is closed, and consumer group " +
                        Quoted(name_) + " has committed all of it");
    }
    if (member.is_changed_.load(std::memory_order_relaxed) &&
        member.is_changed_.exchange(false, std::memory_order_acquire)) {
      SyncPlaces(member);
    }
    Looker looker(*this, member, deadline, stop);
    List::Source* const source = AwaitReady(member.list_, looker);
    if (source == nullptr) {
      if (!looker.is_late()) continue;
      return DeadlineExceeded("nothing to deliver to member " + std::to_string(member.id()) +
                              " of consumer group " + Quoted(name_) + " before the deadline");
    }
    absl::StatusOr<std::optional<Delivery>> delivery = Deliver(member, source->owner());
    if (!delivery.ok()) {
      if (is_gone_.load(std::memory_order_acquire)) return GoneError();  // as above
      return delivery.status();
    }
    if (delivery->has_value()) return **std::move(delivery);
  }
}

absl::Status GroupCore::CheckOwned(const GroupLease& lease, uint64_t epoch) const {
  // Acquire, both: pair with OnRemoved, and with SetOwner.
  if (is_gone_.load(std::memory_order_acquire)) return GoneError();
  if (lease.epoch.load(std::memory_order_acquire) == epoch) return absl::OkStatus();
  return Aborted("shard " + lease.shard->identity().id.ToString() + " of consumer group " +
                 Quoted(name_) +
                 " was taken from this member, whose lease time was over; what it "
                 "has not committed goes to another one");
}

absl::Status GroupCore::Commit(GroupLease& lease, uint64_t epoch, const SequenceNumber& position,
                               bool all) {
  if (absl::Status owned = CheckOwned(lease, epoch); !owned.ok()) return owned;
  absl::Status saved = store_->Save(KeyOf(lease), {position, epoch}, epoch);
  if (!saved.ok()) return saved;
  const absl::Time now = is_watched() ? Now() : absl::Time();
  {
    const MutexLock lock(mutex_);
    // Relaxed: under the mutex. If it has gone on, the next owner has found the position saved.
    if (lease.epoch.load(std::memory_order_relaxed) == epoch) {
      SetCommitted(lease, position);
      TouchOwner(lease, now);
      if (all) Resolve(lease);
    }
  }
  stream_->OnCommit(*lease.shard);
  return absl::OkStatus();
}

void GroupCore::GiveBack(GroupLease& lease, uint64_t epoch, const SequenceNumber& head,
                         const SequenceNumber& last, size_t records, Failure failure) {
  const absl::Time now = is_watched() ? Now() : absl::Time();
  const MutexLock lock(mutex_);
  // Relaxed: under the mutex.
  if (lease.epoch.load(std::memory_order_relaxed) != epoch) return;
  TouchOwner(lease, now);
  if (lease.head != head) {
    lease.head = head;
    lease.head_returns = 0;
    lease.head_failures = 0;
  }
  if (failure != Failure::kNone) ++lease.head_returns;
  if (failure == Failure::kCounted) ++lease.head_failures;
  if (failure == Failure::kUnknown) {
    lease.max_records = std::max<uint64_t>(1, records / 2);
    lease.halve_until = std::max(lease.halve_until, last);
  }
  lease.rewind.store(true, std::memory_order_relaxed);  // see GroupLease
  Resolve(lease);
}

uint64_t GroupCore::FailuresWith(GroupLease& lease, const SequenceNumber& head) {
  const MutexLock lock(mutex_);
  return lease.head == head ? lease.head_failures + 1 : 1;
}

absl::Status GroupCore::PutDeadLetter(GroupLease& lease, const RecordView& record,
                                      uint64_t attempts, const absl::Status& cause) {
  const DeadLetter letter{name_,    lease.shard->identity().id, record.sequence_number,
                          attempts, cause.ToString(),           std::string(record.data)};
  const std::string data = letter.Encode();
  Stream stream = *options_.dead_letter_stream;
  absl::Status put = stream.Put({.partition_key = record.partition_key, .data = data}).status();
  // Relaxed: a statistic.
  if (put.ok()) dead_letters_.fetch_add(1, std::memory_order_relaxed);
  return put;
}

// --- Metrics -------------------------------------------------------------------------------------

GroupMetrics GroupCore::Metrics() {
  GroupMetrics metrics;
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
                              .is_out = lease->is_out,
                              .committed = lease->committed,
                              .lag_records = end - std::min(end, from.index())});
  }
  return metrics;
}

}  // namespace kinesis::internal
