// SegmentHeader and BlockStore: what a log keeps of itself where it outlives the process.
//
// The blocks of a pool that has a BlockStore lie in files that are mapped, so what is appended is
// in the page cache at once and survives the process; appends, reads and the record layout are the
// same as in memory. What would be lost is what the controls know, which are in memory: whose block
// it is, and where in the log. So each segment has a header of 64 bytes in a file, also a segment
// without a block.
//
// Why the headers are enough, wherever all threads of the process stop (a kill stops each between
// two stores of its own, and loses none):
//   D1  An acknowledged record is found. Its segment's header was written before the segment was
//       linked, and so before anybody could claim in it (ChainLinks::Link). The header is cleared
//       by a trim alone, which has decided that the segment goes.
//   D2  Nothing is invented. A header is valid from the store of its state word on, which comes
//       last when it is written and first when it is cleared; its fields do not change in between,
//       but for the trim index, which only grows.
//   D3  A hole is void, not an end. An entry that is zero and has committed ones behind it, in its
//       segment or a later one, was claimed by a producer that is gone. Recovery makes it void.
//   D4  A header is cleared before the entries of its block are: by ChainTrim before the head moves
//       past the segment, and by the pool when any segment is retired, which comes before it is
//       recycled (SegmentPool::Retire).
//   D5  Of a log there are always the last segments, without a gap: headers are cleared in the
//       order in which the head moves, before it moves (ChainTrim::Head). So each open log has at
//       least one, which says what the index of its next record is, and no index is given out
//       again that a reader may have seen.
//   D6  Two headers may have one number: two threads had each opened a segment to link it, and one
//       lost. Both have the same base, since no header is written of what was read of another
//       generation (ChainLinks::Link). Nobody was told of the loser, so it has no records; it may
//       have void entries, by a stale claim. The one with records counts (ChainRecovery).
// Nothing in a header or a block is an address.
#ifndef KINESIS_CORE_INTERNAL_LOG_SEGMENT_HEADER_H_
#define KINESIS_CORE_INTERNAL_LOG_SEGMENT_HEADER_H_

#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/base/atomics.h"

namespace kinesis::internal {

// What a header says.
struct StoredSegment {
  uint64_t log_uid = 0;
  uint64_t base_index = 0;
  int64_t base_ms = 0;
  uint64_t number = 0;
  uint64_t shard_created_s = 0;
  uint32_t shard_index = 0;
  int size_class = 0;
  uint64_t trim_index = 0;
};

// In a file: 64 bytes, all zero while it says nothing. Written by whoever opens or retires the
// segment, one thread at a time; but for the trim index.
template <class Atomics>
struct SegmentHeader {
  using Word = typename Atomics::template Atomic<uint64_t>;

  // "segment" and the size class in the low byte.
  static constexpr uint64_t kMagic = 0x7365'676d'656e'7400;
  static constexpr uint64_t kSizeClassMask = 0xff;

  Word state{0};
  Word log_uid{0};
  Word base_index{0};
  Word base_ms{0};
  Word number{0};
  Word shard_created_s{0};
  Word shard_index{0};
  Word trim_index{0};

  // Release, all: nobody reads a header while its segment is in use; it keeps the compiler from
  // putting the stores in another order, which is all that a kill can tell (D2).
  void Write(const StoredSegment& segment) {
    log_uid.store(segment.log_uid, std::memory_order_release);
    base_index.store(segment.base_index, std::memory_order_release);
    base_ms.store(static_cast<uint64_t>(segment.base_ms), std::memory_order_release);
    number.store(segment.number, std::memory_order_release);
    shard_created_s.store(segment.shard_created_s, std::memory_order_release);
    shard_index.store(segment.shard_index, std::memory_order_release);
    trim_index.store(segment.trim_index, std::memory_order_release);
    state.store(kMagic | static_cast<uint64_t>(segment.size_class), std::memory_order_release);
  }
  // Sequentially consistent: nothing that follows may come before it (D4).
  void Clear() { state.store(0, std::memory_order_seq_cst); }

  // Moves the trim index up to `index`.
  void RaiseTrim(uint64_t index) {
    // Relaxed: only a guess for the exchange.
    uint64_t old = trim_index.load(std::memory_order_relaxed);
    // Release: as in Write.
    while (old < index && !trim_index.compare_exchange_weak(old, index, std::memory_order_release,
                                                            std::memory_order_relaxed)) {
    }
  }

  // False if it says nothing. For recovery, when nobody writes.
  bool Read(StoredSegment* segment) const {
    const auto load = [](const Word& word) { return word.load(std::memory_order_relaxed); };
    if ((load(state) & ~kSizeClassMask) != kMagic) return false;
    *segment = {load(log_uid),
                load(base_index),
                static_cast<int64_t>(load(base_ms)),
                load(number),
                load(shard_created_s),
                static_cast<uint32_t>(load(shard_index)),
                static_cast<int>(load(state) & kSizeClassMask),
                load(trim_index)};
    return true;
  }
};

// The format of the files: kinesis_core/doc/file_format.md.
static_assert(sizeof(SegmentHeader<StdAtomics>) == 64);
static_assert(offsetof(SegmentHeader<StdAtomics>, state) == 0);
static_assert(offsetof(SegmentHeader<StdAtomics>, log_uid) == 8);
static_assert(offsetof(SegmentHeader<StdAtomics>, base_index) == 16);
static_assert(offsetof(SegmentHeader<StdAtomics>, base_ms) == 24);
static_assert(offsetof(SegmentHeader<StdAtomics>, number) == 32);
static_assert(offsetof(SegmentHeader<StdAtomics>, shard_created_s) == 40);
static_assert(offsetof(SegmentHeader<StdAtomics>, shard_index) == 48);
static_assert(offsetof(SegmentHeader<StdAtomics>, trim_index) == 56);

// Where the blocks and headers of a pool lie that outlives the process. Thread-safe. Shared by the
// pool, which may outlive the engine.
class BlockStore {
 public:
  BlockStore() = default;
  BlockStore(const BlockStore&) = delete;
  BlockStore& operator=(const BlockStore&) = delete;
  virtual ~BlockStore() = default;

  // A block of zeros, a power of two of bytes and at least 4 KiB, all of whose pages are there and
  // have their place on the disk; null if there is none.
  virtual std::byte* Allocate(size_t bytes) = 0;
  // Takes it back. Its header has been cleared.
  virtual void Free(std::byte* block, size_t bytes) = 0;
  // The header of a block: 64 bytes, zero in a block that has just been allocated.
  virtual std::byte* HeaderOf(std::byte* block) = 0;
  // A header for a segment without a block, of zeros; null if there is no place. For good.
  virtual std::byte* NewHeader() = 0;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_SEGMENT_HEADER_H_
