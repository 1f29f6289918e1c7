#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/testing/tidy/cpp_names.h"
#include "kinesis_core/testing/tidy/rule.h"
#include "kinesis_core/testing/tidy/rules.h"

namespace kinesis::testing::tidy {
namespace {

// Names in comments that are not ours, and whose they are.
struct NameOfOthers {
  std::string_view name;
  std::string_view owner;
};

constexpr NameOfOthers kNamesOfOthers[] = {
    {"AddressSanitizer", "the compilers"},
    {"AggregationMaxSize", "Amazon's producer library"},
    {"CloudWatch", "a service of Amazon's"},
    {"GoogleTest", "the library"},
    {"OpenSSL", "the library"},
    {"RecordMaxBufferedTime", "Amazon's producer library"},
    {"SplitMix64", "the generator of random numbers"},
    {"StreamNotExists", "a waiter of Amazon's SDKs"},
    {"ThreadSanitizer", "the compilers"},
};

// Namespaces of others. Google Test's has the name of ours.
constexpr std::string_view kNamespacesOfOthers[] = {"absl", "benchmark", "boost", "std", "testing"};

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool IsLower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

// Returns whether a word is written as our types and functions are, with a capital inside:
// "RingLog", but not "Record", "MiB" or "ARN".
bool IsCamelCase(std::string_view word) {
  if (word.size() < 4 || !IsUpper(word[0]) || !IsLower(word[1])) return false;
  for (std::size_t i = 2; i < word.size(); ++i) {
    if (!IsUpper(word[i])) continue;
    return i + 1 == word.size() || !IsUpper(word[i + 1]);
  }
  return false;
}

bool IsOfOthers(std::string_view name) {
  return std::any_of(std::begin(kNamesOfOthers), std::end(kNamesOfOthers),
                     [&](const NameOfOthers& other) { return other.name == name; });
}

// One name in a comment: its parts, for example {"RingLog", "Append"}, and how it stands there.
struct Mention {
  std::vector<std::string> parts;
  bool is_call = false;     // followed by "()"
  bool is_pointer = false;  // led in by "see"
};

// The names in a line of a comment. `last_word` is the one before it, and then its own last one: a
// sentence goes on from line to line.
std::vector<Mention> MentionsIn(std::string_view comment, std::string* last_word) {
  std::vector<Mention> mentions;
  for (std::size_t i = 0; i < comment.size();) {
    if (!IsWordCharacter(comment[i])) {
      ++i;
      continue;
    }
    Mention mention;
    std::size_t end = i;
    while (true) {
      const std::size_t begin = end;
      while (end < comment.size() && IsWordCharacter(comment[end])) ++end;
      mention.parts.emplace_back(comment.substr(begin, end - begin));
      std::size_t next = end + 2;
      if (comment.substr(end, 2) != "::") break;
      if (next < comment.size() && comment[next] == '~') ++next;
      if (next >= comment.size() || !IsWordCharacter(comment[next])) break;
      end = next;
    }
    mention.is_call = comment.substr(end, 2) == "()";
    mention.is_pointer = *last_word == "see" || *last_word == "See";
    *last_word = mention.parts.back();
    // A path, a flag or a member in another language is no name of C++.
    const char left = i == 0 ? ' ' : comment[i - 1];
    const char right = end < comment.size() ? comment[end] : ' ';
    if (left != '/' && left != '-' && left != '"' && left != '.' && right != '/') {
      mentions.push_back(mention);
    }
    i = end;
  }
  return mentions;
}

// Returns whether a line of a comment shows how something is used: it is indented, and has the
// signs of code. Names that stand there are made up.
bool IsUsage(std::string_view comment) {
  const std::size_t slashes = comment.find("//");
  if (slashes == std::string_view::npos || comment.substr(slashes + 2, 3) != "   ") return false;
  return comment.find_first_of(";{}", slashes) != std::string_view::npos ||
         comment.find("TEST") != std::string_view::npos || EndsWith(comment, ",") ||
         EndsWith(comment, "(");
}

// The words of a file's code, and the files that it includes.
struct Vocabulary {
  std::set<std::string> words;
  std::vector<std::string> includes;
};

class NameCheck {
 public:
  explicit NameCheck(const std::vector<File>& files) {
    for (const File& file : files) {
      if (!file.is_cpp) continue;
      names_.Add(file.lines);
      Vocabulary& vocabulary = vocabularies_[file.path];
      std::string last_word;
      for (const CppLine& line : file.lines) {
        for (const Mention& mention : MentionsIn(line.code, &last_word)) {
          vocabulary.words.insert(mention.parts.begin(), mention.parts.end());
        }
      }
      for (const Include& include : file.includes) {
        vocabulary.includes.push_back(PathOfInclude(include.path));
      }
    }
  }

