#include "kinesis_core/internal/engine_core.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {

EngineCore::EngineCore(const EngineOptions& options, std::unique_ptr<EngineFiles> files)
    : clock_(options.clock == nullptr ? SystemClock() : *options.clock),
      is_system_clock_(&clock_ == &SystemClock()),
      observer_(options.observer),
      sleepers_(std::make_shared<Sleepers>(*this)),
      pool_(new Pool({.budget_bytes = options.memory_budget_bytes,
                      .cache_bytes = options.memory_cache_bytes,
                      .listener = sleepers_.get(),
                      .listener_owner = sleepers_})),
      files_(std::move(files)),
      file_pool_(files_ == nullptr ? nullptr
                                   : new Pool({.budget_bytes = options.disk_budget_bytes,
                                               .cache_bytes = options.memory_cache_bytes,
                                               .listener = sleepers_.get(),
                                               .listener_owner = sleepers_,
                                               .store = files_->blocks()})) {}

EngineCore::~EngineCore() = default;

absl::Status EngineCore::Recover(const EngineOptions& options, RecoveryReport* report) {
  uint64_t damaged_headers = 0;
  auto found = files_->blocks()->Find(&damaged_headers);
  report->damaged_blocks += damaged_headers;
  {
    const MutexLock lock(log_mutex_);
    last_uid_ = std::max(last_uid_, files_->last_uid());
    // Also those of logs that no journal names: their headers may be there until a later crash.
    if (!found.empty()) last_uid_ = std::max(last_uid_, found.rbegin()->first);
  }
  const std::vector<StoredStream> all = files_->Streams();
  std::vector<std::shared_ptr<StreamCore>> streams;
  for (const StoredStream& stored : all) {
    auto stream = StreamCore::Restore(shared_from_this(), stored, options, &found, report);
    if (!stream.ok()) return stream.status();
    ++report->streams;
    streams.push_back(*stream);
    const MutexLock lock(mutex_);
    streams_.emplace(stored.name, *std::move(stream));
  }
  // What is left was a stream's that has been deleted, or a shard's that never came to be (F1).
  for (const auto& [uid, segments] : found) {
    for (const FoundSegment& segment : segments) {
      reinterpret_cast<SegmentHeader<StdAtomics>*>(segment.header)->Clear();
    }
  }
  if (absl::Status status = files_->blocks()->FreeTheRest(); !status.ok()) return status;
  files_->group_commit()->SetOnFailure([this] { FreezeStreams(); });
  // Behind that: what goes here goes through the pool, which would have it twice.
  for (size_t i = 0; i < streams.size(); ++i) {
    if (absl::Status status = streams[i]->GoOn(all[i], report); !status.ok()) return status;
  }
  if (absl::Status status = files_->SetRecovered(); !status.ok()) return status;
  return files_->CommitFound();
}

void EngineCore::FreezeStreams() {
  for (const auto& stream : Streams()) {
    if (stream->survives_power()) stream->Freeze();
  }
  WakePuts();
}

absl::StatusOr<std::shared_ptr<StreamCore>> EngineCore::CreateStream(std::string_view name,
                                                                     const StreamOptions& options,
                                                                     Properties properties) {
  if (absl::Status status = StreamCore::Validate(name, options); !status.ok()) return status;
  if (options.durability == Durability::kMemory) return MakeStream(name, options, {});
  if (files_ == nullptr) {
    return FieldError("durability", std::to_string(static_cast<int>(options.durability)),
                      "be kMemory in an engine without EngineOptions::directory");
  }
  if (options.durability >= Durability::kInterval) {
    if (absl::Status status = files_->CheckSurvivesPower(); !status.ok()) return status;
    if (absl::Status status = files_->group_commit()->failure(); !status.ok()) return status;
  }
  const MutexLock directory(directory_mutex_);
  return MakeStream(name, options, std::move(properties));
}

