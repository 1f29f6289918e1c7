// What the checker says of a directory, held against what recovery does with the same files: of one
// that an engine left, of one whose files somebody has changed, and of one that is in use.
#include "kinesis_core/directory_check.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/files/block_files.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/internal/temporary_directory.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::testing {
namespace {

using internal::BlockFiles;
using internal::SegmentGeometry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// A header as it stands in the file.
struct Place {
  uint64_t header = 0;
  uint64_t block = 0;
  int size_class = 0;
  uint64_t log = 0;
  uint64_t number = 0;
};

class DirectoryCheckTest : public ::testing::Test {
 protected:
  static EngineOptions Options(const std::string& directory) {
    EngineOptions options;
    options.directory = directory;
    options.disk_budget_bytes = uint64_t{64} << 20;
    return options;
  }

  std::unique_ptr<Engine> Open(RecoveryReport* report = nullptr) const {
    return Engine::Create(Options(path_), report).value();
  }
  static Stream Make(Engine& engine, const std::string& name, int64_t shards = 1) {
    return engine.CreateStream(name, {.shard_count = shards, .durability = Durability::kProcess})
        .value();
  }
  static void Fill(Stream stream, int records, size_t bytes = 100) {
    for (int i = 0; i < records; ++i) {
      stream.Put({.partition_key = std::to_string(i), .data = std::string(bytes, 'd')}).value();
    }
  }
  // One shard with several segments, and no engine that has it.
  void LeaveSegments(int records = 500) const {
    auto engine = Open();
    Fill(Make(*engine, "s"), records);
  }

  DirectoryReport Check() const { return CheckDirectory(FileSystem::Posix(), path_).value(); }

  std::vector<Place> Places() const {
    const std::string bytes = Contents(path_ + "/headers");
    std::vector<Place> places;
    for (uint64_t at = 0; at + BlockFiles::kHeaderBytes <= bytes.size();
         at += BlockFiles::kHeaderBytes) {
      uint64_t words[8];
      std::memcpy(words, bytes.data() + at, sizeof words);
      if (words[0] == 0) continue;
      places.push_back({at, at / BlockFiles::kHeaderBytes * BlockFiles::kSmallestBytes,
                        static_cast<int>(words[0] & 0xff), words[1], words[4]});
    }
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return a.number < b.number; });
    return places;
  }

  void Write(const std::string& name, uint64_t at, std::string_view bytes) const {
    auto file = FileSystem::Posix().Open(path_ + "/" + name, FileSystem::Mode::kReadWrite);
    ASSERT_EQ((*file)->Write(at, bytes), absl::OkStatus());
  }
  void WriteWord(const std::string& name, uint64_t at, uint64_t word) const {
    char bytes[sizeof word];
    std::memcpy(bytes, &word, sizeof word);
    Write(name, at, {bytes, sizeof bytes});
  }

  // What the checker has found as damage is what recovery reports, or refuses.
  void ExpectRecoveryAgrees(const DirectoryReport& checked) const {
    RecoveryReport report;
    const auto engine = Engine::Create(Options(path_), &report);
    ASSERT_TRUE(engine.ok()) << engine.status();
    EXPECT_EQ(report.damaged_records + report.damaged_blocks, checked.damage_count);
    uint64_t records = 0;
    uint64_t bytes = 0;
    uint64_t holes = 0;
    for (const CheckedShard& shard : checked.shards) {
      records += shard.records;
      bytes += shard.bytes;
      holes += shard.holes;
    }
    EXPECT_EQ(report.records, records);
    EXPECT_EQ(report.bytes, bytes);
    EXPECT_EQ(report.holes, holes);
    EXPECT_EQ(report.shards, checked.shards.size());
    EXPECT_EQ(report.streams, checked.streams.size());
    // Recovery has cleared it.
    EXPECT_THAT(Check().damage, IsEmpty());
  }

  const TemporaryDirectory temporary_;
  const std::string path_ = temporary_ / "engine";
};

