#include "kinesis_core/api/json/internal/base64.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace kinesis::api::internal {
namespace {

std::string Encode(std::string_view bytes) {
  std::string text(Base64Length(bytes.size()), '?');
  EXPECT_EQ(EncodeBase64(bytes, text.data()), text.data() + text.size());
  return text;
}

// The bytes, or the problem.
std::string Decode(std::string_view text) {
  std::string bytes(text.size(), '?');
  const Base64Result result = DecodeBase64(text, bytes.data());
  switch (result.problem) {
    case Base64Problem::kNone:
      return bytes.substr(0, result.size);
    case Base64Problem::kLength:
      return "length";
    case Base64Problem::kCharacter:
      return "character " + std::to_string(result.position);
    case Base64Problem::kLastCharacter:
      return "last character";
  }
  return "?";
}

TEST(Base64Test, AgreesWithTheVectorsOfTheRfc) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Encode(bytes), text);
    EXPECT_EQ(Decode(text), bytes);
  }
}

TEST(Base64Test, EveryByteInEveryPlaceComesBack) {
  for (size_t place = 0; place < 6; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      for (size_t size = place + 1; size <= 6; ++size) {
        std::string bytes(size, '\x5a');
        bytes[place] = static_cast<char>(byte);
        EXPECT_EQ(Decode(Encode(bytes)), bytes);
      }
    }
  }
}

TEST(Base64Test, RandomBytesComeBack) {
  std::mt19937 random(7);
  for (size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    EXPECT_EQ(Decode(Encode(bytes)), bytes);
  }
}

std::string AbslEncode(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

TEST(Base64Test, TextOfEveryLengthIsThatOfAnotherLibrary) {
  std::mt19937 random(8);
  for (size_t size = 0; size < 300; ++size) {
    for (int round = 0; round < 20; ++round) {
      std::string bytes(size, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      ASSERT_EQ(Encode(bytes), AbslEncode(bytes));
      ASSERT_EQ(Decode(AbslEncode(bytes)), bytes);
    }
  }
}

TEST(Base64Test, NothingIsWrittenPastTheRoomThatIsAskedFor) {
  for (size_t size = 0; size < 300; ++size) {
    const std::string bytes(size, '\xa5');
    std::string text(Base64Length(size) + 64, '?');
    EncodeBase64(bytes, text.data());
    ASSERT_EQ(text.substr(Base64Length(size)), std::string(64, '?')) << size;
    std::string back(Base64Length(size) / 4 * 3 + 64, '?');
    const Base64Result result =
        DecodeBase64(std::string_view(text).substr(0, Base64Length(size)), back.data());
    ASSERT_EQ(back.substr(0, result.size), bytes);
    ASSERT_EQ(back.substr(Base64Length(size) / 4 * 3), std::string(64, '?')) << size;
  }
}

TEST(Base64Test, EveryByteOutsideTheAlphabetIsFoundInEveryPlace) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const size_t size : {4, 8, 32, 44, 48, 60, 64, 76, 108, 136}) {
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'Q');
        text[at] = static_cast<char>(byte);
        const bool known = kAlphabet.find(text[at]) != std::string_view::npos;
        const bool padding = text[at] == '=' && at + 1 == size;
        const std::string problem = "character " + std::to_string(at);
        ASSERT_EQ(Decode(text) == problem, !known && !padding) << size << " " << at << " " << byte;
      }
    }
  }
}

TEST(Base64Test, EveryCharacterOfTheAlphabetIsTakenInEveryPlace) {
  for (size_t at = 0; at < 96; ++at) {
    std::string bytes(72, '\0');
    for (unsigned int bits = 0; bits < 64; ++bits) {
      // The six bits that the character stands for.
      bytes.assign(72, '\0');
      for (size_t bit = 0; bit < 6; ++bit) {
        const size_t place = at * 6 + bit;
        if ((bits >> (5 - bit) & 1) != 0) {
          bytes[place / 8] = static_cast<char>(bytes[place / 8] | 0x80 >> place % 8);
        }
      }
      ASSERT_EQ(Encode(bytes), AbslEncode(bytes));
      ASSERT_EQ(Decode(AbslEncode(bytes)), bytes);
    }
  }
}

TEST(Base64Test, LengthIsAMultipleOfFour) {
  for (const std::string_view text : {"A", "AA", "AAA", "AAAAA", "AA=", "="}) {
    EXPECT_EQ(Decode(text), "length") << text;
  }
}

TEST(Base64Test, OnlyTheStandardAlphabetIsTaken) {
  EXPECT_EQ(Decode("+/+/"), "\xfb\xff\xbf");
  EXPECT_EQ(Decode("A-AA"), "character 1");
  EXPECT_EQ(Decode("AAA_"), "character 3");
  EXPECT_EQ(Decode("AAAA\nAAA"), "character 4");
  EXPECT_EQ(Decode("AA A"), "character 2");
  EXPECT_EQ(Decode(std::string_view("AAA\0", 4)), "character 3");
}

TEST(Base64Test, PaddingStandsAtTheEndOnly) {
  EXPECT_EQ(Decode("AA=A"), "character 2");
  EXPECT_EQ(Decode("AA==AAAA"), "character 3");
  EXPECT_EQ(Decode("=AAA"), "character 0");
  EXPECT_EQ(Decode("A==="), "last character");
  EXPECT_EQ(Decode("===="), "last character");
}

TEST(Base64Test, BitsThatStandForNoByteAreZero) {
  EXPECT_EQ(Decode("Zh=="), "last character");
  EXPECT_EQ(Decode("Zm9="), "last character");
  EXPECT_EQ(Decode("Zm9vZh=="), "last character");
}

}  // namespace
}  // namespace kinesis::api::internal
