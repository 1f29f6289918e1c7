#include "kinesis_core/internal/files/write_ahead_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/base/xxh3.h"
#include "kinesis_core/internal/files/file_header.h"
#include "kinesis_core/internal/log/found_segment.h"

namespace kinesis::internal {
namespace {

constexpr size_t kAlignment = 8;  // of groups and extents
constexpr size_t kNumberDigits = 16;

// A file whose space was allocated, and never written, has a mark for each part of it, which the
// first write takes away, and which the file system has to bring to the disk with the bytes: two
// things to wait for instead of one. Small groups are spared that by zeros, written once for many
// of them. Large ones would wait longer for as many zeros as they have bytes.
constexpr uint64_t kZerosAhead = uint64_t{1} << 20;
constexpr uint64_t kSmallGroup = kZerosAhead / 4;
constexpr size_t kZerosAtOnce = size_t{64} << 10;

// In front of a group. In the order of the machine, which the header of the file says.
struct GroupHead {
  static constexpr uint64_t kMagic = 0x7075'6f72'676c'6177;  // "walgroup"
  uint64_t magic = kMagic;
  uint64_t file_number = 0;
  uint64_t sequence = 0;
  uint64_t synced_sequence = 0;
  uint64_t oldest_file = 0;
  uint64_t body_bytes = 0;
  uint64_t body_checksum = 0;
  uint64_t head_checksum = 0;  // of all that stands before it
};
static_assert(sizeof(GroupHead) == 64, "the format of the files");

// In front of an extent, whose entries and data follow, the data with zeros up to kAlignment.
struct ExtentHead {
  uint64_t log_uid = 0;
  uint64_t base_index = 0;
  int64_t base_ms = 0;
  uint64_t shard_created_s = 0;
  uint64_t trim_index = 0;
  uint32_t shard_index = 0;
  uint32_t size_class = 0;
  uint32_t first_entry = 0;
  uint32_t entry_count = 0;
  uint32_t first_unit = 0;
  uint32_t unit_count = 0;
};
static_assert(sizeof(ExtentHead) == 64, "the format of the files");

uint64_t HeadChecksum(const GroupHead& head) {
  char bytes[sizeof(GroupHead)];
  std::memcpy(bytes, &head, sizeof bytes);
  return Xxh3Of64Bits({bytes, offsetof(GroupHead, head_checksum)}, 0);
}

uint64_t BodyChecksum(std::string_view body, const GroupHead& head) {
  return Xxh3Of64Bits(body, head.sequence);
}

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
static_assert(SegmentGeometry::kUsualUnitShift == 3 && kAlignment == 8);

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

// What a file has.
struct FoundFile {
  uint64_t number = 0;
  uint64_t size = 0;
  uint64_t blank_from = 0;  // from here on there are zeros
  absl::Status header;
  std::vector<FoundGroup> groups;
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
      found.groups.push_back(*group);
      at = group->end();
    } else {
      at += kAlignment;
    }
  }
  return found;
}

std::optional<uint64_t> NumberOf(std::string_view name) {
  if (name.size() != WriteAheadLog::kNamePrefix.size() + kNumberDigits) return std::nullopt;
  if (name.substr(0, WriteAheadLog::kNamePrefix.size()) != WriteAheadLog::kNamePrefix) {
    return std::nullopt;
  }
  uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto parsed =
      std::from_chars(name.data() + WriteAheadLog::kNamePrefix.size(), end, number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end || number == 0) return std::nullopt;
  return number;
}

void Widen(std::map<uint64_t, WriteAheadLog::IndexRange>* of_log, uint64_t uid,
           const WriteAheadLog::IndexRange& range) {
  const auto [at, is_new] = of_log->try_emplace(uid, range);
  if (is_new) return;
  at->second.first = std::min(at->second.first, range.first);
  at->second.end = std::max(at->second.end, range.end);
}

std::string PathIn(const std::string& directory, uint64_t number) {
  return absl::StrCat(directory, "/", WriteAheadLog::NameOf(number));
}

absl::StatusOr<std::string> ReadFile(FileSystem& files, const std::string& path) {
  auto file = files.Open(path, FileSystem::Mode::kReadOnly);
  if (!file.ok()) return file.status();
  return (*file)->Read(0, std::numeric_limits<uint64_t>::max());
}

