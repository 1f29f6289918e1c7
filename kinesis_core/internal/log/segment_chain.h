// The segments of one log: a chain from the oldest kept (head) to the one being appended to (tail).
//
// This is the structure under RingLog, which puts records into it and takes them out. It has the
// steps that change which segments a log consists of, each one compare-exchange on one word, and
// each such that a thread that stops in the middle can be overtaken:
//
//     head                                                         tail
//       |                                                            |
//       v                                                            v
//     [segment] --next--> [segment] --next--> ... --next--> [segment: sealed? count, offset, time]
//
//   Rotate  The tail is sealed and a segment from the pool linked behind it: chain_rotation.h.
//   Trim    The head is moved past its segment, which is retired: chain_trim.h.
//   Seek    From the tail back to the segment of an index or a time: chain_search.h.
//   Count   What was appended, and what is held: chain_totals.h.
//   Close   The tail segment is sealed and its `next` is exchanged from "none" to "closed": the one
//           step that closes the log (below; the steps themselves are in chain_links.h).
//
// A log in which nothing is stored consists of one stub segment without memory, so an idle shard
// costs two small structures. A stub is also put behind a tail whose records have all expired, so
// that it can be trimmed like any other segment.
//
// Invariants (numbers of the design; each is argued where the operation stands)
//   L1  No step waits for another thread: a link or tail move that is not finished is finished by
//       the next one that needs it.
//   L3  Between segments indices continue: a segment's final count is fixed by the seal before its
//       successor's base is computed from it.
//   L5  Segments are charged to the budget before they exist (pool, P4); `capacity_bytes` bounds a
//       log.
//   L6  References are validated, never trusted: ReadFacts and Enter check generation and uid.
//   L7  After "closed" no segment can be linked, and a sealed word refuses every claim.
//   L8  Base times never decrease along the chain, so what has expired is a prefix of it.
//   L9  The sums before the segment that is counted last are final, and the head does not pass it
//       (argued in chain_totals.h).
#ifndef KINESIS_CORE_INTERNAL_LOG_SEGMENT_CHAIN_H_
#define KINESIS_CORE_INTERNAL_LOG_SEGMENT_CHAIN_H_

#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/log/chain_links.h"
#include "kinesis_core/internal/log/chain_rotation.h"
#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/chain_totals.h"
#include "kinesis_core/internal/log/chain_trim.h"
#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {

enum class LogStatus {
  kOk,
  kClosed,    // the log takes no more records: route again
  kFull,      // over capacity_bytes, and the policy is to reject
  kNoMemory,  // the pool's budget, or the system, has no segment to give
  kTooLarge,  // the record needs a segment larger than capacity_bytes or the pool's whole budget
};

// What bounds a log. May change at any time; takes effect at the next rotation, trim or read.
template <class Atomics>
struct LogLimits {
  typename Atomics::template Atomic<uint64_t> capacity_bytes{~uint64_t{0}};
  typename Atomics::template Atomic<int64_t> retention_ms{int64_t{1} << 50};
  typename Atomics::template Atomic<bool> trim_oldest{false};
};

// A reader's place: the index of the next record, and the segment it was last seen in (a hint).
struct LogCursor {
  SegmentRef segment;
  uint64_t index = 0;
};

template <class Atomics>
class SegmentChain {
 public:
  using Words = ChainWords<Atomics>;
  using Pool = typename Words::Pool;
  using Segment = typename Words::Segment;
  using Limits = LogLimits<Atomics>;

  // Segments grow with what the log holds, up to this size or, with larger records, to what holds
  // kRecordsPerSegment of them, so that little of a segment is left over at its end. Beyond
  // kLargestGrownSize only for a record that needs it. They shrink as well: what follows a segment
  // that was left nearly empty, because the shard has become quiet and a segment spans
  // TailWord::kTimeSpanMs at most, is of a size that the same again would fill to an eighth or
  // more.
  static constexpr int kUsualGrownSize = 4;
  static constexpr int kLargestGrownSize = 6;
  static constexpr uint64_t kRecordsPerSegment = 32;
  // A segment is at most this part of the capacity, and of the pool's budget, so that trimming is
  // fine-grained.
  static constexpr uint64_t kSegmentsPerCapacity = 8;

  SegmentChain() = default;
  SegmentChain(const SegmentChain&) = delete;
  SegmentChain& operator=(const SegmentChain&) = delete;

  // --- Life. Open, Close and Release of one chain are called by one thread at a time. A chain is
  // type-stable: after Release it may be opened again, under another uid, while threads still hold
  // it.

