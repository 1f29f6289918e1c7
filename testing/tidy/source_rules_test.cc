// Each rule is shown a snippet that it must flag and one that it must leave alone, so that a rule
// cannot quietly stop working.
#include "kinesis_core/testing/tidy/source_rules.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kinesis::testing::tidy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "path:line" of each finding of `rule` over `files`.
std::vector<std::string> Flagged(const std::string& rule, const std::vector<SourceFile>& files) {
  EXPECT_THAT(RuleNames(), Contains(rule)) << "no such rule";
  std::vector<std::string> flagged;
  for (const Finding& finding : CheckTree(files)) {
    EXPECT_FALSE(finding.message.empty());
    if (finding.rule == rule) flagged.push_back(finding.path + ":" + std::to_string(finding.line));
  }
  return flagged;
}

std::vector<std::string> Flagged(const std::string& rule, const std::string& path,
                                 const std::string& text) {
  return Flagged(rule, {{path, text}});
}

TEST(FindingTest, PrintsInTheFormThatEditorsJumpTo) {
  std::ostringstream out;
  out << Finding{"a/b.cc", 3, "whitespace", "use spaces for the tab"};
  EXPECT_EQ(out.str(), "a/b.cc:3: [whitespace] use spaces for the tab");
}

TEST(IncludeDirectionTest, EngineMayNotIncludeTheLayersAboveIt) {
  const std::string rule = "include-direction";
  const std::string api = "#include \"kinesis_core/api/client.h\"\n";
  const std::string testing = "#include \"kinesis_core/testing/fault_plan.h\"\n";
  EXPECT_THAT(Flagged(rule, "kinesis_core/engine.cc", api),
              ElementsAre("kinesis_core/engine.cc:1"));
  EXPECT_THAT(Flagged(rule, "kinesis_core/internal/a.h", api),
              ElementsAre("kinesis_core/internal/a.h:1"));
  EXPECT_THAT(Flagged(rule, "kinesis_core/engine_test.cc", api),
              ElementsAre("kinesis_core/engine_test.cc:1"));
  EXPECT_THAT(Flagged(rule, "kinesis_core/engine.cc", testing),
              ElementsAre("kinesis_core/engine.cc:1"));
  EXPECT_THAT(Flagged(rule, "kinesis_core/engine_test.cc", testing), IsEmpty());
  // Examples are programs of users.
  EXPECT_THAT(Flagged(rule, "kinesis_core/examples/a.cc", api + testing), IsEmpty());
}

