// What a stream keeps in the engine's directory, and how it is made again of that.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/engine_files.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {
namespace {

absl::StatusOr<std::shared_ptr<const Partitioner>> FindPartitioner(const StoredStream& stream,
                                                                   const EngineOptions& options) {
  const std::string& name = stream.options.partitioner;
  if (auto known = StreamCore::KnownPartitioner(name)) return known;
  for (const auto& given : options.partitioners) {
    if (given != nullptr && given->name() == name) return given;
  }
  return NotFound("stream " + Quoted(stream.name) + " of the directory was made with partitioner " +
                  Quoted(name) + ", which is not in EngineOptions::partitioners");
}

absl::Status Lost(const StoredStream& stream, std::string_view what) {
  return absl::DataLossError("stream " + Quoted(stream.name) +
                             " cannot be recovered: " + std::string(what));
}

std::vector<ShardId> IdsOf(const std::vector<uint32_t>& indices) {
  std::vector<ShardId> ids;
  for (const uint32_t index : indices) ids.emplace_back(index);
  return ids;
}
std::vector<uint32_t> IndicesOf(const std::vector<ShardId>& ids) {
  std::vector<uint32_t> indices;
  for (const ShardId id : ids) indices.push_back(id.index());
  return indices;
}

// The checkpoints of a stream in the directory.
class DirectoryCheckpoints final : public CheckpointStore {
 public:
  DirectoryCheckpoints(EngineFiles& files, uint64_t stream) : files_(files), stream_(stream) {}

  absl::StatusOr<Checkpoint> Load(const CheckpointKey& key) override {
    return files_.LoadCheckpoint(stream_, key);
  }
  absl::Status Save(const CheckpointKey& key, const Checkpoint& checkpoint,
                    uint64_t expected_epoch) override {
    return files_.SaveCheckpoint(stream_, key, checkpoint, expected_epoch);
  }

 private:
  EngineFiles& files_;
  const uint64_t stream_;
};

}  // namespace

// --- What is journaled ---------------------------------------------------------------------------

StoredShard StreamCore::Stored(const ShardCore& shard) {
  const ShardIdentity& identity = shard.identity();
  StoredShard stored;
  stored.id = identity.id.index();
  stored.log_uid = shard.uid();
  stored.start = identity.range.start();
  stored.end = identity.range.end();
  stored.parents = IndicesOf(identity.parents);
  stored.created_s = identity.created_s;
  stored.opened_ms = shard.opened_ms();
  return stored;
}

StoredClosing StreamCore::StoredClosingOf(ShardId id, const std::vector<ShardId>& children,
                                          const ShardClosing& closing) {
  return {id.index(), IndicesOf(children), closing.closed_s, closing.closed_ms};
}

absl::Status StreamCore::SaveNew(std::map<std::string, std::string> properties) {
  StoredStream stream;
  stream.properties = std::move(properties);
  stream.id = uid_;
  stream.name = name_;
  StoredOptions& options = stream.options;
  // Relaxed, all: nobody else has the stream yet.
  options.retention_ms = retention_ms_.load(std::memory_order_relaxed);
  options.shard_capacity_bytes = limits_.capacity_bytes.load(std::memory_order_relaxed);
  options.overflow_policy = static_cast<uint8_t>(overflow_policy_);
  options.strategy = static_cast<uint8_t>(strategy_.load(std::memory_order_relaxed));  // as above
  options.keep_until_committed = keep_until_committed_;
  options.durability = static_cast<uint8_t>(durability_);
  options.partitioner = partitioner_->name();
  for (const ShardPtr& shard : ListedShards()) {
    stream.shards[shard->identity().id.index()] = Stored(*shard);
  }
  stream.next_shard_index = static_cast<uint32_t>(stream.shards.size());
  return engine_->files()->Change(Metadata::CreateStream(stream), /*sync=*/survives_power());
}

absl::Status StreamCore::SaveDeleted() {
  return engine_->files()->Change(Metadata::DeleteStream(uid_));
}

std::shared_ptr<CheckpointStore> StreamCore::CheckpointsInDirectory() {
  if (!is_durable()) return nullptr;
  return std::make_shared<DirectoryCheckpoints>(*engine_->files(), uid_);
}

