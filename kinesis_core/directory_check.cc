#include "kinesis_core/directory_check.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/files/block_files.h"
#include "kinesis_core/internal/files/block_headers.h"
#include "kinesis_core/internal/files/block_rebuild.h"
#include "kinesis_core/internal/files/block_scrub.h"
#include "kinesis_core/internal/files/journal.h"
#include "kinesis_core/internal/files/metadata.h"
#include "kinesis_core/internal/files/write_ahead_log.h"
#include "kinesis_core/internal/log/found_segment.h"

namespace kinesis {
namespace {

using internal::BlockDifference;
using internal::BlockFiles;
using internal::BlockHeaders;
using internal::BlockScrub;
using internal::ChooseSegments;
using internal::ChosenSegments;
using internal::CountClaims;
using internal::EntryScan;
using internal::FoundBlock;
using internal::FoundEntry;
using internal::FromAbsl;
using internal::Journal;
using internal::LogExtent;
using internal::Metadata;
using internal::Quoted;
using internal::RecordEntry;
using internal::SegmentGeometry;
using internal::SegmentPlan;
using internal::StoredShard;
using internal::StoredStream;
using internal::WriteAheadLog;

constexpr std::string_view kBlocks = BlockFiles::kBlocks;
constexpr std::string_view kHeaders = BlockFiles::kHeaders;

// The words of a segment's entries.
using Entries = std::vector<uint64_t>;

// One reading of a directory.
class Check {
 public:
  Check(FileSystem& files, const std::string& directory) : files_(files), directory_(directory) {}

