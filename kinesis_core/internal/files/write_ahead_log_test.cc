// The format of the write-ahead log, on a disk that loses power: what counts, what is damage, what
// is cut; and what is made of it. With streams on top: kinesis_core/power_test.cc.
#include "kinesis_core/internal/files/write_ahead_log.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/files/block_headers.h"
#include "kinesis_core/internal/files/block_rebuild.h"
#include "kinesis_core/internal/files/file_header.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/simulated_disk.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::internal {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SimulatedDisk;
using ::testing::SizeIs;

constexpr uint64_t kFileBytes = uint64_t{64} << 10;
constexpr int kSeeds = 50;
constexpr int kSizeClass = 1;
constexpr uint32_t kEntries = SegmentGeometry::Of(kSizeClass).entries;

// Records of eight bytes in one segment, as an export hands them out.
class Records {
 public:
  Records(uint64_t uid, uint64_t base, uint32_t first, const std::vector<std::string>& data,
          uint64_t trim_index = 0) {
    constexpr uint32_t kUnits = 2;
    for (size_t i = 0; i < data.size(); ++i) {
      const auto slot = first + static_cast<uint32_t>(i);
      entries_.push_back(
          RecordEntry{.offset_units = slot * kUnits, .data_bytes = 8, .key_bytes = 0}.Encode());
      data_ += std::string(kRecordHeaderBytes, 't') + data[i];
      data_.resize((i + 1) * kUnits * 8, '_');
    }
    extent_.segment = {.log_uid = uid,
                       .base_index = base,
                       .base_ms = 1000,
                       .shard_created_s = 1,
                       .size_class = kSizeClass,
                       .trim_index = trim_index};
    extent_.first_entry = first;
    extent_.entries = entries_;
    extent_.first_unit = first * kUnits;
    extent_.unit_count = static_cast<uint32_t>(data.size()) * kUnits;
  }

  void AddTo(WriteAheadLog& log) const {
    std::memcpy(log.Add(extent_), data_.data(), data_.size());
  }

 private:
  std::vector<uint64_t> entries_;
  std::string data_;
  LogExtent extent_;
};

// What is read: "log/index data" of each record.
struct Found {
  WriteAheadLog::Contents contents;
  std::vector<std::string> records;
};

absl::StatusOr<Found> Read(FileSystem& files, const std::string& directory = "d") {
  Found found;
  auto contents = WriteAheadLog::Read(
      files, directory,
      [&found](const LogExtent& extent, std::string_view data, const WriteAheadLog::FileInfo&) {
        for (size_t i = 0; i < extent.entries.size(); ++i) {
          const RecordEntry entry = RecordEntry::Decode(extent.entries[i]);
          const size_t at = (size_t{entry.offset_units} - extent.first_unit) * 8 + 8;
          std::string text(data.substr(at, 8));
          text.erase(std::min(text.find('_'), text.size()));
          found.records.push_back(
              absl::StrCat(extent.segment.log_uid, "/", extent.first_index() + i, " ", text));
        }
      });
  if (!contents.ok()) return contents.status();
  found.contents = *std::move(contents);
  return found;
}

std::unique_ptr<WriteAheadLog> Open(FileSystem& files, const std::string& directory = "d",
                                    uint64_t file_bytes = kFileBytes) {
  EXPECT_EQ(files.CreateDirectory(directory), absl::OkStatus());
  auto contents = WriteAheadLog::Read(files, directory, nullptr);
  EXPECT_EQ(contents.status(), absl::OkStatus());
  auto log = WriteAheadLog::Open(files, directory, file_bytes, *std::move(contents));
  EXPECT_EQ(log.status(), absl::OkStatus());
  // The folder itself is not what is tested here.
  EXPECT_EQ(files.SyncDirectory("/"), absl::OkStatus());
  return *std::move(log);
}

