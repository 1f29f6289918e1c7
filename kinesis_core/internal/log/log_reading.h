// The part of a log that readers use: its ends, places in it, what stands there, and their sleep at
// its tip. RingLog (ring_log.h) is this and the appends; its comment has the whole and the
// invariants.
//
//   Read    A reader pins the segment of its position, takes entries up to the first uncommitted
//           one, and at the end of a sealed segment follows `next`. It looks at no word that
//           producers write per record, other than the entries.
//   Follow  A reader that comes again and again keeps its pin from one read to the next, and then
//           pays for the entries alone: see FollowedSegment.
//   Wait    A reader that is about to sleep sets a bit in the tail word; the next claim takes it
//           over and wakes it after the commit. Where nobody sleeps, an append pays nothing for it.
#ifndef KINESIS_CORE_INTERNAL_LOG_LOG_READING_H_
#define KINESIS_CORE_INTERNAL_LOG_LOG_READING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/debug_use.h"
#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/followed_segment.h"
#include "kinesis_core/internal/log/log_export.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_chain.h"

namespace kinesis::internal {

// Thread-safe: all operations may run concurrently, for distinct cursors, while the log is open or
// closed but not released.
template <class Atomics>
class LogReading {
 protected:
  using Chain = SegmentChain<Atomics>;

 public:
  using Pool = typename Chain::Pool;
  using Segment = typename Chain::Segment;
  using Pin = SegmentPin<Atomics>;
  using Followed = FollowedSegment<Atomics>;

  LogReading(const LogReading&) = delete;
  LogReading& operator=(const LogReading&) = delete;

  // 0 unless it is open or closed.
  LogUid uid() const { return chain_.uid(); }
  // Of the shard that the log was opened for; right if uid() is still the expected one afterwards.
  uint32_t shard_index() const { return chain_.shard_index(); }

  // --- Ends

  // The oldest record kept.
  LogCursor Oldest() const {
    const DebugMark reading(readers_);
    return chain_.search().Oldest();
  }
  // The place after the newest record, or after the last one handed out.
  LogCursor Newest() const {
    const DebugMark reading(readers_);
    return chain_.search().Newest();
  }
  RecordIndex EndIndex() const { return Newest().index; }
  // A time that no record so far arrived after: that of the newest, unless its segment was left.
  Millis NewestMs() const {
    const DebugMark reading(readers_);
    return chain_.search().NewestMs();
  }
  // The arrival time of the newest record of the oldest segment that has any; INT64_MAX if none
  // has. Its memory can be reclaimed when that time has expired.
  Millis OldestSegmentMs() const {
    const DebugMark reading(readers_);
    return chain_.search().OldestSegmentMs();
  }

  // --- Read

  // The place of `index`, or of the oldest record kept if that is younger. O(log segments).
  LogCursor SeekIndex(RecordIndex index) const {
    const DebugMark reading(readers_);
    const SegmentRef ref = chain_.search().FindIndex(index);
    const LogCursor oldest = Oldest();
    return index < oldest.index ? oldest : LogCursor{ref, index};
  }

  // The place of the first record that arrived at or after `time_ms`; after the newest if there is
  // none. A record behind it that is still being written may have arrived earlier: see
  // ReadRequest::min_ms. O(log segments + log records of a segment).
  //
  // *before_ms, if given, becomes the latest time before `time_ms` that this log knows to have been
  // on the clock of its appends, INT64_MIN if it knows none: a record that arrived even earlier was
  // stamped before the clock came to show `time_ms`.
  LogCursor SeekTime(Millis time_ms, Millis* before_ms = nullptr) {
    const DebugMark reading(readers_);
    Millis known_ms(INT64_MIN);
    LogCursor cursor;
    SegmentFacts facts;
    do {
      cursor.segment =
          chain_.search().Find([time_ms](const SegmentFacts& at) { return at.base_ms >= time_ms; });
    } while (!chain_.search().ReadFacts(cursor.segment, &facts));
    cursor.index = facts.base_index;
    for (;;) {
      uint64_t lost = 0;
      const Pin pin = chain_.search().Enter(&cursor, &lost);
      const Segment& segment = *pin;
      // Relaxed: ordered by the pin. The base time was on the clock when the segment was linked.
      const Millis base_ms = segment.base_ms.load(std::memory_order_relaxed);
      if (base_ms < time_ms) known_ms = base_ms;
      const uint32_t first = LowerBound(segment, time_ms, &known_ms);
      cursor.index = std::max(cursor.index, BaseIndex(segment) + first);
      const SegmentRef next = LoadRef(segment.next);
      // Relaxed: final once `next` is set, which LoadRef's acquire ordered.
      const bool done = !next.is_segment() ||
                        first < TailWord(segment.tail.load(std::memory_order_relaxed)).count();
      if (done) {
        if (before_ms != nullptr) *before_ms = known_ms;
        return cursor;
      }
      cursor.segment = next;
    }
  }

