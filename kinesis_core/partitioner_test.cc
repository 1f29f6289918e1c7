#include "kinesis_core/partitioner.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/testing/internal/openssl_md5.h"

namespace kinesis {
namespace {

constexpr uint64_t kSeed = 42;

// Uses only the first byte: the example in the header, and a user's own partitioner.
class FirstByte : public Partitioner {
 public:
  HashKey Hash(std::string_view partition_key) const override {
    const uint64_t byte = partition_key.empty() ? 0 : static_cast<uint8_t>(partition_key[0]);
    return HashKey::FromHalves(byte << 56, 0);
  }
  std::string_view name() const override { return "first-byte"; }
};

std::string RandomKey(std::mt19937_64& random, size_t size_max) {
  std::string key(random() % (size_max + 1), '\0');
  for (char& c : key) c = static_cast<char>(random());
  return key;
}

// Hashes `keys` in one batch and one by one, and expects the same.
void ExpectBatchAgrees(const Partitioner& partitioner, const std::vector<std::string>& keys) {
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  std::vector<HashKey> hash_keys(keys.size(), HashKey::Max());
  partitioner.HashBatch(views, hash_keys);
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSERT_EQ(hash_keys[i], partitioner.Hash(keys[i])) << partitioner.name() << " key " << i;
  }
}

TEST(PartitionerTest, Md5PlacesKeysWhereKinesisDoes) {
  // The digest of "a" is 0cc175b9c0f1b6a831c399e269772661 (RFC 1321, appendix A.5).
  EXPECT_EQ(Md5HashKey("a"), HashKey::FromHalves(0x0cc175b9c0f1b6a8, 0x31c399e269772661));
  EXPECT_EQ(Md5HashKey("a").ToString(), "16955237001963240173058271559858726497");
  EXPECT_EQ(Md5Partitioner()->Hash("a"), Md5HashKey("a"));
}

TEST(PartitionerTest, RandomKeysHashAsOpenSslHashesThem) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  internal::OpenSslMd5 openssl;
  for (int i = 0; i < 200'000; ++i) {
    const std::string key = RandomKey(random, 80);
    ASSERT_EQ(Md5HashKey(key), openssl.Digest(key)) << "key " << i;
  }
}

TEST(PartitionerTest, Xxh3GivesItsPublishedHashOfTheEmptyKey) {
  // XXH128 of no bytes with seed 0, as xxhsum prints it.
  EXPECT_EQ(Xxh3Partitioner()->Hash(""),
            HashKey::FromHalves(0x99aa06d3014798d8, 0x6001c324468d497f));
}

TEST(PartitionerTest, ABatchGivesTheSameKeysAsOneCallForEach) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (size_t size = 0; size <= 40; ++size) {
    std::vector<std::string> keys;
    for (size_t i = 0; i < size; ++i) keys.push_back(RandomKey(random, 256));
    ExpectBatchAgrees(*Md5Partitioner(), keys);
    ExpectBatchAgrees(*Xxh3Partitioner(), keys);
    ExpectBatchAgrees(FirstByte(), keys);
  }
}

TEST(PartitionerTest, TheBuiltInPartitionersSpreadSequentialKeysEvenly) {
  constexpr size_t kBuckets = 16;
  constexpr int kKeys = 160'000;
  for (const auto& partitioner : {Md5Partitioner(), Xxh3Partitioner()}) {
    std::array<int, kBuckets> counts = {};
    for (int i = 0; i < kKeys; ++i) {
      ++counts[partitioner->Hash("user-" + std::to_string(i)).high() >> 60];
    }
    // The deviation of one bucket is about 97 keys; 500 is five times that.
    for (const int count : counts) EXPECT_NEAR(count, kKeys / 16, 500) << partitioner->name();
  }
}

TEST(PartitionerTest, EachBuiltInIsTheSameObjectAtEveryCallAndCountsNoReferences) {
  EXPECT_EQ(Md5Partitioner().get(), Md5Partitioner().get());
  EXPECT_EQ(Xxh3Partitioner().get(), Xxh3Partitioner().get());
  EXPECT_NE(Md5Partitioner().get(), Xxh3Partitioner().get());
  EXPECT_EQ(Md5Partitioner().use_count(), 0);
}

TEST(PartitionerTest, EachPartitionerHasAName) {
  EXPECT_EQ(Md5Partitioner()->name(), "md5");
  EXPECT_EQ(Xxh3Partitioner()->name(), "xxh3");
  EXPECT_EQ(FirstByte().name(), "first-byte");
}

TEST(PartitionerTest, AUsersOwnPartitionerServesThroughTheInterface) {
  const std::shared_ptr<const Partitioner> partitioner = std::make_shared<FirstByte>();
  EXPECT_EQ(partitioner->Hash("\xff..."), HashKey::FromHalves(uint64_t{0xff} << 56, 0));
  EXPECT_EQ(partitioner->Hash(""), HashKey::Min());
}

#ifndef NDEBUG
TEST(PartitionerDeathTest, SpansOfDifferentSizesAssert) {
  const std::vector<std::string_view> keys = {"a", "b"};
  std::vector<HashKey> hash_keys(1);
  EXPECT_DEATH(Md5Partitioner()->HashBatch(keys, hash_keys), "size");
}
#endif

}  // namespace
}  // namespace kinesis