// A group of one record of the log 7.
absl::Status Put(WriteAheadLog& log, uint32_t index, const std::string& data) {
  Records(7, 0, index, {data}).AddTo(log);
  return log.Sync();
}

std::string Contents(SimulatedDisk& disk, const std::string& path) {
  auto file = disk.Open(path, FileSystem::Mode::kReadOnly);
  return (*file)->Read(0, uint64_t{1} << 30).value();
}
// Where the zeros begin.
uint64_t EndOf(std::string_view bytes) { return bytes.find_last_not_of('\0') + 1; }

constexpr uint64_t kGroupOfOneBytes = 64 + 64 + 8 + 16;
const std::string kFirst = "d/" + WriteAheadLog::NameOf(1);

TEST(WriteAheadLogTest, WhatWasSyncedIsThereAfterALossOfPower) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(testing::SeedOr(1) + seed);
    auto log = Open(disk);
    ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
    Records(7, 0, 1, {"b", "c"}).AddTo(*log);
    Records(8, 64, 3, {"d"}).AddTo(*log);
    ASSERT_EQ(log->Sync(), absl::OkStatus());
    disk.LosePower();
    log.reset();
    disk.Start();
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_THAT(found->records, ElementsAre("7/0 a", "7/1 b", "7/2 c", "8/67 d")) << seed;
    EXPECT_EQ(found->contents.groups, 2U);
    EXPECT_EQ(found->contents.last_sequence, 2U);
    EXPECT_THAT(found->contents.damage, IsEmpty());
    EXPECT_EQ(found->contents.why, "");
    ASSERT_THAT(found->contents.files, SizeIs(1));
    EXPECT_EQ(found->contents.files[0].of_log.at(8).first, 67U);
    EXPECT_EQ(found->contents.files[0].of_log.at(8).end, 68U);
  }
}

// Leaves the record "a", and of a group of 60 more what a loss of power leaves before the sync.
void LoseGroup(SimulatedDisk& disk) {
  auto log = Open(disk);
  ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
  disk.FailSync(0);
  // Over several sectors.
  Records(7, 0, 1, std::vector<std::string>(60, "b")).AddTo(*log);
  ASSERT_FALSE(log->Sync().ok());
  disk.LosePower();
  log.reset();
  disk.Start();
}

TEST(WriteAheadLogTest, AGroupIsThereWholeOrNotAtAllAndItsEndIsNoDamage) {
  int whole = 0;
  int cut = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(testing::SeedOr(1) + seed);
    ASSERT_NO_FATAL_FAILURE(LoseGroup(disk));
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_THAT(found->records, AnyOf(SizeIs(1), SizeIs(61))) << seed;
    EXPECT_THAT(found->contents.damage, IsEmpty());
    EXPECT_EQ(found->contents.cut_bytes > 0, !found->contents.why.empty());
    ++(found->records.size() == 61 ? whole : cut);
  }
  EXPECT_GT(whole, 0);
  EXPECT_GT(cut, 0);
}

