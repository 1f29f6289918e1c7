// ConsumerGroup: several threads that share the work on a stream.
//
//   auto group = kinesis::ConsumerGroup::Create(orders, "billing").value();
//   // In each thread:
//   kinesis::GroupMember member = group.Join().value();
//   for (;;) {
//     absl::StatusOr<kinesis::Delivery> delivery = member.Next(stop_token);
//     if (!delivery.ok()) break;
//     for (const kinesis::RecordView& record : delivery->records()) Bill(record);
//     if (absl::Status status = delivery->Commit(); !status.ok()) ...
//   }
//
// Every group of a stream sees every record; within a group, each record goes to one member. A
// shard has one owner at a time, so the records of a key are processed in order, one after the
// other, also across splits and merges. Members come and go as they like.
//
// Promises (numbers of the design)
//   G1  Every shard that can be read has exactly one owner, or is being handed over to the next;
//       owners have as many shards each as possible, and a join or leave moves as few as possible.
//   G2  The committed position of a shard never moves back.
//   G3  No record of a shard is delivered before all of its parents were read to their ends and
//       committed; the child of a merge waits for both.
//   G4  A hand-over to a member that has joined, or from one that leaves, waits for the delivery
//       that is out to be committed or dropped, and then goes on behind it: nothing comes twice.
//       When a member loses its shards because its lease time is over, what it had not committed
//       comes again, and its commit of it is refused.
//   G5  Only what moves pauses; the other shards of the old and of the new owner go on.
//   G6  What a group has not committed is not trimmed to make room, whatever the other groups have
//       (StreamOptions::keep_until_committed).
//
// More threads than shards, in order within each key: lanes.h.
//
// A group has no threads and sends no heartbeats. A member is there from Join until its handle
// goes; one whose thread hangs keeps its shards, unless the group has a lease time.
#ifndef KINESIS_CORE_CONSUMER_GROUP_H_
#define KINESIS_CORE_CONSUMER_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/checkpoint_store.h"
#include "kinesis_core/export.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/metrics.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/stream.h"

namespace kinesis {

namespace internal {
class AsyncAccess;
class GroupCore;
class GroupMemberCore;
class LaneCore;
struct GroupLease;
}  // namespace internal

// Where a group begins whose store knows nothing of it.
enum class GroupStart {
  // With the oldest record that is kept.
  kTrimHorizon,
  // With what is put after the group was created.
  kLatest,
};

struct GroupOptions {
  GroupStart start = GroupStart::kTrimHorizon;

  // Where positions are kept. Null: those of a stream that is kept in the engine's directory there,
  // until the group is removed, so that a group of this name goes on there when the next engine has
  // the directory; others in memory, as long as the group is there. Positions of shards that the
  // stream does not have (any more) are left alone; one of a shard that has only the same id, of a
  // former stream of this name, counts as none.
  std::shared_ptr<CheckpointStore> checkpoint_store = nullptr;

  // The most that a delivery holds.
  ReadLimits limits = {.max_records = 1'000, .max_bytes = uint64_t{1} << 20};

  // How long a member may go without a call (Next, or Renew, or Commit or Fail of a delivery of its
  // own) before others take its shards, by the engine's clock; at least 1 ms. A member that sleeps
  // in Next is not gone. It is looked at in Next of the others, which sleep no longer than this at
  // a time; so its shards have gone after twice the time. Infinite: members are not watched.
  absl::Duration lease_time = absl::InfiniteDuration();

  // A record that has failed this often goes to the dead-letter stream, and the shard goes on
  // behind it; see Delivery::Fail. Both or neither: 0 means that a record is delivered until it is
  // committed.
  uint64_t max_attempts = 0;
  std::optional<Stream> dead_letter_stream = std::nullopt;
};

// Records of one shard, for the caller to process and commit.
//
// Thread-compatible: one thread at a time uses a delivery, not necessarily that of its member.
// Movable. Keeps the records in memory as long as it lives (RecordBatch), and its shard at its
// owner: no other records of the shard are delivered meanwhile.
//
// Dropping a delivery that was not committed as a whole gives the rest back: it comes again, to the
// owner of the shard. Since it is not known which of the records it was that could not be
// processed, it comes in deliveries of half the size, down to one record.
class KINESIS_CORE_EXPORT Delivery {
 public:
  Delivery(Delivery&& other) noexcept;
  Delivery& operator=(Delivery&& other) noexcept;
  ~Delivery();

  ShardId shard_id() const;
  // At least one.
  const RecordBatch& records() const { return records_; }
  // Of the lease of its shard: grows each time that the shard changes hands.
  uint64_t epoch() const { return epoch_; }
  // From 1: one more than how often its first record has come back as the first that was not
  // committed, by Fail or because a delivery was dropped.
  uint64_t attempt() const { return attempt_; }
  // Returns whether all of it is committed, given back, or taken away: nothing is left to be done.
  bool is_resolved() const { return group_ == nullptr; }
  // How many were committed, from the first on.
  size_t committed() const { return committed_; }
  // Records between the last delivery of the shard and this one that were trimmed or expired before
  // the group came to them.
  uint64_t records_lost() const { return records_lost_; }

  // Says that all records are done with. They do not come again, whatever happens.
  //
  // kAborted: the shard has been taken from this member, because its lease time was over; others
  // process the records, or have. Another status is one of the CheckpointStore, and nothing is
  // committed. kNotFound: the stream or the group has been deleted.
  absl::Status Commit();
  // The same for the first `count` of the records, of which those that were committed before count.
  // kOutOfRange: there are not that many.
  absl::Status Commit(size_t count);

