// The path of one record into a stream, by copy or in place. That of many: stream_batch.cc.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {
absl::Status StreamCore::InvalidSizeError(size_t data_bytes, size_t key_bytes) {
  if (data_bytes > kMaxDataBytes) {
    return FieldRangeError("data size", data_bytes, "[0, 10485760] bytes");
  }
  return FieldRangeError("partition key size", key_bytes, "[0, 65535] bytes");
}

absl::Status StreamCore::DeletedError() const {
  return NotFound("stream " + Quoted(name_) + " has been deleted");
}

absl::Status StreamCore::NoRouteError() const {
  if (is_deleted()) return DeletedError();
  return is_frozen() && !is_closed() ? FrozenError() : ClosedError();
}

absl::Status StreamCore::FrozenError() const {
  const absl::Status why = engine_->files()->group_commit()->failure();
  return absl::Status(
      why.code(), ToAbsl("stream " + Quoted(name_) + " takes no more records, and can be read: " +
                         std::string(FromAbsl(why.message())) +
                         "; create the engine again to go on with what is on the disk"));
}

absl::Status StreamCore::ClosedError() const {
  return FailedPrecondition("stream " + Quoted(name_) +
                            " is closed (Stream::Close) and takes no more records; what it has can "
                            "be read to the end, and what is to come put to another stream");
}

absl::Status StreamCore::TooLargeError(size_t record_bytes) const {
  const uint64_t budget = pool_.options().budget_bytes;
  // Relaxed: for the message.
  const uint64_t capacity = limits_.capacity_bytes.load(std::memory_order_relaxed);
  const std::string limit = capacity <= budget
                                ? "shard_capacity_bytes of stream " + Quoted(name_) + ", which is "
                                : std::string(BudgetName()) + " of the engine, which is ";
  const uint64_t block = SegmentGeometry::Of(SegmentGeometry::ClassFor(record_bytes)).block_bytes;
  return OutOfRange("record of " + std::to_string(record_bytes) + " bytes can never fit " + limit +
                    std::to_string(std::min(capacity, budget)) + ": it takes a block of " +
                    std::to_string(block) + " bytes");
}

bool StreamCore::MakeRoom(LogStatus status, uint32_t shard_index) {
  if (group_count() == 0) return false;
  if (status == LogStatus::kNoMemory) {
    bool any = false;
    for (std::vector<ShardPtr> shards; NextListed(/*wait=*/false, &shards);) {
      for (const ShardPtr& shard : shards) any |= shard->TrimCommitted(/*wait=*/false);
    }
    return any;
  }
  if (status != LogStatus::kFull) return false;
  const ShardPtr shard = TryFindListed(ShardId(shard_index));
  return shard != nullptr && shard->TrimCommitted(/*wait=*/false);
}

std::string StreamCore::RoomAdvice(LogStatus status, uint32_t shard_index) {
  if (group_count() == 0) {
    std::string advice =
        "retry when records have expired (retention) or been trimmed (Shard::TrimBefore), which "
        "Put(record, deadline) waits for; to go on without that, read them through a "
        "ConsumerGroup, which makes room as it commits, or make ";
    advice += status == LogStatus::kFull ? "the stream with a larger shard_capacity_bytes"
                                         : "the engine with a larger " + BudgetName();
    if (overflow_policy_ == OverflowPolicy::kReject) {
      advice +=
          ", or the stream with overflow_policy = OverflowPolicy::kTrimOldest, which lets "
          "the oldest go";
    }
    return advice;
  }
  const ShardPtr shard = TryFindListed(ShardId(shard_index));
  const std::string slowest = shard == nullptr ? std::string() : shard->SlowestGroup();
  return "retry when its consumer groups have committed more, which Put(record, deadline) waits "
         "for" +
         (slowest.empty() ? std::string() : "; the one that is behind is " + Quoted(slowest)) +
         "; ConsumerGroup::Remove one that nobody serves";
}

void StreamCore::TellShortage(LogStatus status, uint32_t shard_index) {
  const uint64_t room = engine_->room_changes() + 1;
  // Relaxed: whoever comes second of two may tell, too; orders nothing.
  if (told_room_.exchange(room, std::memory_order_relaxed) == room) return;
  const ShortageEvent event{
      name_, ShardId(shard_index),
      status == LogStatus::kFull ? ShortageKind::kShardCapacity : ShortageKind::kMemory};
  EventScope::Tell(engine_->observer(),
                   [event](Observer& observer) { observer.OnShortage(event); });
}

