#include "kinesis_core/internal/files/byte_codec.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace kinesis::internal {
namespace {

using std::string_literals::operator""s;

std::string OneOfEach() {
  std::string bytes;
  ByteWriter out(bytes);
  out.Uint8(0xab);
  out.Uint32(0x01020304);
  out.Uint64(0x0102030405060708);
  out.Int64(-2);
  out.String("tea");
  return bytes;
}

TEST(ByteCodecTest, NumbersAreLittleEndianAndStringsHaveTheirLengthInFront) {
  EXPECT_EQ(OneOfEach(),
            "\xab"
            "\x04\x03\x02\x01"
            "\x08\x07\x06\x05\x04\x03\x02\x01"
            "\xfe\xff\xff\xff\xff\xff\xff\xff"
            "\x03\0\0\0tea"s);
}

TEST(ByteCodecTest, WhatWasWrittenIsReadBack) {
  const std::string bytes = OneOfEach();
  ByteReader in(bytes);
  EXPECT_EQ(in.Uint8(), 0xab);
  EXPECT_EQ(in.Uint32(), 0x01020304U);
  EXPECT_EQ(in.Uint64(), 0x0102030405060708U);
  EXPECT_EQ(in.Int64(), -2);
  EXPECT_EQ(in.remaining(), 7U);
  EXPECT_FALSE(in.AtEnd());
  EXPECT_EQ(in.String(), "tea");
  EXPECT_TRUE(in.AtEnd());
}

TEST(ByteCodecTest, TheEndsOfTheRangesAreReadBack) {
  std::string bytes;
  ByteWriter out(bytes);
  out.Uint64(std::numeric_limits<uint64_t>::max());
  out.Int64(std::numeric_limits<int64_t>::min());
  out.Int64(std::numeric_limits<int64_t>::max());
  out.String("");
  out.String("\0\xff"s);
  ByteReader in(bytes);
  EXPECT_EQ(in.Uint64(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(in.Int64(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(in.Int64(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(in.String(), "");
  EXPECT_EQ(in.String(), "\0\xff"s);
  EXPECT_TRUE(in.AtEnd());
}

TEST(ByteCodecTest, BytesThatEndTooSoonFailAtEveryLength) {
  const std::string bytes = OneOfEach();
  for (size_t length = 0; length < bytes.size(); ++length) {
    ByteReader in(std::string_view(bytes).substr(0, length));
    in.Uint8();
    in.Uint32();
    in.Uint64();
    in.Int64();
    EXPECT_EQ(in.String(), "") << length;
    EXPECT_FALSE(in.ok()) << length;
    EXPECT_FALSE(in.AtEnd()) << length;
  }
}

TEST(ByteCodecTest, NothingBehindWhatWasMissingIsRead) {
  // The string has a length that points past the end; there is a number in the rest all the same.
  const std::string bytes = "\xff\xff\xff\xff\x07\0\0\0"s;
  ByteReader in(bytes);
  EXPECT_EQ(in.String(), "");
  EXPECT_EQ(in.Uint32(), 0U);
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_FALSE(in.ok());
}

TEST(ByteCodecTest, AValueThatIsNotAllowedFailsTheRest) {
  const std::string bytes = "\x09\x07\0\0\0"s;
  ByteReader in(bytes);
  if (in.Uint8() > 3) in.Fail();
  EXPECT_EQ(in.Uint32(), 0U);
  EXPECT_FALSE(in.AtEnd());
}

}  // namespace
}  // namespace kinesis::internal
