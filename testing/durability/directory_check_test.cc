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
#include "absl/time/time.h"
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
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/internal/sanitizers.h"
#include "kinesis_core/testing/internal/temporary_directory.h"
#include "kinesis_core/testing/simulated_disk.h"
#include "kinesis_core/testing/test_seed.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::testing {
namespace {

using internal::BlockFiles;
using internal::SegmentGeometry;
using ::testing::Contains;
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

// What recovery has found is what the checker said is there.
void ExpectTheSameIsThere(const RecoveryReport& report, const DirectoryReport& checked) {
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
}

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
    ExpectTheSameIsThere(report, checked);
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
  options.durability = Durability::kInterval;
  Stream copied = engine->CreateStream("copied", options).value();
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
  std::thread syncer([&] {
    while (!stop) {
      Fill(copied, 20, 1000);
      ASSERT_EQ(copied.Sync(), absl::OkStatus());
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
  syncer.join();
}

// --- Streams that survive a loss of power --------------------------------------------------------

class CopiesCheckTest : public ::testing::Test {
 protected:
  void Create(RecoveryReport* report = nullptr) {
    auto engine = Engine::Create(options_, report);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }
  // The operating system ends without a warning, and starts again.
  void LosePower() {
    disk_.LosePower();
    engine_.reset();
    disk_.Start();
  }
  // It ends in order.
  void Restart() {
    engine_.reset();
    LosePower();
  }
  Stream Make(const std::string& name, Durability durability, int64_t shards = 1) {
    return engine_->CreateStream(name, {.shard_count = shards, .durability = durability}).value();
  }
  static void Fill(Stream stream, int records, size_t bytes = 100) {
    std::vector<std::string> data;
    for (int i = 0; i < records; ++i) data.push_back(std::to_string(i) + std::string(bytes, 'd'));
    for (const std::string& each : data) {
      ASSERT_TRUE(stream.Put({.partition_key = each, .data = each}).ok());
    }
  }
  // One stream in several segments, and no engine that has it; all its records are on the disk.
  void Leave(int records = 300) {
    Create();
    Stream stream = Make("s", Durability::kInterval);
    Fill(stream, records);
    ASSERT_EQ(stream.Sync(), absl::OkStatus());
    written_ = ReadAll();
    ASSERT_THAT(written_, SizeIs(records));
  }
  std::vector<std::string> ReadAll() { return ReadData(engine_->OpenStream("s").value()); }

  DirectoryReport Check() {
    auto checked = CheckDirectory(disk_, "engine");
    EXPECT_TRUE(checked.ok()) << checked.status();
    return checked.ok() ? *std::move(checked) : DirectoryReport();
  }

  // Creates the engine, which finds what the checker has said.
  void ExpectRecoveryAgrees(const DirectoryReport& checked) {
    RecoveryReport report;
    Create(&report);
    if (HasFatalFailure()) return;
    EXPECT_EQ(report.damaged_records + report.damaged_blocks + report.wal_damage.size() +
                  report.repaired_count,
              checked.damage_count);
    for (const auto* const found : {&report.wal_damage, &report.repaired}) {
      for (const DirectoryDamage& damage : *found) EXPECT_THAT(checked.damage, Contains(damage));
    }
    EXPECT_EQ(report.wal_bytes_cut, checked.wal_bytes_cut);
    EXPECT_EQ(report.wal_cut_reason, checked.wal_cut_reason);
    EXPECT_EQ(report.power_was_lost, checked.power_was_lost);
    EXPECT_EQ(report.emptied_streams, checked.emptied_streams);
    ExpectTheSameIsThere(report, checked);
  }

  uint64_t SizeOf(const std::string& name) {
    return disk_.ReadPlatter("engine/" + name).value().size();
  }
  std::vector<std::string> WalFiles() {
    std::vector<std::string> names;
    const auto all = disk_.List("engine");
    for (const std::string& name : *all) {
      if (name.starts_with("wal-")) names.push_back(name);
    }
    return names;
  }
  void Flip(const std::string& name, uint64_t at, int bit) {
    ASSERT_EQ(disk_.FlipBit("engine/" + name, at, bit), absl::OkStatus());
  }
  // The places of the stream's headers that have a block, by number.
  std::vector<uint64_t> Headers() {
    std::map<uint64_t, uint64_t> places;
    const std::string bytes = disk_.ReadPlatter("engine/headers").value();
    for (uint64_t at = 0; at + BlockFiles::kHeaderBytes <= bytes.size();
         at += BlockFiles::kHeaderBytes) {
      uint64_t words[8];
      std::memcpy(words, bytes.data() + at, sizeof words);
      if (words[0] != 0) places[words[4]] = at;
    }
    std::vector<uint64_t> in_order;
    for (const auto& [number, place] : places) in_order.push_back(place);
    return in_order;
  }

  SimulatedDisk disk_{SeedOr(1)};
  EngineOptions options_{.directory = "engine",
                         .disk_budget_bytes = uint64_t{1} << 20,
                         .sync_interval = absl::Hours(1),
                         .file_system = &disk_};
  std::unique_ptr<Engine> engine_;
  std::vector<std::string> written_;
};

TEST_F(CopiesCheckTest, WhatWasClosedInOrderIsAsItsCopies) {
  Create();
  Fill(Make("s", Durability::kGroup, 2), 100);
  Fill(Make("log", Durability::kProcess), 50);
  engine_.reset();
  const uint64_t calls = disk_.calls();
  const std::string before = disk_.ReadPlatter("engine/" + WalFiles()[0]).value();
  const DirectoryReport checked = Check();
  EXPECT_GT(disk_.calls(), calls);
  EXPECT_EQ(disk_.ReadPlatter("engine/" + WalFiles()[0]).value(), before);
  EXPECT_FALSE(checked.power_was_lost);
  EXPECT_THAT(checked.damage, IsEmpty());
  EXPECT_EQ(checked.wal_files, WalFiles().size());
  EXPECT_EQ(checked.wal_groups, 100U);
  EXPECT_GT(checked.wal_bytes, 100U * 100);
  EXPECT_EQ(checked.wal_bytes_cut, 0U);
  ExpectRecoveryAgrees(checked);
  Restart();
  ExpectRecoveryAgrees(Check());
}

TEST_F(CopiesCheckTest, AfterALossOfPowerTheCopiesAreCountedAndNotTheBlocks) {
  Create();
  Stream stream = Make("s", Durability::kInterval, 2);
  Fill(stream, 100);
  stream.SplitShard(ShardId(0)).value();
  Fill(stream, 100);
  ASSERT_EQ(stream.Sync(), absl::OkStatus());
  Fill(Make("log", Durability::kProcess), 50);
  Fill(stream, 30);
  LosePower();
  const DirectoryReport checked = Check();
  EXPECT_TRUE(checked.power_was_lost);
  EXPECT_THAT(checked.emptied_streams, ElementsAre("log"));
  EXPECT_THAT(checked.damage, IsEmpty());
  uint64_t records = 0;
  for (const CheckedShard& shard : checked.shards) records += shard.records;
  EXPECT_EQ(records, 200U);
  ExpectRecoveryAgrees(checked);
}

TEST_F(CopiesCheckTest, OfAnyLossOfPowerTheCheckerSaysWhatRecoveryFinds) {
  for (uint64_t seed = 0; seed < FewerIfSanitized(30); ++seed) {
    SimulatedDisk disk(SeedOr(1) + 1000 + seed);
    options_.file_system = &disk;
    auto engine = Engine::Create(options_).value();
    StreamOptions of_stream;
    of_stream.durability = seed % 2 == 0 ? Durability::kGroup : Durability::kInterval;
    of_stream.shard_count = 2;
    of_stream.shard_capacity_bytes = uint64_t{64} << 10;
    of_stream.overflow_policy = OverflowPolicy::kTrimOldest;
    Stream stream = engine->CreateStream("s", of_stream).value();
    std::optional<Reservation> held = stream.Reserve("key", 100).value();
    disk.LosePowerWithin(seed * 20);
    for (int i = 0; i < 400 && disk.is_running(); ++i) {
      const std::string data(static_cast<size_t>(i * 37 % 700), 'x');
      stream.Put({.partition_key = std::to_string(i), .data = data}).IgnoreError();
      const Record batch[] = {{.partition_key = "a", .data = "1"},
                              {.partition_key = "a", .data = "2"}};
      static_cast<void>(stream.PutMany(batch));
      if (i % 7 == 0) stream.Sync().IgnoreError();
    }
    if (disk.is_running()) disk.LosePower();
    held.reset();
    { const Stream gone = std::move(stream); }
    engine.reset();
    disk.Start();
    const auto checked = CheckDirectory(disk, "engine");
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_THAT(checked->damage, IsEmpty());
    ExpectRecoveryAgrees(*checked);
    ASSERT_FALSE(HasFailure()) << seed;
    engine_.reset();
  }
}

TEST_F(CopiesCheckTest, AFlippedBitOfTheWriteAheadLogIsToldAndRecoverySaysTheSame) {
  Leave(60);
  LosePower();
  uint64_t state = SeedOr(1);
  for (int i = 0; i < 20; ++i) {
    const std::string name = WalFiles().back();
    state = state * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    const std::string bytes = disk_.ReadPlatter("engine/" + name).value();
    const uint64_t used = bytes.find_last_not_of('\0') + 1;
    const uint64_t at = (state >> 33) % used;
    const int bit = static_cast<int>(state >> 29 & 7);
    const std::vector<DirectoryDamage> before = Check().damage;
    Flip(name, at, bit);
    const DirectoryReport checked = Check();
    std::vector<DirectoryDamage> is_new = checked.damage;
    std::erase_if(is_new, [&before](const DirectoryDamage& damage) {
      return std::find(before.begin(), before.end(), damage) != before.end();
    });
    // No group says of the last one that it was on the disk.
    if (is_new.empty()) {
      EXPECT_GT(checked.wal_bytes_cut, 0U) << at;
      EXPECT_THAT(checked.wal_cut_reason, HasSubstr(name));
    } else {
      ASSERT_THAT(is_new, SizeIs(1));
      EXPECT_EQ(is_new[0].file, name);
      EXPECT_LE(is_new[0].at.value(), at);
    }
    ExpectRecoveryAgrees(checked);
    ASSERT_FALSE(HasFailure()) << i << ": byte " << at;
    // What is read was written.
    for (const std::string& data : ReadAll()) EXPECT_THAT(written_, Contains(data));
    // Something new, so that there is a group again.
    Stream stream = engine_->OpenStream("s").value();
    for (int more = 0; more < 3; ++more) {
      written_.push_back(std::to_string(i) + " more " + std::to_string(more));
      ASSERT_TRUE(stream.Put({.data = written_.back()}).ok());
      ASSERT_EQ(stream.Sync(), absl::OkStatus());
    }
    { const Stream gone = std::move(stream); }
    LosePower();
  }
}

TEST_F(CopiesCheckTest, AFlippedBitOfABlockIsToldAndRepairedWhenTheSystemStartsAgain) {
  Leave();
  engine_.reset();
  const std::string blocks = disk_.ReadPlatter("engine/blocks").value();
  const uint64_t data = blocks.find(written_[150]);
  ASSERT_NE(data, std::string::npos);
  Flip("blocks", data + 50, 3);
  Flip("blocks", blocks.find(written_[7]), 0);
  DirectoryReport checked = Check();
  ASSERT_THAT(checked.damage, SizeIs(2));
  EXPECT_EQ(checked.damage[1].file, "blocks");
  EXPECT_EQ(checked.damage[1].at, data + 50);
  EXPECT_THAT(checked.damage[1].what,
              HasSubstr("record 150 of shardId-000000000000 of stream \"s\" is not as its copy in "
                        "wal-0000000000000002 has it"));
  LosePower();
  checked = Check();
  EXPECT_THAT(checked.damage, SizeIs(2));
  ExpectRecoveryAgrees(checked);
  EXPECT_EQ(ReadAll(), written_);
  engine_.reset();
  EXPECT_THAT(Check().damage, IsEmpty());
  // And on the disk.
  LosePower();
  EXPECT_THAT(Check().damage, IsEmpty());
  ExpectRecoveryAgrees(Check());
}

TEST_F(CopiesCheckTest, AnyFlippedBitOfAnEntryOrARecordIsToldOnceAndNeverReturned) {
  Leave();
  Restart();
  const std::vector<uint64_t> headers = Headers();
  ASSERT_GE(headers.size(), 3U);
  uint64_t state = SeedOr(1);
  for (uint64_t i = 0; i < FewerIfSanitized(60); ++i) {
    state = state * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    const uint64_t block = headers[0] / BlockFiles::kHeaderBytes * BlockFiles::kSmallestBytes;
    // Entries in every other round.
    const uint64_t at = block + (state >> 33) % (i % 2 == 0 ? 16 * 8 : 3500);
    Flip("blocks", at, static_cast<int>(state >> 29 & 7));
    const DirectoryReport checked = Check();
    // There are bytes between records that mean nothing.
    EXPECT_LE(checked.damage_count, 1U);
    if (i % 2 == 0) {
      ASSERT_EQ(checked.damage_count, 1U) << at - block;
      EXPECT_EQ(checked.damage[0].at, at);
    }
    ExpectRecoveryAgrees(checked);
    EXPECT_EQ(ReadAll(), written_);
    Restart();
    ASSERT_FALSE(HasFailure()) << i << ": byte " << at - block;
  }
}

TEST_F(CopiesCheckTest, AHeaderThatIsDamagedTakesNothingWithIt) {
  Leave();
  Restart();
  // All bits but those of the trim index, of which there is no copy.
  for (size_t segment = 0; segment < 3; ++segment) {
    for (uint64_t bit = segment; bit < 56 * 8; bit += kIsSanitized ? 101 : 29) {
      const std::vector<uint64_t> headers = Headers();
      const uint64_t at = (segment == 2 ? headers.back() : headers[segment]) + bit / 8;
      Flip("headers", at, static_cast<int>(bit % 8));
      const DirectoryReport checked = Check();
      RecoveryReport report;
      Create(&report);
      ASSERT_NE(engine_, nullptr);
      EXPECT_EQ(ReadAll(), written_) << "segment " << segment << ", bit " << bit;
      EXPECT_EQ(report.repaired_count + report.damaged_blocks > 0, checked.damage_count > 0) << bit;
      Restart();
      ASSERT_FALSE(HasFailure()) << "segment " << segment << ", bit " << bit;
    }
  }
}

TEST_F(CopiesCheckTest, OneStartOfTheSystemIsCheckedOnce) {
  Leave();
  Restart();
  const uint64_t from = disk_.calls();
  Create();
  const uint64_t first = disk_.calls() - from;
  engine_.reset();
  const uint64_t again_from = disk_.calls();
  Create();
  EXPECT_LT(disk_.calls() - again_from, first);
}

TEST_F(CopiesCheckTest, APowerLossWithinTheRepairsIsRepairedToo) {
  for (uint64_t call = 0; call < 60; call += kIsSanitized ? 4 : 1) {
    SimulatedDisk disk(SeedOr(1) + call);
    options_.file_system = &disk;
    auto engine = Engine::Create(options_).value();
    Stream stream = engine->CreateStream("s", {.durability = Durability::kGroup}).value();
    std::vector<std::string> written;
    for (int i = 0; i < 20; ++i) {
      written.push_back(std::to_string(i) + std::string(200, 'd'));
      ASSERT_TRUE(stream.Put({.data = written.back()}).ok());
    }
    { const Stream gone = std::move(stream); }
    engine.reset();
    disk.LosePower();
    const std::string blocks = disk.ReadPlatter("engine/blocks").value();
    for (const std::string& data : written) {
      ASSERT_EQ(disk.FlipBit("engine/blocks", blocks.find(data) + 9, 1), absl::OkStatus());
    }
    disk.Start();
    disk.LosePowerWithin(call);
    Engine::Create(options_).IgnoreError();
    if (disk.is_running()) disk.LosePower();
    disk.Start();
    Create();
    EXPECT_EQ(ReadAll(), written) << call;
    engine_.reset();
  }
}

}  // namespace
}  // namespace kinesis::testing
