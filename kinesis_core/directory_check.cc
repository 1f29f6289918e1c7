#include "kinesis_core/directory_check.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/files/block_files.h"
#include "kinesis_core/internal/files/journal.h"
#include "kinesis_core/internal/files/metadata.h"
#include "kinesis_core/internal/log/found_segment.h"

namespace kinesis {
namespace {

using internal::BlockFiles;
using internal::CanBeHeader;
using internal::ChooseSegments;
using internal::CountClaims;
using internal::EntryScan;
using internal::FoundEntry;
using internal::FromAbsl;
using internal::Journal;
using internal::Metadata;
using internal::Quoted;
using internal::RecordEntry;
using internal::SegmentGeometry;
using internal::StoredSegment;
using internal::StoredShard;
using internal::StoredStream;

using Header = internal::SegmentHeader<internal::StdAtomics>;

constexpr std::string_view kBlocks = BlockFiles::kBlocks;
constexpr std::string_view kHeaders = BlockFiles::kHeaders;
constexpr std::string_view kStubs = BlockFiles::kStubs;

// A segment that a header names.
struct Found {
  StoredSegment stored;
  uint64_t header = 0;            // its place in `headers` or `stubs`
  std::optional<uint64_t> block;  // its place in `blocks`; none: it is a stub

  uint64_t block_bytes() const { return SegmentGeometry::Of(stored.size_class).block_bytes; }
};

// The words of a segment's entries.
using Entries = std::vector<uint64_t>;

// One reading of a directory.
class Check {
 public:
  Check(FileSystem& files, const std::string& directory) : files_(files), directory_(directory) {}

  absl::StatusOr<DirectoryReport> Run() {
    const auto journal =
        Journal::Read(files_, directory_, [this](const std::vector<std::string>& records) {
          const std::string boot = Metadata::BootOf(records);
          return !boot.empty() && boot != files_.BootId();
        });
    if (absl::IsDataLoss(journal.status())) {
      // Nobody can say whose the blocks are.
      Damaged(Journal::kFileName, std::nullopt, FromAbsl(journal.status().message()));
      return std::move(report_);
    }
    if (!journal.ok()) return journal.status();
    report_.page_bytes = journal->page_bytes;
    report_.journal_records = journal->records.size();
    report_.journal_bytes_cut = journal->cut_bytes;
    report_.journal_cut_reason = journal->why;
    for (size_t i = 0; i < journal->records.size(); ++i) {
      if (metadata_.Apply(journal->records[i])) continue;
      Damaged(Journal::kFileName, std::nullopt, Metadata::NotApplied(i));
    }
    if (absl::Status status = ReadHeaders(); !status.ok()) return status;
    for (const auto& [id, stream] : metadata_.streams()) {
      report_.streams.push_back(stream.name);
      if (!stream.covers_all_keys()) {
        Damaged(Journal::kFileName, std::nullopt,
                "the open shards of stream " + Quoted(stream.name) +
                    " do not cover the hash keys once each");
      }
      for (const auto& [shard_id, shard] : stream.shards) CheckShard(stream, shard);
    }
    for (const auto& [uid, segments] : found_) {
      for (const Found& segment : segments) Spare(segment);
    }
    if (!error_.ok()) return error_;
    return std::move(report_);
  }

 private:
  void Damaged(std::string_view file, std::optional<uint64_t> at, std::string_view what) {
    if (++report_.damage_count > DirectoryReport::kDamageMax) return;
    report_.damage.push_back({std::string(file), at, std::string(what)});
  }
  void Spare(const Found& segment) {
    if (!segment.block.has_value()) return;
    ++report_.spare_blocks;
    report_.spare_bytes += segment.block_bytes();
  }

  // --- Files

  // A file of the directory that is not there has nothing in it: an engine that was killed while it
  // made the directory leaves fewer.
  absl::StatusOr<std::unique_ptr<File>> Open(std::string_view name) {
    auto file = files_.Open(directory_ + "/" + std::string(name), FileSystem::Mode::kReadOnly);
    if (absl::IsNotFound(file.status())) return std::unique_ptr<File>();
    return file;
  }
  static absl::StatusOr<uint64_t> SizeOf(const std::unique_ptr<File>& file) {
    return file == nullptr ? absl::StatusOr<uint64_t>(0) : file->Size();
  }

