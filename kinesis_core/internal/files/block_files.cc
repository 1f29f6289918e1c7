#include "kinesis_core/internal/files/block_files.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/log/found_segment.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {
namespace {

constexpr uint64_t kStubsMapped = uint64_t{1} << 30;  // of addresses: 16 million segments
constexpr uint64_t kStubsStep = uint64_t{64} << 10;
constexpr size_t kPageBytes = 4096;

// Has all pages of a block there, so that no append meets a fault between claim and commit.
void Populate(std::byte* block, size_t bytes) {
#ifdef MADV_POPULATE_WRITE
  if (madvise(block, bytes, MADV_POPULATE_WRITE) == 0) return;
#endif
  for (size_t at = 0; at < bytes; at += kPageBytes) {
    auto* const byte = reinterpret_cast<volatile std::byte*>(block + at);
    *byte = *byte;
  }
}

std::string PathOf(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

absl::StatusOr<std::byte*> OpenMapped(FileSystem& files, const std::string& path, uint64_t bytes,
                                      std::unique_ptr<File>* file) {
  absl::StatusOr<std::unique_ptr<File>> opened = files.Open(path, FileSystem::Mode::kCreate);
  if (!opened.ok()) return opened.status();
  *file = *std::move(opened);
  return (*file)->Map(bytes, /*writable=*/true);
}

}  // namespace

absl::StatusOr<std::shared_ptr<BlockFiles>> BlockFiles::Open(FileSystem& files,
                                                             const std::string& directory,
                                                             uint64_t budget_bytes,
                                                             std::unique_ptr<FileLock> file_lock) {
  std::shared_ptr<BlockFiles> store(new BlockFiles(files, directory));
  store->lock_ = std::move(file_lock);
  const MutexLock lock(store->mutex_);
  // Addresses cost nothing; so many that what is in use fits however it is spread.
  constexpr uint64_t kSpread = 4;
  store->limit_ = kSpread * budget_bytes / kRegionBytes * kRegionBytes + kSpread * kRegionBytes;
  auto blocks = OpenMapped(files, PathOf(directory, kBlocks), store->limit_, &store->blocks_file_);
  if (!blocks.ok()) return blocks.status();
  store->blocks_ = *blocks;
  auto headers = OpenMapped(files, PathOf(directory, kHeaders),
                            store->limit_ / kSmallestBytes * kHeaderBytes, &store->headers_file_);
  if (!headers.ok()) return headers.status();
  store->headers_ = *headers;
  auto stubs = OpenMapped(files, PathOf(directory, kStubs), kStubsMapped, &store->stubs_file_);
  if (!stubs.ok()) return stubs.status();
  store->stubs_ = *stubs;

  const absl::StatusOr<uint64_t> end = store->blocks_file_->Size();
  if (!end.ok()) return end.status();
  const absl::StatusOr<uint64_t> headers_end = store->headers_file_->Size();
  if (!headers_end.ok()) return headers_end.status();
  const absl::StatusOr<uint64_t> stubs_end = store->stubs_file_->Size();
  if (!stubs_end.ok()) return stubs_end.status();
  store->blocks_bytes_ = *end;
  store->end_ = *headers_end / kHeaderBytes * kSmallestBytes / kRegionBytes * kRegionBytes;
  store->stubs_end_ = *stubs_end / kHeaderBytes * kHeaderBytes;
  if (store->end_ > store->limit_ || store->stubs_end_ > kStubsMapped) {
    return ResourceExhausted("the file " + QuotedPath(PathOf(directory, kBlocks)) + " has " +
                             std::to_string(store->end_) + " bytes, for which disk_budget_bytes " +
                             std::to_string(budget_bytes) + " is too small; it can be raised");
  }
  for (uint64_t place = 0; place < store->end_; place += kRegionBytes) {
    store->free_[kLevels - 1].insert(place);
  }
  return store;
}

int BlockFiles::LevelOf(size_t bytes) {
  int level = 0;
  while (BytesOf(level) < bytes) ++level;
  KC_DCHECK_EQ(BytesOf(level), bytes);
  return level;
}

// --- Blocks --------------------------------------------------------------------------------------

std::byte* BlockFiles::Allocate(size_t bytes) {
  std::byte* block = nullptr;
  {
    const MutexLock lock(mutex_);
    absl::StatusOr<std::byte*> allocated = TryAllocate(bytes);
    last_error_ = allocated.status();
    if (!allocated.ok()) return nullptr;
    block = *allocated;
  }
  Populate(block, bytes);
  return block;
}

absl::StatusOr<std::byte*> BlockFiles::TryAllocate(size_t bytes) {
  const int level = LevelOf(bytes);
  const absl::StatusOr<uint64_t> place = Take(level);
  if (!place.ok()) return place.status();
  // Disk space first, so that no store to the mapping can fail for lack of it.
  if (absl::Status status = blocks_file_->Allocate(*place, bytes); !status.ok()) {
    GiveBack(*place, level);
    return status;
  }
  return blocks_ + *place;
}

void BlockFiles::Free(std::byte* block, size_t bytes) {
  const auto place = static_cast<uint64_t>(block - blocks_);
  // Without the space being given back it is free all the same: nothing of it is taken for zero.
  blocks_file_->Release(place, bytes).IgnoreError();
  const MutexLock lock(mutex_);
  GiveBack(place, LevelOf(bytes));
}

absl::StatusOr<uint64_t> BlockFiles::Take(int level) {
  int from = level;
  while (from < kLevels && free_[from].empty()) ++from;
  if (from == kLevels) {
    if (absl::Status status = AddRegion(); !status.ok()) return status;
    from = kLevels - 1;
  }
  const uint64_t place = *free_[from].begin();
  Carve(place, level);
  return place;
}

bool BlockFiles::Carve(uint64_t place, int level) {
  for (int from = level; from < kLevels; ++from) {
    const uint64_t whole = place / BytesOf(from) * BytesOf(from);
    const auto found = free_[from].find(whole);
    if (found == free_[from].end()) continue;
    free_[from].erase(found);
    // What is split off on the way down.
    for (int at = from - 1; at >= level; --at) {
      const uint64_t kept = place / BytesOf(at) * BytesOf(at);
      const uint64_t first = place / BytesOf(at + 1) * BytesOf(at + 1);
      for (int part = 0; part < 4; ++part) {
        const uint64_t other = first + static_cast<uint64_t>(part) * BytesOf(at);
        if (other != kept) free_[at].insert(other);
      }
    }
    return true;
  }
  return false;
}

void BlockFiles::GiveBack(uint64_t place, int level) {
  free_[level].insert(place);
  for (; level + 1 < kLevels; ++level) {
    const uint64_t whole = place / BytesOf(level + 1) * BytesOf(level + 1);
    const auto first = free_[level].lower_bound(whole);
    const auto end = free_[level].lower_bound(whole + BytesOf(level + 1));
    if (std::distance(first, end) < 4) return;
    free_[level].erase(first, end);
    free_[level + 1].insert(whole);
    place = whole;
  }
}

absl::Status BlockFiles::AddRegion() {
  if (end_ + kRegionBytes > limit_) {
    return ResourceExhausted("the file " + QuotedPath(PathOf(directory_, kBlocks)) +
                             " has no room for another block within disk_budget_bytes");
  }
  const uint64_t headers = kRegionBytes / kSmallestBytes * kHeaderBytes;
  const uint64_t headers_end = end_ / kSmallestBytes * kHeaderBytes;
  if (absl::Status status = headers_file_->Allocate(headers_end, headers); !status.ok()) {
    return status;
  }
  free_[kLevels - 1].insert(end_);
  end_ += kRegionBytes;
  return absl::OkStatus();
}

std::byte* BlockFiles::HeaderOf(std::byte* block) {
  return headers_ + static_cast<uint64_t>(block - blocks_) / kSmallestBytes * kHeaderBytes;
}

// --- Headers of segments without a block ---------------------------------------------------------

std::byte* BlockFiles::NewHeader() {
  const MutexLock lock(mutex_);
  if (free_stubs_.empty()) {
    last_error_ = GrowStubs();
    if (free_stubs_.empty()) return nullptr;
  }
  std::byte* const header = stubs_ + free_stubs_.back();
  free_stubs_.pop_back();
  return header;
}

absl::Status BlockFiles::GrowStubs() {
  if (stubs_end_ + kStubsStep > kStubsMapped) {
    return ResourceExhausted("the file " + QuotedPath(PathOf(directory_, kStubs)) + " is full");
  }
  if (absl::Status status = stubs_file_->Allocate(stubs_end_, kStubsStep); !status.ok()) {
    return status;
  }
  for (uint64_t place = stubs_end_ + kStubsStep; place > stubs_end_; place -= kHeaderBytes) {
    free_stubs_.push_back(place - kHeaderBytes);
  }
  stubs_end_ += kStubsStep;
  return absl::OkStatus();
}

// --- Recovery ------------------------------------------------------------------------------------

BlockFiles::Segments BlockFiles::Find(uint64_t* damaged) {
  const MutexLock lock(mutex_);
  Segments found;
  for (uint64_t place = 0; place < end_; place += kSmallestBytes) {
    Visit(headers_ + place / kSmallestBytes * kHeaderBytes, blocks_ + place, &found, damaged);
  }
  for (uint64_t place = stubs_end_; place > 0; place -= kHeaderBytes) {
    const uint64_t at = place - kHeaderBytes;
    if (!Visit(stubs_ + at, nullptr, &found, damaged)) free_stubs_.push_back(at);
  }
  return found;
}

bool BlockFiles::Visit(std::byte* at, std::byte* block, Segments* found, uint64_t* damaged) {
  FoundSegment segment{{}, at, block};
  auto* const header = reinterpret_cast<Header*>(at);
  if (!header->Read(&segment.stored)) return false;
  const int size_class = segment.stored.size_class;
  bool valid = CanBeHeader(segment.stored, /*is_stub=*/block == nullptr);
  if (valid && block != nullptr) {
    const auto place = static_cast<uint64_t>(block - blocks_);
    const int level = SegmentGeometry::SizeOf(size_class) - 1;
    // The place is that of a whole block in the file, and no other block is there.
    valid = place % BytesOf(level) == 0 && place + BytesOf(level) <= blocks_bytes_ &&
            Carve(place, level);
    if (valid) found_[place] = level;
  }
  if (!valid) {
    header->Clear();
    ++*damaged;
    return false;
  }
  (*found)[segment.stored.log_uid].push_back(segment);
  return true;
}

absl::Status BlockFiles::FreeTheRest() {
  const MutexLock lock(mutex_);
  for (const auto& [place, level] : found_) {
    StoredSegment stored;
    if (reinterpret_cast<Header*>(HeaderOf(blocks_ + place))->Read(&stored)) continue;
    GiveBack(place, level);
  }
  found_.clear();
  // Whole regions at the end go; what is free in front of them loses its place on the disk.
  const uint64_t end = end_;
  while (end_ > 0 && free_[kLevels - 1].erase(end_ - kRegionBytes) > 0) end_ -= kRegionBytes;
  if (end_ < end) {
    // The headers last: it is they that say how many regions there are.
    absl::Status status = blocks_file_->Truncate(std::min(end_, blocks_bytes_));
    if (status.ok()) {
      status = headers_file_->Truncate(end_ / kSmallestBytes * kHeaderBytes);
    }
    if (!status.ok()) return status;
  }
  for (int level = 0; level < kLevels; ++level) {
    for (const uint64_t place : free_[level]) {
      absl::Status status = blocks_file_->Release(place, BytesOf(level));
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status BlockFiles::Sync() {
  for (File* const file : {blocks_file_.get(), headers_file_.get(), stubs_file_.get()}) {
    if (absl::Status status = file->Sync(); !status.ok()) return status;
  }
  return file_system_.SyncDirectory(directory_);
}

absl::Status BlockFiles::last_error() {
  const MutexLock lock(mutex_);
  return last_error_;
}

}  // namespace kinesis::internal
