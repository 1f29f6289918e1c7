#include "kinesis_core/internal/log/block_source.h"

#include <sys/mman.h>

#include <bit>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/poison.h"

namespace kinesis::internal {
namespace {

constexpr size_t kPageBytes = 4096;  // or less than what the system has

bool IsCut(size_t bytes) {
  return bytes >= BlockSource::kSmallestCutBytes && bytes < BlockSource::kHugePageBytes;
}

std::byte* RegionOf(std::byte* block) {
  const auto address = reinterpret_cast<uintptr_t>(block);
  return block - address % BlockSource::kHugePageBytes;
}

std::byte* Map(size_t bytes, int flags) {
  void* const memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

// Huge pages, for a start without memory behind them. `bytes` is a multiple of their size.
std::byte* MapHugePages(size_t bytes) {
  constexpr size_t kSpare = BlockSource::kHugePageBytes - kPageBytes;  // to find an aligned place
  std::byte* const mapped = Map(bytes + kSpare, 0);
  if (mapped == nullptr) return nullptr;
  std::byte* const aligned = RegionOf(mapped + kSpare);
  const auto before = static_cast<size_t>(aligned - mapped);
  if (before > 0) munmap(mapped, before);
  if (before < kSpare) munmap(aligned + bytes, kSpare - before);
  madvise(aligned, bytes, MADV_HUGEPAGE);  // if it fails, the pages are small
  return aligned;
}

// Puts memory behind pages.
void Populate(std::byte* memory, size_t bytes) {
  if (madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) return;
  // Linux before 5.14 cannot do that; neither can valgrind.
  for (size_t at = 0; at < bytes; at += kPageBytes) {
    *static_cast<volatile std::byte*>(memory + at) = std::byte{0};
  }
}

}  // namespace

std::byte* BlockSource::Allocate(size_t bytes) {
  KC_DCHECK_EQ(std::bit_floor(bytes), bytes);
  KC_DCHECK_GE(bytes, kPageBytes);
  if (bytes < kSmallestCutBytes) return Map(bytes, MAP_POPULATE);
  if (!IsCut(bytes)) {
    std::byte* const block = MapHugePages(bytes);
    if (block != nullptr) Populate(block, bytes);
    return block;
  }
  const MutexLock lock(mutex_);
  std::byte* block = Cut(bytes);
  if (block == nullptr && bytes_in_use_ < kSmallBytes) {
    block = Map(bytes, MAP_POPULATE);
  } else if (block == nullptr && AddRegion(bytes)) {
    block = Cut(bytes);
  }
  if (block != nullptr) bytes_in_use_ += bytes;
  return block;
}

bool BlockSource::AddRegion(size_t bytes) {
  std::byte* const region = MapHugePages(kHugePageBytes);
  if (region == nullptr) return false;
  regions_.emplace(region, 0);
  for (size_t at = 0; at < kHugePageBytes; at += bytes) free_.emplace(bytes, region + at);
  return true;
}

std::byte* BlockSource::Cut(size_t bytes) {
  const auto found = free_.lower_bound({bytes, nullptr});
  if (found == free_.end() || found->first != bytes) return nullptr;
  std::byte* const block = found->second;
  free_.erase(found);
  ++regions_[RegionOf(block)];
  Unpoison(block, bytes);
  Populate(block, bytes);
  return block;
}

void BlockSource::Free(std::byte* block, size_t bytes) {
  if (!IsCut(bytes)) {
    munmap(block, bytes);
    return;
  }
  const MutexLock lock(mutex_);
  KC_DCHECK_GE(bytes_in_use_, bytes);
  bytes_in_use_ -= bytes;
  std::byte* const region = RegionOf(block);
  if (regions_.contains(region)) {
    FreeCut(block, bytes, region);
  } else {
    munmap(block, bytes);
  }
}

void BlockSource::FreeCut(std::byte* block, size_t bytes, std::byte* region) {
  [[maybe_unused]] const bool was_in_use = free_.emplace(bytes, block).second;
  KC_DCHECK(was_in_use);
  KC_DCHECK_GT(regions_[region], 0U);
  if (--regions_[region] > 0) {
    madvise(block, bytes, MADV_DONTNEED);
    Poison(block, bytes);
    return;
  }
  for (size_t at = 0; at < kHugePageBytes; at += bytes) free_.erase({bytes, region + at});
  regions_.erase(region);
  Unpoison(region, kHugePageBytes);
  munmap(region, kHugePageBytes);
}

}  // namespace kinesis::internal
