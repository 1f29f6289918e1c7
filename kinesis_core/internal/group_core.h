// A consumer group: which member owns which shard, what is out, and how far it has come.
//
// What changes hands, and when (invariants of consumer_group.h; testing/models/group_lease.pml is
// this protocol, with the numbers)
//
//   lease      One for each shard: {owner, epoch, out, target}. Changed under mutex_ only; each
//              change of the owner raises the epoch, so {shard, epoch} names one ownership.
//   claim      Under mutex_: the owner takes the right to deliver (out), if it is still the owner
//              and is to stay so (owner == target), and nothing is out. So there is never more than
//              one delivery of a shard (G1), and none once a hand-over is wanted (G4).
//   resolve    Commit of all, Fail, Return or the end of the Delivery. When nothing is out any more
//              and the owner is not the target, it changes here, and nowhere earlier: the hand-over
//              drains, commits, then moves (G4). The other leases are not touched (G5).
//   read ahead A member with lanes (group_lanes.h) claims up to kReadAhead deliveries of a shard,
//              one behind the other, which no rewind is wanted of. It commits them in their order,
//              and gives them back from the last to the first, which makes the first one the head.
//              The end of a shard is looked at again when nothing is out: finish is as below.
//   begin      What a member does first with a shard that it was given: load the checkpoint, save
//              the same position under its own epoch, expecting the epoch that it loaded; again
//              from the start if that is refused. From then on the store refuses every save of a
//              former owner, and the position that it reads on from is the last one saved (G2, G4).
//              A save that came between the two is not lost, as the position is compared as well.
//   commit     Refused if the lease has another epoch by now, else saved under its own epoch, which
//              the store compares once more: the lease may expire between the two.
//   expire     The lease time of a member is over. Its leases go to nobody under a new epoch at
//              once, whatever is out: the commit of that is refused, and the next owner begins at
//              what was committed.
//   no store   Then the leases hold what is committed, under mutex_: begin and finish look there,
//              and commit compares the epoch there. Nothing can come between.
//   finish     The owner has claimed and found the end of the shard, with nothing left: it saves
//              the ending sequence number, and then the children can be read (G3, Lineage).
//
// A store that loses a save after it said OK breaks G2; nothing else is expected of it.
//
// Why every readable shard gets an owner (G1). A lease is readable from the moment in which the
// last parent is finished, which happens under mutex_ together with a rebalance, as do joins,
// leaves, expiries and the discovery of shards. A rebalance gives every readable lease a target; it
// becomes the owner at once, or in the resolve of what is out. Shards are discovered when the group
// is made, when its metrics are asked for, and when a shard ends, as new ones come from reshards
// only: the end of a shard names its children, and if one of them is unknown all shards are listed,
// so that the other parent of a merge is known before its child.
//
// Waking. A member sleeps in its ReadyList, in which the places of its leases are sources. Whoever
// gives it a lease, or takes one, sets `is_changed` under mutex_ and interrupts the list, which
// holds until it is taken; a resolve pushes the place, so that the rest of the shard is looked at.
//
// Locks. mutex_ is held for steps on the maps, O(shards) at a rebalance, and nothing is read, saved
// or listed under it. The observer is told of a change of owner when it is released (EventScope).
// The locks of ready lists and of the parking lot come after it. No lock of a stream is taken under
// it but the shard's for its holds.
#ifndef KINESIS_CORE_INTERNAL_GROUP_CORE_H_
#define KINESIS_CORE_INTERNAL_GROUP_CORE_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/group_plan.h"
#include "kinesis_core/internal/ready_list.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/stream_core.h"
#include "kinesis_core/iterator.h"

namespace kinesis::internal {

struct GroupPlace;

// The lease of one shard. All but `shard`, `hold` and loads of `epoch` is guarded by the group's
// mutex.
struct GroupLease {
  std::shared_ptr<ShardCore> shard;
  std::shared_ptr<GroupHold> hold;

  bool is_readable = false;  // its parents are finished
  bool is_finished = false;
  uint64_t owner = 0;  // a member, perhaps one that has left; 0: nobody
  uint64_t target = 0;
  // Written under the mutex; read without it by Commit, which needs no more than that an expiry
  // which it knows of is seen.
  std::atomic<uint64_t> epoch{0};
  uint32_t out = 0;             // deliveries of it that are
  GroupPlace* place = nullptr;  // of the owner; null before it has one

