#include "kinesis_core/internal/log/block_source.h"

#include <sys/mman.h>

#include <bit>
#include <cstdlib>

#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/poison.h"

namespace kinesis::internal {
namespace {

constexpr size_t kPageBytes = 4096;  // or less than what the system has

bool IsCut(size_t bytes) { return bytes < BlockSource::kHugePageBytes; }

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
  constexpr size_t kCallFromBytes = size_t{64} << 10;  // a call of the system has its price, too
  if (bytes >= kCallFromBytes && madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) return;
  // Linux before 5.14 cannot do that; neither can valgrind.
  for (size_t at = 0; at < bytes; at += kPageBytes) {
    *static_cast<volatile std::byte*>(memory + at) = std::byte{0};
  }
}

}  // namespace

std::byte* BlockSource::Allocate(size_t bytes) {
  KC_DCHECK_EQ(std::bit_floor(bytes), bytes);
  KC_DCHECK_GE(bytes, kSmallestBytes);
  if (!IsCut(bytes)) {
    std::byte* const block = MapHugePages(bytes);
    if (block != nullptr) Populate(block, bytes);
    return block;
  }
  const MutexLock lock(mutex_);
  std::byte* block = Cut(bytes);
  if (block == nullptr && MayAddRegion(bytes)) {
    if (AddRegion(bytes)) block = Cut(bytes);
  } else if (block == nullptr) {
    block = bytes >= kMapFromBytes
                ? Map(bytes, MAP_POPULATE)
                : static_cast<std::byte*>(std::aligned_alloc(kCacheLineBytes, bytes));
  }
  if (block == nullptr) return nullptr;
  bytes_in_use_ += bytes;
  bytes_of_size_[bytes] += bytes;
  return block;
}

bool BlockSource::MayAddRegion(size_t bytes) const {
  if (bytes_in_use_ < kSmallBytes) return false;
  if (bytes >= kLargeBytes) return true;
  const auto of_size = bytes_of_size_.find(bytes);
  return of_size != bytes_of_size_.end() && of_size->second >= kSmallBytesOfSize;
}

bool BlockSource::AddRegion(size_t bytes) {
  std::byte* const region = MapHugePages(kHugePageBytes);
  if (region == nullptr) return false;
  regions_.emplace(region, Region());
  with_room_.emplace(bytes, region);
  return true;
}

std::byte* BlockSource::Cut(size_t bytes) {
  const auto found = with_room_.lower_bound({bytes, nullptr});
  if (found == with_room_.end() || found->first != bytes) return nullptr;
  std::byte* const address = found->second;
  Region& region = regions_[address];
  uint64_t* word = region.taken;
  while (~*word == 0) ++word;
  const int bit = std::countr_one(*word);
  *word |= uint64_t{1} << bit;
  if (++region.in_use == kHugePageBytes / bytes) with_room_.erase(found);
  std::byte* const block =
      address + (static_cast<size_t>(word - region.taken) * 64 + static_cast<size_t>(bit)) * bytes;
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
  bytes_of_size_[bytes] -= bytes;
  if (const auto region = regions_.find(RegionOf(block)); region != regions_.end()) {
    FreeCut(block, bytes, region);
  } else if (bytes >= kMapFromBytes) {
    munmap(block, bytes);
  } else {
    std::free(block);
  }
}

void BlockSource::FreeCut(std::byte* block, size_t bytes, Regions::iterator region) {
  std::byte* const address = region->first;
  const size_t place = static_cast<size_t>(block - address) / bytes;
  uint64_t& word = region->second.taken[place / 64];
  const uint64_t bit = uint64_t{1} << place % 64;
  KC_DCHECK_NE(word & bit, 0U);  // it was in use
  word &= ~bit;
  if (--region->second.in_use > 0) {
    with_room_.emplace(bytes, address);
    if (bytes >= kMapFromBytes) madvise(block, bytes, MADV_DONTNEED);
    Poison(block, bytes);
    return;
  }
  with_room_.erase({bytes, address});
  regions_.erase(region);
  Unpoison(address, kHugePageBytes);
  munmap(address, kHugePageBytes);
}

}  // namespace kinesis::internal
