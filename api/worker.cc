#include "kinesis_core/api/worker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/worker_core.h"

namespace kinesis::api {
namespace {

constexpr size_t kWorkerIdBytesMax = 256;
// Of the service: GetRecords' Limit in its model.
constexpr int32_t kRecordsMax = 10'000;

absl::Status CheckAtLeastAMillisecond(const char* field, absl::Duration value) {
  if (value >= absl::Milliseconds(1)) return absl::OkStatus();
  return absl::OutOfRangeError(std::string(field) + " must be at least 1ms, not " +
                               absl::FormatDuration(value));
}

absl::Status CheckStart(const StartingPosition& start, absl::Time now) {
  if (!start.type || start.type->is_text() ||
      (start.type != ShardIteratorType::kTrimHorizon && start.type != ShardIteratorType::kLatest &&
       start.type != ShardIteratorType::kAtTimestamp)) {
    return absl::InvalidArgumentError(
        "start.type must be kTrimHorizon, kLatest or kAtTimestamp: numbers are of one shard");
  }
  if (start.sequence_number) {
    return absl::InvalidArgumentError(
        "start.sequence_number must not be given: it is of one shard");
  }
  const bool has_time = start.type == ShardIteratorType::kAtTimestamp;
  if (start.timestamp.has_value() != has_time) {
    return absl::InvalidArgumentError("start.timestamp goes with kAtTimestamp, and with no other");
  }
  if (has_time && *start.timestamp > now) {
    return absl::InvalidArgumentError("start.timestamp must not be in the future: it is " +
                                      absl::FormatTime(*start.timestamp));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const WorkerOptions& options, const Clock& clock) {
  if (options.stream_name.empty()) {
    return absl::InvalidArgumentError("stream_name must be given");
  }
  const std::string& id = options.worker_id;
  const bool is_graphic =
      std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 127; });
  if (id.empty() || id.size() > kWorkerIdBytesMax || !is_graphic) {
    return absl::InvalidArgumentError(
        "worker_id must be 1 to 256 printable ASCII characters without blanks, not \"" + id + "\"");
  }
  if (options.max_records < 1 || options.max_records > kRecordsMax) {
    return absl::OutOfRangeError("max_records must be in [1, 10000], not " +
                                 std::to_string(options.max_records));
  }
  KC_RETURN_IF_ERROR(CheckAtLeastAMillisecond("poll_interval", options.poll_interval));
  KC_RETURN_IF_ERROR(CheckAtLeastAMillisecond("lease_time", options.lease_time));
  KC_RETURN_IF_ERROR(CheckAtLeastAMillisecond("sync_interval", options.sync_interval));
  KC_RETURN_IF_ERROR(CheckAtLeastAMillisecond("list_interval", options.list_interval));
  KC_RETURN_IF_ERROR(CheckAtLeastAMillisecond("back_off_min", options.back_off_min));
  if (options.back_off_max < options.back_off_min) {
    return absl::OutOfRangeError("back_off_max must be at least back_off_min, not " +
                                 absl::FormatDuration(options.back_off_max));
  }
  return CheckStart(options.start, clock.Now() + clock.Lag());
}

}  // namespace

ShardRecords::ShardRecords(internal::WorkerCore& core, internal::ShardWork& work)
    : core_(core),
      work_(work),
      shard_id_(work.shard_id),
      list_(work.pending.records),
      first_(work.done),
      begin_(std::next(list_.begin(), static_cast<ptrdiff_t>(first_))),
      epoch_(work.epoch),
      attempt_(work.attempt),
      behind_latest_(work.pending.behind_latest) {}

absl::Status ShardRecords::Checkpoint(size_t count) {
  if (count > size()) {
    return absl::OutOfRangeError("count must be in [0, " + std::to_string(size()) + "], not " +
                                 std::to_string(count));
  }
  return core_.Checkpoint(work_, first_ + count);
}

absl::StatusOr<Worker> Worker::Create(Client& client, const WorkerOptions& options) {
  Clock& clock = options.clock == nullptr ? client.clock() : *options.clock;
  KC_RETURN_IF_ERROR(CheckOptions(options, clock));
  return Worker(std::make_unique<internal::WorkerCore>(client, clock, options));
}

Worker::Worker(std::unique_ptr<internal::WorkerCore> core) : core_(std::move(core)) {}
Worker::Worker(Worker&& other) noexcept = default;
Worker& Worker::operator=(Worker&& other) noexcept = default;
Worker::~Worker() = default;

absl::StatusOr<absl::Time> Worker::Poll(const RecordHandler& handler, const std::stop_token& stop) {
  return core_->Poll(handler, stop);
}

absl::Status Worker::Run(const std::stop_token& stop, const RecordHandler& handler) {
  return core_->Run(stop, handler);
}

absl::Status Worker::Leave() { return core_->Leave(); }

std::vector<ShardId> Worker::shards() const { return core_->shards(); }

absl::Status Worker::last_error() const { return core_->last_error(); }

}  // namespace kinesis::api