absl::Status StreamCore::AppendError(LogStatus status, size_t record_bytes, Log& log) {
  const uint32_t shard_index = log.shard_index();
  if (status == LogStatus::kFull || status == LogStatus::kNoMemory) {
    log.CountRejectedAppend();
    if (engine_->observer() != nullptr) TellShortage(status, shard_index);
  }
  const std::string stream = "stream " + Quoted(name_);
  const std::string capacity =
      // Relaxed: for the message.
      std::to_string(limits_.capacity_bytes.load(std::memory_order_relaxed)) + " bytes";
  switch (status) {
    case LogStatus::kFull:
      return ResourceExhausted("a shard of " + stream + " is at shard_capacity_bytes, " + capacity +
                               "; " + RoomAdvice(status, shard_index));
    case LogStatus::kNoMemory: {
      // Not always the budget: the system may have refused.
      const absl::Status disk =
          is_durable() ? engine_->files()->blocks()->last_error() : absl::OkStatus();
      return ResourceExhausted(
          (is_durable() ? "no space for the record: " : "no memory for the record: ") +
          (disk.ok() ? std::string() : std::string(FromAbsl(disk.message())) + "; ") +
          "the engine holds " + std::to_string(pool_.held_bytes()) + " of " + BudgetName() + ", " +
          std::to_string(pool_.options().budget_bytes) +
          " bytes, and gets no more; let batches go that are done with, and " +
          RoomAdvice(status, shard_index));
    }
    case LogStatus::kTooLarge:
      return TooLargeError(record_bytes);
    case LogStatus::kClosed:
    case LogStatus::kOk:
      break;
  }
  return DeletedError();
}

HashKey StreamCore::TakeTurn() const { return table_.StartInTurn(TakeTurns(1)); }

absl::StatusOr<ShardId> StreamCore::OpenShardOf(const HashKey& key) const {
  for (;;) {
    const Route<Log> route = table_.Lookup(key);
    if (route.log == nullptr) return NoRouteError();
    const uint32_t index = route.log->shard_index();
    // Unless the log has been given to another shard meanwhile; then the table has changed as well.
    if (route.log->uid() == route.uid) return ShardId(index);
  }
}

// Inlined into its callers: a call and its result cost a put more than the look at the strategy.
template <class TryAppend, class Then>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline absl::Status StreamCore::AppendBy(const HashKey& key,
                                                                      size_t stored_bytes,
                                                                      TryAppend try_append,
                                                                      Then then) {
  const Millis now_ms = engine_->NowMillis();
  for (;;) {
    const Route<Log> route = table_.Lookup(key);
    if (route.log == nullptr) return NoRouteError();
    const LogStatus status = try_append(route, now_ms);
    if (status == LogStatus::kOk) return then(route.uid, now_ms);
    if (status == LogStatus::kClosed) continue;
    if (!MakeRoom(status, route.log->shard_index())) {
      return AppendError(status, stored_bytes, *route.log);
    }
  }
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline absl::StatusOr<PutResult> StreamCore::Append(
    const HashKey& key, const Record& record) {
  const LogRecord stored = StoredOf(record);
  Appended appended;
  absl::Status status = AppendBy(
      key, stored.stored_bytes(),
      [&](const Route<Log>& route, Millis now_ms) {
        return route.log->Append(route.uid, stored, now_ms, limits_, &appended);
      },
      [this](LogUid uid, Millis now_ms) { return SyncAfterPut(uid, now_ms); });
  if (!status.ok()) [[unlikely]]
    return status;
  return ResultOf(appended, 0);
}

absl::Status StreamCore::Reserve(const Record& address, size_t data_bytes,
                                 ReservedRecord<StdAtomics>* reserved, PutResult* place) {
  const std::string_view key = address.partition_key;
  if (!IsValid(data_bytes, key.size())) [[unlikely]]
    return InvalidSizeError(data_bytes, key.size());
  Appended appended;
  absl::Status status = AppendBy(
      HashOf(address), kRecordHeaderBytes + data_bytes + key.size(),
      [&](const Route<Log>& route, Millis now_ms) {
        return route.log->Reserve(route.uid, data_bytes, key, now_ms, limits_, reserved, &appended);
      },
      [](LogUid /*uid*/, Millis /*now_ms*/) { return absl::OkStatus(); });
  if (status.ok()) [[likely]]
    *place = ResultOf(appended, 0);
  return status;
}

absl::StatusOr<PutResult> StreamCore::Put(const Record& record) {
  if (!IsValid(record)) [[unlikely]]
    return InvalidSizeError(record.data.size(), record.partition_key.size());
  return Append(HashOf(record), record);
}

absl::StatusOr<PutResult> StreamCore::PutAt(const HashKey& key, const Record& record) {
  if (!IsValid(record)) [[unlikely]]
    return InvalidSizeError(record.data.size(), record.partition_key.size());
  return Append(key, record);
}

}  // namespace kinesis::internal
