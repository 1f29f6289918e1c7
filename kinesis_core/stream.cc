#include "kinesis_core/stream.h"

#include "kinesis_core/internal/stream_core.h"

namespace kinesis {

absl::StatusOr<PutResult> Stream::Put(const Record& record) { return core_->Put(record); }

absl::StatusOr<PutResult> Stream::Put(const Record& record, absl::Time deadline) {
  absl::StatusOr<PutResult> result = core_->Put(record);
  if (!absl::IsResourceExhausted(result.status())) return result;
  const absl::Status status = core_->engine().RetryForRoom(deadline, [this, &record, &result] {
    result = core_->Put(record);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

std::vector<absl::StatusOr<PutResult>> Stream::PutBatch(std::span<const Record> records) {
  std::vector<absl::StatusOr<PutResult>> results;
  core_->PutBatch(records, &results);
  return results;
}

void Stream::PutBatch(std::span<const Record> records,
                      std::vector<absl::StatusOr<PutResult>>* results) {
  core_->PutBatch(records, results);
}

absl::StatusOr<PutResult> Stream::PutAt(HashKey key, const Record& record) {
  return core_->PutAt(key, record);
}

void Stream::PutBatchAt(std::span<const HashKey> keys, std::span<const Record> records,
                        std::vector<absl::StatusOr<PutResult>>* results) {
  core_->PutBatchAt(keys, records, results);
}

RecordDistributionStrategy Stream::record_distribution_strategy() const {
  return core_->strategy();
}

absl::Status Stream::SetRecordDistributionStrategy(RecordDistributionStrategy strategy) {
  return core_->SetStrategy(strategy);
}

std::vector<Shard> Stream::ListShards() const {
  std::vector<Shard> shards;
  for (auto& core : core_->ListShards()) shards.push_back(Shard(std::move(core)));
  return shards;
}

absl::StatusOr<Shard> Stream::FindShard(ShardId id) const {
  auto core = core_->FindShard(id);
  if (!core.ok()) return core.status();
  return Shard(*std::move(core));
}

HashKey Stream::HashKeyOf(const Record& record) const { return core_->HashOf(record); }

absl::StatusOr<ShardId> Stream::OpenShardOf(HashKey key) const { return core_->OpenShardOf(key); }

absl::StatusOr<std::vector<ShardId>> Stream::SplitShard(ShardId id) {
  return core_->Split(id, nullptr);
}

absl::StatusOr<std::vector<ShardId>> Stream::SplitShard(ShardId id, HashKey new_start) {
  return core_->Split(id, &new_start);
}

absl::StatusOr<ShardId> Stream::MergeShards(ShardId one, ShardId other) {
  return core_->Merge(one, other);
}

absl::Status Stream::ReshardUniformly(int64_t shard_count) {
  return core_->ReshardUniformly(shard_count);
}

absl::Status Stream::Close() { return core_->Close(); }

bool Stream::is_closed() const { return core_->is_closed(); }

absl::Duration Stream::retention() const { return core_->retention(); }

absl::Status Stream::SetRetention(absl::Duration retention) {
  return core_->SetRetention(retention);
}

const std::string& Stream::name() const { return core_->name(); }

}  // namespace kinesis