TEST(WriteAheadLogTest, NoFlippedBitIsTakenForARecord) {
  SimulatedDisk disk(testing::SeedOr(1));
  auto log = Open(disk);
  for (const char* const data : {"a", "b", "c"}) {
    ASSERT_EQ(Put(*log, static_cast<uint32_t>(data[0] - 'a'), data), absl::OkStatus());
  }
  log.reset();
  const std::string all[] = {"7/0 a", "7/1 b", "7/2 c"};
  const uint64_t last = kFileHeaderBytes + 2 * kGroupOfOneBytes;
  ASSERT_EQ(EndOf(Contents(disk, kFirst)), last + kGroupOfOneBytes);
  for (uint64_t at = 0; at < last + kGroupOfOneBytes; ++at) {
    const int bit = static_cast<int>(at % 8);
    ASSERT_EQ(disk.FlipBit(kFirst, at, bit), absl::OkStatus());
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    for (const std::string& record : found->records) {
      EXPECT_EQ(std::count(std::begin(all), std::end(all), record), 1) << at << ": " << record;
    }
    // The last group is not known to have been on the disk.
    if (at < last) {
      ASSERT_THAT(found->contents.damage, SizeIs(1)) << at;
      EXPECT_EQ(found->contents.damage[0].file, WriteAheadLog::NameOf(1));
      // Where the group begins, as what is in it means nothing.
      const uint64_t group =
          at < kFileHeaderBytes
              ? 0
              : kFileHeaderBytes + (at - kFileHeaderBytes) / kGroupOfOneBytes * kGroupOfOneBytes;
      EXPECT_EQ(found->contents.damage[0].at, group);
      EXPECT_THAT(found->records, SizeIs(at < kFileHeaderBytes ? 3 : 2));
    } else {
      EXPECT_THAT(found->contents.damage, IsEmpty());
      EXPECT_EQ(found->contents.cut_bytes, kGroupOfOneBytes);
      EXPECT_THAT(found->contents.why,
                  HasSubstr(absl::StrCat("byte ", last, " of ", WriteAheadLog::NameOf(1))));
    }
    ASSERT_EQ(disk.FlipBit(kFirst, at, bit), absl::OkStatus());
  }
}

TEST(WriteAheadLogTest, AGroupOfAnotherFileDoesNotCount) {
  SimulatedDisk disk(testing::SeedOr(1));
  auto log = Open(disk);
  ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
  log.reset();
  // Its next group is in its second file.
  auto other = Open(disk, "other");
  ASSERT_EQ(Put(*other, 0, "a"), absl::OkStatus());
  other.reset();
  other = Open(disk, "other");
  ASSERT_EQ(Put(*other, 1, "old"), absl::OkStatus());
  other.reset();
  const std::string second = Contents(disk, "other/" + WriteAheadLog::NameOf(2));
  auto file = disk.Open(kFirst, FileSystem::Mode::kReadWrite);
  ASSERT_EQ((*file)->Write(kFileHeaderBytes + kGroupOfOneBytes,
                           second.substr(kFileHeaderBytes, kGroupOfOneBytes)),
            absl::OkStatus());
  const auto found = Read(disk);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->records, ElementsAre("7/0 a"));
  EXPECT_EQ(found->contents.cut_bytes, kGroupOfOneBytes);
}

TEST(WriteAheadLogTest, WhatWasCutDoesNotComeBackAndWhatFollowsIsInANewFile) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(testing::SeedOr(1) + seed);
    ASSERT_NO_FATAL_FAILURE(LoseGroup(disk));
    std::vector<std::string> expected = Read(disk)->records;
    auto log = Open(disk);
    // In its place there would be others' sectors.
    ASSERT_EQ(Put(*log, 61, "next"), absl::OkStatus());
    EXPECT_EQ(log->files().back().number, 2U);
    expected.emplace_back("7/61 next");
    disk.LosePower();
    log.reset();
    disk.Start();
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->records, expected) << seed;
    EXPECT_THAT(found->contents.damage, IsEmpty());
    EXPECT_EQ(found->contents.why, "");
  }
}

TEST(WriteAheadLogTest, WhatIsOpenedIsOnTheDiskAlsoIfItsWriterWasKilled) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(testing::SeedOr(1) + seed);
    auto log = Open(disk);
    ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
    Records(7, 0, 1, {"b"}).AddTo(*log);
    // Between the write and the sync.
    disk.KillWithin(1);
    ASSERT_FALSE(log->Sync().ok());
    log.reset();
    disk.Start();
    const std::vector<std::string> expected = Read(disk)->records;
    log = Open(disk);
    disk.LosePower();
    log.reset();
    disk.Start();
    ASSERT_EQ(Read(disk)->records, expected) << seed;
  }
}

