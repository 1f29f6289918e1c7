// BlockScrub: holds the blocks of logs against their copies in the write-ahead log, which have
// checksums and are read anyway.
//
// Only where the blocks are to be trusted: after a loss of power they are nothing to compare, and
// are made anew (block_rebuild.h). What a copy has and a block has otherwise is a difference: of
// the header of the segment, of an entry, of the bytes of a record. None is
//   what no copy has: it was not brought to the disk yet, or its copy is damaged itself
//   what lies between records, and in a place that became void
//   an entry that is void, of a record that a copy has and that was put in one call with the one
//   before it: recovery makes it void if that one is missing (found_segment.h)
//   that the first record behind a trim is not said to follow the one before it any more
//   (SegmentPlan::BeginAtTrimIndex)
//   a segment that is not there any more, because it was trimmed: in front of the others, and where
//   the trim index says so
#ifndef KINESIS_CORE_INTERNAL_FILES_BLOCK_SCRUB_H_
#define KINESIS_CORE_INTERNAL_FILES_BLOCK_SCRUB_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/internal/files/block_headers.h"
#include "kinesis_core/internal/files/write_ahead_log.h"
#include "kinesis_core/internal/log/found_segment.h"
#include "kinesis_core/internal/log/log_export.h"

namespace kinesis::internal {

// One place that is not as its copy.
struct BlockDifference {
  std::string_view file;         // of BlockFiles
  std::optional<uint64_t> at{};  // the first byte that differs
  std::string what{};
  uint64_t begin = 0;        // where that begins which differs: an entry, a record, a header
  std::string_view right{};  // all bytes of it, as the copy has them; valid within the call
  bool is_entry = false;
  // The segment is not there at all, and has not been trimmed. Nothing says where it was.
  bool is_missing = false;
  uint64_t log_uid = 0;
};

// Thread-compatible.
class BlockScrub {
 public:
  using OnDifference = std::function<absl::Status(const BlockDifference&)>;

  // `blocks` must outlive it. An error of `on_difference` ends the comparison.
  BlockScrub(BlockHeaders& blocks, OnDifference on_difference)
      : blocks_(blocks), on_difference_(std::move(on_difference)) {}

  // Expects the log `uid`, which is called `name`, where recovery would find it. Logs that are not
  // expected are not compared. `was_closed`: by an engine that ended, so that its trim index says
  // where it begins (StreamCore::Leave).
  void Expect(uint64_t uid, const std::string& name, const ChosenSegments<FoundBlock>& chosen,
              bool was_closed);

  // For WriteAheadLog::Read. Needs the memory of an extent.
  void Compare(const LogExtent& extent, std::string_view data, const WriteAheadLog::FileInfo& file);

  // Of reading, or of on_difference; nothing is compared behind the first one.
  const absl::Status& status() const { return status_; }

 private:
  struct ExpectedLog {
    std::string name;
    std::map<uint64_t, FoundBlock> segments;  // by base index
    uint64_t first_index = 0;                 // what ends before it was trimmed
    std::set<uint64_t> missing;               // base indices
  };

  // The end of a sentence, whose log differs.
  using Naming = std::function<std::string()>;

  absl::Status CompareWith(const LogExtent& extent, std::string_view data, FoundBlock& segment,
                           const Naming& of);
  absl::Status Misses(ExpectedLog& log, const LogExtent& extent, uint64_t file_number);
  absl::Status CompareHeader(const LogExtent& extent, FoundBlock& segment, const Naming& of);
  absl::Status Differs(const FoundBlock& segment, std::string_view there,
                       const BlockDifference& difference);

  BlockHeaders& blocks_;
  const OnDifference on_difference_;
  std::map<uint64_t, ExpectedLog> logs_;  // by uid
  absl::Status status_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_BLOCK_SCRUB_H_
