// Compares every pattern of the model with std::regex, on texts made to nearly match.
#include "kinesis_core/api/internal/pattern.h"

#include <random>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/api/internal/model.h"

namespace kinesis::api::internal {
namespace {

TEST(PatternTest, ANameIsOneClassOfOneOrMore) {
  constexpr Pattern kName("[a-zA-Z0-9_.-]+");
  EXPECT_TRUE(kName.Matches("a"));
  EXPECT_TRUE(kName.Matches("My_stream-0.9"));
  EXPECT_FALSE(kName.Matches(""));
  EXPECT_FALSE(kName.Matches("a b"));
  EXPECT_FALSE(kName.Matches("a/b"));
  EXPECT_FALSE(kName.Matches("na\xc3\xafve"));
}

TEST(PatternTest, AlternativesAreTriedEachOnTheWholeText) {
  constexpr Pattern kNumber("0|([1-9]\\d{0,3})");
  for (const char* good : {"0", "1", "10", "9999"}) EXPECT_TRUE(kNumber.Matches(good)) << good;
  for (const char* bad : {"", "00", "01", "10000", "-1", "1 "}) {
    EXPECT_FALSE(kNumber.Matches(bad)) << bad;
  }
}

TEST(PatternTest, AStarGivesBackWhatALaterStepNeeds) {
  constexpr Pattern kText("a.*b\\d{2}:c");
  EXPECT_TRUE(kText.Matches("ab12:c"));
  EXPECT_TRUE(kText.Matches("axb12:cb34:c"));
  EXPECT_FALSE(kText.Matches("axb12:cb3:c"));
  EXPECT_FALSE(kText.Matches("a\nb12:c"));
}

TEST(PatternTest, ALongTextMadeToBacktrackIsRefusedAtOnce) {
  std::string text = "arn:aws";
  while (text.size() < 100'000) text += ":kinesis:";
  EXPECT_FALSE(kResourceARN.pattern->Matches(text));
}

// Pieces of which near matches are made.
std::string RandomText(std::mt19937& random) {
  static const std::vector<std::string> pieces = {"arn:aws",
                                                  "arn",
                                                  ":kinesis:",
                                                  ":",
                                                  "us-east-1",
                                                  "123456789012",
                                                  "1234567890123",
                                                  ":stream/",
                                                  "stream/",
                                                  "name",
                                                  "/consumer/",
                                                  "0",
                                                  "9",
                                                  "1",
                                                  " ",
                                                  "\n",
                                                  "-abc",
                                                  "a1b2c3d4e5f6g7h8i9j0",
                                                  "Z",
                                                  "_.-",
                                                  "/"};
  std::string text;
  const size_t count = random() % 9;
  for (size_t i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
  return text;
}

TEST(PatternTest, EveryPatternOfTheModelAgreesWithStdRegex) {
  std::mt19937 random(20260801);
  const std::vector<std::string> good = {
      "orders",
      "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
      "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders/consumer/app:1600000000",
      "340282366920938463463374607431768211455",
      "49594189147623985939251953501666965394405037144469929986",
      "abcdefghij0123456789-xyz"};
  for (const Shape* shape : kPatternShapes) {
    const Pattern& pattern = *shape->pattern;
    const std::regex oracle{std::string(pattern.text())};
    int matches = 0;
    const auto compare = [&](const std::string& text) {
      const bool expected = std::regex_match(text, oracle);
      matches += expected ? 1 : 0;
      ASSERT_EQ(pattern.Matches(text), expected) << shape->name << " on '" << text << "'";
    };
    for (int i = 0; i < 3000; ++i) compare(RandomText(random));
    for (const std::string& text : good) {
      compare(text);
      for (int i = 0; i < 300; ++i) {
        std::string mutant = text;
        const size_t at = random() % mutant.size();
        switch (random() % 3) {
          case 0:
            mutant.erase(at, 1 + random() % 3);
            break;
          case 1:
            mutant.insert(at, RandomText(random));
            break;
          default:
            mutant[at] = static_cast<char>(32 + random() % 95);
        }
        compare(mutant);
      }
    }
    EXPECT_GT(matches, 0) << shape->name;
  }
}

}  // namespace
}  // namespace kinesis::api::internal
