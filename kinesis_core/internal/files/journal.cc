#include "kinesis_core/internal/files/journal.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/base/xxh3.h"
#include "kinesis_core/internal/files/byte_codec.h"
#include "kinesis_core/internal/files/file_header.h"

namespace kinesis::internal {
namespace {

// In front of the bytes of a record: its length, a checksum of the length, how much of the file was
// on the disk when it was written, a checksum of all that.
struct RecordHead {
  uint32_t length;
  uint32_t length_check;
  uint64_t synced_bytes;
  uint64_t checksum;
};
constexpr size_t kRecordHeadBytes = 24;
constexpr size_t kAlignment = 8;  // of records, whose bytes are followed by zeros up to there
static_assert(sizeof(RecordHead) == kRecordHeadBytes, "the format of the files");
static_assert(kFileHeaderBytes % kAlignment == 0 && kRecordHeadBytes % kAlignment == 0);
static_assert(Journal::kMagic.size() == kFileMagicBytes);
static_assert(Journal::kRecordBytesMax < std::numeric_limits<uint32_t>::max());

size_t Padded(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

uint32_t LengthCheck(uint32_t length) {
  std::string bytes;
  ByteWriter(bytes).Uint32(length);
  return static_cast<uint32_t>(Xxh3Of64Bits(bytes, 0));
}

// Of the bytes and the zeros behind them, with that of the head in front as seed.
uint64_t Checksum(std::string_view padded, const RecordHead& head) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Uint32(head.length);
  out.Uint32(head.length_check);
  out.Uint64(head.synced_bytes);
  return Xxh3Of64Bits(padded, Xxh3Of64Bits(bytes, 0));
}

void AppendRecord(std::string_view record, uint64_t synced_bytes, std::string& to) {
  const auto length = static_cast<uint32_t>(record.size());
  RecordHead head = {length, LengthCheck(length), synced_bytes, 0};
  std::string padded(record);
  padded.resize(Padded(record.size()));
  head.checksum = Checksum(padded, head);
  ByteWriter out(to);
  out.Uint32(head.length);
  out.Uint32(head.length_check);
  out.Uint64(head.synced_bytes);
  out.Uint64(head.checksum);
  to += padded;
}

absl::Status CheckLength(std::string_view record) {
  if (record.size() <= Journal::kRecordBytesMax) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("a record of the journal has ", record.size(),
                                      " bytes, and at most ", Journal::kRecordBytesMax,
                                      " are allowed"));
}

// What stands at a place of a file.
struct Place {
  enum class Kind {
    kRecord,
    kNothing,  // the file ends there
    kCutHead,  // the file ends within the head of a record
    kNoHead,   // the bytes there are no head
    kCutRecord,
    kDamagedRecord,
  };
  Kind kind;
  uint64_t length = 0;        // that the head says; of the last two, and of a record
  uint64_t synced_bytes = 0;  // of a record
  std::string_view record;    // likewise
};

Place Look(std::string_view file, uint64_t at) {
  std::string_view rest = file.substr(at);
  if (rest.empty()) return {.kind = Place::Kind::kNothing, .record = {}};
  ByteReader in(rest);
  RecordHead head = {};
  head.length = in.Uint32();
  head.length_check = in.Uint32();
  head.synced_bytes = in.Uint64();
  head.checksum = in.Uint64();
  if (!in.ok()) return {.kind = Place::Kind::kCutHead, .record = {}};
  if (head.length > Journal::kRecordBytesMax || head.length_check != LengthCheck(head.length)) {
    return {.kind = Place::Kind::kNoHead, .record = {}};
  }
  const std::string_view padded = in.Bytes(Padded(head.length));
  if (!in.ok()) return {.kind = Place::Kind::kCutRecord, .length = head.length, .record = {}};
  if (head.checksum != Checksum(padded, head)) {
    return {.kind = Place::Kind::kDamagedRecord, .length = head.length, .record = {}};
  }
  return {.kind = Place::Kind::kRecord,
          .length = head.length,
          .synced_bytes = head.synced_bytes,
          .record = padded.substr(0, head.length)};
}

std::string WhyItEnds(const Place& place, uint64_t at) {
  switch (place.kind) {
    case Place::Kind::kCutHead:
      return absl::StrCat("the file ends within the head of a record at byte ", at);
    case Place::Kind::kNoHead:
      return absl::StrCat("no record begins at byte ", at);
    case Place::Kind::kCutRecord:
      return absl::StrCat("the file ends within a record of ", place.length, " bytes at byte ", at);
    default:
      return absl::StrCat("the record of ", place.length, " bytes at byte ", at,
                          " does not have its checksum");
  }
}

// Where the first whole record behind a place begins that has none; if power was lost, the first
// that says that the place was on the disk.
std::optional<uint64_t> NextRecord(std::string_view file, const Place& place, uint64_t place_at,
                                   bool power_was_lost) {
  uint64_t at = place_at + kAlignment;
  switch (place.kind) {
    case Place::Kind::kNothing:
    case Place::Kind::kCutHead:
    case Place::Kind::kCutRecord:  // its length is right, and so the file ends in it
      return std::nullopt;
    case Place::Kind::kDamagedRecord:
      at = place_at + kRecordHeadBytes + Padded(place.length);
      break;
    default:
      break;
  }
  while (at < file.size()) {
    const Place next = Look(file, at);
    if (next.kind != Place::Kind::kRecord) {
      at += kAlignment;
    } else if (power_was_lost && next.synced_bytes <= place_at) {
      at += kRecordHeadBytes + Padded(next.length);
    } else {
      return at;
    }
  }
  return std::nullopt;
}

// The records of a file, and where the last one ends.
struct Contents {
  Journal::Opened opened;
  uint64_t end = kFileHeaderBytes;
  uint64_t synced_bytes = 0;  // that a record says were on the disk
};

absl::StatusOr<Contents> Parse(const std::string& path, std::string_view file,
                               const Journal::PowerWasLost& power_was_lost) {
  FileHeader header = {.magic = Journal::kMagic, .version = Journal::kFormatVersion};
  const absl::Status decoded = DecodeFileHeader(path, file, header);
  if (!decoded.ok()) return decoded;
  Contents contents;
  contents.opened.page_bytes = header.page_bytes;
  Place place = Look(file, contents.end);
  for (; place.kind == Place::Kind::kRecord; place = Look(file, contents.end)) {
    contents.opened.records.emplace_back(place.record);
    contents.end += kRecordHeadBytes + Padded(place.length);
    contents.synced_bytes = std::max(contents.synced_bytes, place.synced_bytes);
  }
  contents.synced_bytes = std::min(contents.synced_bytes, contents.end);
  if (place.kind == Place::Kind::kNothing) return contents;
  contents.opened.cut_bytes = file.size() - contents.end;
  contents.opened.why = WhyItEnds(place, contents.end);
  const bool lost = power_was_lost(contents.opened.records);
  if (const auto next = NextRecord(file, place, contents.end, lost)) {
    return absl::DataLossError(absl::StrCat(
        "the journal ", QuotedPath(path), " is damaged: ", contents.opened.why,
        ", and there is a whole one behind it, at byte ", *next, "; nothing was changed"));
  }
  return contents;
}

absl::StatusOr<std::string> ReadAll(File& file) {
  return file.Read(0, std::numeric_limits<uint64_t>::max());
}

std::string PathOf(const std::string& directory, std::string_view name) {
  return absl::StrCat(directory, "/", ToAbsl(name));
}

}  // namespace

