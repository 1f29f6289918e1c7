// DiskFile: one file of a SimulatedDisk, twice: as the running system sees it, and as it is on the
// platter.
//
// The system's side is a range of addresses, where mappings of the file are, too; space is taken by
// pages of 4 KiB. The platter has sectors of 512 bytes, each of which is written as a whole.
// Nothing notes what is stored through a mapping: which sectors differ is found by comparing the
// pages that have space, so that a store to any other page never reaches the platter.
//
// Thread-compatible.
#ifndef KINESIS_CORE_TESTING_INTERNAL_DISK_FILE_H_
#define KINESIS_CORE_TESTING_INTERNAL_DISK_FILE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinesis::testing {

// A range of addresses that read as zero and take memory where they are written.
class AddressRange {
 public:
  // Null: the system has none.
  static std::shared_ptr<AddressRange> Take(uint64_t bytes);
  AddressRange(const AddressRange&) = delete;
  AddressRange& operator=(const AddressRange&) = delete;
  ~AddressRange();

  std::byte* begin() const { return begin_; }
  uint64_t bytes() const { return bytes_; }
  // Makes whole pages zero again.
  void Zero(uint64_t offset, uint64_t bytes);

 private:
  AddressRange(std::byte* begin, uint64_t bytes) : begin_(begin), bytes_(bytes) {}

  std::byte* const begin_;
  const uint64_t bytes_;
};

class DiskFile {
 public:
  static constexpr uint64_t kPageBytes = 4096;
  static constexpr uint64_t kSectorBytes = 512;

  DiskFile();

  // --- As the system sees it

  uint64_t size() const { return size_; }
  // Of the pages that have space.
  uint64_t space_bytes() const { return space_pages_ * kPageBytes; }
  // The space that the pages of the range take which have none.
  uint64_t MissingSpace(uint64_t offset, uint64_t bytes) const;

  std::string Read(uint64_t offset, uint64_t bytes) const;
  // These three: false, and nothing is done, if there are no addresses for so long a file, or it is
  // mapped where there are none behind it.
  bool Write(uint64_t offset, std::string_view bytes);
  bool Allocate(uint64_t offset, uint64_t bytes);
  bool Truncate(uint64_t bytes);
  void Release(uint64_t offset, uint64_t bytes);
  // The addresses of the file, `bytes` at least. Null as above. It is mapped for as long as
  // somebody else has them.
  std::shared_ptr<AddressRange> Map(uint64_t bytes);

  // --- To the platter

  void Sync();
  // A sync that failed: of the sectors that differ some are written, some are not, and of some the
  // system believes from now on that they were, as long as they stay as they are. A file that
  // nobody maps may lose these from the system's side instead.
  void FailSync(std::mt19937_64& random);
  // Any of the sectors that differ are written, and any size on the way to the present one.
  void WriteBack(std::mt19937_64& random);

  // --- The end of a run. Whoever has mapped the file keeps those addresses, and they are of no
  // file any more.

  // The process ends.
  void Detach();
  // The system ends: what is on the platter is all there is.
  void LoseMemory();

  // --- The platter

  uint64_t platter_size() const { return platter_size_; }
  std::string Platter() const;
  // Changes one bit, on both sides. Requires: offset < platter_size().
  void FlipBit(uint64_t offset, int bit);

 private:
  using Page = std::array<std::byte, kPageBytes>;
  using Sector = std::array<std::byte, kSectorBytes>;

  bool Reserve(uint64_t bytes);
  void TakeSpace(uint64_t offset, uint64_t bytes);
  void GiveSpaceBack(uint64_t first_page, uint64_t end_page);
  // The numbers of the sectors that differ, and are not believed to be written.
  std::vector<uint64_t> Unwritten();
  void Compare(uint64_t page, const std::byte* now, std::vector<uint64_t>* differ);
  void WriteSector(uint64_t sector);
  void SetPlatterSize(uint64_t bytes);
  void CopySpace(const AddressRange& from, const AddressRange& to) const;
  bool HasSpace(uint64_t page) const;
  // Null if it has no space.
  const std::byte* SectorNow(uint64_t sector) const;

  std::shared_ptr<AddressRange> memory_;
  uint64_t size_ = 0;
  std::map<uint64_t, uint64_t> space_;  // runs of pages: first and end
  uint64_t space_pages_ = 0;

  std::map<uint64_t, std::unique_ptr<Page>> platter_;  // those that are not zero, and a few more
  uint64_t platter_size_ = 0;
  std::map<uint64_t, Sector> believed_;  // to be on the platter, since a sync that failed
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_DISK_FILE_H_
