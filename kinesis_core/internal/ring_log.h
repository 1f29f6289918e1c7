// The log of one shard: an append-only sequence of records in a ring of pooled segments.
//
// Many threads append, any number read, none waits for another. The log is a chain of segments from
// the oldest kept (head) to the one being appended to (tail). A log in which nothing is stored
// consists of one stub segment without memory, so an idle shard costs two small structures.
//
//     head_                                                        tail_
//       |                                                            |
//       v                                                            v
//     [segment] --next--> [segment] --next--> ... --next--> [segment: sealed? count, offset, time]
//
// Every record has an index: its place in the log since the shard was opened, 0, 1, 2, ... The
// index of entry i of a segment is base_index + i.
//
// Append. A producer reads tail_, then the segment's tail word, and claims n records and their
// bytes by one compare-exchange on that word. The claim is its own: it copies the bytes, then
// stores the entry words with release. That store is the publication point of a record. Rotation.
// Whoever finds no room takes a segment from the pool *first* (so that a full pool leaves the log
// as it was), then seals the tail word, links the new segment to `next` by compare-exchange and
// moves tail_. Every step can be finished by any other producer. Close. The tail segment is sealed
// and its `next` is exchanged from "none" to "closed". That exchange is the one step that closes
// the log. Trim. head_ is moved past its segment by compare-exchange; the winner retires that
// segment to the pool. Read. A reader pins the segment of its position, takes entries up to the
// first uncommitted one, and at the end of a sealed segment follows `next`. It looks at no word
// that producers write per record, other than the entries.
//
// Invariants (numbers of the design; each is argued where the operation stands)
//   L1  No step waits for another thread. A claim that is not committed stops readers at its entry
//       and nobody else; a link or tail move that is not finished is finished by the next thread.
//   L2  A record is visible when its entry is non-zero, and its bytes were written before (release in
//       Commit, acquire in ReadSpan). An entry is non-zero only if committed in this generation (P3).
//   L3  Indices are handed out by the claims, which are totally ordered per segment by the tail word
//       and between segments by the seal: a segment's final count is fixed before its successor's
//       base is.
//   L4  A reader's pin is checked against the generation before the block is touched (pool, P2).
//   L5  Segments are charged to the budget before they exist (pool, P4); `capacity_bytes` bounds a
//       log.
//   L6  Seek and ReadSpan take any index or time: references are validated, never trusted.
//   L7  After "closed" no segment can be linked, and a sealed word refuses every claim: each append
//       is either in a segment at or before the end, or was refused.
//   L8  Arrival times never decrease in index order (tail word), so what has expired is a prefix:
//       reads cut it off, trims give it back.
//
// A stale claim. Between reading a tail word and exchanging it, a producer may sleep while the
// segment is recycled into another log and comes to hold the very same word (10 bits of generation,
// offset, count and time alike). Its exchange then succeeds there. It notices, because a segment
// with an uncommitted claim is not recycled again and so its log_uid can be read safely after the
// claim; it commits its entries as void, which readers step over, and starts again. Indices of void
// entries name no record.
#ifndef KINESIS_CORE_INTERNAL_RING_LOG_H_
#define KINESIS_CORE_INTERNAL_RING_LOG_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "kinesis_core/internal/check.h"
#include "kinesis_core/internal/segment.h"
#include "kinesis_core/internal/segment_pool.h"

namespace kinesis::internal {

enum class LogStatus {
  kOk,
  kClosed,    // the log takes no more records: route again
  kFull,      // over capacity_bytes, and the policy is to reject
  kNoMemory,  // the pool's budget, or the system, has no segment to give
  kTooLarge,  // the record needs a segment larger than capacity_bytes
};

// What bounds a log. May change at any time; takes effect at the next rotation, trim or read.
template <class Atomics>
struct LogLimits {
  typename Atomics::template Atomic<uint64_t> capacity_bytes{~uint64_t{0}};
  typename Atomics::template Atomic<int64_t> retention_ms{int64_t{1} << 50};
  typename Atomics::template Atomic<bool> trim_oldest{false};
};

// The bytes of one record to append.
struct LogRecord {
  std::string_view data;
  std::string_view key;

  size_t stored_bytes() const { return kRecordHeaderBytes + data.size() + key.size(); }
};

// Where appended records went: indices first_index .. first_index + count - 1, all at arrival_ms,
// in the log that was opened for this shard.
struct Appended {
  uint64_t first_index = 0;
  uint32_t count = 0;
  uint32_t shard_index = 0;
  uint64_t shard_created_s = 0;
  int64_t arrival_ms = 0;
};

// A reader's place: the index of the next record, and the segment it was last seen in (a hint).
struct LogCursor {
  SegmentRef segment;
  uint64_t index = 0;
};

template <class Atomics>
class RingLog {
 public:
  template <class T>
  using Atomic = typename Atomics::template Atomic<T>;
  using Pool = SegmentPool<Atomics>;
  using Segment = internal::Segment<Atomics>;
  using Limits = LogLimits<Atomics>;

  // Segments grow with what the log holds, up to this class, and beyond it only for a record that
  // needs it.
  static constexpr int kLargestGrownClass = 4;
  // A segment is at most this part of the capacity, so that trimming is fine-grained.
  static constexpr uint64_t kSegmentsPerCapacity = 8;

  RingLog() = default;
  RingLog(const RingLog&) = delete;
  RingLog& operator=(const RingLog&) = delete;

  // --- Life. Open, Close and Release of one log are called by one thread at a time. A log object
  // is type-stable: after Release it may be opened again, under another uid, while threads still
  // hold it.

