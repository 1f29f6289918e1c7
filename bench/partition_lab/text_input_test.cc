#include "bench/partition_lab/text_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "bench/partition_lab/lab_testing.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/engine_testing.h"

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
  const Strings lines = {"one", "", "two\r", "three"};
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
  EXPECT_TRUE(Fails(input->ReadLine(&line), absl::StatusCode::kOutOfRange, {"line 2", "16 MiB"}));
}

TEST(TextInputTest, APipeCanBeReadTwice) {
  const std::string path = ::testing::TempDir() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&path] { std::ofstream(path) << "one\ntwo\n"; });
  const auto input = TextInput::Open(path).value();
  writer.join();
  EXPECT_EQ(Lines(*input), (Strings{"one", "two"}));
  ASSERT_TRUE(input->Rewind().ok());
  EXPECT_EQ(Lines(*input), (Strings{"one", "two"}));
  unlink(path.c_str());
}

TEST(TextInputTest, WhatCannotBeReadIsAnErrorThatNamesIt) {
  EXPECT_TRUE(Fails(TextInput::Open("/no/such/file"), absl::StatusCode::kNotFound,
                    {"/no/such/file", "No such file"}));
  EXPECT_TRUE(Fails(TextInput::Open("/"), absl::StatusCode::kInvalidArgument, {"is a folder"}));
}

TEST(TextInputTest, APathIsRelativeToWhereTheUserStands) {
  ASSERT_EQ(setenv("BUILD_WORKING_DIRECTORY", "/home/user", 1), 0);
  EXPECT_EQ(PathFromUser("a/b"), "/home/user/a/b");
  EXPECT_EQ(PathFromUser("/a/b"), "/a/b");
  EXPECT_EQ(PathFromUser("-"), "-");
  EXPECT_EQ(PathFromUser(""), "");
  ASSERT_EQ(unsetenv("BUILD_WORKING_DIRECTORY"), 0);
  EXPECT_EQ(PathFromUser("a/b"), "a/b");
}

}  // namespace
}  // namespace kinesis::lab
