#include "kinesis_core/internal/engine_files.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/files/block_headers.h"
#include "kinesis_core/internal/files/block_scrub.h"

namespace kinesis::internal {
namespace {

// The journal is written anew when it has grown to so many times what it would be then.
constexpr uint64_t kRewriteFactor = 4;
constexpr uint64_t kRewriteFromBytes = uint64_t{1} << 20;

// The size of a file of the write-ahead log: a part of disk_budget_bytes, within these.
constexpr uint64_t kFilesOfBudget = 16;
constexpr uint64_t kWalFileBytesMin = uint64_t{64} << 10;
constexpr uint64_t kWalFileBytesMax = uint64_t{64} << 20;

// The folder that a directory is in.
std::string ParentOf(const std::string& directory) {
  const size_t last = directory.find_last_not_of('/');
  const size_t slash = last == std::string::npos ? last : directory.rfind('/', last);
  if (slash == std::string::npos) return last == std::string::npos ? "/" : ".";
  const size_t end = directory.find_last_not_of('/', slash);
  return end == std::string::npos ? "/" : directory.substr(0, end + 1);
}

static_assert(StoredOptions::kSurvivesPower == static_cast<uint8_t>(Durability::kInterval));

uint64_t RewriteAt(uint64_t bytes) { return std::max(kRewriteFromBytes, kRewriteFactor * bytes); }

}  // namespace

absl::StatusOr<std::unique_ptr<EngineFiles>> EngineFiles::Open(const EngineOptions& options,
                                                               RecoveryReport* report) {
  FileSystem& files = options.file_system == nullptr ? FileSystem::Posix() : *options.file_system;
  const std::string& directory = options.directory;
  if (absl::Status status = files.CreateDirectory(directory); !status.ok()) return status;
  auto lock = files.Lock(directory + "/lock");
  if (!lock.ok()) return lock.status();
  auto names = files.List(directory);
  if (!names.ok()) return names.status();
  const auto has = [&names](std::string_view name) {
    return std::find(names->begin(), names->end(), name) != names->end();
  };
  if (has(BlockFiles::kBlocks) && !has(Journal::kFileName)) {
    return absl::DataLossError("the directory " + QuotedPath(directory) +
                               " has blocks and no journal that says whose they are; put it back, "
                               "or take another directory");
  }
  if (!has(Journal::kFileName)) {
    // Before there is anything in it that is to survive a loss of power.
    if (absl::Status status = files.SyncDirectory(ParentOf(directory)); !status.ok()) return status;
  }
  const std::string boot = files.BootId();
  auto opened = Journal::Open(files, directory, [&boot](const std::vector<std::string>& records) {
    return Metadata::BootOf(records).LostPower(boot);
  });
  if (!opened.ok()) return opened.status();
  std::unique_ptr<EngineFiles> engine(new EngineFiles());
  const MutexLock guard(engine->mutex_);
  engine->boot_ = boot;
  for (size_t i = 0; i < opened->records.size(); ++i) {
    if (engine->metadata_.Apply(opened->records[i])) continue;
    return absl::DataLossError(
        "the directory " + QuotedPath(directory) +
        " cannot be read, and nothing was changed: " + Metadata::NotApplied(i));
  }
  const auto& streams = engine->metadata_.streams();
  engine->syncs_changes_ = std::any_of(streams.begin(), streams.end(), [](const auto& entry) {
    return entry.second.survives_power();
  });
  if (engine->syncs_changes_) {
    if (absl::Status status = engine->CheckSurvivesPower(); !status.ok()) return status;
  }
  report->is_new = opened->records.empty();
  report->journal_bytes_cut = opened->cut_bytes;
  report->journal_cut_reason = opened->why;
  engine->journal_ = std::move(opened->journal);
  engine->rewrite_at_bytes_ = RewriteAt(engine->journal_->size_bytes());
  engine->opened_ = engine->metadata_.boot();
  engine->was_synced_ = engine->opened_.id.empty() || engine->opened_.is_synced;
  engine->power_was_lost_ = engine->opened_.LostPower(boot);
  if (absl::Status status = engine->OpenCopies(files, options, report); !status.ok()) {
    return status;
  }
  if (!engine->power_was_lost_) {
    // Before anything but repairs is stored in the mapped files: whoever comes after a loss of
    // power within those makes them again.
    absl::Status status = engine->SetBoot({boot, /*is_synced=*/false});
    if (!status.ok()) return status;
  }
  auto blocks = BlockFiles::Open(files, directory, options.disk_budget_bytes, *std::move(lock));
  if (!blocks.ok()) return blocks.status();
  engine->blocks_ = *std::move(blocks);
  return engine;
}

absl::Status EngineFiles::OpenCopies(FileSystem& files, const EngineOptions& options,
                                     RecoveryReport* report) {
  // In the first run of the operating system after the one in which they were synced, the blocks
  // have come from the disk since.
  const bool come_from_disk = !power_was_lost_ && metadata_.boot().IsBefore(boot_);
  SegmentPlan plan(power_was_lost_ ? metadata_.CopiedLogs() : std::set<uint64_t>());
  auto found = come_from_disk ? RepairBlocks(files, options, report)
                              : FindCopies(files, options.directory, plan.Adder());
  if (!found.ok()) return found.status();
  report->power_was_lost = power_was_lost_;
  report->wal_bytes_cut = found->contents.cut_bytes;
  report->wal_cut_reason = found->contents.why;
  for (const WriteAheadLog::Damage& damage : found->contents.damage) {
    report->wal_damage.push_back({damage.file, damage.at, damage.what});
  }
  const uint64_t file_bytes =
      std::clamp(options.disk_budget_bytes / kFilesOfBudget, kWalFileBytesMin, kWalFileBytesMax);
  for (const auto& [uid, indices] : found->of_log)
    last_copied_uid_ = std::max(last_copied_uid_, uid);
  auto log = WriteAheadLog::Open(files, options.directory, file_bytes, std::move(found->contents));
  if (!log.ok()) return log.status();
  if (power_was_lost_) {
    plan.Finish();
    absl::Status rebuilt = RebuildBlocks(files, options.directory, options.disk_budget_bytes, plan);
    if (!rebuilt.ok()) return rebuilt;
  }
  copied_ = std::move(found->of_log);
  group_commit_ = std::make_unique<GroupCommit>(
      *std::move(log),
      GroupCommit::Options{.interval_ms = absl::ToInt64Milliseconds(options.sync_interval),
                           .file_bytes = file_bytes,
                           .sync_metadata = [this] { return SyncChanges(); },
                           .metadata_failure = [this] { return journal_failure(); }});
  return absl::OkStatus();
}

absl::StatusOr<FoundCopies> EngineFiles::RepairBlocks(FileSystem& files,
                                                      const EngineOptions& options,
                                                      RecoveryReport* report) {
  const std::string& directory = options.directory;
  std::set<uint64_t> incomplete;
  auto blocks = BlockHeaders::Open(files, directory, FileSystem::Mode::kReadWrite);
  if (!blocks.ok()) return blocks.status();
  // Recovery counts headers that cannot be.
  auto headers = blocks->Read([](std::string_view, uint64_t, const std::string&) {});
  if (!headers.ok()) return headers.status();
  BlockScrub scrub(*blocks, [&](const BlockDifference& difference) {
    if (++report->repaired_count <= RecoveryReport::kRepairedMax) {
      report->repaired.push_back({std::string(difference.file), difference.at, difference.what});
    }
    if (difference.is_missing) {
      incomplete.insert(difference.log_uid);
      return absl::OkStatus();
    }
    return blocks->Write(difference.file, difference.begin, difference.right);
  });
  for (const auto& [id, stream] : metadata_.streams()) {
    if (!stream.survives_power()) continue;
    for (const auto& [shard_id, shard] : stream.shards) {
      if (shard.is_closed && !headers->contains(shard.log_uid)) continue;  // all was trimmed
      const auto chosen = blocks->Choose(std::move((*headers)[shard.log_uid]));
      if (!chosen.ok()) return chosen.status();
      scrub.Expect(shard.log_uid, stream.NameOf(shard), *chosen, /*was_closed=*/true);
    }
  }
  auto found = FindCopies(
      files, directory,
      [&scrub](const LogExtent& extent, std::string_view data,
               const WriteAheadLog::FileInfo& file) { scrub.Compare(extent, data, file); });
  if (!scrub.status().ok()) return scrub.status();
  if (found.ok() && !incomplete.empty()) {
    absl::Status status = RebuildLogs(files, directory, options.disk_budget_bytes, incomplete,
                                      &report->damaged_blocks);
    if (!status.ok()) return status;
  }
  return found;
}

LogExport<StdAtomics> EngineFiles::ExportOf(uint64_t log_uid) const {
  const auto found = copied_.find(log_uid);
  if (found == copied_.end()) return LogExport<StdAtomics>();
  return LogExport<StdAtomics>(found->second.end(), found->second.Holes());
}

absl::Status EngineFiles::CheckSurvivesPower() const {
  if (!boot_.empty()) return absl::OkStatus();
  return FailedPrecondition(
      "Durability::kInterval and kGroup need FileSystem::BootId, which tells a loss of power from "
      "the end of a process, and it is not known here: /proc/sys/kernel/random/boot_id cannot be "
      "read");
}

EngineFiles::~EngineFiles() {
  // What recovery has changed until it failed is of no more use than what was there before, and
  // blocks are held against their copies by the one that succeeds.
  if (!is_recovered_ && was_synced_) MarkSynced(opened_).IgnoreError();
}

absl::Status EngineFiles::SetBoot(const StoredBoot& boot) {
  if (metadata_.boot() == boot) return absl::OkStatus();
  return ChangeLocked(Metadata::SetBoot(boot), /*sync=*/true);
}

absl::Status EngineFiles::MarkSynced(const StoredBoot& boot) {
  if (blocks_ != nullptr) {
    if (absl::Status status = blocks_->Sync(); !status.ok()) return status;
  }
  const MutexLock lock(mutex_);
  return SetBoot(boot);
}

absl::Status EngineFiles::SetRecovered() {
  {
    const MutexLock lock(mutex_);
    copied_.clear();
    if (absl::Status status = SetBoot({boot_, /*is_synced=*/false}); !status.ok()) return status;
  }
  is_recovered_ = true;
  return absl::OkStatus();
}

absl::Status EngineFiles::CommitFound() {
  {
    const MutexLock lock(mutex_);
    const auto& streams = metadata_.streams();
    const auto has_copies = [](const auto& entry) { return entry.second.survives_power(); };
    if (std::none_of(streams.begin(), streams.end(), has_copies)) return absl::OkStatus();
  }
  absl::Status status = group_commit_->Wait(group_commit_->MarkAll());
  return absl::IsResourceExhausted(status) ? absl::OkStatus() : status;
}

absl::Status EngineFiles::CommitAll() {
  absl::Status status = group_commit_->Wait(group_commit_->MarkAll());
  group_commit_->KeepFiles();
  return status;
}

absl::Status EngineFiles::SetClosed() {
  if (!is_recovered_) return absl::OkStatus();
  // The system may have dropped what it could not write, in whatever file.
  if (absl::Status status = group_commit_->failure(); !status.ok()) return status;
  return MarkSynced({boot_, /*is_synced=*/true});
}

absl::Status EngineFiles::SyncChanges() {
  const MutexLock lock(mutex_);
  absl::Status status = journal_->Sync();
  if (!status.ok()) NoteJournalFailure();
  return status;
}

void EngineFiles::NoteJournalFailure() {
  // Relaxed, here and below: whoever is told of the failed change comes later, and to others it is
  // as if they had come before it.
  if (!journal_->failure().ok()) journal_has_failed_.store(true, std::memory_order_relaxed);
}

absl::Status EngineFiles::journal_failure() {
  // Relaxed: as above; the reason is read under the lock.
  if (!journal_has_failed_.load(std::memory_order_relaxed)) return absl::OkStatus();
  const MutexLock lock(mutex_);
  return journal_->failure();
}

absl::Status EngineFiles::Change(std::string_view record, bool sync) {
  const MutexLock lock(mutex_);
  absl::Status status = ChangeLocked(record, sync || syncs_changes_);
  syncs_changes_ |= sync && status.ok();
  return status;
}

absl::Status EngineFiles::ChangeLocked(std::string_view record, bool sync) {
  if (!metadata_.Takes(record)) return NotFound("the stream has been deleted");
  absl::Status status = journal_->Append(record);
  if (status.ok() && sync) status = journal_->Sync();
  if (!status.ok()) {
    NoteJournalFailure();
    return status;
  }
  const bool applied = metadata_.Apply(record);
  KC_DCHECK(applied);
  static_cast<void>(applied);
  if (journal_->size_bytes() >= rewrite_at_bytes_) {
    // If it fails the old one goes on, and grows.
    journal_->Replace(metadata_.Snapshot()).IgnoreError();
    rewrite_at_bytes_ = RewriteAt(journal_->size_bytes());
  }
  return absl::OkStatus();
}

absl::Status EngineFiles::ChangeOptions(uint64_t stream,
                                        const std::function<void(StoredOptions&)>& change) {
  const MutexLock lock(mutex_);
  const StoredStream* const found = metadata_.Find(stream);
  if (found == nullptr) return NotFound("the stream has been deleted");
  StoredOptions changed = found->options;
  change(changed);
  return ChangeLocked(Metadata::SetOptions(stream, changed), syncs_changes_);
}

void EngineFiles::ForgetShard(uint64_t stream, uint32_t shard) {
  const MutexLock lock(mutex_);
  metadata_.ForgetShard(stream, shard);
}

std::vector<StoredStream> EngineFiles::Streams() {
  const MutexLock lock(mutex_);
  std::vector<StoredStream> streams;
  for (const auto& [id, stream] : metadata_.streams()) streams.push_back(stream);
  return streams;
}

uint64_t EngineFiles::last_uid() {
  const MutexLock lock(mutex_);
  return std::max(metadata_.last_uid(), last_copied_uid_);
}

absl::StatusOr<Checkpoint> EngineFiles::LoadCheckpoint(uint64_t stream, const CheckpointKey& key) {
  const MutexLock lock(mutex_);
  const StoredStream* const found = metadata_.Find(stream);
  if (found == nullptr) return Checkpoint();
  const auto saved = found->checkpoints.find({std::string(key.group), key.shard_id.index()});
  if (saved == found->checkpoints.end()) return Checkpoint();
  return Checkpoint{saved->second.position, saved->second.epoch};
}

absl::Status EngineFiles::SaveCheckpoint(uint64_t stream, const CheckpointKey& key,
                                         const Checkpoint& checkpoint, uint64_t expected_epoch) {
  const MutexLock lock(mutex_);
  const StoredStream* const found = metadata_.Find(stream);
  if (found == nullptr) return NotFound("stream " + Quoted(key.stream) + " has been deleted");
  // The shard has expired, and what was saved has gone with it (ForgetShard): to whoever has yet to
  // leave it, its end is all there is to say.
  if (!found->shards.contains(key.shard_id.index())) return absl::OkStatus();
  Checkpoint saved;
  const auto at = found->checkpoints.find({std::string(key.group), key.shard_id.index()});
  if (at != found->checkpoints.end()) saved = {at->second.position, at->second.epoch};
  if (absl::Status status = CheckReplaces(key, saved, checkpoint, expected_epoch); !status.ok()) {
    return status;
  }
  return ChangeLocked(Metadata::SaveCheckpoint(stream, key.group, key.shard_id.index(),
                                               {checkpoint.position, checkpoint.epoch}),
                      found->options.durability == static_cast<uint8_t>(Durability::kGroup));
}

std::string EngineFiles::GetProperty(uint64_t stream, std::string_view name) {
  const MutexLock lock(mutex_);
  const std::map<std::string, std::string>* properties = &metadata_.properties();
  if (stream != 0) {
    const StoredStream* const found = metadata_.Find(stream);
    if (found == nullptr) return {};
    properties = &found->properties;
  }
  const auto found = properties->find(std::string(name));
  return found == properties->end() ? std::string() : found->second;
}

bool EngineFiles::ClaimProperties(std::string_view name) {
  const MutexLock lock(mutex_);
  return claims_.emplace(name).second;
}

void EngineFiles::GiveBackProperties(std::string_view name) {
  const MutexLock lock(mutex_);
  const auto found = claims_.find(name);
  if (found != claims_.end()) claims_.erase(found);
}

}  // namespace kinesis::internal