  // Opens an empty log. `uid` is not 0 and is never used again in this pool. False if the system
  // has no memory for one small structure.
  bool Open(Pool& pool, uint64_t uid, uint64_t shard_created_s, uint32_t shard_index,
            int64_t now_ms) {
    Segment* const stub = pool.Acquire(SegmentGeometry::kStub);
    if (stub == nullptr) return false;
    InitializeSegment(*stub, {uid, 0, now_ms, shard_created_s, shard_index, 0, {}, {}, false});
    const SegmentRef ref = Pool::RefTo(*stub);
    // Release, all: a thread that still holds this log under an earlier uid and reads one of the
    // new values goes on to see the whole of the stub; the uid comes last and admits appenders.
    trim_index_.store(0, std::memory_order_release);
    trimmed_records_.store(0, std::memory_order_release);
    trimmed_payload_bytes_.store(0, std::memory_order_release);
    rejected_.store(0, std::memory_order_release);
    held_bytes_.store(0, std::memory_order_release);
    pool_.store(&pool, std::memory_order_release);
    head_.store(ref.bits(), std::memory_order_release);
    tail_.store(ref.bits(), std::memory_order_release);
    uid_.store(uid, std::memory_order_release);
    return true;
  }

  // Closes the log and returns the index after its last record. Closing twice is harmless.
  uint64_t Close(int64_t now_ms) {
    bool want_stub = true;
    for (;;) {
      const SegmentRef ref = tail();
      Segment& segment = pool().Get(ref.id());
      // Acquire: pairs with the exchange that linked or closed.
      const SegmentRef next = LoadRef(segment.next);
      if (next.is_segment()) {
        AdvanceTail(ref, next);
      } else if (next.is_closed()) {
        return EndIndex();
      } else if (want_stub && segment.entry_limit > 0) {
        // Ends on a stub, so that the last memory of a closed log can be trimmed like any other. If
        // the system has none to give, that memory stays until Release.
        want_stub = ReplaceTail(ref, segment, now_ms);
      } else {
        Seal(segment, ref);
        // The step that closes (L7). acq_rel: whoever sees "closed" sees the sealed count; and our
        // EndIndex() sees what those who lost to us did.
        uint64_t expected = None(ref).bits();
        segment.next.compare_exchange_strong(
            expected, SegmentRef(SegmentRef::kClosedId, ref.generation()).bits(),
            std::memory_order_acq_rel, std::memory_order_acquire);
      }
    }
  }

  // Gives all segments back. The log is closed and no reader uses it; stale producers may.
  void Release() {
    // Release: a stale appender that misses it meets sealed segments only.
    uid_.store(0, std::memory_order_release);
    while (TrimHead(head())) {
    }
    Segment& last = pool().Get(tail().id());
    // Release: see above.
    tail_.store(SegmentRef().bits(), std::memory_order_release);
    pool().Retire(last);
  }

  // --- Append. Thread-safe.

  // Appends one record at `now_ms` or, if the newest record is younger, at that one's time. On
  // anything but kOk nothing has changed, except that expired or, by policy, oldest records may
  // have been trimmed.
  LogStatus Append(uint64_t uid, const LogRecord& record, int64_t now_ms, const Limits& limits,
                   Appended* appended) {
    const size_t bytes = record.stored_bytes();
    Claim claim;
    const LogStatus status = ClaimRoom(
        uid, bytes, now_ms, limits,
        [bytes](const Segment& segment, TailWord tail) -> Fit {
          const uint32_t units = UnitsIn(segment, bytes);
          return {tail.count() < segment.entry_limit && Fits(segment, tail, units) ? 1U : 0U,
                  units};
        },
        &claim);
    if (status != LogStatus::kOk) return status;
    const uint32_t offset = claim.tail.offset_units();
    PrefetchAhead(*claim.segment, offset, bytes);
    WriteRecord(*claim.segment, offset, claim.time_ms, record);
    *appended = Describe(claim);
    Commit(*claim.segment, claim.tail.count(), offset, record);
    if (claim.tail.wait()) pool().NotifyAppend(uid);
    return LogStatus::kOk;
  }

  // Appends a prefix of `records` under one claim: as many as fit the present segment, at least
  // one. Readers see all of the prefix or none of it. Otherwise like Append.
  LogStatus AppendSome(uint64_t uid, std::span<const LogRecord> records, int64_t now_ms,
                       const Limits& limits, Appended* appended) {
    KC_DCHECK(!records.empty());
    Claim claim;
    const LogStatus status = ClaimRoom(
        uid, records.front().stored_bytes(), now_ms, limits,
        [records](const Segment& segment, TailWord tail) { return FitOf(segment, tail, records); },
        &claim);
    if (status != LogStatus::kOk) return status;
    *appended = Describe(claim);
    WriteBatch(claim, records.first(claim.fit.count));
    if (claim.tail.wait()) pool().NotifyAppend(uid);
    return LogStatus::kOk;
  }

  // --- Read. Thread-safe for distinct cursors, while the log is open or closed but not released.

  // The oldest record kept, the place after the newest, and the place after the last one handed
  // out.
  LogCursor Oldest() const {
    for (;;) {
      const SegmentRef ref = head();
      Facts facts;
      if (ReadFacts(ref, &facts)) return {ref, std::max(facts.base_index, TrimIndex())};
    }
  }
  LogCursor Newest() const {
    for (;;) {
      const SegmentRef ref = tail();
      Facts facts;
      if (ReadFacts(ref, &facts)) return {ref, facts.base_index + facts.tail.count()};
    }
  }
  uint64_t EndIndex() const { return Newest().index; }

