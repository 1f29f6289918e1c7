#include "kinesis_core/consumer_group.h"

#include <algorithm>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/group_core.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis {

using internal::GroupCore;

// --- Delivery ------------------------------------------------------------------------------------

Delivery::Delivery(std::shared_ptr<GroupCore> group, std::shared_ptr<internal::GroupLease> lease,
                   RecordBatch&& records, uint64_t epoch, uint64_t attempt, uint64_t records_lost)
    : group_(std::move(group)),
      lease_(std::move(lease)),
      records_(std::move(records)),
      epoch_(epoch),
      attempt_(attempt),
      records_lost_(records_lost) {}

Delivery::Delivery(Delivery&& other) noexcept = default;

Delivery& Delivery::operator=(Delivery&& other) noexcept {
  if (this == &other) return *this;
  Drop();
  group_ = std::move(other.group_);
  lease_ = std::move(other.lease_);
  records_ = std::move(other.records_);
  epoch_ = other.epoch_;
  attempt_ = other.attempt_;
  records_lost_ = other.records_lost_;
  committed_ = other.committed_;
  return *this;
}

Delivery::~Delivery() { Drop(); }

ShardId Delivery::shard_id() const { return ShardId(records_[0].sequence_number.shard_index()); }

void Delivery::Drop() {
  if (group_ == nullptr) return;
  if (rest() == 1) {
    // It is the one that could not be processed. If that cannot be noted, it comes again.
    Fail(absl::UnknownError("its delivery was dropped without a commit")).IgnoreError();
    return;
  }
  group_->GiveBack(*lease_, epoch_, records_[committed_].sequence_number,
                   records_[records_.size() - 1].sequence_number, rest(),
                   GroupCore::Failure::kUnknown);
  group_ = nullptr;
}

absl::Status Delivery::Commit() { return Commit(records_.size()); }

absl::Status Delivery::Commit(size_t count) {
  if (count > records_.size()) {
    return internal::FieldRangeError(
        "count", count, "[0, " + std::to_string(records_.size()) + "], as there are records");
  }
  if (count <= committed_) return absl::OkStatus();
  if (group_ == nullptr) {
    return internal::FailedPrecondition("the delivery has been given back");
  }
  const bool all = count == records_.size();
  absl::Status status = group_->Commit(*lease_, epoch_, records_[count - 1].sequence_number, all);
  if (!status.ok()) {
    // Nothing that this delivery could do would be heard.
    if (absl::IsAborted(status) && !group_->CheckOwned(*lease_, epoch_).ok()) group_ = nullptr;
    return status;
  }
  committed_ = count;
  if (all) group_ = nullptr;
  return status;
}

absl::Status Delivery::Fail(const absl::Status& cause) {
  if (group_ == nullptr) {
    return internal::FailedPrecondition("the delivery has been committed or given back");
  }
  // Alive until the end of this call.
  const std::shared_ptr<GroupCore> group = group_;
  if (absl::Status owned = group->CheckOwned(*lease_, epoch_); !owned.ok()) {
    group_ = nullptr;
    return owned;
  }
  const RecordView head = records_[committed_];
  const SequenceNumber last = records_[records_.size() - 1].sequence_number;
  const uint64_t max_attempts = group->options().max_attempts;
  absl::Status status;
  if (max_attempts > 0) {
    const uint64_t attempts = group->FailuresWith(*lease_, head.sequence_number);
    if (attempts >= max_attempts) {
      status = group->PutDeadLetter(*lease_, head, attempts, cause);
      if (status.ok()) {
        status = Commit(committed_ + 1);
        if (status.ok()) {
          Return();
          return status;
        }
        if (group_ == nullptr) return status;
      }
    }
  }
  group->GiveBack(*lease_, epoch_, head.sequence_number, last, rest(),
                  GroupCore::Failure::kCounted);
  group_ = nullptr;
  return status;
}

void Delivery::Return() {
  if (group_ == nullptr) return;
  group_->GiveBack(*lease_, epoch_, records_[committed_].sequence_number,
                   records_[records_.size() - 1].sequence_number, rest(),
                   GroupCore::Failure::kNone);
  group_ = nullptr;
}

