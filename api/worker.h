// Worker: a process's share of the work on a stream, over the operations of Kinesis alone. What the
// Kinesis Client Library does, on threads of yours.
//
//   auto leases = kinesis::api::MakeMemoryLeaseStore();  // or one of yours
//   // In each thread:
//   auto worker = kinesis::api::Worker::Create(
//       *client, {.stream_name = "orders", .worker_id = "billing-1", .lease_store = leases});
//   absl::Status status = worker->Run(stop_token, [](kinesis::api::ShardRecords& records) {
//     for (const kinesis::api::Record& record : records) Bill(record.data);
//     return absl::OkStatus();  // they are done with; the worker checkpoints
//   });
//
// Workers that have a lease store in common share the shards of a stream. Each reads the shards
// that it has leases of, by GetRecords or by enhanced fan-out, parents before their children; it
// renews what expires, backs off when it is throttled, and gives shards to workers that come.
//
// Promises, with the numbers of those of a consumer group (consumer_group.h)
//   G1  Every shard that can be read is read by one worker, or is on its way to the next; workers
//       have as many shards each as possible, and one that comes or goes moves as few as possible.
//   G2  The checkpoint of a shard never moves back: a save that was made under a lease that is lost
//       is refused.
//   G3  No record of a shard comes before all of its parents were read to their ends and
//       checkpointed; the child of a merge waits for both.
//   G4  A shard that moves to a worker that has come, or from one that leaves, moves behind a
//       checkpoint: nothing comes twice. When a worker is silent for its lease time, what it had
//       not checkpointed comes again, to others, and its checkpoint of it is refused.
//   G5  Only the shards that move pause.
// So each record comes at least once, and those of a partition key come in order.
//
// It calls DescribeStreamSummary, ListShards, GetShardIterator and GetRecords, or, for fan-out,
// DescribeStreamConsumer, RegisterStreamConsumer and SubscribeToShard instead of the last two; the
// service has all of them since 2018 (Limits::Kinesis2015 has not).
//
// A worker has no threads: it renews its leases in Poll, in Run, and with each checkpoint. A
// handler that takes longer than the lease time checkpoints in between, or loses its shard.
#ifndef KINESIS_CORE_API_WORKER_H_
#define KINESIS_CORE_API_WORKER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/lease_store.h"
#include "kinesis_core/api/record_list.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/export.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

class Client;

namespace internal {
class WorkerCore;
struct ShardWork;
}  // namespace internal

// How a shard came to a worker, or left it.
enum class ShardChange {
  kTaken,       // the worker reads it from now on
  kFinished,    // it was read to its end, and all is checkpointed; or all of it has expired
  kHandedOver,  // what was done is checkpointed, and another worker goes on behind it
  kLost,        // the lease time was over: others read it, and nothing can be checkpointed any more
};

struct WorkerOptions {
  // The stream; required.
  std::string stream_name = {};

  // Names the worker among those that share the store: 1 to 256 printable ASCII characters without
  // blanks; required. One that is taken by two live workers makes them take each other's shards
  // away for ever; a worker that comes back under its name has its shards at once.
  std::string worker_id = {};

  // Null: one in memory, of this worker alone.
  std::shared_ptr<LeaseStore> lease_store = nullptr;

  // Where an application begins whose store knows nothing of the stream: kTrimHorizon, kLatest, or
  // kAtTimestamp with a time that is not in the future. kLatest is from the moment on in which the
  // first worker was created, to the millisecond, also if that one never comes to read.
  StartingPosition start = {.type = ShardIteratorType::kTrimHorizon};

  // Of the consumer for enhanced fan-out, which the worker registers if it is not there, and leaves
  // registered. Empty: the worker polls with GetRecords.
  std::string fan_out_consumer = {};

  // The most records of a GetRecords call: 1 to 10,000, which is the service's most.
  int32_t max_records = 10'000;

  // How long a shard without new records is left alone; at least 1 ms. A shard that is behind is
  // read up to five times a second, as the service allows.
  absl::Duration poll_interval = absl::Seconds(1);

  // How long a worker may be silent before others take its shards; at least 1 ms. Each measures it
  // by its own clock, from when it has seen the lease change, so clocks need not agree. Infinite:
  // workers are not watched, and the shards of one that is gone without leaving wait until it is
  // back.
  absl::Duration lease_time = absl::Seconds(30);

  // How often the worker looks at the leases, to find shards and workers that have come; at least
  // 1 ms.
  absl::Duration sync_interval = absl::Seconds(5);

  // How often the worker lists the shards, to drop leases of those that have expired; at least
  // 1 ms. The children of a shard are found at its end, without a listing for the most part.
  absl::Duration list_interval = absl::Minutes(5);

  // After a call that failed: the first pause, at least 1 ms, and the longest. Each failure in a
  // row doubles it; half of it is left to chance, so that workers do not come back at the same
  // time.
  absl::Duration back_off_min = absl::Milliseconds(200);
  absl::Duration back_off_max = absl::Seconds(10);