  // The most that a reader wants, and the records that it must not get.
  struct ReadRequest {
    uint64_t max_records = 1;
    uint64_t max_payload_bytes = ~uint64_t{0};
    bool at_least_one = true;     // the first record may exceed max_payload_bytes
    Millis cutoff_ms{INT64_MIN};  // records that arrived before it have expired
    // Records that arrived before min_ms are passed over, not lost, if their index is below
    // min_end.
    Millis min_ms{INT64_MIN};
    RecordIndex min_end{~uint64_t{0}};
    // When this is, if the pin is to be kept: see SegmentPool::SayPinned.
    Millis now_ms{kPinnedSinceUnknown};
  };

  // The state of the place behind a span, as far as it is known.
  enum class Beyond {
    kUnknown,  // it is in another segment, or the log is closed there, or a claim is under way
    kRecord,   // a committed record: Span::next_entry
    kTip,      // nothing was committed there, and it is the end of an open log
  };

  // Adjacent committed records of one segment.
  struct Span {
    Pin pin;
    uint32_t first = 0;
    uint32_t count = 0;
    uint64_t payload_bytes = 0;
    Beyond beyond = Beyond::kUnknown;
    uint64_t next_entry = 0;
  };

  enum class ReadState {
    kRecords,  // *span holds at least one record, and their pin
    kLimit,    // the next record exceeds max_payload_bytes
    kTip,      // nothing is committed at the cursor yet; *span holds the pin of its segment
    kEnd,      // the log is closed and the cursor is behind its last record
  };

  // Reads at the cursor and moves it. Adds to *lost the records between the cursor and the first
  // that could be returned: trimmed, or expired.
  ReadState ReadSpan(LogCursor* cursor, const ReadRequest& request, Span* span, uint64_t* lost) {
    const DebugMark reading(readers_);
    for (;;) {
      Pin pin = chain_.search().Enter(cursor, lost);
      Pool::SayPinned(*pin, request.now_ms);
      const Segment& segment = *pin;
      SkipExpired(segment, request, cursor, lost);
      const Millis min_ms = cursor->index < request.min_end ? request.min_ms : Millis(INT64_MIN);
      if (PassOver(segment, min_ms, cursor)) continue;
      const auto first = static_cast<uint32_t>(cursor->index - BaseIndex(segment));
      Gather(segment, first, request, span);
      if (span->count > 0) {
        // Committed since we looked above: look again.
        if (IsTooOld(segment, first, std::max(request.cutoff_ms, min_ms))) continue;
        cursor->index += span->count;
        span->pin = std::move(pin);
        return ReadState::kRecords;
      }
      const ReadState state =
          span->beyond == Beyond::kRecord ? ReadState::kLimit : StepToNext(segment, first, cursor);
      if (state == ReadState::kTip) span->pin = std::move(pin);
      if (state != ReadState::kRecords) return state;
    }
  }

  // The first step of a read at the record `index`, at which a reader is in a segment that it has
  // kept pinned since an earlier read. FollowedSegment has the second; neither takes a pin. Where
  // they do not know, ReadSpan is to be asked.
  [[gnu::always_inline]] typename Followed::State LookAt(Followed* at, RecordIndex index) const {
    const DebugMark reading(readers_);
    return at->Look(index, chain_.TrimIndex());
  }

