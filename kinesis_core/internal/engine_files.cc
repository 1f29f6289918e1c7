#include "kinesis_core/internal/engine_files.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/internal/base/status.h"

namespace kinesis::internal {
namespace {

// The journal is written anew when it has grown to so many times what it would be then.
constexpr uint64_t kRewriteFactor = 4;
constexpr uint64_t kRewriteFromBytes = uint64_t{1} << 20;

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
  auto opened = Journal::Open(files, directory);
  if (!opened.ok()) return opened.status();
  std::unique_ptr<EngineFiles> engine(new EngineFiles());
  const MutexLock guard(engine->mutex_);
  for (size_t i = 0; i < opened->records.size(); ++i) {
    if (engine->metadata_.Apply(opened->records[i])) continue;
    return absl::DataLossError(
        "the directory " + QuotedPath(directory) +
        " cannot be read, and nothing was changed: " + Metadata::NotApplied(i));
  }
  auto blocks = BlockFiles::Open(files, directory, options.disk_budget_bytes, *std::move(lock));
  if (!blocks.ok()) return blocks.status();
  engine->blocks_ = *std::move(blocks);
  engine->journal_ = std::move(opened->journal);
  engine->rewrite_at_bytes_ = RewriteAt(engine->journal_->size_bytes());
  report->is_new = opened->records.empty();
  report->journal_bytes_cut = opened->cut_bytes;
  report->journal_cut_reason = opened->why;
  return engine;
}

absl::Status EngineFiles::Change(std::string_view record) {
  const MutexLock lock(mutex_);
  return ChangeLocked(record);
}

absl::Status EngineFiles::ChangeLocked(std::string_view record) {
  if (!metadata_.Takes(record)) return NotFound("the stream has been deleted");
  if (absl::Status status = journal_->Append(record); !status.ok()) return status;
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
  return ChangeLocked(Metadata::SetOptions(stream, changed));
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
  return metadata_.last_uid();
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
  Checkpoint saved;
  const auto at = found->checkpoints.find({std::string(key.group), key.shard_id.index()});
  if (at != found->checkpoints.end()) saved = {at->second.position, at->second.epoch};
  if (absl::Status status = CheckReplaces(key, saved, checkpoint, expected_epoch); !status.ok()) {
    return status;
  }
  return ChangeLocked(Metadata::SaveCheckpoint(stream, key.group, key.shard_id.index(),
                                               {checkpoint.position, checkpoint.epoch}));
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