  // Says that the first record that is not committed cannot be processed, and gives the rest back:
  // it comes again, that record first. If that makes max_attempts, puts the record to the
  // dead-letter stream with `cause` and commits it. If that put fails, its status is returned and
  // the record comes again. kAborted as Commit. kFailedPrecondition: all is committed.
  absl::Status Fail(const absl::Status& cause);

  // Gives back what is not committed, without saying that anything failed: it comes again as it is.
  // For a member that is told to stop.
  void Return();

 private:
  friend class internal::GroupCore;
  friend class internal::LaneCore;

  Delivery(std::shared_ptr<internal::GroupCore> group, std::shared_ptr<internal::GroupLease> lease,
           RecordBatch&& records, uint64_t epoch, uint64_t attempt, uint64_t records_lost);
  // Ends it: gives the rest back, if there is any.
  void Drop();
  size_t rest() const { return records_.size() - committed_; }

  std::shared_ptr<internal::GroupCore> group_;  // null when it was moved from or is resolved
  std::shared_ptr<internal::GroupLease> lease_;
  RecordBatch records_;
  uint64_t epoch_ = 0;
  uint64_t attempt_ = 0;
  uint64_t records_lost_ = 0;
  size_t committed_ = 0;
};

// A member of a group: one thread that asks for work.
//
// Thread-compatible: one thread at a time uses a member. Movable. Its destruction leaves the group:
// shards without a delivery that is out go to others at once, and each of the rest when its
// delivery is resolved, which may be later than the end of the handle.
class KINESIS_CORE_EXPORT GroupMember {
 public:
  GroupMember(GroupMember&&) noexcept;
  GroupMember& operator=(GroupMember&&) noexcept;
  ~GroupMember();

  // Returns records of one of the member's shards, or sleeps until there are some. All shards that
  // have records have their turn. A delivery that is out keeps the others of its shard back and
  // nothing else, so a member may have deliveries of several shards.
  //
  // kDeadlineExceeded: `deadline` has come by the engine's clock. kCancelled: the token says stop.
  // kOutOfRange: the stream is closed (Stream::Close), and the group has committed all of it.
  // kNotFound: the stream or the group has been deleted. Another status is one of the
  // CheckpointStore, with which it could not begin a shard: the next call tries again.
  absl::StatusOr<Delivery> Next(absl::Time deadline);
  absl::StatusOr<Delivery> Next(const std::stop_token& stop);
  absl::StatusOr<Delivery> Next(absl::Time deadline, const std::stop_token& stop);

  // Calls `handler` with one delivery after the other, until the token says stop or all of a closed
  // stream is committed, both of which are OK, or Next or Commit fails with anything but kAborted.
  // A delivery is committed when the handler returns OK, and failed with its status otherwise
  // (Delivery::Fail), unless it has been resolved by then. An exception of the handler gives the
  // delivery back, and passes through.
  absl::Status Run(const std::stop_token& stop,
                   const std::function<absl::Status(Delivery&)>& handler);

  // Says that the member is alive; only of use in a group with a lease time.
  void Renew();

  // From 1, unique in the group.
  uint64_t id() const;

 private:
  friend class ConsumerGroup;
  friend class internal::AsyncAccess;
  friend class internal::LaneCore;

  GroupMember(std::shared_ptr<internal::GroupCore> group,
              std::shared_ptr<internal::GroupMemberCore> member);
  void Leave();

  std::shared_ptr<internal::GroupCore> group_;
  std::shared_ptr<internal::GroupMemberCore> member_;
};

// A named group of a stream.
//
// Thread-safe: all operations may run concurrently.
//
// Lifetime: a handle that shares ownership; cheap to copy. The group is there until it is removed,
// or the stream is deleted, not as long as its handles are: what a group without members has not
// committed is kept for those who come (and puts are refused in the end).
class KINESIS_CORE_EXPORT ConsumerGroup {
 public:
  ConsumerGroup(const ConsumerGroup&) = default;
  ConsumerGroup& operator=(const ConsumerGroup&) = default;

  // Makes a group. `name` is 1 to 1,024 bytes, any. kAlreadyExists: the stream has one of that
  // name. kOutOfRange or kInvalidArgument: an option is wrong, and the message names it. kNotFound:
  // the stream has been deleted. Another status is one of the CheckpointStore. O(shards).
  static absl::StatusOr<ConsumerGroup> Create(const Stream& stream, std::string_view name,
                                              const GroupOptions& options = {});
  // kNotFound: the stream has no such group.
  static absl::StatusOr<ConsumerGroup> Open(const Stream& stream, std::string_view name);
  // In order of name.
  static std::vector<std::string> List(const Stream& stream);
  // Its members get kNotFound, and what it had not committed is kept for it no longer. Its
  // positions stay in its store. kNotFound: the stream has no such group.
  static absl::Status Remove(const Stream& stream, std::string_view name);

  // A new member. It has its share of the shards as soon as those who have them are done with the
  // deliveries that are out. kNotFound: the stream or the group has been deleted.
  absl::StatusOr<GroupMember> Join() const;

  // O(shards).
  GroupMetrics Metrics() const;

  const std::string& name() const;

 private:
  explicit ConsumerGroup(std::shared_ptr<internal::GroupCore> core) : core_(std::move(core)) {}

  std::shared_ptr<internal::GroupCore> core_;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_CONSUMER_GROUP_H_
