// EngineFiles: the directory of an engine. Its lock, its journal, what that says (Metadata), and
// the files of its blocks.
//
//   lock      Held as long as anything of the engine is left that can write to the files: it goes
//             with the pool of their blocks, which batches and handles keep.
//   journal   One record for each change of the metadata (files/journal.h, files/metadata.h).
//   blocks, headers, stubs   files/block_files.h.
//   wal-...   Copies of the records of streams that survive a loss of power, which are synced
//             (files/write_ahead_log.h, group_commit.h).
//
// Order, so that what is found is something that was (each argued where it is done)
//   F1  A shard's log has its first header before the journal names the shard (StreamCore::Create,
//       Replace), and the journal names it before anybody can put to it. So a log that no journal
//       names has no record that was acknowledged: its files are free.
//   F2  The journal says that a shard is closed, and by what, before its log is closed. A log that
//       is still open then is closed by recovery.
//   F3  The journal forgets a stream before its logs go.
//   F4  A change that the journal does not take is not made: the call fails, and says why.
//   F5  The journal says in which run of the operating system the mapped files are written to, from
//       before the first of it on, and that they are on the disk, when an engine that ends has
//       synced them. So whoever opens them knows whether they can be trusted: if not, nothing of
//       them is looked at, and the blocks of streams in the write-ahead log are made anew of that.
//       If they can, in a later run, they have come from the disk since: then these blocks are held
//       against the write-ahead log, and made as that is, before the journal names that run.
//   F6  As long as there is a stream that survives a loss of power, each change but a checkpoint is
//       on the disk before it is made: so the journal that is found names the shard of every record
//       that is found, and no shard that was closed is open again. Checkpoints are on the disk when
//       the group is told that they are saved (kGroup), or with the next round (kInterval).
//
// Thread-safe. The lock is held while the journal is written: by those who change the same engine's
// streams, shards, settings or checkpoints at the same time, never by a put or a read.
#ifndef KINESIS_CORE_INTERNAL_ENGINE_FILES_H_
#define KINESIS_CORE_INTERNAL_ENGINE_FILES_H_

#include <atomic>
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
#include "kinesis_core/internal/files/block_rebuild.h"
#include "kinesis_core/internal/files/journal.h"
#include "kinesis_core/internal/files/metadata.h"
#include "kinesis_core/internal/group_commit.h"
#include "kinesis_core/internal/log/log_export.h"
#include "kinesis_core/options.h"
#include "kinesis_core/recovery_report.h"

namespace kinesis::internal {

class EngineFiles {
 public:
  ~EngineFiles();

  // Opens options.directory, or makes an engine's directory of it.
  static absl::StatusOr<std::unique_ptr<EngineFiles>> Open(const EngineOptions& options,
                                                           RecoveryReport* report);

  const std::shared_ptr<BlockFiles>& blocks() const { return blocks_; }

  // --- Loss of power

  // Whether power was lost since the files were written to: then the blocks have nothing but what
  // the write-ahead log had of them. Until SetRecovered.
  bool power_was_lost() const { return power_was_lost_; }
  // What the write-ahead log has of a log: an export that goes on from there.
  LogExport<StdAtomics> ExportOf(uint64_t log_uid) const;
  // Returns why streams cannot be kept for longer than the process; OK if they can.
  absl::Status CheckSurvivesPower() const;
  // To be called once all streams are there again: from here on the files are to be trusted as long
  // as the operating system runs (F5).
  absl::Status SetRecovered();
  // Brings to the disk what a process that was killed has left in blocks alone, before anybody
  // reads it: else it would be there for as long as the system runs, also if nobody puts to its
  // shard again. What finds no space waits for the next put or sync.
  absl::Status CommitFound();
  // Brings what was put to streams that survive a loss of power to the disk. To be called before
  // they are left.
  absl::Status CommitAll();
  // Brings the mapped files to the disk, and says so in the journal (F5). To be called when nothing
  // is put any more. Nothing is done unless SetRecovered has been, and all else went well.
  absl::Status SetClosed();

  // Why the journal takes no more changes, of which the last may be in it all the same or not: what
  // that change needs in the files is to stay there, and no record is acknowledged that it may have
  // taken. OK if the journal takes changes.
  absl::Status journal_failure();

  // Not null.
  GroupCommit* group_commit() const { return group_commit_.get(); }
  // --- Changes

  // Appends a record of Metadata to the journal and makes the change, after it is on the disk if
  // `sync`, which is true of a stream that survives a loss of power, or if there is such a stream.
  // On an error nothing has changed.
  absl::Status Change(std::string_view record, bool sync = false);
  // Returns when all changes are on the disk.
  absl::Status SyncChanges();
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

  // Opens the write-ahead log, and makes the blocks of it if power was lost.
  absl::Status OpenCopies(FileSystem& files, const EngineOptions& options, RecoveryReport* report)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // FindCopies, and makes blocks as their copies are where they are not.
  absl::StatusOr<FoundCopies> RepairBlocks(FileSystem& files, const EngineOptions& options,
                                           RecoveryReport* report)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ChangeLocked(std::string_view record, bool sync)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteJournalFailure() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SetBoot(const StoredBoot& boot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Syncs the mapped files, and journals in which run that was.
  absl::Status MarkSynced(const StoredBoot& boot);

  std::shared_ptr<BlockFiles> blocks_;
  std::unique_ptr<GroupCommit> group_commit_;
  std::map<uint64_t, IndexSet> copied_;  // of the logs, before SetRecovered
  uint64_t last_copied_uid_ = 0;
  // Since the journal has failed, so that nobody waits for it as long as it has not.
  std::atomic<bool> journal_has_failed_{false};
  std::string boot_;  // of this run of the operating system
  bool power_was_lost_ = false;
  bool is_recovered_ = false;
  StoredBoot opened_;        // what the journal said
  bool was_synced_ = false;  // the mapped files, when they were opened
  Mutex mutex_;
  bool syncs_changes_ ABSL_GUARDED_BY(mutex_) = false;  // each at once (F6)
  std::unique_ptr<Journal> journal_ ABSL_GUARDED_BY(mutex_);
  Metadata metadata_ ABSL_GUARDED_BY(mutex_);
  uint64_t rewrite_at_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::string, std::less<>> claims_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_ENGINE_FILES_H_
