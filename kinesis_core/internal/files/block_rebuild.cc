#include "kinesis_core/internal/files/block_rebuild.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/files/block_files.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"

namespace kinesis::internal {
namespace {

using Header = SegmentHeader<StdAtomics>;

// A segment that is to be made again.
struct Rebuilt {
  StoredSegment stored;
  uint64_t end_index = 0;  // behind the last entry that was found
  std::byte* block = nullptr;
};

// Those of a log, by the index of their first entry, which nobody else has.
struct RebuiltLog {
  std::map<uint64_t, Rebuilt> segments;
  uint64_t trim_index = 0;
};

class Rebuild {
 public:
  Rebuild(FileSystem& files, const std::string& directory, const std::set<uint64_t>& wanted)
      : files_(files), directory_(directory), wanted_(wanted) {}

  absl::Status Run(uint64_t budget_bytes) {
    if (absl::Status status = RemoveOld(); !status.ok()) return status;
    auto blocks = BlockFiles::Open(files_, directory_, budget_bytes, /*lock=*/nullptr);
    if (!blocks.ok()) return blocks.status();
    blocks_ = *std::move(blocks);
    auto found =
        WriteAheadLog::Read(files_, directory_,
                            [this](const LogExtent& extent, std::string_view /*data*/,
                                   const WriteAheadLog::FileInfo& /*file*/) { Collect(extent); });
    if (!found.ok()) return found.status();
    for (auto& [uid, log] : logs_) {
      Plan(&log);
      for (auto& [base, segment] : log.segments) {
        if (absl::Status status = Allocate(&segment); !status.ok()) return status;
      }
    }
    found = WriteAheadLog::Read(
        files_, directory_,
        [this](const LogExtent& extent, std::string_view data,
               const WriteAheadLog::FileInfo& /*file*/) { Fill(extent, data); });
    if (!found.ok()) return found.status();
    for (const auto& [uid, log] : logs_) {
      BeginAtTrimIndex(log);
      for (const auto& [base, segment] : log.segments) {
        reinterpret_cast<Header*>(blocks_->HeaderOf(segment.block))->Write(segment.stored);
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status RemoveOld() {
    for (const std::string_view name :
         {BlockFiles::kBlocks, BlockFiles::kHeaders, BlockFiles::kStubs}) {
      absl::Status status = files_.Remove(directory_ + "/" + std::string(name));
      if (!status.ok() && !absl::IsNotFound(status)) return status;
    }
    return absl::OkStatus();
  }

  void Collect(const LogExtent& extent) {
    if (!wanted_.contains(extent.segment.log_uid)) return;
    RebuiltLog& log = logs_[extent.segment.log_uid];
    log.trim_index = std::max(log.trim_index, extent.segment.trim_index);
    Rebuilt& segment = log.segments[extent.segment.base_index];
    segment.stored = extent.segment;
    segment.end_index = std::max(segment.end_index, extent.end_index());
  }

  // Leaves out what was trimmed, fills gaps, and numbers what is left.
  static void Plan(RebuiltLog* log) {
    auto& segments = log->segments;
    while (segments.size() > 1 && segments.begin()->second.end_index <= log->trim_index) {
      segments.erase(segments.begin());
    }
    for (auto at = segments.begin(); at != segments.end(); ++at) {
      const auto next = std::next(at);
      if (next == segments.end()) break;
      const uint64_t capacity = SegmentGeometry::Of(at->second.stored.size_class).entries;
      const uint64_t end = at->first + capacity;
      if (next->first <= end) continue;
      // Nothing is there of what was between.
      Rebuilt gap = at->second;
      gap.stored.base_index = end;
      gap.end_index = end;
      segments.emplace_hint(next, end, gap);
    }
    uint64_t number = 0;
    for (auto& [base, segment] : segments) {
      segment.stored.number = number++;
      segment.stored.trim_index = log->trim_index;
    }
  }

  absl::Status Allocate(Rebuilt* segment) {
    segment->block = blocks_->Allocate(SegmentGeometry::Of(segment->stored.size_class).block_bytes);
    if (segment->block != nullptr) return absl::OkStatus();
    return ResourceExhausted(
        "what the write-ahead log holds has no room in the files of blocks, whose "
        "disk_budget_bytes can be raised: " +
        std::string(FromAbsl(blocks_->last_error().message())));
  }

  void Fill(const LogExtent& extent, std::string_view data) {
    const auto log = logs_.find(extent.segment.log_uid);
    if (log == logs_.end()) return;
    const auto found = log->second.segments.find(extent.segment.base_index);
    if (found == log->second.segments.end()) return;
    const SegmentGeometry geometry = SegmentGeometry::Of(found->second.stored.size_class);
    std::byte* const block = found->second.block;
    std::memcpy(block + extent.first_entry * sizeof(uint64_t), extent.entries.data(),
                extent.entries.size_bytes());
    std::memcpy(block + geometry.entries * sizeof(uint64_t) +
                    (size_t{extent.first_unit} << geometry.unit_shift),
                data.data(), data.size());
  }

  // A trim may end within a batch, and what it took be in no copy: then what is left of the batch
  // is no batch that is not whole.
  static void BeginAtTrimIndex(const RebuiltLog& log) {
    const auto next = log.segments.upper_bound(log.trim_index);
    if (next == log.segments.begin()) return;
    const auto& [base, segment] = *std::prev(next);
    const uint64_t slot = log.trim_index - base;
    if (slot >= SegmentGeometry::Of(segment.stored.size_class).entries) return;
    auto* const word = reinterpret_cast<uint64_t*>(segment.block) + slot;
    if (RecordEntry::IsRecord(*word)) *word &= ~kEntryFollows;
  }

  FileSystem& files_;
  const std::string& directory_;
  const std::set<uint64_t>& wanted_;
  std::shared_ptr<BlockFiles> blocks_;
  std::map<uint64_t, RebuiltLog> logs_;  // by uid
};

}  // namespace

void IndexSet::Add(uint64_t first, uint64_t end) {
  if (first >= end) return;
  auto at = ranges_.upper_bound(first);
  if (at != ranges_.begin() && std::prev(at)->second >= first) --at;
  while (at != ranges_.end() && at->first <= end) {
    first = std::min(first, at->first);
    end = std::max(end, at->second);
    at = ranges_.erase(at);
  }
  ranges_.emplace_hint(at, first, end);
}

std::vector<uint64_t> IndexSet::Holes() const {
  std::vector<uint64_t> holes;
  if (ranges_.empty()) return holes;
  uint64_t next = ranges_.begin()->first;
  for (const auto& [first, end] : ranges_) {
    for (; next < first; ++next) holes.push_back(next);
    next = end;
  }
  return holes;
}

absl::StatusOr<FoundCopies> FindCopies(FileSystem& files, const std::string& directory) {
  FoundCopies found;
  auto contents = WriteAheadLog::Read(files, directory,
                                      [&found](const LogExtent& extent, std::string_view /*data*/,
                                               const WriteAheadLog::FileInfo& /*file*/) {
                                        found.of_log[extent.segment.log_uid].Add(
                                            extent.first_index(), extent.end_index());
                                      });
  if (!contents.ok()) return contents.status();
  found.contents = *std::move(contents);
  return found;
}

absl::Status RebuildBlocks(FileSystem& files, const std::string& directory, uint64_t budget_bytes,
                           const std::set<uint64_t>& wanted) {
  return Rebuild(files, directory, wanted).Run(budget_bytes);
}

}  // namespace kinesis::internal
