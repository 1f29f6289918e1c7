#include "kinesis_core/shard.h"

#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/status.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis {
namespace {

using internal::Log;
using internal::LogCursor;
using internal::ShardCore;

// The log index that `number` names in `shard`. Index 0 of the numbers is the shard's start, so
// this is one less; the start itself names the first record.
absl::StatusOr<uint64_t> LogIndexOf(ShardCore& shard, const SequenceNumber& number) {
  const ShardId id = shard.identity().id;
  if (!number.is_valid() || number.shard_index() != id.index() ||
      number.shard_created_seconds() != shard.identity().created_s) {
    return internal::InvalidArgument(
        "sequence number " + number.ToString() + " is not of shard " + id.ToString() +
        (number.is_valid() ? "; it encodes " + ShardId(number.shard_index()).ToString() : ""));
  }
  if (number.index() > shard.log().EndIndex()) {
    return internal::OutOfRange("sequence number " + number.ToString() +
                                " is beyond the newest record of shard " + id.ToString());
  }
  return number.index() == 0 ? 0 : number.index() - 1;
}

// Whether the record at `cursor` has a smaller number than `number`, given the same index. The two
// differ in the time digits only if the number was never given out.
bool IsBelow(ShardCore& shard, LogCursor cursor, const SequenceNumber& number) {
  Log::Span span;
  uint64_t lost = 0;
  const uint64_t index = cursor.index;
  if (shard.log().ReadSpan(&cursor, {}, &span, &lost) != Log::ReadState::kRecords) return false;
  // Relaxed: ReadSpan acquired it.
  const uint64_t entry = span.segment->entries()[span.first].load(std::memory_order_relaxed);
  const int64_t arrival_ms = Log::ArrivalMs(*span.segment, entry);
  shard.log().Unpin(*span.segment);
  return cursor.index == index + 1 &&
         static_cast<uint64_t>(arrival_ms) / 1000 < number.time_seconds();
}

// Where reading at (or after) `number` begins.
absl::StatusOr<LogCursor> Seek(ShardCore& shard, const SequenceNumber& number, bool after) {
  const absl::StatusOr<uint64_t> index = LogIndexOf(shard, number);
  if (!index.ok()) return index.status();
  const LogCursor cursor = shard.log().SeekIndex(*index);
  if (number.index() == 0 || cursor.index != *index) return cursor;
  if (IsBelow(shard, cursor, number)) return LogCursor{cursor.segment, cursor.index + 1};
  if (!after) return cursor;
  // After the record itself; but at it, if its number is larger than the one given.
  const LogCursor next{cursor.segment, cursor.index + 1};
  const uint64_t second_before = number.time_seconds();
  const SequenceNumber later =
      SequenceNumber::Make(number.shard_created_seconds(), number.shard_index(), number.index(),
                           std::min(second_before + 1, SequenceNumber::kMaxSeconds));
  return IsBelow(shard, cursor, later) ? next : cursor;
}

}  // namespace

ShardId Shard::id() const { return core_->identity().id; }
HashKeyRange Shard::hash_key_range() const { return core_->identity().range; }
std::vector<ShardId> Shard::parents() const { return core_->identity().parents; }
std::vector<ShardId> Shard::children() const {
  return core_->is_closed() ? core_->children() : std::vector<ShardId>();
}
bool Shard::is_open() const { return !core_->is_closed(); }

SequenceNumber Shard::starting_sequence_number() const { return core_->starting_sequence_number(); }
std::optional<SequenceNumber> Shard::ending_sequence_number() const {
  if (!core_->is_closed()) return std::nullopt;
  return core_->ending_sequence_number();
}

absl::StatusOr<Iterator> Shard::CreateIterator(const IteratorStart& start) const {
  if (core_->stream().is_deleted()) return core_->stream().DeletedError();
  LogCursor cursor;
  std::optional<int64_t> min_ms;
  switch (start.kind()) {
    case IteratorStart::Kind::kTrimHorizon:
      cursor = core_->log().Oldest();
      break;
    case IteratorStart::Kind::kLatest:
      cursor = core_->log().Newest();
      break;
    case IteratorStart::Kind::kAtSequenceNumber:
    case IteratorStart::Kind::kAfterSequenceNumber: {
      const bool after = start.kind() == IteratorStart::Kind::kAfterSequenceNumber;
      const absl::StatusOr<LogCursor> found = Seek(*core_, start.sequence_number(), after);
      if (!found.ok()) return found.status();
      cursor = *found;
      break;
    }
    case IteratorStart::Kind::kAtTimestamp: {
      if (start.time() > core_->engine().clock().Now()) {
        return internal::OutOfRange("timestamp " + absl::FormatTime(start.time()) +
                                    " is in the future of the engine's clock");
      }
      // Rounded up: a record that arrived in the millisecond before is not "at or after".
      min_ms = absl::ToUnixMillis(start.time() + absl::Milliseconds(1) - absl::Nanoseconds(1));
      cursor = core_->log().SeekTime(*min_ms);
      break;
    }
  }
  Iterator iterator(core_, cursor.segment.bits(), cursor.index);
  iterator.min_ms_ = min_ms;
  return iterator;
}

absl::Status Shard::TrimBefore(const SequenceNumber& number) const {
  if (core_->stream().is_deleted()) return core_->stream().DeletedError();
  const absl::StatusOr<uint64_t> index = LogIndexOf(*core_, number);
  if (!index.ok()) return index.status();
  core_->log().TrimBefore(*index, core_->engine().NowMillis());
  return absl::OkStatus();
}

ShardMetrics Shard::Metrics() const { return core_->Metrics(); }

}  // namespace kinesis