  // A look at the record at the cursor: its arrival time, or nothing if there is none.
  // A cursor that was overtaken stands at the oldest record kept afterwards.
  std::optional<Millis> PeekMs(LogCursor* cursor, Millis cutoff_ms) {
    ReadRequest request;
    request.cutoff_ms = cutoff_ms;
    Span span;
    uint64_t lost = 0;
    if (ReadSpan(cursor, request, &span, &lost) != ReadState::kRecords) return std::nullopt;
    cursor->index = cursor->index - 1;
    // Relaxed: ReadSpan acquired it.
    const uint64_t entry = span.pin->entries()[span.first].load(std::memory_order_relaxed);
    return ArrivalMs(*span.pin, entry);
  }

  // --- Copy

  // Hands out what has been committed and was not handed out before: see LogExport.
  template <class Sink>
  void Export(LogExport<Atomics>* to, Sink sink) const {
    const DebugMark reading(readers_);
    // Not the trim index alone: what made room for others goes by whole segments.
    to->Run(chain_.search(), chain_.search().Oldest().index, sink);
  }

  // --- Wait.

  enum class WaitState {
    kReady,     // something can be read, or the log is closed
    kArmed,     // nothing is there; the producer that changes this calls LogListener::OnAppend
    kInFlight,  // a claim or rotation before the cursor is under way: look again soon
  };

  // Arms the tail for a reader at `cursor` that is about to sleep. The reader must already be where
  // OnAppend looks for it.
  //
  // Why no wake-up is lost without a fence in the append path: the wait bit is set by a
  // compare-exchange of the very word that a producer claims from. If the claim comes first, the
  // exchange fails or sees the larger count, and the reader does not sleep. If the exchange comes
  // first, the claim reads the bit.
  WaitState ArmWait(const LogCursor& cursor) {
    const DebugMark reading(readers_);
    for (;;) {
      const SegmentRef ref = chain_.tail();
      Segment& segment = chain_.pool().Get(ref.id());
      const SegmentRef next = LoadRef(segment.next);
      // Acquire: the base index below must be of the generation of this word.
      TailWord word(segment.tail.load(std::memory_order_acquire));
      const RecordIndex end = BaseIndex(segment) + word.count();
      if (!word.IsOf(ref) || chain_.tail() != ref) continue;
      if (cursor.index < end) return WaitState::kInFlight;
      if (next.is_closed()) return WaitState::kReady;
      if (next.is_segment()) {
        chain_.links().AdvanceTail(ref, next);
        continue;
      }
      if (word.sealed()) return WaitState::kInFlight;
      uint64_t expected = word.bits();
      // acq_rel: release, so that the claimer that reads the bit finds the reader where it
      // registered.
      if (word.wait()) return WaitState::kArmed;
      // If the tail has moved since, the exchange may have armed another log by the accident of a
      // stale claim: it is woken for nothing, and we arm again.
      if (segment.tail.compare_exchange_strong(expected, word.Waiting().bits(),
                                               std::memory_order_acq_rel,
                                               std::memory_order_relaxed) &&
          chain_.tail() == ref) {
        return WaitState::kArmed;
      }
    }
  }

 protected:
  LogReading() = default;
  ~LogReading() = default;

  Chain chain_;
  // In builds that check: those in an operation of a reader.
  [[no_unique_address]] mutable DebugUse<struct Readers> readers_;

 private:
  // The first entry of a pinned segment that arrived at or after `time_ms`, among those claimed.
  // Entries that are not committed, or void, take the side of the next one that is. *before_ms, if
  // given, becomes the time of the last one that is known to be before, if there is any.
  uint32_t LowerBound(const Segment& segment, Millis time_ms, Millis* before_ms = nullptr) const {
    uint32_t low = 0;
    // Acquire: not needed for the entries, which are acquired below; keeps the count of this
    // generation.
    uint32_t high = TailWord(segment.tail.load(std::memory_order_acquire)).count();
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      uint32_t probe = middle;
      uint64_t entry = 0;
      for (; probe < high; ++probe) {
        entry = segment.entries()[probe].load(std::memory_order_acquire);  // pairs with Commit
        if (entry != 0 && (entry & kEntryVoid) == 0) break;
      }
      const Millis arrival_ms = probe < high ? ArrivalMs(segment, entry) : Millis(INT64_MAX);
      if (arrival_ms < time_ms) {
        low = probe + 1;
        if (before_ms != nullptr) *before_ms = arrival_ms;
      } else {
        high = middle;
      }
    }
    return low;
  }