  SequenceNumber start;      // where to begin if nothing was committed; not valid: at the horizon
  SequenceNumber committed;  // not valid: nothing was
  // What came back.
  // The owner's iterator is beyond `committed`. Written under the mutex before the place is pushed,
  // whose pop it is read after.
  std::atomic<bool> rewind{false};
  SequenceNumber head;         // the first record that came back last
  uint64_t head_returns = 0;   // how often
  uint64_t head_failures = 0;  // how often as the one that failed
  uint64_t max_records = 0;    // of a delivery up to halve_until; 0: as GroupOptions say
  SequenceNumber halve_until;
};

// What a member has of a lease: its iterator. Of the member's thread, but for `source`, which those
// who hold the group's mutex may push.
struct GroupPlace {
  std::shared_ptr<GroupLease> lease;
  uint64_t epoch = 0;
  std::optional<Iterator> iterator;  // once it has begun
  uint64_t records_lost = 0;         // since the last delivery
  bool has_more = false;             // the last read returned as many as it might
  ReadyList<ParkingLot, GroupPlace>* list = nullptr;
  std::optional<ReadyList<ParkingLot, GroupPlace>::Source> source;
};

class GroupMemberCore {
 public:
  explicit GroupMemberCore(uint64_t id) : id_(id) {}
  GroupMemberCore(const GroupMemberCore&) = delete;
  GroupMemberCore& operator=(const GroupMemberCore&) = delete;

  uint64_t id() const { return id_; }

 private:
  friend class GroupCore;
  using List = ReadyList<ParkingLot, GroupPlace>;

  const uint64_t id_;
  // Deliveries of one shard that may be out. Of the member's thread.
  uint32_t out_max_ = 1;
  List list_;
  // Set under the group's mutex when leases have come or gone.
  std::atomic<bool> is_changed_{true};
  // Guarded by the group's mutex; only of use with a lease time.
  absl::Time last_call_;
  bool is_asleep_ = false;
  bool is_expired_ = false;
  // Of the member's thread.
  std::map<ShardId, GroupPlace> places_;
};

// Thread-safe, but for what it says of members.
class GroupCore final : public GroupHook, public std::enable_shared_from_this<GroupCore> {
 public:
  static absl::StatusOr<std::shared_ptr<GroupCore>> Create(
      const std::shared_ptr<StreamCore>& stream, std::string_view name,
      const GroupOptions& options);

  const std::string& name() const override { return name_; }
  void OnRemoved() override;

  // Deliveries of a shard that a member with lanes has out at most.
  static constexpr uint32_t kReadAhead = 4;

  absl::StatusOr<std::shared_ptr<GroupMemberCore>> Join();
  void Leave(GroupMemberCore& member);
  // One thread at a time for one member, both.
  absl::StatusOr<Delivery> Next(GroupMemberCore& member, absl::Time deadline,
                                const std::stop_token& stop) {
    return Next(member, deadline, stop, nullptr);
  }
  // The same for a coroutine, which looks and does not sleep. If is_empty is set, there is nothing,
  // and the status has no meaning; look again at look_again, or at once if a record is being put.
  struct AsyncLook {
    bool is_empty = false;
    bool in_flight = false;
    absl::Time look_again = absl::InfiniteFuture();
  };
  absl::StatusOr<Delivery> TryNext(GroupMemberCore& member, const std::stop_token& stop,
                                   AsyncLook* look);
  // In place of the sleep after that: `waiter` is notified when there may be something, until
  // Unwatch, and the member counts as alive. False, and nothing has happened, if there is now.
  bool Watch(GroupMemberCore& member, Waiter& waiter);
  void Unwatch(GroupMemberCore& member);
  // What Next returns at its deadline.
  absl::Status LateError(const GroupMemberCore& member) const;
  Clock& clock() const { return stream_->engine().clock(); }
  // Says that it is alive.
  void Renew(GroupMemberCore& member);
  // Lets it read ahead from now on. kFailedPrecondition: a delivery of its shards is out.
  absl::Status ReadAhead(GroupMemberCore& member);

  GroupMetrics Metrics() override;

  // --- Of a delivery, whose lease had this epoch when it was made.
  // Records up to `position` are done with; if that is `all` of it, nothing is out any more.
  absl::Status Commit(GroupLease& lease, uint64_t epoch, const SequenceNumber& position, bool all);
  // kAborted: it has changed hands.
  absl::Status CheckOwned(const GroupLease& lease, uint64_t epoch) const;
  // `records` from the one with number `head` to that with `last` come back. kCounted: the first
  // one failed. kUnknown: one of them did. kNone: none did.
  enum class Failure { kNone, kUnknown, kCounted };
  void GiveBack(GroupLease& lease, uint64_t epoch, const SequenceNumber& head,
                const SequenceNumber& last, size_t records, Failure failure);
  // How often the record has failed, with this time, if it comes first; to be given up or not.
  uint64_t FailuresWith(GroupLease& lease, const SequenceNumber& head);
  // Puts it to the dead-letter stream.
  absl::Status PutDeadLetter(GroupLease& lease, const RecordView& record, uint64_t attempts,
                             const absl::Status& cause);
  const GroupOptions& options() const { return options_; }
  // Whether the stream is closed and all of it committed.
  bool is_over() const {
    return is_over_.load(std::memory_order_acquire);  // pairs with CheckOver
  }

