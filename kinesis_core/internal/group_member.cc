// What a member of a consumer group does in its own thread: it begins the shards that it was given,
// reads them, and commits or gives back what it got.
#include <algorithm>
#include <utility>

#include "kinesis_core/dead_letter.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/group_core.h"
#include "kinesis_core/internal/short_wait.h"
#include "kinesis_core/internal/stream_read.h"
#include "kinesis_core/shard.h"

namespace kinesis::internal {

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

bool GroupCore::Claim(const GroupMemberCore& member, GroupPlace& place, Claimed* claimed) {
  GroupLease& lease = *place.lease;
  const MutexLock lock(mutex_);
  // Relaxed: under the mutex. No owner has an old epoch.
  if (lease.epoch.load(std::memory_order_relaxed) != place.epoch || lease.out >= member.out_max_ ||
      lease.owner != lease.target || lease.is_finished) {
    return false;
  }
  // Relaxed: under the mutex.
  if (lease.out > 0 && lease.rewind.load(std::memory_order_relaxed)) return false;
  claimed->is_only = lease.out++ == 0;
  claimed->rewind = lease.rewind.exchange(false, std::memory_order_relaxed);  // under the mutex
  claimed->from = lease.committed.is_valid() ? lease.committed : lease.start;
  claimed->max_records = lease.max_records;
  claimed->head = lease.head;
  claimed->head_returns = lease.head_returns;
  return true;
}

void GroupCore::Unclaim(GroupPlace& place, bool at_end) {
  const EventScope events;
  const MutexLock lock(mutex_);
  GroupLease& lease = *place.lease;
  if (lease.epoch.load(std::memory_order_relaxed) != place.epoch) return;  // as in Claim
  if (at_end && lease.out > 1) {
    --lease.out;  // the resolve of the others pushes the place
  } else {
    Resolve(lease);
  }
}

absl::Status GroupCore::MakeIterator(GroupPlace& place, const SequenceNumber& from) {
  const Shard shard(place.lease->shard);
  absl::StatusOr<Iterator> iterator = shard.CreateIterator(
      from.is_valid() ? IteratorStart::AfterSequenceNumber(from) : IteratorStart::TrimHorizon());
  if (!iterator.ok()) return iterator.status();
  place.iterator = *std::move(iterator);
  return absl::OkStatus();
}

absl::Status GroupCore::BeginWithoutStore(GroupPlace& place) {
  GroupLease& lease = *place.lease;
  SequenceNumber from;
  {
    const MutexLock lock(mutex_);
    // Relaxed, both: under the mutex.
    if (lease.epoch.load(std::memory_order_relaxed) != place.epoch) {
      return Aborted("shard " + lease.shard->identity().id.ToString() + " has moved");
    }
    lease.rewind.store(false, std::memory_order_relaxed);
    from = lease.committed.is_valid() ? lease.committed : lease.start;
  }
  return MakeIterator(place, from);
}

absl::Status GroupCore::Begin(GroupPlace& place) {
  if (store_ == nullptr) return BeginWithoutStore(place);
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
    if (Checkpoint{position}.is_shard_end()) {
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
  if (save && store_ != nullptr) {
    absl::Status saved = store_->Save(KeyOf(*lease), {end, place.epoch}, place.epoch);
    if (!saved.ok()) {
      Unclaim(place);
      return saved;
    }
  }
  bool is_known = true;
  {
    const EventScope events;
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
    const EventScope events;
    const MutexLock lock(mutex_);
    CheckOver();
  }
  return absl::OkStatus();
}

// --- Delivery ------------------------------------------------------------------------------------

absl::StatusOr<Delivery> GroupCore::Deliver(GroupMemberCore& member, GroupPlace& place,
                                            bool* is_none) {
  const auto none = [is_none] {
    *is_none = true;
    return absl::UnknownError("");
  };
  Claimed claimed;
  // Who resolves what is out, or moves the lease, wakes its owner.
  if (!Claim(member, place, &claimed)) return none();
  if (!place.iterator.has_value()) {
    absl::Status begun = Begin(place);
    if (!begun.ok()) {
      Unclaim(place);
      if (absl::IsAborted(begun)) return none();
      return begun;
    }
    if (!place.iterator.has_value()) {
      // Another life of the group has finished it. Its end is published by the closing.
      absl::Status finished = Finish(member, place, /*save=*/false);
      if (!finished.ok()) return finished;
      return none();
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
    place.has_more = false;
    if (!batch->end_of_shard() || !claimed.is_only) {
      Unclaim(place, batch->end_of_shard());
      return none();
    }
    absl::Status finished = Finish(member, place, /*save=*/true);
    if (!finished.ok() && !absl::IsAborted(finished)) return finished;
    return none();
  }
  uint64_t attempt = 1;
  if (claimed.head.is_valid() && claimed.head == (*batch)[0].sequence_number) {
    attempt += claimed.head_returns;
  }
  place.has_more = batch->size() == limits.max_records;
  // A claim too many finds that there is no more to be taken.
  if (member.out_max_ > 1) member.list_.Push(*place.source);
  return Delivery(shared_from_this(), place.lease, std::move(*batch), place.epoch, attempt,
                  std::exchange(place.records_lost, 0));
}

// What AwaitReady asks.
class GroupCore::Looker {
 public:
  Looker(GroupCore& group, GroupMemberCore& member, absl::Time deadline,
         const std::stop_token& stop, AsyncLook* look)
      : group_(group), member_(member), deadline_(deadline), stop_(stop), look_(look) {}

  bool IsReady(GroupPlace& place, LogCursor* tip) const {
    return GaveUp() || !place.iterator.has_value() || place.has_more ||
           group_.stream_->is_deleted() ||
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
      if (look_ != nullptr) look_->look_again = look_again_;
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
  void AwaitCommit(int round) const {
    constexpr int kRounds = 64;  // of a coroutine, before others have their turn
    if (look_ != nullptr && round >= kRounds) look_->in_flight = true;
    internal::AwaitCommit(round);
  }
  // Then every place is as good as ready.
  bool GaveUp() const { return look_ != nullptr && look_->in_flight; }

  bool is_late() const { return is_late_; }

 private:
  GroupCore& group_;
  GroupMemberCore& member_;
  const absl::Time deadline_;
  const std::stop_token& stop_;
  AsyncLook* const look_;
  absl::Time look_again_ = absl::InfiniteFuture();  // when another member's lease time is over
  bool has_looked_ = false;
  bool is_late_ = false;
};

absl::StatusOr<Delivery> GroupCore::Next(GroupMemberCore& member, absl::Time deadline,
                                         const std::stop_token& stop, AsyncLook* look) {
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
    Looker looker(*this, member, deadline, stop, look);
    List::Source* const source = AwaitReady(member.list_, looker);
    if (source == nullptr || looker.GaveUp()) {
      if (source != nullptr) {
        member.list_.Push(*source);
      } else if (!looker.is_late()) {
        continue;
      }
      if (look == nullptr) return LateError(member);
      look->is_empty = true;
      return DeadlineExceeded("");  // has no meaning
    }
    bool is_none = false;
    absl::StatusOr<Delivery> delivery = Deliver(member, source->owner(), &is_none);
    if (is_none) continue;
    // Acquire: as above.
    if (!delivery.ok() && is_gone_.load(std::memory_order_acquire)) return GoneError();
    return delivery;
  }
}

absl::StatusOr<Delivery> GroupCore::TryNext(GroupMemberCore& member, const std::stop_token& stop,
                                            AsyncLook* look) {
  *look = AsyncLook();
  return Next(member, absl::InfinitePast(), stop, look);
}

bool GroupCore::Watch(GroupMemberCore& member, Waiter& waiter) {
  SetAsleep(member, true);
  if (member.list_.Watch(waiter)) return true;
  SetAsleep(member, false);
  return false;
}

void GroupCore::Unwatch(GroupMemberCore& member) {
  member.list_.Unwatch();
  SetAsleep(member, false);
}

absl::Status GroupCore::LateError(const GroupMemberCore& member) const {
  return DeadlineExceeded("nothing to deliver to member " + std::to_string(member.id()) +
                          " of consumer group " + Quoted(name_) + " before the deadline");
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
  if (store_ != nullptr) {
    absl::Status saved = store_->Save(KeyOf(lease), {position, epoch}, epoch);
    if (!saved.ok()) return saved;
  }
  const absl::Time now = is_watched() ? Now() : absl::Time();
  bool is_owned = false;
  {
    const EventScope events;
    const MutexLock lock(mutex_);
    // Relaxed: under the mutex. If it has gone on, the next owner has found the position saved.
    is_owned = lease.epoch.load(std::memory_order_relaxed) == epoch;
    if (is_owned) {
      SetCommitted(lease, position);
      TouchOwner(lease, now);
      if (all) Resolve(lease);
    }
  }
  if (!is_owned && store_ == nullptr) return CheckOwned(lease, epoch);  // taken in between
  stream_->OnCommit(*lease.shard);
  return absl::OkStatus();
}

void GroupCore::GiveBack(GroupLease& lease, uint64_t epoch, const SequenceNumber& head,
                         const SequenceNumber& last, size_t records, Failure failure) {
  const absl::Time now = is_watched() ? Now() : absl::Time();
  const EventScope events;
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

}  // namespace kinesis::internal