absl::Status StreamCore::SaveClosed(Millis now_ms) {
  StoredReshard end{/*is_closed=*/true, next_shard_index_, {}, {}};
  {
    const MutexLock layout(layout_mutex_);
    for (const ShardPtr& shard : open_) {
      end.closed.push_back(
          StoredClosingOf(shard->identity().id, {}, ClosingForGood(*shard, now_ms)));
    }
  }
  return engine_->files()->Change(Metadata::Reshard(uid_, end));
}

absl::Status StreamCore::SaveReshard(std::span<const ShardPtr> opened,
                                     std::vector<StoredClosing> closed) {
  StoredReshard reshard{/*is_closed=*/false, next_shard_index_, {}, std::move(closed)};
  for (const ShardPtr& shard : opened) reshard.opened.push_back(Stored(*shard));
  return engine_->files()->Change(Metadata::Reshard(uid_, reshard));
}

absl::Status StreamCore::SaveOptions(const std::function<void(StoredOptions&)>& change) {
  return is_durable() ? engine_->files()->ChangeOptions(uid_, change) : absl::OkStatus();
}

// --- Recovery ------------------------------------------------------------------------------------

absl::StatusOr<std::shared_ptr<StreamCore>> StreamCore::Restore(
    std::shared_ptr<EngineCore> engine, const StoredStream& stored, const EngineOptions& options,
    std::map<uint64_t, std::vector<FoundSegment>>* found, RecoveryReport* report) {
  StreamOptions of_stream;
  of_stream.retention = absl::Milliseconds(stored.options.retention_ms);
  of_stream.shard_capacity_bytes = stored.options.shard_capacity_bytes;
  of_stream.overflow_policy = static_cast<OverflowPolicy>(stored.options.overflow_policy);
  of_stream.record_distribution_strategy =
      static_cast<RecordDistributionStrategy>(stored.options.strategy);
  of_stream.keep_until_committed = stored.options.keep_until_committed;
  of_stream.durability = static_cast<Durability>(stored.options.durability);
  auto partitioner = FindPartitioner(stored, options);
  if (!partitioner.ok()) return partitioner.status();
  of_stream.partitioner = *std::move(partitioner);
  if (absl::Status status = Validate(stored.name, of_stream); !status.ok()) {
    return Lost(stored, FromAbsl(status.message()));
  }
  if (!stored.covers_all_keys()) {
    return Lost(stored, "its open shards do not cover the hash keys once each");
  }
  std::shared_ptr<StreamCore> stream(
      new StreamCore(std::move(engine), stored.name, of_stream, stored.id));
  absl::Status status = stream->RestoreShards(stored, found, report);
  if (!status.ok()) {
    stream->Leave();
    return status;
  }
  return stream;
}

absl::Status StreamCore::GoOn(const StoredStream& stored, RecoveryReport* report) {
  if (engine_->files()->power_was_lost()) {
    if (!survives_power()) report->emptied_streams.push_back(stored.name);
    if (absl::Status status = RenewShards(); !status.ok()) return status;
  }
  RestoreGroups(stored);
  // What has expired meanwhile, and nothing that groups have committed: there is room.
  TrimExpired(/*wait=*/true, absl::InfiniteFuture(), /*for_room=*/false);
  return absl::OkStatus();
}

absl::Status StreamCore::RestoreShards(const StoredStream& stored,
                                       std::map<uint64_t, std::vector<FoundSegment>>* found,
                                       RecoveryReport* report) {
  const MutexLock reshard(reshard_mutex_);
  next_shard_index_ = stored.next_shard_index;
  Shards shards;
  std::vector<ShardPtr> open;
  std::vector<ClosedShard> closed;
  absl::Status status;
  for (const auto& [id, stored_shard] : stored.shards) {
    auto shard = RestoreShard(stored, stored_shard, found, report);
    if (!shard.ok()) {
      status = shard.status();
      break;
    }
    ++report->shards;
    if (stored_shard.is_closed) {
      closed.push_back({std::max(Millis(stored_shard.closed_ms), (*shard)->log().NewestMs()),
                        (*shard)->identity().id});
    } else {
      open.push_back(*shard);
    }
    const ShardId shard_id = (*shard)->identity().id;
    shards.emplace_hint(shards.end(), shard_id, *std::move(shard));
  }
  std::sort(open.begin(), open.end(), [](const ShardPtr& a, const ShardPtr& b) {
    return a->identity().range.start() < b->identity().range.start();
  });
  const MutexLock layout(layout_mutex_);
  // Also if it failed: who leaves the stream finds them here.
  Enlist(std::move(shards));
  if (!status.ok()) return status;
  open_ = std::move(open);
  if (stored.is_closed) {
    // Release: pairs with is_closed().
    is_closed_.store(true, std::memory_order_release);
    table_.Publish({});
  } else {
    Publish();
  }
  Retire(closed);
  return absl::OkStatus();
}