TEST(WriteAheadLogTest, AFileIsRemovedWhenAGroupSaysSoAndIsOnTheDisk) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(testing::SeedOr(1) + seed);
    // A group each.
    auto log = Open(disk, "d", /*file_bytes=*/1);
    for (uint32_t i = 0; i < 3; ++i) ASSERT_EQ(Put(*log, i, "a"), absl::OkStatus());
    ASSERT_THAT(log->files(), SizeIs(3));
    log->Forget();
    // Nothing says so yet.
    ASSERT_EQ(log->Sync(), absl::OkStatus());
    EXPECT_THAT(disk.List("d").value(), SizeIs(3));
    if (seed % 2 == 0) {
      disk.LosePower();
      log.reset();
      disk.Start();
      ASSERT_THAT(Read(disk)->records, SizeIs(3));
      continue;
    }
    ASSERT_EQ(Put(*log, 3, "a"), absl::OkStatus());
    EXPECT_THAT(disk.List("d").value(), SizeIs(3));
    disk.LosePower();
    log.reset();
    disk.Start();
    // The removal may be done or not: what the file has does not count.
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_THAT(found->records, ElementsAre("7/1 a", "7/2 a", "7/3 a")) << seed;
    EXPECT_THAT(found->contents.damage, IsEmpty());
    log = Open(disk);
    EXPECT_THAT(disk.List("d").value(), SizeIs(3));
  }
}

TEST(WriteAheadLogTest, AnyOfTheRemovedFilesMayBeThereAgain) {
  int gaps = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(testing::SeedOr(1) + seed);
    auto log = Open(disk, "d", /*file_bytes=*/1);
    for (uint32_t i = 0; i < 4; ++i) ASSERT_EQ(Put(*log, i, "a"), absl::OkStatus());
    for (int i = 0; i < 3; ++i) log->Forget();
    ASSERT_EQ(Put(*log, 4, "a"), absl::OkStatus());
    disk.LosePower();
    log.reset();
    disk.Start();
    // Files 1 and 3, or the one alone, in front of those that are needed.
    const auto names = disk.List("d").value();
    gaps += names.size() > 2 && names[names.size() - 3] != WriteAheadLog::NameOf(3) ? 1 : 0;
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_THAT(found->records, ElementsAre("7/3 a", "7/4 a")) << seed;
    EXPECT_THAT(found->contents.damage, IsEmpty()) << seed;
  }
  EXPECT_GT(gaps, 0);
}

TEST(WriteAheadLogTest, AnOpenRemovesNoFileBeforeItIsOnTheDiskThatNobodyNeedsIt) {
  // Killed at any call of a put that says so, and power lost at any call of the open that follows.
  for (uint64_t kill = 0; kill < 16; ++kill) {
    for (uint64_t loss = 0; loss < 16; ++loss) {
      SimulatedDisk disk(testing::SeedOr(1) + 16 * kill + loss);
      auto log = Open(disk, "d", /*file_bytes=*/1);
      for (uint32_t i = 0; i < 2; ++i) ASSERT_EQ(Put(*log, i, "a"), absl::OkStatus());
      log->Forget();
      disk.KillWithin(kill);
      Put(*log, 2, "a").IgnoreError();
      disk.Kill();
      log.reset();
      disk.Start();
      disk.LosePowerWithin(loss);
      auto contents = WriteAheadLog::Read(disk, "d", nullptr);
      if (contents.ok()) {
        WriteAheadLog::Open(disk, "d", 1, *std::move(contents)).status().IgnoreError();
      }
      disk.LosePower();
      disk.Start();
      const auto found = Read(disk);
      ASSERT_TRUE(found.ok()) << found.status();
      EXPECT_THAT(found->contents.damage, IsEmpty()) << kill << " " << loss;
      EXPECT_THAT(found->records, Contains("7/1 a")) << kill << " " << loss;
    }
  }
}

