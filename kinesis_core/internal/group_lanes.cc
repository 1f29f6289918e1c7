#include "kinesis_core/internal/group_lanes.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/event_scope.h"

namespace kinesis::internal {
namespace {

constexpr size_t kLanesMax = 1024;

// A part that has the records of `part` from the one at `first` on.
std::unique_ptr<LanePart> RestOf(const LanePart& part, size_t first) {
  auto rest = std::make_unique<LanePart>();
  const auto from = static_cast<ptrdiff_t>(first);
  rest->lane = part.lane;
  rest->window = part.window;
  rest->batch = part.batch;
  rest->records.assign(part.records.begin() + from, part.records.end());
  rest->places.assign(part.places.begin() + from, part.places.end());
  return rest;
}

}  // namespace

LaneCore::LaneCore(GroupMember member, size_t count)
    : group_(member.group_),
      member_core_(member.member_),
      member_(std::move(member)),
      count_(count),
      lanes_(count) {}

absl::StatusOr<std::shared_ptr<LaneCore>> LaneCore::Create(GroupMember member, size_t count) {
  if (count == 0 || count > kLanesMax) return FieldRangeError("count", count, "[1, 1024] lanes");
  absl::Status ahead = member.group_->ReadAhead(*member.member_);
  if (!ahead.ok()) return ahead;
  return std::shared_ptr<LaneCore>(new LaneCore(std::move(member), count));
}

// --- A lane's thread -----------------------------------------------------------------------------

absl::StatusOr<LaneDelivery> LaneCore::Next(size_t lane, absl::Time deadline,
                                            const std::stop_token& stop) {
  if (lane >= count_) return FieldRangeError("lane", lane, "[0, " + std::to_string(count_) + ")");
  group_->Renew(*member_core_);
  const EventScope events;
  const MutexLock lock(mutex_);
  Lane& mine = lanes_[lane];
  if (mine.in_hand) {
    return FailedPrecondition("lane " + std::to_string(lane) +
                              " has a delivery that is not resolved; resolve it first");
  }
  for (bool is_first = true;; is_first = false) {
    absl::Status status;
    while (!mine.parts.empty()) {
      const std::shared_ptr<LaneWindow> window = mine.parts.front()->window;
      if (group_->CheckOwned(*window->lease, window->epoch).ok()) break;
      Drop(window);  // with its parts
    }
    if (stop.stop_requested()) {
      status = Cancelled("the stop token says so");
    } else if (!mine.parts.empty()) {
      LaneDelivery delivery = Take(mine);
      WakeReader();
      return delivery;
    } else if (is_first) {
      status = CommitLeftOver();
    } else if (!is_reading_) {
      status = Read(deadline, stop);
    } else if (!Sleep(mine, deadline, stop)) {
      status =
          DeadlineExceeded("nothing to deliver to lane " + std::to_string(lane) +
                           " of consumer group " + Quoted(group_->name()) + " before the deadline");
    }
    if (!status.ok()) {
      WakeReader();
      return status;
    }
  }
}

LaneDelivery LaneCore::Take(Lane& lane) {
  std::unique_ptr<LanePart> part = std::move(lane.parts.front());
  lane.parts.pop_front();
  if (part->singly > 0 && part->records.size() > 1) {
    // The rest stays where it is.
    std::unique_ptr<LanePart> rest = RestOf(*part, 1);
    rest->singly = part->singly - 1;
    part->records.resize(1);
    part->places.resize(1);
    lane.parts.push_front(std::move(rest));
  }
  part->attempt = 1 + part->returns;
  part->records_lost = std::exchange(part->batch->records_lost, 0);
  lane.in_hand = true;
  ++part->window->in_hand;
  return LaneDelivery(shared_from_this(), std::move(part));
}

absl::Status LaneCore::Read(absl::Time deadline, const std::stop_token& stop) {
  is_reading_ = true;
  mutex_.Unlock();
  absl::StatusOr<Delivery> delivery = member_->Next(deadline, stop);
  absl::Status status = delivery.status();
  std::shared_ptr<LaneBatch> batch;
  std::vector<std::unique_ptr<LanePart>> parts;
  if (delivery.ok()) {
    batch = std::make_shared<LaneBatch>(*std::move(delivery));
    parts = Spread(batch);
  }
  mutex_.Lock();
  if (batch != nullptr) Add(batch, std::move(parts));
  is_reading_ = false;
  return status;
}

std::vector<std::unique_ptr<LanePart>> LaneCore::Spread(
    const std::shared_ptr<LaneBatch>& batch) const {
  std::vector<std::unique_ptr<LanePart>> parts(count_);
  uint32_t place = 0;
  for (const RecordView& record : batch->delivery.records()) {
    const size_t lane = std::hash<std::string_view>()(record.partition_key) % count_;
    std::unique_ptr<LanePart>& part = parts[lane];
    if (part == nullptr) {
      part = std::make_unique<LanePart>();
      part->lane = lane;
      part->batch = batch;
      // It may have come back before the lanes had it.
      if (place == 0) part->returns = batch->delivery.attempt() - 1;
    }
    part->records.push_back(record);
    part->places.push_back(place++);
  }
  std::erase(parts, nullptr);
  return parts;
}

void LaneCore::Add(const std::shared_ptr<LaneBatch>& batch,
                   std::vector<std::unique_ptr<LanePart>> parts) {
  const Delivery& delivery = batch->delivery;
  const auto found = windows_.find(delivery.shard_id());
  if (found != windows_.end() && found->second->epoch != delivery.epoch()) {
    const std::shared_ptr<LaneWindow> old = found->second;
    Drop(old);
  }
  std::shared_ptr<LaneWindow>& window = windows_[delivery.shard_id()];
  if (window == nullptr) {
    window = std::make_shared<LaneWindow>();
    window->shard_id = delivery.shard_id();
    window->epoch = delivery.epoch();
    window->lease = delivery.lease_;
  }
  window->batches.push_back(batch);
  for (std::unique_ptr<LanePart>& part : parts) {
    part->window = window;
    Lane& lane = lanes_[part->lane];
    lane.parts.push_back(std::move(part));
    if (lane.sleeper != nullptr) lane.sleeper->Notify();
  }
}

bool LaneCore::Sleep(Lane& lane, absl::Time deadline, const std::stop_token& stop) {
  Clock& clock = group_->clock();
  if (clock.Now() >= deadline) return false;
  WaitEvent event;
  lane.sleeper = &event;
  mutex_.Unlock();
  {
    const std::stop_callback wake(stop, [&event] { event.Notify(); });
    clock.Wait(event, deadline);
  }
  mutex_.Lock();
  lane.sleeper = nullptr;
  return true;
}

void LaneCore::WakeReader() {
  if (is_reading_) return;
  for (Lane& lane : lanes_) {
    if (lane.sleeper == nullptr) continue;
    lane.sleeper->Notify();
    return;
  }
}

// --- What is committed ---------------------------------------------------------------------------

bool LaneCore::IsDue(const LaneWindow& window) {
  return !window.is_committing && !window.is_gone && !window.batches.empty() &&
         window.batches.front()->lowest > window.batches.front()->delivery.committed();
}

absl::Status LaneCore::CommitLowest(const std::shared_ptr<LaneWindow>& window) {
  while (IsDue(*window)) {
    const std::shared_ptr<LaneBatch> batch = window->batches.front();
    const size_t lowest = batch->lowest;
    window->is_committing = true;
    mutex_.Unlock();
    absl::Status committed = batch->delivery.Commit(lowest);
    const bool is_all = batch->delivery.is_resolved();
    mutex_.Lock();
    window->is_committing = false;
    if (!committed.ok()) {
      // Refused by the store alone, it may still be the owner's: the group says.
      if (!group_->CheckOwned(*window->lease, window->epoch).ok()) Drop(window);
      return committed;
    }
    if (is_all && !window->is_gone) window->batches.pop_front();
  }
  return absl::OkStatus();
}

absl::Status LaneCore::CommitLeftOver() {
  for (;;) {
    const auto due = std::find_if(windows_.begin(), windows_.end(),
                                  [](const auto& each) { return IsDue(*each.second); });
    if (due == windows_.end()) return absl::OkStatus();
    const std::shared_ptr<LaneWindow> window = due->second;
    absl::Status status = CommitLowest(window);
    if (!status.ok() && !window->is_gone) return status;
  }
}

std::deque<std::shared_ptr<LaneBatch>> LaneCore::Forget(const std::shared_ptr<LaneWindow>& window) {
  window->is_gone = true;
  for (Lane& lane : lanes_) {
    std::erase_if(lane.parts, [&window](const auto& part) { return part->window == window; });
  }
  const auto found = windows_.find(window->shard_id);
  if (found != windows_.end() && found->second == window) windows_.erase(found);
  return std::exchange(window->batches, {});
}

void LaneCore::Drop(const std::shared_ptr<LaneWindow>& window) {
  if (!window->is_gone) Forget(window);
}

void LaneCore::RetireIfLeft(const std::shared_ptr<LaneWindow>& window) {
  if (!has_left_ || window->in_hand > 0 || window->is_committing || window->is_gone) return;
  // What cannot be committed comes again.
  CommitLowest(window).IgnoreError();
  if (window->is_gone) return;
  std::deque<std::shared_ptr<LaneBatch>> batches = Forget(window);
  while (!batches.empty()) {
    batches.back()->delivery.Return();
    batches.pop_back();
  }
}

void LaneCore::Leave() {
  member_.reset();
  const EventScope events;
  const MutexLock lock(mutex_);
  has_left_ = true;
  std::vector<std::shared_ptr<LaneWindow>> windows;
  for (const auto& [id, window] : windows_) windows.push_back(window);
  for (const auto& window : windows) RetireIfLeft(window);
}

// --- A part in a hand ----------------------------------------------------------------------------

void LaneCore::PutDown(LanePart& part) {
  lanes_[part.lane].in_hand = false;
  --part.window->in_hand;
}

absl::Status LaneCore::CheckOwned(LanePart& part) {
  absl::Status owned = group_->CheckOwned(*part.window->lease, part.window->epoch);
  if (owned.ok()) return owned;
  Drop(part.window);
  PutDown(part);
  return owned;
}

absl::Status LaneCore::Finish(LanePart& part, size_t count, bool* is_resolved) {
  group_->Renew(*member_core_);
  const EventScope events;
  const MutexLock lock(mutex_);
  if (absl::Status owned = CheckOwned(part); !owned.ok()) {
    *is_resolved = true;
    return owned;
  }
  LaneBatch& batch = *part.batch;
  if (part.finished < count) {
    part.returns = 0;
    part.failures = 0;
  }
  for (; part.finished < count; ++part.finished) {
    batch.is_finished[part.places[part.finished]] = true;
  }
  while (batch.lowest < batch.is_finished.size() && batch.is_finished[batch.lowest]) ++batch.lowest;
  if (part.finished == part.records.size()) {
    *is_resolved = true;
    PutDown(part);
  }
  absl::Status status = CommitLowest(part.window);
  RetireIfLeft(part.window);
  return status;
}

absl::Status LaneCore::Check(LanePart& part) {
  const MutexLock lock(mutex_);
  return CheckOwned(part);
}

void LaneCore::GiveBack(LanePart& part, GroupCore::Failure failure) {
  group_->Renew(*member_core_);
  const EventScope events;
  const MutexLock lock(mutex_);
  if (!CheckOwned(part).ok()) return;
  std::unique_ptr<LanePart> rest = RestOf(part, part.finished);
  rest->returns = part.returns + (failure == GroupCore::Failure::kNone ? 0 : 1);
  rest->failures = part.failures + (failure == GroupCore::Failure::kCounted ? 1 : 0);
  rest->singly = failure == GroupCore::Failure::kUnknown ? rest->records.size() : 0;
  lanes_[part.lane].parts.push_front(std::move(rest));
  PutDown(part);
  RetireIfLeft(part.window);
}

uint64_t LaneCore::FailuresWith(const LanePart& part) {
  return part.failures +
         group_->FailuresWith(*part.window->lease, part.records[part.finished].sequence_number);
}

absl::Status LaneCore::PutDeadLetter(const LanePart& part, uint64_t attempts,
                                     const absl::Status& cause) {
  return group_->PutDeadLetter(*part.window->lease, part.records[part.finished], attempts, cause);
}

}  // namespace kinesis::internal