  // Null: the client's. It outlives the worker.
  Clock* clock = nullptr;

  // Told of each change, in Poll, Run, Leave and the destructor; it uses the worker in no way.
  std::function<void(ShardId, ShardChange)> on_shard_change = nullptr;
};

// Records of one shard, for a handler to process: a range of Record, at least one.
//
//   for (const Record& record : records) Bill(record.data);
//
// Thread-compatible. Lives, with the views of its records, as long as the call of the handler.
class KINESIS_CORE_EXPORT ShardRecords {
 public:
  ShardRecords(const ShardRecords&) = delete;
  ShardRecords& operator=(const ShardRecords&) = delete;

  ShardId shard_id() const { return shard_id_; }
  size_t size() const { return list_.size() - first_; }
  // Requires: index < size().
  Record operator[](size_t index) const { return list_[first_ + index]; }
  RecordList::const_iterator begin() const { return begin_; }
  RecordList::const_iterator end() const { return list_.end(); }

  // Of the lease: grows each time that the shard changes hands.
  uint64_t epoch() const { return epoch_; }
  // From 1: one more than how often its first record has come back to this worker, as the handler
  // had failed. By it a handler knows a record that cannot be processed: put it elsewhere, and
  // checkpoint it.
  uint64_t attempt() const { return attempt_; }
  // As the service says it: how far the read was behind the tip.
  absl::Duration behind_latest() const { return behind_latest_; }

  // Says that the first `count` records are done with. They do not come again, whatever happens.
  // Only of use before a handler is through with all of them, as an OK from it says the same.
  //
  // kAborted: the shard was taken from this worker, as its lease time was over; others process the
  // records, or have. kOutOfRange: there are not that many. Another status is one of the
  // LeaseStore, and nothing is checkpointed.
  absl::Status Checkpoint(size_t count);

 private:
  friend class internal::WorkerCore;

  ShardRecords(internal::WorkerCore& core, internal::ShardWork& work);

  internal::WorkerCore& core_;
  internal::ShardWork& work_;
  const ShardId shard_id_;
  const RecordList& list_;
  const size_t first_;
  RecordList::const_iterator begin_;
  const uint64_t epoch_;
  const uint64_t attempt_;
  const absl::Duration behind_latest_;
};

// Processes records. OK: all are done with, and the worker checkpoints them. An error: those that
// were not checkpointed come again, to this worker, after a pause. An exception does the same, and
// passes through Poll or Run.
using RecordHandler = std::function<absl::Status(ShardRecords&)>;

// Thread-compatible: one thread at a time uses a worker. Movable; one that was moved from may only
// be assigned to or destroyed.
//
// Lifetime: the client and the clock outlive it. Its destruction leaves, as Leave does.
class KINESIS_CORE_EXPORT Worker {
 public:
  // Makes a worker; calls no operation yet. kInvalidArgument or kOutOfRange: an option is wrong,
  // and the message names it.
  static absl::StatusOr<Worker> Create(Client& client, const WorkerOptions& options);
  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&& other) noexcept;
  ~Worker();

  // Does what is due: looks at leases and shards, renews, reads a page of each of its shards and
  // calls `handler` with each that has records. Returns when something is due again, by the clock;
  // it never sleeps. A handler that is through when the token says stop is the last one.
  //
  // What fails for now (throttles, failures of the service or the store, the state of the stream)
  // is tried again later, and seen in last_error(). Returned are errors that time does not mend:
  // ResourceNotFoundException (the stream is not there, or not the same any more),
  // AccessDeniedException, ValidationException, UnknownOperationException. The next call goes on.
  // kInvalidArgument: there is no handler. kFailedPrecondition, as from Run and Leave: it is called
  // by a handler of this worker.
  //
  // O(leases) when it looks at leases, else O(shards of the worker), besides the calls.
  absl::StatusOr<absl::Time> Poll(const RecordHandler& handler, const std::stop_token& stop = {});

  // Polls, and sleeps in between, until the token says stop, or all of a stream that ended
  // (Stream::Close of its engine) is done with, or Poll fails; then leaves. The status is that of
  // Poll, or else of Leave.
  absl::Status Run(const std::stop_token& stop, const RecordHandler& handler);

  // Gives all shards back, behind what is checkpointed, so that others have them at once. Poll
  // begins anew. An error is one of the LeaseStore: what it kept back goes to others when the lease
  // time is over.
  absl::Status Leave();

  // Those that it reads, in order.
  std::vector<ShardId> shards() const;
  // What the last call that failed was refused with; OK if none was since the last complete round.
  absl::Status last_error() const;

 private:
  explicit Worker(std::unique_ptr<internal::WorkerCore> core);

  std::unique_ptr<internal::WorkerCore> core_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_WORKER_H_