TEST(WriteAheadLogTest, AFileThatIsGoneBetweenOthersIsDamageOfThatFile) {
  SimulatedDisk disk(testing::SeedOr(1));
  auto log = Open(disk, "d", /*file_bytes=*/1);
  for (uint32_t i = 0; i < 4; ++i) ASSERT_EQ(Put(*log, i, "a"), absl::OkStatus());
  log.reset();
  ASSERT_EQ(disk.Remove("d/" + WriteAheadLog::NameOf(3)), absl::OkStatus());
  const auto found = Read(disk);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(found->contents.damage, SizeIs(1));
  EXPECT_EQ(found->contents.damage[0].file, WriteAheadLog::NameOf(3));
  EXPECT_EQ(found->contents.damage[0].at, 0U);
  EXPECT_THAT(found->records, SizeIs(3));
}

TEST(WriteAheadLogTest, AFileThatIsNeededAndGoneIsDamage) {
  SimulatedDisk disk(testing::SeedOr(1));
  auto log = Open(disk, "d", /*file_bytes=*/1);
  for (uint32_t i = 0; i < 3; ++i) ASSERT_EQ(Put(*log, i, "a"), absl::OkStatus());
  log.reset();
  for (const uint64_t number : {1, 2}) {
    ASSERT_EQ(disk.Remove("d/" + WriteAheadLog::NameOf(number)), absl::OkStatus());
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_FALSE(found->contents.damage.empty());
    EXPECT_EQ(found->contents.damage.back().file, WriteAheadLog::NameOf(1));
    EXPECT_THAT(found->contents.damage.back().what, HasSubstr("is not there"));
    EXPECT_THAT(found->records, SizeIs(3 - number));
  }
}

TEST(WriteAheadLogTest, AFailedSyncIsTheLastOne) {
  SimulatedDisk disk(testing::SeedOr(1));
  auto log = Open(disk);
  ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
  disk.FailSync(0);
  const absl::Status failed = Put(*log, 1, "b");
  EXPECT_TRUE(absl::IsDataLoss(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()),
              HasSubstr("the write-ahead log in \"d\" could not be"));
  const uint64_t calls = disk.calls();
  EXPECT_EQ(Put(*log, 2, "c"), failed);
  EXPECT_EQ(log->Sync(), failed);
  EXPECT_EQ(disk.calls(), calls) << "the disk was asked again";
  EXPECT_EQ(log->synced_groups(), 1U);
}

// A file system that copies what it overwrites may need space for what has its place already.
TEST(WriteAheadLogTest, AWriteOrSyncThatFindsNoSpaceIsTheLastOneToo) {
  for (const testing::FileCall call : {testing::FileCall::kWrite, testing::FileCall::kSync}) {
    SimulatedDisk disk(testing::SeedOr(1));
    testing::FaultyFileSystem files(disk);
    auto log = Open(files);
    ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
    files.Fail({.call = call});
    const absl::Status failed = Put(*log, 1, "b");
    // Not the one after which to try again is of use.
    EXPECT_TRUE(absl::IsDataLoss(failed)) << failed;
    EXPECT_THAT(std::string(failed.message()), HasSubstr("the disk is full"));
    EXPECT_EQ(log->Sync(), failed);
  }
}

