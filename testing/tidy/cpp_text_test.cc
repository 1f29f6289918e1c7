#include "kinesis_core/testing/tidy/cpp_text.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinesis::testing::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SplitLinesTest, AFinalNewlineStartsNoNewLine) {
  EXPECT_THAT(SplitLines(""), IsEmpty());
  EXPECT_THAT(SplitLines("a\n"), ElementsAre("a"));
  EXPECT_THAT(SplitLines("a\n\nb"), ElementsAre("a", "", "b"));
}

TEST(ScanCppTest, LineCommentIsTakenOutOfTheCodeAndKeepsItsColumn) {
  const std::vector<CppLine> lines = ScanCpp("int a;  // why\nint b;\n");
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].code, "int a;        ");
  EXPECT_EQ(lines[0].comment, "        // why");
  EXPECT_EQ(lines[1].code, "int b;");
}

TEST(ScanCppTest, BlockCommentRunsOverLines) {
  const std::vector<CppLine> lines = ScanCpp("a /* x\ny */ b\n");
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].comment, "  /* x");
  EXPECT_EQ(lines[1].comment, "y */  ");
  EXPECT_EQ(lines[1].code, "     b");
}

TEST(ScanCppTest, LiteralsAreBlankInTheCode) {
  EXPECT_EQ(ScanCpp(R"(f("// no", 'x', "\"");)")[0].code, R"(f("     ", ' ', "  ");)");
}

TEST(ScanCppTest, RawStringRunsOverLinesAndHidesQuotesAndComments) {
  const std::vector<CppLine> lines = ScanCpp("f(R\"x(a \" //\nb)x\"); // c\n");
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].comment.find("//"), std::string::npos);
  EXPECT_NE(lines[1].comment.find("// c"), std::string::npos);
}

TEST(ScanCppTest, DigitSeparatorOpensNoLiteral) {
  EXPECT_EQ(ScanCpp("int a = 1'000;  // b")[0].code, "int a = 1'000;      ");
}

TEST(FindIncludesTest, ReportsSpellingAndLineButNotIncludesInStrings) {
  const std::vector<Include> includes =
      FindIncludes(ScanCpp("#include <vector>\n#  include \"a/b.h\"  // why\nf(\"#include <x>\");\n"
                           "// #include <no>\n"));
  ASSERT_THAT(includes, SizeIs(2));
  EXPECT_EQ(includes[0].path, "vector");
  EXPECT_FALSE(includes[0].quoted);
  EXPECT_EQ(includes[1].path, "a/b.h");
  EXPECT_TRUE(includes[1].quoted);
  EXPECT_EQ(includes[1].line, 2);
}

TEST(ContainsWordTest, NeedsAWordBoundaryOnBothSides) {
  EXPECT_TRUE(ContainsWord("(word)", "word"));
  EXPECT_TRUE(ContainsWord("swords word", "word"));
  EXPECT_FALSE(ContainsWord("words", "word"));
  EXPECT_FALSE(ContainsWord("my_word", "word"));
}

}  // namespace
}  // namespace kinesis::testing::tidy
