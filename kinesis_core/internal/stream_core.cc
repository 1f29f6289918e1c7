#include "kinesis_core/internal/stream_core.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "kinesis_core/internal/check.h"
#include "kinesis_core/internal/status.h"

namespace kinesis::internal {
namespace {

constexpr size_t kMaxNameBytes = 1024;
constexpr uint64_t kMinCapacityBytes = uint64_t{32} << 10;
constexpr uint64_t kMaxCapacityBytes = uint64_t{1} << 40;
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
      options.shard_capacity_bytes > kMaxCapacityBytes) {
    return FieldRangeError("shard_capacity_bytes", options.shard_capacity_bytes,
                           "[32768, 1099511627776]");
  }
  if (options.overflow_policy != OverflowPolicy::kReject &&
      options.overflow_policy != OverflowPolicy::kTrimOldest) {
    return FieldError("overflow_policy", std::to_string(static_cast<int>(options.overflow_policy)),
                      "be kReject or kTrimOldest");
  }
  absl::Status strategy = ValidateStrategy(options.record_distribution_strategy);
  if (!strategy.ok()) return strategy;
  return ValidateRetention(options.retention);
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
  const MutexLock lock(stream->mutex_);
  const uint64_t created_s = SecondsOf(stream->engine_->NowMillis());
  for (const HashKeyRange& range : *ranges) {
    auto shard = stream->OpenShard(range, {}, created_s);
    if (!shard.ok()) {
      stream->open_.clear();
      stream->shards_.clear();
      return shard.status();
    }
    stream->open_.push_back(*shard);
    stream->shards_.emplace((*shard)->identity().id, *shard);
  }
  stream->Publish();
  return stream;
}

StreamCore::StreamCore(std::shared_ptr<EngineCore> engine, std::string name,
                       const StreamOptions& options)
    : engine_(std::move(engine)),
      name_(std::move(name)),
      partitioner_(options.partitioner == nullptr ? Md5Partitioner() : options.partitioner),
      overflow_policy_(options.overflow_policy),
      strategy_(options.record_distribution_strategy) {
  // Relaxed, all: the stream is published by the lock that its creator holds.
  limits_.capacity_bytes.store(options.shard_capacity_bytes, std::memory_order_relaxed);
  limits_.retention_ms.store(absl::ToInt64Milliseconds(options.retention),
                             std::memory_order_relaxed);
  limits_.trim_oldest.store(overflow_policy_ == OverflowPolicy::kTrimOldest,
                            std::memory_order_relaxed);
}

// --- Shards --------------------------------------------------------------------------------------

absl::StatusOr<StreamCore::ShardPtr> StreamCore::OpenShard(const HashKeyRange& range,
                                                           std::vector<ShardId> parents,
                                                           uint64_t created_s) {
  if (next_shard_index_ > ShardId::kMaxIndex) {
    return ResourceExhausted("stream " + Quoted(name_) + " has used all 2147483648 shard ids");
  }
  const ShardId id(next_shard_index_);
  Log* const log = engine_->OpenLog(created_s, id.index(), engine_->NowMillis());
  if (log == nullptr) return ResourceExhausted("the system has no memory for another shard");
  ++next_shard_index_;
  return std::make_shared<ShardCore>(shared_from_this(), *engine_,
                                     ShardIdentity{id, range, std::move(parents), created_s}, log);
}

void StreamCore::Publish() {
  std::vector<Table::Shard> rows;
  rows.reserve(open_.size());
  for (const ShardPtr& shard : open_) {
    rows.push_back({shard->identity().range.start(), {&shard->log(), shard->uid()}});
  }
  table_.Publish(rows);
}

absl::StatusOr<std::vector<ShardId>> StreamCore::Replace(size_t first, size_t count,
                                                         std::span<const HashKeyRange> ranges) {
  const auto begin = open_.begin() + static_cast<ptrdiff_t>(first);
  const std::vector<ShardPtr> parents(begin, begin + static_cast<ptrdiff_t>(count));
  std::vector<ShardId> parent_ids;
  uint64_t closed_s = SecondsOf(engine_->NowMillis());
  for (const ShardPtr& parent : parents) {
    parent_ids.push_back(parent->identity().id);
    closed_s = std::max(closed_s, parent->identity().created_s);
  }
  // The children's creation second is one after the parents' closing, as in Kinesis; it runs ahead
  // of the clock while shards are replaced more than once a second.
  const uint32_t first_child = next_shard_index_;
  std::vector<ShardPtr> children;
  std::vector<ShardId> child_ids;
  for (const HashKeyRange& range : ranges) {
    auto child = OpenShard(range, parent_ids, closed_s + 1);
    if (!child.ok()) {
      next_shard_index_ = first_child;  // nobody has seen the ids
      return child.status();
    }
    child_ids.push_back((*child)->identity().id);
    children.push_back(*std::move(child));
  }
  for (const ShardPtr& child : children) shards_.emplace(child->identity().id, child);
  const auto gap = open_.erase(begin, begin + static_cast<ptrdiff_t>(count));
  open_.insert(gap, children.begin(), children.end());
  Publish();
  const int64_t now_ms = engine_->NowMillis();
  for (const ShardPtr& parent : parents) {
    parent->Close(child_ids, closed_s, now_ms);
    // Not before its newest record, which is younger than now if the clock was set back.
    closed_.push_back({parent->identity().id, std::max(now_ms, parent->log().NewestMs())});
  }
  engine_->OnRoom();
  return child_ids;
}

