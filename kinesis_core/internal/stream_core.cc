#include "kinesis_core/internal/stream_core.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/reshard_plan.h"

namespace kinesis::internal {
namespace {

constexpr size_t kMaxNameBytes = 1024;
constexpr uint64_t kMinCapacityBytes = uint64_t{32} << 10;
constexpr absl::Duration kMinRetention = absl::Milliseconds(1);
constexpr absl::Duration kMaxRetention = absl::Hours(24 * 3650);

}  // namespace

// --- Creation ------------------------------------------------------------------------------------

absl::Status StreamCore::Validate(std::string_view name, const StreamOptions& options) {
  if (name.empty() || name.size() > kMaxNameBytes) {
    return FieldRangeError("stream name length", name.size(), "[1, 1024] bytes");
  }
  if (options.shard_count < 1 || options.shard_count > kMaxShardCount) {
    return FieldRangeError("shard_count", options.shard_count, "[1, 100000]");
  }
  if (options.shard_capacity_bytes < kMinCapacityBytes ||
      options.shard_capacity_bytes > kMaxShardCapacityBytes) {
    return FieldRangeError("shard_capacity_bytes", options.shard_capacity_bytes,
                           "[32768, 1099511627776]");
  }
  if (options.overflow_policy != OverflowPolicy::kReject &&
      options.overflow_policy != OverflowPolicy::kTrimOldest) {
    return FieldError("overflow_policy", std::to_string(static_cast<int>(options.overflow_policy)),
                      "be kReject or kTrimOldest");
  }
  if (options.durability < Durability::kMemory || options.durability > Durability::kGroup) {
    return FieldError("durability", std::to_string(static_cast<int>(options.durability)),
                      "be kMemory, kProcess, kInterval or kGroup");
  }
  if (options.durability != Durability::kMemory && options.partitioner != nullptr) {
    // The next engine finds it by its name.
    const std::string_view partitioner = options.partitioner->name();
    const auto known = KnownPartitioner(partitioner);
    if (known != nullptr && known != options.partitioner) {
      return FieldError("partitioner", partitioner,
                        "have a name of its own in a stream that is kept in a directory");
    }
  }
  if (options.keep_until_committed && options.overflow_policy == OverflowPolicy::kTrimOldest) {
    return FieldError("overflow_policy", "kTrimOldest",
                      "be kReject with keep_until_committed, which keeps what kTrimOldest lets go");
  }
  absl::Status strategy = ValidateStrategy(options.record_distribution_strategy);
  if (!strategy.ok()) return strategy;
  return ValidateRetention(options.retention);
}

std::shared_ptr<const Partitioner> StreamCore::KnownPartitioner(std::string_view name) {
  for (auto& known : {Md5Partitioner(), Xxh3Partitioner()}) {
    if (known->name() == name) return known;
  }
  return nullptr;
}

absl::Status StreamCore::ValidateStrategy(RecordDistributionStrategy strategy) {
  if (strategy == RecordDistributionStrategy::kAuto ||
      strategy == RecordDistributionStrategy::kUserPartitionKey) {
    return absl::OkStatus();
  }
  return FieldError("record_distribution_strategy", std::to_string(static_cast<int>(strategy)),
                    "be kAuto or kUserPartitionKey");
}

absl::Status StreamCore::ValidateRetention(absl::Duration retention) {
  if (retention < kMinRetention || retention > kMaxRetention) {
    return FieldRangeError("retention", FromAbsl(absl::FormatDuration(retention)), "[1ms, 87600h]");
  }
  if (absl::Trunc(retention, absl::Milliseconds(1)) != retention) {
    return FieldError("retention", FromAbsl(absl::FormatDuration(retention)),
                      "be a whole number of milliseconds");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<StreamCore>> StreamCore::Create(std::shared_ptr<EngineCore> engine,
                                                               std::string name,
                                                               const StreamOptions& options) {
  auto ranges = HashKeyRange::Uniform(options.shard_count);
  if (!ranges.ok()) return ranges.status();
  std::shared_ptr<StreamCore> stream(new StreamCore(std::move(engine), std::move(name), options));
  const MutexLock reshard(stream->reshard_mutex_);
  const Millis now_ms = stream->engine_->NowMillis();
  std::vector<ShardPtr> open;
  Shards shards;
  for (const HashKeyRange& range : *ranges) {
    auto shard = stream->OpenShard({ShardId(), range, {}, SecondsOf(now_ms)});
    if (!shard.ok()) return shard.status();
    (*shard)->SetOpened(now_ms);
    shards.emplace_hint(shards.end(), (*shard)->identity().id, *shard);
    open.push_back(*std::move(shard));
  }
  const MutexLock layout(stream->layout_mutex_);
  stream->Enlist(std::move(shards));
  stream->open_ = std::move(open);
  stream->Publish();
  return stream;
}

StreamCore::StreamCore(std::shared_ptr<EngineCore> engine, std::string name,
                       const StreamOptions& options, uint64_t uid)
    : engine_(std::move(engine)),
      name_(std::move(name)),
      uid_(uid == 0 ? engine_->NewUid() : uid),
      durability_(options.durability),
      pool_(engine_->PoolFor(durability_)),
      partitioner_(options.partitioner == nullptr ? Md5Partitioner() : options.partitioner),
      overflow_policy_(options.overflow_policy),
      keep_until_committed_(options.keep_until_committed),
      strategy_(options.record_distribution_strategy),
      retention_ms_(absl::ToInt64Milliseconds(options.retention)) {
  // Relaxed, all: the stream is published by the lock that its creator holds.
  limits_.capacity_bytes.store(options.shard_capacity_bytes, std::memory_order_relaxed);
  limits_.retention_ms.store(absl::ToInt64Milliseconds(options.retention),
                             std::memory_order_relaxed);
  limits_.trim_oldest.store(overflow_policy_ == OverflowPolicy::kTrimOldest,
                            std::memory_order_relaxed);
}

// --- Shards --------------------------------------------------------------------------------------

absl::StatusOr<StreamCore::ShardPtr> StreamCore::OpenShard(ShardIdentity identity) {
  if (is_deleted()) return DeletedError();  // which need not wait for the rest of a long plan
  if (next_shard_index_ > ShardId::kMaxIndex) {
    return ResourceExhausted("stream " + Quoted(name_) + " has used all 2147483648 shard ids");
  }
  identity.id = ShardId(next_shard_index_);
  Log* const log =
      engine_->OpenLog(pool_, name_, identity.created_s, identity.id.index(), engine_->NowMillis());
  if (log == nullptr) {
    if (is_durable() && !engine_->files()->blocks()->last_error().ok()) {
      return engine_->files()->blocks()->last_error();
    }
    return ResourceExhausted("the system has no memory for another shard");
  }
  ++next_shard_index_;
  auto shard = std::make_shared<ShardCore>(shared_from_this(), *engine_, std::move(identity), log);
  if (survives_power()) KeepCopies(shard, LogExport<StdAtomics>());
  return shard;
}

void StreamCore::Publish() {
  std::vector<Table::Shard> rows;
  rows.reserve(open_.size());
  if (is_frozen()) return table_.Publish({});
  for (const ShardPtr& shard : open_) {
    rows.push_back({shard->identity().range.start(), {&shard->log(), shard->uid()}});
  }
  table_.Publish(rows);
}

// --- Resharding ----------------------------------------------------------------------------------

// A plan on its way: what is known of each shard of it, by place.
struct StreamCore::Reshard {
  ReshardPlan plan;
  std::vector<ShardPtr> shards;  // the present ones, then those that were opened
  std::vector<std::vector<ShardId>> children;
  std::vector<ShardClosing> closings;  // of those with children
  size_t present = 0;
  Millis now_ms;  // when the present ones that are replaced are closed

  bool IsReplaced(size_t place) const { return !children[place].empty(); }
  void Close(size_t place) const { shards[place]->Close(children[place], closings[place], now_ms); }
  StoredClosing StoredClosingOf(size_t place) const {
    return StreamCore::StoredClosingOf(shards[place]->identity().id, children[place],
                                       closings[place]);
  }

  // Requires: there is an observer.
  void Tell(const EngineCore& engine, const std::string& stream) const {
    ReshardEvent event{stream, {}, {}};
    for (size_t place = 0; place < present; ++place) {
      if (IsReplaced(place)) event.closed.push_back(shards[place]->identity().id);
    }
    for (const uint32_t place : plan.open) {
      if (place >= present) event.opened.push_back(shards[place]->identity().id);
    }
    EventScope::Tell(engine.observer(), [event](Observer& observer) { observer.OnReshard(event); });
  }
};

absl::Status StreamCore::OpenPlanned(Reshard* reshard) {
  const uint32_t first_id = next_shard_index_;
  const size_t count = reshard->present + reshard->plan.opened.size();
  reshard->shards.reserve(count);
  reshard->children.resize(count);
  reshard->closings.resize(count);
  const uint64_t now_s = SecondsOf(engine_->NowMillis());
  for (const ReshardPlan::Opened& opened : reshard->plan.opened) {
    ShardIdentity identity;
    identity.range = opened.range;
    uint64_t closed_s = now_s;
    for (const uint32_t parent : ReshardPlan::ParentsOf(opened)) {
      const ShardIdentity& of_parent = reshard->shards[parent]->identity();
      identity.parents.push_back(of_parent.id);
      closed_s = std::max(closed_s, of_parent.created_s);
    }
    identity.created_s = closed_s + 1;  // one after the parents' closing, as in Kinesis
    absl::StatusOr<ShardPtr> shard = OpenShard(std::move(identity));
    if (!shard.ok()) {
      next_shard_index_ = first_id;  // nobody has seen the ids
      return shard.status();
    }
    for (const uint32_t parent : ReshardPlan::ParentsOf(opened)) {
      reshard->children[parent].push_back((*shard)->identity().id);
      reshard->closings[parent].closed_s = closed_s;
    }
    reshard->shards.push_back(*std::move(shard));
  }
  // Taken as late as this: records come to the parents meanwhile.
  reshard->now_ms = engine_->NowMillis();
  for (size_t i = 0; i < reshard->plan.opened.size(); ++i) {
    const auto parents = ReshardPlan::ParentsOf(reshard->plan.opened[i]);
    int64_t closed_ms = reshard->now_ms;
    for (const uint32_t parent : parents) {
      closed_ms = std::max(closed_ms, reshard->shards[parent]->opened_ms());
    }
    for (const uint32_t parent : parents) reshard->closings[parent].closed_ms = closed_ms;
    reshard->shards[reshard->present + i]->SetOpened(closed_ms);
  }
  for (size_t place = reshard->present; place < count; ++place) {
    if (reshard->IsReplaced(place)) reshard->Close(place);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ShardId>> StreamCore::Replace(size_t first, size_t count,
                                                         std::span<const HashKeyRange> ranges) {
  Reshard reshard;
  {
    const MutexLock layout(layout_mutex_);
    const auto begin = open_.begin() + static_cast<ptrdiff_t>(first);
    reshard.shards.assign(begin, begin + static_cast<ptrdiff_t>(count));
  }
  std::vector<HashKeyRange> present;
  present.reserve(count);
  for (const ShardPtr& shard : reshard.shards) present.push_back(shard->identity().range);
  reshard.present = count;
  reshard.plan = ranges.empty() ? PlanSuccessors(present) : PlanReshard(present, ranges);
  if (absl::Status status = OpenPlanned(&reshard); !status.ok()) return status;
  if (is_durable() && !reshard.plan.opened.empty()) {
    std::vector<StoredClosing> closed;
    for (size_t place = 0; place < reshard.shards.size(); ++place) {
      if (reshard.IsReplaced(place)) closed.push_back(reshard.StoredClosingOf(place));
    }
    const std::span<const ShardPtr> added(reshard.shards);
    if (absl::Status status = SaveReshard(added.subspan(count), std::move(closed)); !status.ok()) {
      next_shard_index_ -= static_cast<uint32_t>(added.size() - count);  // nobody has seen the ids
      // If the journal may have them nevertheless, what they need is found there (F1).
      if (!engine_->files()->journal_failure().ok()) {
        for (const ShardPtr& shard : added.subspan(count)) shard->StayInFiles();
      }
      return status;
    }
  }

  std::vector<ShardPtr> open;
  std::vector<ShardId> ids;
  for (const uint32_t place : reshard.plan.open) {
    open.push_back(reshard.shards[place]);
    ids.push_back(open.back()->identity().id);
  }
  if (reshard.plan.opened.empty()) return ids;
  Shards opened;
  for (size_t place = count; place < reshard.shards.size(); ++place) {
    const ShardPtr& shard = reshard.shards[place];
    opened.emplace_hint(opened.end(), shard->identity().id, shard);
  }

  {
    const MutexLock layout(layout_mutex_);
    Enlist(std::move(opened));
    const auto begin = open_.begin() + static_cast<ptrdiff_t>(first);
    open.insert(open.begin(), open_.begin(), begin);
    open.insert(open.end(), begin + static_cast<ptrdiff_t>(count), open_.end());
    open_.swap(open);
    Publish();
    for (size_t place = 0; place < count; ++place) {
      if (reshard.IsReplaced(place)) reshard.Close(place);
    }
  }
  std::vector<ClosedShard> closed;
  for (size_t place = 0; place < reshard.shards.size(); ++place) {
    if (!reshard.IsReplaced(place)) continue;
    ShardCore& shard = *reshard.shards[place];
    // Its newest record is younger than now if the clock was set back.
    closed.push_back(
        {std::max(reshard.now_ms, shard.log().NewestMs()).value(), shard.identity().id});
  }
  Retire(closed);
  if (engine_->observer() != nullptr) reshard.Tell(*engine_, name_);
  engine_->WakePuts();
  TellLayout();
  return ids;
}

absl::StatusOr<StreamCore::OpenPlace> StreamCore::FindOpen(ShardId id) {
  if (absl::Status status = CheckTakesRecords(); !status.ok()) return status;
  const ShardPtr listed = FindListed(id);
  if (listed == nullptr) {
    return NotFound("shard " + id.ToString() + " is not in stream " + Quoted(name_));
  }
  const HashKeyRange range = listed->identity().range;
  const MutexLock layout(layout_mutex_);
  const auto place = std::lower_bound(
      open_.begin(), open_.end(), range.start(),
      [](const ShardPtr& shard, HashKey key) { return shard->identity().range.start() < key; });
  if (place == open_.end() || (*place)->identity().id != id) {
    return FailedPrecondition("shard " + id.ToString() + " of stream " + Quoted(name_) +
                              " is closed; it has been split or merged");
  }
  return OpenPlace{static_cast<size_t>(place - open_.begin()), range};
}

absl::StatusOr<std::vector<ShardId>> StreamCore::Split(ShardId id, const HashKey* new_start) {
  const EventScope events;
  const MutexLock reshard(reshard_mutex_);
  DropExpiredShards(/*wait=*/true);
  const auto parent = FindOpen(id);
  if (!parent.ok()) return parent.status();
  const HashKeyRange range = parent->range;
  const HashKey upper = new_start == nullptr ? range.Midpoint() : *new_start;
  if (upper <= range.start() || upper > range.end()) {
    return OutOfRange("new starting hash key " + upper.ToString() +
                      " must be above the start and at " + "most the end of the range of shard " +
                      id.ToString() + ", " + range.ToString());
  }
  const HashKeyRange halves[] = {*HashKeyRange::Create(range.start(), upper.Prev()),
                                 *HashKeyRange::Create(upper, range.end())};
  return Replace(parent->place, 1, halves);
}

absl::StatusOr<ShardId> StreamCore::Merge(ShardId one, ShardId other) {
  const EventScope events;
  const MutexLock reshard(reshard_mutex_);
  DropExpiredShards(/*wait=*/true);
  auto lower = FindOpen(one);
  if (!lower.ok()) return lower.status();
  auto upper = FindOpen(other);
  if (!upper.ok()) return upper.status();
  if (lower->place > upper->place) std::swap(lower, upper);
  if (upper->place != lower->place + 1) {
    return InvalidArgument("shards " + one.ToString() + " and " + other.ToString() + " of stream " +
                           Quoted(name_) +
                           " are not neighbours; only adjacent open shards can merge");
  }
  const auto whole = HashKeyRange::Create(lower->range.start(), upper->range.end());
  auto child = Replace(lower->place, 2, {&*whole, 1});
  if (!child.ok()) return child.status();
  return child->front();
}

absl::Status StreamCore::ReshardUniformly(int64_t shard_count) {
  if (shard_count < 1 || shard_count > kMaxShardCount) {
    return FieldRangeError("shard_count", shard_count, "[1, 100000]");
  }
  const auto targets = HashKeyRange::Uniform(shard_count);
  if (!targets.ok()) return targets.status();
  const EventScope events;
  const MutexLock reshard(reshard_mutex_);
  if (absl::Status status = CheckTakesRecords(); !status.ok()) return status;
  DropExpiredShards(/*wait=*/true);
  return Replace(0, OpenCount(), *targets).status();
}

// --- Settings ------------------------------------------------------------------------------------

absl::Status StreamCore::SetStrategy(RecordDistributionStrategy strategy) {
  if (absl::Status status = ValidateStrategy(strategy); !status.ok()) return status;
  if (absl::Status status = CheckTakesRecords(); !status.ok()) return status;
  const MutexLock settings(settings_mutex_);
  absl::Status saved = SaveOptions(
      [strategy](StoredOptions& options) { options.strategy = static_cast<uint8_t>(strategy); });
  if (!saved.ok()) return saved;
  // Relaxed: a put that whoever called this knows to come after it sees it; publishes nothing.
  strategy_.store(strategy, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Duration StreamCore::retention() const {
  // Relaxed: publishes nothing.
  return absl::Milliseconds(retention_ms_.load(std::memory_order_relaxed));
}

absl::Status StreamCore::SetRetention(absl::Duration retention) {
  if (absl::Status status = ValidateRetention(retention); !status.ok()) return status;
  if (is_deleted()) return DeletedError();
  {
    const MutexLock settings(settings_mutex_);
    absl::Status saved = SaveOptions([retention](StoredOptions& options) {
      options.retention_ms = absl::ToInt64Milliseconds(retention);
    });
    if (!saved.ok()) return saved;
    const MutexLock groups(groups_mutex_);
    // Relaxed: as in ApplyRetention.
    retention_ms_.store(absl::ToInt64Milliseconds(retention), std::memory_order_relaxed);
    ApplyRetention();
  }
  TrimExpired(/*wait=*/true, absl::InfiniteFuture(), /*for_room=*/false);
  // Also if nothing has expired yet: it may expire earlier than those who wait for it think.
  engine_->WakePuts();
  return absl::OkStatus();
}

int64_t StreamCore::TrimExpired(absl::Time deadline) {
  return TrimExpired(/*wait=*/true, deadline, /*for_room=*/true);
}

void StreamCore::TryTrimExpired() {
  TrimExpired(/*wait=*/false, absl::InfiniteFuture(), /*for_room=*/true);
}

int64_t StreamCore::TrimExpired(bool wait, absl::Time deadline, bool for_room) {
  DropExpiredShards(wait);
  const Millis now_ms = engine_->NowMillis();
  const int64_t retention_ms = RetentionMs();
  Millis oldest_ms(INT64_MAX);
  for (std::vector<ShardPtr> shards; NextListed(wait, &shards);) {
    for (const ShardPtr& shard : shards) {
      shard->log().TrimExpired(now_ms - retention_ms, now_ms);
      if (for_room) shard->TrimCommitted(wait);
      oldest_ms = std::min(oldest_ms, shard->log().OldestSegmentMs());
    }
    if (shards.size() == kRosterSteps && engine_->clock().Now() >= deadline) break;
  }
  // A record that would expire after the end of time never does.
  const bool never = oldest_ms >= kLatestMillis - retention_ms;
  return never ? INT64_MAX : oldest_ms + retention_ms + 1;
}

// --- The end -------------------------------------------------------------------------------------

ShardClosing StreamCore::ClosingForGood(const ShardCore& shard, Millis now_ms) {
  return {std::max(SecondsOf(now_ms), shard.identity().created_s),
          std::max(now_ms.value(), shard.opened_ms())};
}

void StreamCore::CloseForGood(ShardCore& shard, Millis now_ms) {
  shard.Close({}, ClosingForGood(shard, now_ms), now_ms);
}

absl::Status StreamCore::Close() {
  const EventScope events;
  const MutexLock reshard(reshard_mutex_);
  if (is_deleted()) return DeletedError();
  if (is_closed()) return absl::OkStatus();
  const Millis now_ms = engine_->NowMillis();
  if (is_durable()) {
    if (absl::Status status = SaveClosed(now_ms); !status.ok()) return status;
  }
  // Release: pairs with is_closed().
  is_closed_.store(true, std::memory_order_release);
  std::vector<ClosedShard> closed;
  {
    const MutexLock layout(layout_mutex_);
    table_.Publish({});
    for (const ShardPtr& shard : open_) {
      CloseForGood(*shard, now_ms);
      // As in Replace.
      closed.push_back({std::max(now_ms, shard->log().NewestMs()), shard->identity().id});
    }
    open_.clear();
  }
  Retire(closed);
  if (engine_->observer() != nullptr) {
    EventScope::Tell(engine_->observer(),
                     [name = name_](Observer& observer) { observer.OnStreamClosed(name); });
  }
  engine_->WakePuts();
  TellLayout();
  return absl::OkStatus();
}

void StreamCore::Delete() { End(/*leaves_files=*/false); }

void StreamCore::Leave() { End(/*leaves_files=*/true); }

void StreamCore::End(bool leaves_files) {
  const EventScope events;
  // Go after the locks, and with the last of them perhaps this stream.
  Shards shards;
  std::vector<ShardPtr> leaving;
  RestoredGroups restored_groups;
  // Release: pairs with is_deleted(). Before the lock: it ends a reshard that is being prepared.
  if (deleted_.exchange(true, std::memory_order_acq_rel)) return;
  const MutexLock reshard(reshard_mutex_);
  {
    const MutexLock layout(layout_mutex_);
    table_.Publish({});
    open_.clear();
    const MutexLock roster(roster_mutex_);
    shards.swap(shards_);
    closed_ = {};
    leaving.swap(leaving_);
  }
  std::map<std::string, std::shared_ptr<GroupHook>, std::less<>> groups;
  {
    const MutexLock lock(groups_mutex_);
    groups.swap(groups_);
    restored_groups.swap(restored_groups_);
  }
  const Millis now_ms = engine_->NowMillis();
  for (const auto& [id, shard] : shards) {
    if (!shard->is_closed()) CloseForGood(*shard, now_ms);
    engine_->ForgetLog(shard->log());
    if (leaves_files) {
      // So that the headers say where the log begins: who has copies of what is before it knows
      // that it is not lost (BlockScrub).
      if (survives_power()) shard->log().TrimBefore(shard->log().Oldest().index, now_ms);
      shard->StayInFiles();
    } else {
      shard->log().TrimBefore(shard->log().EndIndex(), now_ms);
    }
  }
  engine_->WakePuts();
  TellLayout();
  for (const auto& [name, group] : groups) group->OnRemoved();
}

}  // namespace kinesis::internal
