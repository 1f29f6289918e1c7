#include "kinesis_core/internal/md5/md5.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/testing/internal/openssl_md5.h"

namespace kinesis::internal {
namespace {

constexpr uint64_t kSeed = 1321;

std::string Hex(const HashKey& digest) {
  char text[33];
  std::snprintf(text, sizeof(text), "%016llx%016llx",
                static_cast<unsigned long long>(digest.high()),
                static_cast<unsigned long long>(digest.low()));
  return text;
}

std::string RandomBytes(std::mt19937_64& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Md5Test, TheTestSuiteOfRfc1321Holds) {
  // RFC 1321, appendix A.5.
  EXPECT_EQ(Hex(Md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Hex(Md5("a")), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(Hex(Md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(Hex(Md5("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(Hex(Md5("abcdefghijklmnopqrstuvwxyz")), "c3fcd3d76192e4007dfb496cca67e13b");
  EXPECT_EQ(Hex(Md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")),
            "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(Hex(Md5("1234567890123456789012345678901234567890"
                    "1234567890123456789012345678901234567890")),
            "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Md5Test, ANullViewHashesAsTheEmptyMessage) { EXPECT_EQ(Md5(std::string_view()), Md5("")); }

TEST(Md5Test, EveryLengthFrom0To1024AgreesWithOpenSsl) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  OpenSslMd5 openssl;
  for (size_t size = 0; size <= 1024; ++size) {
    for (int i = 0; i < 8; ++i) {
      const std::string message = RandomBytes(random, size);
      ASSERT_EQ(Md5(message), openssl.Digest(message)) << "length " << size;
    }
  }
}

TEST(Md5Test, EveryAlignmentOfTheMessageAgreesWithOpenSsl) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  OpenSslMd5 openssl;
  const std::string bytes = RandomBytes(random, 300);
  for (size_t offset = 0; offset < 64; ++offset) {
    for (const size_t size : {1u, 16u, 55u, 56u, 63u, 64u, 65u, 119u, 120u, 128u, 200u}) {
      const std::string_view message = std::string_view(bytes).substr(offset, size);
      ASSERT_EQ(Md5(message), openssl.Digest(message)) << "offset " << offset << " size " << size;
    }
  }
}

TEST(Md5Test, ALongMessageAgreesWithOpenSsl) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  const std::string message = RandomBytes(random, 10'000'019);
  EXPECT_EQ(Md5(message), OpenSslMd5().Digest(message));
}

TEST(Md5Test, AMessageEndsWhereItsViewEnds) {
  const std::string bytes = "partition-key-and-what-follows-it";
  EXPECT_EQ(Md5(std::string_view(bytes).substr(0, 13)), Md5("partition-key"));
}

}  // namespace
}  // namespace kinesis::internal
