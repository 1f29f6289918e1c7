// LeaseStore: where the workers of an application (worker.h) keep who reads which shard, and how
// far it has come.
//
// A store is one table: of one application, on one stream. The default keeps it in memory, for the
// workers of one process that share it. One of yours makes an application go on after a restart, or
// spreads it over processes. It needs what DynamoDB, SQLite or a file under a lock have: a row that
// is replaced if it is still the one that was read, and a listing that shows every row that was
// saved before it began. It needs no clock, no transaction over rows, and no order of the rows.
#ifndef KINESIS_CORE_API_LEASE_STORE_H_
#define KINESIS_CORE_API_LEASE_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/export.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

// A row of the table: the lease of one shard. A value; thread-compatible.
struct KINESIS_CORE_EXPORT Lease {
  ShardId shard_id = {};
  // Read to their ends before this one, if the table has them. None, one or two.
  std::vector<ShardId> parents = {};
  // When the stream was created, to the millisecond: tells it from an earlier one of its name.
  absl::Time stream_created = absl::UnixEpoch();
  // Where to begin without a checkpoint: with what arrived then or later. Nothing: with the oldest
  // record.
  std::optional<absl::Time> start = std::nullopt;

  // The last record that is done with. Not valid: none is.
  SequenceNumber checkpoint = {};
  // True when all of the shard is done with. The row stays until the stream does not list the shard
  // any more.
  bool is_finished = false;

  // The worker that reads it; empty: none.
  std::string owner = {};
  // The worker that asks for it: the owner finishes what it is at, and lets it go. Empty: none.
  std::string next_owner = {};
  // Grows each time that a worker takes the lease, so {shard_id, epoch} names one ownership.
  uint64_t epoch = 0;
  // Grows with every save, by which others see that the owner is alive. 0: the row is not stored.
  uint64_t version = 0;

  // All of it as one line of text, for stores that keep text. Allocates.
  std::string ToString() const;
  // The lease that ToString made it of. kInvalidArgument: it is not such a line.
  static absl::StatusOr<Lease> Parse(std::string_view text);

  friend bool operator==(const Lease&, const Lease&) = default;
};

// Thread-safe, as an implementation of yours has to be if workers on several threads share it.
//
// An error other than those that are named makes the worker try again later (Worker::last_error
// shows it). Save may have happened all the same then, as when an answer is lost.
class KINESIS_CORE_EXPORT LeaseStore {
 public:
  LeaseStore() = default;
  LeaseStore(const LeaseStore&) = delete;
  LeaseStore& operator=(const LeaseStore&) = delete;
  virtual ~LeaseStore() = default;

  // All rows, in any order: each as it was at some moment after the call began.
  virtual absl::StatusOr<std::vector<Lease>> List() = 0;

  // One row, as it is now. kNotFound: there is none.
  virtual absl::StatusOr<Lease> Load(ShardId shard_id) = 0;

  // Stores `lease` with the version `lease.version` + 1, in one step: if the row that is stored has
  // the version `lease.version`, or if that is 0 and no row is stored. If it is not so, changes
  // nothing and returns kAborted: this is what keeps a worker that lost a shard from moving its
  // successor back.
  virtual absl::Status Save(const Lease& lease) = 0;

  // Removes the row, in one step: if it has the version `lease.version`. kAborted: it has not.
  virtual absl::Status Erase(const Lease& lease) = 0;
};

// One that keeps the rows in memory; what is saved goes with the store.
KINESIS_CORE_EXPORT std::shared_ptr<LeaseStore> MakeMemoryLeaseStore();

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_LEASE_STORE_H_