absl::StatusOr<size_t> StreamCore::FindOpen(ShardId id) {
  if (is_deleted()) return DeletedError();
  const auto listed = shards_.find(id);
  if (listed == shards_.end()) {
    return NotFound("shard " + id.ToString() + " is not in stream " + Quoted(name_));
  }
  const HashKey start = listed->second->identity().range.start();
  const auto place = std::lower_bound(
      open_.begin(), open_.end(), start,
      [](const ShardPtr& shard, HashKey key) { return shard->identity().range.start() < key; });
  if (place == open_.end() || (*place)->identity().id != id) {
    return FailedPrecondition("shard " + id.ToString() + " of stream " + Quoted(name_) +
                              " is closed; it has been split or merged");
  }
  return static_cast<size_t>(place - open_.begin());
}

absl::StatusOr<std::vector<ShardId>> StreamCore::Split(ShardId id, const HashKey* new_start) {
  const MutexLock lock(mutex_);
  DropExpiredShards();
  const auto place = FindOpen(id);
  if (!place.ok()) return place.status();
  const HashKeyRange range = open_[*place]->identity().range;
  const HashKey upper = new_start == nullptr ? range.Midpoint() : *new_start;
  if (upper <= range.start() || upper > range.end()) {
    return OutOfRange("new starting hash key " + upper.ToString() +
                      " must be above the start and at " + "most the end of the range of shard " +
                      id.ToString() + ", " + range.ToString());
  }
  const HashKeyRange halves[] = {*HashKeyRange::Create(range.start(), upper.Prev()),
                                 *HashKeyRange::Create(upper, range.end())};
  return Replace(*place, 1, halves);
}

absl::StatusOr<ShardId> StreamCore::Merge(ShardId one, ShardId other) {
  const MutexLock lock(mutex_);
  DropExpiredShards();
  const auto first = FindOpen(one);
  if (!first.ok()) return first.status();
  const auto second = FindOpen(other);
  if (!second.ok()) return second.status();
  const size_t lower = std::min(*first, *second);
  if (std::max(*first, *second) != lower + 1) {
    return InvalidArgument("shards " + one.ToString() + " and " + other.ToString() + " of stream " +
                           Quoted(name_) +
                           " are not neighbours; only adjacent open shards can merge");
  }
  const auto whole = HashKeyRange::Create(open_[lower]->identity().range.start(),
                                          open_[lower + 1]->identity().range.end());
  auto child = Replace(lower, 2, {&*whole, 1});
  if (!child.ok()) return child.status();
  return child->front();
}

absl::Status StreamCore::SplitAt(size_t place, HashKey new_start) {
  const HashKeyRange range = open_[place]->identity().range;
  const HashKeyRange parts[] = {*HashKeyRange::Create(range.start(), new_start.Prev()),
                                *HashKeyRange::Create(new_start, range.end())};
  return Replace(place, 1, parts).status();
}

