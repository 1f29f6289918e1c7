// BlockSource: where large blocks of memory come from, in huge pages if the system has them.
//
// A log that streams through its memory meets a new page every 4 KiB: a miss in the TLB, an end to
// the hardware's prefetching, and, when the memory is new, a fault. So blocks of 256 KiB and 1 MiB
// are cut from regions of one huge page, and larger ones are made of whole huge pages. Measured:
// bench/RESULTS.md.
//
// Memory. A source that has given out little maps each block by itself and takes no more than it
// gives. From kSmallBytes on it may hold the unused rest of one region for each of the two sizes,
// 4 MiB at the most; a freed block goes back to the system at once, even from a region that others
// still use.
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
  // The smallest blocks that are cut from regions. Smaller ones are mapped each by itself.
  static constexpr size_t kSmallestCutBytes = size_t{256} << 10;
  static constexpr uint64_t kSmallBytes = uint64_t{8} << 20;

  BlockSource() = default;
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;

  // A block of zeros whose pages are all there, so that nobody meets a fault in it; null if the
  // system has no memory. To be given back before the source is destroyed.
  // Requires: `bytes` is a power of two and at least a page.
  std::byte* Allocate(size_t bytes);
  void Free(std::byte* block, size_t bytes);

 private:
  // A region with nothing but free blocks of that size; false if the system has no memory.
  bool AddRegion(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // From the regions there are; null if none of them has a free block of that size.
  std::byte* Cut(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FreeCut(std::byte* block, size_t bytes, std::byte* region)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  uint64_t bytes_in_use_ ABSL_GUARDED_BY(mutex_) = 0;  // of blocks of sizes that may be cut
  // Blocks in use of each region: one huge page, aligned, cut into blocks of one size.
  std::map<std::byte*, size_t> regions_ ABSL_GUARDED_BY(mutex_);
  // Free blocks in regions, by size and address: those in front are used first, which leaves
  // regions at the back to become free.
  std::set<std::pair<size_t, std::byte*>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_BLOCK_SOURCE_H_
