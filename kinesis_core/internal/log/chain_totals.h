// What a log has taken and what it holds: statistics, exact when nothing is in flight.
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_TOTALS_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_TOTALS_H_

#include <cstdint>
#include <thread>

#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {

struct LogTotals {
  uint64_t records = 0;        // ever appended
  uint64_t payload_bytes = 0;  // data and keys ever appended
  uint64_t held_bytes = 0;     // blocks in the log now
};

// Thread-safe.
template <class Atomics>
class ChainTotals {
 public:
  using Words = ChainWords<Atomics>;
  using Segment = typename Words::Segment;

  explicit ChainTotals(Words& words) : words_(words) {}

  // Begins anew, with an opening of the log. What is held is not reset: a thread that trimmed the
  // log of an earlier uid may not have given its bytes back yet, and does so in the end.
  void Reset() {
    // Release, all: see SegmentChain::Open.
    words_.trimmed_records.store(0, std::memory_order_release);
    words_.trimmed_payload_bytes.store(0, std::memory_order_release);
    words_.rejected.store(0, std::memory_order_release);
  }

  // O(records kept), reading 8 bytes of each.
  LogTotals Compute() {
    // A segment on its way out is counted nowhere for a moment. So it looks again if one was; a
    // trimming thread that is asleep for so long leaves the totals short of that segment.
    constexpr int kLooks = 1000;
    for (int look = 1;; ++look) {
      // Acquire: pairs with the release at the end of a trim, so all they did is seen.
      const uint64_t ended = words_.trims_ended.load(std::memory_order_acquire);
      const LogTotals totals = SumUp();
      // Acquire: SumUp's loads are too, so this one comes after them. Equal: no trim was under way.
      if (words_.trims_begun.load(std::memory_order_acquire) == ended || look == kLooks) {
        return totals;
      }
      std::this_thread::yield();
    }
  }

  // Appends that were refused for want of room or memory.
  uint64_t Rejected() const {
    return words_.rejected.load(std::memory_order_relaxed);  // a statistic
  }
  void CountRejected() { words_.rejected.fetch_add(1, std::memory_order_relaxed); }  // as above

  uint64_t HeldBytes() const {
    // Sequentially consistent: see CountOut. Below zero while a segment is trimmed that the thread
    // which linked it has not counted yet.
    const auto held = static_cast<int64_t>(words_.held_bytes.load(std::memory_order_seq_cst));
    return held > 0 ? static_cast<uint64_t>(held) : 0;
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

  // --- Trims, each of which begins before it moves the head.

  void BeginTrim() {
    // acq_rel: before the exchange of the head, for whoever sees that; see Compute.
    words_.trims_begun.fetch_add(1, std::memory_order_acq_rel);
  }
  void EndTrim() {
    // Release: pairs with Compute, which sees what was counted before.
    words_.trims_ended.fetch_add(1, std::memory_order_release);
  }
  // Counts the records of a segment that the caller has taken out of the log. True if all of them
  // are committed.
  bool CountTrimmed(const Segment& segment) {
    const Content content = ContentOf(segment);
    // Relaxed, all: statistics. Nobody will look here again, so what is in flight counts now.
    words_.trimmed_records.fetch_add(content.records + content.in_flight,
                                     std::memory_order_relaxed);
    words_.trimmed_payload_bytes.fetch_add(content.payload_bytes, std::memory_order_relaxed);
    return content.in_flight == 0;
  }

 private:
  struct Content {
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
    uint64_t in_flight = 0;  // claimed and not committed: records yet to be, of unknown size
  };

  LogTotals SumUp() {
    LogTotals totals;
    totals.held_bytes = HeldBytes();
    // Acquire, both: see Compute.
    totals.records = words_.trimmed_records.load(std::memory_order_acquire);
    totals.payload_bytes = words_.trimmed_payload_bytes.load(std::memory_order_acquire);
    auto& pool = words_.ThePool();
    SegmentRef ref = words_.Head();
    while (ref.is_segment()) {
      Segment& segment = pool.Get(ref.id());
      if (!pool.Pin(segment, ref)) break;  // trimmed meanwhile
      const Content content = ContentOf(segment);
      totals.records += content.records;
      totals.payload_bytes += content.payload_bytes;
      ref = LoadRef(segment.next);
      pool.Unpin(segment);
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

  Words& words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_TOTALS_H_