TEST(WriteAheadLogTest, AFullDiskIsNot) {
  SimulatedDisk disk(testing::SeedOr(1));
  auto log = Open(disk);
  ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
  disk.set_capacity(disk.space_bytes());
  uint32_t index = 1;
  absl::Status full;
  std::vector<std::string> data;
  for (; full.ok() && index < 2000; ++index) {
    Records(7, uint64_t{index} * kEntries, 0, std::vector<std::string>(60, "b")).AddTo(*log);
    full = log->Sync();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_TRUE(absl::IsResourceExhausted(log->Sync()));
  disk.set_capacity(uint64_t{1} << 30);
  EXPECT_EQ(log->Sync(), absl::OkStatus());
  disk.LosePower();
  log.reset();
  disk.Start();
  EXPECT_THAT(Read(disk)->records, SizeIs(1 + (index - 1) * 60));
}

// A record of more than a group has, so that what is added next is in another one.
void AddLarge(WriteAheadLog& log, uint64_t index) {
  constexpr int kLargest = SegmentGeometry::ClassOf(SegmentGeometry::kSizes, 0);
  constexpr SegmentGeometry kGeometry = SegmentGeometry::Of(kLargest);
  constexpr uint32_t kBytes = WriteAheadLog::kGroupBytes;
  const uint64_t entry =
      RecordEntry{.offset_units = 0, .data_bytes = kBytes, .key_bytes = 0}.Encode();
  LogExtent extent;
  extent.segment = {.log_uid = 7, .base_index = index, .size_class = kLargest};
  extent.entries = {&entry, 1};
  extent.unit_count = kGeometry.UnitsFor(kRecordHeaderBytes + kBytes);
  std::memset(log.Add(extent), 'x', kBytes);
}

TEST(WriteAheadLogTest, ALargeGroupInAFileOfItsOwnIsSyncedToo) {
  for (int seed = 0; seed < 2; ++seed) {
    SimulatedDisk disk(testing::SeedOr(1) + seed);
    auto log = Open(disk);
    AddLarge(*log, 0);
    AddLarge(*log, 1);
    ASSERT_EQ(log->Sync(), absl::OkStatus());
    ASSERT_THAT(log->files(), SizeIs(2));
    disk.LosePower();
    log.reset();
    disk.Start();
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_THAT(found->records, SizeIs(2));
  }
}

TEST(WriteAheadLogTest, AWholeGroupBehindOneThatIsNotDoesNotMakeItDamage) {
  SimulatedDisk disk(testing::SeedOr(1));
  auto log = Open(disk, "d", /*file_bytes=*/uint64_t{16} << 20);
  ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
  for (uint64_t index = 1; index < 4; ++index) AddLarge(*log, index);
  // Two groups are written, and not synced.
  log.reset();
  const uint64_t second = kFileHeaderBytes + kGroupOfOneBytes;
  ASSERT_THAT(Read(disk)->records, SizeIs(3));
  ASSERT_EQ((*disk.Open(kFirst, FileSystem::Mode::kReadWrite))->Write(second + 500, "torn"),
            absl::OkStatus());
  const auto found = Read(disk);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->records, ElementsAre("7/0 a"));
  EXPECT_THAT(found->contents.damage, IsEmpty());
  EXPECT_GT(found->contents.cut_bytes, 2 * WriteAheadLog::kGroupBytes);
}

TEST(WriteAheadLogTest, AnotherVersionIsRefusedAndNothingIsChanged) {
  SimulatedDisk disk(testing::SeedOr(1));
  ASSERT_EQ(disk.CreateDirectory("d"), absl::OkStatus());
  std::string bytes = EncodeFileHeader(
      {.magic = WriteAheadLog::kMagic, .version = WriteAheadLog::kFormatVersion + 1});
  bytes += "what nobody here knows";
  ASSERT_EQ((*disk.Open(kFirst, FileSystem::Mode::kCreate))->Write(0, bytes), absl::OkStatus());
  const absl::Status refused = Read(disk).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("version"));
  EXPECT_EQ(Contents(disk, kFirst), bytes);
}

TEST(WriteAheadLogTest, OtherFilesOfTheDirectoryAreLeftAlone) {
  SimulatedDisk disk(testing::SeedOr(1));
  ASSERT_EQ(disk.CreateDirectory("d"), absl::OkStatus());
  const std::vector<std::string> names = {"wal-", "wal-000000000000000g", "wal-0000000000000000",
                                          "wal-00000000000000011", "walk"};
  for (const std::string& name : names) {
    ASSERT_TRUE(disk.Open("d/" + name, FileSystem::Mode::kCreate).ok());
  }
  auto log = Open(disk);
  ASSERT_EQ(Put(*log, 0, "a"), absl::OkStatus());
  EXPECT_THAT(disk.List("d").value(), SizeIs(names.size() + 1));
  EXPECT_THAT(Read(disk)->records, SizeIs(1));
}

