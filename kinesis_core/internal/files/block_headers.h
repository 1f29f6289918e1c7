// What the headers in a directory say of its blocks, read from the files as they are, without
// mapping or changing them: for who looks at a directory before, or beside, the engine that has it.
#ifndef KINESIS_CORE_INTERNAL_FILES_BLOCK_HEADERS_H_
#define KINESIS_CORE_INTERNAL_FILES_BLOCK_HEADERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/log/found_segment.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"

namespace kinesis::internal {

// A segment that a header names. A value.
struct FoundBlock {
  StoredSegment stored;
  uint64_t header = 0;            // its place in `headers` or `stubs`
  std::optional<uint64_t> block;  // its place in `blocks`; none: it is a stub

  uint64_t block_bytes() const { return SegmentGeometry::Of(stored.size_class).block_bytes; }
};

// The 64 bytes of a header that says so.
std::string EncodeHeader(const StoredSegment& stored);

// The files of blocks, opened. Thread-compatible. The file system must outlive it.
class BlockHeaders {
 public:
  // In order of place, those in `headers` first, by log.
  using Found = std::map<uint64_t, std::vector<FoundBlock>>;
  // Called for a header that cannot be.
  using OnDamage = std::function<void(std::string_view file, uint64_t at, std::string what)>;

  // A file that is not there has nothing in it: an engine that was killed while it made the
  // directory leaves fewer. Errors are those of the file system.
  static absl::StatusOr<BlockHeaders> Open(FileSystem& files, const std::string& directory,
                                           FileSystem::Mode mode);

  // Reads all of them. Needs the memory of what it returns.
  absl::StatusOr<Found> Read(const OnDamage& on_damage);

  // Which of the segments found of a log recovery would choose. Reads entries.
  absl::StatusOr<ChosenSegments<FoundBlock>> Choose(std::vector<FoundBlock> segments);

  // Whether a header is still what it was: if not, its segment is another one now.
  absl::StatusOr<bool> IsStill(const FoundBlock& segment);

  // The words of a segment's entries; none of a stub.
  absl::StatusOr<std::vector<uint64_t>> ReadEntries(const FoundBlock& segment);

  // Writes to one of the files, which is there and was opened for that.
  absl::Status Write(std::string_view file, uint64_t at, std::string_view bytes);

  // The file of blocks; null if it is not there.
  File* blocks() const { return blocks_.get(); }

 private:
  std::unique_ptr<File> blocks_;
  std::unique_ptr<File> headers_;
  std::unique_ptr<File> stubs_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_BLOCK_HEADERS_H_
