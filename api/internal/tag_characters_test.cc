#include "kinesis_core/api/internal/tag_characters.h"

#include <string>

#include "gtest/gtest.h"

namespace kinesis::api::internal {
namespace {

TEST(TagCharactersTest, LettersDigitsAndBlanksOfAllScriptsAreTaken) {
  for (const char* text :
       {"", "azAZ09", " _.:/=+-%@", "\u0395\u03bb\u03bb", "\u65e5\u672c \u8a9e",
        "\u00dcn\u00efc\u00f6d\u00e9", "\u05e2\u05d1\u05e8\u05d9\u05ea",
        "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e44\u0e17\u0e22", "\ud55c\uad6d\uc5b4",
        "\u2167\u00b2\u00bd", "\u00a0\u3000", "\U00020000", "\U0001d400"}) {
    EXPECT_TRUE(HasTagCharacters(text)) << text;
  }
}

TEST(TagCharactersTest, EveryOtherCharacterOfAsciiIsNot) {
  const std::string taken =
      " _.:/=+-%@0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int c = 0; c < 128; ++c) {
    const std::string text(1, static_cast<char>(c));
    EXPECT_EQ(HasTagCharacters(text), taken.find(text) != std::string::npos) << c;
    EXPECT_EQ(HasTagCharacters("a" + text + "b"), taken.find(text) != std::string::npos) << c;
  }
}

TEST(TagCharactersTest, SignsAndControlsOfOtherScriptsAreNot) {
  for (const char* text : {"\u0085", "\u00ab", "\u20ac", "\u2014", "\u2028", "\u200b", "\u00d7",
                           "\U0001f600", "\ue000", "\uffff", "\U000e0001", "\U0010ffff"}) {
    EXPECT_FALSE(HasTagCharacters(text)) << text;
  }
}

TEST(TagCharactersTest, WhatIsNoUtf8IsNot) {
  for (const char* text : {"\x80", "\xc3", "\xc3(", "\xc1\xa1", "\xe0\x81\xa1", "\xed\xa0\x80",
                           "\xf0\x80\x81\xa1", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(HasTagCharacters(text)) << text;
  }
}

}  // namespace
}  // namespace kinesis::api::internal