// Decides which groups count (C1, C3), and which files are needed (C5).
class Order {
 public:
  explicit Order(std::vector<FoundFile> files) : files_(std::move(files)) {
    for (const FoundFile& file : files_) {
      for (const FoundGroup& group : file.groups) {
        synced_ = std::max(synced_, group.head.synced_sequence);
      }
    }
  }

  // Leaves in *contents all but the ranges of the files, and here the groups that count.
  void Decide(WriteAheadLog::Contents* contents) {
    for (FoundFile& file : files_) Take(file, contents);
    const auto is_old = [this](const auto& file) { return file.number < oldest_; };
    std::erase_if(files_, is_old);
    std::erase_if(contents->files, is_old);
    std::erase_if(contents->damage, [this](const WriteAheadLog::Damage& damage) {
      return *NumberOf(damage.file) < oldest_;
    });
    if (oldest_ != 0 && (files_.empty() || files_.front().number != oldest_)) {
      contents->damage.push_back(
          {WriteAheadLog::NameOf(oldest_), 0, "the file is needed, and is not there"});
    }
    contents->last_sequence = last_;
  }

  const std::vector<FoundFile>& files() const { return files_; }

 private:
  void Take(FoundFile& file, WriteAheadLog::Contents* contents) {
    contents->last_number = file.number;
    if (is_cut_) {
      contents->cut_bytes += file.size;
      file.groups.clear();
      return;
    }
    const std::string name = WriteAheadLog::NameOf(file.number);
    if (!file.header.ok() && !file.groups.empty()) {
      contents->damage.push_back({name, 0, "the header is not as it was written"});
    }
    uint64_t end = kFileHeaderBytes;
    if (!file.groups.empty()) contents->known_bytes = 0;
    for (size_t i = 0; i < file.groups.size(); ++i) {
      const FoundGroup& group = file.groups[i];
      const bool is_missing = group.at != end || (last_ != 0 && group.head.sequence != last_ + 1);
      if (is_missing && !Misses(group.head.sequence - 1, name, end, contents)) {
        file.groups.resize(i);
        break;
      }
      last_ = group.head.sequence;
      oldest_ = std::max(oldest_, group.head.oldest_file);
      end = group.end();
      if (last_ <= synced_) contents->known_bytes = end;
      ++contents->groups;
    }
    if (!is_cut_ && end < file.blank_from) Misses(last_ + 1, name, end, contents);
    if (is_cut_) contents->cut_bytes += file.blank_from - end;
    if (!file.groups.empty()) contents->files.push_back({file.number, end, {}});
  }

  // At byte `at` the group `sequence`, or one before it, is not there, or not whole. Returns
  // whether the order goes on.
  bool Misses(uint64_t sequence, const std::string& name, uint64_t at,
              WriteAheadLog::Contents* contents) {
    if (sequence != 0 && sequence <= synced_) {
      contents->damage.push_back({name, at, "what follows is not as it was written"});
      return true;
    }
    is_cut_ = true;
    contents->why = absl::StrCat("what follows byte ", at, " of ", name,
                                 " is no whole group, and no later one says that it was synced");
    return false;
  }

  std::vector<FoundFile> files_;
  uint64_t synced_ = 0;  // the highest sequence that a group says was on the disk
  uint64_t last_ = 0;
  uint64_t oldest_ = 0;
  bool is_cut_ = false;
};

}  // namespace

std::string WriteAheadLog::NameOf(uint64_t number) { return absl::StrFormat("wal-%016x", number); }

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
    if (absl::IsFailedPrecondition(file.header) && file.groups.empty() && !IsBegun(*bytes)) {
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
    auto bytes = ReadFile(files, PathIn(directory, info.number));
    if (absl::IsNotFound(bytes.status())) continue;  // as above
    if (!bytes.ok()) return bytes.status();
    for (const FoundGroup& group : file->groups) {
      if (group.end() > bytes->size()) break;  // another process has the directory
      const std::string_view body =
          std::string_view(*bytes).substr(group.at + sizeof(GroupHead), group.head.body_bytes);
      const bool is_made_of_extents =
          ForEachExtent(body, &entries, [&](const LogExtent& extent, std::string_view data) {
            Widen(&info.of_log, extent.segment.log_uid, {extent.first_index(), extent.end_index()});
            if (visit) visit(extent, data, info);
          });
      if (!is_made_of_extents) {
        contents.damage.push_back({NameOf(info.number), group.at, "a group is of no known form"});
      }
    }
  }
  return contents;
}