  absl::Status ReadHeaders() {
    absl::StatusOr<std::unique_ptr<File>> opened[3] = {Open(kBlocks), Open(kHeaders), Open(kStubs)};
    std::unique_ptr<File>* const kept[] = {&blocks_, &headers_, &stubs_};
    absl::StatusOr<uint64_t> sizes[3];
    for (int i = 0; i < 3; ++i) {
      if (!opened[i].ok()) return opened[i].status();
      *kept[i] = *std::move(opened[i]);
      sizes[i] = SizeOf(*kept[i]);
      if (!sizes[i].ok()) return sizes[i].status();
    }
    uint64_t end = *sizes[0];
    // Whether that byte is in the file of blocks, which grows beside an engine that works.
    const auto has_blocks_up_to = [&](uint64_t byte) {
      if (byte <= end) return true;
      const absl::StatusOr<uint64_t> now = SizeOf(blocks_);
      if (!now.ok()) return Failed(now.status());
      end = *now;
      return byte <= end;
    };
    uint64_t free_from = 0;  // where the last block ended
    absl::Status status = VisitHeaders(headers_, *sizes[1], [&](Found segment, bool can_be) {
      const uint64_t place = segment.header / BlockFiles::kHeaderBytes * BlockFiles::kSmallestBytes;
      segment.block = place;
      if (!can_be || !CanBeHeader(segment.stored, /*is_stub=*/false)) {
        Damaged(kHeaders, segment.header, "no header that an engine writes");
      } else if (place % segment.block_bytes() != 0 || place < free_from) {
        Damaged(kHeaders, segment.header,
                "a header of " + std::to_string(segment.block_bytes()) +
                    " bytes where no block of that size can be");
      } else if (!has_blocks_up_to(place + segment.block_bytes())) {
        Damaged(kHeaders, segment.header, "its block is behind the end of the file of blocks");
      } else {
        free_from = place + segment.block_bytes();
        found_[segment.stored.log_uid].push_back(segment);
      }
    });
    if (!status.ok()) return status;
    return VisitHeaders(stubs_, *sizes[2], [&](const Found& segment, bool can_be) {
      if (!can_be || !CanBeHeader(segment.stored, /*is_stub=*/true)) {
        Damaged(kStubs, segment.header, "no header that an engine writes");
      } else {
        found_[segment.stored.log_uid].push_back(segment);
      }
    });
  }

  // Calls visit(found, can_be) for each header whose first word is not zero.
  template <class Visit>
  static absl::Status VisitHeaders(const std::unique_ptr<File>& file, uint64_t size, Visit visit) {
    constexpr uint64_t kStep = uint64_t{1} << 20;
    for (uint64_t at = 0; at < size; at += kStep) {
      const absl::StatusOr<std::string> bytes = file->Read(at, kStep);
      if (!bytes.ok()) return bytes.status();
      for (uint64_t i = 0; i + sizeof(Header) <= bytes->size(); i += sizeof(Header)) {
        uint64_t state;
        std::memcpy(&state, bytes->data() + i, sizeof state);
        // The other words of a header that says nothing may be anything.
        if (state == 0) continue;
        Found segment;
        segment.header = at + i;
        const bool can_be = ReadHeader(std::string_view(*bytes).substr(i), &segment.stored);
        visit(segment, can_be);
      }
    }
    return absl::OkStatus();
  }

  static bool ReadHeader(std::string_view bytes, StoredSegment* stored) {
    alignas(Header) std::byte copy[sizeof(Header)];
    if (bytes.size() < sizeof copy) return false;
    std::memcpy(copy, bytes.data(), sizeof copy);
    return reinterpret_cast<const Header*>(copy)->Read(stored);
  }

  // Whether a header is still what it was: if not, its segment is another one now.
  bool IsStill(const Found& segment) {
    const auto& file = segment.block.has_value() ? headers_ : stubs_;
    const auto bytes = file->Read(segment.header, sizeof(Header));
    if (!bytes.ok()) return Failed(bytes.status());
    StoredSegment now;
    if (!ReadHeader(*bytes, &now)) return false;
    const StoredSegment& was = segment.stored;
    return now.log_uid == was.log_uid && now.number == was.number &&
           now.base_index == was.base_index && now.size_class == was.size_class;
  }

  Entries ReadEntries(const Found& segment) {
    Entries entries(
        segment.block.has_value() ? SegmentGeometry::Of(segment.stored.size_class).entries : 0);
    if (entries.empty()) return entries;
    const auto bytes = blocks_->Read(*segment.block, entries.size() * sizeof(uint64_t));
    if (!bytes.ok()) {
      Failed(bytes.status());
    } else {
      std::memcpy(entries.data(), bytes->data(), bytes->size());
    }
    return entries;
  }

  bool Failed(const absl::Status& status) {
    error_.Update(status);
    return false;
  }

  // --- Shards

