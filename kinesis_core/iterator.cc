#include "kinesis_core/iterator.h"

#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/stream_read.h"

namespace kinesis {

ShardId Iterator::shard_id() const { return shard_->identity().id; }

SequenceNumber Iterator::position() const { return internal::PositionOf(*shard_, place_); }

absl::StatusOr<RecordBatch> Iterator::Read(const ReadLimits& limits) {
  absl::StatusOr<RecordBatch> batch(absl::in_place);  // in its place: a batch is costly to move
  absl::Status status = internal::Read(*shard_, limits, &place_, &batch->found_);
  if (!status.ok()) batch = std::move(status);
  return batch;
}

absl::Status Iterator::Wait(absl::Time deadline) {
  return internal::WaitToRead(*shard_, place_, deadline);
}

}  // namespace kinesis