  // The place of `index`, or of the oldest record kept if that is younger. O(log segments).
  LogCursor SeekIndex(uint64_t index) const {
    const SegmentRef ref = Search([index](const Facts& facts) { return facts.base_index > index; });
    const LogCursor oldest = Oldest();
    return index < oldest.index ? oldest : LogCursor{ref, index};
  }

  // The place of the first record that arrived at or after `time_ms`; after the newest if there is
  // none. A record before it that is still being written may arrive earlier: see
  // ReadRequest::min_ms. O(log segments + log records of a segment).
  LogCursor SeekTime(int64_t time_ms) {
    LogCursor cursor;
    Facts facts;
    do {
      cursor.segment = Search([time_ms](const Facts& at) { return at.base_ms >= time_ms; });
    } while (!ReadFacts(cursor.segment, &facts));
    cursor.index = facts.base_index;
    for (;;) {
      uint64_t lost = 0;
      Segment& segment = Enter(&cursor, &lost);
      const uint32_t first = LowerBound(segment, time_ms);
      cursor.index = std::max(cursor.index, BaseIndex(segment) + first);
      const SegmentRef next = LoadRef(segment.next);
      // Relaxed: final once `next` is set, which LoadRef's acquire ordered.
      const bool done = !next.is_segment() ||
                        first < TailWord(segment.tail.load(std::memory_order_relaxed)).count();
      pool().Unpin(segment);
      if (done) return cursor;
      cursor.segment = next;
    }
  }

  // What a reader wants at most, and what it must not get.
  struct ReadRequest {
    uint64_t max_records = 1;
    uint64_t max_payload_bytes = ~uint64_t{0};
    bool at_least_one = true;       // the first record may exceed max_payload_bytes
    int64_t cutoff_ms = INT64_MIN;  // records that arrived before it have expired
    int64_t min_ms = INT64_MIN;     // records that arrived before it are passed over, not lost
  };

  // Adjacent committed records of one segment, which the caller must Unpin.
  struct Span {
    Segment* segment = nullptr;
    uint32_t first = 0;
    uint32_t count = 0;
    uint64_t payload_bytes = 0;
  };

  enum class ReadState {
    kRecords,  // *span holds at least one record and a pin
    kLimit,    // the next record exceeds max_payload_bytes
    kTip,      // nothing is committed at the cursor yet
    kEnd,      // the log is closed and the cursor is behind its last record
  };

  // Reads at the cursor and moves it. Adds to *lost the records between the cursor and the first
  // that could be returned: trimmed, or expired.
  ReadState ReadSpan(LogCursor* cursor, const ReadRequest& request, Span* span, uint64_t* lost) {
    for (;;) {
      Segment& segment = Enter(cursor, lost);
      SkipExpired(segment, request.cutoff_ms, cursor, lost);
      if (PassOver(segment, request.min_ms, cursor)) {
        Unpin(segment);
        continue;
      }
      const auto first = static_cast<uint32_t>(cursor->index - BaseIndex(segment));
      bool limited = false;
      *span = Gather(segment, first, request, &limited);
      if (span->count > 0) {
        cursor->index += span->count;
        return ReadState::kRecords;
      }
      const ReadState state = limited ? ReadState::kLimit : StepToNext(segment, first, cursor);
      Unpin(segment);
      if (state != ReadState::kRecords) return state;
    }
  }

  void Unpin(Segment& segment) { pool().Unpin(segment); }

  // The arrival time of a committed entry, under a pin.
  static int64_t ArrivalMs(const Segment& segment, uint64_t entry) {
    int64_t arrival_ms;
    std::memcpy(&arrival_ms, segment.record(RecordEntry::Decode(entry).offset_units),
                sizeof arrival_ms);
    return arrival_ms;
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
    for (;;) {
      const SegmentRef ref = tail();
      Segment& segment = pool().Get(ref.id());
      const SegmentRef next = LoadRef(segment.next);
      // Acquire: the base index below must be of the generation of this word.
      TailWord word(segment.tail.load(std::memory_order_acquire));
      const uint64_t end = BaseIndex(segment) + word.count();
      if (!word.IsOf(ref) || tail() != ref) continue;
      if (cursor.index < end) return WaitState::kInFlight;
      if (next.is_closed()) return WaitState::kReady;
      if (next.is_segment()) {
        AdvanceTail(ref, next);
        continue;
      }
      if (word.sealed()) return WaitState::kInFlight;
      uint64_t expected = word.bits();
      // acq_rel: release, so that the claimer that reads the bit finds the reader where it
      // registered.
      if (word.wait() || segment.tail.compare_exchange_strong(expected, word.Waiting().bits(),
                                                              std::memory_order_acq_rel,
                                                              std::memory_order_relaxed)) {
        return WaitState::kArmed;
      }
    }
  }

  // --- Trim.

  // Gives back the memory of records older than `cutoff_ms`, also that of the newest ones.
  void TrimExpired(int64_t cutoff_ms, int64_t now_ms) {
    TrimExpiredSegments(cutoff_ms);
    const SegmentRef ref = tail();
    Facts facts;
    if (ref == head() && ReadFacts(ref, &facts) && facts.tail.count() > 0 &&
        facts.tail.TimeMs(facts.base_ms) < cutoff_ms) {
      TrimTail(ref, now_ms);
    }
  }

  // Moves the trim horizon up to `index` (at most the end) and gives back what lies wholly below
  // it.
  void TrimBefore(uint64_t index, int64_t now_ms) {
    // Relaxed: the horizon is a filter on top of what is linked; it publishes nothing.
    uint64_t old = trim_index_.load(std::memory_order_relaxed);
    while (old < index &&
           !trim_index_.compare_exchange_weak(old, index, std::memory_order_relaxed)) {
    }
    for (;;) {
      const SegmentRef ref = head();
      Facts facts;
      if (!ReadFacts(ref, &facts)) continue;
      if (facts.base_index + facts.tail.count() > index) return;
      if (TrimHead(ref)) continue;
      if (ref != tail()) continue;
      if (facts.tail.count() > 0) TrimTail(ref, now_ms);
      return;
    }
  }

