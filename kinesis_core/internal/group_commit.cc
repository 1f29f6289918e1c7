#include "kinesis_core/internal/group_commit.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "kinesis_core/internal/shard_core.h"

namespace kinesis::internal {
namespace {

// The write-ahead log is made smaller when it has so many files, and takes so many times what it
// needs to.
constexpr size_t kCompactFromFiles = 4;
constexpr uint64_t kCompactFactor = 2;

// A disk that was very slow once says little of the next round.
constexpr std::chrono::milliseconds kMostPatience(10);

}  // namespace

void GroupCommit::Add(const std::shared_ptr<ShardCore>& shard, bool at_intervals,
                      LogExport<StdAtomics> exported) {
  auto source = std::make_shared<Source>(Source{.uid = shard->uid(),
                                                .shard = shard,
                                                .at_intervals = at_intervals,
                                                .exported = std::move(exported)});
  const std::lock_guard<std::mutex> lock(mutex_);
  sources_[shard->uid()] = std::move(source);
  if (sources_.size() < sweep_at_) return;
  std::erase_if(sources_, [](const auto& entry) { return entry.second->shard.expired(); });
  sweep_at_ = std::max(kSweepFrom, 2 * sources_.size());
}

uint64_t GroupCommit::Mark(LogUid uid) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t round = begun_ + 1;
  // Most puts go where the last one went.
  if (!marked_.empty() && marked_.back()->uid == uid) return round;
  const auto found = sources_.find(uid);
  // One that is not there has gone, and its records with it.
  if (found != sources_.end()) MarkFor(round, found->second);
  return round;
}

uint64_t GroupCommit::MarkAll() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t round = begun_ + 1;
  all_marked_ = true;  // and with these the metadata
  for (const auto& [uid, source] : sources_) {
    if (!source->at_intervals) MarkFor(round, source);
  }
  return round;
}

void GroupCommit::MarkFor(uint64_t round, const SourcePtr& source) {
  if (std::exchange(source->marked_for, round) != round) marked_.push_back(source);
}

absl::Status GroupCommit::Wait(uint64_t round) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (begun_ < round) {
    ++gathered_;
  } else if (ended_ < round) {
    ++members_;
  }
  while (ended_ < round && !has_failed_) {
    // Then the round that it leads is this one: no later one could have been asked for.
    if (!is_led_ && (trust_ == 0 || IsGathered())) return Lead(lock);
    if (begun_ < round && !has_heir_) {
      if (WaitAsHeir(lock)) return Lead(lock);
    } else {
      ends_[round % 2].wait(lock);
    }
  }
  if (well_ >= round) return absl::OkStatus();
  return has_failed_ ? failure_ : last_;
}

void GroupCommit::Learn() {
  constexpr uint64_t kRoundsBetweenTrials = 64;
  if (trust_ == 0) {
    trust_ = begun_ % kRoundsBetweenTrials == 0 ? 1 : 0;  // the round after this one
  } else if (expected_ > 1) {
    const bool have_come = gathered_ >= expected_ - expected_ / 4;
    trust_ = have_come ? std::min(trust_ + 1, kMostTrust) : std::max(trust_ - 2, 0);
  }
}

bool GroupCommit::WaitAsHeir(std::unique_lock<std::mutex>& lock) {
  has_heir_ = true;
  const uint64_t ended = ended_;
  const auto has_ended = [this, ended] { return ended_ != ended; };
  if (is_led_) {
    heir_.wait(lock, has_ended);
    return false;
  }
  if (heir_.wait_for(lock, patience_, has_ended)) return false;
  if (!is_led_) return true;
  heir_.wait(lock, has_ended);
  return false;
}

absl::Status GroupCommit::CommitDue(Millis now_ms) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (has_failed_) return failure_;
  if (is_led_) return absl::OkStatus();
  all_marked_ = true;
  // Relaxed: see CommitIfDue.
  last_round_ms_.store(now_ms, std::memory_order_relaxed);
  absl::Status status = Lead(lock);
  if (!status.ok()) {
    // Relaxed: as above. The next put tries again.
    last_round_ms_.store(now_ms.value() - options_.interval_ms, std::memory_order_relaxed);
  }
  return status;
}

void GroupCommit::KeepFiles() {
  const std::lock_guard<std::mutex> lock(mutex_);
  keeps_files_ = true;
}

absl::Status GroupCommit::failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

