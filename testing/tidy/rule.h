// The two things that every rule works with: a file of the tree with all that rules ask about it,
// and the report that a rule writes.
//
// Thread rule: functions and values without shared state; any thread may use those of its own.
#ifndef KINESIS_CORE_TESTING_TIDY_RULE_H_
#define KINESIS_CORE_TESTING_TIDY_RULE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinesis_core/testing/tidy/cpp_text.h"
#include "kinesis_core/testing/tidy/source_rules.h"

namespace kinesis::testing::tidy {

// The folders between which includes have a direction. kOther is everything that stands outside of
// them: examples, and the project that uses the library as a dependency.
enum class Layer { kCore, kInternal, kApi, kTesting, kBench, kOther };

struct File {
  std::string path;
  std::string text;
  std::vector<std::string> raw_lines;
  // Empty unless the file is C++.
  std::vector<CppLine> lines;
  std::vector<Include> includes;
  bool is_cpp = false;
  bool is_header = false;
  bool is_test = false;
  // A header that users include: see DescribeTree.
  bool is_public = false;
  Layer layer = Layer::kOther;
};

// The files of a tree, each described. A header is public if a public target of the root's
// BUILD.bazel names it in `hdrs`, or if a public header of ours includes it and it does not stand
// in a folder called "internal".
std::vector<File> DescribeTree(const std::vector<SourceFile>& sources);

// A target of the root's BUILD.bazel that other projects name, and the headers that it leads to.
struct PublicTarget {
  std::string name;
  std::vector<std::string> header_paths;
};

std::vector<PublicTarget> FindPublicTargets(const std::vector<File>& files);

// The layer of a file of the tree, and that of an include by its spelling.
Layer LayerOfPath(std::string_view path);
Layer LayerOfInclude(std::string_view include);

// The path in the tree of the file that `include` names, whether or not there is such a file:
// "kinesis_core/api/client.h" is "api/client.h".
std::string PathOfInclude(std::string_view include);

// Returns whether a file is code that ships to users, and so is held to the rules on atomics and
// threads.
bool IsProduct(const File& file);

bool StartsWith(std::string_view text, std::string_view prefix);
bool EndsWith(std::string_view text, std::string_view suffix);

// "a/b" of "a/b/c.h"; empty for a file of the root.
std::string_view FolderOf(std::string_view path);

// A project of its own, with folders that are called like ours.
inline constexpr std::string_view kConsumer = "testing/packages/consumer/";

// Collects the findings of one rule.
class Report {
 public:
  // `findings` must outlive this.
  Report(std::string rule, std::vector<Finding>* findings)
      : rule_(std::move(rule)), findings_(findings) {}

  // A line of 0 stands for the file as a whole.
  void Add(const File& file, std::size_t line, std::string message) {
    findings_->push_back({file.path, static_cast<int>(line), rule_, std::move(message)});
  }

 private:
  std::string rule_;
  std::vector<Finding>* findings_;
};

}  // namespace kinesis::testing::tidy

#endif  // KINESIS_CORE_TESTING_TIDY_RULE_H_
