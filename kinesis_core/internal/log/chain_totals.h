// ChainTotals: counts of what a log has taken and what it holds, exact when nothing is in flight.
//
// A put counts nothing: its entry says how long its record is. A segment is summed up once, by the
// thread that links another behind it, while the entries are still in that thread's cache; from
// then on the log knows its sums up to there. So neither a trim nor a question for the totals reads
// the entries of what the log has filled.
//
//     [segment] --next--> [segment] --next--> [segment] --next--> [segment]
//                                               counted             tail, usually the same
//      ........ summed up ..................
//
//   Settle  The content of a sealed segment (payload bytes, void entries, whether all its claims
//           were committed) is decided once, by a compare-exchange of its `content` word from
//           "open". Whoever comes second takes what it finds.
//   Pass    `counted` moves from a segment to its successor once the content is settled. The sums
//           before the successor are then determined, so that several threads may store them, each
//           the same ones; they are stored before `counted` is moved, and under a pin of the
//           successor, so that no thread that was asleep writes into another log's segment.
//
// Invariant L9: the sums before the segment that `counted` names are final, and that segment is in
// the log: the head does not pass `counted`.
//   Why: a trim moves the head from a segment only after it has seen or made `counted` pass that
//   segment. It cannot be misled by an old value of `counted`: the exchange that made the segment
//   the head was a release by a thread that had seen `counted` there or beyond.
//
// A claim that is not committed leaves its segment open, and `counted` in front of it, until a
// later rotation finds it committed. A trim cannot wait for that (L1): it settles the segment with
// what it finds, and such a claim counts as a record of no bytes.
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_TOTALS_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_TOTALS_H_

#include <algorithm>
#include <cstdint>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {

struct LogTotals {
  uint64_t records = 0;     // ever appended
  ByteCount payload_bytes;  // data and keys ever appended
  ByteCount held_bytes;     // blocks in the log now
};

// Thread-safe.
template <class Atomics>
class ChainTotals {
 public:
  using Words = ChainWords<Atomics>;
  using Segment = typename Words::Segment;

  explicit ChainTotals(Words& words) : words_(words) {}

  // Begins anew at the first segment of a log. What is held is not reset: a thread that trimmed the
  // log of an earlier uid may not have given its bytes back yet, and does so in the end.
  void Reset(SegmentRef first) {
    // Release, both: see SegmentChain::Open.
    words_.rejected.store(0, std::memory_order_release);
    words_.counted.store(first.bits(), std::memory_order_release);
  }

  // O(segments from `counted` on), and 8 bytes read of each record in those that are not settled:
  // the tail, and what has a claim that is not committed.
  LogTotals Compute() const {
    LogTotals totals;
    while (!SumUp(&totals)) {
    }
    totals.held_bytes = HeldBytes();
    return totals;
  }

  // --- Refusals

  // Appends that were refused for want of room or memory, and not tried again: counted by whoever
  // gives up, so that the count never goes back.
  uint64_t Rejected() const {
    return words_.rejected.load(std::memory_order_relaxed);  // a statistic
  }
  void CountRejected() { words_.rejected.fetch_add(1, std::memory_order_relaxed); }  // as above

  // --- Memory

  ByteCount HeldBytes() const {
    // Sequentially consistent: see CountOut. Below zero while a segment is trimmed that the thread
    // which linked it has not counted yet.
    const auto held = static_cast<int64_t>(words_.held_bytes.load(std::memory_order_seq_cst));
    return ByteCount(std::max<int64_t>(held, 0));
  }
  // A segment's block is the log's from its linking on.
  void CountIn(const Segment& segment) {
    // Relaxed: a count that guards nothing but itself.
    words_.held_bytes.fetch_add(SegmentGeometry::Of(segment.size_class).block_bytes,
                                std::memory_order_relaxed);
  }
  void CountOut(const Segment& segment) {
    // Sequentially consistent, with the load in HeldBytes(): a put that waits for room registers
    // and then looks here; we make room and then look who is registered.
    words_.held_bytes.fetch_sub(SegmentGeometry::Of(segment.size_class).block_bytes,
                                std::memory_order_seq_cst);
  }

