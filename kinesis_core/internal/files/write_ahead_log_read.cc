// What a write-ahead log is read for: names, groups and their order.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/files/file_header.h"
#include "kinesis_core/internal/files/write_ahead_log.h"
#include "kinesis_core/internal/files/write_ahead_log_format.h"
#include "kinesis_core/internal/log/found_segment.h"

namespace kinesis::internal {
namespace {

constexpr size_t kNumberDigits = 16;

template <class T>
T ReadAs(std::string_view bytes) {
  KC_DCHECK_GE(bytes.size(), sizeof(T));
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Returns whether an extent is one, whose bytes behind the head are `rest`.
bool CanBe(const ExtentHead& head, std::string_view rest) {
  StoredSegment segment;
  segment.log_uid = head.log_uid;
  segment.size_class = static_cast<int>(head.size_class);
  if (head.size_class >= uint32_t{SegmentGeometry::kClasses} ||
      !CanBeHeader(segment, /*is_stub=*/false) || head.entry_count == 0) {
    return false;
  }
  const SegmentGeometry geometry = SegmentGeometry::Of(segment.size_class);
  return head.first_entry <= geometry.entries &&
         head.entry_count <= geometry.entries - head.first_entry &&
         head.first_unit <= geometry.data_units &&
         head.unit_count <= geometry.data_units - head.first_unit &&
         rest.size() >=
             head.entry_count * sizeof(uint64_t) + (size_t{head.unit_count} << geometry.unit_shift);
}

LogExtent ExtentOf(const ExtentHead& head, std::span<const uint64_t> entries) {
  LogExtent extent;
  extent.segment = {.log_uid = head.log_uid,
                    .base_index = head.base_index,
                    .base_ms = head.base_ms,
                    .shard_created_s = head.shard_created_s,
                    .shard_index = head.shard_index,
                    .size_class = static_cast<int>(head.size_class),
                    .trim_index = head.trim_index};
  extent.first_entry = head.first_entry;
  extent.entries = entries;
  extent.first_unit = head.first_unit;
  extent.unit_count = head.unit_count;
  return extent;
}

// Units are a multiple of it.
static_assert(SegmentGeometry::kUsualUnitShift == 3 && kWalAlignment == 8);

// The extents of the body of a group, one by one. False if it is not made of them.
template <class Take>
bool ForEachExtent(std::string_view body, std::vector<uint64_t>* entries, Take take) {
  while (!body.empty()) {
    if (body.size() < sizeof(ExtentHead)) return false;
    const auto head = ReadAs<ExtentHead>(body);
    body.remove_prefix(sizeof head);
    if (!CanBe(head, body)) return false;
    entries->resize(head.entry_count);
    std::memcpy(entries->data(), body.data(), entries->size() * sizeof(uint64_t));
    body.remove_prefix(entries->size() * sizeof(uint64_t));
    const LogExtent extent = ExtentOf(head, *entries);
    take(extent, body.substr(0, extent.data_bytes()));
    body.remove_prefix(extent.data_bytes());
  }
  return true;
}

// A group that is whole, as far as it can say of itself.
struct FoundGroup {
  GroupHead head;
  uint64_t at = 0;

  uint64_t end() const { return at + sizeof(GroupHead) + head.body_bytes; }
};

// Groups that follow on each other. So many of them may be one put that what is kept of a file must
// not grow with their number.
struct FoundRun {
  uint64_t at = 0;
  uint64_t end = 0;
  uint64_t groups = 0;
  uint64_t first_sequence = 0;
  uint64_t oldest_file = 0;      // the last one that they say
  uint64_t synced_sequence = 0;  // the highest one

  uint64_t last_sequence() const { return first_sequence + groups - 1; }
  // Whether it goes on with a group; if so, it has that from here on.
  bool Takes(const FoundGroup& group) {
    if (groups > 0 && (group.at != end || group.head.sequence != last_sequence() + 1)) return false;
    if (groups == 0) {
      at = group.at;
      first_sequence = group.head.sequence;
    }
    ++groups;
    end = group.end();
    oldest_file = std::max(oldest_file, group.head.oldest_file);
    synced_sequence = std::max(synced_sequence, group.head.synced_sequence);
    return true;
  }
};

// What a file has.
struct FoundFile {
  uint64_t number = 0;
  uint64_t size = 0;
  uint64_t blank_from = 0;  // from here on there are zeros
  absl::Status header;
  std::vector<FoundRun> runs;
};

std::optional<FoundGroup> GroupAt(std::string_view file, uint64_t number, uint64_t at) {
  if (at + sizeof(GroupHead) > file.size()) return std::nullopt;
  const auto head = ReadAs<GroupHead>(file.substr(at));
  if (head.magic != GroupHead::kMagic || head.head_checksum != HeadChecksum(head) ||
      head.file_number != number) {
    return std::nullopt;
  }
  const std::string_view rest = file.substr(at + sizeof head);
  if (head.body_bytes > rest.size()) return std::nullopt;
  if (head.body_checksum != BodyChecksum(rest.substr(0, head.body_bytes), head)) {
    return std::nullopt;
  }
  return FoundGroup{head, at};
}

// Returns whether a file is one whose header was not written to its end.
bool IsBegun(std::string_view file) {
  const std::string_view found = file.substr(0, kFileHeaderBytes);
  const std::string whole =
      EncodeFileHeader({.magic = WriteAheadLog::kMagic, .version = WriteAheadLog::kFormatVersion});
  const size_t written = found.find_last_not_of('\0') + 1;  // 0 if there is nothing else
  return found.substr(0, written) == std::string_view(whole).substr(0, written);
}

FoundFile Look(std::string_view file, const std::string& path, uint64_t number) {
  FoundFile found;
  found.number = number;
  found.size = file.size();
  FileHeader header = {.magic = WriteAheadLog::kMagic, .version = WriteAheadLog::kFormatVersion};
  found.header = DecodeFileHeader(path, file, header);
  found.blank_from = file.find_last_not_of('\0') + 1;  // 0 if there is nothing else
  for (uint64_t at = kFileHeaderBytes; at < found.blank_from;) {
    if (const auto group = GroupAt(file, number, at)) {
      if (found.runs.empty() || !found.runs.back().Takes(*group)) {
        found.runs.emplace_back().Takes(*group);
      }
      at = group->end();
    } else {
      at += kWalAlignment;
    }
  }
  return found;
}

absl::StatusOr<std::string> ReadFile(FileSystem& files, const std::string& path) {
  auto file = files.Open(path, FileSystem::Mode::kReadOnly);
  if (!file.ok()) return file.status();
  return (*file)->Read(0, std::numeric_limits<uint64_t>::max());
}

// Calls visit(at, head) for each group of these runs.
template <class Visit>
void ForEachGroup(std::string_view file, const std::vector<FoundRun>& runs, Visit visit) {
  for (const FoundRun& run : runs) {
    if (run.end > file.size()) return;  // another process has the directory
    for (uint64_t at = run.at; at < run.end;) {
      const auto head = ReadAs<GroupHead>(file.substr(at));
      visit(at, head);
      at += sizeof head + head.body_bytes;
    }
  }
}

// Decides which groups count (C1, C3), and which files are needed (C5).
class Order {
 public:
  explicit Order(std::vector<FoundFile> files) : files_(std::move(files)) {
    for (const FoundFile& file : files_) {
      for (const FoundRun& run : file.runs) synced_ = std::max(synced_, run.synced_sequence);
    }
  }

  // Leaves in *contents all but the ranges of the files, and here the groups that count.
  void Decide(WriteAheadLog::Contents* contents) {
    for (FoundFile& file : files_) Take(file, contents);
    const auto is_old = [this](const auto& file) { return file.number < oldest_; };
    std::erase_if(files_, is_old);
    std::erase_if(contents->files, is_old);
    std::erase_if(contents->damage, [this](const WriteAheadLog::Damage& damage) {
      return *WriteAheadLog::NumberOf(damage.file) < oldest_;
    });
    if (oldest_ != 0 && (files_.empty() || files_.front().number != oldest_)) {
      contents->damage.push_back(
          {WriteAheadLog::NameOf(oldest_), 0, "the file is needed, and is not there"});
    }
    contents->last_sequence = last_;
  }

  const std::vector<FoundFile>& files() const { return files_; }
  // The highest sequence that a group says was on the disk.
  uint64_t synced_sequence() const { return synced_; }

 private:
  void Take(FoundFile& file, WriteAheadLog::Contents* contents) {
    contents->last_number = file.number;
    if (is_cut_) {
      contents->cut_bytes += file.size;
      file.runs.clear();
      return;
    }
    const std::string name = WriteAheadLog::NameOf(file.number);
    if (!file.header.ok() && !file.runs.empty()) {
      contents->damage.push_back({name, 0, "the header is not as it was written"});
    }
    uint64_t end = kFileHeaderBytes;
    for (size_t i = 0; i < file.runs.size(); ++i) {
      const FoundRun& run = file.runs[i];
      const bool is_missing = run.at != end || (last_ != 0 && run.first_sequence != last_ + 1);
      // In front of a file it is a file before that is not there, or its end. That is no damage if
      // it is not needed: then any of those that were removed may be there again.
      const bool is_between = run.at == kFileHeaderBytes;
      const Place place = is_between ? EndBefore(file.number) : Place{file.number, end};
      if (is_missing && !Misses(run.first_sequence - 1, place, contents)) {
        file.runs.resize(i);
        break;
      }
      last_ = run.last_sequence();
      oldest_ = std::max(oldest_, run.oldest_file);
      end = run.end;
      contents->groups += run.groups;
    }
    end_ = {file.number, end};
    if (!is_cut_ && end < file.blank_from) Misses(last_ + 1, end_, contents);
    if (is_cut_) contents->cut_bytes += file.blank_from - end;
    if (!file.runs.empty()) contents->files.push_back({file.number, end, {}});
  }

  struct Place {
    uint64_t file = 0;
    uint64_t at = 0;
  };
  // Where the groups of the file before this one end; its beginning if it is not there.
  Place EndBefore(uint64_t number) const {
    return end_.file == number - 1 ? end_ : Place{number - 1, 0};
  }

  // At a place the group `sequence`, or one before it, is not there, or not whole. Returns whether
  // the order goes on.
  bool Misses(uint64_t sequence, const Place& place, WriteAheadLog::Contents* contents) {
    const std::string name = WriteAheadLog::NameOf(place.file);
    if (sequence != 0 && sequence <= synced_) {
      contents->damage.push_back({name, place.at, "what follows is not as it was written"});
      return true;
    }
    is_cut_ = true;
    contents->why = absl::StrCat("what follows byte ", place.at, " of ", name,
                                 " is no whole group, and no later one says that it was synced");
    return false;
  }

  std::vector<FoundFile> files_;
  uint64_t synced_ = 0;
  Place end_;  // of the last file
  uint64_t last_ = 0;
  uint64_t oldest_ = 0;
  bool is_cut_ = false;
};

}  // namespace

std::string WriteAheadLog::NameOf(uint64_t number) { return absl::StrFormat("wal-%016x", number); }

std::optional<uint64_t> WriteAheadLog::NumberOf(std::string_view name) {
  if (name.size() != kNamePrefix.size() + kNumberDigits) return std::nullopt;
  if (name.substr(0, kNamePrefix.size()) != kNamePrefix) {
    return std::nullopt;
  }
  uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + kNamePrefix.size(), end, number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end || number == 0) return std::nullopt;
  return number;
}

absl::StatusOr<WriteAheadLog::Contents> WriteAheadLog::Read(FileSystem& files,
                                                            const std::string& directory,
                                                            const Visit& visit) {
  auto names = files.List(directory);
  if (!names.ok()) return names.status();
  std::vector<FoundFile> found;
  for (const std::string& name : *names) {
    const auto number = NumberOf(name);
    if (!number) continue;
    const std::string path = absl::StrCat(directory, "/", name);
    auto bytes = ReadFile(files, path);
    if (absl::IsNotFound(bytes.status())) continue;  // another process has let it go
    if (!bytes.ok()) return bytes.status();
    FoundFile file = Look(*bytes, path, *number);
    // Of a file that was begun when the power was lost the header may be missing, or an end of it
    // when the process was killed; or it is damaged. Of another version there is a header, and no
    // group that this one knows.
    if (absl::IsFailedPrecondition(file.header) && file.runs.empty() && !IsBegun(*bytes)) {
      return file.header;
    }
    found.push_back(std::move(file));
  }
  std::sort(found.begin(), found.end(),
            [](const FoundFile& a, const FoundFile& b) { return a.number < b.number; });
  Contents contents;
  Order order(std::move(found));
  order.Decide(&contents);

  std::vector<uint64_t> entries;
  for (FileInfo& info : contents.files) {
    const auto file = std::find_if(
        order.files().begin(), order.files().end(),
        [&info](const FoundFile& candidate) { return candidate.number == info.number; });
    auto bytes = ReadFile(files, absl::StrCat(directory, "/", NameOf(info.number)));
    if (absl::IsNotFound(bytes.status())) continue;  // as above
    if (!bytes.ok()) return bytes.status();
    contents.known_bytes = 0;
    ForEachGroup(*bytes, file->runs, [&](uint64_t at, const GroupHead& head) {
      const uint64_t body_at = at + sizeof head;
      if (head.sequence <= order.synced_sequence()) {
        contents.known_bytes = body_at + head.body_bytes;
      }
      const bool is_made_of_extents = ForEachExtent(
          std::string_view(*bytes).substr(body_at, head.body_bytes), &entries,
          [&](const LogExtent& extent, std::string_view data) {
            info.of_log[extent.segment.log_uid].Widen({extent.first_index(), extent.end_index()});
            if (visit) visit(extent, data, info);
          });
      if (!is_made_of_extents) {
        contents.damage.push_back({NameOf(info.number), at, "a group is of no known form"});
      }
    });
  }
  return contents;
}

}  // namespace kinesis::internal
