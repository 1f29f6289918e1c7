// What a stream and its shards count.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {
namespace {

// The counts of a shard, which have to go on when it does not; not what it holds.
constexpr uint64_t ShardMetrics::*kCounts[] = {
    &ShardMetrics::incoming_records, &ShardMetrics::incoming_bytes,
    &ShardMetrics::outgoing_records, &ShardMetrics::outgoing_bytes,
    &ShardMetrics::rejected_writes,  &ShardMetrics::rejected_reads};

void AddCounts(const ShardMetrics& shard, ShardMetrics* sum) {
  for (const auto count : kCounts) sum->*count += shard.*count;
}

// Makes each count of `*sum` at least that of `*last`, which it then becomes.
void NeverBack(ShardMetrics* sum, ShardMetrics* last) {
  for (const auto count : kCounts) {
    last->*count = sum->*count = std::max(sum->*count, last->*count);
  }
}

}  // namespace

void StreamCore::KeepCounts() {
  const MutexLock counts(counts_mutex_);
  std::vector<ShardPtr> shards;
  {
    const MutexLock roster(roster_mutex_);
    shards = leaving_;
  }
  if (shards.empty()) return;
  ShardMetrics sum;
  for (const ShardPtr& shard : shards) AddCounts(shard->Metrics(), &sum);
  const MutexLock roster(roster_mutex_);
  // Others may have come behind them; or the stream has been deleted, and all are gone.
  if (leaving_.size() < shards.size()) return;
  AddCounts(sum, &kept_counts_);
  ++counts_version_;
  leaving_.erase(leaving_.begin(), leaving_.begin() + static_cast<ptrdiff_t>(shards.size()));
}

StreamMetrics StreamCore::Metrics() {
  StreamMetrics metrics;
  metrics.name = name_;
  for (bool done = false; !done;) {
    DropExpiredShards(/*wait=*/true);
    metrics.shards.clear();
    std::vector<ShardPtr> leaving;
    uint64_t version = 0;
    {
      const MutexLock roster(roster_mutex_);
      metrics.total = kept_counts_;
      leaving = leaving_;
      version = counts_version_;
    }
    for (const ShardPtr& shard : ListedShards()) {
      metrics.shards.push_back(shard->Metrics());
      AddCounts(metrics.shards.back(), &metrics.total);
    }
    for (const ShardPtr& shard : leaving) AddCounts(shard->Metrics(), &metrics.total);
    const MutexLock roster(roster_mutex_);
    done = version == counts_version_;
    // A read that ends while its shard leaves may be counted in leaving_ and not in kept_counts_.
    if (done) NeverBack(&metrics.total, &last_counts_);
  }
  for (const ShardMetrics& shard : metrics.shards) {
    ShardMetrics& total = metrics.total;
    total.is_open = total.is_open || shard.is_open;
    total.waiters += shard.waiters;
    total.iterator_age = std::max(total.iterator_age, shard.iterator_age);
    total.memory_held_bytes += shard.memory_held_bytes;
  }
  for (const auto& group : Groups()) metrics.groups.push_back(group->Metrics());
  return metrics;
}

size_t StreamCore::BookkeepingBytes() {
  // A node of the map: three pointers, a color, the key and the value.
  constexpr size_t kNodeBytes = 4 * sizeof(void*) + sizeof(ShardId) + sizeof(ShardPtr);
  const MutexLock layout(layout_mutex_);
  const size_t table_bytes = table_.memory_bytes() + open_.capacity() * sizeof(ShardPtr);
  const MutexLock roster(roster_mutex_);
  return sizeof(*this) + table_bytes + closed_.size() * sizeof(ClosedShard) +
         shards_.size() * (kNodeBytes + sizeof(ShardCore));
}

void ShardCore::AddReader(ReadCounts& counts) {
  const MutexLock lock(stream_->readers_mutex());
  counts.next = readers_;
  counts.link = &readers_;
  if (readers_ != nullptr) readers_->link = &counts.next;
  readers_ = &counts;
}

void ShardCore::RemoveReader(ReadCounts& counts) {
  const MutexLock lock(stream_->readers_mutex());
  *counts.link = counts.next;
  if (counts.next != nullptr) counts.next->link = counts.link;
  // Relaxed: its last reader is this thread, or came before it.
  CountRead(counts.records.load(std::memory_order_relaxed),
            counts.bytes.load(std::memory_order_relaxed));  // as above
}

ShardMetrics ShardCore::Metrics() {
  const LogTotals totals = log_.ComputeTotals();
  const size_t waiters = engine_.lot().CountOf(uid_);
  const MutexLock lock(stream_->readers_mutex());
  // Relaxed, all: statistics. Under the lock, so that each reader counts once.
  uint64_t outgoing_records = outgoing_records_.load(std::memory_order_relaxed);
  uint64_t outgoing_bytes = outgoing_bytes_.load(std::memory_order_relaxed);
  for (const ReadCounts* reader = readers_; reader != nullptr; reader = reader->next) {
    outgoing_records += reader->records.load(std::memory_order_relaxed);
    outgoing_bytes += reader->bytes.load(std::memory_order_relaxed);
  }
  // Relaxed, all: as above.
  return {.shard_id = identity_.id,
          .is_open = !is_closed(),
          .incoming_records = totals.records,
          .incoming_bytes = totals.payload_bytes,
          .outgoing_records = outgoing_records,
          .outgoing_bytes = outgoing_bytes,
          .rejected_writes = log_.RejectedAppends(),
          .rejected_reads = rejected_reads_.load(std::memory_order_relaxed),
          .iterator_age = absl::Milliseconds(iterator_age_ms_.load(std::memory_order_relaxed)),
          .memory_held_bytes = totals.held_bytes,
          .waiters = waiters};
}

}  // namespace kinesis::internal
