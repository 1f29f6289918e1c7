#include "kinesis_core/lab/engine_stream.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/split_merge_plan.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kDay = int64_t{86'400} * 1'000'000'000;

HashKey At(uint64_t sixteenth) { return HashKey::FromHalves(sixteenth << 60, 0); }

using Counts = std::vector<uint64_t>;

TEST(EngineStreamTest, PutsRecordsToTheShardsOfItsMap) {
  const auto stream = EngineStream::Create(UniformMap(4)).value();
  for (const uint64_t sixteenth : {0, 3, 4, 15, 15}) {
    ASSERT_TRUE(stream->Put(0, "key", 100, At(sixteenth)).ok());
  }
  ASSERT_TRUE(stream->Drain().ok());
  EXPECT_EQ(stream->RecordsPerShard(), (Counts{2, 1, 0, 2}));
}

TEST(EngineStreamTest, TakesAnyMap) {
  const ShardMap map = UniformMap(1).Split(0, At(15)).Split(0, At(1)).Split(1, At(2));
  const auto stream = EngineStream::Create(map);
  ASSERT_TRUE(stream.ok()) << stream.status();
  for (const uint64_t sixteenth : {0, 1, 2, 14, 15}) {
    ASSERT_TRUE((*stream)->Put(0, "key", 10, At(sixteenth)).ok());
  }
  EXPECT_EQ((*stream)->RecordsPerShard(), (Counts{1, 1, 2, 1}));
}

TEST(EngineStreamTest, AppliesAPlanAndGoesOnWithItsShards) {
  const ShardMap map = UniformMap(2);
  const auto stream = EngineStream::Create(map).value();
  for (uint64_t i = 0; i < 16; ++i) ASSERT_TRUE(stream->Put(0, "key", 10, At(i)).ok());
  const SplitMergePlan plan = MakeSplitMergePlan(map, std::vector<HashKey>{At(0), At(3), At(12)});
  ASSERT_TRUE(stream->Apply(plan).ok());
  EXPECT_EQ(stream->RecordsPerShard(), (Counts{0, 0, 0}));
  for (uint64_t i = 0; i < 16; ++i) ASSERT_TRUE(stream->Put(kDay, "key", 10, At(i)).ok());
  EXPECT_EQ(stream->RecordsPerShard(), (Counts{3, 9, 4}));
}

TEST(EngineStreamTest, ShardsMayBeFarApartInTime) {
  const auto stream = EngineStream::Create(UniformMap(2)).value();
  ASSERT_TRUE(stream->Put(400 * kDay, "late", 10, At(15)).ok());
  ASSERT_TRUE(stream->Put(0, "early", 10, At(0)).ok());
  EXPECT_TRUE(stream->Drain().ok());
}

TEST(EngineStreamTest, TimesMayBeCenturiesApart) {
  const auto stream = EngineStream::Create(UniformMap(2)).value();
  for (const int64_t day : {0, 19'675, 19'676, 3, 106'000}) {
    const absl::Status put = stream->Put(day * kDay, "key", 10, At(day % 2 == 0 ? 0 : 15));
    ASSERT_TRUE(put.ok()) << put;
  }
  const absl::Status drained = stream->Drain();
  EXPECT_TRUE(drained.ok()) << drained;
}

TEST(EngineStreamTest, TheLargestRecordsGoThrough) {
  const auto stream = EngineStream::Create(UniformMap(2)).value();
  for (int i = 0; i < 10; ++i) {
    const absl::Status put = stream->Put(i, "key", kMaxRecordBytes, At(i % 3 == 0 ? 0 : 15));
    ASSERT_TRUE(put.ok()) << put;
  }
  ASSERT_TRUE(stream->Drain().ok());
}

TEST(EngineStreamTest, MoreThanItsMemoryGoesThrough) {
  const auto stream = EngineStream::Create(UniformMap(3)).value();
  Random random(1);
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  uint64_t put = 0;
  for (int i = 0; i < 300; ++i, ++put) {
    const HashKey key = HashKey::FromHalves(random.Next(), 0);
    const absl::Status status = stream->Put(i, "key", i % 2 == 0 ? kMiB : 1'000, key);
    ASSERT_TRUE(status.ok()) << status;
  }
  ASSERT_TRUE(stream->Drain().ok());
  const Counts counts = stream->RecordsPerShard();
  EXPECT_EQ(counts[0] + counts[1] + counts[2], put);
}

}  // namespace
}  // namespace kinesis::lab
