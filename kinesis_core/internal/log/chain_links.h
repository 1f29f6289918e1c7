// The steps by which a log gets its segments: the first one is opened, the tail is sealed and a
// successor linked behind it, or the end of the log.
//
// Each step is one compare-exchange on one word, and each is such that a thread that stops in the
// middle can be overtaken (L1): whoever finds a successor that the tail does not name yet moves the
// tail. "None" and "closed" carry the generation of the segment that they stand in, so a thread
// that slept through a recycling cannot link into another log.
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_LINKS_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_LINKS_H_

#include <algorithm>
#include <cstdint>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/chain_totals.h"
#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_pool.h"

namespace kinesis::internal {

// Thread-safe.
template <class Atomics>
class ChainLinks {
 public:
  using Words = ChainWords<Atomics>;
  using Pool = typename Words::Pool;
  using Segment = typename Words::Segment;

  // The description that a new segment is given.
  struct Opening {
    LogUid uid{};
    RecordIndex base_index{};
    Millis base_ms{};
    uint64_t shard_created_s = 0;
    uint32_t shard_index = 0;
    uint64_t number = 0;
    SegmentRef parent{};
    SegmentRef skip{};
    bool wait = false;
    bool ends_log = false;  // nothing comes behind it: no claims, no successor
  };

  explicit ChainLinks(Words& words) : words_(words) {}

  // The value of the `next` word of `ref` as long as nothing is linked to it.
  static SegmentRef None(SegmentRef ref) {
    return SegmentRef(SegmentRef::kNoneId, ref.generation());
  }
  // Its value once the log ends behind it.
  static SegmentRef Closed(SegmentRef ref) {
    return SegmentRef(SegmentRef::kClosedId, ref.generation());
  }

  // Makes an acquired segment one of a log. Nobody else has it yet, but a stale producer may claim
  // from it.
  static void OpenSegment(Segment& segment, const Opening& opening) {
    const SegmentRef ref = Pool::RefTo(segment);
    KC_DCHECK_NE(opening.uid, 0U);
    KC_DCHECK(opening.number > 0 || !opening.parent.is_segment());
    KC_DCHECK(TailWord(Atomics::Peek(segment.tail)).sealed());  // as its last life left it
    // Release, all: see Segment. The tail word is last; it is what admits claims.
    segment.base_index.store(opening.base_index, std::memory_order_release);
    segment.base_ms.store(opening.base_ms, std::memory_order_release);
    segment.shard_created_s.store(opening.shard_created_s, std::memory_order_release);
    segment.shard_index.store(opening.shard_index, std::memory_order_release);
    segment.number.store(opening.number, std::memory_order_release);
    segment.parent.store(opening.parent.bits(), std::memory_order_release);
    segment.skip.store(opening.skip.bits(), std::memory_order_release);
    segment.content.store(ContentWord().bits(), std::memory_order_release);
    segment.payload_before.store(ByteCount(), std::memory_order_release);
    segment.voids_before.store(0, std::memory_order_release);
    segment.next.store((opening.ends_log ? Closed(ref) : None(ref)).bits(),
                       std::memory_order_release);
    segment.self.store(ref.bits(), std::memory_order_release);
    segment.log_uid.store(opening.uid, std::memory_order_release);
    const TailWord empty = TailWord::Empty(ref.generation(), opening.base_ms, opening.wait);
    segment.tail.store((opening.ends_log ? empty.Sealed() : empty).bits(),
                       std::memory_order_release);
  }

  // Refuses further claims in the segment that `ref` names; its tail word is final afterwards.
  static void Seal(Segment& segment, SegmentRef ref) {
    // Relaxed: only a guess for the exchange.
    uint64_t bits = segment.tail.load(std::memory_order_relaxed);
    for (;;) {
      const TailWord word(bits);
      if (word.sealed() || !word.IsOf(ref)) return;
      // acq_rel: a release so that the claims before it and the seal stay one chain (see
      // RingLog::TryClaim). A seal that hits a later generation by the same accident as a stale
      // claim only ends it early.
      if (segment.tail.compare_exchange_weak(bits, word.Sealed().bits(), std::memory_order_acq_rel,
                                             std::memory_order_relaxed)) {
        return;
      }
    }
  }