  // --- Records

  // To be called when a successor has been linked to `ref`: settles that segment, and lets
  // `counted` pass it. If a claim was not committed in time, later calls make up for it, some
  // segments each, so that no append pays for all that piled up.
  void OnSealed(SegmentRef ref) {
    constexpr int kPassesMax = 3;
    if (Counted() != ref) Visit(ref, Pending::kLeave);
    for (int pass = 0; pass < kPassesMax && Visit(Counted(), Pending::kLeave); ++pass) {
    }
  }

  // To be called before the head is moved from `ref`, which has a successor: sees to it that
  // `counted` has passed it (L9).
  void OnTrim(SegmentRef ref) {
    if (Counted() == ref) Visit(ref, Pending::kCountAsEmpty);
  }

  // Returns whether all claims in a segment that was passed had been committed by then. To be
  // called by the thread that took it out of the log.
  static bool WasComplete(const Segment& segment) {
    // Acquire: pairs with the exchange in Settle, whose thread had acquired every entry; so the
    // caller, who recycles the segment, comes after all that was written to it (pool, P2).
    return ContentWord(segment.content.load(std::memory_order_acquire)).complete();
  }

 private:
  // How a claim that is not committed is taken.
  enum class Pending {
    kLeave,         // settle nothing yet
    kCountAsEmpty,  // the segment is on its way out: settle it as it is
  };

  struct Content {
    uint32_t records = 0;
    uint32_t voids = 0;
    uint32_t in_flight = 0;  // claimed and not committed: records yet to be, of unknown size
    ByteCount payload_bytes{};
  };

  // Acquire: pairs with the exchange in Pass, so the sums before that segment are there.
  SegmentRef Counted() const { return LoadRef(words_.counted); }

  // Settles the segment `ref`, and moves `counted` on if it is there. False if it did not come to
  // that: the segment has no successor, or is left open, or is in no log any more.
  bool Visit(SegmentRef ref, Pending pending) {
    if (!ref.is_segment()) return false;  // the log is released
    auto& pool = words_.ThePool();
    const SegmentPin<Atomics> pin = pool.TryPin(pool.Get(ref.id()), ref);
    if (!pin) return false;
    // With a successor the segment is sealed, and its tail word final.
    const SegmentRef next = LoadRef(pin->next);
    if (!next.is_segment()) return false;
    const ContentWord content = Settle(*pin, pending);
    return content.settled() && Pass(ref, *pin, content, next);
  }

  // Decides the content of a sealed segment that the caller pins, unless it is to be left open.
  static ContentWord Settle(Segment& segment, Pending pending) {
    // Acquire: see WasComplete.
    const ContentWord present(segment.content.load(std::memory_order_acquire));
    if (present.settled()) return present;
    const Content content = ContentOf(segment);
    if (content.in_flight > 0 && pending == Pending::kLeave) return present;
    const ContentWord settled =
        ContentWord::Settled(content.payload_bytes, content.voids, content.in_flight == 0);
    uint64_t expected = present.bits();
    // acq_rel, and acquire on failure: see WasComplete, for the content that counts.
    return segment.content.compare_exchange_strong(
               expected, settled.bits(), std::memory_order_acq_rel, std::memory_order_acquire)
               ? settled
               : ContentWord(expected);
  }

  // Moves `counted` from the settled segment `ref`, which the caller pins, to `next`. False if it
  // was elsewhere.
  bool Pass(SegmentRef ref, const Segment& segment, ContentWord content, SegmentRef next) {
    if (Counted() != ref) return false;
    auto& pool = words_.ThePool();
    const SegmentPin<Atomics> after = pool.TryPin(pool.Get(next.id()), next);
    if (!after) return false;  // trimmed, and so passed, by now (L9)
    // Relaxed, both loads: ordered by Counted(). Release, both stores: as all of a control, see
    // Segment; and published by the exchange.
    const ByteCount payload = segment.payload_before.load(std::memory_order_relaxed);
    const uint64_t voids = segment.voids_before.load(std::memory_order_relaxed);  // as above
    KC_DCHECK_LE(voids + content.voids(), BaseIndex(*after));
    after->payload_before.store(payload + content.payload_bytes(), std::memory_order_release);
    after->voids_before.store(voids + content.voids(), std::memory_order_release);
    uint64_t expected = ref.bits();
    // acq_rel: whoever reads `counted` sees the sums, and what the trim that relies on it saw.
    return words_.counted.compare_exchange_strong(expected, next.bits(), std::memory_order_acq_rel,
                                                  std::memory_order_relaxed);
  }