  // Moves the cursor past records that have expired. They are lost, but for those that the request
  // would have passed over.
  void SkipExpired(const Segment& segment, const ReadRequest& request, LogCursor* cursor,
                   uint64_t* lost) const {
    // Relaxed: ordered by the pin. No record is older than the base time: the common case ends
    // here.
    if (segment.base_ms.load(std::memory_order_relaxed) >= request.cutoff_ms) return;
    const RecordIndex base = BaseIndex(segment);
    const RecordIndex kept = base + LowerBound(segment, request.cutoff_ms);
    while (cursor->index < kept) {
      const Millis min_ms = cursor->index < request.min_end ? request.min_ms : Millis(INT64_MIN);
      if (PassOver(segment, min_ms, cursor)) continue;
      ++*lost;
      ++cursor->index;
    }
  }

  // Steps over a void entry, or a record that arrived before `min_ms`. True if it did.
  static bool PassOver(const Segment& segment, Millis min_ms, LogCursor* cursor) {
    const uint64_t slot = cursor->index - BaseIndex(segment);
    if (slot >= segment.entry_limit) return false;
    // Acquire: pairs with Commit.
    const uint64_t entry = segment.entries()[slot].load(std::memory_order_acquire);
    if (entry == 0) return false;
    if ((entry & kEntryVoid) == 0 && (min_ms == INT64_MIN || ArrivalMs(segment, entry) >= min_ms)) {
      return false;
    }
    ++cursor->index;
    return true;
  }

  // The committed records from `first` on, within the limits, into all of *span but the pin.
  static void Gather(const Segment& segment, uint32_t first, const ReadRequest& request,
                     Span* span) {
    uint32_t count = 0;
    uint64_t payload_bytes = 0;
    const typename Segment::EntryWord* const entries = segment.entries();
    span->first = first;
    span->beyond = Beyond::kUnknown;
    for (uint64_t slot = first; slot < segment.entry_limit; ++slot) {
      // Acquire: pairs with the release in Commit, which makes the bytes readable (L2).
      const uint64_t entry = entries[slot].load(std::memory_order_acquire);
      if (entry == 0) {
        // Once a segment is linked behind this one, or the log closed, this may be a claim that is
        // not committed yet.
        if (LoadRef(segment.next).id() == SegmentRef::kNoneId) span->beyond = Beyond::kTip;
        break;
      }
      if ((entry & kEntryVoid) != 0) break;
      const uint64_t payload = RecordEntry::Decode(entry).payload_bytes();
      const bool too_large = payload_bytes + payload > request.max_payload_bytes &&
                             !(request.at_least_one && count == 0);
      if (too_large || count == request.max_records) {
        span->beyond = Beyond::kRecord;
        span->next_entry = entry;
        break;
      }
      payload_bytes += payload;
      ++count;
    }
    span->count = count;
    span->payload_bytes = payload_bytes;
  }

  // Returns whether the first record of a span, and so perhaps others, arrived before `min_ms`.
  static bool IsTooOld(const Segment& segment, uint32_t first, Millis min_ms) {
    // Relaxed: ordered by the pin. No record is older than the base time.
    if (segment.base_ms.load(std::memory_order_relaxed) >= min_ms) return false;
    // Relaxed: Gather has acquired it.
    return ArrivalMs(segment, segment.entries()[first].load(std::memory_order_relaxed)) < min_ms;
  }

  // Nothing is at entry `slot` of a pinned segment: says why, and moves the cursor on if there is a
  // next segment (kRecords then means "look there").
  static ReadState StepToNext(const Segment& segment, uint32_t slot, LogCursor* cursor) {
    const SegmentRef next = LoadRef(segment.next);
    if (!next.is_segment() && !next.is_closed()) return ReadState::kTip;
    // Relaxed: final since before `next` was set, whose acquire load came first.
    const TailWord tail(segment.tail.load(std::memory_order_relaxed));
    if (slot < tail.count()) return ReadState::kTip;
    if (next.is_closed()) return ReadState::kEnd;
    cursor->segment = next;
    return ReadState::kRecords;
  }
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_LOG_READING_H_