absl::StatusOr<StreamCore::ShardPtr> StreamCore::RestoreShard(
    const StoredStream& stored, const StoredShard& shard,
    std::map<uint64_t, std::vector<FoundSegment>>* found, RecoveryReport* report) {
  const ShardId id(shard.id);
  const absl::StatusOr<HashKeyRange> range = HashKeyRange::Create(shard.start, shard.end);
  if (!range.ok()) return Lost(stored, FromAbsl(range.status().message()));
  RecoveredLog recovered;
  Log* log = nullptr;
  const auto segments = found->find(shard.log_uid);
  if (segments != found->end()) {
    log = engine_->RecoverLog(name_, shard, std::move(segments->second), &recovered);
    found->erase(segments);
    if (log == nullptr) {
      return ResourceExhausted("disk_budget_bytes is less than what the directory holds; raise it");
    }
  } else if (shard.is_closed || engine_->files()->power_was_lost()) {
    // All of it had been trimmed when the process ended, and the shard was about to go; or none of
    // it was on the disk.
    log = engine_->OpenLog(pool_, name_, shard.created_s, shard.id, engine_->NowMillis(),
                           LogUid(shard.log_uid));
    if (log == nullptr) return engine_->files()->blocks()->last_error();
  } else {
    return Lost(stored, "nothing is there of " + id.ToString());
  }
  if (recovered.records + recovered.holes + recovered.damaged + recovered.cut_segments > 0) {
    report->per_shard.push_back({name_, id, recovered.records, recovered.payload_bytes,
                                 recovered.holes, recovered.damaged, recovered.cut_segments});
    report->records += recovered.records;
    report->bytes += recovered.payload_bytes;
    report->holes += recovered.holes;
    report->damaged_records += recovered.damaged;
    report->damaged_blocks += recovered.cut_segments;
  }
  auto core = std::make_shared<ShardCore>(
      shared_from_this(), *engine_,
      ShardIdentity{id, *range, IdsOf(shard.parents), shard.created_s}, log);
  core->SetOpened(shard.opened_ms);
  if (survives_power()) KeepCopies(core, engine_->files()->ExportOf(shard.log_uid));
  if (shard.is_closed) {
    core->Close(IdsOf(shard.children), {shard.closed_s, shard.closed_ms}, engine_->NowMillis());
  }
  return core;
}

absl::Status StreamCore::RenewShards() {
  const EventScope events;
  const MutexLock reshard(reshard_mutex_);
  const size_t count = OpenCount();
  return count == 0 ? absl::OkStatus() : Replace(0, count, {}).status();
}

void StreamCore::RestoreGroups(const StoredStream& stored) {
  const MutexLock lock(groups_mutex_);
  for (const auto& [key, checkpoint] : stored.checkpoints) {
    const auto& [name, shard_index] = key;
    const auto [group, is_new] = restored_groups_.try_emplace(name);
    // Sequentially consistent: as in AddGroup.
    if (is_new) group_count_.fetch_add(1, std::memory_order_seq_cst);
    const ShardPtr shard = FindListed(ShardId(shard_index));
    if (shard == nullptr) continue;
    auto hold = std::make_shared<GroupHold>(name);
    hold->committed.store(HoldOf(checkpoint.position),
                          std::memory_order_seq_cst);  // as TrimCommitted reads it
    shard->AddHold(hold);
    group->second.emplace_back(shard, std::move(hold));
  }
  ApplyRetention();
}

void StreamCore::DropRestoredGroup(std::string_view name) {
  const auto found = restored_groups_.find(name);
  if (found == restored_groups_.end()) return;
  for (const auto& [shard, hold] : found->second) shard->RemoveHold(*hold);
  restored_groups_.erase(found);
}

}  // namespace kinesis::internal
