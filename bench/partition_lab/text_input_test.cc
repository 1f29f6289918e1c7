#include "kinesis_core/lab/text_input.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/lab/lab_testing.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Strings = std::vector<std::string>;

Strings Lines(TextInput& input) {
  Strings lines;
  std::string_view line;
  while (input.ReadLine(&line).value()) lines.emplace_back(line);
  return lines;
}

TEST(TextInputTest, GivesTheLinesOfAFileAsOftenAsItIsRewound) {
  const auto input = TextInput::Open(WriteFile("one\n\ntwo\r\nthree")).value();
  const Strings lines = {"one", "", "two", "three"};
  EXPECT_EQ(Lines(*input), lines);
  EXPECT_EQ(input->line_number(), 4u);
  EXPECT_EQ(input->progress(), 1);
  ASSERT_TRUE(input->Rewind().ok());
  EXPECT_EQ(input->progress(), 0);
  EXPECT_EQ(Lines(*input), lines);
}

TEST(TextInputTest, AnEmptyFileHasNoLines) {
  EXPECT_TRUE(Lines(*TextInput::Open(WriteFile("")).value()).empty());
}

TEST(TextInputTest, AByteOrderMarkIsNoPartOfTheFirstLine) {
  const auto input = TextInput::Open(WriteFile("\xef\xbb\xbfname,key\n\xef\xbb\xbf")).value();
  EXPECT_EQ(Lines(*input), (Strings{"name,key", "\xef\xbb\xbf"}));
}

TEST(TextInputTest, LinesMayBeLongerThanABlockAndEndAnywhereInOne) {
  Strings lines;
  std::string text;
  for (const size_t size : {1'048'575, 1'048'576, 1'048'577, 3'000'000, 1, 0, 2'097'151}) {
    lines.emplace_back(size, static_cast<char>('a' + lines.size()));
    text += lines.back() + "\n";
  }
  EXPECT_EQ(Lines(*TextInput::Open(WriteFile(text)).value()), lines);
}

TEST(TextInputTest, ALineBeyondTheLimitIsAnErrorThatNamesIt) {
  const std::string text = "first\n" + std::string(TextInput::kMaxLineBytes + 2'000'000, 'x');
  const auto input = TextInput::Open(WriteFile(text)).value();
  std::string_view line;
  ASSERT_TRUE(input->ReadLine(&line).value());
  EXPECT_TRUE(Fails(input->ReadLine(&line), absl::StatusCode::kOutOfRange, {"line 2", "64 MiB"}));
}

TEST(TextInputTest, TellsWhetherALineHadACarriageReturnAtItsEnd) {
  const auto input = TextInput::Open(WriteFile("a\r\nb\n\r\nc\rd\r")).value();
  Strings lines;
  std::string_view line;
  while (input->ReadLine(&line).value()) {
    lines.push_back(std::string(line) + (input->line_ends_with_return() ? "|" : ""));
  }
  EXPECT_EQ(lines, (Strings{"a|", "b", "|", "c\rd|"}));
}

}  // namespace
}  // namespace kinesis::lab
