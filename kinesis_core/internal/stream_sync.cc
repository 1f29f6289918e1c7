// How what is put to a stream comes to the disk, where it is to survive a loss of power.
#include <string>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/engine_files.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {
namespace {

// What a put says of a round that found no space: not kResourceExhausted, which means that nothing
// was stored, and that the put is to be made again.
absl::Status OfPut(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return status;
  return Unavailable(
      "the record is in its stream, and not on the disk yet; the next put or Stream::Sync tries "
      "again: " +
      std::string(FromAbsl(status.message())));
}

}  // namespace

void StreamCore::KeepCopies(const ShardPtr& shard, LogExport<StdAtomics> exported) {
  engine_->files()->group_commit()->Add(shard, durability_ == Durability::kInterval,
                                        std::move(exported));
}

uint64_t StreamCore::MarkForSync(LogUid uid) {
  return durability_ == Durability::kGroup ? engine_->files()->group_commit()->Mark(uid) : 0;
}

absl::Status StreamCore::SyncMarked(uint64_t round, Millis now_ms) {
  GroupCommit& commit = *engine_->files()->group_commit();
  return OfPut(durability_ == Durability::kGroup ? commit.Wait(round) : commit.CommitIfDue(now_ms));
}

absl::Status StreamCore::Sync() {
  if (is_deleted()) return DeletedError();
  if (!survives_power()) {
    return FailedPrecondition("stream " + Quoted(name_) +
                              " is of Durability::" + (is_durable() ? "kProcess" : "kMemory") +
                              ", which does not wait for the disk; make it with kInterval or "
                              "kGroup");
  }
  GroupCommit& commit = *engine_->files()->group_commit();
  uint64_t round = 0;
  for (std::vector<ShardPtr> shards; NextListed(/*wait=*/true, &shards);) {
    for (const ShardPtr& shard : shards) round = commit.Mark(shard->uid());
  }
  if (absl::Status status = commit.Wait(round); !status.ok()) return status;
  return engine_->files()->SyncChanges();
}

void StreamCore::Freeze() {
  const MutexLock layout(layout_mutex_);
  // Release: pairs with is_frozen(), which whoever finds no route asks.
  is_frozen_.store(true, std::memory_order_release);
  table_.Publish({});
}

}  // namespace kinesis::internal
