// What a write-ahead log has of the logs of an engine, and how their blocks are made again of that
// after a loss of power, when nothing that the mapped files hold can be trusted.
#ifndef KINESIS_CORE_INTERNAL_FILES_BLOCK_REBUILD_H_
#define KINESIS_CORE_INTERNAL_FILES_BLOCK_REBUILD_H_

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
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

// Reads all of it, without changing anything, and calls `visit`, if there is one, for each extent.
// Errors as WriteAheadLog::Read.
absl::StatusOr<FoundCopies> FindCopies(FileSystem& files, const std::string& directory,
                                       const WriteAheadLog::Visit& visit = nullptr);

// The segments that are made of a write-ahead log: those of which it has anything, without what was
// trimmed, and between them ones without a record, so that none is missing. A value.
class SegmentPlan {
 public:
  struct Segment {
    StoredSegment stored;
    uint64_t end_index = 0;  // behind the last entry that was found
  };

  // Of the logs `wanted`, by uid.
  explicit SegmentPlan(std::set<uint64_t> wanted) : wanted_(std::move(wanted)) {}

  // What takes notice of each extent that is read, of these logs. Must not outlive the plan.
  WriteAheadLog::Visit Adder();
  // To be called when all were added: leaves out what stands before the last place that its log was
  // trimmed at, as far as it fills whole segments, fills gaps, and numbers what is left.
  void Finish();

  // A trim may end within a batch, and what it took be in no copy: then what is left of the batch
  // is no batch that is not whole. To be called for each segment when its entries are there.
  static void BeginAtTrimIndex(const StoredSegment& segment, std::span<uint64_t> entries);

  // By log, and by base index. Of those that were added nobody else has that one.
  const std::map<uint64_t, std::map<uint64_t, Segment>>& logs() const { return logs_; }

 private:
  void Add(const LogExtent& extent);
  static void Finish(std::map<uint64_t, Segment>& segments, uint64_t trim_index);

  std::set<uint64_t> wanted_;
  std::map<uint64_t, std::map<uint64_t, Segment>> logs_;
  std::map<uint64_t, uint64_t> trim_index_;  // of a log
};

// Reads the write-ahead log for the plan of the logs `wanted`, which is finished.
absl::StatusOr<SegmentPlan> PlanOf(FileSystem& files, const std::string& directory,
                                   const std::set<uint64_t>& wanted);

// Makes the files of blocks of a directory anew, with the segments of `plan`, which is finished, so
// that recovery finds its logs there. Of each, what stands before the last place that it was
// trimmed at is left out, as far as it fills whole segments. A segment of which something is
// missing has holes; one of which all is missing is there without a record, so that what is before
// it stays. Requires that nobody has the files open, and that after a process that ends within this
// it is called again. kResourceExhausted: `budget_bytes` or the disk is too small.
absl::Status RebuildBlocks(FileSystem& files, const std::string& directory, uint64_t budget_bytes,
                           const SegmentPlan& plan);

// The same for the logs `wanted`, where the files can be trusted, and without changing what they
// have of others. Headers that cannot be are cleared, and counted in *damaged.
absl::Status RebuildLogs(FileSystem& files, const std::string& directory, uint64_t budget_bytes,
                         const std::set<uint64_t>& wanted, uint64_t* damaged);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_BLOCK_REBUILD_H_