  void AdvanceTail(SegmentRef from, SegmentRef to) {
    KC_DCHECK(from.is_segment() && to.is_segment());
    uint64_t expected = from.bits();
    // Release: whoever starts from the new tail sees its opening, which we saw through `next`.
    // Failing means that another thread did it. `from` carries a generation, so the tail never
    // moves back.
    words_.tail.compare_exchange_strong(expected, to.bits(), std::memory_order_acq_rel,
                                        std::memory_order_relaxed);
  }

  // Seals `segment` and makes `fresh` its successor, unless it has one or the log is closed;
  // `fresh` goes back to the pool then. True if it was linked.
  bool Link(SegmentRef ref, Segment& segment, Segment& fresh, Millis now_ms,
            bool ends_log = false) {
    Seal(segment, ref);
    // Acquire, all: pairs with every claim that counted; the word is final (L3). If the segment is
    // no longer in its generation, so is nothing read here, and the exchange below fails.
    const TailWord last(segment.tail.load(std::memory_order_acquire));
    const Millis last_ms = last.TimeMs(segment.base_ms.load(std::memory_order_acquire));
    const uint64_t number = segment.number.load(std::memory_order_acquire) + 1;
    // Acquire, all: as above.
    OpenSegment(fresh, {.uid = segment.log_uid.load(std::memory_order_acquire),
                        .base_index = BaseIndex(segment) + last.count(),
                        .base_ms = std::max(now_ms, last_ms),
                        .shard_created_s = segment.shard_created_s.load(std::memory_order_acquire),
                        .shard_index = segment.shard_index.load(std::memory_order_acquire),
                        .number = number,
                        .parent = ref,
                        .skip = ChainSearch<Atomics>(words_).SkipFor(ref, segment, number),
                        .wait = last.wait(),
                        .ends_log = ends_log});
    // Not of what was read of another generation: the exchange fails then, and a crash before
    // `fresh` is retired would leave a header with any number and base.
    if (Pool::IsLive(segment, ref)) words_.ThePool().SaveOpened(fresh);
    const SegmentRef linked = Pool::RefTo(fresh);
    uint64_t expected = None(ref).bits();
    // Release: publishes the opening of `fresh`. "none" carries the generation of `ref`, so a
    // thread that slept through a recycling cannot link into another log.
    if (segment.next.compare_exchange_strong(expected, linked.bits(), std::memory_order_acq_rel,
                                             std::memory_order_acquire)) {
      // The generation was right, and so was all that was read (L3).
      KC_DCHECK(last.sealed() && last.IsOf(ref));
      ChainTotals<Atomics> totals(words_);
      totals.CountIn(fresh);
      AdvanceTail(ref, linked);
      totals.OnSealed(ref);
      return true;
    }
    // Nobody was told of it, but a stale claim may have hit it: it leaves like any segment.
    Seal(fresh, linked);
    words_.ThePool().Retire(fresh);
    return false;
  }

  // Puts a stub behind the tail segment; true also if another thread put something there. False if
  // the system has no memory. With `ends_log` the link of the stub is the step that closes (L7):
  // it is sealed and says "closed" before anybody sees it. Were it linked first and closed then,
  // a producer that comes between the two would link a segment behind it, again and again.
  bool ReplaceTail(SegmentRef ref, Segment& segment, Millis now_ms, bool ends_log = false) {
    Segment* const stub = words_.ThePool().Acquire(SegmentGeometry::kStub);
    if (stub == nullptr) return false;
    Link(ref, segment, *stub, now_ms, ends_log);
    return true;
  }

  // Ends the log behind the tail segment, unless it has a successor.
  void LinkEnd(SegmentRef ref, Segment& segment) {
    Seal(segment, ref);
    // The step that closes (L7). acq_rel: whoever sees "closed" sees the sealed count; and the
    // closer sees what those who lost to it did.
    uint64_t expected = None(ref).bits();
    segment.next.compare_exchange_strong(expected, Closed(ref).bits(), std::memory_order_acq_rel,
                                         std::memory_order_acquire);
  }

 private:
  Words& words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_LINKS_H_
