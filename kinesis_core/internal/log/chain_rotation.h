// Rotation: an append that finds no room at the tail makes the next segment the tail, or finds out
// why the log can have none.
//
// Whoever finds no room takes a segment from the pool *first* (so that a full pool leaves the log
// as it was), then seals the tail word, links the new segment to `next` by compare-exchange from
// "none", and moves the tail. Any other thread finishes what it left.
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_ROTATION_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_ROTATION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/log/chain_links.h"
#include "kinesis_core/internal/log/chain_totals.h"
#include "kinesis_core/internal/log/chain_trim.h"
#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_growth.h"

namespace kinesis::internal {

enum class LogStatus {
  kOk,
  kClosed,    // the log takes no more records: route again
  kFull,      // over capacity_bytes, and the policy is to reject
  kNoMemory,  // the pool's budget, or the system, has no segment to give
  kTooLarge,  // the record needs a segment larger than capacity_bytes or the pool's whole budget
};

// The bounds of a log. They may change at any time; a change takes effect at the next rotation,
// trim or read.
template <class Atomics>
struct LogLimits {
  typename Atomics::template Atomic<uint64_t> capacity_bytes{~uint64_t{0}};
  typename Atomics::template Atomic<int64_t> retention_ms{int64_t{1} << 50};
  typename Atomics::template Atomic<bool> trim_oldest{false};
};

// Thread-safe.
template <class Atomics>
class ChainRotation {
 public:
  using Words = ChainWords<Atomics>;
  using Pool = typename Words::Pool;
  using Segment = typename Words::Segment;
  using Limits = LogLimits<Atomics>;

  explicit ChainRotation(Words& words) : words_(words) {}

  // After an append found no room at `ref`: kOk if the tail is elsewhere or has room by now.
  LogStatus MoveOn(LogUid uid, SegmentRef ref, ByteCount bytes, Millis now_ms,
                   const Limits& limits) {
    if (!ref.is_segment()) return LogStatus::kClosed;
    if (words_.Tail() != ref) return LogStatus::kOk;
    Segment& segment = words_.ThePool().Get(ref.id());
    // Acquire: as SegmentChain::LikelyTail.
    if (words_.tail_segment.load(std::memory_order_acquire) != &segment) {
      // Release: the control was constructed before. A thread that was asleep here may set it back
      // to a former tail; the next one to fail comes here again.
      words_.tail_segment.store(&segment, std::memory_order_release);
      return LogStatus::kOk;
    }
    // Acquire: pairs with OpenSegment. If the log is another's by now, so is its uid.
    const LogUid owner = segment.log_uid.load(std::memory_order_acquire);
    if (owner != uid || !Pool::IsLive(segment, ref)) {
      return words_.Uid() == uid ? LogStatus::kOk : LogStatus::kClosed;
    }
    return Rotate(uid, ref, segment, bytes, now_ms, limits);
  }

 private:
  // Makes the tail of the log `uid` a segment that can take a record of `bytes`, or finds that
  // another thread did.
  LogStatus Rotate(LogUid uid, SegmentRef ref, Segment& segment, ByteCount bytes, Millis now_ms,
                   const Limits& limits) {
    ChainLinks<Atomics> links(words_);
    ChainTrim<Atomics> trim(words_);
    ChainTotals<Atomics> totals(words_);
    const SegmentRef next = LoadRef(segment.next);
    if (next.is_segment()) {
      links.AdvanceTail(ref, next);
      return LogStatus::kOk;
    }
    if (next.is_closed()) {
      // A "closed" that belongs to another generation means that the tail has moved on.
      return next.generation() == ref.generation() ? LogStatus::kClosed : LogStatus::kOk;
    }
    // Relaxed, all: a limit publishes nothing.
    const ByteCount capacity(limits.capacity_bytes.load(std::memory_order_relaxed));
    const bool trim_oldest = limits.trim_oldest.load(std::memory_order_relaxed);
    // Relaxed: advice.
    const TailWord tail(segment.tail.load(std::memory_order_relaxed));
    const ByteCount most = std::min(capacity, ByteCount(words_.ThePool().options().budget_bytes));
    const int size_class = SegmentGrowth::NextClass(segment.size_class, tail, bytes, most);
    const ByteCount block(SegmentGeometry::Of(size_class).block_bytes);
    if (block > most) return LogStatus::kTooLarge;
    const int64_t retention_ms = limits.retention_ms.load(std::memory_order_relaxed);  // as above
    trim.Expired(uid, now_ms - retention_ms, now_ms);
    bool told = false;
    bool empty = false;
    for (;;) {
      // Another thread may have rotated meanwhile, or a trim put a stub here: the claim starts
      // over.
      if (LoadRef(segment.next) != links.None(ref)) return LogStatus::kOk;
      const bool over = !empty && totals.HeldBytes() + block > capacity;
      Segment* const fresh = over ? nullptr : words_.ThePool().Acquire(size_class);
      if (fresh != nullptr) {
        links.Link(ref, segment, *fresh, now_ms);
        return LogStatus::kOk;
      }
      if (!over && !told) {
        told = true;
        words_.ThePool().NotifyShortage();
        continue;
      }
      if (trim_oldest && trim.Oldest(uid, now_ms)) continue;
      // Nothing is stored: what is counted as held is on its way out, under a thread that sleeps.
      if (trim_oldest && over) {
        empty = true;
        continue;
      }
      return over ? LogStatus::kFull : LogStatus::kNoMemory;
    }
  }

  Words& words_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_ROTATION_H_