  // Opens an empty log. `uid` is not 0 and is never used again in this pool. False if the system
  // has no memory for one small structure.
  bool Open(Pool& pool, uint64_t uid, uint64_t shard_created_s, uint32_t shard_index,
            int64_t now_ms) {
    Segment* const stub = pool.Acquire(SegmentGeometry::kStub);
    if (stub == nullptr) return false;
    ChainLinks<Atomics>::OpenSegment(*stub, {.uid = uid,
                                             .base_ms = now_ms,
                                             .shard_created_s = shard_created_s,
                                             .shard_index = shard_index});
    const SegmentRef ref = Pool::RefTo(*stub);
    // Release, all: a thread that still holds this log under an earlier uid and reads one of the
    // new values goes on to see the whole of the stub; the uid comes last and admits appenders.
    words_.trim_index.store(0, std::memory_order_release);
    totals().Reset(ref);
    words_.pool.store(&pool, std::memory_order_release);
    words_.head.store(ref.bits(), std::memory_order_release);
    words_.tail.store(ref.bits(), std::memory_order_release);
    words_.tail_segment.store(stub, std::memory_order_release);
    words_.shard_index.store(shard_index, std::memory_order_release);
    words_.uid.store(uid, std::memory_order_release);
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
        links().AdvanceTail(ref, next);
      } else if (next.is_closed()) {
        return search().Newest().index;
      } else if (want_stub && segment.entry_limit > 0) {
        // Ends on a stub, so that the last memory of a closed log can be trimmed like any other. If
        // the system has none to give, that memory stays until Release.
        want_stub = links().ReplaceTail(ref, segment, now_ms);
      } else {
        links().LinkEnd(ref, segment);
      }
    }
  }

  // Gives all segments back. The log is closed and no reader uses it; stale producers may.
  void Release() {
    // Release: a stale appender that misses it meets sealed segments only.
    words_.uid.store(0, std::memory_order_release);
    const SegmentRef last_ref = tail();
    // Until the last segment is the head: stale producers may trim as well, and win.
    for (SegmentRef ref = words_.Head(); ref != last_ref; ref = words_.Head()) trim().Head(ref);
    Segment& last = pool().Get(last_ref.id());
    // Release, all: see above. The head goes before its segment is recycled, so that no stale
    // producer moves it on to what its segment is linked to in another log.
    words_.head.store(SegmentRef().bits(), std::memory_order_release);
    words_.tail.store(SegmentRef().bits(), std::memory_order_release);
    words_.counted.store(SegmentRef().bits(), std::memory_order_release);
    totals().CountOut(last);
    pool().Retire(last);
  }

  // --- Whose it is. Thread-safe, as all below.

  uint64_t uid() const { return words_.Uid(); }
  // Of the shard that the log was opened for; right if uid() is still the expected one afterwards.
  // Acquire: pairs with Open, and Release comes before that, so whoever reads an index of a later
  // opening does not find the uid of an earlier one.
  uint32_t shard_index() const { return words_.shard_index.load(std::memory_order_acquire); }
  Pool& pool() const { return words_.ThePool(); }

  // --- The tail, for appends.

  SegmentRef tail() const { return words_.Tail(); }
  // Where the segment that tail() names is likely to be; never null. Its `self` says if it is.
  // Acquire: pairs with the stores in Open and ChainRotation::MoveOn.
  Segment& LikelyTail() const { return *words_.tail_segment.load(std::memory_order_acquire); }
  // Out of line: an append comes here once in a segment.
  [[gnu::noinline]] LogStatus MoveOn(uint64_t uid, SegmentRef ref, size_t bytes, int64_t now_ms,
                                     const Limits& limits) {
    return ChainRotation<Atomics>(words_).MoveOn(uid, ref, bytes, now_ms, limits);
  }

  // Makes the tail of the log `uid` a segment that can take a record of `bytes`, or finds that
  // another thread did.
  LogStatus Rotate(uint64_t uid, SegmentRef ref, Segment& segment, size_t bytes, int64_t now_ms,
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
    // Relaxed, all: a limit publishes nothing.
    const uint64_t capacity = limits.capacity_bytes.load(std::memory_order_relaxed);
    const bool trim_oldest = limits.trim_oldest.load(std::memory_order_relaxed);
    const uint64_t most = std::min(capacity, pool().options().budget_bytes);
    const int size_class = NextClass(segment, bytes, most);
    const uint64_t block = SegmentGeometry::Of(size_class).block_bytes;
    if (block > most) return LogStatus::kTooLarge;
    const int64_t retention_ms = limits.retention_ms.load(std::memory_order_relaxed);  // as above
    TrimExpiredOf(uid, now_ms - retention_ms, now_ms);
    bool told = false;
    bool empty = false;
    for (;;) {
      // Another thread may have rotated meanwhile, or a trim put a stub here: the claim starts
      // over.
      if (LoadRef(segment.next) != None(ref)) return LogStatus::kOk;
      const bool over = !empty && HeldBytes() + block > capacity;
      Segment* const fresh = over ? nullptr : pool().Acquire(size_class);
      if (fresh != nullptr) {
        Link(ref, segment, *fresh, now_ms);
        return LogStatus::kOk;
      }
      if (!over && !told) {
        told = true;
        pool().NotifyShortage();
        continue;
      }
      if (trim_oldest && TrimOldest(uid, now_ms)) continue;
      // Nothing is stored: what is counted as held is on its way out, under a thread that sleeps.
      if (trim_oldest && over) {
        empty = true;
        continue;
      }
      rejected_.fetch_add(1, std::memory_order_relaxed);  // a statistic
      return over ? LogStatus::kFull : LogStatus::kNoMemory;
    }
  }

  // The class of the segment after `segment`, for a record of `bytes`, where a block may have
  // `most_bytes`. Larger than that only if every class that holds the record is, whatever came
  // before it.
  static int NextClass(const Segment& segment, size_t bytes, uint64_t most_bytes) {
    // Relaxed: advice.
    const TailWord tail(segment.tail.load(std::memory_order_relaxed));
    const uint64_t stored_bytes = uint64_t{tail.offset_units()} << segment.unit_shift;
    const uint64_t record_bytes = tail.count() > 0 ? stored_bytes / tail.count() : bytes;
    int size = std::max(SegmentGeometry::SizeOf(segment.size_class), 1);
    if (tail.offset_units() >= segment.unit_limit / 2U) {
      if (segment.size_class != SegmentGeometry::kStub) ++size;
    } else if (tail.count() < segment.entry_limit / 2U) {
      while (size > 1 && 2 * stored_bytes <= SegmentGeometry::Of(size - 1).block_bytes) --size;
    }
    size = std::min(size, GrownSize(record_bytes));
    while (size > 1 && SegmentGeometry::Of(size).block_bytes > most_bytes / kSegmentsPerCapacity) {
      --size;
    }
    const int grain = SegmentGeometry::GrainFor(record_bytes);
    const auto holds = [&] {
      return SegmentGeometry::Of(SegmentGeometry::ClassOf(size, grain)).Holds(bytes);
    };
    while (size < SegmentGeometry::kSizes && !holds()) ++size;
    KC_DCHECK(holds());
    // The grain of small records leaves less room for a large one than its own.
    return SegmentGeometry::Of(size).block_bytes > most_bytes
               ? SegmentGeometry::ClassFor(bytes)
               : SegmentGeometry::ClassOf(size, grain);
  }

  // The size that segments grow to with records of so many bytes.
  static constexpr int GrownSize(uint64_t record_bytes) {
    int size = kUsualGrownSize;
    while (size < kLargestGrownSize &&
           SegmentGeometry::Of(size).block_bytes < kRecordsPerSegment * record_bytes) {
      ++size;
    }
    return size;
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
    // Acquire, all: pairs with every claim that counted; the word is final (L3). If the segment is
    // no longer in its generation, so is nothing read here, and the exchange below fails.
    const TailWord last(segment.tail.load(std::memory_order_acquire));
    const int64_t last_ms = last.TimeMs(segment.base_ms.load(std::memory_order_acquire));
    const uint64_t number = segment.number.load(std::memory_order_acquire) + 1;
    // Acquire, all: as above.
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
    // Nobody was told of it, but a stale claim may have hit it: it leaves like any segment.
    Seal(fresh, linked);
    pool().Retire(fresh);
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
    segment.self.store(ref.bits(), std::memory_order_release);
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

  // --- Entering

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

  // --- Trimming

  // Moves the head past `ref`, which must be or have been the head, unless it is the tail. True if
  // this thread moved it; it has then retired the segment.
  bool TrimHead(SegmentRef ref) {
    if (!ref.is_segment()) return false;  // the log is released
    Segment& segment = pool().Get(ref.id());
    const SegmentRef next = LoadRef(segment.next);
    if (!next.is_segment()) return false;
    AdvanceTail(ref, next);
    uint64_t expected = ref.bits();
    // acq_rel: before the exchange below, for whoever sees that; see ComputeTotals.
    trims_begun_.fetch_add(1, std::memory_order_acq_rel);
    // acq_rel: the winner owns the segment's way out; readers that start at the new head see its
    // opening. `next` may be of another generation only if `ref` is no longer the head, and then
    // this fails.
    if (!head_.compare_exchange_strong(expected, next.bits(), std::memory_order_acq_rel,
                                       std::memory_order_relaxed)) {
      trims_ended_.fetch_add(1, std::memory_order_release);  // see ComputeTotals
      return false;
    }
    // Sequentially consistent, with the load in HeldBytes(): a put that waits for room registers
    // and then looks here; we make room and then look who is registered.
    held_bytes_.fetch_sub(SegmentGeometry::Of(segment.size_class).block_bytes,
                          std::memory_order_seq_cst);
    const Content content = ContentOf(segment);
    // Relaxed, all: statistics. Nobody will look here again, so what is in flight counts now.
    trimmed_records_.fetch_add(content.records + content.in_flight, std::memory_order_relaxed);
    trimmed_payload_bytes_.fetch_add(content.payload_bytes, std::memory_order_relaxed);
    // Release: pairs with ComputeTotals, which sees the counts above.
    trims_ended_.fetch_add(1, std::memory_order_release);
    pool().Retire(segment, content.in_flight == 0);
    pool().NotifyRoom();
    return true;
  }

  Totals SumUp() {
    Totals totals;
    totals.held_bytes = HeldBytes();
    // Acquire, both: see ComputeTotals.
    totals.records = trimmed_records_.load(std::memory_order_acquire);
    totals.payload_bytes = trimmed_payload_bytes_.load(std::memory_order_acquire);
    SegmentRef ref = head();
    while (ref.is_segment()) {
      Segment& segment = pool().Get(ref.id());
      if (!pool().Pin(segment, ref)) break;  // trimmed meanwhile
      const Content content = ContentOf(segment);
      totals.records += content.records;
      totals.payload_bytes += content.payload_bytes;
      ref = LoadRef(segment.next);
      Unpin(segment);
    }
    return totals;
  }

  // What is committed in a segment that the caller pins or retires.
  static Content ContentOf(const Segment& segment) {
    Content content;
    // Relaxed: a count to look at; each entry is acquired.
    const TailWord tail(segment.tail.load(std::memory_order_relaxed));
    const typename Segment::EntryWord* const entries = segment.entries();
    for (uint32_t i = 0, count = tail.count(); i < count; ++i) {
      const uint64_t entry = entries[i].load(std::memory_order_acquire);  // pairs with Commit
      if (!RecordEntry::IsRecord(entry)) [[unlikely]] {
        if (entry == 0) ++content.in_flight;
        continue;
      }
      ++content.records;
      content.payload_bytes += RecordEntry::Decode(entry).payload_bytes();
    }
    return content;
  }

  // The trims below are also made by producers that may be stale: they touch nothing if the log is
  // open under another uid than `uid`.

  void TrimExpiredOf(uint64_t uid, int64_t cutoff_ms, int64_t now_ms) {
    TrimExpiredSegments(uid, cutoff_ms);
    const SegmentRef ref = tail();
    Facts facts;
    if (ref == head() && ReadFacts(ref, &facts) && facts.uid == uid && facts.tail.count() > 0 &&
        facts.tail.TimeMs(facts.base_ms) < cutoff_ms && EndTail(ref, now_ms)) {
      // Judged again: a young record may have come in before the seal.
      TrimExpiredSegments(uid, cutoff_ms);
    }
  }

  // Trims segments before the tail that hold nothing younger than `cutoff_ms`.
  void TrimExpiredSegments(uint64_t uid, int64_t cutoff_ms) {
    for (;;) {
      const SegmentRef ref = head();
      Facts facts;
      if (!ReadFacts(ref, &facts)) {
        if (ref == head()) return;  // the log is released
        continue;
      }
      if (facts.uid != uid) return;
      const bool empty = facts.tail.count() == 0;
      if (!facts.next.is_segment() || (!empty && facts.tail.TimeMs(facts.base_ms) >= cutoff_ms)) {
        return;
      }
      TrimHead(ref);
    }
  }

  // Trims the oldest segment, the tail included. False if nothing is stored.
  bool TrimOldest(uint64_t uid, int64_t now_ms) {
    const SegmentRef ref = head();
    Facts facts;
    // Somebody else trimmed, or the log is released: the caller looks again.
    if (!ReadFacts(ref, &facts) || facts.uid != uid) return true;
    if (TrimHead(ref)) return true;
    if (ref != tail() || !ReadFacts(ref, &facts)) return true;  // as above
    if (facts.next.is_segment() || facts.tail.count() == 0) return facts.next.is_segment();
    if (!EndTail(ref, now_ms)) return false;
    TrimHead(ref);
    return true;
  }

  // Puts a stub behind the tail segment, so that it can be trimmed. False if the log is closed or
  // the system has no memory.
  bool EndTail(SegmentRef ref, int64_t now_ms) {
    Segment& segment = pool().Get(ref.id());
    return !LoadRef(segment.next).is_closed() && ReplaceTail(ref, segment, now_ms);
  }

  // Puts a stub behind the tail segment; true also if another thread put something there.
  bool ReplaceTail(SegmentRef ref, Segment& segment, int64_t now_ms) {
    Segment* const stub = pool().Acquire(SegmentGeometry::kStub);
    if (stub == nullptr) return false;
    Link(ref, segment, *stub, now_ms);
    return true;
  }

 private:
  Words words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_SEGMENT_CHAIN_H_
