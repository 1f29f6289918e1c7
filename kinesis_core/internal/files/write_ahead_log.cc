#include "kinesis_core/internal/files/write_ahead_log.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/files/file_header.h"
#include "kinesis_core/internal/files/write_ahead_log_format.h"

namespace kinesis::internal {
namespace {

// A file whose space was allocated, and never written, has a mark for each part of it, which the
// first write takes away, and which the file system has to bring to the disk with the bytes: two
// things to wait for instead of one. Small groups are spared that by zeros, written once for many
// of them. Large ones would wait longer for as many zeros as they have bytes.
constexpr uint64_t kZerosAhead = uint64_t{1} << 20;
constexpr uint64_t kSmallGroup = kZerosAhead / 4;
constexpr size_t kZerosAtOnce = size_t{64} << 10;

}  // namespace

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
  if (!contents.files.empty()) {
    // Of the one that was written to last, what is behind its end goes, and what is before it
    // stays, also if it was another process that wrote it and could not sync it (C4, C6). Before a
    // file is removed, since there may stand why (C5).
    const FileInfo& last = contents.files.back();
    auto file = files.Open(log->PathOf(last.number), FileSystem::Mode::kReadWrite);
    if (!file.ok()) return file.status();
    const auto unknown = (*file)->Read(contents.known_bytes,
                                       last.bytes - std::min(last.bytes, contents.known_bytes));
    if (!unknown.ok()) return unknown.status();
    absl::Status status = (*file)->Write(contents.known_bytes, *unknown);
    if (status.ok()) status = (*file)->Truncate(last.bytes);
    if (status.ok()) status = (*file)->Sync();
    if (!status.ok()) return status;
    is_changed = true;
  }
  for (const std::string& name : *names) {
    const auto number = NumberOf(name);
    const auto is_it = [&number](const FileInfo& file) { return file.number == number; };
    if (!number || std::any_of(contents.files.begin(), contents.files.end(), is_it)) continue;
    if (absl::Status status = files.Remove(log->PathOf(*number)); !status.ok()) return status;
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

std::string WriteAheadLog::PathOf(uint64_t number) const {
  return absl::StrCat(directory_, "/", NameOf(number));
}

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
  of_group_[extent.segment.log_uid].Widen({extent.first_index(), extent.end_index()});
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
  for (const auto& [uid, range] : of_group_) info.of_log[uid].Widen(range);
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
  // kResourceExhausted would say that it can be called again.
  const absl::StatusCode code =
      absl::IsResourceExhausted(why) ? absl::StatusCode::kDataLoss : why.code();
  failed_ = absl::Status(code, absl::StrCat("the write-ahead log in ", QuotedPath(directory_),
                                            " could not be ", ToAbsl(what), ": ", why.message()));
  return failed_;
}

}  // namespace kinesis::internal