  // The arrival time of the newest record of the oldest segment that has any; INT64_MAX if none
  // has. Its memory can be reclaimed when that time has expired.
  int64_t OldestSegmentMs() const {
    SegmentRef ref = head();
    Facts facts;
    while (ref.is_segment()) {
      if (!ReadFacts(ref, &facts)) {
        ref = head();
      } else if (facts.tail.count() > 0) {
        return facts.tail.TimeMs(facts.base_ms);
      } else {
        ref = facts.next;
      }
    }
    return INT64_MAX;
  }

  // --- Statistics: exact when nothing is in flight.

  struct Totals {
    uint64_t records = 0;        // ever appended
    uint64_t payload_bytes = 0;  // data and keys ever appended
    uint64_t held_bytes = 0;     // blocks in the log now
  };
  // O(records kept), reading 8 bytes of each.
  Totals ComputeTotals() {
    Totals totals;
    totals.held_bytes = HeldBytes();
    // Relaxed, both: statistics.
    totals.records = trimmed_records_.load(std::memory_order_relaxed);
    totals.payload_bytes = trimmed_payload_bytes_.load(std::memory_order_relaxed);
    SegmentRef ref = head();
    while (ref.is_segment()) {
      Segment& segment = pool().Get(ref.id());
      if (!pool().Pin(segment, ref)) break;  // trimmed meanwhile: a later call counts it
      const Content content = ContentOf(segment);
      totals.records += content.records;
      totals.payload_bytes += content.payload_bytes;
      ref = LoadRef(segment.next);
      Unpin(segment);
    }
    return totals;
  }
  // Appends that returned kFull or kNoMemory.
  uint64_t RejectedAppends() const {
    return rejected_.load(std::memory_order_relaxed);  // a statistic
  }
  uint64_t HeldBytes() const {
    return held_bytes_.load(std::memory_order_seq_cst);  // see TrimHead
  }
  uint64_t uid() const { return uid_.load(std::memory_order_acquire); }  // pairs with Open

 private:
  // How many records, and units in all, fit behind a tail word.
  struct Fit {
    uint32_t count;
    uint32_t units;
  };

  // Room that is this producer's to fill: entries tail.count() .. and units tail.offset_units() ..
  struct Claim {
    Segment* segment = nullptr;
    TailWord tail;  // the word that was claimed from
    Fit fit{};
    int64_t time_ms = 0;
  };

  // What a new segment is given.
  struct Opening {
    uint64_t uid;
    uint64_t base_index;
    int64_t base_ms;
    uint64_t shard_created_s;
    uint32_t shard_index;
    uint64_t number;
    SegmentRef parent;
    SegmentRef skip;
    bool wait;
  };

  // A consistent copy of a segment's control words.
  struct Facts {
    uint64_t uid;
    uint64_t base_index;
    int64_t base_ms;
    uint64_t number;
    SegmentRef parent;
    SegmentRef skip;
    SegmentRef next;
    TailWord tail;
  };

  struct Content {
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
  };

  Pool& pool() const {
    // Relaxed: set before the log was handed to this thread, and the same for all logs of an
    // engine.
    return *pool_.load(std::memory_order_relaxed);
  }
  // Acquire: pairs with the release that linked the segment, so its opening is visible.
  static SegmentRef LoadRef(const Atomic<uint64_t>& word) {
    return SegmentRef::FromBits(word.load(std::memory_order_acquire));
  }
  SegmentRef head() const { return LoadRef(head_); }
  SegmentRef tail() const { return LoadRef(tail_); }
  static SegmentRef None(SegmentRef ref) {
    return SegmentRef(SegmentRef::kNoneId, ref.generation());
  }
  // Acquire: validated by the caller against a later read of the generation, a pin or a claim.
  static uint64_t BaseIndex(const Segment& segment) {
    return segment.base_index.load(std::memory_order_acquire);
  }
  uint64_t TrimIndex() const {
    return trim_index_.load(std::memory_order_relaxed);  // see TrimBefore
  }

  static uint32_t UnitsIn(const Segment& segment, size_t bytes) {
    return static_cast<uint32_t>((bytes + (size_t{1} << segment.unit_shift) - 1) >>
                                 segment.unit_shift);
  }
  static bool Fits(const Segment& segment, TailWord tail, uint64_t units) {
    return units <= segment.unit_limit && tail.offset_units() + units <= segment.unit_limit;
  }
  static Fit FitOf(const Segment& segment, TailWord tail, std::span<const LogRecord> records) {
    Fit fit{0, 0};
    for (const LogRecord& record : records) {
      const uint32_t units = UnitsIn(segment, record.stored_bytes());
      if (tail.count() + fit.count >= segment.entry_limit) break;
      if (!Fits(segment, tail, uint64_t{fit.units} + units)) break;
      fit.units += units;
      ++fit.count;
    }
    return fit;
  }