// --- GroupMember ---------------------------------------------------------------------------------

GroupMember::GroupMember(std::shared_ptr<GroupCore> group,
                         std::shared_ptr<internal::GroupMemberCore> member)
    : group_(std::move(group)), member_(std::move(member)) {}

GroupMember::GroupMember(GroupMember&&) noexcept = default;

GroupMember& GroupMember::operator=(GroupMember&& other) noexcept {
  if (this == &other) return *this;
  Leave();
  group_ = std::move(other.group_);
  member_ = std::move(other.member_);
  return *this;
}

GroupMember::~GroupMember() { Leave(); }

void GroupMember::Leave() {
  if (group_ != nullptr) group_->Leave(*member_);
  group_ = nullptr;
}

absl::StatusOr<Delivery> GroupMember::Next(absl::Time deadline) {
  return Next(deadline, std::stop_token());
}

absl::StatusOr<Delivery> GroupMember::Next(const std::stop_token& stop) {
  return Next(absl::InfiniteFuture(), stop);
}

absl::StatusOr<Delivery> GroupMember::Next(absl::Time deadline, const std::stop_token& stop) {
  return group_->Next(*member_, deadline, stop);
}

absl::Status GroupMember::Run(const std::stop_token& stop,
                              const std::function<absl::Status(Delivery&)>& handler) {
  for (;;) {
    absl::StatusOr<Delivery> delivery = Next(stop);
    if (!delivery.ok()) {
      const absl::Status& status = delivery.status();
      const bool is_end = absl::IsOutOfRange(status) && group_->is_over();
      const bool is_stopped = absl::IsCancelled(status) && stop.stop_requested();
      return is_end || is_stopped ? absl::OkStatus() : status;
    }
    const absl::Status handled = handler(*delivery);
    absl::Status status;
    if (handled.ok()) {
      if (!delivery->is_resolved()) status = delivery->Commit();
    } else {
      if (!delivery->is_resolved()) status = delivery->Fail(handled);
    }
    // What was taken away comes to another member; what could not be given up comes again.
    if (handled.ok() && !status.ok() && !absl::IsAborted(status)) return status;
  }
}

void GroupMember::Renew() { group_->Renew(*member_); }

uint64_t GroupMember::id() const { return member_->id(); }

// --- ConsumerGroup -------------------------------------------------------------------------------

absl::StatusOr<ConsumerGroup> ConsumerGroup::Create(const Stream& stream, std::string_view name,
                                                    const GroupOptions& options) {
  absl::StatusOr<std::shared_ptr<GroupCore>> core = GroupCore::Create(stream.core_, name, options);
  if (!core.ok()) return core.status();
  return ConsumerGroup(*std::move(core));
}

absl::StatusOr<ConsumerGroup> ConsumerGroup::Open(const Stream& stream, std::string_view name) {
  // Every hook of a stream is a GroupCore: nothing else adds any.
  auto core = std::static_pointer_cast<GroupCore>(stream.core_->FindGroup(name));
  if (core != nullptr) return ConsumerGroup(std::move(core));
  return internal::NotFound("stream " + internal::Quoted(stream.name()) +
                            " has no consumer group " + internal::Quoted(name) +
                            "; create it first");
}

std::vector<std::string> ConsumerGroup::List(const Stream& stream) {
  return stream.core_->ListGroups();
}

absl::Status ConsumerGroup::Remove(const Stream& stream, std::string_view name) {
  return stream.core_->RemoveGroup(name);
}

absl::StatusOr<GroupMember> ConsumerGroup::Join() const {
  absl::StatusOr<std::shared_ptr<internal::GroupMemberCore>> member = core_->Join();
  if (!member.ok()) return member.status();
  return GroupMember(core_, *std::move(member));
}

GroupMetrics ConsumerGroup::Metrics() const { return core_->Metrics(); }

const std::string& ConsumerGroup::name() const { return core_->name(); }

}  // namespace kinesis
