#include "kinesis_core/shard.h"

#include <optional>

#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/stream_read.h"

namespace kinesis {

ShardId Shard::id() const { return core_->identity().id; }
HashKeyRange Shard::hash_key_range() const { return core_->identity().range; }
std::vector<ShardId> Shard::parents() const { return core_->identity().parents; }
std::vector<ShardId> Shard::children() const {
  return core_->is_closed() ? core_->children() : std::vector<ShardId>();
}
bool Shard::is_open() const { return !core_->is_closed(); }

absl::Time Shard::opened_at() const { return absl::FromUnixMillis(core_->opened_ms()); }
std::optional<absl::Time> Shard::closed_at() const {
  if (!core_->is_closed()) return std::nullopt;
  return absl::FromUnixMillis(core_->closed_ms());
}

SequenceNumber Shard::starting_sequence_number() const { return core_->starting_sequence_number(); }
std::optional<SequenceNumber> Shard::ending_sequence_number() const {
  if (!core_->is_closed()) return std::nullopt;
  return core_->ending_sequence_number();
}

absl::StatusOr<Iterator> Shard::CreateIterator(const IteratorStart& start) const {
  const absl::StatusOr<internal::ReadPlace> place = internal::SeekStart(*core_, start);
  if (!place.ok()) return place.status();
  return Iterator(core_, *place);
}

absl::Status Shard::TrimBefore(const SequenceNumber& number) const {
  return internal::TrimBefore(*core_, number);
}

ShardMetrics Shard::Metrics() const { return core_->Metrics(); }

}  // namespace kinesis