  // Claims what `fit_of(segment, tail)` says fits; rotates when that is nothing. `bytes` is the
  // size of the first record.
  template <class FitOfTail>
  LogStatus ClaimRoom(uint64_t uid, size_t bytes, int64_t now_ms, const Limits& limits,
                      FitOfTail fit_of, Claim* claim) {
    for (;;) {
      const SegmentRef ref = tail();
      if (!ref.is_segment()) return LogStatus::kClosed;
      Segment& segment = pool().Get(ref.id());
      // Acquire: the words below are of this generation or a later one.
      const TailWord word(segment.tail.load(std::memory_order_acquire));
      // Acquire: pairs with Open and Link; validated after the claim.
      const uint64_t owner = segment.log_uid.load(std::memory_order_acquire);
      const int64_t base_ms = segment.base_ms.load(std::memory_order_acquire);
      if (owner != uid) {
        if (this->uid() != uid) return LogStatus::kClosed;
        continue;  // the tail has moved on
      }
      claim->fit = fit_of(segment, word);
      claim->time_ms = std::max(now_ms, word.TimeMs(base_ms));
      if (word.sealed() || claim->fit.count == 0 ||
          claim->time_ms - base_ms >= TailWord::kTimeSpanMs) {
        const LogStatus status = Rotate(ref, segment, bytes, now_ms, limits);
        if (status != LogStatus::kOk) return status;
        continue;
      }
      uint64_t expected = word.bits();
      // The linearization point of an append. Acquire: what we write to the block happens after the
      // opening of this generation, and so after the recycling of the one before (the opening's
      // store is the head of a release sequence that all claims continue). Nothing is published
      // here: readers learn of records from the entries.
      if (!segment.tail.compare_exchange_weak(
              expected, word.Advanced(claim->fit.count, claim->fit.units, claim->time_ms).bits(),
              std::memory_order_acquire, std::memory_order_relaxed)) {
        continue;
      }
      claim->segment = &segment;
      claim->tail = word;
      // Relaxed: the claim holds the segment in its generation, and its acquire ordered the
      // opening.
      const uint64_t claimed = segment.log_uid.load(std::memory_order_relaxed);
      if (claimed == uid) return LogStatus::kOk;
      VoidClaim(*claim, claimed);
    }
  }

  // Gives up a claim in a log that is not ours (see "A stale claim" above).
  void VoidClaim(const Claim& claim, uint64_t owner) {
    for (uint32_t i = claim.fit.count; i-- > 0;) {
      // Release: as in Commit; recycling waits for it.
      claim.segment->entries()[claim.tail.count() + i].store(kEntryCommitted | kEntryVoid,
                                                             std::memory_order_release);
    }
    if (claim.tail.wait()) pool().NotifyAppend(owner);
  }

  static void WriteRecord(Segment& segment, uint32_t offset_units, int64_t time_ms,
                          const LogRecord& record) {
    std::byte* const at = segment.record(offset_units);
    Atomics::CopyBytes(at, &time_ms, sizeof time_ms);
    std::byte* const data = at + kRecordHeaderBytes;
    if (!record.data.empty()) Atomics::CopyBytes(data, record.data.data(), record.data.size());
    if (!record.key.empty()) {
      Atomics::CopyBytes(data + record.data.size(), record.key.data(), record.key.size());
    }
  }

  // Publishes a record that has been written.
  static void Commit(Segment& segment, uint32_t slot, uint32_t offset_units,
                     const LogRecord& record) {
    const RecordEntry entry{offset_units, static_cast<uint32_t>(record.data.size()),
                            static_cast<uint32_t>(record.key.size())};
    // Release: pairs with the acquire in Gather. Weaker, and a reader could see the entry before
    // the bytes it points at (L2).
    segment.entries()[slot].store(entry.Encode(), std::memory_order_release);
  }

  static void WriteBatch(const Claim& claim, std::span<const LogRecord> records) {
    Segment& segment = *claim.segment;
    uint32_t offset = claim.tail.offset_units();
    for (const LogRecord& record : records) {
      PrefetchAhead(segment, offset, record.stored_bytes());
      WriteRecord(segment, offset, claim.time_ms, record);
      offset += UnitsIn(segment, record.stored_bytes());
    }
    // Committed from last to first: a reader, who goes from first to last, meets all of them or
    // none.
    for (auto slot = static_cast<uint32_t>(records.size()); slot-- > 0;) {
      offset -= UnitsIn(segment, records[slot].stored_bytes());
      Commit(segment, claim.tail.count() + slot, offset, records[slot]);
    }
  }

  // Asks for the lines that the next appends will write. The claim is a locked operation, which
  // drains the store buffer, so misses of this record would otherwise not overlap with the next
  // one's.
  static void PrefetchAhead(const Segment& segment, uint32_t offset_units, size_t bytes) {
    constexpr size_t kAhead = 2048;
    constexpr size_t kAtMost = 2048;
    const size_t from = (size_t{offset_units} << segment.unit_shift) + kAhead;
    const size_t limit = size_t{segment.unit_limit} << segment.unit_shift;
    const size_t end = std::min(from + std::min(bytes, kAtMost), limit);
    for (size_t at = from; at < end; at += kCacheLineBytes) {
      __builtin_prefetch(segment.data() + at, 1);
    }
  }

  // What the claim was given. To be taken before the commit: from then on the segment may be
  // trimmed, recycled and opened for another log.
  static Appended Describe(const Claim& claim) {
    const Segment& segment = *claim.segment;
    // Relaxed, all: ordered by the claim's acquire.
    return {segment.base_index.load(std::memory_order_relaxed) + claim.tail.count(),
            claim.fit.count, segment.shard_index.load(std::memory_order_relaxed),
            segment.shard_created_s.load(std::memory_order_relaxed), claim.time_ms};
  }

  // --- Rotation

