// BlockSource: where blocks of memory come from, in huge pages if the system has them.
//
// A log that streams through its memory meets a new page every 4 KiB: a miss in the TLB, an end to
// the hardware's prefetching, and, when the memory is new, a fault. Many small logs that are
// written in turn meet one at each put. So blocks of up to 1 MiB are cut from regions of one huge
// page, and larger ones are made of whole huge pages. Measured: bench/RESULTS.md.
//
// Memory. A source that has given out little takes each block from the C library, or maps it by
// itself, and takes no more than it gives. From kSmallBytes on it may hold the unused rest of one
// region for each size: 10 MiB at the most, and of sizes below kLargeBytes only as much as it has
// given out of them. A freed block of kMapFromBytes or more goes back to the system at once, even
// from a region that others still use; for smaller ones that would be a call of the system each,
// and they go with their region, as those of the C library do with theirs.
//
// Thread-safe. The lock is held while the system looks for memory: who waits for it wants the same.
#ifndef KINESIS_CORE_INTERNAL_LOG_BLOCK_SOURCE_H_
#define KINESIS_CORE_INTERNAL_LOG_BLOCK_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/internal/base/mutex.h"

namespace kinesis::internal {

class BlockSource {
 public:
  static constexpr size_t kHugePageBytes = size_t{2} << 20;
  static constexpr size_t kSmallestBytes = size_t{4} << 10;
  static constexpr size_t kLargeBytes = size_t{256} << 10;
  // Until so many bytes are in use, no block is cut from a region;
  static constexpr uint64_t kSmallBytes = uint64_t{8} << 20;
  // and none of a size below kLargeBytes, until so many of that size are.
  static constexpr uint64_t kSmallBytesOfSize = uint64_t{1} << 20;

  BlockSource() = default;
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;

  // A block at a line of the cache whose pages are all there, so that nobody meets a fault in it;
  // null if the system has no memory. Of zeros, from kMapFromBytes on. To be given back before the
  // source is destroyed. Requires: `bytes` is a power of two and at least kSmallestBytes.
  std::byte* Allocate(size_t bytes);
  void Free(std::byte* block, size_t bytes);

 private:
  // Blocks of so many bytes that are not cut are mapped, smaller ones are the C library's.
  static constexpr size_t kMapFromBytes = size_t{64} << 10;
  static constexpr size_t kMostBlocks = kHugePageBytes / kSmallestBytes;

  // One huge page, aligned, cut into blocks of one size.
  struct Region {
    size_t in_use = 0;                      // blocks
    uint64_t taken[kMostBlocks / 64] = {};  // a bit for each
  };
  using Regions = std::map<std::byte*, Region>;

  bool MayAddRegion(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A region with nothing but free blocks of that size; false if the system has no memory.
  bool AddRegion(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // From the regions there are; null if none of them has a free block of that size.
  std::byte* Cut(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FreeCut(std::byte* block, size_t bytes, Regions::iterator region)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  uint64_t bytes_in_use_ ABSL_GUARDED_BY(mutex_) = 0;  // of blocks of sizes that may be cut
  std::map<size_t, uint64_t> bytes_of_size_ ABSL_GUARDED_BY(mutex_);  // the same, by size
  Regions regions_ ABSL_GUARDED_BY(mutex_);
  // Those with a free block, by size of the blocks and address: those in front are used first,
  // which leaves regions at the back to become free.
  std::set<std::pair<size_t, std::byte*>> with_room_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_BLOCK_SOURCE_H_
