#include "kinesis_core/lanes.h"

#include <string>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/group_core.h"
#include "kinesis_core/internal/group_lanes.h"

namespace kinesis {

using internal::GroupCore;
using internal::LaneCore;

// --- LaneDelivery --------------------------------------------------------------------------------

LaneDelivery::LaneDelivery(std::shared_ptr<LaneCore> core, std::unique_ptr<internal::LanePart> part)
    : core_(std::move(core)), part_(std::move(part)) {}

LaneDelivery::LaneDelivery(LaneDelivery&& other) noexcept = default;

LaneDelivery& LaneDelivery::operator=(LaneDelivery&& other) noexcept {
  if (this == &other) return *this;
  Drop();
  core_ = std::move(other.core_);
  part_ = std::move(other.part_);
  handled_ = other.handled_;
  is_run_ = other.is_run_;
  return *this;
}

LaneDelivery::~LaneDelivery() { Drop(); }

size_t LaneDelivery::lane() const { return part_->lane; }
ShardId LaneDelivery::shard_id() const { return part_->window->shard_id; }
std::span<const RecordView> LaneDelivery::records() const { return part_->records; }
uint64_t LaneDelivery::epoch() const { return part_->window->epoch; }
uint64_t LaneDelivery::attempt() const { return part_->attempt; }
uint64_t LaneDelivery::records_lost() const { return part_->records_lost; }
size_t LaneDelivery::finished() const { return part_->finished; }

void LaneDelivery::Drop() {
  if (core_ == nullptr) return;
  // An exception passed through a handler: it is known which record it was.
  if (is_run_) Finish(handled_).IgnoreError();
  if (core_ == nullptr) return;
  if (is_run_ || part_->records.size() - part_->finished == 1) {
    // If that cannot be noted, it comes again.
    Fail(absl::UnknownError("its delivery was dropped before it was finished")).IgnoreError();
    return;
  }
  core_->GiveBack(*part_, GroupCore::Failure::kUnknown);
  core_ = nullptr;
}

absl::Status LaneDelivery::Finish() { return Finish(part_ == nullptr ? 0 : part_->records.size()); }

absl::Status LaneDelivery::Finish(size_t count) {
  const size_t size = part_ == nullptr ? 0 : part_->records.size();
  if (count > size) {
    return internal::FieldRangeError("count", count,
                                     "[0, " + std::to_string(size) + "], as there are records");
  }
  if (part_ == nullptr || count <= part_->finished) return absl::OkStatus();
  if (core_ == nullptr) return internal::FailedPrecondition("the delivery has been given back");
  bool is_resolved = false;
  absl::Status status = core_->Finish(*part_, count, &is_resolved);
  if (is_resolved) core_ = nullptr;
  return status;
}

absl::Status LaneDelivery::Fail(const absl::Status& cause) {
  if (core_ == nullptr) {
    return internal::FailedPrecondition("the delivery has been finished or given back");
  }
  absl::Status status = core_->Check(*part_);
  if (!status.ok()) {
    core_ = nullptr;
    return status;
  }
  const uint64_t max_attempts = core_->options().max_attempts;
  if (max_attempts > 0) {
    const uint64_t attempts = core_->FailuresWith(*part_);
    if (attempts >= max_attempts) {
      status = core_->PutDeadLetter(*part_, attempts, cause);
      if (status.ok()) {
        status = Finish(part_->finished + 1);
        Return();
        return status;
      }
    }
  }
  core_->GiveBack(*part_, GroupCore::Failure::kCounted);
  core_ = nullptr;
  return status;
}

void LaneDelivery::Return() {
  if (core_ == nullptr) return;
  core_->GiveBack(*part_, GroupCore::Failure::kNone);
  core_ = nullptr;
}

// --- Lanes ---------------------------------------------------------------------------------------

Lanes::Lanes(std::shared_ptr<LaneCore> core) : core_(std::move(core)) {}

Lanes::Lanes(Lanes&&) noexcept = default;

Lanes& Lanes::operator=(Lanes&& other) noexcept {
  if (this == &other) return *this;
  Leave();
  core_ = std::move(other.core_);
  return *this;
}

Lanes::~Lanes() { Leave(); }

void Lanes::Leave() {
  if (core_ != nullptr) core_->Leave();
  core_ = nullptr;
}

absl::StatusOr<Lanes> Lanes::Create(GroupMember member, size_t count) {
  absl::StatusOr<std::shared_ptr<LaneCore>> core = LaneCore::Create(std::move(member), count);
  if (!core.ok()) return core.status();
  return Lanes(*std::move(core));
}

absl::StatusOr<LaneDelivery> Lanes::Next(size_t lane, absl::Time deadline) {
  return Next(lane, deadline, std::stop_token());
}

absl::StatusOr<LaneDelivery> Lanes::Next(size_t lane, const std::stop_token& stop) {
  return Next(lane, absl::InfiniteFuture(), stop);
}

absl::StatusOr<LaneDelivery> Lanes::Next(size_t lane, absl::Time deadline,
                                         const std::stop_token& stop) {
  return core_->Next(lane, deadline, stop);
}

absl::Status Lanes::Run(size_t lane, const std::stop_token& stop,
                        const std::function<absl::Status(const RecordView&)>& handler) {
  for (;;) {
    absl::StatusOr<LaneDelivery> delivery = Next(lane, stop);
    if (!delivery.ok()) {
      const absl::Status& status = delivery.status();
      const bool is_end = absl::IsOutOfRange(status) && core_->is_over();
      const bool is_stopped = absl::IsCancelled(status) && stop.stop_requested();
      return is_end || is_stopped ? absl::OkStatus() : status;
    }
    delivery->is_run_ = true;
    absl::Status handled;
    for (const RecordView& record : delivery->records()) {
      handled = handler(record);
      if (!handled.ok()) break;
      ++delivery->handled_;
      if (stop.stop_requested()) break;
    }
    absl::Status finished = delivery->Finish(delivery->handled_);
    if (!delivery->is_resolved()) {
      if (handled.ok()) {
        delivery->Return();  // it is to stop
      } else {
        // What could not be given up comes again.
        delivery->Fail(handled).IgnoreError();
      }
    }
    // What was taken away comes to another member.
    if (!finished.ok() && !absl::IsAborted(finished)) return finished;
  }
}

size_t Lanes::count() const { return core_->count(); }

uint64_t Lanes::id() const { return core_->member_id(); }

}  // namespace kinesis
