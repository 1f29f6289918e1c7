// Finding a place in a log: its ends, the segment of an index or a time, the pin of a reader.
//
// All of it starts from references that may be stale by the time they are followed. A reference is
// validated, never trusted (L6): ReadFacts checks generation and uid around what it copies, Enter
// checks them under the pin, and either starts over from an end of the log if it finds another
// log's segment.
//
// Each segment has, besides its parent, a reference to an ancestor farther back, chosen so that any
// ancestor is found in O(log n) steps (Myers, "An applicative random-access stack", 1983).
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_SEARCH_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_SEARCH_H_

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_pool.h"

namespace kinesis::internal {

// A reader's place: the index of the next record, and the segment it was last seen in (a hint).
struct LogCursor {
  SegmentRef segment;
  RecordIndex index;
};

// A consistent copy of a segment's control words.
struct SegmentFacts {
  LogUid uid;
  RecordIndex base_index;
  Millis base_ms;
  uint64_t number = 0;
  SegmentRef parent;
  SegmentRef skip;
  SegmentRef next;
  TailWord tail;
};

// Thread-safe.
template <class Atomics>
class ChainSearch {
 public:
  using Words = ChainWords<Atomics>;
  using Pool = typename Words::Pool;
  using Segment = typename Words::Segment;

  explicit ChainSearch(const Words& words) : words_(words) {}

  // Copies the control words of `ref`; false if it is no longer in this log.
  bool ReadFacts(SegmentRef ref, SegmentFacts* facts) const {
    if (!ref.is_segment()) return false;
    const Segment& segment = words_.ThePool().Get(ref.id());
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
    return Pool::IsLive(segment, ref) && facts->uid == words_.Uid();
  }

  // --- Ends

  // The oldest record kept.
  LogCursor Oldest() const {
    for (;;) {
      const SegmentRef ref = words_.Head();
      SegmentFacts facts;
      if (ReadFacts(ref, &facts)) return {ref, std::max(facts.base_index, words_.TrimIndex())};
    }
  }

  // The place after the newest record, or after the last one handed out.
  LogCursor Newest() const {
    for (;;) {
      const SegmentRef ref = words_.Tail();
      SegmentFacts facts;
      if (ReadFacts(ref, &facts)) return {ref, facts.base_index + facts.tail.count()};
    }
  }

  // A time that no record so far arrived after: that of the newest, unless its segment was left.
  Millis NewestMs() const {
    SegmentFacts facts;
    while (!ReadFacts(words_.Tail(), &facts)) {
    }
    return facts.tail.TimeMs(facts.base_ms);
  }

  // The arrival time of the newest record of the oldest segment that has any; INT64_MAX if none
  // has. Its memory can be reclaimed when that time has expired.
  Millis OldestSegmentMs() const {
    SegmentRef ref = words_.Head();
    SegmentFacts facts;
    while (ref.is_segment()) {
      if (!ReadFacts(ref, &facts)) {
        ref = words_.Head();
      } else if (facts.tail.count() > 0) {
        return facts.tail.TimeMs(facts.base_ms);
      } else {
        ref = facts.next;
      }
    }
    return Millis(INT64_MAX);
  }

  // --- Places between them

  // The newest segment for which `too_new` does not hold, which must be monotonic; the head if
  // there is none. O(log segments).
  template <class TooNew>
  SegmentRef Find(TooNew too_new) const {
    SegmentRef ref = words_.Tail();
    SegmentFacts facts;
    while (!ReadFacts(ref, &facts)) ref = words_.Tail();
    while (too_new(facts)) {
      SegmentFacts earlier;
      if (ReadFacts(facts.skip, &earlier) && too_new(earlier)) {
        ref = facts.skip;
      } else if (ReadFacts(facts.parent, &earlier)) {
        ref = facts.parent;
      } else {
        return words_.Head();
      }
      facts = earlier;
    }
    return ref;
  }

  // The segment that `index` is in; the head if it has been trimmed.
  SegmentRef FindIndex(RecordIndex index) const {
    return Find([index](const SegmentFacts& facts) { return facts.base_index > index; });
  }

  // Pins the segment of the cursor. Moves the cursor up to the oldest record kept if it was
  // overtaken, and adds what it missed to *lost.
  SegmentPin<Atomics> Enter(LogCursor* cursor, uint64_t* lost) const {
    Pool& pool = words_.ThePool();
    for (bool found = false;; found = true) {
      if (cursor->segment.is_segment()) {
        SegmentPin<Atomics> pin = pool.TryPin(pool.Get(cursor->segment.id()), cursor->segment);
        if (pin) {
          // Relaxed, both: ordered by the pin's acquire.
          const bool ours = pin->log_uid.load(std::memory_order_relaxed) == words_.Uid();
          const RecordIndex base = pin->base_index.load(std::memory_order_relaxed);
          // A found segment starts behind the cursor only if what was between has been trimmed.
          if (ours && (found || cursor->index >= base)) {
            const RecordIndex kept_from = std::max(base, words_.TrimIndex());
            if (cursor->index < kept_from) *lost += kept_from - cursor->index;
            cursor->index = std::max(cursor->index, kept_from);
            return pin;
          }
        }
      }
      cursor->segment = FindIndex(cursor->index);
    }
  }

  // --- Skips

  // The skip reference for the successor (with `number`) of `segment`: its parent, or what the
  // parent's skip skips to, which the arithmetic of SkipNumber makes the only other choice.
  SegmentRef SkipFor(SegmentRef parent, const Segment& segment, uint64_t number) const {
    if (SkipNumber(number) == number - 1) return parent;
    SegmentFacts facts;
    return ReadFacts(LoadRef(segment.skip), &facts) ? facts.skip : SegmentRef();
  }

 private:
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

  const Words& words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_SEARCH_H_