  void CheckShard(const StoredStream& stream, const StoredShard& shard) {
    CheckedShard checked;
    checked.stream = stream.name;
    checked.shard_id = ShardId(shard.id);
    checked.is_open = !shard.is_closed;
    const std::string name = checked.shard_id.ToString() + " of stream " + Quoted(stream.name);
    std::vector<Found> segments;
    if (const auto found = found_.find(shard.log_uid); found != found_.end()) {
      segments = std::move(found->second);
      found_.erase(found);
    }
    if (segments.empty() && !shard.is_closed) {
      Damaged(kHeaders, std::nullopt, "nothing is there of " + name);
    }
    const auto chosen = ChooseSegments(std::move(segments), [this](const Found& segment) {
      const Entries entries = ReadEntries(segment);
      return std::any_of(entries.begin(), entries.end(), RecordEntry::IsRecord);
    });
    for (const Found& segment : chosen.dropped) Spare(segment);
    for (const Found& segment : chosen.cut) {
      Spare(segment);
      Damaged(kHeaders, segment.header,
              "segment " + std::to_string(segment.stored.number) + " of " + name +
                  " stands before a gap: its records would be cut");
    }
    for (size_t i = 0; i < chosen.kept.size(); ++i) {
      const bool is_last = i + 1 == chosen.kept.size();
      CheckSegment(chosen.kept[i], is_last ? nullptr : &chosen.kept[i + 1], name, &checked);
    }
    if (!chosen.kept.empty()) {
      checked.first_index = std::max(chosen.trim_index, chosen.kept.front().stored.base_index);
    }
    report_.shards.push_back(std::move(checked));
  }

  void CheckSegment(const Found& segment, const Found* next, const std::string& name,
                    CheckedShard* checked) {
    const SegmentGeometry geometry = SegmentGeometry::Of(segment.stored.size_class);
    const Entries entries = ReadEntries(segment);
    const auto limit = static_cast<uint32_t>(entries.size());
    const uint32_t count =
        next != nullptr ? static_cast<uint32_t>(next->stored.base_index - segment.stored.base_index)
                        : CountClaims(limit, [&](uint32_t index) { return entries[index]; });
    if (segment.block.has_value()) ++checked->blocks;
    checked->block_bytes += geometry.block_bytes;
    checked->end_index = segment.stored.base_index + count;
    std::vector<std::pair<uint32_t, std::string_view>> damage;
    EntryScan scan(geometry);
    for (uint32_t i = 0; i < limit; ++i) {
      const uint64_t word = entries[i];
      if (i >= count) {
        if (word != 0) damage.emplace_back(i, "an entry behind the end of its segment");
        continue;
      }
      switch (scan.Next(word)) {
        case FoundEntry::kRecord:
          ++checked->records;
          checked->bytes += RecordEntry::Decode(word).payload_bytes();
          break;
        case FoundEntry::kVoid:
          break;
        case FoundEntry::kHole:
          ++checked->holes;
          break;
        case FoundEntry::kDamaged:
          damage.emplace_back(i, "an entry that no producer writes");
          break;
      }
    }
    if (damage.empty() || !IsStill(segment)) return;
    for (const auto& [entry, what] : damage) {
      Damaged(kBlocks, *segment.block + entry * sizeof(uint64_t),
              std::string(what) + ": entry " + std::to_string(entry) + " of segment " +
                  std::to_string(segment.stored.number) + " of " + name);
    }
  }

  FileSystem& files_;
  const std::string& directory_;
  DirectoryReport report_;
  Metadata metadata_;
  std::unique_ptr<File> blocks_;
  std::unique_ptr<File> headers_;
  std::unique_ptr<File> stubs_;
  std::map<uint64_t, std::vector<Found>> found_;  // by log; what is left is nobody's
  absl::Status error_;                            // of a read in the middle
};

}  // namespace

absl::StatusOr<DirectoryReport> CheckDirectory(FileSystem& files, const std::string& directory) {
  constexpr int kReadings = 3;
  absl::StatusOr<DirectoryReport> report = Check(files, directory).Run();
  for (int i = 1; i < kReadings && report.ok() && !report->damage.empty(); ++i) {
    const std::vector<DirectoryDamage> before = std::move(report->damage);
    report = Check(files, directory).Run();
    if (!report.ok() || report->damage_count > DirectoryReport::kDamageMax) continue;
    std::erase_if(report->damage, [&](const DirectoryDamage& damage) {
      return std::find(before.begin(), before.end(), damage) == before.end();
    });
    report->damage_count = report->damage.size();
  }
  return report;
}

}  // namespace kinesis