absl::StatusOr<std::shared_ptr<StreamCore>> EngineCore::MakeStream(std::string_view name,
                                                                   const StreamOptions& options,
                                                                   Properties properties) {
  const auto exists = [name] {
    return AlreadyExists("stream " + Quoted(name) + " exists; open it, or delete it first");
  };
  {
    const MutexLock lock(mutex_);
    if (streams_.contains(name)) return exists();
  }
  // Its shards may be many, and nobody waits for them: the name goes to whoever has them first.
  absl::StatusOr<std::shared_ptr<StreamCore>> stream =
      StreamCore::Create(shared_from_this(), std::string(name), options);
  if (!stream.ok()) return stream;
  if ((*stream)->is_durable()) {
    // Before anybody can put to it (F1).
    if (absl::Status status = (*stream)->SaveNew(std::move(properties)); !status.ok()) {
      // If the journal may have it nevertheless, what it needs is found there (F1).
      if (files_->journal_failure().ok()) {
        (*stream)->Delete();
      } else {
        (*stream)->Leave();
      }
      return status;
    }
  }
  bool is_made = false;
  {
    const MutexLock lock(mutex_);
    is_made = streams_.emplace(name, *stream).second;
  }
  if (!is_made) {
    if ((*stream)->is_durable()) (*stream)->SaveDeleted().IgnoreError();
    (*stream)->Delete();
    return exists();
  }
  if (observer_ != nullptr) {
    EventScope::Tell(observer_, [stream = std::string(name)](Observer& observer) {
      observer.OnStreamCreated(stream);
    });
  }
  return stream;
}

void EngineCore::Delete(StreamCore& stream) {
  stream.Delete();
  if (observer_ == nullptr) return;
  EventScope::Tell(observer_,
                   [name = stream.name()](Observer& observer) { observer.OnStreamDeleted(name); });
}

absl::StatusOr<std::shared_ptr<StreamCore>> EngineCore::OpenStream(std::string_view name) {
  const MutexLock lock(mutex_);
  const auto found = streams_.find(name);
  if (found == streams_.end()) {
    return NotFound("stream " + Quoted(name) + " does not exist; create it first");
  }
  return found->second;
}

absl::Status EngineCore::DeleteStream(std::string_view name) {
  std::shared_ptr<StreamCore> stream;
  {
    const MutexLock lock(mutex_);
    const auto found = streams_.find(name);
    if (found != streams_.end()) stream = found->second;
  }
  // Another thread may delete it meanwhile, which is the one that did.
  const auto take_out = [&]() -> absl::Status {
    const MutexLock lock(mutex_);
    const auto found = streams_.find(name);
    if (stream == nullptr || found == streams_.end() || found->second != stream) {
      return NotFound("stream " + Quoted(name) + " does not exist; nothing was deleted");
    }
    streams_.erase(found);
    return absl::OkStatus();
  };
  absl::Status status;
  if (stream != nullptr && stream->is_durable()) {
    const MutexLock directory(directory_mutex_);
    // Before its logs go (F3). kNotFound if another thread was first.
    status = stream->SaveDeleted();
    if (status.ok()) status = take_out();
  } else {
    status = take_out();
  }
  if (status.ok()) Delete(*stream);
  return status;
}

void EngineCore::EndAllStreams() {
  // What this does not bring to the disk, for what reason ever, is in the blocks.
  if (files_ != nullptr) files_->CommitAll().IgnoreError();
  for (;;) {
    std::shared_ptr<StreamCore> stream;
    {
      const MutexLock lock(mutex_);
      if (streams_.empty()) break;
      stream = std::move(streams_.begin()->second);
      streams_.erase(streams_.begin());
    }
    if (stream->is_durable()) {
      stream->Leave();
    } else {
      Delete(*stream);
    }
  }
  if (files_ != nullptr) files_->SetClosed().IgnoreError();
}

std::vector<std::shared_ptr<StreamCore>> EngineCore::Streams() {
  std::vector<std::shared_ptr<StreamCore>> streams;
  const MutexLock lock(mutex_);
  streams.reserve(streams_.size());
  for (const auto& [name, stream] : streams_) streams.push_back(stream);
  return streams;
}

