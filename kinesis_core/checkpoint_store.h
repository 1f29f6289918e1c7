// CheckpointStore: where a consumer group keeps how far it has come in each shard.
//
// The default keeps it in memory, for as long as the group is there. One of yours makes a group go
// on after a restart of your program; one that saves your results in the same transaction gives
// exactly once (kinesis_core/doc/consumer_groups.md).
#ifndef KINESIS_CORE_CHECKPOINT_STORE_H_
#define KINESIS_CORE_CHECKPOINT_STORE_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// The shard that a checkpoint is of. Views that are valid during the call.
struct CheckpointKey {
  std::string_view stream;
  std::string_view group;
  ShardId shard_id;
};

// How far a group has come in a shard.
struct Checkpoint {
  // The last record that is done with, or a number between that and the next record. Not valid:
  // none is. The shard's ending sequence number: all are, and the shard is closed.
  SequenceNumber position;
  // That of the lease under which it was saved: grows with every hand-over of the shard.
  uint64_t epoch = 0;

  // Returns whether the shard has ended and all of it is done with.
  bool is_shard_end() const { return position.index() == SequenceNumber::kMaxIndex; }

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// Thread-safe, as an implementation of yours has to be: members of a group call it at the same
// time, for one shard seldom, but also that. It calls back into nothing of the group.
class KINESIS_CORE_EXPORT CheckpointStore {
 public:
  CheckpointStore() = default;
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;
  virtual ~CheckpointStore() = default;

  // Returns the checkpoint saved last; Checkpoint() if none was. Any error ends the call of the
  // member that needed it, which returns it, and is retried by the next one.
  virtual absl::StatusOr<Checkpoint> Load(const CheckpointKey& key) = 0;

  // Replaces what was saved, in one step: if it has the epoch `expected_epoch` (0 if nothing was
  // saved) and a position that is not beyond the new one. If it has not, changes nothing and
  // returns kAborted. This is what keeps a member that lost the shard from moving its successor
  // back.
  virtual absl::Status Save(const CheckpointKey& key, const Checkpoint& checkpoint,
                            uint64_t expected_epoch) = 0;
};

namespace internal {

// The condition of CheckpointStore::Save. OK if `checkpoint` may take the place of `saved`.
absl::Status CheckReplaces(const CheckpointKey& key, const Checkpoint& saved,
                           const Checkpoint& checkpoint, uint64_t expected_epoch);

}  // namespace internal

// One that keeps everything in memory. For a group that is deleted and made again with it; what is
// saved goes with the store.
KINESIS_CORE_EXPORT std::shared_ptr<CheckpointStore> MakeMemoryCheckpointStore();

}  // namespace kinesis

#endif  // KINESIS_CORE_CHECKPOINT_STORE_H_
