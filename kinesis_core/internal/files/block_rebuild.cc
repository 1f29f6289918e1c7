#include "kinesis_core/internal/files/block_rebuild.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
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

class Rebuild {
 public:
  Rebuild(FileSystem& files, const std::string& directory) : files_(files), directory_(directory) {}

  absl::Status RemoveAll() {
    for (const std::string_view name :
         {BlockFiles::kBlocks, BlockFiles::kHeaders, BlockFiles::kStubs}) {
      absl::Status status = files_.Remove(directory_ + "/" + std::string(name));
      if (!status.ok() && !absl::IsNotFound(status)) return status;
    }
    return absl::OkStatus();
  }

  absl::Status Open(uint64_t budget_bytes) {
    auto blocks = BlockFiles::Open(files_, directory_, budget_bytes, /*lock=*/nullptr);
    if (!blocks.ok()) return blocks.status();
    blocks_ = *std::move(blocks);
    return absl::OkStatus();
  }

  absl::Status Remove(const std::set<uint64_t>& logs, uint64_t* damaged) {
    auto found = blocks_->Find(damaged);
    for (const uint64_t uid : logs) {
      for (const FoundSegment& segment : found[uid]) {
        reinterpret_cast<Header*>(segment.header)->Clear();
      }
    }
    return blocks_->FreeTheRest();
  }

  absl::Status Make(const SegmentPlan& plan) {
    for (const auto& [uid, segments] : plan.logs()) {
      for (const auto& [base, segment] : segments) {
        if (absl::Status status = Allocate(segment.stored); !status.ok()) return status;
      }
    }
    const auto found = WriteAheadLog::Read(
        files_, directory_,
        [this](const LogExtent& extent, std::string_view data,
               const WriteAheadLog::FileInfo& /*file*/) { Fill(extent, data); });
    if (!found.ok()) return found.status();
    for (const auto& [uid, segments] : plan.logs()) {
      for (const auto& [base, segment] : segments) {
        std::byte* const block = made_[{uid, base}];
        const SegmentGeometry geometry = SegmentGeometry::Of(segment.stored.size_class);
        SegmentPlan::BeginAtTrimIndex(segment.stored,
                                      {reinterpret_cast<uint64_t*>(block), geometry.entries});
        reinterpret_cast<Header*>(blocks_->HeaderOf(block))->Write(segment.stored);
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Allocate(const StoredSegment& segment) {
    std::byte* const block = blocks_->Allocate(SegmentGeometry::Of(segment.size_class).block_bytes);
    made_[{segment.log_uid, segment.base_index}] = block;
    if (block != nullptr) return absl::OkStatus();
    return ResourceExhausted(
        "what the write-ahead log holds has no room in the files of blocks, whose "
        "disk_budget_bytes can be raised: " +
        std::string(FromAbsl(blocks_->last_error().message())));
  }

  void Fill(const LogExtent& extent, std::string_view data) {
    const auto found = made_.find({extent.segment.log_uid, extent.segment.base_index});
    if (found == made_.end()) return;
    const SegmentGeometry geometry = SegmentGeometry::Of(extent.segment.size_class);
    std::byte* const block = found->second;
    std::memcpy(block + extent.first_entry * sizeof(uint64_t), extent.entries.data(),
                extent.entries.size_bytes());
    std::memcpy(block + geometry.entries * sizeof(uint64_t) +
                    (size_t{extent.first_unit} << geometry.unit_shift),
                data.data(), data.size());
  }

  FileSystem& files_;
  const std::string& directory_;
  std::shared_ptr<BlockFiles> blocks_;
  std::map<std::pair<uint64_t, uint64_t>, std::byte*> made_;  // blocks, by log and base index
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

WriteAheadLog::Visit SegmentPlan::Adder() {
  return [this](const LogExtent& extent, std::string_view /*data*/,
                const WriteAheadLog::FileInfo& /*file*/) {
    if (wanted_.contains(extent.segment.log_uid)) Add(extent);
  };
}

void SegmentPlan::Add(const LogExtent& extent) {
  uint64_t& trim_index = trim_index_[extent.segment.log_uid];
  trim_index = std::max(trim_index, extent.segment.trim_index);
  Segment& segment = logs_[extent.segment.log_uid][extent.segment.base_index];
  segment.stored = extent.segment;
  segment.end_index = std::max(segment.end_index, extent.end_index());
}

void SegmentPlan::Finish() {
  for (auto& [uid, segments] : logs_) Finish(segments, trim_index_[uid]);
}

void SegmentPlan::Finish(std::map<uint64_t, Segment>& segments, uint64_t trim_index) {
  while (segments.size() > 1 && segments.begin()->second.end_index <= trim_index) {
    segments.erase(segments.begin());
  }
  for (auto at = segments.begin(); at != segments.end(); ++at) {
    const auto next = std::next(at);
    if (next == segments.end()) break;
    const uint64_t end = at->first + SegmentGeometry::Of(at->second.stored.size_class).entries;
    if (next->first <= end) continue;
    // Nothing is there of what was between.
    Segment gap = at->second;
    gap.stored.base_index = end;
    gap.end_index = end;
    segments.emplace_hint(next, end, gap);
  }
  uint64_t number = 0;
  for (auto& [base, segment] : segments) {
    segment.stored.number = number++;
    segment.stored.trim_index = trim_index;
  }
}

void SegmentPlan::BeginAtTrimIndex(const StoredSegment& segment, std::span<uint64_t> entries) {
  if (segment.trim_index < segment.base_index) return;
  const uint64_t slot = segment.trim_index - segment.base_index;
  if (slot < entries.size() && RecordEntry::IsRecord(entries[slot])) {
    entries[slot] &= ~kEntryFollows;
  }
}

absl::StatusOr<FoundCopies> FindCopies(FileSystem& files, const std::string& directory,
                                       const WriteAheadLog::Visit& visit) {
  FoundCopies found;
  auto contents = WriteAheadLog::Read(
      files, directory,
      [&](const LogExtent& extent, std::string_view data, const WriteAheadLog::FileInfo& file) {
        found.of_log[extent.segment.log_uid].Add(extent.first_index(), extent.end_index());
        if (visit) visit(extent, data, file);
      });
  if (!contents.ok()) return contents.status();
  found.contents = *std::move(contents);
  return found;
}

absl::StatusOr<SegmentPlan> PlanOf(FileSystem& files, const std::string& directory,
                                   const std::set<uint64_t>& wanted) {
  SegmentPlan plan(wanted);
  const auto found = WriteAheadLog::Read(files, directory, plan.Adder());
  if (!found.ok()) return found.status();
  plan.Finish();
  return plan;
}

absl::Status RebuildBlocks(FileSystem& files, const std::string& directory, uint64_t budget_bytes,
                           const SegmentPlan& plan) {
  Rebuild rebuild(files, directory);
  absl::Status status = rebuild.RemoveAll();
  if (status.ok()) status = rebuild.Open(budget_bytes);
  return status.ok() ? rebuild.Make(plan) : status;
}

absl::Status RebuildLogs(FileSystem& files, const std::string& directory, uint64_t budget_bytes,
                         const std::set<uint64_t>& wanted, uint64_t* damaged) {
  const auto plan = PlanOf(files, directory, wanted);
  if (!plan.ok()) return plan.status();
  Rebuild rebuild(files, directory);
  absl::Status status = rebuild.Open(budget_bytes);
  if (status.ok()) status = rebuild.Remove(wanted, damaged);
  return status.ok() ? rebuild.Make(*plan) : status;
}

}  // namespace kinesis::internal
