// Reads BUILD.bazel files as far as the rules need it: which targets there are, and what stands in
// their lists.
//
// It knows calls of macros and rules at the left margin, string attributes, lists of strings,
// glob([...]), and nothing else of the language. A list that is added to or computed has its
// strings read all the same; those that other variables hold are not seen.
//
// Thread rule: functions without shared state; any thread may call them.
#ifndef KINESIS_CORE_TESTING_TIDY_BUILD_TEXT_H_
#define KINESIS_CORE_TESTING_TIDY_BUILD_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing::tidy {

// A call such as kc_library(name = "a", hdrs = ["a.h"]).
struct BuildTarget {
  std::string kind;  // "kc_library"
  std::string name;
  std::string actual;  // of an alias: what it stands for
  // Files or, in glob(), patterns, as written.
  std::vector<std::string> srcs;
  std::vector<std::string> hdrs;
  bool is_public = false;  // visible to other projects
};

// The targets of a BUILD.bazel file, in order.
std::vector<BuildTarget> FindTargets(std::string_view text);

// "//a/b:c" is target c of package a/b.
struct Label {
  std::string package;
  std::string name;
};

// Reads "//a/b:c", "//a/b", which is short for "//a/b:b", and ":c", which is of `package`.
Label ParseLabel(std::string_view text, std::string_view package);

// Returns whether `pattern`, as it stands in a list of a target of `package`, is the file at
// `path`. A star stands for any characters but a slash.
bool NamesFile(std::string_view package, std::string_view pattern, std::string_view path);

}  // namespace kinesis::testing::tidy

#endif  // KINESIS_CORE_TESTING_TIDY_BUILD_TEXT_H_