  absl::StatusOr<DirectoryReport> Run() {
    const std::string boot = files_.BootId();
    const auto journal =
        Journal::Read(files_, directory_, [&boot](const std::vector<std::string>& records) {
          return Metadata::BootOf(records).LostPower(boot);
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
    report_.power_was_lost = metadata_.boot().LostPower(boot);
    would_repair_ = !report_.power_was_lost && metadata_.boot().IsBefore(boot);
    absl::Status status = report_.power_was_lost ? ReadCopies() : ReadBlocks();
    if (!status.ok()) return status;
    for (const auto& [id, stream] : metadata_.streams()) {
      report_.streams.push_back(stream.name);
      if (report_.power_was_lost && !stream.survives_power()) {
        report_.emptied_streams.push_back(stream.name);
      }
      if (!stream.covers_all_keys()) {
        Damaged(Journal::kFileName, std::nullopt,
                "the open shards of stream " + Quoted(stream.name) +
                    " do not cover the hash keys once each");
      }
      for (const auto& [shard_id, shard] : stream.shards) CheckShard(stream, shard);
    }
    for (const auto& [uid, segments] : found_) {
      for (const FoundBlock& segment : segments) Spare(segment);
    }
    if (!error_.ok()) return error_;
    return std::move(report_);
  }

 private:
  void Damaged(std::string_view file, std::optional<uint64_t> at, std::string_view what) {
    if (++report_.damage_count > DirectoryReport::kDamageMax) return;
    report_.damage.push_back({std::string(file), at, std::string(what)});
  }
  void Spare(const FoundBlock& segment) {
    if (!segment.block.has_value()) return;
    ++report_.spare_blocks;
    report_.spare_bytes += segment.block_bytes();
  }

  // --- Where the blocks are to be trusted

  absl::Status ReadBlocks() {
    auto blocks = BlockHeaders::Open(files_, directory_, FileSystem::Mode::kReadOnly);
    if (!blocks.ok()) return blocks.status();
    blocks_ = *std::move(blocks);
    auto found = blocks_.Read([this](std::string_view file, uint64_t at, const std::string& what) {
      Damaged(file, at, what);
    });
    if (!found.ok()) return found.status();
    found_ = *std::move(found);
    for (const auto& [id, stream] : metadata_.streams()) {
      for (const auto& [shard_id, shard] : stream.shards) {
        auto chosen = blocks_.Choose(TakeFound(shard.log_uid));
        if (!chosen.ok()) return chosen.status();
        chosen_[shard.log_uid] = *std::move(chosen);
      }
    }
    return Scrub();
  }

  std::vector<FoundBlock> TakeFound(uint64_t uid) {
    const auto found = found_.extract(uid);
    return found.empty() ? std::vector<FoundBlock>() : std::move(found.mapped());
  }

  // Holds what is copied against its copies.
  absl::Status Scrub() {
    BlockScrub scrub(blocks_, [this](const BlockDifference& difference) {
      Differs(difference);
      return absl::OkStatus();
    });
    for (const auto& [id, stream] : metadata_.streams()) {
      if (!stream.survives_power()) continue;
      for (const auto& [shard_id, shard] : stream.shards) {
        const ChosenSegments<FoundBlock>& chosen = chosen_[shard.log_uid];
        if (shard.is_closed && chosen.kept.empty()) continue;  // all was trimmed
        scrub.Expect(shard.log_uid, stream.NameOf(shard), chosen, metadata_.boot().is_synced);
      }
    }
    absl::Status status = ReadLog(
        [&scrub](const LogExtent& extent, std::string_view data,
                 const WriteAheadLog::FileInfo& file) { scrub.Compare(extent, data, file); });
    if (!status.ok()) return status;
    if (!scrub.status().ok()) return scrub.status();
    if (!would_repair_ || incomplete_.empty()) return absl::OkStatus();
    const auto plan = internal::PlanOf(files_, directory_, incomplete_);
    return plan.ok() ? ReadPlanned(*plan) : plan.status();
  }

  void Differs(const BlockDifference& difference) {
    // A record may have several copies.
    if (!difference.is_missing && !differs_.emplace(difference.file, difference.begin).second) {
      return;
    }
    Damaged(difference.file, difference.at, difference.what);
    if (difference.is_missing) incomplete_.insert(difference.log_uid);
    if (difference.is_entry) {
      std::memcpy(&right_entries_[difference.begin], difference.right.data(), sizeof(uint64_t));
    }
  }

  // --- The write-ahead log

  absl::Status ReadLog(const WriteAheadLog::Visit& visit) {
    const auto contents = WriteAheadLog::Read(files_, directory_, visit);
    if (!contents.ok()) return contents.status();
    report_.wal_files = contents->files.size();
    report_.wal_groups = contents->groups;
    for (const WriteAheadLog::FileInfo& file : contents->files) report_.wal_bytes += file.bytes;
    report_.wal_bytes_cut = contents->cut_bytes;
    report_.wal_cut_reason = contents->why;
    for (const WriteAheadLog::Damage& damage : contents->damage) {
      Damaged(damage.file, damage.at, damage.what);
    }
    return absl::OkStatus();
  }

  absl::Status ReadCopies() {
    SegmentPlan plan(metadata_.CopiedLogs());
    if (absl::Status status = ReadLog(plan.Adder()); !status.ok()) return status;
    plan.Finish();
    return ReadPlanned(plan);
  }

  // Makes of the logs of a plan what recovery would make, but for the data.
  absl::Status ReadPlanned(const SegmentPlan& plan) {
    for (const auto& [uid, segments] : plan.logs()) {
      for (const auto& [base, segment] : segments) {
        planned_[{uid, base}].resize(SegmentGeometry::Of(segment.stored.size_class).entries);
      }
    }
    const auto read = WriteAheadLog::Read(
        files_, directory_,
        [this](const LogExtent& extent, std::string_view /*data*/,
               const WriteAheadLog::FileInfo& /*file*/) {
          const auto segment = planned_.find({extent.segment.log_uid, extent.segment.base_index});
          if (segment == planned_.end()) return;
          std::copy(extent.entries.begin(), extent.entries.end(),
                    segment->second.begin() + extent.first_entry);
        });
    if (!read.ok()) return read.status();
    for (const auto& [uid, segments] : plan.logs()) {
      std::vector<FoundBlock> blocks;
      for (const auto& [base, segment] : segments) {
        SegmentPlan::BeginAtTrimIndex(segment.stored, planned_[{uid, base}]);
        blocks.push_back({.stored = segment.stored, .block = 0});
      }
      chosen_[uid] = ChooseSegments(std::move(blocks), [this](const FoundBlock& segment) {
        const Entries entries = ReadEntries(segment);
        return std::any_of(entries.begin(), entries.end(), RecordEntry::IsRecord);
      });
    }
    return absl::OkStatus();
  }

  // As recovery would see them.
  Entries ReadEntries(const FoundBlock& segment) {
    const auto planned = planned_.find({segment.stored.log_uid, segment.stored.base_index});
    if (planned != planned_.end()) return planned->second;
    auto entries = blocks_.ReadEntries(segment);
    if (!entries.ok()) {
      Failed(entries.status());
      return Entries(SegmentGeometry::Of(segment.stored.size_class).entries);
    }
    if (!would_repair_ || entries->empty()) return *std::move(entries);
    const uint64_t end = *segment.block + entries->size() * sizeof(uint64_t);
    for (auto at = right_entries_.lower_bound(*segment.block);
         at != right_entries_.end() && at->first < end; ++at) {
      (*entries)[(at->first - *segment.block) / sizeof(uint64_t)] = at->second;
    }
    return *std::move(entries);
  }

  bool IsStill(const FoundBlock& segment) {
    if (planned_.contains({segment.stored.log_uid, segment.stored.base_index})) return true;
    const auto is_still = blocks_.IsStill(segment);
    return is_still.ok() ? *is_still : Failed(is_still.status());
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
    const std::string name = stream.NameOf(shard);
    const ChosenSegments<FoundBlock>& chosen = chosen_[shard.log_uid];
    if (chosen.kept.empty() && !shard.is_closed && !report_.power_was_lost &&
        !incomplete_.contains(shard.log_uid)) {
      Damaged(kHeaders, std::nullopt, "nothing is there of " + name);
    }
    for (const FoundBlock& segment : chosen.dropped) Spare(segment);
    for (const FoundBlock& segment : chosen.cut) {
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

  void CheckSegment(const FoundBlock& segment, const FoundBlock* next, const std::string& name,
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
      const uint64_t at = *segment.block + entry * sizeof(uint64_t);
      if (right_entries_.contains(at)) continue;  // said by its copy
      Damaged(kBlocks, at,
              std::string(what) + ": entry " + std::to_string(entry) + " of segment " +
                  std::to_string(segment.stored.number) + " of " + name);
    }
  }

  FileSystem& files_;
  const std::string& directory_;
  DirectoryReport report_;
  Metadata metadata_;
  // Whether Engine::Create would make blocks as their copies are.
  bool would_repair_ = false;
  BlockHeaders blocks_;
  BlockHeaders::Found found_;                              // that no shard has
  std::map<uint64_t, ChosenSegments<FoundBlock>> chosen_;  // by log
  // Entries that copies have, by log and base index, where recovery would make blocks of them.
  std::map<std::pair<uint64_t, uint64_t>, Entries> planned_;
  std::set<std::pair<std::string_view, uint64_t>> differs_;  // what was said
  std::map<uint64_t, uint64_t> right_entries_;               // by place
  std::set<uint64_t> incomplete_;                            // logs of which copies have more
  absl::Status error_;                                       // of a read in the middle
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
