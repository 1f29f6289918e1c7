#include "kinesis_core/internal/stream_read.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kinesis_core/clock.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/short_wait.h"
#include "kinesis_core/internal/stream_core.h"
#include "kinesis_core/internal/waiting.h"

namespace kinesis::internal {
namespace {

LogCursor CursorOf(const ReadPlace& place) {
  return {SegmentRef::FromBits(place.segment), RecordIndex(place.index)};
}

// The time before which records that arrived have expired, by `now_ms` or by now.
Millis CutoffMs(const ShardCore& shard, Millis now_ms) {
  return now_ms - shard.stream().RetentionMs();
}
Millis CutoffMs(const ShardCore& shard) { return CutoffMs(shard, shard.engine().NowMillis()); }

// --- Seek

// The log index that `number` names in `shard`. Index 0 of the numbers is the shard's start, so
// this is one less; the start itself names the first record.
absl::StatusOr<RecordIndex> LogIndexOf(ShardCore& shard, const SequenceNumber& number) {
  const ShardId id = shard.identity().id;
  if (!number.is_valid() || number.shard_index() != id.index() ||
      number.shard_created_seconds() != shard.identity().created_s) {
    return InvalidArgument(
        "sequence number " + number.ToString() + " is not of shard " + id.ToString() +
        (number.is_valid() ? "; it encodes " + ShardId(number.shard_index()).ToString() : ""));
  }
  const RecordIndex end = shard.log().EndIndex();
  if (number.index() > end) {
    // A loss of power may have taken the record, or the next engine have found nothing of a closed
    // shard, all of which had expired: whoever had read it goes on behind the end.
    if (shard.is_closed() && shard.stream().is_durable()) return end;
    return OutOfRange("sequence number " + number.ToString() +
                      " is beyond the newest record of shard " + id.ToString());
  }
  return RecordIndex(number.index() == 0 ? 0 : number.index() - 1);
}

// When the record at `cursor` arrived; nothing if it is not there.
std::optional<Millis> ArrivalMs(ShardCore& shard, LogCursor cursor) {
  const RecordIndex index = cursor.index;
  const std::optional<Millis> arrival_ms = shard.log().PeekMs(&cursor, Millis(INT64_MIN));
  return cursor.index == index ? arrival_ms : std::nullopt;
}

// Returns whether the record at `cursor`, whose index `number` has, lies before what is read at (or
// after) `number`. Numbers are ordered by index first and by second next; the two disagree about a
// record only if the number was never given out. Of a record that is gone the second is not known:
// then only that of Iterator::position(), which is later than any, puts a number behind it.
bool IsPast(ShardCore& shard, LogCursor cursor, const SequenceNumber& number, bool after,
            Millis cutoff_ms) {
  const std::optional<Millis> arrival_ms = ArrivalMs(shard, cursor);
  // Asked for afterwards, so that what is neither there nor gone is yet to come.
  const bool is_gone =
      arrival_ms ? *arrival_ms < cutoff_ms : cursor.index < shard.log().Oldest().index;
  if (is_gone) return after || number.time_seconds() == SequenceNumber::kMaxSeconds;
  if (!arrival_ms) return false;
  return static_cast<uint64_t>(*arrival_ms) / 1000 < number.time_seconds() + (after ? 1 : 0);
}

// Where reading at (or after) `number` begins, even if that is trimmed, or arrived before
// `cutoff_ms`: the reader is then told.
absl::StatusOr<LogCursor> SeekNumber(ShardCore& shard, const SequenceNumber& number, bool after,
                                     Millis cutoff_ms) {
  const absl::StatusOr<RecordIndex> index = LogIndexOf(shard, number);
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
LogCursor SeekTime(Log& log, absl::Time time, absl::Duration lag, Millis* min_ms) {
  const Millis time_ms(absl::ToUnixMillis(time));
  Millis before_ms(INT64_MIN);
  const LogCursor cursor = log.SeekTime(time_ms, &before_ms);
  *min_ms = time_ms;
  if (lag <= absl::ZeroDuration()) return cursor;
  *min_ms = std::max(before_ms, Millis(absl::ToUnixMillis(time - lag)));
  return log.SeekTime(*min_ms);
}

// The oldest record that is kept: neither trimmed nor, by now, expired.
LogCursor OldestKept(ShardCore& shard) {
  const LogCursor unexpired = shard.log().SeekTime(CutoffMs(shard));
  const LogCursor untrimmed = shard.log().Oldest();
  return unexpired.index > untrimmed.index ? unexpired : untrimmed;
}

// --- Read

// Returns the request to the log for a read at a place, but for its limits.
Log::ReadRequest RequestAt(const ReadPlace& place, Millis cutoff_ms) {
  Log::ReadRequest request;
  request.cutoff_ms = cutoff_ms;
  request.min_ms = Millis(place.min_ms);
  request.min_end = RecordIndex(place.min_end);
  return request;
}

// Requires: !IsReadable().
absl::Status RefuseRead(ShardCore& shard, const ReadLimits& limits) {
  shard.CountRejectedRead();
  if (shard.stream().is_deleted()) return shard.stream().DeletedError();
  return FieldRangeError(limits.max_records == 0 ? "max_records" : "max_bytes", 0, "[1, 2^64-1]");
}

// Adds the records of a span, which end before the log index `end`, and their pin, which the span
// has no more.
void Add(Log::Span& span, RecordIndex end, FoundRecords* found) {
  Log::Segment& segment = *span.pin;
  found->Add({.segment = &segment,
              .entries = CommittedEntries(segment.entries() + span.first),
              .bytes = segment.data(),
              // Index 0 of a shard's sequence numbers is its start, so records count from 1.
              .first_number = end - span.count + 1,
              .count = span.count,
              .unit_shift = segment.unit_shift},
             span.payload_bytes);
  span.pin.Detach();
}

// Reads with pins of its own into *found, which is empty. If there is nothing, *idle_pin, if given,
// becomes the pin of the place's segment.
void ReadAnew(ShardCore& shard, const ReadLimits& limits, ReadPlace* place, FoundRecords* found,
              Log::Pin* idle_pin) {
  const Millis now_ms = shard.engine().NowMillis();
  Log::ReadRequest request = RequestAt(*place, CutoffMs(shard, now_ms));
  request.now_ms = now_ms;
  found->Begin(shard.stream().pool(), shard.identity().id, shard.identity().created_s);
  LogCursor cursor = CursorOf(*place);
  Log::ReadState state = Log::ReadState::kRecords;
  Log::Beyond beyond = Log::Beyond::kUnknown;
  Millis last_ms;
  std::optional<Millis> next_ms;  // of the record behind what is returned
  while (beyond == Log::Beyond::kUnknown && found->size() < limits.max_records) {
    request.max_records = limits.max_records - found->size();
    request.max_payload_bytes =
        limits.max_bytes - std::min(limits.max_bytes, found->payload_bytes());
    request.at_least_one = found->size() == 0;
    Log::Span span;
    uint64_t lost = 0;
    const LogCursor before = cursor;
    state = shard.log().ReadSpan(&cursor, request, &span, &lost);
    if (lost > 0 && found->size() > 0) {
      // Overtaken in the middle: the loss belongs in front of the next batch. What comes next is
      // that, so neither the tip nor the end has been reached.
      cursor = before;
      state = Log::ReadState::kRecords;
      break;
    }
    found->records_lost += lost;
    if (state != Log::ReadState::kRecords) {
      if (idle_pin != nullptr && found->size() == 0) *idle_pin = std::move(span.pin);
      break;
    }
    beyond = span.beyond;
    // Relaxed: ReadSpan acquired it.
    const uint64_t last_entry =
        span.pin->entries()[span.first + span.count - 1].load(std::memory_order_relaxed);
    last_ms = ArrivalMs(*span.pin, last_entry);
    if (beyond == Log::Beyond::kRecord) next_ms = ArrivalMs(*span.pin, span.next_entry);
    Add(span, cursor.index, found);
    request.min_ms = Millis(INT64_MIN);
    place->min_ms = INT64_MIN;
  }
  place->segment = cursor.segment.bits();
  place->index = cursor.index;

  if (found->size() > 0) {
    shard.CountRead(found->size(), found->payload_bytes());
    shard.SetIteratorAge(AgeMs(now_ms, last_ms));
  }
  if (state == Log::ReadState::kEnd) {
    shard.ReachEnd();
    found->end_of_shard = true;
    found->child_shards = shard.children();
  } else if (state != Log::ReadState::kTip && beyond == Log::Beyond::kUnknown) {
    next_ms = shard.log().PeekMs(&cursor, request.cutoff_ms);
  }
  if (next_ms) found->behind_latest_ms = AgeMs(now_ms, *next_ms);
}

// --- Wait

// A reader for SleepAtTip.
class Sleeper {
 public:
  Sleeper(ShardCore& shard, const ReadPlace& place, absl::Time deadline)
      : shard_(shard), place_(place), deadline_(deadline) {}

  bool IsDone(LogCursor* tip) {
    do {
      if (shard_.stream().is_deleted()) {
        status_ = shard_.stream().DeletedError();
        return true;
      }
      if (CanRead(shard_, place_, tip)) return true;
      if (shard_.engine().clock().Now() >= deadline_) {
        status_ = NothingToReadError(shard_);
        return true;
      }
    } while (!std::exchange(has_looked_, true) && LookAgain());
    return false;
  }
  void Sleep(WaitEvent& event) { shard_.engine().clock().Wait(event, deadline_); }
  void AwaitCommit(int round) const { internal::AwaitCommit(round); }

  const absl::Status& status() const { return status_; }

 private:
  bool LookAgain() const {
    return LookForAWhile([this] {
      LogCursor tip;
      return CanRead(shard_, place_, &tip);
    });
  }

  ShardCore& shard_;
  const ReadPlace& place_;
  const absl::Time deadline_;
  bool has_looked_ = false;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<ReadPlace> SeekStart(ShardCore& shard, const IteratorStart& start) {
  if (shard.stream().is_deleted()) return shard.stream().DeletedError();
  ReadPlace place;
  // Before anything is looked up: what is put from here on has this index or a later one.
  place.min_end = shard.log().EndIndex();
  LogCursor cursor;
  bool names_record = false;
  switch (start.kind()) {
    case IteratorStart::Kind::kTrimHorizon:
      cursor = shard.log().Oldest();
      break;
    case IteratorStart::Kind::kLatest:
      cursor = shard.log().Newest();
      break;
    case IteratorStart::Kind::kAtSequenceNumber:
    case IteratorStart::Kind::kAfterSequenceNumber: {
      const bool after = start.kind() == IteratorStart::Kind::kAfterSequenceNumber;
      const absl::StatusOr<LogCursor> found =
          SeekNumber(shard, start.sequence_number(), after, CutoffMs(shard));
      if (!found.ok()) return found.status();
      cursor = *found;
      names_record = true;
      break;
    }
    case IteratorStart::Kind::kAtTimestamp: {
      const Clock& clock = shard.engine().clock();
      const absl::Duration lag = clock.Lag();  // before Now(), as Clock says
      if (start.time() > clock.Now() + lag) {
        return OutOfRange("timestamp " + absl::FormatTime(start.time()) +
                          " is in the future of the engine's clock");
      }
      Millis min_ms;
      cursor = SeekTime(shard.log(), start.time(), lag, &min_ms);
      place.min_ms = min_ms;
      break;
    }
  }
  if (!names_record) {
    // Records that were gone before the iterator came are not lost to it.
    const LogCursor oldest = OldestKept(shard);
    if (cursor.index < oldest.index) cursor = oldest;
  }
  place.segment = cursor.segment.bits();
  place.index = cursor.index;
  return place;
}

absl::Status TrimBefore(ShardCore& shard, const SequenceNumber& number) {
  if (shard.stream().is_deleted()) return shard.stream().DeletedError();
  const Millis now_ms = shard.engine().NowMillis();
  if (shard.is_closed() && number == shard.ending_sequence_number()) {
    shard.log().TrimBefore(shard.log().EndIndex(), now_ms);
    return absl::OkStatus();
  }
  const absl::StatusOr<LogCursor> place =
      SeekNumber(shard, number, /*after=*/false, Millis(INT64_MIN));
  if (!place.ok()) return place.status();
  shard.log().TrimBefore(place->index, now_ms);
  return absl::OkStatus();
}

SequenceNumber PositionOf(const ShardCore& shard, const ReadPlace& place) {
  const ShardIdentity& identity = shard.identity();
  if (place.index == 0) return SequenceNumber::ShardStart(identity.created_s, identity.id.index());
  // Sequence numbers count records from 1, so this is the index of the last record before the
  // place; the latest of seconds puts the number behind that record.
  return SequenceNumber::Make(identity.created_s, identity.id.index(), place.index,
                              SequenceNumber::kMaxSeconds);
}

absl::Status Read(ShardCore& shard, const ReadLimits& limits, ReadPlace* place,
                  FoundRecords* found) {
  if (!IsReadable(shard.stream(), limits)) [[unlikely]]
    return RefuseRead(shard, limits);
  ReadAnew(shard, limits, place, found, nullptr);
  return absl::OkStatus();
}

absl::Status ReadInto(ShardCore& shard, const ReadLimits& limits, ReadPlace* place,
                      std::unique_ptr<ReaderState>& state, FoundRecords* found) {
  if (state == nullptr) state = std::make_unique<ReaderState>(shard);
  state->LetGo();
  found->Clear();
  if (!IsReadable(shard.stream(), limits)) return RefuseRead(shard, limits);
  state->ReadAnew(limits, place, found);
  return absl::OkStatus();
}

void ReaderState::ReadAnew(const ReadLimits& limits, ReadPlace* place, FoundRecords* found) {
  internal::ReadAnew(shard_, limits, place, found, &pin_);
  empty_reads_left_ = kMostEmptyReads;
  Log::Segment* const segment = pin_ ? &*pin_ : found->only_segment();
  if (segment == nullptr) return;
  if (!Log::Followed::IsAt(*segment, SegmentRef::FromBits(place->segment), uid_)) return;
  followed_ = Log::Followed(*segment, RecordIndex(place->index));
}

bool CanRead(ShardCore& shard, const ReadPlace& place, LogCursor* tip) {
  *tip = CursorOf(place);
  Log::Span span;
  uint64_t lost = 0;
  const Log::ReadState state =
      shard.log().ReadSpan(tip, RequestAt(place, CutoffMs(shard)), &span, &lost);
  return state != Log::ReadState::kTip || lost > 0;
}

absl::Status NothingToReadError(const ShardCore& shard) {
  return DeadlineExceeded("nothing to read in shard " + shard.identity().id.ToString() +
                          " before the deadline");
}

absl::Status WaitToRead(ShardCore& shard, const ReadPlace& place, absl::Time deadline) {
  Sleeper sleeper(shard, place, deadline);
  SleepAtTip(shard.engine().lot(), shard.log(), shard.uid(), sleeper);
  return sleeper.status();
}

}  // namespace kinesis::internal