  // Makes the log's tail a segment that can take a record of `bytes`, or finds that another thread
  // did.
  LogStatus Rotate(SegmentRef ref, Segment& segment, size_t bytes, int64_t now_ms,
                   const Limits& limits) {
    const SegmentRef next = LoadRef(segment.next);
    if (next.is_segment()) {
      AdvanceTail(ref, next);
      return LogStatus::kOk;
    }
    if (next.is_closed()) {
      // A "closed" that belongs to another generation means that the tail has moved on.
      return next.generation() == ref.generation() ? LogStatus::kClosed : LogStatus::kOk;
    }
    // Relaxed, here and below: a limit publishes nothing.
    const uint64_t capacity = limits.capacity_bytes.load(std::memory_order_relaxed);
    const bool trim_oldest = limits.trim_oldest.load(std::memory_order_relaxed);
    const int size_class = NextClass(segment, bytes, capacity);
    const uint64_t block = SegmentGeometry::Of(size_class).block_bytes;
    if (block > capacity) return LogStatus::kTooLarge;
    TrimExpired(now_ms - limits.retention_ms.load(std::memory_order_relaxed), now_ms);
    for (;;) {
      // Another thread may have rotated meanwhile, or a trim put a stub here: the claim starts
      // over.
      if (LoadRef(segment.next) != None(ref)) return LogStatus::kOk;
      const bool over = HeldBytes() + block > capacity;
      Segment* const fresh = over ? nullptr : pool().Acquire(size_class);
      if (fresh != nullptr) {
        Link(ref, segment, *fresh, now_ms);
        return LogStatus::kOk;
      }
      if (!trim_oldest || !TrimOldest(now_ms)) {
        rejected_.fetch_add(1, std::memory_order_relaxed);  // a statistic
        return over ? LogStatus::kFull : LogStatus::kNoMemory;
      }
    }
  }

  // The class of the segment after `segment`, for a record of `bytes`.
  static int NextClass(const Segment& segment, size_t bytes, uint64_t capacity) {
    // Relaxed: advice.
    const TailWord tail(segment.tail.load(std::memory_order_relaxed));
    const bool well_used = tail.offset_units() >= segment.unit_limit / 2U;
    int size_class = std::max(segment.size_class + (well_used ? 1 : 0), SegmentGeometry::kStub + 1);
    size_class = std::min(size_class, kLargestGrownClass);
    while (size_class > 1 &&
           SegmentGeometry::Of(size_class).block_bytes > capacity / kSegmentsPerCapacity) {
      --size_class;
    }
    while (size_class < SegmentGeometry::kClasses - 1 &&
           !SegmentGeometry::Of(size_class).Holds(bytes)) {
      ++size_class;
    }
    KC_DCHECK(SegmentGeometry::Of(size_class).Holds(bytes));
    return size_class;
  }

  // Refuses further claims in the segment that `ref` names; its tail word is final afterwards.
  static void Seal(Segment& segment, SegmentRef ref) {
    // Relaxed: only a guess for the exchange.
    uint64_t bits = segment.tail.load(std::memory_order_relaxed);
    for (;;) {
      const TailWord word(bits);
      if (word.sealed() || !word.IsOf(ref)) return;
      // acq_rel: a release so that the claims before it and the seal stay one chain (see
      // ClaimRoom). A seal that hits a later generation by the same accident as a stale claim only
      // ends it early.
      if (segment.tail.compare_exchange_weak(bits, word.Sealed().bits(), std::memory_order_acq_rel,
                                             std::memory_order_relaxed)) {
        return;
      }
    }
  }

  // Seals `segment` and makes `fresh` its successor, unless it has one or the log is closed;
  // `fresh` goes back to the pool then. True if it was linked.
  bool Link(SegmentRef ref, Segment& segment, Segment& fresh, int64_t now_ms) {
    Seal(segment, ref);
    // Acquire: pairs with every claim that counted; the word is final (L3). If the segment is no
    // longer in its generation, so is nothing read here, and the exchange below fails.
    const TailWord last(segment.tail.load(std::memory_order_acquire));
    const int64_t last_ms = last.TimeMs(segment.base_ms.load(std::memory_order_acquire));
    const uint64_t number = segment.number.load(std::memory_order_acquire) + 1;
    InitializeSegment(
        fresh, {segment.log_uid.load(std::memory_order_acquire), BaseIndex(segment) + last.count(),
                std::max(now_ms, last_ms), segment.shard_created_s.load(std::memory_order_acquire),
                segment.shard_index.load(std::memory_order_acquire), number, ref,
                SkipFor(ref, segment, number), last.wait()});
    const SegmentRef linked = Pool::RefTo(fresh);
    uint64_t expected = None(ref).bits();
    // Release: publishes the opening of `fresh`. "none" carries the generation of `ref`, so a
    // thread that slept through a recycling cannot link into another log.
    if (segment.next.compare_exchange_strong(expected, linked.bits(), std::memory_order_acq_rel,
                                             std::memory_order_acquire)) {
      // Relaxed: a count that guards nothing but itself.
      held_bytes_.fetch_add(SegmentGeometry::Of(fresh.size_class).block_bytes,
                            std::memory_order_relaxed);
      AdvanceTail(ref, linked);
      return true;
    }
    pool().Discard(&fresh);
    return false;
  }

  void AdvanceTail(SegmentRef from, SegmentRef to) {
    uint64_t expected = from.bits();
    // Release: whoever starts from the new tail sees its opening, which we saw through `next`.
    // Failing means that another thread did it. `from` carries a generation, so the tail never
    // moves back.
    tail_.compare_exchange_strong(expected, to.bits(), std::memory_order_acq_rel,
                                  std::memory_order_relaxed);
  }

