#include "kinesis_core/testing/internal/disk_file.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kinesis_core/testing/internal/raw_memory.h"

namespace kinesis::testing {
namespace {

constexpr uint64_t kSectorsOfPage = DiskFile::kPageBytes / DiskFile::kSectorBytes;
// Of addresses, for a file that nobody has mapped: more are taken when it grows.
constexpr uint64_t kAddresses = uint64_t{1} << 20;
// Behind what is mapped, so that the file can grow.
constexpr uint64_t kAddressesBehind = uint64_t{16} << 20;
constexpr uint64_t kMostAddresses = uint64_t{1} << 46;

constexpr std::array<std::byte, DiskFile::kPageBytes> kZeros = {};

uint64_t PagesUpTo(uint64_t bytes) {
  return bytes / DiskFile::kPageBytes + (bytes % DiskFile::kPageBytes == 0 ? 0 : 1);
}

// One of a few probabilities, in sixteenths: all, nothing and almost all happen as often as half.
uint64_t SomeSixteenths(std::mt19937_64& random) {
  constexpr uint64_t kChoices[] = {0, 1, 8, 15, 16};
  return kChoices[random() % std::size(kChoices)];
}

bool Happens(uint64_t sixteenths, std::mt19937_64& random) { return random() % 16 < sixteenths; }

}  // namespace

// --- AddressRange --------------------------------------------------------------------------------

std::shared_ptr<AddressRange> AddressRange::Take(uint64_t bytes) {
  void* const begin = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (begin == MAP_FAILED) return nullptr;
  // Few pages of it are ever touched, and a huge one takes long to clear.
  static_cast<void>(madvise(begin, bytes, MADV_NOHUGEPAGE));
  return std::shared_ptr<AddressRange>(new AddressRange(static_cast<std::byte*>(begin), bytes));
}

AddressRange::~AddressRange() { munmap(begin_, bytes_); }

void AddressRange::Zero(uint64_t offset, uint64_t bytes) {
  constexpr uint64_t kLargeBytes = uint64_t{64} << 10;  // from where on a call is cheaper
  if (bytes < kLargeBytes || madvise(begin_ + offset, bytes, MADV_DONTNEED) != 0) {
    std::memset(begin_ + offset, 0, bytes);
  }
}

// --- As the system sees it -----------------------------------------------------------------------

DiskFile::DiskFile() { LoseMemory(); }

uint64_t DiskFile::MissingSpace(uint64_t offset, uint64_t bytes) const {
  if (bytes == 0) return 0;
  const uint64_t first = offset / kPageBytes;
  const uint64_t end = PagesUpTo(offset + bytes);
  uint64_t missing = end - first;
  auto run = space_.upper_bound(first);
  if (run != space_.begin()) --run;
  for (; run != space_.end() && run->first < end; ++run) {
    const uint64_t from = std::max(run->first, first);
    const uint64_t to = std::min(run->second, end);
    if (from < to) missing -= to - from;
  }
  return missing * kPageBytes;
}

void DiskFile::TakeSpace(uint64_t offset, uint64_t bytes) {
  if (bytes == 0) return;
  const uint64_t missing = MissingSpace(offset, bytes);
  if (missing == 0) return;
  space_pages_ += missing / kPageBytes;
  uint64_t first = offset / kPageBytes;
  uint64_t end = PagesUpTo(offset + bytes);
  auto run = space_.upper_bound(first);
  if (run != space_.begin() && std::prev(run)->second >= first) --run;
  while (run != space_.end() && run->first <= end) {
    first = std::min(first, run->first);
    end = std::max(end, run->second);
    run = space_.erase(run);
  }
  space_[first] = end;
}

void DiskFile::GiveSpaceBack(uint64_t first_page, uint64_t end_page) {
  auto run = space_.upper_bound(first_page);
  if (run != space_.begin()) --run;
  while (run != space_.end() && run->first < end_page) {
    const auto [first, end] = *run;
    const uint64_t from = std::max(first, first_page);
    const uint64_t to = std::min(end, end_page);
    if (from >= to) {
      ++run;
      continue;
    }
    memory_->Zero(from * kPageBytes, (to - from) * kPageBytes);
    space_pages_ -= to - from;
    run = space_.erase(run);
    if (first < from) space_[first] = from;
    if (to < end) space_[to] = end;
  }
}

bool DiskFile::HasSpace(uint64_t page) const {
  auto run = space_.upper_bound(page);
  return run != space_.begin() && std::prev(run)->second > page;
}

void DiskFile::CopySpace(const AddressRange& from, const AddressRange& to) const {
  for (const auto& [first, end] : space_) {
    CopyRaw(to.begin() + first * kPageBytes, from.begin() + first * kPageBytes,
            (end - first) * kPageBytes);
  }
}

bool DiskFile::Reserve(uint64_t bytes) {
  if (bytes <= memory_->bytes()) return true;
  if (memory_.use_count() > 1 || bytes > kMostAddresses) return false;
  std::shared_ptr<AddressRange> larger =
      AddressRange::Take(PagesUpTo(bytes) * kPageBytes + kAddressesBehind);
  if (larger == nullptr) return false;
  CopySpace(*memory_, *larger);
  memory_ = std::move(larger);
  return true;
}

std::string DiskFile::Read(uint64_t offset, uint64_t bytes) const {
  if (offset >= size_) return {};
  std::string read(std::min(bytes, size_ - offset), '\0');
  // A hole is within the addresses only where somebody wrote or mapped that far.
  if (offset < memory_->bytes()) {
    CopyRaw(read.data(), memory_->begin() + offset,
            std::min<uint64_t>(read.size(), memory_->bytes() - offset));
  }
  return read;
}

bool DiskFile::Write(uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return true;
  if (!Allocate(offset, bytes.size())) return false;
  std::memcpy(memory_->begin() + offset, bytes.data(), bytes.size());
  // Written again, they are to be synced again.
  believed_.erase(believed_.lower_bound(offset / kSectorBytes),
                  believed_.upper_bound((offset + bytes.size() - 1) / kSectorBytes));
  return true;
}

bool DiskFile::Allocate(uint64_t offset, uint64_t bytes) {
  if (!Reserve(offset + bytes)) return false;
  TakeSpace(offset, bytes);
  size_ = std::max(size_, offset + bytes);
  return true;
}

bool DiskFile::Truncate(uint64_t bytes) {
  if (bytes > kMostAddresses) return false;
  if (bytes < size_) {
    const uint64_t page = bytes / kPageBytes;
    if (bytes % kPageBytes != 0 && HasSpace(page)) {
      std::memset(memory_->begin() + bytes, 0, kPageBytes - bytes % kPageBytes);
    }
    GiveSpaceBack(PagesUpTo(bytes), UINT64_MAX);
    believed_.erase(believed_.lower_bound(bytes / kSectorBytes), believed_.end());
  }
  size_ = bytes;
  return true;
}

void DiskFile::Release(uint64_t offset, uint64_t bytes) {
  if (offset >= size_) return;
  const uint64_t end = bytes < size_ - offset ? offset + bytes : size_;
  const uint64_t first_page = PagesUpTo(offset);
  // The last page may end behind the file.
  const uint64_t end_page = end == size_ ? PagesUpTo(end) : end / kPageBytes;
  if (first_page < end_page) GiveSpaceBack(first_page, end_page);
  // The parts of pages at both ends.
  const auto zero = [this](uint64_t from, uint64_t to) {
    if (from < to && HasSpace(from / kPageBytes)) {
      std::memset(memory_->begin() + from, 0, to - from);
    }
  };
  if (first_page > end_page) {  // all within one page
    zero(offset, end);
  } else {
    zero(offset, std::min(end, first_page * kPageBytes));
    zero(std::max(offset, end_page * kPageBytes), end);
  }
}

std::shared_ptr<AddressRange> DiskFile::Map(uint64_t bytes) {
  if (!Reserve(std::max(bytes, size_))) return nullptr;
  for (const auto& [first, end] : space_) {
    ForgetPoison(memory_->begin() + first * kPageBytes, (end - first) * kPageBytes);
  }
  return memory_;
}

// --- To the platter ------------------------------------------------------------------------------

const std::byte* DiskFile::SectorNow(uint64_t sector) const {
  return HasSpace(sector / kSectorsOfPage) ? memory_->begin() + sector * kSectorBytes : nullptr;
}

void DiskFile::Compare(uint64_t page, const std::byte* now, std::vector<uint64_t>* differ) {
  const auto found = platter_.find(page);
  const std::byte* const then = found == platter_.end() ? kZeros.data() : found->second->data();
  if (IsSameRaw(now, then, kPageBytes)) return;
  for (uint64_t i = 0; i < kSectorsOfPage; ++i) {
    const std::byte* const sector = now + i * kSectorBytes;
    if (IsSameRaw(sector, then + i * kSectorBytes, kSectorBytes)) continue;
    const uint64_t number = page * kSectorsOfPage + i;
    if (const auto believed = believed_.find(number); believed != believed_.end()) {
      if (IsSameRaw(believed->second.data(), sector, kSectorBytes)) continue;
      believed_.erase(believed);
    }
    differ->push_back(number);
  }
}

std::vector<uint64_t> DiskFile::Unwritten() {
  std::vector<uint64_t> differ;
  for (const auto& [first, end] : space_) {
    for (uint64_t page = first; page < end; ++page) {
      Compare(page, memory_->begin() + page * kPageBytes, &differ);
    }
  }
  // Of which the system has given the space back.
  for (const auto& [page, bytes] : platter_) {
    if (!HasSpace(page)) Compare(page, kZeros.data(), &differ);
  }
  return differ;
}

void DiskFile::WriteSector(uint64_t sector) {
  std::unique_ptr<Page>& page = platter_[sector / kSectorsOfPage];
  if (page == nullptr) page = std::make_unique<Page>(kZeros);
  const std::byte* const now = SectorNow(sector);
  CopyRaw(page->data() + sector % kSectorsOfPage * kSectorBytes,
          now == nullptr ? kZeros.data() : now, kSectorBytes);
}

void DiskFile::SetPlatterSize(uint64_t bytes) {
  platter_.erase(platter_.lower_bound(PagesUpTo(bytes)), platter_.end());
  if (const auto last = platter_.find(bytes / kPageBytes); last != platter_.end()) {
    const uint64_t kept = bytes % kPageBytes;
    std::memset(last->second->data() + kept, 0, kPageBytes - kept);
  }
  platter_size_ = bytes;
}

void DiskFile::Sync() {
  for (const uint64_t sector : Unwritten()) WriteSector(sector);
  SetPlatterSize(size_);
}

void DiskFile::FailSync(std::mt19937_64& random) {
  const bool forgets = memory_.use_count() == 1 && random() % 2 == 0;
  const std::vector<uint64_t> unwritten = Unwritten();
  for (const uint64_t sector : unwritten) {
    switch (random() % 4) {
      case 0:
        WriteSector(sector);
        break;
      case 1:
        break;
      default: {
        const std::byte* const now = SectorNow(sector);
        if (now == nullptr) break;
        if (!forgets) {
          CopyRaw(believed_[sector].data(), now, kSectorBytes);
          break;
        }
        const auto page = platter_.find(sector / kSectorsOfPage);
        std::memcpy(memory_->begin() + sector * kSectorBytes,
                    page == platter_.end()
                        ? kZeros.data()
                        : page->second->data() + sector % kSectorsOfPage * kSectorBytes,
                    kSectorBytes);
      }
    }
  }
  if (random() % 2 == 0) platter_size_ = std::max(platter_size_, size_);
}

void DiskFile::WriteBack(std::mt19937_64& random) {
  if (platter_size_ != size_) {
    const auto [least, most] = std::minmax(platter_size_, size_);
    const uint64_t choice = random() % 3;
    const uint64_t size = choice == 0   ? platter_size_
                          : choice == 1 ? size_
                                        : least + random() % (most - least + 1);
    // What has been written behind it counts if the file gets as long.
    if (size < platter_size_) SetPlatterSize(size);
    platter_size_ = size;
  }
  const uint64_t sixteenths = SomeSixteenths(random);
  if (sixteenths == 0) return;
  for (const uint64_t sector : Unwritten()) {
    if (Happens(sixteenths, random)) WriteSector(sector);
  }
}

// --- The end of a run ----------------------------------------------------------------------------

void DiskFile::Detach() {
  if (memory_.use_count() == 1) return;
  std::shared_ptr<AddressRange> copy =
      AddressRange::Take(std::max(kAddresses, PagesUpTo(size_) * kPageBytes));
  if (copy == nullptr) {
    std::perror("a simulated disk has no memory");
    std::abort();
  }
  CopySpace(*memory_, *copy);
  memory_ = std::move(copy);
}

void DiskFile::LoseMemory() {
  SetPlatterSize(platter_size_);
  believed_.clear();
  size_ = platter_size_;
  memory_ = AddressRange::Take(std::max(kAddresses, PagesUpTo(size_) * kPageBytes));
  if (memory_ == nullptr) {
    std::perror("a simulated disk has no memory");
    std::abort();
  }
  // Space stays taken as far as the file goes, and what is not zero has it.
  std::map<uint64_t, uint64_t> before;
  before.swap(space_);
  space_pages_ = 0;
  const uint64_t pages = PagesUpTo(size_);
  for (const auto& [first, end] : before) {
    const uint64_t to = std::min(end, pages);
    if (first < to) TakeSpace(first * kPageBytes, (to - first) * kPageBytes);
  }
  for (const auto& [page, bytes] : platter_) {
    TakeSpace(page * kPageBytes, kPageBytes);
    std::memcpy(memory_->begin() + page * kPageBytes, bytes->data(), kPageBytes);
  }
}

// --- The platter ---------------------------------------------------------------------------------

std::string DiskFile::Platter() const {
  std::string all(platter_size_, '\0');
  for (const auto& [page, bytes] : platter_) {
    const uint64_t at = page * kPageBytes;
    if (at >= platter_size_) break;
    std::memcpy(all.data() + at, bytes->data(), std::min(kPageBytes, platter_size_ - at));
  }
  return all;
}

void DiskFile::FlipBit(uint64_t offset, int bit) {
  const std::byte mask = std::byte{1} << bit;
  std::unique_ptr<Page>& page = platter_[offset / kPageBytes];
  if (page == nullptr) page = std::make_unique<Page>(kZeros);
  (*page)[offset % kPageBytes] ^= mask;
  if (offset >= size_ || offset >= memory_->bytes()) return;
  TakeSpace(offset, 1);
  memory_->begin()[offset] ^= mask;
}

}  // namespace kinesis::testing