  // Adds up what comes before `counted`, and what is in it and behind it. False if a segment was
  // trimmed under its hands: `counted` is farther on by then.
  bool SumUp(LogTotals* totals) const {
    auto& pool = words_.ThePool();
    SegmentRef ref = Counted();
    *totals = LogTotals();
    for (bool first = true; ref.is_segment(); first = false) {
      const SegmentPin<Atomics> pin = pool.TryPin(pool.Get(ref.id()), ref);
      if (!pin) return false;
      if (first) {
        // Relaxed, both: ordered by Counted().
        totals->records = BaseIndex(*pin) - pin->voids_before.load(std::memory_order_relaxed);
        totals->payload_bytes = pin->payload_before.load(std::memory_order_relaxed);
      }
      // Before the content: so what is counted below was in the log at one moment.
      ref = LoadRef(pin->next);
      const Content content = PresentContentOf(*pin);
      totals->records += content.records;
      totals->payload_bytes += content.payload_bytes;
    }
    return true;
  }

  // Returns the content of a segment that the caller pins: settled, or as far as it is committed.
  static Content PresentContentOf(const Segment& segment) {
    // Acquire: see WasComplete.
    const ContentWord settled(segment.content.load(std::memory_order_acquire));
    if (!settled.settled()) return ContentOf(segment);
    // Relaxed: final since before the content was settled.
    const uint32_t count = TailWord(segment.tail.load(std::memory_order_relaxed)).count();
    return {.records = count - settled.voids(),
            .voids = settled.voids(),
            .payload_bytes = settled.payload_bytes()};
  }

  // Returns what is committed in a segment that the caller pins.
  static Content ContentOf(const Segment& segment) {
    // Relaxed: a count to look at; each entry is acquired.
    const uint32_t count = TailWord(segment.tail.load(std::memory_order_relaxed)).count();
    const typename Segment::EntryWord* const entries = segment.entries();
    // One sum of the three fields above the offset: none of them runs over into the next, as all
    // records of a segment lie in one block.
    static_assert(SegmentGeometry::Of(SegmentGeometry::kClasses - 1).block_bytes <=
                  uint64_t{1} << kEntryDataBits);
    uint64_t sum = 0;
    uint64_t any = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const uint64_t entry = entries[i].load(std::memory_order_acquire);  // pairs with Commit
      sum += (entry & ~kEntryFollows) >> kEntryDataShift;
      any |= entry;
    }
    if ((any & kEntryVoid) != 0) [[unlikely]]
      return ContentWithVoids(segment, count);
    Content content;
    content.records = static_cast<uint32_t>(sum >> (63 - kEntryDataShift));
    content.in_flight = count - content.records;
    sum &= (uint64_t{1} << (63 - kEntryDataShift)) - 1;
    content.payload_bytes = ByteCount(LowBits(sum, kEntryDataBits) + (sum >> kEntryDataBits));
    return content;
  }

  [[gnu::noinline]] static Content ContentWithVoids(const Segment& segment, uint32_t count) {
    Content content;
    for (uint32_t i = 0; i < count; ++i) {
      // Acquire: pairs with Commit.
      const uint64_t entry = segment.entries()[i].load(std::memory_order_acquire);
      if (entry == 0) {
        ++content.in_flight;
      } else if (!RecordEntry::IsRecord(entry)) {
        ++content.voids;
      } else {
        ++content.records;
        content.payload_bytes += RecordEntry::Decode(entry).payload_bytes();
      }
    }
    return content;
  }

  Words& words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_TOTALS_H_
