// LeaseTable: what one worker knows of the leases, and how it takes, keeps and lets go of them.
//
// What changes hands, and when (promises of worker.h)
//
//   row        One for each shard; replaced as a whole, if it still has the version that was read.
//              So two workers that change a row know of each other: one is refused, and reads it
//              again. Each taking raises the epoch: {shard, epoch} names one ownership.
//   take       Of a row that nobody has, or whose owner has been silent for the lease time: owner
//              and epoch in one save. From then on no save of a former owner succeeds: it has an
//              older version, and where it reads the row again, another owner or epoch (G2). That
//              goes for a worker that came back under the same id, too.
//   ask        Of a row that a live worker has, and is to give up by the plan: `next_owner`, by the
//              one that wants it. The owner sees it at its next look or save, and lets go when the
//              records that are out are done with and checkpointed, in the same save (G4). The
//              other rows are not touched (G5).
//   plan       AssignShards of a consumer group, over the rows that can be read (Lineage, G3), in
//              order of shard, with all workers that are named in a row and not silent, and this
//              one. Each worker takes or asks for what the plan gives it, and no more; those with
//              the same view come to the same plan. So a row without an owner is taken by the one
//              that the plan names (G1): that one is alive, or its silence ends its share.
//   silent     A row has kept its version for the lease time, since this worker saw it first. No
//              clock is compared with another's. An owner stops reading when it could not renew for
//              that long by its own clock, which began earlier: at its last save.
//
// Rows come from a listing of the shards, in order of id, or from the end of a parent, before the
// parent is finished; so a row is there only after those of its parents, unless they have expired,
// and a crash in between leaves nothing behind that nobody looks for.
#ifndef KINESIS_CORE_API_INTERNAL_LEASE_TABLE_H_
#define KINESIS_CORE_API_INTERNAL_LEASE_TABLE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/lease_store.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

// Thread-compatible.
class LeaseTable {
 public:
  LeaseTable(std::shared_ptr<LeaseStore> store, std::string worker_id, absl::Duration lease_time)
      : store_(std::move(store)), worker_id_(std::move(worker_id)), lease_time_(lease_time) {}

  // The stream that rows are of, and where those begin that are the first ones of it.
  void SetStream(absl::Time created, std::optional<absl::Time> start) {
    stream_created_ = created;
    start_ = start;
  }

  // --- All rows

  // Reads them.
  absl::Status Refresh(absl::Time now);
  // Takes those that are this worker's, and asks for those that are to be. Requires: Refresh.
  absl::Status Balance(absl::Time now);

  // Asks for nothing any more.
  absl::Status Withdraw(absl::Time now);

  // Those that are known now, to be compared with a listing that begins after this.
  std::vector<Lease> Known() const;
  // Adds those of the listed shards that have none, and removes those of `known` that are of shards
  // which the stream does not list any more. `shards` are all, in order of id.
  absl::Status ApplyListing(const std::vector<Shard>& shards, const std::vector<Lease>& known,
                            absl::Time now);
  bool Has(ShardId shard) const { return rows_.contains(shard); }
  // Adds the row of a shard that took over from others.
  absl::Status Add(const ChildShard& child, absl::Time now);
  // Whether there are rows of the stream; whether all of them are finished.
  bool is_known() const;
  bool is_finished() const;

  // --- Those that this worker has

  std::vector<ShardId> Held() const;
  // Whether some are on their way to this worker.
  bool is_waiting() const;
  // The lease; null if it is not this worker's, or not any more.
  const Lease* FindHeld(ShardId shard) const;
  // Whether another worker asks for it. Requires: it is held.
  bool IsAskedFor(ShardId shard) const;
  // When it is to be renewed, and from when on others may have taken it. Requires: it is held.
  absl::Time RenewalOf(ShardId shard) const { return rows_.at(shard).saved + lease_time_ / 3; }
  absl::Time EndOf(ShardId shard) const { return rows_.at(shard).saved + lease_time_; }

  // Changes it and saves it. kAborted: it is lost. Another status is the store's.
  using Change = std::function<void(Lease&)>;
  absl::Status Save(ShardId shard, absl::Time now, const Change& change);
  absl::Status Renew(ShardId shard, absl::Time now) {
    return Save(shard, now, [](Lease&) {});
  }
  // The same, and lets it go.
  absl::Status LetGo(ShardId shard, absl::Time now, const Change& change);

 private:
  struct Row {
    Lease lease;
    absl::Time seen;          // when this version was seen first
    uint64_t held_epoch = 0;  // 0: it is not this worker's
    absl::Time saved;         // by this worker, last
  };

  // Notes what the store has.
  void Observe(const Lease& lease, absl::Time now);
  // Reads a row again.
  absl::Status Reload(ShardId shard, absl::Time now);
  // Saves `next` in place of a row that is not held, or adds it. Others may be first, which is no
  // error: the row is read again.
  absl::Status TrySave(const Lease& next, absl::Time now);
  absl::Status Take(const Row& row, absl::Time now);
  absl::Status Adopt(absl::Time now);
  Lease NewLease(ShardId shard, std::vector<ShardId> parents) const;

  bool IsOfStream(const Lease& lease) const { return lease.stream_created == stream_created_; }
  bool IsSilent(const Row& row, absl::Time now) const { return now - row.seen >= lease_time_; }
  // The worker that has it, or is to have it next; empty: nobody, or one that is silent.
  std::string HolderAt(const Row& row, absl::Time now) const;
  // Those that can be read, in order.
  std::vector<const Row*> Readable() const;

  const std::shared_ptr<LeaseStore> store_;
  const std::string worker_id_;
  const absl::Duration lease_time_;
  absl::Time stream_created_;
  std::optional<absl::Time> start_;
  std::map<ShardId, Row> rows_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_LEASE_TABLE_H_
