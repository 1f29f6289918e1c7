// The words of one log: which segments it consists of, whose they are, and what it has counted.
//
// The parts of a SegmentChain work on these words: ChainLinks moves the tail, ChainTrim the head,
// ChainTotals counts. A log is type-stable as a segment is: a thread that holds one may read its
// words at any time, whatever shard the log serves by now.
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_WORDS_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_WORDS_H_

#include <cstdint>

#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_pool.h"

namespace kinesis::internal {

template <class Atomics>
struct ChainWords {
  template <class T>
  using Atomic = typename Atomics::template Atomic<T>;
  using Pool = SegmentPool<Atomics>;
  using Segment = internal::Segment<Atomics>;

  // --- Line 0: read by every append, written at rotation.
  alignas(kCacheLineBytes) Atomic<uint64_t> tail{SegmentRef().bits()};
  Atomic<Segment*> tail_segment{nullptr};  // where the segment of `tail` is likely to be
  Atomic<LogUid> uid{LogUid()};            // 0: not open
  Atomic<Pool*> pool{nullptr};
  Atomic<uint32_t> shard_index{0};

  // --- Line 1: read by seeks and overtaken readers, written by trims.
  alignas(kCacheLineBytes) Atomic<uint64_t> head{SegmentRef().bits()};
  Atomic<RecordIndex> trim_index{RecordIndex()};
  // The rest is ChainTotals'.
  Atomic<uint64_t> counted{SegmentRef().bits()};  // the segment that the sums go up to
  Atomic<uint64_t> held_bytes{0};
  Atomic<uint64_t> rejected{0};

  Pool& ThePool() const {
    // Relaxed: set before the log was handed to this thread, and the same for all logs of an
    // engine.
    return *pool.load(std::memory_order_relaxed);
  }
  SegmentRef Head() const { return LoadRef(head); }
  SegmentRef Tail() const { return LoadRef(tail); }
  LogUid Uid() const { return uid.load(std::memory_order_acquire); }  // pairs with Open
  RecordIndex TrimIndex() const {
    return trim_index.load(std::memory_order_acquire);  // pairs with ChainTrim::Before
  }
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_WORDS_H_
