#include "kinesis_core/testing/tidy/cpp_names.h"

#include <string_view>

#include "gtest/gtest.h"
#include "kinesis_core/testing/tidy/cpp_text.h"

namespace kinesis::testing::tidy {
namespace {

DeclaredNames NamesIn(std::string_view text) {
  DeclaredNames names;
  names.Add(ScanCpp(text));
  return names;
}

TEST(DeclaredNamesTest, KnowsTheMembersOfAClass) {
  const DeclaredNames names = NamesIn(
      "class KINESIS_CORE_EXPORT A final {\n"
      " public:\n"
      "  explicit A(int b);\n"
      "  int Run(int argument) const { int local = 0; return local; }\n"
      "  static constexpr int kMax = 3;\n"
      "  enum class Kind { kOne, kTwo };\n"
      "  struct Inner { int x; };\n"
      " private:\n"
      "  std::vector<int> list_;\n"
      "  Atomic<int> count_{0};\n"
      "};\n");
  for (const char* member : {"A", "Run", "kMax", "Kind", "Inner", "list_", "count_"}) {
    EXPECT_TRUE(names.HasMember("A", member)) << member;
  }
  EXPECT_TRUE(names.HasMember("Kind", "kTwo"));
  EXPECT_TRUE(names.HasMember("Inner", "x"));
  EXPECT_FALSE(names.HasMember("A", "x"));
  EXPECT_FALSE(names.HasMember("A", "local"));
  EXPECT_FALSE(names.HasMember("A", "argument"));
  EXPECT_FALSE(names.HasMember("A", "Walk"));
  EXPECT_FALSE(names.HasMember("B", "Run"));
}

TEST(DeclaredNamesTest, KnowsWhatABaseAndAnAliasStandFor) {
  const DeclaredNames names = NamesIn(
      "template <class Atomics>\n"
      "class Chain { void Trim(); };\n"
      "template <class Atomics>\n"
      "class Log : public Chain<Atomics> { void Append(); };\n"
      "using ShardLog = Log<StdAtomics>;\n");
  EXPECT_TRUE(names.HasMember("Log", "Trim"));
  EXPECT_TRUE(names.HasMember("ShardLog", "Append"));
  EXPECT_TRUE(names.HasMember("ShardLog", "Trim"));
  EXPECT_FALSE(names.HasMember("Chain", "Append"));
}

TEST(DeclaredNamesTest, KnowsParametersOfTemplatesAndTypesThatAreOnlyNamed) {
  const DeclaredNames names = NamesIn("template <class Lot, typename Log>\nvoid F(); class Later;");
  EXPECT_TRUE(names.IsTemplateParameter("Lot"));
  EXPECT_TRUE(names.IsTemplateParameter("Log"));
  EXPECT_FALSE(names.IsTemplateParameter("Later"));
  EXPECT_TRUE(names.HasType("Later"));
}

TEST(DeclaredNamesTest, WordsAreThoseOfCodeAndLiteralsAndNotOfComments) {
  const DeclaredNames names = NamesIn("int alpha = F(\"Beta gamma\");  // Delta\n");
  for (const char* word : {"alpha", "F", "Beta", "gamma"}) EXPECT_TRUE(names.HasWord(word)) << word;
  EXPECT_FALSE(names.HasWord("Delta"));
  EXPECT_FALSE(names.HasWord("gam"));
}

TEST(DeclaredNamesTest, MacrosAndBlocksOfFunctionsAreNoClasses) {
  const DeclaredNames names = NamesIn(
      "#define CLASS(x) \\\n  class x {\nstruct A { int a; };\n"
      "struct A Make() { int b; }\nnamespace n { int c; }\nstruct B { int d; };\n");
  EXPECT_TRUE(names.HasMember("A", "a"));
  EXPECT_TRUE(names.HasMember("B", "d"));
  EXPECT_FALSE(names.HasMember("B", "c"));
}

}  // namespace
}  // namespace kinesis::testing::tidy
