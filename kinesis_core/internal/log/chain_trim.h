// Trimming: the oldest segments leave a log, because they are expired, below the trim horizon, or
// in the way of new ones.
//
// The head is moved past its segment by compare-exchange; the winner retires that segment. A
// segment leaves only with a successor, whose `next` was read before the segment's count: the count
// is final then, so nothing goes that the trim did not see. The tail has no successor; a trim that
// takes it puts a stub behind it first, and then judges it again.
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_TRIM_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_TRIM_H_

#include <cstdint>
#include <optional>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/chain_links.h"
#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/chain_totals.h"
#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/observer.h"

namespace kinesis::internal {

// Thread-safe. Most trims are also made by producers that may be stale: they touch nothing if the
// log is open under another uid than `uid`.
template <class Atomics>
class ChainTrim {
 public:
  using Words = ChainWords<Atomics>;
  using Segment = typename Words::Segment;

  explicit ChainTrim(Words& words) : words_(words) {}

  // Moves the trim horizon up to `index` (at most the end) and gives back what lies wholly below
  // it.
  void Before(RecordIndex index, Millis now_ms) {
    // Relaxed: only a guess for the exchange.
    RecordIndex old = words_.trim_index.load(std::memory_order_relaxed);
    // Release: pairs with ChainWords::TrimIndex. A reader that is told of the loss also sees what
    // this thread saw behind it: not the tip of a log that was closed before. Relaxed on failure: a
    // guess.
    while (old < index && !words_.trim_index.compare_exchange_weak(
                              old, index, std::memory_order_release, std::memory_order_relaxed)) {
    }
    for (;;) {
      const SegmentRef ref = words_.Head();
      SegmentFacts facts;
      if (!ReadFacts(ref, &facts)) {
        if (ref == words_.Head()) return;  // the log is released
        continue;
      }
      if (facts.base_index + facts.tail.count() > index) {
        if (!KeepTrim(ref, index)) continue;
        return;
      }
      // The count is final only with a successor, which was read before it. Without one, records
      // may come in until the segment is sealed, and must not go with it.
      if (facts.next.is_segment()) {
        Head(ref, TrimCause::kDone);
        continue;
      }
      if (ref != words_.Tail()) continue;
      // Then judged again: a record may have come in before the seal.
      if (facts.tail.count() == 0 || !EndTail(ref, now_ms)) {
        if (!KeepTrim(ref, index)) continue;
        return;
      }
    }
  }

  // Gives back the memory of records older than `cutoff_ms`, also that of the newest ones.
  void Expired(LogUid uid, Millis cutoff_ms, Millis now_ms) {
    ExpiredSegments(uid, cutoff_ms);
    const SegmentRef ref = words_.Tail();
    SegmentFacts facts;
    if (ref == words_.Head() && ReadFacts(ref, &facts) && facts.uid == uid &&
        facts.tail.count() > 0 && facts.tail.TimeMs(facts.base_ms) < cutoff_ms &&
        EndTail(ref, now_ms)) {
      // Judged again: a young record may have come in before the seal.
      ExpiredSegments(uid, cutoff_ms);
    }
  }

  // Trims the oldest segment, the tail included. False if nothing is stored.
  bool Oldest(LogUid uid, Millis now_ms) {
    const SegmentRef ref = words_.Head();
    SegmentFacts facts;
    // Somebody else trimmed, or the log is released: the caller looks again.
    if (!ReadFacts(ref, &facts) || facts.uid != uid) return true;
    if (Head(ref, TrimCause::kOverflow)) return true;
    if (ref != words_.Tail() || !ReadFacts(ref, &facts)) return true;  // as above
    if (facts.next.is_segment() || facts.tail.count() == 0) return facts.next.is_segment();
    if (!EndTail(ref, now_ms)) return false;
    Head(ref, TrimCause::kOverflow);
    return true;
  }