Journal::Journal(FileSystem& files, std::string directory)
    : files_(files),
      directory_(std::move(directory)),
      path_(PathOf(directory_, kFileName)),
      new_path_(PathOf(directory_, kNewFileName)) {}

absl::StatusOr<Journal::Opened> Journal::Open(FileSystem& files, const std::string& directory,
                                              const PowerWasLost& power_was_lost) {
  std::unique_ptr<Journal> journal(new Journal(files, directory));
  const MutexLock lock(journal->mutex_);
  absl::StatusOr<std::unique_ptr<File>> file =
      files.Open(journal->path_, FileSystem::Mode::kReadWrite);
  const auto make = [&]() -> absl::Status {
    file = journal->WriteNew(
        EncodeFileHeader({.magic = Journal::kMagic, .version = Journal::kFormatVersion}));
    return file.ok() ? files.Rename(journal->new_path_, journal->path_) : file.status();
  };
  const bool is_new = absl::IsNotFound(file.status());
  if (is_new) {
    if (absl::Status made = make(); !made.ok()) return made;
  }
  if (!file.ok()) return file.status();
  const absl::StatusOr<std::string> bytes = ReadAll(**file);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<Contents> contents = Parse(journal->path_, *bytes, power_was_lost);
  if (!contents.ok()) return contents.status();
  if (contents->end == kFileHeaderBytes && !is_new) {
    // Its name may be one that could not be synced, and of which a later sync says that it is.
    if (absl::Status made = make(); !made.ok()) return made;
  } else if (contents->opened.cut_bytes > 0) {
    if (absl::Status cut = (*file)->Truncate(contents->end); !cut.ok()) return cut;
  }
  // What comes rests on what is found, which the one that wrote it may have been killed before it
  // had synced, its name included. Or the sync has failed: then the system counts it as written,
  // and the next sync would bring only what is written again.
  absl::Status again = (*file)->Write(
      contents->synced_bytes, std::string_view(*bytes).substr(
                                  contents->synced_bytes, contents->end - contents->synced_bytes));
  if (again.ok()) again = (*file)->Sync();
  if (again.ok()) again = files.SyncDirectory(directory);
  if (!again.ok()) return again;
  // One that was not finished. It is in nobody's way if it cannot be removed.
  files.Remove(journal->new_path_).IgnoreError();
  journal->file_ = *std::move(file);
  journal->size_ = journal->synced_bytes_ = contents->end;
  Opened opened = std::move(contents->opened);
  opened.journal = std::move(journal);
  return opened;
}

