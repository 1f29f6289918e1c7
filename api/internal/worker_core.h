// WorkerCore: the rounds of a worker: leases, shards, reads, records to the handler, checkpoints.
//
// Of one shard, in this order, and only while its lease is held:
//
//   read       a page, when none is pending
//   process    the handler gets what of the page is not checkpointed; what fails stays pending, and
//              comes again after a pause
//   save       the checkpoint behind the last record that is done with, before the next read; a
//              save that the store could not take is repeated without the handler
//   finish     at the end of the shard: rows for its children, then the row itself (lease_table.h)
//   let go     if another worker asks for it, with the checkpoint; whatever is pending comes there
#ifndef KINESIS_CORE_API_INTERNAL_WORKER_CORE_H_
#define KINESIS_CORE_API_INTERNAL_WORKER_CORE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/back_off.h"
#include "kinesis_core/api/internal/lease_table.h"
#include "kinesis_core/api/internal/shard_reader.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/api/worker.h"

namespace kinesis::api::internal {

// When something that fails now and then is due again.
struct Task {
  explicit Task(BackOff pauses) : back_off(pauses) {}
  BackOff back_off;
  absl::Time due = absl::InfinitePast();
};

// A shard that the worker reads.
struct ShardWork {
  ShardWork(ShardId shard, BackOff pauses) : shard_id(shard), step(pauses) {}

  const ShardId shard_id;
  uint64_t epoch = 0;
  std::unique_ptr<ShardReader> reader;
  Task step;

  ShardPage pending;      // what was read last
  size_t done = 0;        // of its records, those that are checkpointed
  bool is_saved = true;   // false: the handler is through with all, and the store is not told
  uint64_t attempt = 1;   // of the first one that is not
  uint64_t listings = 0;  // of the worker, complete ones, when it was read

  bool has_pending() const { return done < pending.records.size(); }
  // Whether nothing is left to be read.
  bool is_at_end() const { return pending.children.has_value(); }
};

// Thread-compatible.
class WorkerCore {
 public:
  // The options are right.
  WorkerCore(Client& client, Clock& clock, const WorkerOptions& options);
  WorkerCore(const WorkerCore&) = delete;
  WorkerCore& operator=(const WorkerCore&) = delete;
  ~WorkerCore();

  absl::StatusOr<absl::Time> Poll(const RecordHandler& handler, const std::stop_token& stop);
  absl::Status Run(const std::stop_token& stop, const RecordHandler& handler);
  absl::Status Leave();
  std::vector<ShardId> shards() const { return table_.Held(); }
  const absl::Status& last_error() const { return last_error_; }

  // Whether all of a stream that ended is done with.
  bool is_finished() const;

  // For ShardRecords: so many of the pending records are done with.
  absl::Status Checkpoint(ShardWork& work, size_t done);

 private:
  absl::Time Now() { return time_.Now(); }
  BackOff NewBackOff() const { return {options_.back_off_min, options_.back_off_max}; }
  // Notes an error, after which `task` is due later.
  void Postpone(const absl::Status& error, Task& task);
  // The same for one that time mends. Returns one that it does not.
  absl::Status Later(const absl::Status& error, Task& task);
  absl::Status LaterShard(const absl::Status& error, ShardWork& work);
  void Tell(ShardId shard, ShardChange change);

  // --- A round
  absl::StatusOr<absl::Time> Round(const RecordHandler& handler, const std::stop_token& stop);
  absl::Status Describe();
  absl::Status SyncLeases();
  absl::Status ListShards();
  void RequestListing();
  void RequestSync() { sync_.due = absl::InfinitePast(); }
  absl::Status RenewDue();
  // Begins with what has come, and drops what has gone.
  void SyncWorks();
  // By the steady time.
  absl::Time NextDue();

  // --- A shard
  absl::Status Step(ShardWork& work, const RecordHandler& handler);
  absl::Status Read(ShardWork& work);
  absl::Status Process(ShardWork& work, const RecordHandler& handler);
  absl::Status SaveDone(ShardWork& work);
  absl::Status Finish(ShardWork& work);
  // Whether each child has a row, so that nothing is lost when this shard is finished.
  absl::StatusOr<bool> AddChildren(ShardWork& work);
  absl::Status LetGo(ShardId shard);
  // Moves the checkpoint behind what is done with and was not saved, if there is something.
  LeaseTable::Change DoneBy(std::map<ShardId, ShardWork>::const_iterator work) const;

  Client& client_;
  const WorkerOptions options_;
  SteadyTime time_;
  Random random_;
  LeaseTable table_;
  FanOutConsumer consumer_;
  const absl::Time created_;

  Task describe_;  // of no use any more when it has succeeded
  std::optional<absl::Time> stream_created_;
  Task sync_;
  bool has_synced_ = false;
  Task listing_;
  std::optional<ListShardsPages> pages_;  // of the listing that is under way
  std::vector<Shard> listed_;             // by its pages so far
  std::vector<Lease> known_;              // when it began
  uint64_t listings_ = 0;                 // complete ones
  Task renewal_;

  std::map<ShardId, ShardWork> works_;
  absl::Status last_error_;
  bool has_failed_ = false;  // in this round
  bool is_busy_ = false;     // in Poll or Leave: what is called from there does not call them
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_WORKER_CORE_H_