  // Moves the head past `ref`, which must be or have been the head, unless it is the tail. True if
  // this thread moved it; it has then retired the segment, and told the listener if there is a
  // cause. No claim or lock of this thread is held then: the listener may come back to this log.
  bool Head(SegmentRef ref, std::optional<TrimCause> cause = std::nullopt) {
    if (!ref.is_segment()) return false;  // the log is released
    Segment& segment = words_.ThePool().Get(ref.id());
    const SegmentRef next = LoadRef(segment.next);
    if (!next.is_segment()) return false;
    ChainLinks<Atomics>(words_).AdvanceTail(ref, next);
    ChainTotals<Atomics> totals(words_);
    totals.OnTrim(ref);
    if (words_.ThePool().has_headers()) {
      // Under a pin, so that it is the header of this segment. Without one it has left already.
      const SegmentPin<Atomics> pin = words_.ThePool().TryPin(segment, ref);
      if (!pin) return false;
      words_.ThePool().ClearHeader(segment);  // before the head moves on (D4, D5)
    }
    uint64_t expected = ref.bits();
    // acq_rel: the winner owns the segment's way out; readers that start at the new head see its
    // opening, and trims see that it has been counted (L9). `next` may be of another generation
    // only if `ref` is no longer the head, and then this fails.
    if (!words_.head.compare_exchange_strong(expected, next.bits(), std::memory_order_acq_rel,
                                             std::memory_order_relaxed)) {
      return false;
    }
    KC_DCHECK_NE(next, ref);
    KC_DCHECK_NE(Atomics::Peek(words_.counted), ref.bits());  // L9
    KC_DCHECK(ContentWord(Atomics::Peek(segment.content)).settled());
    totals.CountOut(segment);
    LogUid uid;
    uint32_t records = 0;
    if (cause) {
      // Relaxed, both: the segment is this thread's until it is retired, and they are final.
      uid = segment.log_uid.load(std::memory_order_relaxed);
      records = TailWord(segment.tail.load(std::memory_order_relaxed)).count();  // as above
    }
    words_.ThePool().Retire(segment, totals.WasComplete(segment));
    words_.ThePool().NotifyRoom();
    if (records > 0) words_.ThePool().NotifyTrim(uid, *cause, records);
    return true;
  }

 private:
  bool ReadFacts(SegmentRef ref, SegmentFacts* facts) const {
    return ChainSearch<Atomics>(words_).ReadFacts(ref, facts);
  }

  // Trims segments before the tail that hold nothing younger than `cutoff_ms`.
  void ExpiredSegments(LogUid uid, Millis cutoff_ms) {
    for (;;) {
      const SegmentRef ref = words_.Head();
      SegmentFacts facts;
      if (!ReadFacts(ref, &facts)) {
        if (ref == words_.Head()) return;  // the log is released
        continue;
      }
      if (facts.uid != uid) return;
      const bool empty = facts.tail.count() == 0;
      if (!facts.next.is_segment() || (!empty && facts.tail.TimeMs(facts.base_ms) >= cutoff_ms)) {
        return;
      }
      Head(ref, TrimCause::kExpired);
    }
  }

  // Keeps the trim index with the head `ref`, where the log has headers. False if that is no longer
  // the head: what is then has to keep it.
  bool KeepTrim(SegmentRef ref, RecordIndex index) {
    if (!words_.ThePool().has_headers()) return true;
    const SegmentPin<Atomics> pin = words_.ThePool().TryPin(words_.ThePool().Get(ref.id()), ref);
    if (!pin) return false;
    words_.ThePool().SaveTrim(*pin, index);
    return words_.Head() == ref;
  }

  // Puts a stub behind the tail segment, so that it can be trimmed. False if the log is closed or
  // the system has no memory.
  bool EndTail(SegmentRef ref, Millis now_ms) {
    Segment& segment = words_.ThePool().Get(ref.id());
    return !LoadRef(segment.next).is_closed() &&
           ChainLinks<Atomics>(words_).ReplaceTail(ref, segment, now_ms);
  }

  Words& words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_TRIM_H_