absl::StatusOr<Journal::Opened> Journal::Read(FileSystem& files, const std::string& directory,
                                              const PowerWasLost& power_was_lost) {
  const std::string path = PathOf(directory, kFileName);
  const absl::StatusOr<std::unique_ptr<File>> file = files.Open(path, FileSystem::Mode::kReadOnly);
  if (!file.ok()) return file.status();
  const absl::StatusOr<std::string> bytes = ReadAll(**file);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<Contents> contents = Parse(path, *bytes, power_was_lost);
  if (!contents.ok()) return contents.status();
  return std::move(contents->opened);
}

absl::Status Journal::Append(std::string_view record) {
  if (absl::Status checked = CheckLength(record); !checked.ok()) return checked;
  const MutexLock lock(mutex_);
  if (!broken_.ok()) return broken_;
  std::string bytes;
  AppendRecord(record, synced_bytes_, bytes);
  const absl::Status written = file_->Write(size_, bytes);
  if (written.ok()) {
    size_ += bytes.size();
    return absl::OkStatus();
  }
  absl::Status error = CannotBeWritten(written);
  // What is there of it would stand in the way of the next one, or count when it must not.
  if (!file_->Truncate(size_).ok()) broken_ = error;
  return error;
}

absl::Status Journal::Sync() {
  const MutexLock lock(mutex_);
  if (!broken_.ok()) return broken_;
  if (synced_bytes_ == size_) return absl::OkStatus();
  if (absl::Status synced = file_->Sync(); !synced.ok()) return broken_ = CannotBeWritten(synced);
  synced_bytes_ = size_;
  return absl::OkStatus();
}

absl::Status Journal::Replace(std::span<const std::string> records) {
  std::string contents =
      EncodeFileHeader({.magic = Journal::kMagic, .version = Journal::kFormatVersion});
  for (const std::string& record : records) {
    if (absl::Status checked = CheckLength(record); !checked.ok()) return checked;
    AppendRecord(record, contents.size(), contents);
  }
  const MutexLock lock(mutex_);
  absl::StatusOr<std::unique_ptr<File>> file = WriteNew(contents);
  if (!file.ok()) return CannotBeWritten(file.status());
  absl::Status done = files_.Rename(new_path_, path_);
  if (done.ok()) done = files_.SyncDirectory(directory_);
  if (done.ok()) {
    file_ = *std::move(file);
    size_ = synced_bytes_ = contents.size();
    broken_ = absl::OkStatus();
    return absl::OkStatus();
  }
  absl::Status error = CannotBeWritten(done);
  if (broken_.ok() && !Reinstate()) broken_ = error;
  return error;
}

absl::Status Journal::failure() const {
  const MutexLock lock(mutex_);
  return broken_;
}

uint64_t Journal::size_bytes() const {
  const MutexLock lock(mutex_);
  return size_;
}

absl::StatusOr<std::unique_ptr<File>> Journal::WriteNew(std::string_view contents) {
  absl::StatusOr<std::unique_ptr<File>> file = files_.Open(new_path_, FileSystem::Mode::kCreate);
  if (!file.ok()) return file;
  absl::Status done = (*file)->Truncate(0);
  if (done.ok()) done = (*file)->Write(0, contents);
  if (done.ok()) done = (*file)->Sync();
  if (done.ok()) return file;
  file->reset();
  files_.Remove(new_path_).IgnoreError();  // a full disk has better use for its space
  return done;
}

bool Journal::Reinstate() {
  const absl::StatusOr<std::string> before = file_->Read(0, size_);
  if (!before.ok()) return false;
  absl::StatusOr<std::unique_ptr<File>> file = files_.Open(path_, FileSystem::Mode::kReadWrite);
  if (!file.ok()) return false;
  const absl::StatusOr<std::string> now = ReadAll(**file);
  if (!now.ok() || *now != *before) {
    file = WriteNew(*before);
    if (!file.ok() || !files_.Rename(new_path_, path_).ok()) return false;
  }
  file_ = *std::move(file);
  return true;
}

absl::Status Journal::CannotBeWritten(const absl::Status& why) const {
  return absl::Status(why.code(), absl::StrCat("the journal ", QuotedPath(path_),
                                               " can not be written: ", why.message()));
}

}  // namespace kinesis::internal