TEST_F(DirectoryCheckTest, WhatAnEngineLeftIsCountedAsRecoveryCountsItAndNothingChanges) {
  {
    auto engine = Open();
    Stream orders = Make(*engine, "orders", 2);
    Fill(orders, 1000);
    orders.SplitShard(ShardId(0)).value();
    Fill(orders, 500, 3000);
    Stream trimmed = Make(*engine, "trimmed");
    std::vector<PutResult> puts;
    for (int i = 0; i < 300; ++i) puts.push_back(trimmed.Put({.data = "tea"}).value());
    ASSERT_TRUE(trimmed.ListShards()[0].TrimBefore(puts[200].sequence_number).ok());
    engine->CreateStream("memory").value().Put({.data = "tea"}).value();
  }
  std::map<std::string, std::string> before;
  for (const auto& file : std::filesystem::directory_iterator(path_)) {
    before[file.path()] = Contents(file.path());
  }
  const DirectoryReport checked = Check();
  std::map<std::string, std::string> after;
  for (const auto& file : std::filesystem::directory_iterator(path_)) {
    after[file.path()] = Contents(file.path());
  }
  EXPECT_TRUE(before == after) << "the checker has changed a file";
  EXPECT_THAT(checked.damage, IsEmpty());
  EXPECT_THAT(checked.streams, ElementsAre("orders", "trimmed"));
  ASSERT_THAT(checked.shards, SizeIs(5));
  EXPECT_FALSE(checked.shards[0].is_open);
  EXPECT_TRUE(checked.shards[3].is_open);
  EXPECT_EQ(checked.shards[4].first_index, 200U);
  EXPECT_EQ(checked.shards[4].end_index, 300U);
  ExpectRecoveryAgrees(checked);
}

TEST_F(DirectoryCheckTest, AHoleIsNoDamage) {
  LeaveSegments();
  const Place place = Places()[1];
  WriteWord("blocks", place.block + 3 * sizeof(uint64_t), 0);
  const DirectoryReport checked = Check();
  EXPECT_THAT(checked.damage, IsEmpty());
  EXPECT_EQ(checked.shards.at(0).holes, 1U);
  EXPECT_EQ(checked.shards.at(0).records, 499U);
  ExpectRecoveryAgrees(checked);
}

TEST_F(DirectoryCheckTest, AnEntryThatNoProducerWritesIsDamageWithItsPlace) {
  LeaveSegments();
  const Place place = Places()[1];
  const internal::RecordEntry too_long = {
      .offset_units = 1, .data_bytes = 1U << 23, .key_bytes = 0};
  WriteWord("blocks", place.block + 3 * sizeof(uint64_t), too_long.Encode());
  WriteWord("blocks", place.block + 5 * sizeof(uint64_t), 12345);
  const DirectoryReport checked = Check();
  ASSERT_THAT(checked.damage, SizeIs(2));
  EXPECT_EQ(checked.damage[0].file, "blocks");
  EXPECT_EQ(checked.damage[0].at, place.block + 24);
  EXPECT_THAT(checked.damage[0].what,
              HasSubstr("entry 3 of segment " + std::to_string(place.number) +
                        " of shardId-000000000000 of stream \"s\""));
  EXPECT_EQ(checked.damage[1].at, place.block + 40);
  ExpectRecoveryAgrees(checked);
}

TEST_F(DirectoryCheckTest, AnEntryBehindTheEndOfItsSegmentIsDamage) {
  LeaveSegments(80);
  const Place place = Places()[0];
  // Records of 100 bytes fill a block before its entries.
  const uint64_t last = SegmentGeometry::Of(place.size_class).entries - 1;
  const uint64_t at = place.block + last * sizeof(uint64_t);
  uint64_t word = 0;
  std::memcpy(&word, Contents(path_ + "/blocks").data() + at, sizeof word);
  ASSERT_EQ(word, 0U);
  WriteWord("blocks", at, 1);
  const DirectoryReport checked = Check();
  ASSERT_THAT(checked.damage, SizeIs(1));
  EXPECT_EQ(checked.damage[0].at, at);
  ExpectRecoveryAgrees(checked);
}

