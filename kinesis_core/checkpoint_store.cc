#include "kinesis_core/checkpoint_store.h"

#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/base/status.h"

namespace kinesis {

namespace internal {

absl::Status CheckReplaces(const CheckpointKey& key, const Checkpoint& saved,
                           const Checkpoint& checkpoint, uint64_t expected_epoch) {
  if (saved.epoch == expected_epoch && saved.position <= checkpoint.position) {
    return absl::OkStatus();
  }
  return Aborted("the checkpoint of shard " + key.shard_id.ToString() + " was saved under epoch " +
                 std::to_string(saved.epoch) + " at " + saved.position.ToString() +
                 ", not under epoch " + std::to_string(expected_epoch) + " at " +
                 checkpoint.position.ToString() + " or before");
}

}  // namespace internal

namespace {

class MemoryCheckpointStore final : public CheckpointStore {
 public:
  absl::StatusOr<Checkpoint> Load(const CheckpointKey& key) override {
    const internal::MutexLock lock(mutex_);
    const auto found = saved_.find(View(key));
    return found == saved_.end() ? Checkpoint() : found->second;
  }

  absl::Status Save(const CheckpointKey& key, const Checkpoint& checkpoint,
                    uint64_t expected_epoch) override {
    const internal::MutexLock lock(mutex_);
    auto found = saved_.find(View(key));
    if (found == saved_.end()) {
      found = saved_.emplace(Key(key.shard_id, key.group, key.stream), Checkpoint()).first;
    }
    Checkpoint& saved = found->second;
    absl::Status status = internal::CheckReplaces(key, saved, checkpoint, expected_epoch);
    if (status.ok()) saved = checkpoint;
    return status;
  }

 private:
  using Key = std::tuple<ShardId, std::string, std::string>;  // shard, group, stream
  using KeyView = std::tuple<ShardId, std::string_view, std::string_view>;
  // Without copying the names: it is looked up once a delivery.
  struct Less {
    using is_transparent = void;
    bool operator()(const KeyView& a, const KeyView& b) const { return a < b; }
  };

  static KeyView View(const CheckpointKey& key) {
    return KeyView(key.shard_id, key.group, key.stream);
  }

  internal::Mutex mutex_;
  std::map<Key, Checkpoint, Less> saved_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<CheckpointStore> MakeMemoryCheckpointStore() {
  return std::make_shared<MemoryCheckpointStore>();
}

}  // namespace kinesis
