// Lanes: several threads that process the records of a shard at once, in order within each key.
//
//   auto lanes = kinesis::Lanes::Create(group.Join().value(), 4).value();
//   // In thread number i of four:
//   absl::Status status = lanes.Run(i, stop_token, [](const kinesis::RecordView& record) {
//     return Bill(record);
//   });
//
// For work that is slow beside the reading, when there are more threads than shards. The lanes are
// one member of the group. Each key belongs to one lane, by its hash, so its records are processed
// one after the other; those of other lanes go on meanwhile, also when one fails or takes long.
//
// Promises, beside those of the group (G1 to G6 in consumer_group.h)
//   Order      Of the records of a partition key, the next one comes when the one before it was
//              finished (or given up), also across splits and merges.
//   Commit     What is committed of a shard is its lowest unfinished position: all records before
//              it are finished, whatever was finished behind it. That is done as lanes finish.
//   Hand-over  A shard that is to move is delivered no further; it moves when all that the lanes
//              have of it is finished. Nothing comes twice, as G4 says.
//   Again      When the lanes end before all is finished, or lose the shard because their lease
//              time is over, records behind the lowest unfinished one come again, to whoever has
//              the shard next, also those that were finished or given up: as many as were read
//              ahead at most. A lease time watches the member: a lane that hangs is not noticed as
//              long as another one calls.
//
// Read ahead: up to four deliveries of a shard (GroupOptions::limits says how large each is) are in
// the lanes at a time, and are pinned that long (RecordBatch). So a record that takes long holds
// back its lane at once, and the other lanes when they have finished those four.
//
// There are no threads in here. Each lane needs one of yours: records of a lane that nobody serves
// are not finished, and in the end hold back the others.
#ifndef KINESIS_CORE_LANES_H_
#define KINESIS_CORE_LANES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/export.h"
#include "kinesis_core/record.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

namespace internal {
class LaneCore;
struct LanePart;
}  // namespace internal

// Records of one shard and one lane, in order, for the caller to process and finish.
//
// Thread-compatible: one thread at a time uses it. Movable. Keeps its records in memory as long as
// it lives, and its lane to itself: the lane gets nothing else meanwhile. May outlive the Lanes.
//
// Dropping one that is not finished as a whole gives the rest back to its lane: it comes again, and
// since it is not known which of the records it was that could not be processed, one by one. One
// that stands alone has failed then (Fail).
class KINESIS_CORE_EXPORT LaneDelivery {
 public:
  LaneDelivery(LaneDelivery&& other) noexcept;
  LaneDelivery& operator=(LaneDelivery&& other) noexcept;
  ~LaneDelivery();

  size_t lane() const;
  ShardId shard_id() const;
  // At least one. They may lie apart in the shard; what is between them belongs to other lanes.
  std::span<const RecordView> records() const;
  // Of the lease of its shard, as Delivery::epoch.
  uint64_t epoch() const;
  // From 1: one more than how often its first record has come back as the first that was not
  // finished, by Fail or because it was dropped. Counted by these lanes, anew after a hand-over.
  uint64_t attempt() const;
  // As Delivery::records_lost; told once, to whichever lane comes first.
  uint64_t records_lost() const;
  // How many were finished, from the first on.
  size_t finished() const;
  // Returns whether all of it is finished, given back, or taken away: nothing is left to be done.
  bool is_resolved() const { return core_ == nullptr; }

  // Says that all records are done with. If that moves the lowest unfinished position of the shard,
  // commits up to there, in this call or in one of another lane that is committing already.
  //
  // kAborted: the shard has been taken away, because the lease time was over; all of it that is not
  // committed comes again to others. kNotFound: the stream or the group has been deleted. Another
  // status is one of the CheckpointStore: the records are finished, and the next Finish of the
  // shard, or the next call of Next that reads, tries to commit again.
  absl::Status Finish();
  // The same for the first `count` of the records, of which those that were finished before count.
  // kOutOfRange: there are not that many.
  absl::Status Finish(size_t count);

  // Says that the first record that is not finished cannot be processed, and gives the rest back to
  // the lane: it comes again, that record first; other lanes do not notice. If that makes
  // GroupOptions::max_attempts, puts the record to the dead-letter stream with `cause` and finishes
  // it. If that put fails, its status is returned and the record comes again. Else as Finish.
  // kFailedPrecondition: it is resolved.
  absl::Status Fail(const absl::Status& cause);

  // Gives back what is not finished, without saying that anything failed: it comes again as it is.
  void Return();

 private:
  friend class Lanes;
  friend class internal::LaneCore;

  LaneDelivery(std::shared_ptr<internal::LaneCore> core, std::unique_ptr<internal::LanePart> part);
  void Drop();

  std::shared_ptr<internal::LaneCore> core_;  // null when it was moved from or is resolved
  std::unique_ptr<internal::LanePart> part_;  // null when it was moved from
  // How many the handler of Run has done with; the one behind them is the one that failed.
  size_t handled_ = 0;
  bool is_run_ = false;
};

// A member of a group whose records are spread over lanes.
//
// Thread-safe: one thread at a time for each lane, and all lanes at once. Movable while no lane is
// in use. Its destruction leaves the group, while no call of Next or Run is under way: what no
// thread has in hand is given back, and each shard moves on when what was taken of it is resolved.
class KINESIS_CORE_EXPORT Lanes {
 public:
  Lanes(Lanes&&) noexcept;
  Lanes& operator=(Lanes&&) noexcept;
  ~Lanes();

  // Makes `count` lanes, from 0 on, of a member. kOutOfRange: there are to be none, or more than
  // 1,024. kFailedPrecondition: a delivery of the member's shards is out. After an error the member
  // has left the group.
  static absl::StatusOr<Lanes> Create(GroupMember member, size_t count);

  // Returns records of this lane, or sleeps until there are some. Whichever lane has none reads for
  // all; the others are woken when there is something for them.
  //
  // Errors as GroupMember::Next. kOutOfRange also: there is no such lane. kFailedPrecondition: this
  // lane has a delivery that is not resolved.
  absl::StatusOr<LaneDelivery> Next(size_t lane, absl::Time deadline);
  absl::StatusOr<LaneDelivery> Next(size_t lane, const std::stop_token& stop);
  absl::StatusOr<LaneDelivery> Next(size_t lane, absl::Time deadline, const std::stop_token& stop);

  // Calls `handler` with one record of the lane after the other, until the token says stop or all
  // of a closed stream is committed, both of which are OK, or Next or Finish fails with anything
  // but kAborted. A record is finished when the handler returns OK, and failed with its status
  // otherwise (LaneDelivery::Fail). An exception of the handler fails the record, and passes
  // through. What is committed follows in steps of what the lane was given at once.
  absl::Status Run(size_t lane, const std::stop_token& stop,
                   const std::function<absl::Status(const RecordView&)>& handler);

  // How many lanes there are.
  size_t count() const;
  // Of the member.
  uint64_t id() const;

 private:
  explicit Lanes(std::shared_ptr<internal::LaneCore> core);
  void Leave();

  std::shared_ptr<internal::LaneCore> core_;  // null when it was moved from
};

}  // namespace kinesis

#endif  // KINESIS_CORE_LANES_H_