TEST_F(DirectoryCheckTest, AHeaderThatCannotBeIsDamage) {
  LeaveSegments();
  const uint64_t magic = internal::SegmentHeader<internal::StdAtomics>::kMagic;
  // Free places: of no size class, of no log, within a block, and of no magic number.
  const std::vector<Place> places = Places();
  uint64_t end = 0;
  for (const Place& place : places) {
    end = std::max(end, place.block + SegmentGeometry::Of(place.size_class).block_bytes);
  }
  const uint64_t free = (end + (1 << 20)) / BlockFiles::kSmallestBytes * BlockFiles::kHeaderBytes;
  WriteWord("headers", free, magic | 200);
  WriteWord("headers", free + 64, magic | 1);
  WriteWord("headers", free + 192, 7);
  const Place& large = places.back();
  ASSERT_GT(SegmentGeometry::Of(large.size_class).block_bytes, BlockFiles::kSmallestBytes);
  WriteWord("headers", large.header + 64, magic | 1);
  WriteWord("headers", large.header + 64 + 8, large.log);
  const DirectoryReport checked = Check();
  ASSERT_THAT(checked.damage, SizeIs(4));
  EXPECT_EQ(checked.damage[0].file, "headers");
  EXPECT_EQ(checked.damage[0].at, large.header + 64);
  EXPECT_EQ(checked.damage[1].at, free);
  EXPECT_EQ(checked.damage[2].at, free + 64);
  EXPECT_EQ(checked.damage[3].at, free + 192);
}

TEST_F(DirectoryCheckTest, RecordsBeforeAGapAreDamage) {
  LeaveSegments();
  const std::vector<Place> places = Places();
  ASSERT_GE(places.size(), 3U);
  WriteWord("headers", places[1].header, 0);
  const DirectoryReport checked = Check();
  ASSERT_THAT(checked.damage, SizeIs(1));
  EXPECT_EQ(checked.damage[0].at, places[0].header);
  EXPECT_THAT(checked.damage[0].what, HasSubstr("segment " + std::to_string(places[0].number) +
                                                " of shardId-000000000000"));
  EXPECT_EQ(checked.spare_blocks, 1U);
  ExpectRecoveryAgrees(checked);
}

TEST_F(DirectoryCheckTest, AnOpenShardWithoutASegmentIsDamageAndRecoveryRefusesIt) {
  LeaveSegments();
  for (const Place& place : Places()) WriteWord("headers", place.header, 0);
  const std::string stubs = Contents(path_ + "/stubs");
  for (uint64_t at = 0; at < stubs.size(); at += 64) WriteWord("stubs", at, 0);
  EXPECT_THAT(Check().damage, ElementsAre(DirectoryDamage{
                                  "headers", std::nullopt,
                                  "nothing is there of shardId-000000000000 of stream \"s\""}));
  EXPECT_TRUE(absl::IsDataLoss(Engine::Create(Options(path_)).status()));
}

TEST_F(DirectoryCheckTest, ABlockBehindTheEndOfItsFileIsDamage) {
  LeaveSegments();
  auto file = FileSystem::Posix().Open(path_ + "/blocks", FileSystem::Mode::kReadWrite);
  ASSERT_TRUE((*file)->Truncate(0).ok());
  const DirectoryReport checked = Check();
  EXPECT_EQ(checked.damage_count, Places().size());
  EXPECT_EQ(checked.shards.at(0).records, 0U);
}

TEST_F(DirectoryCheckTest, ADamagedJournalIsToldWithItsPlace) {
  LeaveSegments();
  { Make(*Open(), "t"); }
  const std::string journal = Contents(path_ + "/journal");
  Write("journal", 90, "x");
  const DirectoryReport checked = Check();
  ASSERT_THAT(checked.damage, SizeIs(1));
  EXPECT_EQ(checked.damage[0].file, "journal");
  EXPECT_THAT(checked.damage[0].what, HasSubstr("at byte 64"));
  EXPECT_TRUE(absl::IsDataLoss(Engine::Create(Options(path_)).status()));
}

