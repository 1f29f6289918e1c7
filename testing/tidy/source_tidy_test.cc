// Applies the rules of source_rules.h to the repository itself.
//
// The test finds the real source tree behind its runfiles (Bazel links to it) and walks it, so a
// new folder or file is checked without anybody having to list it. Since Bazel cannot know what a
// walk reads, the target is tagged "external": it runs every time.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/tidy/source_rules.h"

namespace kinesis::testing::tidy {
namespace {

std::filesystem::path Root() { return std::filesystem::canonical("WORKSPACE").parent_path(); }

bool IsChecked(const std::filesystem::path& path) {
  static const std::vector<std::string> kNames = {"BUILD.bazel", "WORKSPACE",   "run",
                                                  ".bazelrc",    ".clang-tidy", ".clang-format"};
  static const std::vector<std::string> kExtensions = {".h",  ".cc",  ".bzl",     ".sh", ".py",
                                                       ".md", ".txt", ".mutants", ".pml"};
  for (const std::string& name : kNames) {
    if (path.filename() == name) return true;
  }
  for (const std::string& extension : kExtensions) {
    if (path.extension() == extension) return true;
  }
  return false;
}

// Hidden folders are version control and editors, except ours; symbolic links are Bazel's outputs.
bool IsSkipped(const std::filesystem::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  return entry.is_symlink() || (name.front() == '.' && name != ".ci");
}

std::vector<SourceFile> ReadTree() {
  std::vector<SourceFile> files;
  for (std::filesystem::recursive_directory_iterator it(Root()), end; it != end; ++it) {
    if (it->is_directory() || it->is_symlink()) {
      if (IsSkipped(*it)) it.disable_recursion_pending();
      continue;
    }
    if (!IsChecked(it->path())) continue;
    std::ifstream in(it->path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    files.push_back({it->path().lexically_relative(Root()).generic_string(), text.str()});
  }
  return files;
}

class SourceTidyTest : public ::testing::TestWithParam<std::string> {};

TEST_P(SourceTidyTest, HoldsInTheWholeTree) {
  static const auto* const findings = new std::vector<Finding>(CheckTree(ReadTree()));
  for (const Finding& finding : *findings) {
    if (finding.rule == GetParam()) ADD_FAILURE() << finding;
  }
}

INSTANTIATE_TEST_SUITE_P(AllRules, SourceTidyTest, ::testing::ValuesIn(RuleNames()),
                         [](const ::testing::TestParamInfo<std::string>& rule) {
                           std::string name = rule.param;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

TEST(SourceTreeTest, EveryRuleStandsInContributing) {
  std::ifstream in(Root() / "CONTRIBUTING.md", std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  for (const std::string& rule : RuleNames()) {
    EXPECT_THAT(text.str(), ::testing::HasSubstr("\n| `" + rule + "` | "));
  }
}

// Guards against a walk that silently sees nothing.
TEST(SourceTreeTest, IsTheRepositoryAndNotACopyOfAFewFiles) {
  std::vector<std::string> paths;
  for (const SourceFile& file : ReadTree()) paths.push_back(file.path);
  EXPECT_THAT(paths, ::testing::IsSupersetOf({"BUILD.bazel", "kinesis_core/BUILD.bazel",
                                              "testing/tidy/source_tidy_test.cc"}));
}

}  // namespace
}  // namespace kinesis::testing::tidy
