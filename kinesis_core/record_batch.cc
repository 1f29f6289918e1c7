#include "kinesis_core/record_batch.h"

#include "kinesis_core/internal/engine_core.h"

namespace kinesis {
namespace internal {

FoundRecords& FoundRecords::operator=(FoundRecords&& other) noexcept {
  if (this == &other) return *this;
  Unpin();
  records_lost = std::exchange(other.records_lost, 0);
  behind_latest_ms = other.behind_latest_ms;
  end_of_shard = std::exchange(other.end_of_shard, false);
  child_shards = std::exchange(other.child_shards, {});
  run_count_ = std::exchange(other.run_count_, 0);
  run_ = other.run_;
  more_runs_ = std::exchange(other.more_runs_, {});
  pool_ = other.pool_;
  size_ = std::exchange(other.size_, 0);
  payload_bytes_ = std::exchange(other.payload_bytes_, 0);
  shard_created_seconds_ = other.shard_created_seconds_;
  shard_id_ = other.shard_id_;
  return *this;
}

void FoundRecords::AddToOthers(const Run& run) {
  if (more_runs_.empty()) more_runs_.push_back(run_);
  more_runs_.push_back(run);
}

void FoundRecords::UnpinRuns() {
  if (run_count_ == 1) {
    Pool::Pin::Adopt(*pool_, run_.segment).LetGo();
  } else {
    for (const Run& run : more_runs_) Pool::Pin::Adopt(*pool_, run.segment).LetGo();
    more_runs_.clear();
  }
  run_count_ = 0;
}

RecordView FoundRecords::AtOfSeveral(size_t index) const {
  auto run = runs().begin();
  while (index >= run->count) index -= (run++)->count;
  return View(*run, static_cast<uint32_t>(index));
}

void FoundRecords::ForgetEnd() {
  end_of_shard = false;
  child_shards.clear();
}

}  // namespace internal

}  // namespace kinesis