TEST(WriteAheadLogTest, AnyCallThatFailsLosesNothingThatWasSynced) {
  uint64_t calls = 1;
  for (uint64_t call = 0; call < calls; ++call) {
    SimulatedDisk disk(testing::SeedOr(1) + call);
    testing::FaultyFileSystem files(disk);
    auto log = Open(files, "d", /*file_bytes=*/512);
    files.Fail({.skip = call, .status = absl::InternalError("call")});
    const uint64_t before = files.calls();
    size_t synced = 0;
    for (uint32_t i = 0; i < 8; ++i) {
      if (Put(*log, i, "a").ok()) synced = i + 1;
    }
    if (call == 0) calls = files.calls() - before + 30;
    disk.LosePower();
    log.reset();
    disk.Start();
    const auto found = Read(disk);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_GE(found->records.size(), synced) << call;
    EXPECT_THAT(found->contents.damage, IsEmpty()) << call;
  }
}

// --- What is made of it

TEST(IndexSet, KnowsWhatIsMissingBetween) {
  IndexSet set;
  EXPECT_EQ(set.end(), 0U);
  EXPECT_THAT(set.Holes(), IsEmpty());
  set.Add(5, 5);
  EXPECT_EQ(set.end(), 0U);
  set.Add(10, 12);
  set.Add(14, 15);
  EXPECT_EQ(set.end(), 15U);
  EXPECT_THAT(set.Holes(), ElementsAre(12, 13));
  set.Add(12, 13);
  EXPECT_THAT(set.Holes(), ElementsAre(13));
  set.Add(8, 20);
  EXPECT_THAT(set.Holes(), IsEmpty());
  EXPECT_EQ(set.end(), 20U);
  set.Add(4, 6);
  EXPECT_THAT(set.Holes(), ElementsAre(6, 7));
}

class RebuildTest : public ::testing::Test {
 protected:
  absl::Status RebuildWith(uint64_t budget_bytes, uint64_t wanted) {
    const auto plan = PlanOf(disk_, "d", {wanted});
    return plan.ok() ? RebuildBlocks(disk_, "d", budget_bytes, *plan) : plan.status();
  }
  void Rebuild() {
    ASSERT_EQ(log_->Sync(), absl::OkStatus());
    log_.reset();
    ASSERT_EQ(RebuildWith(uint64_t{1} << 20, 7), absl::OkStatus());
    auto opened = BlockHeaders::Open(disk_, "d", FileSystem::Mode::kReadOnly);
    ASSERT_TRUE(opened.ok()) << opened.status();
    blocks_ = *std::move(opened);
    auto found = blocks_.Read([](std::string_view file, uint64_t at, const std::string& what) {
      ADD_FAILURE() << file << " " << at << " " << what;
    });
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_LE(found->size(), 1U) << "nobody has asked for others";
    segments_ = (*found)[7];
    std::sort(segments_.begin(), segments_.end(), [](const FoundBlock& a, const FoundBlock& b) {
      return a.stored.number < b.stored.number;
    });
  }
  std::vector<uint64_t> Bases() const {
    std::vector<uint64_t> bases;
    for (size_t i = 0; i < segments_.size(); ++i) {
      EXPECT_EQ(segments_[i].stored.number, i);
      bases.push_back(segments_[i].stored.base_index);
    }
    return bases;
  }
  // Of entries that are not 0.
  std::vector<size_t> Slots(size_t segment) {
    std::vector<size_t> slots;
    const auto entries = blocks_.ReadEntries(segments_[segment]);
    for (size_t i = 0; i < entries->size(); ++i) {
      if ((*entries)[i] != 0) slots.push_back(i);
    }
    return slots;
  }

  SimulatedDisk disk_{testing::SeedOr(1)};
  std::unique_ptr<WriteAheadLog> log_ = Open(disk_);
  BlockHeaders blocks_;
  std::vector<FoundBlock> segments_;
};

