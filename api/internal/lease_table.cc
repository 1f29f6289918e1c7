#include "kinesis_core/api/internal/lease_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/internal/group_plan.h"

namespace kinesis::api::internal {
namespace {

// Each means that another worker has changed the row meanwhile, which nobody does for ever.
constexpr int kTries = 10;

absl::Status LostError(ShardId shard) {
  return absl::AbortedError("the lease of " + shard.ToString() +
                            " is lost: another worker has taken it");
}

// Who has a lease, or is to have it next.
const std::string& HolderOf(const Lease& lease) {
  return lease.next_owner.empty() ? lease.owner : lease.next_owner;
}

std::vector<ShardId> ParentsOf(const Shard& shard) {
  std::vector<ShardId> parents;
  if (shard.parent_shard_id) parents.push_back(*shard.parent_shard_id);
  if (shard.adjacent_parent_shard_id) parents.push_back(*shard.adjacent_parent_shard_id);
  return parents;
}

}  // namespace

// --- Rows ----------------------------------------------------------------------------------------

void LeaseTable::Observe(const Lease& lease, absl::Time now) {
  const auto [found, is_new] = rows_.try_emplace(lease.shard_id);
  Row& row = found->second;
  if (is_new || row.lease.version != lease.version) row.seen = now;
  row.lease = lease;
  if (lease.owner != worker_id_ || lease.epoch != row.held_epoch) row.held_epoch = 0;
}

absl::Status LeaseTable::Refresh(absl::Time now) {
  KC_ASSIGN_OR_RETURN(const std::vector<Lease> leases, store_->List());
  std::set<ShardId> there;
  for (const Lease& lease : leases) {
    there.insert(lease.shard_id);
    Observe(lease, now);
  }
  std::erase_if(rows_, [&there](const auto& entry) { return !there.contains(entry.first); });
  return absl::OkStatus();
}

absl::Status LeaseTable::Reload(ShardId shard, absl::Time now) {
  const absl::StatusOr<Lease> lease = store_->Load(shard);
  if (absl::IsNotFound(lease.status())) {
    rows_.erase(shard);
    return absl::OkStatus();
  }
  // For the caller, aborted is what was lost to another worker.
  if (absl::IsAborted(lease.status())) {
    return absl::UnavailableError("the lease store: " + lease.status().ToString());
  }
  if (lease.ok()) Observe(*lease, now);
  return lease.status();
}

absl::Status LeaseTable::TrySave(const Lease& next, absl::Time now) {
  const absl::Status saved = store_->Save(next);
  if (absl::IsAborted(saved)) return Reload(next.shard_id, now);
  KC_RETURN_IF_ERROR(saved);
  Row& row = rows_[next.shard_id];
  row.lease = next;
  ++row.lease.version;
  row.seen = now;
  return absl::OkStatus();
}

// --- Sharing out ---------------------------------------------------------------------------------

std::vector<const LeaseTable::Row*> LeaseTable::Readable() const {
  std::vector<const Row*> readable;
  kinesis::internal::Lineage lineage;
  std::vector<uint32_t> parents;
  for (const auto& [shard, row] : rows_) {
    if (row.lease.is_finished || !IsOfStream(row.lease)) continue;
    parents.clear();
    for (const ShardId parent : row.lease.parents) parents.push_back(parent.index());
    if (lineage.Add(shard.index(), parents)) readable.push_back(&row);
  }
  return readable;
}

absl::Status LeaseTable::Take(const Row& row, absl::Time now) {
  Lease next = row.lease;
  next.owner = worker_id_;
  next.next_owner.clear();
  ++next.epoch;
  KC_RETURN_IF_ERROR(TrySave(next, now));
  const auto found = rows_.find(next.shard_id);
  if (found == rows_.end()) return absl::OkStatus();
  Row& taken = found->second;
  // Unless somebody else was first.
  if (taken.lease.version != next.version + 1 || taken.lease.owner != worker_id_ ||
      taken.lease.epoch != next.epoch) {
    return absl::OkStatus();
  }
  taken.held_epoch = next.epoch;
  taken.saved = now;
  return absl::OkStatus();
}

// Those that the store says are this worker's, or were let go for it: it asked, or came back under
// its id, or the answer to its save was lost.
absl::Status LeaseTable::Adopt(absl::Time now) {
  for (const Row* row : Readable()) {
    const Lease& lease = row->lease;
    const bool was_mine = lease.owner == worker_id_;
    const bool is_left_to_me = lease.owner.empty() && lease.next_owner == worker_id_;
    if (row->held_epoch != 0 || (!was_mine && !is_left_to_me)) continue;
    if (was_mine && HolderOf(lease) != worker_id_) {
      Lease next = lease;
      next.owner.clear();
      KC_RETURN_IF_ERROR(TrySave(next, now));
    } else {
      KC_RETURN_IF_ERROR(Take(*row, now));
    }
  }
  return absl::OkStatus();
}

std::string LeaseTable::HolderAt(const Row& row, absl::Time now) const {
  if (!IsSilent(row, now)) return HolderOf(row.lease);
  return row.held_epoch != 0 ? worker_id_ : std::string();
}

absl::Status LeaseTable::Balance(absl::Time now) {
  KC_RETURN_IF_ERROR(Adopt(now));
  const std::vector<const Row*> readable = Readable();
  std::vector<std::string> holders;
  std::vector<std::string> members = {worker_id_};
  for (const Row* row : readable) {
    const std::string holder = HolderAt(*row, now);
    if (!holder.empty()) members.push_back(holder);
    holders.push_back(holder);
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  const auto index_of = [&members](const std::string& member) {
    if (member.empty()) return kinesis::internal::kNobody;
    const auto at = std::lower_bound(members.begin(), members.end(), member);
    return static_cast<int>(at - members.begin());
  };
  const int me = index_of(worker_id_);
  std::vector<int> owners;
  for (const std::string& holder : holders) owners.push_back(index_of(holder));
  const std::vector<int> plan = kinesis::internal::AssignShards(members.size(), owners);
  for (size_t i = 0; i < readable.size(); ++i) {
    if (plan[i] != me || owners[i] == me) continue;
    const Row& row = *readable[i];
    if (owners[i] == kinesis::internal::kNobody) {
      KC_RETURN_IF_ERROR(Take(row, now));
    } else {
      Lease next = row.lease;
      next.next_owner = worker_id_;
      KC_RETURN_IF_ERROR(TrySave(next, now));
    }
  }
  return absl::OkStatus();
}

absl::Status LeaseTable::Withdraw(absl::Time now) {
  std::vector<Lease> asked;
  for (const auto& [shard, row] : rows_) {
    if (row.held_epoch == 0 && row.lease.next_owner == worker_id_) asked.push_back(row.lease);
  }
  for (Lease& next : asked) {
    next.next_owner.clear();
    KC_RETURN_IF_ERROR(TrySave(next, now));
  }
  return absl::OkStatus();
}

// --- Shards --------------------------------------------------------------------------------------

Lease LeaseTable::NewLease(ShardId shard, std::vector<ShardId> parents) const {
  // All rows begin where the first one does, so that a worker that comes later, or a shard that is
  // found later, changes nothing.
  const auto first = std::find_if(rows_.begin(), rows_.end(), [this](const auto& entry) {
    return IsOfStream(entry.second.lease);
  });
  return {.shard_id = shard,
          .parents = std::move(parents),
          .stream_created = stream_created_,
          .start = first == rows_.end() ? start_ : first->second.lease.start};
}

std::vector<Lease> LeaseTable::Known() const {
  std::vector<Lease> known;
  for (const auto& [shard, row] : rows_) known.push_back(row.lease);
  return known;
}

absl::Status LeaseTable::ApplyListing(const std::vector<Shard>& shards,
                                      const std::vector<Lease>& known, absl::Time now) {
  std::set<ShardId> listed;
  for (const Shard& shard : shards) {
    listed.insert(shard.shard_id);
    const auto found = rows_.find(shard.shard_id);
    if (found != rows_.end() && IsOfStream(found->second.lease)) continue;
    Lease lease = NewLease(shard.shard_id, ParentsOf(shard));
    if (found != rows_.end()) {  // of a former stream of this name
      lease.version = found->second.lease.version;
      lease.epoch = found->second.lease.epoch + 1;
    }
    KC_RETURN_IF_ERROR(TrySave(lease, now));
  }
  for (const Lease& lease : known) {
    if (listed.contains(lease.shard_id)) continue;
    const absl::Status erased = store_->Erase(lease);
    // Who has changed it looks at it again before long.
    if (absl::IsAborted(erased)) continue;
    KC_RETURN_IF_ERROR(erased);
    rows_.erase(lease.shard_id);
  }
  return absl::OkStatus();
}

absl::Status LeaseTable::Add(const ChildShard& child, absl::Time now) {
  return TrySave(NewLease(child.shard_id, child.parent_shards), now);
}

bool LeaseTable::is_known() const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [this](const auto& entry) { return IsOfStream(entry.second.lease); });
}

