#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/testing/tidy/build_text.h"
#include "kinesis_core/testing/tidy/cpp_text.h"
#include "kinesis_core/testing/tidy/rule.h"
#include "kinesis_core/testing/tidy/rules.h"

namespace kinesis::testing::tidy {
namespace {

constexpr std::string_view kDocument = "kinesis_core/doc/invariants.md";

// The tree as a check of references needs it.
struct Tree {
  explicit Tree(const std::vector<File>& all) {
    for (const File& file : all) {
      files[file.path] = &file;
      if (EndsWith(file.path, "BUILD.bazel")) {
        const std::string package(FolderOf(file.path));
        targets[package] = FindTargets(file.text);
        builds[package] = &file;
      }
    }
  }

  // The target that a label such as "//a/b:c" names; null if there is none.
  const BuildTarget* Find(const Label& label) const {
    const auto package = targets.find(label.package);
    if (package == targets.end()) return nullptr;
    const auto found =
        std::find_if(package->second.begin(), package->second.end(),
                     [&](const BuildTarget& target) { return target.name == label.name; });
    return found == package->second.end() ? nullptr : &*found;
  }

  // Whether there is such a target, or one whose name is computed from that of its source.
  bool Has(const Label& label) const {
    if (Find(label) != nullptr) return true;
    const auto build = builds.find(label.package);
    return build != builds.end() &&
           build->second->text.find("\"" + label.name + ".cc\"") != std::string::npos;
  }

