#include "kinesis_core/testing/fuzz/json_corpus.h"

#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace kinesis::testing {
namespace {

TEST(JsonCorpusTest, TheFileIsWhatTheModelGives) {
  std::ifstream file("testing/fuzz/json_fuzz.lines");
  ASSERT_TRUE(file.good());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  EXPECT_EQ(lines, MakeJsonCorpus())
      << "bazel run //testing/fuzz:write_json_corpus > testing/fuzz/json_fuzz.lines";
}

}  // namespace
}  // namespace kinesis::testing