 private:
  using LeasePtr = std::shared_ptr<GroupLease>;
  using List = GroupMemberCore::List;
  class Looker;

  GroupCore(std::shared_ptr<StreamCore> stream, std::string_view name, const GroupOptions& options);
  // `look` null: by a thread, which sleeps.
  absl::StatusOr<Delivery> Next(GroupMemberCore& member, absl::Time deadline,
                                const std::stop_token& stop, AsyncLook* look);

  static absl::Status Validate(const StreamCore& stream, std::string_view name,
                               const GroupOptions& options);
  CheckpointKey KeyOf(const GroupLease& lease) const;
  // Saves where the group begins in each shard of which nothing is saved yet: a group that is kept
  // in the directory is there from its creation on.
  absl::Status SaveStart();
  // The checkpoint. A position of another shard, which had this one's id in a former life of the
  // stream, is replaced by this shard's start.
  absl::StatusOr<Checkpoint> LoadCheckpoint(const GroupLease& lease);
  absl::Status GoneError() const;
  bool is_watched() const { return options_.lease_time != absl::InfiniteDuration(); }

  // --- Control
  // Adds the shards of the stream that are not known yet, and forgets the finished ones that it
  // does not list any more. `latest`: they begin where they end now.
  void Discover(bool latest);
  void Rebalance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives the lease to its target, unless something is out.
  void Settle(GroupLease& lease) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetOwner(GroupLease& lease, uint64_t owner) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellChanged(uint64_t member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A delivery of the lease is not out any more.
  void Resolve(GroupLease& lease) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells the members if there is nothing more to come: the stream is closed, and all is finished.
  void CheckOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetCommitted(GroupLease& lease, const SequenceNumber& position)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- Lease time
  // A member calls.
  void Revive(GroupMemberCore& member);
  void SetAsleep(GroupMemberCore& member, bool is_asleep);
  void TouchOwner(const GroupLease& lease, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time Now() const { return clock().Now(); }
  // Takes the shards of those whose lease time is over. Returns when to look again.
  absl::Time ExpireSilent();

  // --- A member's thread
  // Makes places for leases that have come, and drops those of leases that have gone.
  void SyncPlaces(GroupMemberCore& member);
  void DropPlace(GroupMemberCore& member, ShardId shard);
  // Takes the right to deliver. False: it is not the owner's to take, now or any more.
  struct Claimed {
    bool rewind = false;
    SequenceNumber from;  // to rewind to
    uint64_t max_records = 0;
    SequenceNumber head;  // the first record that came back last
    uint64_t head_returns = 0;
    bool is_only = true;  // nothing else of the shard is out
  };
  bool Claim(const GroupMemberCore& member, GroupPlace& place, Claimed* claimed);
  // `at_end`: what is there is to be looked at when nothing is out, and not before.
  void Unclaim(GroupPlace& place, bool at_end = false);
  // Loads the checkpoint and takes the shard over in the store. Requires: it is claimed.
  absl::Status Begin(GroupPlace& place);
  absl::Status BeginWithoutStore(GroupPlace& place);
  absl::Status MakeIterator(GroupPlace& place, const SequenceNumber& from);
  absl::Status Finish(GroupMemberCore& member, GroupPlace& place, bool save);
  // Delivers from a place that has something. If there is none after all, *is_none: look on.
  absl::StatusOr<Delivery> Deliver(GroupMemberCore& member, GroupPlace& place, bool* is_none);

  const std::shared_ptr<StreamCore> stream_;
  const std::string name_;
  const GroupOptions options_;
  const std::shared_ptr<CheckpointStore> store_;  // null: what is committed stands in the leases
  std::atomic<bool> is_gone_{false};
  std::atomic<bool> is_over_{false};  // see CheckOver
  std::atomic<uint64_t> dead_letters_{0};
  // The layout of the stream as of the last discovery.
  std::atomic<uint64_t> layout_version_{0};

  Mutex mutex_;
  std::map<ShardId, LeasePtr> leases_ ABSL_GUARDED_BY(mutex_);
  Lineage lineage_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, std::shared_ptr<GroupMemberCore>> members_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_member_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_GROUP_CORE_H_