std::vector<std::string> EngineCore::ListStreams() {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  names.reserve(streams_.size());
  for (const auto& [name, stream] : streams_) names.push_back(name);
  return names;
}

EngineMetrics EngineCore::Metrics() {
  // A segment that was trimmed under a producer's hands, and is free by now, does not count as
  // held.
  RecycleCommitted();
  EngineMetrics metrics;
  metrics.memory_budget_bytes = pool_->options().budget_bytes;
  metrics.memory_held_bytes = pool_->held_bytes();
  metrics.memory_cached_bytes = pool_->cached_bytes();
  const Millis now_ms = NowMillis();
  Pool::Pinned pinned = pool_->ComputePinned(now_ms);
  metrics.memory_pinned_bytes = pinned.bytes;
  metrics.bookkeeping_bytes = pool_->control_bytes();
  if (file_pool_ != nullptr) {
    metrics.disk_budget_bytes = file_pool_->options().budget_bytes;
    metrics.disk_held_bytes = file_pool_->held_bytes();
    metrics.disk_cached_bytes = file_pool_->cached_bytes();
    const Pool::Pinned in_files = file_pool_->ComputePinned(now_ms);
    metrics.disk_pinned_bytes = in_files.bytes;
    pinned.since_ms = std::min(pinned.since_ms, in_files.since_ms);
    metrics.bookkeeping_bytes += file_pool_->control_bytes();
  }
  metrics.oldest_pin_age = absl::Milliseconds(std::max<int64_t>(now_ms - pinned.since_ms, 0));
  metrics.waiting_puts = lot().CountOf(ParkingLot::kRoomKey);
  {
    const MutexLock lock(log_mutex_);
    metrics.bookkeeping_bytes += logs_.size() * sizeof(Log);
  }
  for (const auto& stream : Streams()) {
    metrics.streams.push_back(stream->Metrics());
    metrics.bookkeeping_bytes += stream->BookkeepingBytes();
  }
  return metrics;
}

Log* EngineCore::TakeLog() {
  if (free_logs_.empty()) free_logs_.push_back(&logs_.emplace_back());
  Log* const log = free_logs_.back();
  free_logs_.pop_back();
  return log;
}

Log* EngineCore::OpenLog(Pool& pool, const std::string& stream, uint64_t shard_created_s,
                         uint32_t shard_index, Millis now_ms, LogUid uid) {
  Log* log = nullptr;
  {
    const MutexLock lock(log_mutex_);
    log = TakeLog();
    if (uid == 0) uid = LogUid(++last_uid_);
    if (observer_ != nullptr) log_owners_[uid] = {stream, ShardId(shard_index)};
  }
  if (log->Open(pool, uid, shard_created_s, shard_index, now_ms)) return log;
  const MutexLock lock(log_mutex_);
  log_owners_.erase(uid);
  free_logs_.push_back(log);
  return nullptr;
}

Log* EngineCore::RecoverLog(const std::string& stream, const StoredShard& shard,
                            std::vector<FoundSegment> found, RecoveredLog* recovered) {
  const LogUid uid(shard.log_uid);
  Log* log = nullptr;
  {
    const MutexLock lock(log_mutex_);
    log = TakeLog();
    if (observer_ != nullptr) log_owners_[uid] = {stream, ShardId(shard.id)};
  }
  *recovered = log->Recover(*file_pool_, uid, std::move(found));
  return recovered->found && !recovered->out_of_budget ? log : nullptr;
}

uint64_t EngineCore::NewUid() {
  const MutexLock lock(log_mutex_);
  return ++last_uid_;
}

void EngineCore::ForgetLog(const Log& log) {
  if (observer_ == nullptr) return;
  const MutexLock lock(log_mutex_);
  log_owners_.erase(log.uid());
}

