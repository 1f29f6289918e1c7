#include "kinesis_core/internal/utf8.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace kinesis::internal {
namespace {

// UTF-8 by the definition of RFC 3629, section 3: bits of the code point, put into the pattern of
// its range.
std::string Encode(uint32_t point) {
  const auto byte = [](uint32_t value) { return std::string(1, static_cast<char>(value)); };
  const auto tail = [&byte, point](int shift) { return byte(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) return byte(0xc0 | point >> 6) + tail(0);
  if (point < 0x10000) return byte(0xe0 | point >> 12) + tail(6) + tail(0);
  return byte(0xf0 | point >> 18) + tail(12) + tail(6) + tail(0);
}

TEST(Utf8Test, EveryCodePointButTheSurrogatesIsOneCharacter) {
  for (uint32_t point = 0; point <= 0x10ffff; ++point) {
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    ASSERT_EQ(CountCodePoints(Encode(point)).value_or(0), surrogate ? 0 : 1) << point;
  }
}

TEST(Utf8Test, CharactersAreCountedNotBytes) {
  EXPECT_EQ(CountCodePoints(""), 0u);
  EXPECT_EQ(CountCodePoints("key"), 3u);
  EXPECT_EQ(CountCodePoints("\xc3\xa9t\xc3\xa9"), 3u);             // e acute, t, e acute
  EXPECT_EQ(CountCodePoints("\xf0\x9f\x98\x80\xe2\x82\xac"), 2u);  // a smiley, the euro sign
}

TEST(Utf8Test, WhatIsNotUtf8HasNoCount) {
  for (const char* const text : {
           "\x80",              // a continuation without a lead
           "a\xff",             // a byte that UTF-8 never has
           "\xc0\xaf",          // '/' in two bytes
           "\xe0\x80\xaf",      // '/' in three
           "\xf0\x80\x80\xaf",  // '/' in four
           "\xf4\x90\x80\x80",  // U+110000
           "\xc3",              // cut off
           "\xe2\x82",          // cut off
           "\xe2\x28\xa1",      // second byte is no continuation
           "\xe2\x82\x28",      // nor is the third
           "caf\xe9",           // Latin-1
       }) {
    EXPECT_EQ(CountCodePoints(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kinesis::internal