WriteAheadLog::WriteAheadLog(FileSystem& files, std::string directory, uint64_t file_bytes)
    : file_system_(files), directory_(std::move(directory)), file_bytes_(file_bytes) {}

absl::StatusOr<std::unique_ptr<WriteAheadLog>> WriteAheadLog::Open(FileSystem& files,
                                                                   std::string directory,
                                                                   uint64_t file_bytes,
                                                                   Contents contents) {
  std::unique_ptr<WriteAheadLog> log(new WriteAheadLog(files, std::move(directory), file_bytes));
  auto names = files.List(log->directory_);
  if (!names.ok()) return names.status();
  bool is_changed = false;
  for (const std::string& name : *names) {
    const auto number = NumberOf(name);
    if (!number) continue;
    const auto kept =
        std::find_if(contents.files.begin(), contents.files.end(),
                     [&number](const FileInfo& file) { return file.number == *number; });
    if (kept == contents.files.end()) {
      if (absl::Status status = files.Remove(log->PathOf(*number)); !status.ok()) return status;
      is_changed = true;
      continue;
    }
    if (std::next(kept) != contents.files.end()) continue;
    // The one that was written to last: what is behind its end goes, and what is before it stays,
    // also if it was another process that wrote it and could not sync it (C4, C6).
    auto file = files.Open(log->PathOf(*number), FileSystem::Mode::kReadWrite);
    if (!file.ok()) return file.status();
    const auto unknown = (*file)->Read(contents.known_bytes,
                                       kept->bytes - std::min(kept->bytes, contents.known_bytes));
    if (!unknown.ok()) return unknown.status();
    absl::Status status = (*file)->Write(contents.known_bytes, *unknown);
    if (status.ok()) status = (*file)->Truncate(kept->bytes);
    if (status.ok()) status = (*file)->Sync();
    if (!status.ok()) return status;
    is_changed = true;
  }
  if (is_changed) {
    if (absl::Status status = files.SyncDirectory(log->directory_); !status.ok()) return status;
  }
  log->last_number_ = contents.last_number;
  log->sequence_ = log->synced_sequence_ = contents.last_sequence;
  log->files_.assign(contents.files.begin(), contents.files.end());
  return log;
}

std::string WriteAheadLog::PathOf(uint64_t number) const { return PathIn(directory_, number); }

void WriteAheadLog::Buffer::Append(const void* bytes, size_t count) {
  std::memcpy(Extend(count), bytes, count);
}

char* WriteAheadLog::Buffer::Extend(size_t count) {
  if (count > capacity_ - size_) {
    capacity_ = std::max(2 * capacity_, size_ + count);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
  }
  return bytes_.get() + std::exchange(size_, size_ + count);
}

std::byte* WriteAheadLog::Add(const LogExtent& extent) {
  if (group_.size() >= kGroupBytes && !extent.follows()) {
    // If it fails, the next Sync says so, or writes it.
    WriteGroup().IgnoreError();
  }
  if (group_.empty()) group_.Extend(sizeof(GroupHead));
  const ExtentHead head = {.log_uid = extent.segment.log_uid,
                           .base_index = extent.segment.base_index,
                           .base_ms = extent.segment.base_ms,
                           .shard_created_s = extent.segment.shard_created_s,
                           .trim_index = extent.segment.trim_index,
                           .shard_index = extent.segment.shard_index,
                           .size_class = static_cast<uint32_t>(extent.segment.size_class),
                           .first_entry = extent.first_entry,
                           .entry_count = static_cast<uint32_t>(extent.entries.size()),
                           .first_unit = extent.first_unit,
                           .unit_count = extent.unit_count};
  group_.Append(&head, sizeof head);
  group_.Append(extent.entries.data(), extent.entries.size_bytes());
  Widen(&of_group_, extent.segment.log_uid, {extent.first_index(), extent.end_index()});
  return reinterpret_cast<std::byte*>(group_.Extend(extent.data_bytes()));
}

