// Keeps README.md honest: its snippets stand in tests that are compiled and run, and what the
// exerciser is said to print it prints.
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace kinesis::testing {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << "cannot open " << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The fenced blocks of that language.
std::vector<std::string> BlocksOf(const std::string& text, const std::string& language) {
  std::vector<std::string> blocks;
  const std::string begin = "\n```" + language + "\n";
  for (size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    const size_t end = text.find("```", at);
    blocks.push_back(text.substr(at, end - at));
    at = end + 3;  // a closing fence is no opening one
  }
  return blocks;
}

TEST(TestingReadme, EverySnippetIsPartOfATestThatIsCompiledAndRun) {
  std::string tests;
  for (const char* file :
       {"testing/stream_fixture_test.cc", "testing/fault_plan_test.cc",
        "testing/consumer_exerciser_test.cc", "testing/stream_conformance_test.cc",
        "testing/right_consumers_test.cc", "kinesis_core/simulated_clock_test.cc",
        "kinesis_core/examples/exercise_consumer_test.cc"}) {
    tests += ReadFile(file);
  }
  const std::vector<std::string> blocks = BlocksOf(ReadFile("testing/README.md"), "cpp");
  EXPECT_GE(blocks.size(), 6U);
  for (const std::string& block : blocks) EXPECT_NE(tests.find(block), std::string::npos) << block;
}

}  // namespace
}  // namespace kinesis::testing
