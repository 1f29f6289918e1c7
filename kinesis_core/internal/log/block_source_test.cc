#include "kinesis_core/internal/log/block_source.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/testing/watchdog.h"

namespace kinesis::internal {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;
constexpr size_t kRegion = BlockSource::kHugePageBytes;

std::byte* RegionOf(std::byte* block) {
  return block - reinterpret_cast<uintptr_t>(block) % kRegion;
}

bool IsZero(const std::byte* block, size_t bytes) {
  return std::all_of(block, block + bytes, [](std::byte b) { return b == std::byte{0}; });
}

// Memory behind these addresses; -1 if they are not mapped.
int64_t ResidentBytesOf(std::byte* block, size_t bytes) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages(bytes / page);
  if (mincore(block, bytes, pages.data()) != 0) return -1;
  return std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return (p & 1) != 0; }) *
         static_cast<int64_t>(page);
}

// Of the process.
int64_t ResidentBytes() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

// A source past the point up to which it maps every block by itself.
class BlockSourceTest : public ::testing::Test {
 protected:
  BlockSourceTest() {
    for (uint64_t bytes = 0; bytes < BlockSource::kSmallBytes; bytes += kMiB) {
      first_.push_back(source_.Allocate(kMiB));
    }
  }
  ~BlockSourceTest() override {
    for (std::byte* block : first_) source_.Free(block, kMiB);
  }

  BlockSource source_;
  std::vector<std::byte*> first_;
};

TEST_F(BlockSourceTest, CutsSmallBlocksFromHugePagesOnceThereAreManyOfTheirSize) {
  for (const size_t bytes : {4 * kKiB, 16 * kKiB, 64 * kKiB}) {
    std::vector<std::byte*> few;
    for (size_t i = 0; i < BlockSource::kSmallBytesOfSize / bytes; ++i) {
      few.push_back(source_.Allocate(bytes));
    }
    std::vector<std::byte*> many;
    for (size_t i = 0; i < kRegion / bytes; ++i) {
      many.push_back(source_.Allocate(bytes));
      ASSERT_NE(many.back(), nullptr);
      EXPECT_EQ(many[i], RegionOf(many[0]) + i * bytes);
      std::memset(many[i], 0xa5, bytes);
    }
    EXPECT_EQ(many[0], RegionOf(many[0]));
    // What is in the middle is used again, and the region goes with the last of its blocks.
    source_.Free(many[1], bytes);
    EXPECT_EQ(source_.Allocate(bytes), many[1]);
    std::byte* const next = source_.Allocate(bytes);
    EXPECT_NE(RegionOf(next), RegionOf(many[0]));
    source_.Free(next, bytes);
    for (std::byte* block : many) source_.Free(block, bytes);
    EXPECT_EQ(ResidentBytesOf(RegionOf(many[0]), kRegion), -1) << "the system has it back";
    for (std::byte* block : few) source_.Free(block, bytes);
  }
}

TEST_F(BlockSourceTest, GivesZerosThatAreThereAndCanBeWritten) {
  for (const size_t bytes : {64 * kKiB, 256 * kKiB, kMiB, 4 * kMiB, 16 * kMiB}) {
    std::byte* const block = source_.Allocate(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(ResidentBytesOf(block, bytes), static_cast<int64_t>(bytes));
    EXPECT_TRUE(IsZero(block, bytes));
    std::memset(block, 0xa5, bytes);
    source_.Free(block, bytes);
    EXPECT_EQ(ResidentBytesOf(block, bytes), -1) << "the system has it back";
  }
}

TEST_F(BlockSourceTest, CutsBlocksOfOneSizeFromOneHugePage) {
  for (const size_t bytes : {256 * kKiB, kMiB}) {
    std::vector<std::byte*> blocks;
    for (size_t i = 0; i < kRegion / bytes; ++i) blocks.push_back(source_.Allocate(bytes));
    for (size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(blocks[i], RegionOf(blocks[0]) + i * bytes);
    }
    std::byte* const next = source_.Allocate(bytes);
    EXPECT_NE(RegionOf(next), RegionOf(blocks[0]));
    source_.Free(next, bytes);
    for (std::byte* block : blocks) source_.Free(block, bytes);
  }
}

TEST_F(BlockSourceTest, MakesLargeBlocksOfWholeHugePages) {
  std::byte* const block = source_.Allocate(4 * kMiB);
  EXPECT_EQ(RegionOf(block), block);
  source_.Free(block, 4 * kMiB);
}

TEST_F(BlockSourceTest, GivesAFreedBlockBackAlthoughItsRegionIsInUse) {
  std::byte* const kept = source_.Allocate(kMiB);
  std::byte* const freed = source_.Allocate(kMiB);
  ASSERT_EQ(RegionOf(kept), RegionOf(freed));
  std::memset(freed, 0xa5, kMiB);
  source_.Free(freed, kMiB);
  EXPECT_EQ(ResidentBytesOf(freed, kMiB), 0);
  std::byte* const again = source_.Allocate(kMiB);
  EXPECT_EQ(again, freed) << "the address is used again";
  EXPECT_TRUE(IsZero(again, kMiB));
  source_.Free(again, kMiB);
  source_.Free(kept, kMiB);
  EXPECT_EQ(ResidentBytesOf(RegionOf(kept), kRegion), -1) << "nobody uses the region any more";
}

TEST(SmallBlockSourceTest, TakesNoMoreThanItGives) {
  BlockSource source;
  const int64_t before = ResidentBytes();
  std::byte* const block = source.Allocate(256 * kKiB);
  EXPECT_LT(ResidentBytes() - before, static_cast<int64_t>(kMiB)) << "a huge page has two MiB";
  source.Free(block, 256 * kKiB);
}

TEST_F(BlockSourceTest, ServesThreadsAtOnce) {
  constexpr int kThreads = 3;
  constexpr int kRounds = 20;
  const auto work = [this](std::byte mark) {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<std::byte*> blocks;
      for (int i = 0; i < 5; ++i) {
        std::byte* const block = source_.Allocate(256 * kKiB);
        ASSERT_NE(block, nullptr);
        ASSERT_EQ(block[0], std::byte{0});
        block[0] = mark;
        blocks.push_back(block);
      }
      for (std::byte* block : blocks) {
        ASSERT_EQ(block[0], mark) << "the block is somebody else's as well";
        source_.Free(block, 256 * kKiB);
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i <= kThreads; ++i) threads.emplace_back(work, static_cast<std::byte>(i));
  const kinesis::testing::WaitingFor waiting("threads that take blocks and give them back");
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace kinesis::internal
