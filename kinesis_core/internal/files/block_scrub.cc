#include "kinesis_core/internal/files/block_scrub.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "kinesis_core/internal/files/block_files.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {
namespace {

// Reads so many bytes; zeros where the file has ended.
absl::StatusOr<std::string> ReadWhole(File& file, uint64_t at, size_t bytes) {
  auto read = file.Read(at, bytes);
  if (read.ok()) read->resize(bytes);
  return read;
}

std::string_view BytesOf(const uint64_t& word) {
  return {reinterpret_cast<const char*>(&word), sizeof word};
}

// Whether a block may have `there` where a copy has `copy`. `is_trimmed`: all before it is.
bool IsTheSame(uint64_t there, uint64_t copy, bool is_trimmed) {
  constexpr uint64_t kVoid = kEntryCommitted | kEntryVoid;
  if (there == copy) return true;
  if ((copy & kEntryFollows) == 0) return false;
  return there == kVoid || (is_trimmed && there == (copy & ~kEntryFollows));
}

}  // namespace

void BlockScrub::Expect(uint64_t uid, const std::string& name,
                        const ChosenSegments<FoundBlock>& chosen, bool was_closed) {
  ExpectedLog& log = logs_[uid];
  log.name = name;
  log.first_index = chosen.trim_index;
  if (!was_closed && !chosen.kept.empty()) {
    log.first_index = std::max(log.first_index, chosen.kept.front().stored.base_index);
  }
  for (const FoundBlock& segment : chosen.kept) {
    if (segment.block.has_value()) log.segments.emplace(segment.stored.base_index, segment);
  }
}

void BlockScrub::Compare(const LogExtent& extent, std::string_view data,
                         const WriteAheadLog::FileInfo& file) {
  if (!status_.ok() || blocks_.blocks() == nullptr) return;
  const auto log = logs_.find(extent.segment.log_uid);
  if (log == logs_.end()) return;
  const auto found = log->second.segments.find(extent.segment.base_index);
  if (found == log->second.segments.end()) {
    status_ = Misses(log->second, extent, file.number);
    return;
  }
  // In words, for the few that differ.
  const auto of = [&log = log->second, &file] {
    return absl::StrCat(log.name, " is not as its copy in ", WriteAheadLog::NameOf(file.number),
                        " has it");
  };
  status_ = CompareWith(extent, data, found->second, of);
}

absl::Status BlockScrub::Misses(ExpectedLog& log, const LogExtent& extent, uint64_t file_number) {
  const uint64_t base = extent.segment.base_index;
  if (extent.end_index() <= log.first_index || !log.missing.insert(base).second) {
    return absl::OkStatus();
  }
  return on_difference_({.file = BlockFiles::kHeaders,
                         .what = absl::StrCat("the segment of record ", base, " of ", log.name,
                                              " is not there, and its copy in ",
                                              WriteAheadLog::NameOf(file_number), " is"),
                         .right = {},
                         .is_missing = true,
                         .log_uid = extent.segment.log_uid});
}

absl::Status BlockScrub::CompareWith(const LogExtent& extent, std::string_view data,
                                     FoundBlock& segment, const Naming& of) {
  if (absl::Status status = CompareHeader(extent, segment, of); !status.ok()) return status;
  const SegmentGeometry geometry = SegmentGeometry::Of(extent.segment.size_class);
  const uint64_t entries_at = *segment.block + extent.first_entry * sizeof(uint64_t);
  const uint64_t records_at = *segment.block + geometry.entries * sizeof(uint64_t);
  const auto entries = ReadWhole(*blocks_.blocks(), entries_at, extent.entries.size_bytes());
  if (!entries.ok()) return entries.status();
  const auto records =
      ReadWhole(*blocks_.blocks(),
                records_at + (uint64_t{extent.first_unit} << geometry.unit_shift), data.size());
  if (!records.ok()) return records.status();
  for (size_t i = 0; i < extent.entries.size(); ++i) {
    const uint64_t word = extent.entries[i];
    const auto there = std::string_view(*entries).substr(i * sizeof word, sizeof word);
    uint64_t there_word = 0;
    std::memcpy(&there_word, there.data(), sizeof there_word);
    const uint64_t index = extent.first_index() + i;
    const bool is_trimmed = index <= segment.stored.trim_index;
    if (!IsTheSame(there_word, word, is_trimmed)) {
      const BlockDifference difference = {
          .file = BlockFiles::kBlocks,
          .what = absl::StrCat("the entry of record ", index, " of ", of()),
          .begin = entries_at + i * sizeof word,
          .right = BytesOf(word),
          .is_entry = true};
      if (absl::Status status = Differs(segment, there, difference); !status.ok()) return status;
    } else if (!RecordEntry::IsRecord(there_word)) {
      continue;
    }
    if (!RecordEntry::IsRecord(word)) continue;
    const RecordEntry entry = RecordEntry::Decode(word);
    const size_t bytes = kRecordHeaderBytes + entry.payload_bytes();
    if (entry.offset_units < extent.first_unit) continue;
    const size_t at = size_t{entry.offset_units - extent.first_unit} << geometry.unit_shift;
    if (at > data.size() || bytes > data.size() - at) continue;
    const std::string_view right = data.substr(at, bytes);
    const std::string_view record = std::string_view(*records).substr(at, bytes);
    if (record == right) continue;
    const BlockDifference difference = {
        .file = BlockFiles::kBlocks,
        .what = absl::StrCat("record ", index, " of ", of()),
        .begin = records_at + (uint64_t{entry.offset_units} << geometry.unit_shift),
        .right = right};
    if (absl::Status status = Differs(segment, record, difference); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status BlockScrub::CompareHeader(const LogExtent& extent, FoundBlock& segment,
                                       const Naming& of) {
  StoredSegment right = segment.stored;
  right.base_ms = extent.segment.base_ms;
  right.shard_created_s = extent.segment.shard_created_s;
  right.shard_index = extent.segment.shard_index;
  right.size_class = extent.segment.size_class;
  const std::string there = EncodeHeader(segment.stored);
  const std::string bytes = EncodeHeader(right);
  if (there == bytes) return absl::OkStatus();
  const BlockDifference difference = {.file = BlockFiles::kHeaders,
                                      .what = absl::StrCat("the header of the segment of record ",
                                                           extent.segment.base_index, " of ", of()),
                                      .begin = segment.header,
                                      .right = bytes};
  absl::Status status = Differs(segment, there, difference);
  if (status.ok()) segment.stored = right;  // said once
  return status;
}

absl::Status BlockScrub::Differs(const FoundBlock& segment, std::string_view there,
                                 const BlockDifference& difference) {
  // Beside an engine that works a block may be another one's by now.
  const auto is_still = blocks_.IsStill(segment);
  if (!is_still.ok()) return is_still.status();
  if (!*is_still) return absl::OkStatus();
  BlockDifference found = difference;
  const auto differs = std::mismatch(there.begin(), there.end(), difference.right.begin());
  found.at = difference.begin + static_cast<uint64_t>(differs.first - there.begin());
  return on_difference_(found);
}

}  // namespace kinesis::internal
