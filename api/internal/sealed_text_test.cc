#include "kinesis_core/api/internal/sealed_text.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace kinesis::api::internal {
namespace {

const SealKey kKey = SealKey::FromSeed(1);

TEST(SealedTextTest, WhatWasSealedComesOutAgain) {
  for (const size_t size : {0U, 1U, 2U, 3U, 32U, 300U}) {
    const std::string body(size, '\xa5');
    EXPECT_EQ(Unseal(kKey, Seal(kKey, body)), body) << size;
  }
}

TEST(SealedTextTest, AnotherKeyOpensNothing) {
  EXPECT_FALSE(Unseal(SealKey::FromSeed(2), Seal(kKey, "body")).has_value());
}

TEST(SealedTextTest, NoChangedCharacterPasses) {
  const std::string text = Seal(kKey, "some body of a token");
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'B', '+', '/', '=', ' ', '\n', '-', '_', '\0'}) {
      std::string forged = text;
      if (forged[i] == c) continue;
      forged[i] = c;
      EXPECT_FALSE(Unseal(kKey, forged).has_value()) << i << " " << static_cast<int>(c);
    }
  }
}

TEST(SealedTextTest, NoPartOfATextAndNothingLongerPasses) {
  const std::string text = Seal(kKey, "body");
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Unseal(kKey, text.substr(0, size)).has_value()) << size;
    EXPECT_FALSE(Unseal(kKey, text.substr(text.size() - size)).has_value()) << size;
  }
  for (const char* more : {"=", "A", "AAAA", " ", "\n"}) {
    EXPECT_FALSE(Unseal(kKey, text + more).has_value());
    EXPECT_FALSE(Unseal(kKey, more + text).has_value());
  }
}

TEST(SealedTextTest, ATextHasOneForm) {
  // Base64 leaves bits of the last character unused, and padding can be left out: neither may
  // give a second text for the same token.
  const std::string text = Seal(kKey, "12");
  ASSERT_EQ(text.substr(text.size() - 1), "=");
  EXPECT_FALSE(Unseal(kKey, text.substr(0, text.find('='))).has_value());
}

TEST(SealedTextTest, NumbersInABodyComeOutInOrder) {
  std::string body;
  for (const uint64_t number : {uint64_t{0}, uint64_t{1} << 63, uint64_t{0x0123456789abcdef}}) {
    AppendNumber(number, &body);
  }
  std::string_view rest = body;
  EXPECT_EQ(TakeNumber(&rest), 0U);
  EXPECT_EQ(TakeNumber(&rest), uint64_t{1} << 63);
  EXPECT_EQ(TakeNumber(&rest), 0x0123456789abcdefU);
  EXPECT_FALSE(TakeNumber(&rest).has_value());
}

}  // namespace
}  // namespace kinesis::api::internal