bool LeaseTable::is_finished() const {
  return is_known() && std::all_of(rows_.begin(), rows_.end(), [](const auto& entry) {
           return entry.second.lease.is_finished;
         });
}

bool LeaseTable::is_waiting() const {
  return std::any_of(rows_.begin(), rows_.end(), [this](const auto& entry) {
    return entry.second.held_epoch == 0 && entry.second.lease.next_owner == worker_id_;
  });
}

// --- Those that are held -------------------------------------------------------------------------

std::vector<ShardId> LeaseTable::Held() const {
  std::vector<ShardId> held;
  for (const auto& [shard, row] : rows_) {
    if (row.held_epoch != 0) held.push_back(shard);
  }
  return held;
}

const Lease* LeaseTable::FindHeld(ShardId shard) const {
  const auto found = rows_.find(shard);
  if (found == rows_.end() || found->second.held_epoch == 0) return nullptr;
  return &found->second.lease;
}

bool LeaseTable::IsAskedFor(ShardId shard) const {
  const std::string& next = rows_.at(shard).lease.next_owner;
  return !next.empty() && next != worker_id_;
}

absl::Status LeaseTable::Save(ShardId shard, absl::Time now, const Change& change) {
  for (int i = 0; i < kTries; ++i) {
    const Lease* held = FindHeld(shard);
    if (held == nullptr) return LostError(shard);
    Lease next = *held;
    change(next);
    absl::Status saved = store_->Save(next);
    if (saved.ok()) {
      Row& row = rows_.at(shard);
      row.lease = std::move(next);
      ++row.lease.version;
      row.seen = row.saved = now;
      return absl::OkStatus();
    }
    if (!absl::IsAborted(saved)) return saved;
    KC_RETURN_IF_ERROR(Reload(shard, now));
  }
  return absl::UnavailableError("the lease of " + shard.ToString() + " is changed all the time");
}

absl::Status LeaseTable::LetGo(ShardId shard, absl::Time now, const Change& change) {
  KC_RETURN_IF_ERROR(Save(shard, now, [&change](Lease& lease) {
    change(lease);
    lease.owner.clear();
  }));
  rows_.at(shard).held_epoch = 0;
  return absl::OkStatus();
}

}  // namespace kinesis::api::internal