TEST_F(RebuildTest, ASegmentOfWhichSomethingIsMissingHasHoles) {
  Records(7, 0, 0, {"a", "b"}).AddTo(*log_);
  Records(7, 0, 5, {"c"}).AddTo(*log_);
  Records(9, 0, 0, {"another log"}).AddTo(*log_);
  Rebuild();
  EXPECT_THAT(Bases(), ElementsAre(0));
  EXPECT_THAT(Slots(0), ElementsAre(0, 1, 5));
  const uint64_t record = *segments_[0].block + kEntries * 8 + 5 * 16 + 8;
  EXPECT_EQ(blocks_.blocks()->Read(record, 1).value(), "c");
  EXPECT_EQ(segments_[0].stored.base_ms, 1000);
  EXPECT_EQ(segments_[0].stored.shard_created_s, 1U);
}

TEST_F(RebuildTest, SegmentsThatAreMissingBetweenOthersAreThereWithoutARecord) {
  Records(7, 200, 0, {"b"}).AddTo(*log_);
  Records(7, 0, 0, {"a"}).AddTo(*log_);
  Rebuild();
  EXPECT_THAT(Bases(), ElementsAre(0, 64, 128, 192, 200));
  EXPECT_THAT(Slots(2), IsEmpty());
  EXPECT_THAT(Slots(4), ElementsAre(0));
  const auto chosen = blocks_.Choose(segments_);
  ASSERT_TRUE(chosen.ok());
  EXPECT_THAT(chosen->kept, SizeIs(5));
}

TEST_F(RebuildTest, WhatWasTrimmedIsLeftOutAsFarAsItFillsSegments) {
  Records(7, 0, 0, {"a"}).AddTo(*log_);
  Records(7, 64, 0, {"b", "c"}).AddTo(*log_);
  Records(7, 128, 0, {"d"}, /*trim_index=*/65).AddTo(*log_);
  Rebuild();
  EXPECT_THAT(Bases(), ElementsAre(64, 128));
  EXPECT_EQ(segments_[0].stored.trim_index, 65U);
}

TEST_F(RebuildTest, OneSegmentStaysIfAllWasTrimmed) {
  Records(7, 0, 0, {"a"}).AddTo(*log_);
  Records(7, 64, 0, {"b"}, /*trim_index=*/65).AddTo(*log_);
  Rebuild();
  EXPECT_THAT(Bases(), ElementsAre(64));
}

TEST_F(RebuildTest, AFullDiskIsTold) {
  Records(7, 0, 0, {"a"}).AddTo(*log_);
  ASSERT_EQ(log_->Sync(), absl::OkStatus());
  disk_.set_capacity(disk_.space_bytes());
  const absl::Status status = RebuildWith(uint64_t{64} << 10, 7);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("disk_budget_bytes"));
}

TEST_F(RebuildTest, OtherLogsStayWhereTheyAre) {
  Records(7, 0, 0, {"a"}).AddTo(*log_);
  Records(9, 0, 0, {"b"}).AddTo(*log_);
  ASSERT_EQ(log_->Sync(), absl::OkStatus());
  ASSERT_EQ(RebuildWith(uint64_t{1} << 20, 9), absl::OkStatus());
  uint64_t damaged = 0;
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(RebuildLogs(disk_, "d", uint64_t{1} << 20, {7}, &damaged), absl::OkStatus());
  }
  EXPECT_EQ(damaged, 0U);
  auto blocks = BlockHeaders::Open(disk_, "d", FileSystem::Mode::kReadOnly);
  const auto found = blocks->Read(nullptr);
  ASSERT_THAT(*found, SizeIs(2));
  EXPECT_THAT(found->at(7), SizeIs(1));
  EXPECT_THAT(found->at(9), SizeIs(1));
}

}  // namespace
}  // namespace kinesis::internal
