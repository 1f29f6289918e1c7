// BlockFiles: the blocks and headers of an engine's logs, in files of its directory that are mapped
// as a whole. What is stored there is in the page cache at once.
//
//   blocks    Regions of 16 MiB, each split by four into blocks of 4 KiB * 4^k, as they are asked
//             for. A block has its place on the disk from its allocation on, so that no store to it
//             fails for a full disk; a free one has none (a hole).
//   headers   64 bytes for each 4 KiB of `blocks`, at the same place: that of a block's first 4 KiB
//             is its header, see log/segment_header.h. There are as many regions as have headers;
//             `blocks` ends where the last block does that was ever allocated.
//   stubs     Headers of segments without a block.
//
// Nothing in them says which blocks are in use but the headers: a block without one is free when
// the files are opened again, whatever it holds.
//
// Thread-safe. The lock is held while the system looks for space.
#ifndef KINESIS_CORE_INTERNAL_FILES_BLOCK_FILES_H_
#define KINESIS_CORE_INTERNAL_FILES_BLOCK_FILES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/base/mutex.h"
#include "kinesis_core/internal/log/chain_recovery.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment_header.h"

namespace kinesis::internal {

class BlockFiles final : public BlockStore {
 public:
  // Names in the directory.
  static constexpr std::string_view kBlocks = "blocks";
  static constexpr std::string_view kHeaders = "headers";
  static constexpr std::string_view kStubs = "stubs";

  static constexpr size_t kSmallestBytes = size_t{4} << 10;
  static constexpr int kLevels = 7;  // sizes
  static constexpr size_t kRegionBytes = size_t{16} << 20;
  static constexpr size_t kHeaderBytes = 64;
  static_assert(kSmallestBytes << (2 * (kLevels - 1)) == kRegionBytes);

  // Opens the files in `directory`, or makes them. `budget_bytes` is what the blocks in use come to
  // at most; the files may be as large as they are. `lock` is kept as long as the files.
  static absl::StatusOr<std::shared_ptr<BlockFiles>> Open(FileSystem& files,
                                                          const std::string& directory,
                                                          uint64_t budget_bytes,
                                                          std::unique_ptr<FileLock> lock);

  std::byte* Allocate(size_t bytes) override;
  void Free(std::byte* block, size_t bytes) override;
  std::byte* HeaderOf(std::byte* block) override;
  std::byte* NewHeader() override;

  using Segments = std::map<uint64_t, std::vector<FoundSegment>>;

  // --- After Open, once and in this order, before anything is allocated.

  // Returns what the headers say, by log. Each block that one names is in use from here on. A
  // header that cannot be is cleared, and counted in *damaged.
  Segments Find(uint64_t* damaged);
  // Frees what is in use no longer because recovery has cleared its header, and gives back the
  // space of all that is free.
  absl::Status FreeTheRest();

  // Returns when all that is stored in the files is on the disk, and their names.
  absl::Status Sync();

  // Why the last allocation failed; OK if none has since one that did not.
  absl::Status last_error();

 private:
  using Header = SegmentHeader<StdAtomics>;

  BlockFiles(FileSystem& files, std::string directory)
      : file_system_(files), directory_(std::move(directory)) {}

  static size_t BytesOf(int level) { return kSmallestBytes << (2 * level); }
  static int LevelOf(size_t bytes);

  // A free block's place, taken from the free ones; the file grows if it has to.
  absl::StatusOr<uint64_t> Take(int level) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveBack(uint64_t place, int level) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status AddRegion() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes the block at `place` out of the free one that it lies in; false if that is none.
  bool Carve(uint64_t place, int level) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::byte*> TryAllocate(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Looks at a header, for Find; false if it says nothing.
  bool Visit(std::byte* at, std::byte* block, Segments* found, uint64_t* damaged)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status GrowStubs() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FileSystem& file_system_;
  const std::string directory_;
  std::unique_ptr<FileLock> lock_;  // goes after the files
  std::unique_ptr<File> blocks_file_;
  std::unique_ptr<File> headers_file_;
  std::unique_ptr<File> stubs_file_;
  uint64_t limit_ = 0;         // of blocks_, in bytes of addresses
  uint64_t blocks_bytes_ = 0;  // of the file when it was opened
  std::byte* blocks_ = nullptr;
  std::byte* headers_ = nullptr;
  std::byte* stubs_ = nullptr;

  Mutex mutex_;
  uint64_t end_ ABSL_GUARDED_BY(mutex_) = 0;  // of the regions there are
  std::set<uint64_t> free_[kLevels] ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, int> found_ ABSL_GUARDED_BY(mutex_);  // in use since Find: place and level
  uint64_t stubs_end_ ABSL_GUARDED_BY(mutex_) = 0;         // bytes of the file
  std::vector<uint64_t> free_stubs_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_BLOCK_FILES_H_
