#include "kinesis_core/api/internal/stream_entry.h"

#include <utility>

#include "absl/status/statusor.h"

namespace kinesis::api::internal {

StreamEntry::StreamEntry(StreamNames names, const SealKey& key, const kinesis::Stream& stream,
                         const Limits& limits, StreamImage image, StateStore& store)
    : names_(std::move(names)),
      id_(image.facts.id),
      identity_{image.facts.uid, key, names_.name},
      store_(store),
      stream_(stream),
      created_ms_(image.facts.created_ms),
      active_at_ms_(image.facts.active_at_ms),
      throttles_(limits),
      calls_(limits, RateScope::kStream) {
  Lock().Adopt(std::move(image));
}

void StreamEntry::Publish(const StreamFacts& facts) {
  // Relaxed, all: each stands for itself.
  record_bytes_max_.store(facts.record_bytes_max, std::memory_order_relaxed);
  encryption_type_.store(facts.encryption_type, std::memory_order_relaxed);
  deleted_at_ms_.store(facts.deleted_at_ms, std::memory_order_relaxed);
}

StreamFacts StreamEntry::Locked::facts() const {
  return {.id = entry_->id_,
          .uid = entry_->uid(),
          .created_ms = entry_->created_ms_,
          .active_at_ms = entry_->active_at_ms_,
          .record_bytes_max = entry_->record_bytes_max(),
          .encryption_type = entry_->encryption_type(),
          .deleted_at_ms = entry_->deleted_at_ms()};
}

absl::Status StreamEntry::Locked::Save(const StreamFacts& facts) {
  absl::Status status = entry_->store_.SaveStream(entry_->stream_, facts, state());
  if (status.ok()) {
    entry_->Publish(facts);
    return status;
  }
  absl::StatusOr<StreamImage> saved = entry_->store_.LoadStream(entry_->stream_);
  // If it is not there the stream has been deleted, by the engine's owner.
  if (saved.ok()) Adopt(*std::move(saved));
  return status;
}

absl::Status StreamEntry::Locked::TrySave() const {
  return entry_->store_.SaveStream(entry_->stream_, facts(), state());
}

void StreamEntry::Locked::Adopt(StreamImage image) {
  for (auto& [name, consumer] : image.state.consumers) {
    const auto known = state().consumers.find(name);
    if (known == state().consumers.end() || known->second.arn != consumer.arn) continue;
    consumer.subscriptions = std::move(known->second.subscriptions);
  }
  state() = std::move(image.state);
  entry_->Publish(image.facts);
  entry_->metrics_.SetMonitored(state().shard_level_metrics);
  entry_->metrics_.SetLoadsKept(state().mode == StreamMode::kOnDemand);
  SetNextAdvance();
}

}  // namespace kinesis::api::internal
