#include "kinesis_core/api/internal/siphash.h"

#include <cstdint>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace kinesis::api::internal {
namespace {

constexpr SipKey kKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

// The first bytes 0, 1, 2, ...
std::string Counting(size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(SipHashTest, GivesTheValuesOfTheReferenceImplementation) {
  EXPECT_EQ(SipHash(kKey, ""), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(SipHash(kKey, Counting(1)), 0x74f839c593dc67fdU);
  EXPECT_EQ(SipHash(kKey, Counting(8)), 0x93f5f5799a932462U);
  EXPECT_EQ(SipHash(kKey, Counting(15)), 0xa129ca6149be45e5U);  // the example of the paper
}

TEST(SipHashTest, EveryBitOfTheKeyAndTheInputCounts) {
  const std::string input = Counting(20);
  std::set<uint64_t> hashes = {SipHash(kKey, input)};
  size_t expected = 1;
  for (int bit = 0; bit < 64; ++bit) {
    hashes.insert(SipHash({kKey.low ^ (uint64_t{1} << bit), kKey.high}, input));
    hashes.insert(SipHash({kKey.low, kKey.high ^ (uint64_t{1} << bit)}, input));
    expected += 2;
  }
  for (size_t i = 0; i < input.size(); ++i) {
    std::string changed = input;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    hashes.insert(SipHash(kKey, changed));
    ++expected;
  }
  EXPECT_EQ(hashes.size(), expected);
}

}  // namespace
}  // namespace kinesis::api::internal