  // Why a comment of `file` may not speak of this; empty if it may.
  std::string ProblemOf(const File& file, const Mention& mention) const {
    const std::string& name = mention.parts.back();
    if (mention.parts.size() > 1) return ProblemOfMember(mention);
    if (IsCamelCase(name) || mention.is_call) {
      if (!names_.HasWord(name) && !IsOfOthers(name)) {
        return "nothing is called " + name + "; name what is meant as it is called now";
      }
    }
    // A type may be named anywhere; a function or member only where it is known.
    if (mention.is_pointer && IsCamelCase(name) && !names_.HasType(name)) {
      std::set<std::string> seen;
      if (!IsKnownIn(file.path, name, &seen)) {
        return "nothing that this file includes has " + name + "; write the class in front of it";
      }
    }
    return "";
  }

 private:
  std::string ProblemOfMember(const Mention& mention) const {
    for (const std::string_view other : kNamespacesOfOthers) {
      if (mention.parts.front() == other) return "";
    }
    const std::string& type = mention.parts[mention.parts.size() - 2];
    const std::string& member = mention.parts.back();
    const std::string whole = type + "::" + member;
    if (names_.HasType(type)) {
      if (names_.HasMember(type, member) || type == member) return "";
      return type + " has no member " + member + "; name what is meant as it is called now";
    }
    // The members of a namespace and of a template's parameter are not known by their owner.
    if ((names_.IsTemplateParameter(type) || IsLower(type[0])) && names_.HasWord(member)) return "";
    return "nothing is called " + whole + "; name what is meant as it is called now";
  }

  bool IsKnownIn(const std::string& path, const std::string& name,
                 std::set<std::string>* seen) const {
    const auto found = vocabularies_.find(path);
    if (found == vocabularies_.end() || !seen->insert(path).second) return false;
    if (found->second.words.count(name) != 0) return true;
    return std::any_of(found->second.includes.begin(), found->second.includes.end(),
                       [&](const std::string& include) { return IsKnownIn(include, name, seen); });
  }

  DeclaredNames names_;
  std::map<std::string, Vocabulary> vocabularies_;
};

}  // namespace

void CheckCommentName(const std::vector<File>& files, Report& report) {
  const NameCheck check(files);
  for (const File& file : files) {
    if (!IsProduct(file)) continue;
    std::string last_word;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].comment.find("//") == std::string::npos) last_word.clear();
      if (IsUsage(file.lines[i].comment)) continue;
      for (const Mention& mention : MentionsIn(file.lines[i].comment, &last_word)) {
        const std::string problem = check.ProblemOf(file, mention);
        if (!problem.empty()) report.Add(file, i + 1, problem);
      }
    }
  }
}

void CheckDocComment(const File& file, Report& report) {
  if (!file.is_public || (file.layer != Layer::kCore && file.layer != Layer::kTesting)) return;
  bool goes_on = false;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& whole = file.lines[i].whole;
    const std::size_t begin = whole.find_first_not_of(' ');
    const bool is_comment = begin != std::string::npos && whole.compare(begin, 3, "// ") == 0;
    if (is_comment && !goes_on) {
      for (const std::string_view word : {"What ", "Whether "}) {
        if (whole.compare(begin + 3, word.size(), word) != 0) continue;
        report.Add(file, i + 1,
                   "begin with what is declared, not with \"" + std::string(word) +
                       "...\": \"The ...\", \"Returns whether ...\"");
      }
    }
    goes_on = is_comment;
  }
}

}  // namespace kinesis::testing::tidy