  std::map<std::string, const File*> files;
  std::map<std::string, const File*> builds;
  std::map<std::string, std::vector<BuildTarget>> targets;
};

// Where the value begins if `line` is "key: value"; empty if it is not.
std::string_view ValueOf(std::string_view line, std::string_view key) {
  if (!StartsWith(line, key) || line.substr(key.size(), 2) != ": ") return "";
  return line.substr(key.size() + 2);
}

// ------------------------------------------------------------------------------------ Mutants

struct Mutant {
  std::size_t line = 0;
  std::string name;
  std::string path;
  std::vector<std::string> labels;
  std::string find;
};

// The entries of a list; testing/mutants/run.py has the format.
std::vector<Mutant> MutantsIn(const File& file) {
  std::vector<Mutant> mutants;
  bool in_find = false;
  bool in_text = false;
  for (std::size_t i = 0; i < file.raw_lines.size(); ++i) {
    const std::string& line = file.raw_lines[i];
    if (in_text) {
      if (line == "====") in_find = false;
      if (line == ">>>>") in_text = false;
      if (!in_find || mutants.empty()) continue;
      std::string& find = mutants.back().find;
      find += (find.empty() ? "" : "\n") + line;
      continue;
    }
    if (line == "<<<<") in_find = in_text = true;
    if (!ValueOf(line, "mutant").empty()) {
      Mutant& mutant = mutants.emplace_back();
      mutant.line = i + 1;
      mutant.name = ValueOf(line, "mutant");
    }
    if (mutants.empty()) continue;
    if (!ValueOf(line, "file").empty()) mutants.back().path = ValueOf(line, "file");
    std::string_view labels = ValueOf(line, "tests");
    while (!labels.empty()) {
      const std::size_t end = std::min(labels.find(' '), labels.size());
      mutants.back().labels.emplace_back(labels.substr(0, end));
      labels.remove_prefix(std::min(end + 1, labels.size()));
    }
  }
  return mutants;
}

std::size_t CountOf(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// --------------------------------------------------------------------------------- Invariants

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool IsNumber(std::string_view word) {
  return word.size() >= 2 && word.size() <= 3 && word[0] >= 'A' && word[0] <= 'Z' &&
         std::all_of(word.begin() + 1, word.end(), IsDigit);
}

// The numbers of invariants in a text: "L2", but not "L1d", "1P1C" or "x_L2".
std::vector<std::string> NumbersIn(std::string_view text) {
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
      ++end;
    }
    const std::string_view word = text.substr(i, end - i);
    if (IsNumber(word)) numbers.emplace_back(word);
    i = std::max(end, i + 1);
  }
  return numbers;
}

// The pieces of a line between `.
std::vector<std::string> QuotedIn(std::string_view line) {
  std::vector<std::string> quoted;
  while (true) {
    const std::size_t open = line.find('`');
    if (open == std::string_view::npos) return quoted;
    const std::size_t close = line.find('`', open + 1);
    if (close == std::string_view::npos) return quoted;
    quoted.emplace_back(line.substr(open + 1, close - open - 1));
    line.remove_prefix(close + 1);
  }
}

// One entry of the document: a heading "### L2: ..." and the lists below it.
struct Invariant {
  std::size_t line = 0;
  std::string number;
  std::vector<std::string> argued;  // paths
  std::vector<std::string> tests;   // labels, each followed by names of its tests
  std::vector<std::string> caught;  // mutants; labels, each followed by names of its tests
};

std::vector<Invariant> InvariantsIn(const File& document) {
  std::vector<Invariant> invariants;
  std::vector<std::string>* list = nullptr;
  for (std::size_t i = 0; i < document.raw_lines.size(); ++i) {
    const std::string& line = document.raw_lines[i];
    if (StartsWith(line, "### ")) {
      const std::vector<std::string> numbers = NumbersIn(line);
      if (numbers.empty()) continue;
      Invariant& invariant = invariants.emplace_back();
      invariant.line = i + 1;
      invariant.number = numbers.front();
    }
    // An item goes on in the lines below it that are indented.
    if (!StartsWith(line, "  ")) list = nullptr;
    if (invariants.empty()) continue;
    if (StartsWith(line, "- Argued in ")) list = &invariants.back().argued;
    if (StartsWith(line, "- Tested by ")) list = &invariants.back().tests;
    if (StartsWith(line, "- Caught ")) list = &invariants.back().caught;
    if (list == nullptr) continue;
    for (std::string& quoted : QuotedIn(line)) list->push_back(std::move(quoted));
  }
  return invariants;
}

bool Cites(const File& file, const std::string& number) {
  return std::any_of(file.lines.begin(), file.lines.end(),
                     [&](const CppLine& line) { return ContainsWord(line.comment, number); });
}

// Returns whether a word is the macro of a model that is a mutant of it: NO_EPOCH_CHECK.
bool IsMacro(std::string_view word) {
  return word.size() > 3 && std::all_of(word.begin(), word.end(),
                                        [](char c) { return c == '_' || (c >= 'A' && c <= 'Z'); });
}

// Returns whether one of the sources of `target` has the test "Suite.Name".
bool HasTest(const Tree& tree, const Label& label, const BuildTarget& target,
             const std::string& test) {
  const std::size_t dot = test.find('.');
  if (dot == std::string::npos) return false;
  const std::string head = "(" + test.substr(0, dot) + ", " + test.substr(dot + 1) + ")";
  const std::string broken = "(" + test.substr(0, dot) + ",\n";
  for (const std::string& source : target.srcs) {
    const auto file = tree.files.find(label.package + "/" + source);
    if (file == tree.files.end()) continue;
    const std::string& text = file->second->text;
    if (text.find(head) != std::string::npos) return true;
    for (std::size_t at = text.find(broken); at != std::string::npos;
         at = text.find(broken, at + 1)) {
      const std::size_t name = text.find_first_not_of(" \n", at + broken.size());
      if (name != std::string::npos &&
          text.compare(name, test.size() - dot, test.substr(dot + 1) + ")") == 0) {
        return true;
      }
    }
  }
  return false;
}

void CheckReferences(const Tree& tree, const std::set<std::string>& mutants, const File& document,
                     const Invariant& invariant, Report& report) {
  const auto add = [&](const std::string& what) {
    report.Add(document, invariant.line, invariant.number + ": " + what);
  };
  if (invariant.argued.empty()) add("say in which files it is argued: \"- Argued in `path`\"");
  if (invariant.tests.empty()) add("say what tests it: \"- Tested by `//label`: `Suite.Test`\"");
  if (invariant.caught.empty()) add("say what faults the tests caught: \"- Caught `mutant`\"");
  for (const std::string& path : invariant.argued) {
    const auto file = tree.files.find(path);
    if (file == tree.files.end()) {
      add("there is no " + path);
    } else if (!Cites(*file->second, invariant.number)) {
      add(path + " does not cite it");
    }
  }
  for (const auto* const list : {&invariant.tests, &invariant.caught}) {
    Label label;
    const BuildTarget* target = nullptr;
    auto model = tree.files.end();
    for (const std::string& item : *list) {
      if (StartsWith(item, "//")) {
        label = ParseLabel(item, "");
        target = tree.Find(label);
        if (target == nullptr) add("there is no target " + item);
      } else if (EndsWith(item, ".pml")) {
        model = tree.files.find(item);
        if (model == tree.files.end()) add("there is no " + item);
      } else if (IsMacro(item)) {
        if (model == tree.files.end() || !ContainsWord(model->second->text, item)) {
          add("no model in front of it has the macro " + item);
        }
      } else if (item.find('.') != std::string::npos) {
        if (target == nullptr || HasTest(tree, label, *target, item)) continue;
        add("//" + label.package + ":" + label.name + " has no test " + item);
      } else if (mutants.count(item) == 0) {
        add("there is no mutant " + item);
      }
    }
  }
}

// Returns whether the numbers in a file are those of invariants: in comments of the engine and of
// the suites, and in the pages on them.
bool MayCite(const File& file) {
  if (file.path == kDocument) return false;
  if (file.is_cpp) {
    return (file.layer == Layer::kCore || file.layer == Layer::kInternal ||
            file.layer == Layer::kTesting) &&
           !StartsWith(file.path, "testing/tidy/");
  }
  return StartsWith(file.path, "kinesis_core/doc/") && EndsWith(file.path, ".md");
}

}  // namespace