  static void InitializeSegment(Segment& segment, const Opening& opening) {
    const SegmentRef ref = Pool::RefTo(segment);
    // Release, all: see Segment. The tail word is last; it is what admits claims.
    segment.base_index.store(opening.base_index, std::memory_order_release);
    segment.base_ms.store(opening.base_ms, std::memory_order_release);
    segment.shard_created_s.store(opening.shard_created_s, std::memory_order_release);
    segment.shard_index.store(opening.shard_index, std::memory_order_release);
    segment.number.store(opening.number, std::memory_order_release);
    segment.parent.store(opening.parent.bits(), std::memory_order_release);
    segment.skip.store(opening.skip.bits(), std::memory_order_release);
    segment.next.store(None(ref).bits(), std::memory_order_release);
    segment.log_uid.store(opening.uid, std::memory_order_release);
    segment.tail.store(TailWord::Empty(ref.generation(), opening.base_ms, opening.wait).bits(),
                       std::memory_order_release);
  }

  // --- Seeking. Each segment has, besides its parent, a reference to an ancestor farther back,
  // chosen so that any ancestor is found in O(log n) steps (Myers, "An applicative random-access
  // stack", 1983).

  // The number of the segment that the segment `number` skips to: the number less the smallest term
  // of its decomposition into the largest possible terms of the form 2^k - 1.
  static constexpr uint64_t SkipNumber(uint64_t number) {
    uint64_t rest = number;
    uint64_t term = 0;
    while (rest > 0) {
      term = (uint64_t{1} << (std::bit_width(rest + 1) - 1)) - 1;
      rest -= term;
    }
    return number - term;
  }

  // The skip reference for the successor (with `number`) of `segment`: its parent, or what the
  // parent's skip skips to, which the arithmetic of SkipNumber makes the only other choice.
  SegmentRef SkipFor(SegmentRef parent, const Segment& segment, uint64_t number) const {
    if (SkipNumber(number) == number - 1) return parent;
    Facts facts;
    return ReadFacts(LoadRef(segment.skip), &facts) ? facts.skip : SegmentRef();
  }

  // Copies the control words of `ref`; false if it is no longer in this log.
  bool ReadFacts(SegmentRef ref, Facts* facts) const {
    if (!ref.is_segment()) return false;
    const Segment& segment = pool().Get(ref.id());
    if (!Pool::IsLive(segment, ref)) return false;
    // Acquire, all: if a value is of a later generation, its release makes the check below see
    // that.
    facts->uid = segment.log_uid.load(std::memory_order_acquire);
    facts->base_index = segment.base_index.load(std::memory_order_acquire);
    facts->base_ms = segment.base_ms.load(std::memory_order_acquire);
    facts->number = segment.number.load(std::memory_order_acquire);
    facts->parent = LoadRef(segment.parent);
    facts->skip = LoadRef(segment.skip);
    facts->next = LoadRef(segment.next);
    facts->tail = TailWord(segment.tail.load(std::memory_order_acquire));
    return Pool::IsLive(segment, ref) && facts->uid == uid();
  }

  // The newest segment for which `too_new` does not hold, which must be monotonic; the head if
  // there is none. O(log segments).
  template <class TooNew>
  SegmentRef Search(TooNew too_new) const {
    SegmentRef ref = tail();
    Facts facts;
    while (!ReadFacts(ref, &facts)) ref = tail();
    while (too_new(facts)) {
      Facts earlier;
      if (ReadFacts(facts.skip, &earlier) && too_new(earlier)) {
        ref = facts.skip;
      } else if (ReadFacts(facts.parent, &earlier)) {
        ref = facts.parent;
      } else {
        return head();
      }
      facts = earlier;
    }
    return ref;
  }

  // --- Reading

  // Pins the segment of the cursor. Moves the cursor up to the oldest record kept if it was
  // overtaken.
  Segment& Enter(LogCursor* cursor, uint64_t* lost) {
    for (bool found = false;; found = true) {
      if (cursor->segment.is_segment()) {
        Segment& segment = pool().Get(cursor->segment.id());
        if (pool().Pin(segment, cursor->segment)) {
          // Relaxed, both: ordered by the pin's acquire.
          const bool ours = segment.log_uid.load(std::memory_order_relaxed) == uid();
          const uint64_t base = segment.base_index.load(std::memory_order_relaxed);
          // A found segment starts behind the cursor only if what was between has been trimmed.
          if (ours && (found || cursor->index >= base)) {
            const uint64_t kept_from = std::max(base, TrimIndex());
            if (cursor->index < kept_from) *lost += kept_from - cursor->index;
            cursor->index = std::max(cursor->index, kept_from);
            return segment;
          }
          Unpin(segment);
        }
      }
      const uint64_t index = cursor->index;
      cursor->segment = Search([index](const Facts& facts) { return facts.base_index > index; });
    }
  }

