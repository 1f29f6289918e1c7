// EngineFiles: the directory of an engine. Its lock, its journal, what that says (Metadata), and
// the files of its blocks.
//
//   lock      Held as long as anything of the engine is left that can write to the files: it goes
//             with the pool of their blocks, which batches and handles keep.
//   journal   One record for each change of the metadata (files/journal.h, files/metadata.h).
//   blocks, headers, stubs   files/block_files.h.
//
// Order, so that what is found is something that was (each argued where it is done)
//   F1  A shard's log has its first header before the journal names the shard (StreamCore::Create,
//       Replace), and the journal names it before anybody can put to it. So a log that no journal
//       names has no record that was acknowledged: its files are free.
//   F2  The journal says that a shard is closed, and by what, before its log is closed. A log that
//       is still open then is closed by recovery.
//   F3  The journal forgets a stream before its logs go.
//   F4  A change that the journal does not take is not made: the call fails, and says why.
//
// Thread-safe. The lock is held while the journal is written: by those who change the same engine's
// streams, shards, settings or checkpoints at the same time, never by a put or a read.
#ifndef KINESIS_CORE_INTERNAL_ENGINE_FILES_H_
#define KINESIS_CORE_INTERNAL_ENGINE_FILES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/checkpoint_store.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/files/block_files.h"
#include "kinesis_core/internal/files/journal.h"
#include "kinesis_core/internal/files/metadata.h"
#include "kinesis_core/options.h"
#include "kinesis_core/recovery_report.h"

namespace kinesis::internal {

class EngineFiles {
 public:
  // Opens options.directory, or makes an engine's directory of it.
  static absl::StatusOr<std::unique_ptr<EngineFiles>> Open(const EngineOptions& options,
                                                           RecoveryReport* report);

  const std::shared_ptr<BlockFiles>& blocks() const { return blocks_; }

  // --- Changes

  // Appends a record of Metadata to the journal and makes the change. On an error nothing has
  // changed.
  absl::Status Change(std::string_view record);
  // Changes options of a stream, by what `change` does to them; kNotFound: it is not there.
  absl::Status ChangeOptions(uint64_t stream, const std::function<void(StoredOptions&)>& change);
  // Forgets a shard that has expired.
  void ForgetShard(uint64_t stream, uint32_t shard);

  // --- What it says. Copies.
  std::vector<StoredStream> Streams();
  uint64_t last_uid();

  // --- Checkpoints: as CheckpointStore, of a stream by its id.
  absl::StatusOr<Checkpoint> LoadCheckpoint(uint64_t stream, const CheckpointKey& key);
  absl::Status SaveCheckpoint(uint64_t stream, const CheckpointKey& key,
                              const Checkpoint& checkpoint, uint64_t expected_epoch);

  // --- Properties: of the engine if `stream` is 0. Empty: there is none.
  std::string GetProperty(uint64_t stream, std::string_view name);
  // Returns whether nobody has claimed it; from then on, until it is given back, somebody has. Not
  // in the journal: claims end with the engine.
  bool ClaimProperties(std::string_view name);
  void GiveBackProperties(std::string_view name);

 private:
  EngineFiles() = default;

  absl::Status ChangeLocked(std::string_view record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::shared_ptr<BlockFiles> blocks_;
  Mutex mutex_;
  std::unique_ptr<Journal> journal_ ABSL_GUARDED_BY(mutex_);
  Metadata metadata_ ABSL_GUARDED_BY(mutex_);
  uint64_t rewrite_at_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::string, std::less<>> claims_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_ENGINE_FILES_H_
