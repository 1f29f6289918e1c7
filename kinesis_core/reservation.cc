#include "kinesis_core/reservation.h"

#include <string>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/engine_core.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis {

using internal::Log;

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this == &other) return *this;
  Cancel();
  stream_ = std::move(other.stream_);
  record_ = other.record_;
  place_ = other.place_;
  return *this;
}

absl::StatusOr<PutResult> Reservation::Commit(size_t data_bytes) {
  if (!is_held()) {
    return internal::FailedPrecondition(
        "the reservation holds nothing: it has been committed, cancelled or moved from; reserve "
        "again");
  }
  if (data_bytes > record_.data_bytes()) {
    return internal::FieldRangeError(
        "committed data size", data_bytes,
        "[0, " + std::to_string(record_.data_bytes()) + "] bytes, as reserved");
  }
  if (stream_->is_deleted() || stream_->is_frozen()) {
    absl::Status status = stream_->is_deleted() ? stream_->DeletedError() : stream_->FrozenError();
    Cancel();
    return status;
  }
  // Keeps the pool while the record is committed.
  const std::shared_ptr<internal::StreamCore> stream = std::move(stream_);
  const internal::LogUid uid = Log::UidOf(record_);
  Log::CommitReserved(stream->pool(), record_, data_bytes);
  if (stream->survives_power()) [[unlikely]] {
    absl::Status status = stream->SyncAfterPut(uid, stream->engine().NowMillis());
    if (!status.ok()) return status;
  }
  return place_;
}

void Reservation::Cancel() {
  if (!is_held()) return;
  // As above.
  const std::shared_ptr<internal::StreamCore> stream = std::move(stream_);
  Log::VoidReserved(stream->pool(), record_);
}

}  // namespace kinesis
