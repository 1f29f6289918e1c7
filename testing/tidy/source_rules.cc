#include "kinesis_core/testing/tidy/source_rules.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "kinesis_core/testing/tidy/rule.h"
#include "kinesis_core/testing/tidy/rules.h"

namespace kinesis::testing::tidy {
namespace {

struct Rule {
  std::string_view name;
  // Exactly one of the two is set.
  void (*check_file)(const File&, Report&);
  void (*check_tree)(const std::vector<File>&, Report&);
};

constexpr std::array kRules = {
    Rule{"include-direction", CheckIncludeDirection, nullptr},
    Rule{"tier-order", CheckTierOrder, nullptr},
    Rule{"include-spelling", CheckIncludeSpelling, nullptr},
    Rule{"include-guard", CheckIncludeGuard, nullptr},
    Rule{"public-header", nullptr, CheckPublicHeader},
    Rule{"sole-includer", nullptr, CheckSoleIncluder},
    Rule{"memory-order", CheckMemoryOrder, nullptr},
    Rule{"hidden-thread", CheckHiddenThread, nullptr},
    Rule{"marker", CheckMarker, nullptr},
    Rule{"disabled-test", CheckDisabledTest, nullptr},
    Rule{"nolint", CheckNolint, nullptr},
    Rule{"whitespace", CheckWhitespace, nullptr},
    Rule{"line-length", CheckLineLength, nullptr},
    Rule{"file-length", CheckFileLength, nullptr},
    Rule{"listed-in-build", nullptr, CheckListedInBuild},
    Rule{"public-target", CheckPublicTarget, nullptr},
    Rule{"comment-name", nullptr, CheckCommentName},
    Rule{"doc-comment", CheckDocComment, nullptr},
    Rule{"invariant", nullptr, CheckInvariant},
    Rule{"mutant", nullptr, CheckMutant},
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Finding& finding) {
  return out << finding.path << ":" << finding.line << ": [" << finding.rule << "] "
             << finding.message;
}

std::vector<std::string> RuleNames() {
  std::vector<std::string> names;
  for (const Rule& rule : kRules) names.emplace_back(rule.name);
  return names;
}

std::vector<Finding> CheckTree(const std::vector<SourceFile>& files) {
  const std::vector<File> described = DescribeTree(files);

  std::vector<Finding> findings;
  for (const Rule& rule : kRules) {
    Report report(std::string(rule.name), &findings);
    if (rule.check_tree != nullptr) {
      rule.check_tree(described, report);
      continue;
    }
    for (const File& file : described) rule.check_file(file, report);
  }
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.path, a.line) < std::tie(b.path, b.line);
  });
  return findings;
}

}  // namespace kinesis::testing::tidy