TEST_F(DirectoryCheckTest, AJournalThatEndsInARecordIsCutByRecoveryAndNoDamage) {
  LeaveSegments();
  const uint64_t size = Contents(path_ + "/journal").size();
  Write("journal", size, std::string_view("\3\0\0", 3));
  const DirectoryReport checked = Check();
  EXPECT_THAT(checked.damage, IsEmpty());
  EXPECT_EQ(checked.journal_bytes_cut, 3U);
  EXPECT_THAT(checked.journal_cut_reason, HasSubstr("within the head of a record"));
  ExpectRecoveryAgrees(checked);
}

TEST_F(DirectoryCheckTest, BlocksOfNobodyAreSpare) {
  LeaveSegments();
  const Place place = Places()[0];
  const uint64_t nobody = 1'000'000;
  for (const Place& each : Places()) WriteWord("headers", each.header + 8, nobody);
  const DirectoryReport checked = Check();
  EXPECT_EQ(checked.spare_blocks, Places().size());
  EXPECT_GE(checked.spare_bytes, SegmentGeometry::Of(place.size_class).block_bytes);
}

TEST_F(DirectoryCheckTest, ADirectoryWithoutAnEngineIsNotFoundAndOneOfAnotherProgramIsRefused) {
  EXPECT_TRUE(absl::IsNotFound(CheckDirectory(FileSystem::Posix(), path_).status()));
  std::filesystem::create_directory(path_);
  EXPECT_TRUE(absl::IsNotFound(CheckDirectory(FileSystem::Posix(), path_).status()));
  std::ofstream(path_ + "/journal") << std::string(100, 'x');
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckDirectory(FileSystem::Posix(), path_).status()));
}

TEST_F(DirectoryCheckTest, ItNeedsNothingOfTheDiskButToBeRead) {
  LeaveSegments();
  FaultyFileSystem files(FileSystem::Posix());
  for (const FileCall call :
       {FileCall::kLock, FileCall::kCreateDirectory, FileCall::kRename, FileCall::kRemove,
        FileCall::kSyncDirectory, FileCall::kWrite, FileCall::kAllocate, FileCall::kRelease,
        FileCall::kTruncate, FileCall::kMap, FileCall::kSync}) {
    files.Fail({.call = call, .times = FileFault::kAlways, .status = absl::InternalError("call")});
  }
  const auto checked = CheckDirectory(files, path_);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->shards.at(0).records, 500U);
}

TEST_F(DirectoryCheckTest, ADiskThatCannotReadIsTold) {
  LeaveSegments();
  FaultyFileSystem files(FileSystem::Posix());
  ASSERT_TRUE(CheckDirectory(files, path_).ok());
  const uint64_t calls = files.calls();
  for (uint64_t call = 0; call < calls; ++call) {
    files.Fail({.skip = call,
                .times = FileFault::kAlways,
                .status = absl::DataLossError("the disk cannot read")});
    const auto checked = CheckDirectory(files, path_);
    EXPECT_TRUE(!checked.ok() || checked->damage_count > 0) << call;
    files.FailNothing();
  }
}

TEST_F(DirectoryCheckTest, BesideAnEngineThatWorksNothingIsTakenForDamage) {
  auto engine = Open();
  StreamOptions options;
  options.shard_capacity_bytes = uint64_t{256} << 10;
  options.overflow_policy = OverflowPolicy::kTrimOldest;
  options.durability = Durability::kProcess;
  Stream stream = engine->CreateStream("s", options).value();
  std::atomic<bool> stop = false;
  std::thread producer([&] {
    while (!stop) Fill(stream, 100);
  });
  std::thread maker([&] {
    for (int i = 0; !stop; ++i) {
      Fill(Make(*engine, std::to_string(i), 2), 10);
      ASSERT_TRUE(engine->DeleteStream(std::to_string(i)).ok());
    }
  });
  const WaitingFor waiting("the checks");
  for (int i = 0; i < 20; ++i) {
    const auto checked = CheckDirectory(FileSystem::Posix(), path_);
    ASSERT_TRUE(checked.ok()) << checked.status();
    for (const DirectoryDamage& damage : checked->damage) ADD_FAILURE() << damage.what;
    if (HasFailure()) break;
  }
  stop = true;
  producer.join();
  maker.join();
}

}  // namespace
}  // namespace kinesis::testing