void CheckMutant(const std::vector<File>& files, Report& report) {
  const Tree tree(files);
  for (const File& list : files) {
    if (!EndsWith(list.path, ".mutants")) continue;
    for (const Mutant& mutant : MutantsIn(list)) {
      for (const std::string& label : mutant.labels) {
        if (tree.Has(ParseLabel(label, ""))) continue;
        report.Add(list, mutant.line, mutant.name + ": there is no target " + label);
      }
      const auto file = tree.files.find(mutant.path);
      if (file == tree.files.end()) {
        report.Add(list, mutant.line, mutant.name + ": there is no " + mutant.path);
        continue;
      }
      const std::size_t count = CountOf(file->second->text, mutant.find);
      if (count == 1) continue;
      report.Add(list, mutant.line,
                 mutant.name + ": its text stands " + std::to_string(count) + " times in " +
                     mutant.path + "; it has to stand there once");
    }
  }
}

void CheckInvariant(const std::vector<File>& files, Report& report) {
  const Tree tree(files);
  std::set<std::string> mutants;
  for (const File& list : files) {
    if (!EndsWith(list.path, ".mutants")) continue;
    for (const Mutant& mutant : MutantsIn(list)) mutants.insert(mutant.name);
  }

  std::set<std::string> numbers;
  const auto document = tree.files.find(std::string(kDocument));
  if (document != tree.files.end()) {
    for (const Invariant& invariant : InvariantsIn(*document->second)) {
      if (!numbers.insert(invariant.number).second) {
        report.Add(*document->second, invariant.line, invariant.number + " stands there twice");
      }
      CheckReferences(tree, mutants, *document->second, invariant, report);
    }
  }

  for (const File& file : files) {
    if (!MayCite(file)) continue;
    for (std::size_t i = 0; i < file.raw_lines.size(); ++i) {
      const bool split = file.is_cpp && i < file.lines.size();
      for (const std::string& number :
           NumbersIn(split ? file.lines[i].comment : file.raw_lines[i])) {
        if (numbers.count(number) != 0) continue;
        report.Add(file, i + 1, std::string(kDocument) + " has no " + number);
      }
    }
  }
}

}  // namespace kinesis::testing::tidy
