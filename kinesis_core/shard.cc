#include "kinesis_core/shard.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/shard_core.h"
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

// When the record at `cursor` arrived; nothing if it is not there.
std::optional<int64_t> ArrivalMs(ShardCore& shard, LogCursor cursor) {
  Log::Span span;
  uint64_t lost = 0;
  const uint64_t index = cursor.index;
  if (shard.log().ReadSpan(&cursor, {}, &span, &lost) != Log::ReadState::kRecords) {
    return std::nullopt;
  }
  // Relaxed: ReadSpan acquired it.
  const uint64_t entry = span.segment->entries()[span.first].load(std::memory_order_relaxed);
  const int64_t arrival_ms = Log::ArrivalMs(*span.segment, entry);
  shard.log().Unpin(*span.segment);
  if (cursor.index != index + 1) return std::nullopt;
  return arrival_ms;
}

// Whether the record at `cursor`, whose index `number` has, lies before what is read at (or after)
// `number`. Numbers are ordered by index first and by second next; the two disagree about a record
// only if the number was never given out. Of a record that is gone the second is not known: then
// only that of Iterator::position(), which is later than any, puts a number behind it.
bool IsPast(ShardCore& shard, LogCursor cursor, const SequenceNumber& number, bool after,
            int64_t cutoff_ms) {
  const std::optional<int64_t> arrival_ms = ArrivalMs(shard, cursor);
  // Asked for afterwards, so that what is neither there nor gone is yet to come.
  const bool is_gone =
      arrival_ms ? *arrival_ms < cutoff_ms : cursor.index < shard.log().Oldest().index;
  if (is_gone) return after || number.time_seconds() == SequenceNumber::kMaxSeconds;
  if (!arrival_ms) return false;
  return static_cast<uint64_t>(*arrival_ms) / 1000 < number.time_seconds() + (after ? 1 : 0);
}

// Where reading at (or after) `number` begins, even if that is trimmed, or arrived before
// `cutoff_ms`: the reader is then told.
absl::StatusOr<LogCursor> Seek(ShardCore& shard, const SequenceNumber& number, bool after,
                               int64_t cutoff_ms) {
  const absl::StatusOr<uint64_t> index = LogIndexOf(shard, number);
  if (!index.ok()) return index.status();
  LogCursor cursor = shard.log().SeekIndex(*index);
  cursor.index = *index;  // also if the log begins later
  if (number.index() > 0 && IsPast(shard, cursor, number, after, cutoff_ms)) ++cursor.index;
  return cursor;
}

// Where reading from `time` begins, which may have been read from a clock that is ahead of the
// engine's by up to `lag`. Records that arrived before *min_ms are not wanted.
//
// Arrival times are whole milliseconds, rounded down, and so is `time`: a record that is put after
// its reading of the same clock is not before it. With a lag, such a record may be stamped with an
// earlier time, but with none before the newest that the clock is known to have shown by then.
LogCursor SeekTime(Log& log, absl::Time time, absl::Duration lag, int64_t* min_ms) {
  const int64_t time_ms = absl::ToUnixMillis(time);
  int64_t before_ms = INT64_MIN;
  const LogCursor cursor = log.SeekTime(time_ms, &before_ms);
  *min_ms = time_ms;
  if (lag <= absl::ZeroDuration()) return cursor;
  *min_ms = std::max(before_ms, absl::ToUnixMillis(time - lag));
  return log.SeekTime(*min_ms);
}

// What arrived before this has expired.
int64_t CutoffMs(ShardCore& shard) {
  return shard.engine().NowMillis() - shard.stream().RetentionMs();
}

// The oldest record that is kept: neither trimmed nor, by now, expired.
LogCursor OldestKept(ShardCore& shard) {
  const LogCursor unexpired = shard.log().SeekTime(CutoffMs(shard));
  const LogCursor untrimmed = shard.log().Oldest();
  return unexpired.index > untrimmed.index ? unexpired : untrimmed;
}

}  // namespace

ShardId Shard::id() const { return core_->identity().id; }
HashKeyRange Shard::hash_key_range() const { return core_->identity().range; }
std::vector<ShardId> Shard::parents() const { return core_->identity().parents; }
std::vector<ShardId> Shard::children() const {
  return core_->is_closed() ? core_->children() : std::vector<ShardId>();
}
bool Shard::is_open() const { return !core_->is_closed(); }

absl::Time Shard::opened_at() const { return absl::FromUnixMillis(core_->opened_ms()); }
std::optional<absl::Time> Shard::closed_at() const {
  if (!core_->is_closed()) return std::nullopt;
  return absl::FromUnixMillis(core_->closed_ms());
}

SequenceNumber Shard::starting_sequence_number() const { return core_->starting_sequence_number(); }
std::optional<SequenceNumber> Shard::ending_sequence_number() const {
  if (!core_->is_closed()) return std::nullopt;
  return core_->ending_sequence_number();
}

absl::StatusOr<Iterator> Shard::CreateIterator(const IteratorStart& start) const {
  if (core_->stream().is_deleted()) return core_->stream().DeletedError();
  // Before anything is looked up: what is put from here on has this index or a later one.
  const uint64_t end = core_->log().EndIndex();
  LogCursor cursor;
  bool names_record = false;
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
      const absl::StatusOr<LogCursor> found =
          Seek(*core_, start.sequence_number(), after, CutoffMs(*core_));
      if (!found.ok()) return found.status();
      cursor = *found;
      names_record = true;
      break;
    }
    case IteratorStart::Kind::kAtTimestamp: {
      const Clock& clock = core_->engine().clock();
      const absl::Duration lag = clock.Lag();  // before Now(), as Clock says
      if (start.time() > clock.Now() + lag) {
        return internal::OutOfRange("timestamp " + absl::FormatTime(start.time()) +
                                    " is in the future of the engine's clock");
      }
      cursor = SeekTime(core_->log(), start.time(), lag, &min_ms.emplace());
      break;
    }
  }
  if (!names_record) {
    // What was gone before the iterator came is not lost to it.
    const LogCursor oldest = OldestKept(*core_);
    if (cursor.index < oldest.index) cursor = oldest;
  }
  Iterator iterator(core_, cursor.segment.bits(), cursor.index);
  iterator.min_ms_ = min_ms;
  iterator.min_end_ = end;
  return iterator;
}

absl::Status Shard::TrimBefore(const SequenceNumber& number) const {
  if (core_->stream().is_deleted()) return core_->stream().DeletedError();
  const int64_t now_ms = core_->engine().NowMillis();
  if (core_->is_closed() && number == core_->ending_sequence_number()) {
    core_->log().TrimBefore(core_->log().EndIndex(), now_ms);
    return absl::OkStatus();
  }
  const absl::StatusOr<LogCursor> place = Seek(*core_, number, /*after=*/false, INT64_MIN);
  if (!place.ok()) return place.status();
  core_->log().TrimBefore(place->index, now_ms);
  return absl::OkStatus();
}

ShardMetrics Shard::Metrics() const { return core_->Metrics(); }

}  // namespace kinesis
