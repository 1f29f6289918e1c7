// The written rules of this repository, as a function from source text to findings.
//
// CONTRIBUTING.md states the rules for people; this is what enforces them. The rules are plain
// text checks: each looks at one file, or at the whole tree where it concerns several files. None
// needs a compiler, so all of them together take well under a second.
//
// Adding a rule: a check in one of the files that rules.h names, a line in the table of
// source_rules.cc, and in source_rules_test.cc a bad snippet that it must flag and a good one that
// it must leave alone. A rule without both is not finished.
//
// Thread rule: functions without shared state; any thread may call them.
#ifndef KINESIS_CORE_TESTING_TIDY_SOURCE_RULES_H_
#define KINESIS_CORE_TESTING_TIDY_SOURCE_RULES_H_

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing::tidy {

// One file of the tree. `path` is relative to the repository's root, with forward slashes.
struct SourceFile {
  std::string path;
  std::string text;
};

// One broken rule. `line` counts from 1; 0 means the file as a whole.
struct Finding {
  std::string path;
  int line = 0;
  std::string rule;
  // Says what is wrong and what to write instead.
  std::string message;
};

// "path:line: [rule] message", the form that editors jump to.
std::ostream& operator<<(std::ostream& out, const Finding& finding);

// Every rule's name, in the order in which CONTRIBUTING.md explains them.
std::vector<std::string> RuleNames();

// All findings of all rules over `files`, ordered by path and line. Give it the whole tree: rules
// such as "only one file includes Boost" compare files with one another.
std::vector<Finding> CheckTree(const std::vector<SourceFile>& files);

// The include guard that the header at `path` must have, for example
// "KINESIS_CORE_INTERNAL_LOG_RING_LOG_H_" for "kinesis_core/internal/log/ring_log.h".
std::string IncludeGuardFor(std::string_view path);

}  // namespace kinesis::testing::tidy

#endif  // KINESIS_CORE_TESTING_TIDY_SOURCE_RULES_H_
