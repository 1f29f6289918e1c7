#include "kinesis_core/testing/tidy/build_text.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinesis::testing::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(FindTargetsTest, ReadsNamesListsAndVisibility) {
  const std::vector<BuildTarget> targets = FindTargets(
      "load(\"//:build_defs.bzl\", \"kc_library\")\n"
      "\n"
      "# A list (of two).\n"
      "kc_library(\n"
      "    name = \"a\",\n"
      "    srcs = [\"a.cc\"],\n"
      "    hdrs = [\n"
      "        \"a.h\",  # the [first\n"
      "        \"b.h\",\n"
      "    ],\n"
      "    deps = [\":c\"],\n"
      ")\n"
      "alias(\n"
      "    name = \"d\",\n"
      "    actual = \"//e:f\",\n"
      "    visibility = [\"//visibility:public\"],\n"
      ")\n");
  ASSERT_THAT(targets, SizeIs(2));
  EXPECT_EQ(targets[0].kind, "kc_library");
  EXPECT_EQ(targets[0].name, "a");
  EXPECT_THAT(targets[0].srcs, ElementsAre("a.cc"));
  EXPECT_THAT(targets[0].hdrs, ElementsAre("a.h", "b.h"));
  EXPECT_FALSE(targets[0].is_public);
  EXPECT_EQ(targets[1].actual, "//e:f");
  EXPECT_THAT(targets[1].hdrs, IsEmpty());
  EXPECT_TRUE(targets[1].is_public);
}

TEST(FindTargetsTest, ReadsThePatternsOfAGlob) {
  const std::vector<BuildTarget> targets =
      FindTargets("kc_library(\n    name = \"a\",\n    hdrs = glob([\"*.h\"]),\n)\n");
  ASSERT_THAT(targets, SizeIs(1));
  EXPECT_THAT(targets[0].hdrs, ElementsAre("*.h"));
}

TEST(FindTargetsTest, ReadsACallInsideOfAComprehension) {
  const std::vector<BuildTarget> targets = FindTargets(
      "[\n    kc_test(\n        name = \"soak_%s_test\" % policy,\n"
      "        srcs = [\"soak.cc\"],\n    )\n    for policy in []\n]\n");
  ASSERT_THAT(targets, SizeIs(1));
  EXPECT_EQ(targets[0].name, "soak_%s_test");
}

TEST(ParseLabelTest, KnowsTheThreeForms) {
  EXPECT_EQ(ParseLabel("//a/b:c", "").package, "a/b");
  EXPECT_EQ(ParseLabel("//a/b:c", "").name, "c");
  EXPECT_EQ(ParseLabel("//a/b", "").name, "b");
  EXPECT_EQ(ParseLabel("//a", "").name, "a");
  EXPECT_EQ(ParseLabel(":c", "d").package, "d");
  EXPECT_EQ(ParseLabel(":c", "d").name, "c");
}

TEST(NamesFileTest, AStarStandsForAnythingWithinAFolder) {
  EXPECT_TRUE(NamesFile("a", "b.h", "a/b.h"));
  EXPECT_TRUE(NamesFile("", "b.h", "b.h"));
  EXPECT_TRUE(NamesFile("a", "*.h", "a/b.h"));
  EXPECT_TRUE(NamesFile("a", "internal/b.h", "a/internal/b.h"));
  EXPECT_FALSE(NamesFile("a", "*.h", "a/internal/b.h"));
  EXPECT_FALSE(NamesFile("a", "*.h", "a/b.cc"));
  EXPECT_FALSE(NamesFile("a", "b.h", "ab/b.h"));
}

}  // namespace
}  // namespace kinesis::testing::tidy