void EngineCore::OnTrim(LogUid uid, TrimCause cause, uint64_t records) {
  if (observer_ == nullptr) return;
  TrimEvent event;
  {
    const MutexLock lock(log_mutex_);
    const auto owner = log_owners_.find(uid);
    if (owner == log_owners_.end()) return;
    event = {owner->second.stream, owner->second.shard, cause, records};
  }
  EventScope::Tell(observer_, [event](Observer& observer) { observer.OnTrim(event); });
}

void EngineCore::FreeLog(Log* log) {
  ForgetLog(*log);
  log->Release();
  const MutexLock lock(log_mutex_);
  free_logs_.push_back(log);
}

void EngineCore::AbandonLog(Log* log) {
  ForgetLog(*log);
  log->Abandon();
}

void EngineCore::RecycleCommitted() {
  pool_->RecycleCommitted();
  if (file_pool_ != nullptr) file_pool_->RecycleCommitted();
}

bool EngineCore::HasUncommitted() const {
  return pool_->HasUncommitted() || (file_pool_ != nullptr && file_pool_->HasUncommitted());
}

int64_t EngineCore::ReclaimExpired(absl::Time deadline) {
  RecycleCommitted();
  int64_t next_ms = INT64_MAX;
  for (const auto& stream : Streams()) {
    next_ms = std::min(next_ms, stream->TrimExpired(deadline));
    if (clock_.Now() >= deadline) break;
  }
  return next_ms;
}

void EngineCore::TryReclaimExpired() {
  const int64_t now_ms = NowMillis();
  // Relaxed: only keeps puts from sweeping again and again; sweeping once more would do no harm.
  if (last_reclaim_ms_.exchange(now_ms, std::memory_order_relaxed) == now_ms) return;
  RecycleCommitted();
  for (const auto& stream : Streams()) stream->TryTrimExpired();
}

// A put for RoomWaiters.
class EngineCore::WaitingPut {
 public:
  WaitingPut(EngineCore& engine, absl::Time deadline, const std::function<absl::Status()>& attempt)
      : engine_(engine), deadline_(deadline), attempt_(attempt) {}

  bool Try() {
    status_ = attempt_();
    return !absl::IsResourceExhausted(status_);
  }
  void Reclaim() { next_ms_ = engine_.ReclaimExpired(deadline_); }
  bool IsLate() const { return engine_.clock_.Now() >= deadline_; }
  void Sleep(WaitEvent& event) const {
    engine_.clock_.Wait(event, std::min(deadline_, engine_.LookForRoomAgain(next_ms_)));
  }

  const absl::Status& status() const { return status_; }

 private:
  EngineCore& engine_;
  const absl::Time deadline_;
  const std::function<absl::Status()>& attempt_;
  absl::Status status_;
  int64_t next_ms_ = INT64_MAX;  // when more will have expired
};

absl::Status EngineCore::RetryForRoom(absl::Time deadline,
                                      const std::function<absl::Status()>& attempt) {
  WaitingPut put(*this, deadline, attempt);
  if (sleepers_->room_waiters.Retry(put)) return put.status();
  return NoRoomError(put.status());
}

absl::Time EngineCore::LookForRoomAgain(int64_t next_ms) const {
  const int64_t soon_ms = NowMillis() + 1;
  // Nobody is told when a segment that was set aside can be recycled.
  const int64_t at_ms = HasUncommitted() ? soon_ms : std::max(next_ms, soon_ms);
  return at_ms == INT64_MAX ? absl::InfiniteFuture() : absl::FromUnixMillis(at_ms);
}

absl::Status EngineCore::NoRoomError(const absl::Status& refusal) {
  return DeadlineExceeded("no room before the deadline: " +
                          std::string(FromAbsl(refusal.message())));
}

void Sleepers::OnShortage() { engine_.TryReclaimExpired(); }

void Sleepers::OnTrim(LogUid uid, TrimCause cause, uint64_t records) {
  engine_.OnTrim(uid, cause, records);
}

}  // namespace kinesis::internal