absl::Status WriteAheadLog::WriteGroup() {
  if (!failed_.ok()) return failed_;
  if (file_ == nullptr || files_.back().bytes + group_.size() > space_) {
    if (absl::Status status = BeginFile(kFileHeaderBytes + group_.size()); !status.ok()) {
      return status;
    }
  }
  FileInfo& info = files_.back();
  GroupHead head = {.file_number = info.number,
                    .sequence = sequence_ + 1,
                    .synced_sequence = synced_sequence_,
                    .oldest_file = files_.front().number,
                    .body_bytes = group_.size() - sizeof(GroupHead)};
  head.body_checksum = BodyChecksum(group_.view().substr(sizeof head), head);
  head.head_checksum = HeadChecksum(head);
  std::memcpy(group_.data(), &head, sizeof head);
  if (absl::Status status = file_->Write(info.bytes, group_.view()); !status.ok()) {
    return Fail(status, "written");
  }
  sequence_ = head.sequence;
  tells_forgotten_ = true;
  info.bytes += group_.size();
  if (absl::Status status = WriteZerosAhead(group_.size()); !status.ok()) return status;
  for (const auto& [uid, range] : of_group_) Widen(&info.of_log, uid, range);
  of_group_.clear();
  group_.clear();
  return absl::OkStatus();
}

absl::Status WriteAheadLog::WriteZerosAhead(uint64_t group_bytes) {
  const uint64_t begin = files_.back().bytes;
  if (begin <= zeros_end_ || group_bytes > kSmallGroup) return absl::OkStatus();
  const std::string zeros(kZerosAtOnce, '\0');
  const uint64_t end = std::min(space_, (begin / kZerosAhead + 1) * kZerosAhead);
  for (uint64_t at = begin; at < end;) {
    const uint64_t count = std::min<uint64_t>(end - at, zeros.size());
    if (absl::Status status = file_->Write(at, {zeros.data(), count}); !status.ok()) {
      return Fail(status, "written");
    }
    at += count;
  }
  zeros_end_ = end;
  return absl::OkStatus();
}

absl::Status WriteAheadLog::BeginFile(uint64_t bytes) {
  // The one before is on the disk whole (C2).
  if (file_ != nullptr && sequence_ != synced_sequence_) {
    if (absl::Status status = SyncFile(); !status.ok()) return status;
  }
  const uint64_t number = last_number_ + 1;
  const std::string path = PathOf(number);
  auto file = file_system_.Open(path, FileSystem::Mode::kCreate);
  absl::Status status = file.status();
  const uint64_t space = std::max(bytes, file_bytes_);
  if (status.ok()) status = (*file)->Allocate(0, space);
  if (status.ok()) {
    status = (*file)->Write(0, EncodeFileHeader({.magic = kMagic, .version = kFormatVersion}));
  }
  // Before there is anything in it: whoever finds a file whose name could not be synced would be
  // told by a later sync that it is (C2).
  if (status.ok()) status = file_system_.SyncDirectory(directory_);
  last_number_ = number;
  if (!status.ok()) {
    file_system_.Remove(path).IgnoreError();
    if (absl::IsResourceExhausted(status)) return status;
    return Fail(status, "made");
  }
  file_ = *std::move(file);
  space_ = space;
  zeros_end_ = 0;
  files_.push_back({number, kFileHeaderBytes, {}});
  return absl::OkStatus();
}

absl::Status WriteAheadLog::SyncFile() {
  if (absl::Status status = file_->Sync(); !status.ok()) return Fail(status, "synced");
  synced_sequence_ = sequence_;
  return absl::OkStatus();
}

absl::Status WriteAheadLog::Sync() {
  if (!group_.empty()) {
    if (absl::Status status = WriteGroup(); !status.ok()) return status;
  }
  if (!failed_.ok()) return failed_;
  if (sequence_ != synced_sequence_) {
    if (absl::Status status = SyncFile(); !status.ok()) return status;
  }
  if (!forgotten_.empty() && tells_forgotten_) RemoveForgotten();
  return absl::OkStatus();
}

void WriteAheadLog::Forget() {
  KC_DCHECK_GT(files_.size(), 1U);
  forgotten_.push_back(files_.front().number);
  files_.pop_front();
  tells_forgotten_ = false;
}

void WriteAheadLog::RemoveForgotten() {
  // One that cannot be removed is in nobody's way: the next Open tries again.
  for (const uint64_t number : forgotten_) file_system_.Remove(PathOf(number)).IgnoreError();
  forgotten_.clear();
}

uint64_t WriteAheadLog::size_bytes() const {
  uint64_t bytes = 0;
  for (const FileInfo& file : files_) bytes += file.bytes;
  return bytes;
}

absl::Status WriteAheadLog::Fail(const absl::Status& why, std::string_view what) {
  failed_ =
      absl::Status(why.code(), absl::StrCat("the write-ahead log in ", QuotedPath(directory_),
                                            " could not be ", ToAbsl(what), ": ", why.message()));
  return failed_;
}

}  // namespace kinesis::internal