// Sweeps from the lowest key up. open_[i] starts where the i-th target range does; it is merged
// with its neighbour, split first if that reaches too far, until it ends where the target does.
// This gives the shard ids that Kinesis was seen to give for 4 -> 3.
absl::Status StreamCore::ReshardUniformly(int64_t shard_count) {
  if (shard_count < 1 || shard_count > kMaxShardCount) {
    return FieldRangeError("shard_count", shard_count, "[1, 100000]");
  }
  const auto targets = HashKeyRange::Uniform(shard_count);
  if (!targets.ok()) return targets.status();
  const MutexLock lock(mutex_);
  if (is_deleted()) return DeletedError();
  DropExpiredShards();
  for (size_t i = 0; i < targets->size(); ++i) {
    const HashKey end = (*targets)[i].end();
    for (;;) {
      const HashKeyRange present = open_[i]->identity().range;
      if (present.end() == end) break;
      absl::Status status;
      if (present.end() > end) {
        status = SplitAt(i, end.Next());
      } else if (open_[i + 1]->identity().range.end() > end) {
        status = SplitAt(i + 1, end.Next());
      } else {
        const auto whole =
            HashKeyRange::Create(present.start(), open_[i + 1]->identity().range.end());
        status = Replace(i, 2, {&*whole, 1}).status();
      }
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<StreamCore::ShardPtr> StreamCore::FindShard(ShardId id) {
  const MutexLock lock(mutex_);
  if (is_deleted()) return DeletedError();
  DropExpiredShards();
  const auto found = shards_.find(id);
  if (found == shards_.end()) {
    return NotFound("shard " + id.ToString() + " is not in stream " + Quoted(name_) +
                    "; it never was, or it is closed and its records have expired");
  }
  return found->second;
}

std::vector<StreamCore::ShardPtr> StreamCore::ListShards() {
  const MutexLock lock(mutex_);
  DropExpiredShards();
  std::vector<ShardPtr> shards;
  shards.reserve(shards_.size());
  for (const auto& [id, shard] : shards_) shards.push_back(shard);
  return shards;
}

std::vector<ShardMetrics> StreamCore::Metrics() {
  std::vector<ShardMetrics> metrics;
  for (const ShardPtr& shard : ListShards()) metrics.push_back(shard->Metrics());
  return metrics;
}

size_t StreamCore::BookkeepingBytes() {
  // A node of the map: three pointers, a color, the key and the value.
  constexpr size_t kNodeBytes = 4 * sizeof(void*) + sizeof(ShardId) + sizeof(ShardPtr);
  const MutexLock lock(mutex_);
  return sizeof(*this) + table_.memory_bytes() + open_.capacity() * sizeof(ShardPtr) +
         shards_.size() * (kNodeBytes + sizeof(ShardCore));
}

// --- Settings ------------------------------------------------------------------------------------

absl::Status StreamCore::SetStrategy(RecordDistributionStrategy strategy) {
  if (absl::Status status = ValidateStrategy(strategy); !status.ok()) return status;
  const MutexLock lock(mutex_);
  if (is_deleted()) return DeletedError();
  // Relaxed: a put that whoever called this knows to come after it sees it; publishes nothing.
  strategy_.store(strategy, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Duration StreamCore::retention() const { return absl::Milliseconds(RetentionMs()); }

absl::Status StreamCore::SetRetention(absl::Duration retention) {
  if (absl::Status status = ValidateRetention(retention); !status.ok()) return status;
  const MutexLock lock(mutex_);
  if (is_deleted()) return DeletedError();
  // Relaxed: takes effect at each look; publishes nothing.
  limits_.retention_ms.store(absl::ToInt64Milliseconds(retention), std::memory_order_relaxed);
  TrimExpiredLocked();
  return absl::OkStatus();
}

int64_t StreamCore::TrimExpired() {
  const MutexLock lock(mutex_);
  return TrimExpiredLocked();
}

void StreamCore::TryTrimExpired() {
  if (!mutex_.TryLock()) return;
  TrimExpiredLocked();
  mutex_.Unlock();
}

int64_t StreamCore::TrimExpiredLocked() {
  const int64_t now_ms = engine_->NowMillis();
  const int64_t retention_ms = RetentionMs();
  int64_t oldest_ms = INT64_MAX;
  for (const auto& [id, shard] : shards_) {
    shard->log().TrimExpired(now_ms - retention_ms, now_ms);
    oldest_ms = std::min(oldest_ms, shard->log().OldestSegmentMs());
  }
  DropExpiredShards();
  return oldest_ms == INT64_MAX ? INT64_MAX : oldest_ms + retention_ms + 1;
}

// A closed shard is listed until the retention period after its closing is over: then all its
// records have expired, and Kinesis calls it EXPIRED and forgets it as well.
void StreamCore::DropExpiredShards() {
  const int64_t now_ms = engine_->NowMillis();
  const int64_t cutoff_ms = now_ms - RetentionMs();
  while (!closed_.empty() && closed_.front().closed_ms < cutoff_ms) {
    const auto shard = shards_.find(closed_.front().id);
    // A handle may keep the shard; its memory goes.
    shard->second->log().TrimExpired(cutoff_ms, now_ms);
    shards_.erase(shard);
    closed_.pop_front();
  }
}

void StreamCore::Delete() {
  std::map<ShardId, ShardPtr> shards;
  {
    const MutexLock lock(mutex_);
    // Release: pairs with is_deleted().
    if (deleted_.exchange(true, std::memory_order_acq_rel)) return;
    table_.Publish({});
    open_.clear();
    closed_.clear();
    shards.swap(shards_);
    const int64_t now_ms = engine_->NowMillis();
    for (const auto& [id, shard] : shards) {
      if (!shard->is_closed()) shard->Close({}, SecondsOf(now_ms), now_ms);
      shard->log().TrimBefore(shard->log().EndIndex(), now_ms);
    }
  }
  // The shards, and with the last of them perhaps this stream, go after the lock.
}

ShardMetrics ShardCore::Metrics() {
  const Log::Totals totals = log_.ComputeTotals();
  // Relaxed, all: statistics.
  return {.shard_id = identity_.id,
          .incoming_records = totals.records,
          .incoming_bytes = totals.payload_bytes,
          .outgoing_records = outgoing_records_.load(std::memory_order_relaxed),
          .outgoing_bytes = outgoing_bytes_.load(std::memory_order_relaxed),
          .rejected_writes = log_.RejectedAppends(),
          .rejected_reads = rejected_reads_.load(std::memory_order_relaxed),
          .iterator_age = absl::Milliseconds(iterator_age_ms_.load(std::memory_order_relaxed)),
          .memory_held_bytes = totals.held_bytes};
}

}  // namespace kinesis::internal
