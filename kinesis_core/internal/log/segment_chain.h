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
//   Recover A log whose process is gone is put together of its files: chain_recovery.h.
//   Close   The tail segment is sealed and a stub linked behind it whose `next` says "closed": that
//           link is the one step that closes the log. Where the tail is a stub already, or there is
//           no memory for one, its own `next` is exchanged from "none" to "closed" (chain_links.h).
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
#include <utility>
#include <vector>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/chain_links.h"
#include "kinesis_core/internal/log/chain_recovery.h"
#include "kinesis_core/internal/log/chain_rotation.h"
#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/chain_totals.h"
#include "kinesis_core/internal/log/chain_trim.h"
#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {

template <class Atomics>
class SegmentChain {
 public:
  using Words = ChainWords<Atomics>;
  using Pool = typename Words::Pool;
  using Segment = typename Words::Segment;
  using Limits = LogLimits<Atomics>;

  SegmentChain() = default;
  SegmentChain(const SegmentChain&) = delete;
  SegmentChain& operator=(const SegmentChain&) = delete;

  // --- Life. Open, Close and Release of one chain are called by one thread at a time. A chain is
  // type-stable: after Release it may be opened again, under another uid, while threads still hold
  // it.

  // Opens an empty log. `uid` is not 0 and is never used again in this pool. False if the system
  // has no memory for one small structure.
  bool Open(Pool& pool, LogUid uid, uint64_t shard_created_s, uint32_t shard_index, Millis now_ms) {
    KC_DCHECK_NE(uid, 0U);
    KC_DCHECK_EQ(Atomics::Peek(words_.uid), 0U);  // it is not open
    Segment* const stub = pool.Acquire(SegmentGeometry::kStub);
    if (stub == nullptr) return false;
    ChainLinks<Atomics>::OpenSegment(*stub, {.uid = uid,
                                             .base_ms = now_ms,
                                             .shard_created_s = shard_created_s,
                                             .shard_index = shard_index});
    pool.SaveOpened(*stub);
    const SegmentRef ref = Pool::RefTo(*stub);
    // Release, all: a thread that still holds this log under an earlier uid and reads one of the
    // new values goes on to see the whole of the stub; the uid comes last and admits appenders.
    words_.trim_index.store(RecordIndex(), std::memory_order_release);
    totals().Reset(ref);
    words_.pool.store(&pool, std::memory_order_release);
    words_.head.store(ref.bits(), std::memory_order_release);
    words_.tail.store(ref.bits(), std::memory_order_release);
    words_.tail_segment.store(stub, std::memory_order_release);
    words_.shard_index.store(shard_index, std::memory_order_release);
    words_.uid.store(uid, std::memory_order_release);
    pool.logs().Begin();
    return true;
  }

  // Closes the log and returns the index after its last record. Closing twice is harmless.
  RecordIndex Close(Millis now_ms) {
    KC_DCHECK_NE(Atomics::Peek(words_.uid), 0U);  // it is open
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
        want_stub = links().ReplaceTail(ref, segment, now_ms, /*ends_log=*/true);
      } else {
        links().LinkEnd(ref, segment);
      }
    }
  }

  // Gives all segments back. The log is closed and no reader uses it; stale producers may.
  void Release() {
    KC_DCHECK(LoadedRef(pool().Get(LoadedRef(words_.tail).id()).next).is_closed());
    // Release: a stale appender that misses it meets sealed segments only.
    words_.uid.store(LogUid(), std::memory_order_release);
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
    pool().logs().End();
    pool().Retire(last);
  }

  // Leaves all segments where they are, for who finds them in the files of the pool, which goes
  // next. The log is closed, and nobody uses it.
  void Abandon() { pool().logs().End(); }

  // Opens the log `uid` again, of what was found of it: see ChainRecovery.
  RecoveredLog Recover(Pool& pool, LogUid uid, std::vector<FoundSegment> segments) {
    KC_DCHECK_EQ(Atomics::Peek(words_.uid), 0U);  // it is not open
    return ChainRecovery<Atomics>(words_, pool).Recover(uid, std::move(segments));
  }

  // --- Whose it is. Thread-safe, as all below.

  LogUid uid() const { return words_.Uid(); }
  // Of the shard that the log was opened for; right if uid() is still the expected one afterwards.
  // Acquire: pairs with Open, and Release comes before that, so whoever reads an index of a later
  // opening does not find the uid of an earlier one.
  uint32_t shard_index() const { return words_.shard_index.load(std::memory_order_acquire); }
  Pool& pool() const { return words_.ThePool(); }
  RecordIndex TrimIndex() const { return words_.TrimIndex(); }

  // --- The tail, for appends.

  SegmentRef tail() const { return words_.Tail(); }
  // Where the segment that tail() names is likely to be; never null. Its `self` says if it is.
  // Acquire: pairs with the stores in Open and ChainRotation::MoveOn.
  Segment& LikelyTail() const { return *words_.tail_segment.load(std::memory_order_acquire); }
  // Out of line: an append comes here once in a segment.
  [[gnu::noinline]] LogStatus MoveOn(LogUid uid, SegmentRef ref, ByteCount bytes, Millis now_ms,
                                     const Limits& limits) {
    return ChainRotation<Atomics>(words_).MoveOn(uid, ref, bytes, now_ms, limits);
  }

  // --- The parts.

  ChainSearch<Atomics> search() const { return ChainSearch<Atomics>(words_); }
  ChainLinks<Atomics> links() { return ChainLinks<Atomics>(words_); }
  ChainTrim<Atomics> trim() { return ChainTrim<Atomics>(words_); }
  ChainTotals<Atomics> totals() { return ChainTotals<Atomics>(words_); }

 private:
  // For checks.
  template <class Word>
  static SegmentRef LoadedRef(const Word& word) {
    return SegmentRef::FromBits(Atomics::Peek(word));
  }

  Words words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_SEGMENT_CHAIN_H_
