// Keeps README.md honest: its program is hello.cc, which is compiled and run, and the programs that
// it sends a newcomer to are short.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace kinesis {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << "cannot open " << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The text between the first `begin` and the `end` behind it.
std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  if (from == text.npos) return "no " + begin;
  const size_t first = from + begin.size();
  return text.substr(first, text.find(end, first) - first);
}

TEST(Readme, FirstProgramIsTheOneThatIsCompiledAndRun) {
  const std::string program = ReadFile("kinesis_core/examples/hello.cc");
  EXPECT_EQ(Between(ReadFile("README.md"), "```cpp\n", "```"),
            program.substr(program.find("#include")));
}

TEST(Readme, ProgramsToReadFirstHaveFewerThanEightyLines) {
  int programs = 0;
  for (const auto& entry : std::filesystem::directory_iterator("kinesis_core/examples")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = ReadFile(entry.path());
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 80) << entry.path();
    ++programs;
  }
  EXPECT_GT(programs, 5);
}

TEST(Readme, SetUpCommandsAreOneLineEach) {
  const std::string readme = ReadFile("README.md");
  EXPECT_EQ(Between(readme, "```sh\nbash third_party/install.sh quickstart && ", "\n"),
            "bazel run --config=opt //:quickstart");
  EXPECT_NE(readme.find("```sh\nbash third_party/install.sh test && bazel test //...\n```"),
            std::string::npos);
}

}  // namespace
}  // namespace kinesis
