#include "kinesis_core/iterator.h"

#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/stream_read.h"

namespace kinesis {

Iterator::Iterator(std::shared_ptr<internal::ShardCore> shard, const internal::ReadPlace& place)
    : shard_(std::move(shard)), place_(place) {}
Iterator::Iterator(const Iterator& other) : shard_(other.shard_), place_(other.place_) {}
Iterator& Iterator::operator=(const Iterator& other) {
  if (this == &other) return *this;
  state_.reset();  // before the shard that it counts for
  shard_ = other.shard_;
  place_ = other.place_;
  return *this;
}
Iterator::~Iterator() = default;

ShardId Iterator::shard_id() const { return shard_->identity().id; }

SequenceNumber Iterator::position() const { return internal::PositionOf(*shard_, place_); }

ReadResult Iterator::Read(const ReadLimits& limits) {
  LetGo();
  ReadResult batch(absl::in_place);  // in its place: a batch is costly to move
  absl::Status status = internal::Read(*shard_, limits, &place_, &batch->found_);
  if (!status.ok()) batch = std::move(status);
  return batch;
}

absl::Status Iterator::ReadInto(RecordBatch& batch, const ReadLimits& limits) {
  if (state_ != nullptr && state_->FindsNothing(limits, &batch.found_)) return absl::OkStatus();
  return ReadRecordsInto(batch, limits);
}

// A function of its own, so that a read that finds nothing saves no registers.
absl::Status Iterator::ReadRecordsInto(RecordBatch& batch, const ReadLimits& limits) {
  if (state_ != nullptr && state_->ReadOn(limits, &place_, &batch.found_)) [[likely]] {
    return absl::OkStatus();
  }
  return internal::ReadInto(*shard_, limits, &place_, state_, &batch.found_);
}

void Iterator::LetGo() {
  if (state_ != nullptr) state_->LetGo();
}

absl::Status Iterator::Wait(absl::Time deadline) {
  LetGo();
  return internal::WaitToRead(*shard_, place_, deadline);
}

}  // namespace kinesis
