// What a write-ahead log has of the logs of an engine, and how their blocks are made again of that
// after a loss of power, when nothing that the mapped files hold can be trusted.
#ifndef KINESIS_CORE_INTERNAL_FILES_BLOCK_REBUILD_H_
#define KINESIS_CORE_INTERNAL_FILES_BLOCK_REBUILD_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/files/write_ahead_log.h"

namespace kinesis::internal {

// Indices of a log. A value.
class IndexSet {
 public:
  void Add(uint64_t first, uint64_t end);

  // Behind the highest one; 0 if there is none.
  uint64_t end() const { return ranges_.empty() ? 0 : ranges_.rbegin()->second; }
  // Those that are missing between the lowest one and end(), in order.
  std::vector<uint64_t> Holes() const;

 private:
  std::map<uint64_t, uint64_t> ranges_;  // first to end, neither overlapping nor adjacent
};

// What is found in a write-ahead log.
struct FoundCopies {
  WriteAheadLog::Contents contents;
  std::map<uint64_t, IndexSet> of_log;  // by uid
};

// Reads all of it, without changing anything. Errors as WriteAheadLog::Read.
absl::StatusOr<FoundCopies> FindCopies(FileSystem& files, const std::string& directory);

// Makes the files of blocks of a directory anew, with what the write-ahead log has of the logs
// `wanted`, so that recovery finds these logs there. Of each, what stands before the last place
// that it was trimmed at is left out, as far as it fills whole segments. A segment of which
// something is missing has holes; one of which all is missing is there without a record, so that
// what is before it stays. Requires that nobody has the files open, and that after a process that
// ends within this it is called again. kResourceExhausted: `budget_bytes` or the disk is too small.
absl::Status RebuildBlocks(FileSystem& files, const std::string& directory, uint64_t budget_bytes,
                           const std::set<uint64_t>& wanted);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_BLOCK_REBUILD_H_