absl::Status GroupCommit::Lead(std::unique_lock<std::mutex>& lock) {
  is_led_ = true;
  const uint64_t round = ++begun_;
  Learn();
  members_ = std::exchange(gathered_, 0);
  bool wakes_heir = std::exchange(has_heir_, false);
  std::vector<SourcePtr> sources = std::move(marked_);
  marked_.clear();
  const bool all = std::exchange(all_marked_, false);
  if (all) {
    for (const auto& [uid, source] : sources_) {
      if (source->at_intervals) sources.push_back(source);
    }
  }
  lock.unlock();
  const auto begin = std::chrono::steady_clock::now();
  absl::Status status = RunRound(sources, all);
  const bool has_failed = !status.ok() && !absl::IsResourceExhausted(status);
  if (has_failed) Fail(status);  // before anybody is told (S3)
  const auto took = std::chrono::steady_clock::now() - begin;
  lock.lock();
  is_led_ = false;
  ended_ = round;
  expected_ = members_ + gathered_;
  patience_ = std::min<std::chrono::nanoseconds>(took / 2, kMostPatience);
  if (status.ok()) {
    well_ = round;
  } else if (has_failed) {
    has_failed_ = true;
  } else {
    // What they had is in the hands of the write-ahead log, but for the metadata.
    all_marked_ |= all;
  }
  last_ = status;
  wakes_heir |= std::exchange(has_heir_, false);
  // Unlocked, so that they need not wait again for the lock.
  lock.unlock();
  ends_[round % 2].notify_all();
  if (has_failed) ends_[(round + 1) % 2].notify_all();
  if (wakes_heir) heir_.notify_all();
  return status;
}

void GroupCommit::Fail(const absl::Status& why) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = why;
  }
  if (on_failure_) on_failure_();
}

absl::Status GroupCommit::RunRound(const std::vector<SourcePtr>& sources, bool with_metadata) {
  for (const SourcePtr& source : sources) {
    const std::shared_ptr<ShardCore> shard = source->shard.lock();
    if (shard != nullptr) Copy(*shard, &source->exported);
  }
  if (absl::Status status = log_->Sync(); !status.ok()) return status;
  if (with_metadata) {
    if (absl::Status status = options_.sync_metadata(); !status.ok()) return status;
  }
  if (absl::Status status = options_.metadata_failure(); !status.ok()) return status;
  return LetFilesGo();
}

void GroupCommit::Copy(ShardCore& shard, LogExport<StdAtomics>* exported) {
  shard.log().Export(exported, [this](const LogExtent& extent) { return log_->Add(extent); });
}

absl::Status GroupCommit::LetFilesGo() {
  if (log_->files().size() == files_looked_at_) return absl::OkStatus();
  while (log_->files().size() > 1) {
    const auto live = LiveIn(log_->files().front());
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (keeps_files_) break;
    }
    if (!live.empty()) {
      if (!ShouldCompact()) break;
      for (const auto& [shard, range] : live) {
        LogExport<StdAtomics> again(range.first, {}, range.end);
        Copy(*shard, &again);
      }
      // In a newer file, on the disk, before this one is let go (S4).
      absl::Status status = log_->Sync();
      if (absl::IsResourceExhausted(status)) break;  // what was put is on the disk; it can wait
      if (!status.ok()) return status;
    }
    log_->Forget();
    if (!live.empty()) break;  // one in a round
  }
  files_looked_at_ = log_->files().size();
  return absl::OkStatus();
}

std::vector<std::pair<std::shared_ptr<ShardCore>, WriteAheadLog::IndexRange>> GroupCommit::LiveIn(
    const WriteAheadLog::FileInfo& file) {
  std::vector<std::pair<std::shared_ptr<ShardCore>, WriteAheadLog::IndexRange>> live;
  for (const auto& [uid, range] : file.of_log) {
    SourcePtr source;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto found = sources_.find(uid);
      if (found != sources_.end()) source = found->second;
    }
    auto shard = source == nullptr ? nullptr : source->shard.lock();
    if (shard != nullptr && shard->log().Oldest().index < range.end) {
      live.emplace_back(std::move(shard), range);
    }
  }
  return live;
}

bool GroupCommit::ShouldCompact() {
  if (log_->files().size() < kCompactFromFiles) return false;
  uint64_t held_bytes = 0;
  std::vector<SourcePtr> sources;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [uid, source] : sources_) sources.push_back(source);
  }
  for (const SourcePtr& source : sources) {
    const auto shard = source->shard.lock();
    if (shard != nullptr) held_bytes += shard->log().HeldBytes();
  }
  return log_->size_bytes() > kCompactFactor * held_bytes + kCompactFromFiles * options_.file_bytes;
}

}  // namespace kinesis::internal