  // The first entry of a pinned segment that arrived at or after `time_ms`, among those claimed.
  // Entries that are not committed, or void, take the side of the next one that is.
  uint32_t LowerBound(const Segment& segment, int64_t time_ms) const {
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
      if (probe < high && ArrivalMs(segment, entry) < time_ms) {
        low = probe + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  // Moves the cursor past records that arrived before `cutoff_ms`.
  void SkipExpired(const Segment& segment, int64_t cutoff_ms, LogCursor* cursor,
                   uint64_t* lost) const {
    // Relaxed: ordered by the pin. No record is older than the base time: the common case ends
    // here.
    if (segment.base_ms.load(std::memory_order_relaxed) >= cutoff_ms) return;
    const uint64_t base = BaseIndex(segment);
    const uint64_t kept = base + LowerBound(segment, cutoff_ms);
    for (; cursor->index < kept; ++cursor->index) {
      // Acquire: pairs with Commit. Void entries were no records, so they are not lost.
      const uint64_t entry =
          segment.entries()[cursor->index - base].load(std::memory_order_acquire);
      if ((entry & kEntryVoid) == 0) ++*lost;
    }
  }

  // Steps over a void entry, or a record that arrived before `min_ms`. True if it did.
  static bool PassOver(const Segment& segment, int64_t min_ms, LogCursor* cursor) {
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

  // The committed records from `first` on, within the limits.
  static Span Gather(Segment& segment, uint32_t first, const ReadRequest& request, bool* limited) {
    Span span{&segment, first, 0, 0};
    const uint64_t slots = segment.entry_limit > first ? segment.entry_limit - first : 0;
    const uint64_t most = std::min(slots, request.max_records);
    while (span.count < most) {
      // Acquire: pairs with the release in Commit, which makes the bytes readable (L2).
      const uint64_t entry = segment.entries()[first + span.count].load(std::memory_order_acquire);
      if (entry == 0 || (entry & kEntryVoid) != 0) break;
      const uint64_t payload = RecordEntry::Decode(entry).payload_bytes();
      if (span.payload_bytes + payload > request.max_payload_bytes &&
          !(request.at_least_one && span.count == 0)) {
        *limited = true;
        break;
      }
      span.payload_bytes += payload;
      ++span.count;
    }
    return span;
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

  // --- Trimming

  // Moves the head past `ref`, which must be or have been the head, unless it is the tail. True if
  // this thread moved it; it has then retired the segment.
  bool TrimHead(SegmentRef ref) {
    Segment& segment = pool().Get(ref.id());
    const SegmentRef next = LoadRef(segment.next);
    if (!next.is_segment()) return false;
    AdvanceTail(ref, next);
    uint64_t expected = ref.bits();
    // acq_rel: the winner owns the segment's way out; readers that start at the new head see its
    // opening. `next` may be of another generation only if `ref` is no longer the head, and then
    // this fails.
    if (!head_.compare_exchange_strong(expected, next.bits(), std::memory_order_acq_rel,
                                       std::memory_order_relaxed)) {
      return false;
    }
    const Content content = ContentOf(segment);
    // Relaxed, all: statistics.
    trimmed_records_.fetch_add(content.records, std::memory_order_relaxed);
    trimmed_payload_bytes_.fetch_add(content.payload_bytes, std::memory_order_relaxed);
    // Sequentially consistent, with the load in HeldBytes(): a put that waits for room registers
    // and then looks here; we make room and then look who is registered.
    held_bytes_.fetch_sub(SegmentGeometry::Of(segment.size_class).block_bytes,
                          std::memory_order_seq_cst);
    pool().Retire(segment);
    pool().NotifyRoom();
    return true;
  }

  // What is committed in a segment that the caller pins or retires.
  static Content ContentOf(const Segment& segment) {
    Content content;
    // Relaxed: a count to look at; each entry is acquired.
    const TailWord tail(segment.tail.load(std::memory_order_relaxed));
    for (uint32_t i = 0; i < tail.count(); ++i) {
      const uint64_t entry = segment.entries()[i].load(std::memory_order_acquire);  // Commit
      if (entry == 0 || (entry & kEntryVoid) != 0) continue;
      ++content.records;
      content.payload_bytes += RecordEntry::Decode(entry).payload_bytes();
    }
    return content;
  }

  // Trims segments before the tail that hold nothing younger than `cutoff_ms`.
  void TrimExpiredSegments(int64_t cutoff_ms) {
    for (;;) {
      const SegmentRef ref = head();
      Facts facts;
      if (!ReadFacts(ref, &facts)) continue;
      const bool empty = facts.tail.count() == 0;
      if (!facts.next.is_segment() || (!empty && facts.tail.TimeMs(facts.base_ms) >= cutoff_ms)) {
        return;
      }
      TrimHead(ref);
    }
  }

  // Trims the oldest segment, the tail included. False if nothing is stored.
  bool TrimOldest(int64_t now_ms) {
    const SegmentRef ref = head();
    if (TrimHead(ref)) return true;
    Facts facts;
    if (ref != tail() || !ReadFacts(ref, &facts)) return true;  // somebody else trimmed
    if (facts.next.is_segment() || facts.tail.count() == 0) return facts.next.is_segment();
    return TrimTail(ref, now_ms);
  }

  // Trims the tail segment by putting a stub behind it. False if the system has no memory.
  bool TrimTail(SegmentRef ref, int64_t now_ms) {
    Segment& segment = pool().Get(ref.id());
    if (LoadRef(segment.next).is_closed()) return false;
    if (!ReplaceTail(ref, segment, now_ms)) return false;
    TrimHead(ref);
    return true;
  }

  // Puts a stub behind the tail segment; true also if another thread put something there.
  bool ReplaceTail(SegmentRef ref, Segment& segment, int64_t now_ms) {
    Segment* const stub = pool().Acquire(SegmentGeometry::kStub);
    if (stub == nullptr) return false;
    Link(ref, segment, *stub, now_ms);
    return true;
  }

  // Read by every append, written at rotation.
  alignas(kCacheLineBytes) Atomic<uint64_t> tail_{SegmentRef().bits()};
  Atomic<uint64_t> uid_{0};
  Atomic<Pool*> pool_{nullptr};
  // Read by seeks and overtaken readers, written by trims.
  alignas(kCacheLineBytes) Atomic<uint64_t> head_{SegmentRef().bits()};
  Atomic<uint64_t> trim_index_{0};
  Atomic<uint64_t> held_bytes_{0};
  Atomic<uint64_t> trimmed_records_{0};
  Atomic<uint64_t> trimmed_payload_bytes_{0};
  Atomic<uint64_t> rejected_{0};
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_RING_LOG_H_