TEST(IncludeDirectionTest, ApiMayNotIncludeTheEnginesInternals) {
  const std::string internal = "\n#include \"kinesis_core/internal/log/ring_log.h\"\n";
  const std::string rule = "include-direction";
  EXPECT_THAT(Flagged(rule, "api/client.cc", internal), ElementsAre("api/client.cc:2"));
  EXPECT_THAT(Flagged(rule, "api/client_test.cc", internal), ElementsAre("api/client_test.cc:2"));
  EXPECT_THAT(Flagged(rule, "api/client.cc", "#include \"kinesis_core/engine.h\"\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, "kinesis_core/engine.cc", internal), IsEmpty());
  // But for what both decide by.
  const std::string plan = "#include \"kinesis_core/internal/group_plan.h\"\n";
  EXPECT_THAT(Flagged(rule, "api/worker.cc", plan), IsEmpty());
  EXPECT_THAT(Flagged(rule, "api/internal/state_store.h",
                      "#include \"kinesis_core/internal/engine_properties.h\"\n"),
              IsEmpty());
  EXPECT_THAT(Flagged(rule, "a.cc", plan), ElementsAre("a.cc:1"));
}

TEST(IncludeDirectionTest, NothingIncludesBench) {
  const std::string rule = "include-direction";
  const std::string bench = "#include \"bench/latency_histogram.h\"\n";
  EXPECT_THAT(Flagged(rule, "testing/a.cc", bench), ElementsAre("testing/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "bench/a.cc", bench), IsEmpty());
  const std::string lab = "#include \"kinesis_core/lab/lab.h\"\n";
  EXPECT_THAT(Flagged(rule, "api/a.cc", lab), ElementsAre("api/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "bench/a.cc", lab), IsEmpty());
  EXPECT_THAT(Flagged(rule, "testing/packages/consumer/a.cc", lab), IsEmpty());
}

TEST(IncludeSpellingTest, BareFoldersAndRelativePathsAreFlagged) {
  const std::string rule = "include-spelling";
  EXPECT_THAT(Flagged(rule, "api/a.cc", "#include \"api/client.h\"\n"), ElementsAre("api/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "api/a.cc", "#include \"testing/matchers.h\"\n"),
              ElementsAre("api/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "api/a.cc", "#include \"client.h\"\n"), ElementsAre("api/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "api/a.cc", "#include \"../kinesis_core/engine.h\"\n"),
              ElementsAre("api/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "api/a.cc", "#include <kinesis_core/engine.h>\n"),
              ElementsAre("api/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "api/a.cc",
                      "#include <vector>\n#include \"xxhash.h\"\n#include \"gtest/gtest.h\"\n"
                      "#include \"kinesis_core/api/client.h\"\n"),
              IsEmpty());
}

TEST(IncludeSpellingTest, TheLabIsIncludedAsUsersIncludeIt) {
  const std::string rule = "include-spelling";
  EXPECT_THAT(Flagged(rule, "bench/a.cc", "#include \"bench/partition_lab/lab.h\"\n"),
              ElementsAre("bench/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "bench/a.cc",
                      "#include \"kinesis_core/lab/lab.h\"\n"
                      "#include \"bench/partition_lab/report_page.inc\"\n"),
              IsEmpty());
}

TEST(IncludeSpellingTest, MessageGivesTheRightSpelling) {
  const std::vector<Finding> findings = CheckTree({{"testing/a.cc", "#include \"matchers.h\"\n"}});
  ASSERT_THAT(findings, ::testing::Not(IsEmpty()));
  EXPECT_THAT(::testing::PrintToString(findings),
              HasSubstr("write #include \"kinesis_core/testing/matchers.h\""));
}

TEST(IncludeGuardTest, NameFollowsThePath) {
  EXPECT_EQ(IncludeGuardFor("kinesis_core/internal/log/ring_log.h"),
            "KINESIS_CORE_INTERNAL_LOG_RING_LOG_H_");
  EXPECT_EQ(IncludeGuardFor("testing/fault_plan.h"), "KINESIS_CORE_TESTING_FAULT_PLAN_H_");
  EXPECT_EQ(IncludeGuardFor("api/client.h"), "KINESIS_CORE_API_CLIENT_H_");
}

TEST(IncludeGuardTest, MissingOrMisspeltGuardsAreFlagged) {
  const std::string rule = "include-guard";
  const std::string path = "kinesis_core/a.h";
  const std::string good =
      "// What.\n#ifndef KINESIS_CORE_A_H_\n#define KINESIS_CORE_A_H_\n#include <vector>\n"
      "#endif  // KINESIS_CORE_A_H_\n";
  EXPECT_THAT(Flagged(rule, path, good), IsEmpty());
  const std::string in_c =
      "/* What. */\n#ifndef KINESIS_CORE_A_H_\n#define KINESIS_CORE_A_H_\n"
      "#endif /* KINESIS_CORE_A_H_ */\n";
  EXPECT_THAT(Flagged(rule, path, in_c), IsEmpty());
  EXPECT_THAT(Flagged(rule, path, "// What.\n" + in_c), ElementsAre("kinesis_core/a.h:5"));
  EXPECT_THAT(Flagged(rule, path, "int a;\n"), ElementsAre("kinesis_core/a.h:1"));
  EXPECT_THAT(Flagged(rule, path, "#pragma once\n"), Contains("kinesis_core/a.h:1"));
  EXPECT_THAT(Flagged(rule, path, "#ifndef A_H\n#define A_H\n#endif\n"),
              ElementsAre("kinesis_core/a.h:1", "kinesis_core/a.h:2", "kinesis_core/a.h:3"));
  EXPECT_THAT(Flagged(rule, "kinesis_core/a.cc", "int a;\n"), IsEmpty());
}

TEST(TierOrderTest, NothingOfTheEngineIncludesWhatStandsAboveIt) {
  const std::string rule = "tier-order";
  // From the lowest tier up; headers of one tier stand on one line.
  const std::vector<std::vector<std::string>> tiers = {
      {"kinesis_core/internal/base/check.h"},
      {"kinesis_core/hash_key.h", "kinesis_core/clock.h", "kinesis_core/file_system.h"},
      {"kinesis_core/internal/md5/md5.h", "kinesis_core/partitioner.h"},
      {"kinesis_core/internal/log/ring_log.h"},
      {"kinesis_core/internal/files/byte_codec.h"},
      {"kinesis_core/internal/stream_core.h", "kinesis_core/record_batch.h"},
      {"kinesis_core/engine.h", "kinesis_core/a_new_object.h"},
      {"kinesis_core/consumer_group.h", "kinesis_core/internal/group_core.h"}};
  for (size_t from = 0; from < tiers.size(); ++from) {
    for (size_t to = 0; to < tiers.size(); ++to) {
      for (const std::string& path : tiers[from]) {
        for (const std::string& include : tiers[to]) {
          const std::vector<std::string> flagged =
              Flagged(rule, path, "\n#include \"" + include + "\"\n");
          if (to > from) {
            EXPECT_THAT(flagged, ElementsAre(path + ":2")) << include;
          } else {
            EXPECT_THAT(flagged, IsEmpty()) << include;
          }
        }
      }
    }
  }
}

TEST(TierOrderTest, ASourceIsOfTheTierOfItsHeaderAndATestOfNone) {
  const std::string rule = "tier-order";
  const std::string core = "#include \"kinesis_core/internal/stream_core.h\"\n";
  EXPECT_THAT(Flagged(rule, "kinesis_core/hash_key.cc", core),
              ElementsAre("kinesis_core/hash_key.cc:1"));
  EXPECT_THAT(Flagged(rule, "kinesis_core/hash_key_test.cc", core), IsEmpty());
  EXPECT_THAT(Flagged(rule, "kinesis_core/stream.cc", core), IsEmpty());
  EXPECT_THAT(Flagged(rule, "testing/a.cc", core), IsEmpty());
}

// A tree with a public target `target` of the root that leads to api's `headers`.
std::vector<SourceFile> PublicTree(const std::string& hdrs) {
  return {{"BUILD.bazel",
           "alias(\n    name = \"api\",\n    actual = \"//api:public_headers\",\n"
           "    visibility = [\"//visibility:public\"],\n)\n"
           "alias(\n    name = \"own\",\n    actual = \"//testing:own\",\n)\n"},
          {"api/BUILD.bazel",
           "kc_library(\n    name = \"public_headers\",\n    hdrs = " + hdrs + ",\n)\n"},
          {"testing/BUILD.bazel", "kc_library(\n    name = \"own\",\n    hdrs = [\"a.h\"],\n)\n"}};
}

TEST(PublicHeaderTest, ExpensiveAndInternalIncludesAreFlagged) {
  const std::string rule = "public-header";
  for (const std::string include :
       {"<boost/multiprecision/cpp_int.hpp>", "<xxhash.h>", "\"absl/container/flat_hash_map.h\"",
        "<unordered_map>", "<atomic>", "<thread>", "\"kinesis_core/internal/log/ring_log.h\"",
        "\"kinesis_core/api/internal/client_core.h\""}) {
    std::vector<SourceFile> tree = PublicTree("glob([\"*.h\"])");
    const std::string text = "#include " + include + "\n";
    for (const char* path : {"api/a.h", "api/internal/a.h", "api/a.cc", "testing/a.h"}) {
      tree.push_back({path, text});
    }
    EXPECT_THAT(Flagged(rule, tree), ElementsAre("api/a.h:1")) << include;
  }
  std::vector<SourceFile> tree = PublicTree("[\"a.h\"]");
  tree.push_back({"api/a.h", "#include \"absl/container/inlined_vector.h\"\n"});
  EXPECT_THAT(Flagged(rule, tree), IsEmpty());
}

TEST(PublicHeaderTest, WhatAPublicHeaderIncludesIsPublicToo) {
  std::vector<SourceFile> tree = PublicTree("[\"a.h\"]");
  tree.push_back({"api/a.h", "#include \"kinesis_core/api/b.h\"\n"});
  tree.push_back({"api/b.h", "#include \"kinesis_core/lab/c.h\"\n"});
  tree.push_back({"bench/partition_lab/c.h", "\n#include <atomic>\n"});
  tree.push_back({"api/d.h", "#include <atomic>\n"});
  EXPECT_THAT(Flagged("public-header", tree), ElementsAre("bench/partition_lab/c.h:2"));
}

TEST(PublicHeaderTest, ATargetThatIsNotThereIsFlagged) {
  std::vector<SourceFile> tree = PublicTree("[\"a.h\"]");
  tree[1].path = "json/BUILD.bazel";
  EXPECT_THAT(Flagged("public-header", tree), ElementsAre("BUILD.bazel:0"));
}

TEST(SoleIncluderTest, SecondIncluderIsFlaggedAndTestsAreNot) {
  const std::string boost = "#include <boost/multiprecision/cpp_int.hpp>\n";
  EXPECT_THAT(Flagged("sole-includer", {{"kinesis_core/a.cc", boost},
                                        {"kinesis_core/b.cc", boost},
                                        {"kinesis_core/b_test.cc", boost},
                                        {"bench/c.cc", boost}}),
              ElementsAre("kinesis_core/b.cc:1"));
}

TEST(MemoryOrderTest, NeedsACommentOnTheLineOrAtMostFourAbove) {
  const std::string rule = "memory-order";
  const std::string path = "kinesis_core/internal/a.h";
  const std::string use = "a.load(std::memory_order_acquire);";
  EXPECT_THAT(Flagged(rule, path, use + "\n"), ElementsAre(path + ":1"));
  EXPECT_THAT(Flagged(rule, path, use + "  // Pairs with Publish().\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, path, "// Pairs with Publish().\n\n\n\n" + use + "\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, path, "// Pairs with Publish().\n\n\n\n\n" + use + "\n"),
              ElementsAre(path + ":6"));
  EXPECT_THAT(Flagged(rule, "kinesis_core/internal/a_test.cc", use + "\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, path, "f(\"memory_order\");\n"), IsEmpty());
}

TEST(MemoryOrderTest, ACommentForAllHoldsToTheNextGap) {
  const std::string rule = "memory-order";
  const std::string path = "kinesis_core/internal/a.h";
  const std::string use = "a.load(std::memory_order_acquire);\n";
  const std::string six = use + use + use + use + use + use;
  EXPECT_THAT(Flagged(rule, path, "// Acquire, all: as in Publish().\n" + six), IsEmpty());
  EXPECT_THAT(Flagged(rule, path, "// Acquire: as in Publish().\n" + six),
              ElementsAre(path + ":6", path + ":7"));
  EXPECT_THAT(Flagged(rule, path, "// Acquire, all: as in Publish().\n" + six + "\n" + six),
              ElementsAre(path + ":9", path + ":10", path + ":11", path + ":12", path + ":13",
                          path + ":14"));
}

TEST(HiddenThreadTest, ProductCodeMayNotStartThreads) {
  const std::string rule = "hidden-thread";
  EXPECT_THAT(Flagged(rule, "kinesis_core/a.cc", "std::thread t(f);\n"),
              ElementsAre("kinesis_core/a.cc:1"));
  EXPECT_THAT(Flagged(rule, "api/a.cc", "auto x = std::async(f);\n"), ElementsAre("api/a.cc:1"));
  EXPECT_THAT(
      Flagged(rule, "kinesis_core/a.cc", "std::this_thread::yield();\nstd::thread::id i;\n"),
      IsEmpty());
  EXPECT_THAT(Flagged(rule, "kinesis_core/a_test.cc", "std::thread t(f);\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, "kinesis_core/examples/a.cc", "std::thread t(f);\n"), IsEmpty());
}

TEST(MarkerTest, UnfinishedWorkIsFlaggedInEveryKindOfFile) {
  const std::string marker = std::string("TO") + "DO";
  EXPECT_THAT(Flagged("marker", "kinesis_core/a.cc", "// " + marker + "(me): x\n"),
              ElementsAre("kinesis_core/a.cc:1"));
  EXPECT_THAT(Flagged("marker", "README.md", "a\n" + marker + "\n"), ElementsAre("README.md:2"));
  EXPECT_THAT(Flagged("marker", "kinesis_core/a.cc", "// mastodon\n"), IsEmpty());
}

TEST(DisabledTestTest, DisabledTestsAreFlagged) {
  EXPECT_THAT(Flagged("disabled-test", "kinesis_core/a_test.cc", "TEST(A, DISABLED_B) {}\n"),
              ElementsAre("kinesis_core/a_test.cc:1"));
}

TEST(NolintTest, NeedsACheckAndAReason) {
  const std::string rule = "nolint";
  const std::string path = "kinesis_core/a.cc";
  EXPECT_THAT(Flagged(rule, path, "f();  // NOLINT\n"), ElementsAre(path + ":1"));
  EXPECT_THAT(Flagged(rule, path, "f();  // NOLINT(a-b)\n"), ElementsAre(path + ":1"));
  EXPECT_THAT(Flagged(rule, path, "f();  // NOLINT: reason\n"), ElementsAre(path + ":1"));
  EXPECT_THAT(Flagged(rule, path, "f();  // NOLINT(a-b): implicit on purpose\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, path, "// NOLINTNEXTLINE(a-b): implicit on purpose\n"), IsEmpty());
}

TEST(WhitespaceTest, TabsTrailingBlanksAndFileEndsAreFlagged) {
  const std::string rule = "whitespace";
  EXPECT_THAT(Flagged(rule, "a.md", "a\tb\n"), ElementsAre("a.md:1"));
  EXPECT_THAT(Flagged(rule, "a.md", "a \n"), ElementsAre("a.md:1"));
  EXPECT_THAT(Flagged(rule, "a.md", "a\r\n"), ElementsAre("a.md:1"));
  EXPECT_THAT(Flagged(rule, "a.md", "a"), ElementsAre("a.md:1"));
  EXPECT_THAT(Flagged(rule, "a.md", "a\n\n"), ElementsAre("a.md:2"));
  EXPECT_THAT(Flagged(rule, "a.md", "a\n\nb\n"), IsEmpty());
}

TEST(LineLengthTest, CountsCharactersAndExceptsLinks) {
  const std::string rule = "line-length";
  const std::string full(100, 'x');
  EXPECT_THAT(Flagged(rule, "a.sh", full + "\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, "a.sh", full + "x\n"), ElementsAre("a.sh:1"));
  EXPECT_THAT(Flagged(rule, "a.sh", "# https://example.com/" + full + "\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, "a.sh", std::string(99, 'x') + "\u2264\n"), IsEmpty());
  EXPECT_THAT(Flagged(rule, "a.md", full + "x\n"), IsEmpty());
}

TEST(FileLengthTest, LongFilesAreFlaggedUnlessTheyAreTests) {
  std::string text;
  for (int i = 0; i < 600; ++i) text += "int a;\n";
  EXPECT_THAT(Flagged("file-length", "kinesis_core/a.cc", text), IsEmpty());
  text += "int b;\n";
  EXPECT_THAT(Flagged("file-length", "kinesis_core/a.cc", text),
              ElementsAre("kinesis_core/a.cc:0"));
  EXPECT_THAT(Flagged("file-length", "kinesis_core/a_test.cc", text), IsEmpty());
}

TEST(FileLengthTest, AnExceptionThatIsNoLongerNeededIsFlagged) {
  const std::string path = "testing/deterministic_schedule.cc";
  EXPECT_THAT(Flagged("file-length", path, "int a;\n"), ElementsAre(path + ":0"));
}

TEST(ListedInBuildTest, FilesThatNoBuildFileNamesAreFlagged) {
  const std::string rule = "listed-in-build";
  const SourceFile build = {"kinesis_core/BUILD.bazel", "srcs = [\"a.cc\", \"internal/b.cc\"]\n"};
  EXPECT_THAT(Flagged(rule, {build, {"kinesis_core/a.cc", ""}, {"kinesis_core/internal/b.cc", ""}}),
              IsEmpty());
  EXPECT_THAT(Flagged(rule, {build, {"kinesis_core/dead.cc", ""}}),
              ElementsAre("kinesis_core/dead.cc:0"));
  EXPECT_THAT(Flagged(rule, {build, {"kinesis_core/internal/a.cc", ""}}),
              ElementsAre("kinesis_core/internal/a.cc:0"));
}

TEST(PublicTargetTest, OnlyTheRootAndThirdPartyHavePublicTargets) {
  const std::string rule = "public-target";
  const std::string text = "    name = \"a\",\n    visibility = [\"//visibility:public\"],\n";
  EXPECT_THAT(Flagged(rule, "api/BUILD.bazel", text), ElementsAre("api/BUILD.bazel:2"));
  EXPECT_THAT(Flagged(rule, "BUILD.bazel", text), IsEmpty());
  EXPECT_THAT(Flagged(rule, "third_party/offline/boost/BUILD.bazel", text), IsEmpty());
}

TEST(CommentNameTest, NamesOfNothingAreFlaggedInTheProduct) {
  const std::string rule = "comment-name";
  const std::string code = "class RingLog {\n  void Append();\n};\n";
  for (const std::string comment :
       {"// As RingLog::Seek does.", "// Published by MakeSlab.", "// See Missing().",
        "// An api::Nothing is returned.", "// The NoSuchClass::Append."}) {
    EXPECT_THAT(Flagged(rule, "kinesis_core/a.h", code + comment + "\n"),
                ElementsAre("kinesis_core/a.h:4"))
        << comment;
    EXPECT_THAT(Flagged(rule, "bench/a.cc", code + comment + "\n"), IsEmpty());
  }
  for (const std::string comment :
       {"// As RingLog::Append does.", "// Append() and RingLog.",
        "// A std::vector or absl::Time.", "// Of 10 MiB in the ARN, under ThreadSanitizer.",
        "// In some/Path::Name or --FlagName.", "//   NoSuchTest::Use(this);"}) {
    EXPECT_THAT(Flagged(rule, "kinesis_core/a.h", code + comment + "\n"), IsEmpty()) << comment;
  }
}

TEST(CommentNameTest, ANameThatAFilePointsToIsKnownInThatFile) {
  const SourceFile above = {"kinesis_core/internal/log/above.h",
                            "#include \"kinesis_core/internal/log/below.h\"\n"
                            "class Above {\n  void ClaimRoom();\n};\n"
                            "// A seal (see RotateAway).\n"};
  const SourceFile below = {"kinesis_core/internal/log/below.h",
                            "class Below {\n  void RotateAway();\n};\n"
                            "// They stay one chain (see\n// ClaimRoom), see Above.\n"};
  EXPECT_THAT(Flagged("comment-name", {above, below}), ElementsAre(below.path + ":5"));
}

TEST(DocCommentTest, BeginsWithWhatIsDeclared) {
  const std::string rule = "doc-comment";
  const SourceFile root = {"BUILD.bazel",
                           "alias(\n    name = \"a\",\n    actual = \"//testing:a\",\n"
                           "    visibility = [\"//visibility:public\"],\n)\n"};
  const SourceFile build = {"testing/BUILD.bazel",
                            "kc_library(\n    name = \"a\",\n    hdrs = [\"a.h\"],\n)\n"};
  const std::string text =
      "// What a rule does.\nint a;\n\n  // Whether it does.\n  int b;\n"
      "// Returns whether, and\n// What follows.\nint c;  // What it is\n// Whatever.\n";
  EXPECT_THAT(Flagged(rule, {root, build, {"testing/a.h", text}}),
              ElementsAre("testing/a.h:1", "testing/a.h:4"));
  EXPECT_THAT(Flagged(rule, {root, build, {"testing/internal/a.h", text}}), IsEmpty());
}

// A tree with one invariant, one test and one mutant, in which all refer to each other.
std::vector<SourceFile> TreeWithAnInvariant() {
  return {{"kinesis_core/doc/invariants.md",
           "# Invariants\n\n### L2: Whole or not at all.\n\n"
           "- Argued in `kinesis_core/a.h`.\n"
           "- Tested by `//kinesis_core:a_test`:\n  `A.IsWhole`.\n"
           "- Caught `a-is-torn`, `//kinesis_core:a_test`: `A.IsWhole`.\n"},
          {"kinesis_core/a.h", "// Stored last (L2).\nint a;\n"},
          {"kinesis_core/a_test.cc", "TEST(A,\n     IsWhole) {}\n"},
          {"kinesis_core/BUILD.bazel",
           "kc_test(\n    name = \"a_test\",\n    srcs = [\"a_test.cc\"],\n)\n"},
          {"testing/mutants/a.mutants",
           "# A list.\n\nmutant: a-is-torn\nwhy: it is\nfile: kinesis_core/a.h\n"
           "tests: //kinesis_core:a_test\n<<<<\nint a;\n====\nint b;\n>>>>\n"}};
}

// The tree above, with `from` replaced by `to` in the file at `path`.
std::vector<SourceFile> TreeWith(const std::string& path, const std::string& from,
                                 const std::string& to) {
  std::vector<SourceFile> tree = TreeWithAnInvariant();
  for (SourceFile& file : tree) {
    if (file.path != path) continue;
    const size_t at = file.text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) file.text.replace(at, from.size(), to);
  }
  return tree;
}

TEST(InvariantTest, NumbersThatAreCitedStandInTheDocument) {
  const std::string rule = "invariant";
  EXPECT_THAT(Flagged(rule, TreeWithAnInvariant()), IsEmpty());
  EXPECT_THAT(Flagged(rule, TreeWith("kinesis_core/a.h", "int a;", "// And in L3.")),
              ElementsAre("kinesis_core/a.h:2"));
  EXPECT_THAT(Flagged(rule, TreeWith("kinesis_core/a.h", "int a;", "// L3d, 1P1C, kL3 are none.")),
              IsEmpty());
  EXPECT_THAT(Flagged(rule, "kinesis_core/a.h", "// Of invariant G1.\n"),
              ElementsAre("kinesis_core/a.h:1"));
  EXPECT_THAT(Flagged(rule, "api/a.h", "// A bucket of S3.\n"), IsEmpty());
}

TEST(InvariantTest, WhatTheDocumentNamesIsThere) {
  const std::string rule = "invariant";
  const std::string page = "kinesis_core/doc/invariants.md";
  const std::vector<std::vector<std::string>> changes = {
      {page, "- Argued in `kinesis_core/a.h`.\n", ""},
      {page, "kinesis_core/a.h", "kinesis_core/b.h"},
      {"kinesis_core/a.h", " (L2)", ""},
      {page, "- Tested by `//kinesis_core:a_test`:\n  `A.IsWhole`.\n", ""},
      {page, "`//kinesis_core:a_test`:\n", "`//kinesis_core:b_test`:\n"},
      {"kinesis_core/a_test.cc", "IsWhole", "IsHalf"},
      {page, "- Caught `a-is-torn`, `//kinesis_core:a_test`: `A.IsWhole`.\n", ""},
      {"testing/mutants/a.mutants", "mutant: a-is-torn", "mutant: a-is-gone"},
      {page, "# Invariants", "### L2: Twice.\n"},
  };
  for (const std::vector<std::string>& change : changes) {
    EXPECT_THAT(Flagged(rule, TreeWith(change[0], change[1], change[2])), Contains(HasSubstr(page)))
        << change[1];
  }
}

TEST(InvariantTest, AModelMayHaveCaughtIt) {
  const std::string rule = "invariant";
  const std::string page = "kinesis_core/doc/invariants.md";
  std::vector<SourceFile> tree = TreeWith(page, "- Caught ", "- Caught `m/a.pml`: `NO_CHECK`, ");
  EXPECT_THAT(Flagged(rule, tree), ElementsAre(page + ":3", page + ":3"));
  tree.push_back({"m/a.pml", "#ifdef NO_CHECK\n#endif\n"});
  EXPECT_THAT(Flagged(rule, tree), IsEmpty());
}

TEST(MutantTest, ATargetMayBeNamedAfterItsSource) {
  const std::string build = "kinesis_core/BUILD.bazel";
  const std::string from = "name = \"a_test\",\n    srcs = [\"a_test.cc\"],\n)";
  const std::string to = "name = test[:-3],\n    srcs = [test],\n) for test in [\"a_test.cc\"]]";
  EXPECT_THAT(Flagged("mutant", TreeWith(build, from, to)), IsEmpty());
}

TEST(MutantTest, FitsTheTree) {
  const std::string rule = "mutant";
  const std::string list = "testing/mutants/a.mutants";
  EXPECT_THAT(Flagged(rule, TreeWithAnInvariant()), IsEmpty());
  EXPECT_THAT(Flagged(rule, TreeWith(list, "core:a_test", "core:b_test")),
              ElementsAre(list + ":3"));
  EXPECT_THAT(Flagged(rule, TreeWith(list, "core/a.h", "core/b.h")), ElementsAre(list + ":3"));
  EXPECT_THAT(Flagged(rule, TreeWith("kinesis_core/a.h", "int a;", "int c;")),
              ElementsAre(list + ":3"));
  EXPECT_THAT(Flagged(rule, TreeWith("kinesis_core/a.h", "int a;", "int a;\nint a;")),
              ElementsAre(list + ":3"));
}

}  // namespace
}  // namespace kinesis::testing::tidy
