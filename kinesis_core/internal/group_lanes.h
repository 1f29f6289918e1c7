// Lanes: how the deliveries of one member are spread over threads, and what is committed of them.
//
//   window     What the lanes have of one shard under one epoch: deliveries in the order of the
//              log. Each knows which of its records are finished, and its lowest unfinished one.
//   part       Records of one delivery and one lane. It waits in the lane, or is in the hand of the
//              lane's thread, one at a time.
//   reader     The thread of a lane that has no part takes the role of the reader, if nobody has
//              it: it alone calls Next of the member, outside of the mutex, and spreads what it
//              gets. The others that have nothing sleep. Whoever leaves Next while nobody reads
//              wakes one that sleeps; so somebody reads as long as any thread waits.
//   commit     Up to the lowest unfinished record of the first delivery of the window, by the
//              thread that moved it, outside of the mutex. One at a time for a window, which goes
//              on until there is nothing more to commit: a thread that finds another committing
//              leaves it to that one. Deliveries are committed as a whole in their order. So a
//              position never moves back (G2), and none is beyond what is unfinished.
//   order      A key has one lane by its hash; parts come to a lane in the order of the log, and
//              what comes back goes to its front. Children are delivered behind the commit of
//              their parents (G3), so no part of a parent is left then.
//   retire     The lanes have left and nothing of the window is in a hand: up to the lowest
//              unfinished is committed, and the rest is given back from the last delivery to the
//              first.
//   taken      The lease was lost: found by a commit or a finish under the old epoch, or when the
//              shard comes under a new one. The window is gone, parts that wait are dropped, and
//              what is in a hand is refused when it is finished.
//
// Lock: mutex_, for a few steps on these lists; the group's comes after it. Nothing is read, saved
// or put under it.
#ifndef KINESIS_CORE_INTERNAL_GROUP_LANES_H_
#define KINESIS_CORE_INTERNAL_GROUP_LANES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/group_core.h"
#include "kinesis_core/lanes.h"
#include "kinesis_core/record.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::internal {

// A delivery that was spread. All but `records_lost` is guarded by the mutex of the lanes, or of
// the thread that commits (LaneWindow::is_committing).
struct LaneBatch {
  explicit LaneBatch(Delivery&& from)
      : delivery(std::move(from)),
        is_finished(delivery.records().size(), false),
        records_lost(delivery.records_lost()) {}

  Delivery delivery;
  std::vector<bool> is_finished;  // by record
  size_t lowest = 0;              // the first that is not
  uint64_t records_lost = 0;      // to be told
};

struct LaneWindow {
  ShardId shard_id;
  uint64_t epoch = 0;
  std::shared_ptr<GroupLease> lease;
  // Guarded by the mutex of the lanes.
  std::deque<std::shared_ptr<LaneBatch>> batches;
  size_t in_hand = 0;  // parts
  bool is_committing = false;
  bool is_gone = false;  // taken away, or retired
};

struct LanePart {
  size_t lane = 0;
  std::shared_ptr<LaneWindow> window;
  std::shared_ptr<LaneBatch> batch;
  std::vector<RecordView> records;
  std::vector<uint32_t> places;  // of the records in the batch
  size_t finished = 0;           // from the first on
  // Of the first that is not finished.
  uint64_t returns = 0;
  uint64_t failures = 0;
  size_t singly = 0;  // how many of the first come one by one
  uint64_t attempt = 1;
  uint64_t records_lost = 0;
};

// Thread-safe, as Lanes.
class LaneCore final : public std::enable_shared_from_this<LaneCore> {
 public:
  static absl::StatusOr<std::shared_ptr<LaneCore>> Create(GroupMember member, size_t count);

  absl::StatusOr<LaneDelivery> Next(size_t lane, absl::Time deadline, const std::stop_token& stop);
  // The member leaves.
  void Leave();

  // --- Of a part that is in a hand. It is not any more when all of it is finished, or the shard is
  // gone.
  absl::Status Finish(LanePart& part, size_t count, bool* is_resolved);
  // kAborted or kNotFound: it has been taken away, and is not in a hand any more.
  absl::Status Check(LanePart& part);
  // Gives the rest back to its lane. kUnknown: it comes one by one.
  void GiveBack(LanePart& part, GroupCore::Failure failure);
  // How often the first record that is not finished has failed, with this time.
  uint64_t FailuresWith(const LanePart& part);
  absl::Status PutDeadLetter(const LanePart& part, uint64_t attempts, const absl::Status& cause);

  size_t count() const { return count_; }
  uint64_t member_id() const { return member_core_->id(); }
  const GroupOptions& options() const { return group_->options(); }
  bool is_over() const { return group_->is_over(); }

 private:
  struct Lane {
    std::deque<std::unique_ptr<LanePart>> parts;
    bool in_hand = false;          // a part of it
    WaitEvent* sleeper = nullptr;  // its thread, asleep
  };

  LaneCore(GroupMember member, size_t count);

  // Takes the lane's first part.
  LaneDelivery Take(Lane& lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Calls Next of the member, and spreads what comes. Requires: is_reading_, which it ends.
  absl::Status Read(absl::Time deadline, const std::stop_token& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // One part for each lane that has any.
  std::vector<std::unique_ptr<LanePart>> Spread(const std::shared_ptr<LaneBatch>& batch) const;
  void Add(const std::shared_ptr<LaneBatch>& batch, std::vector<std::unique_ptr<LanePart>> parts)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sleeps until another lane's thread wakes this one. False: it is late.
  bool Sleep(Lane& lane, absl::Time deadline, const std::stop_token& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // If nobody reads, somebody is woken to do so.
  void WakeReader() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Commits up to the lowest unfinished record, unless another thread does. Unlocks meanwhile.
  absl::Status CommitLowest(const std::shared_ptr<LaneWindow>& window)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether there is something to commit, and nobody does.
  static bool IsDue(const LaneWindow& window);
  // Commits what could not be committed before, in all windows.
  absl::Status CommitLeftOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The shard has been taken away. As Forget.
  void Drop(const std::shared_ptr<LaneWindow>& window) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // If the member has left, and nothing is in a hand.
  void RetireIfLeft(const std::shared_ptr<LaneWindow>& window)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets the window, which is not that of the map or of a part that waits, as both go, and the
  // parts that wait. Returns its deliveries.
  std::deque<std::shared_ptr<LaneBatch>> Forget(const std::shared_ptr<LaneWindow>& window)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // If the shard has been taken away, the part is in a hand no more.
  absl::Status CheckOwned(LanePart& part) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The part is in a hand no more.
  void PutDown(LanePart& part) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<GroupCore> group_;
  const std::shared_ptr<GroupMemberCore> member_core_;
  std::optional<GroupMember> member_;  // of the reader, until it leaves
  const size_t count_;

  Mutex mutex_;
  std::vector<Lane> lanes_ ABSL_GUARDED_BY(mutex_);
  std::map<ShardId, std::shared_ptr<LaneWindow>> windows_ ABSL_GUARDED_BY(mutex_);
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_left_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_GROUP_LANES_H_
