#include "kinesis_core/stream.h"

#include <type_traits>
#include <utility>

#include "kinesis_core/internal/stream_core.h"

namespace kinesis {
namespace {

// Calls `attempt` until it finds room, and until `deadline` at the most.
template <class Attempt>
std::invoke_result_t<Attempt> PutForRoom(internal::StreamCore& core, absl::Time deadline,
                                         Attempt attempt) {
  auto result = attempt();
  if (!absl::IsResourceExhausted(result.status())) return result;
  const absl::Status status = core.engine().RetryForRoom(deadline, [&attempt, &result] {
    result = attempt();
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

}  // namespace

absl::StatusOr<PutResult> Stream::Put(const Record& record) { return core_->Put(record); }

absl::StatusOr<PutResult> Stream::Put(const Record& record, absl::Time deadline) {
  return PutForRoom(*core_, deadline, [this, &record] { return core_->Put(record); });
}

absl::StatusOr<Reservation> Stream::Reserve(std::string_view partition_key, size_t data_bytes,
                                            std::optional<HashKey> explicit_hash_key) {
  absl::StatusOr<Reservation> result{Reservation()};
  absl::Status status =
      core_->Reserve({.partition_key = partition_key, .explicit_hash_key = explicit_hash_key},
                     data_bytes, &result->record_, &result->place_);
  if (status.ok()) [[likely]] {
    result->stream_ = core_;
  } else {
    result = std::move(status);
  }
  return result;
}

absl::StatusOr<Reservation> Stream::Reserve(std::string_view partition_key, size_t data_bytes,
                                            std::optional<HashKey> explicit_hash_key,
                                            absl::Time deadline) {
  return PutForRoom(*core_, deadline,
                    [&] { return Reserve(partition_key, data_bytes, explicit_hash_key); });
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

std::vector<FailedPut> Stream::PutMany(std::span<const Record> records,
                                       std::vector<PutRange>* ranges) {
  return core_->PutMany(records, ranges);
}

absl::StatusOr<PutResult> Stream::PutAt(HashKey key, const Record& record) {
  return core_->PutAt(key, record);
}

void Stream::PutBatchAt(std::span<const HashKey> keys, std::span<const Record> records,
                        std::vector<absl::StatusOr<PutResult>>* results) {
  core_->PutBatchAt(keys, records, results);
}

absl::Status Stream::Sync() { return core_->Sync(); }

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
