#include "kinesis_core/testing/tidy/source_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "kinesis_core/testing/tidy/cpp_text.h"

namespace kinesis::testing::tidy {
namespace {

constexpr std::size_t kLineLengthMax = 100;
constexpr std::size_t kFileLinesMax = 900;
// How far above an atomic operation its explanation may stand.
constexpr std::size_t kCommentLinesAbove = 4;

// ------------------------------------------------------------------------------------ The tables

// What a public header may not include, and why: each of these costs every user of the header.
struct PublicHeaderBan {
  std::string_view prefix;
  std::string_view instead;
};

constexpr std::array kPublicHeaderBans = {
    PublicHeaderBan{"boost/", "include it in a .cc; Boost.Multiprecision alone parses for 2 s"},
    PublicHeaderBan{"simdjson.h", "include it in a .cc; it parses for 1 s"},
    PublicHeaderBan{"xxhash.h", "include it in a .cc"},
    PublicHeaderBan{"absl/container/flat_hash_", "keep hash maps in a .cc or in internal/"},
    PublicHeaderBan{"absl/container/node_hash_", "keep hash maps in a .cc or in internal/"},
    PublicHeaderBan{"unordered_", "keep hash maps in a .cc or in internal/"},
    PublicHeaderBan{"atomic", "hold the atomic state behind a pointer to an internal type"},
    PublicHeaderBan{"thread", "hold it behind a pointer; the library starts no threads"},
    PublicHeaderBan{"kinesis_core/internal/", "forward-declare the type and hold it by pointer"},
};

// The exceptions to the table above. An entry that nothing needs any more is a finding itself.
struct PublicHeaderException {
  std::string_view header;
  std::string_view include;
  std::string_view reason;
};

constexpr std::array kPublicHeaderExceptions = {
    PublicHeaderException{"testing/deterministic_schedule.h", "atomic",
                          "stands in for std::atomic, so its interface takes std::memory_order"},
    PublicHeaderException{"kinesis_core/record_batch.h",
                          "kinesis_core/internal/log/record_layout.h",
                          "a read inlines the decoding of a record; the layout is plain numbers"},
};

// Libraries that exactly one file of the product includes, so that one file decides their cost,
// version and replacement. Tests and benchmarks may include them as well.
struct SoleIncluder {
  std::string_view prefix;
  std::string_view library;
};

constexpr std::array kSoleIncluders = {
    SoleIncluder{"boost/", "Boost"},
    SoleIncluder{"simdjson.h", "simdjson"},
    SoleIncluder{"xxhash.h", "xxHash"},
};

// Words that mark unfinished work. Spelled in pieces: this file is checked too.
constexpr std::array<std::string_view, 4> kMarkers = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X",
    "HA"
    "CK"};

// ------------------------------------------------------------------------- What a file is

enum class Layer { kCore, kInternal, kApi, kTesting, kBench, kOther };

// A file with everything that rules ask about it.
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
  Layer layer = Layer::kOther;
};

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string_view FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

// A project of its own, with folders that are called like ours.
constexpr std::string_view kConsumer = "testing/packages/consumer/";

Layer LayerOfPath(std::string_view path) {
  // Programs that show good usage are users of the library, of all its layers; and so is the
  // project that tests how the library feels as a dependency.
  if (StartsWith(path, "kinesis_core/examples/")) return Layer::kOther;
  if (StartsWith(path, kConsumer)) return Layer::kOther;
  if (StartsWith(path, "kinesis_core/internal/")) return Layer::kInternal;
  if (StartsWith(path, "kinesis_core/")) return Layer::kCore;
  if (StartsWith(path, "api/")) return Layer::kApi;
  if (StartsWith(path, "testing/")) return Layer::kTesting;
  if (StartsWith(path, "bench/")) return Layer::kBench;
  return Layer::kOther;
}

Layer LayerOfInclude(std::string_view include) {
  if (StartsWith(include, "kinesis_core/api/")) return Layer::kApi;
  if (StartsWith(include, "kinesis_core/testing/")) return Layer::kTesting;
  if (StartsWith(include, "kinesis_core/bench/")) return Layer::kBench;
  if (StartsWith(include, "kinesis_core/lab/")) return Layer::kBench;
  return LayerOfPath(include);
}

// The headers that users include: those directly in the three shipped folders.
bool IsPublicHeader(const File& file) {
  const std::string_view folder = FolderOf(file.path);
  return file.is_header && (folder == "kinesis_core" || folder == "api" || folder == "testing");
}

// Code that ships to users, and so is held to the rules on atomics and threads.
bool IsProduct(const File& file) {
  if (file.is_test || !file.is_cpp) return false;
  return file.layer == Layer::kCore || file.layer == Layer::kInternal ||
         file.layer == Layer::kApi || IsPublicHeader(file);
}

File Describe(const SourceFile& source) {
  File file;
  file.path = source.path;
  file.text = source.text;
  file.raw_lines = SplitLines(source.text);
  file.is_header = EndsWith(source.path, ".h");
  file.is_cpp = file.is_header || EndsWith(source.path, ".cc");
  file.is_test = EndsWith(source.path, "_test.cc");
  file.layer = LayerOfPath(source.path);
  if (file.is_cpp) {
    file.lines = ScanCpp(source.text);
    file.includes = FindIncludes(file.lines);
  }
  return file;
}

// Collects findings of one rule.
class Report {
 public:
  Report(std::string rule, std::vector<Finding>* findings)
      : rule_(std::move(rule)), findings_(findings) {}

  void Add(const File& file, std::size_t line, std::string message) {
    findings_->push_back({file.path, static_cast<int>(line), rule_, std::move(message)});
  }

 private:
  std::string rule_;
  std::vector<Finding>* findings_;
};

// ------------------------------------------------------------------------------------- The rules

// Why a file in `from` may not include `to`; empty if it may.
std::string_view DirectionProblem(const File& from, Layer to) {
  const bool is_consumer = StartsWith(from.path, kConsumer);
  if (to == Layer::kBench && from.layer != Layer::kBench && !is_consumer) {
    return "nothing includes bench/; move what is shared to testing/";
  }
  const bool in_core = from.layer == Layer::kCore || from.layer == Layer::kInternal;
  if (in_core && to == Layer::kApi) {
    return "the engine does not know the API; pass the value down as an option or parameter";
  }
  if ((in_core || from.layer == Layer::kApi) && to == Layer::kTesting && !from.is_test) {
    return "only *_test.cc may include testing/; share an interface such as clock.h instead";
  }
  if ((from.layer == Layer::kApi || from.layer == Layer::kOther) && to == Layer::kInternal) {
    return "use the engine's public headers; add what is missing to one of them";
  }
  return "";
}

void CheckIncludeDirection(const File& file, Report& report) {
  for (const Include& include : file.includes) {
    const std::string_view problem = DirectionProblem(file, LayerOfInclude(include.path));
    if (problem.empty()) continue;
    report.Add(file, include.line, "\"" + include.path + "\": " + std::string(problem));
  }
}

// How `include` is to be spelled if it is wrong; empty if it is right.
std::string SpellingOf(const File& file, const Include& include) {
  const std::string& path = include.path;
  if (StartsWith(file.path, kConsumer)) return "";
  if (StartsWith(path, "api/") || StartsWith(path, "testing/")) return "kinesis_core/" + path;
  // The lab is shipped under a name of its own.
  constexpr std::string_view kLab = "bench/partition_lab/";
  if (StartsWith(path, kLab) && EndsWith(path, ".h")) {
    return "kinesis_core/lab/" + path.substr(kLab.size());
  }
  if (!include.quoted) return StartsWith(path, "kinesis_core/") ? path : "";
  if (path.find("..") != std::string::npos) return "kinesis_core/<path from the root>";
  static const std::set<std::string> kRootless = {"histedit.h", "simdjson.h", "xxhash.h"};
  if (path.find('/') != std::string::npos || kRootless.count(path) != 0) return "";
  const std::string folder(FolderOf(file.path));
  const bool prefixed = file.layer == Layer::kApi || file.layer == Layer::kTesting;
  return (prefixed ? "kinesis_core/" : "") + folder + (folder.empty() ? "" : "/") + path;
}

void CheckIncludeSpelling(const File& file, Report& report) {
  for (const Include& include : file.includes) {
    const std::string spelling = SpellingOf(file, include);
    if (spelling.empty()) continue;
    report.Add(file, include.line, "write #include \"" + spelling + "\"");
  }
}

void CheckIncludeGuard(const File& file, Report& report) {
  if (!file.is_header) return;
  const std::string guard = IncludeGuardFor(file.path);
  const std::array<std::string, 3> wanted = {"#ifndef " + guard, "#define " + guard,
                                             "#endif  // " + guard};
  std::vector<std::pair<std::size_t, std::string>> directives;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& whole = file.lines[i].whole;
    if (!StartsWith(file.lines[i].code, "#")) continue;
    directives.emplace_back(i + 1, whole);
    if (StartsWith(whole, "#pragma once")) {
      report.Add(
          file, i + 1,
          "the same header is reachable by two paths, which #pragma once does not see; write " +
              wanted[0]);
    }
  }
  if (directives.size() < 3) {
    report.Add(file, 1, "no include guard; write " + wanted[0]);
    return;
  }
  const std::array<std::pair<std::size_t, std::string>, 3> found = {directives[0], directives[1],
                                                                    directives.back()};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (found[i].second != wanted[i]) report.Add(file, found[i].first, "write " + wanted[i]);
  }
}

bool HasException(std::string_view header, std::string_view include) {
  return std::any_of(kPublicHeaderExceptions.begin(), kPublicHeaderExceptions.end(),
                     [&](const PublicHeaderException& exception) {
                       return exception.header == header && exception.include == include;
                     });
}

void CheckPublicHeader(const File& file, Report& report) {
  if (!IsPublicHeader(file)) return;
  for (const PublicHeaderException& exception : kPublicHeaderExceptions) {
    const bool used =
        std::any_of(file.includes.begin(), file.includes.end(),
                    [&](const Include& include) { return include.path == exception.include; });
    if (exception.header == file.path && !used) {
      report.Add(file, 0,
                 "no longer includes " + std::string(exception.include) +
                     "; remove its line from kPublicHeaderExceptions in source_rules.cc");
    }
  }
  for (const Include& include : file.includes) {
    for (const PublicHeaderBan& ban : kPublicHeaderBans) {
      const bool exact = ban.prefix == "atomic" || ban.prefix == "thread";
      if (exact ? include.path != ban.prefix : !StartsWith(include.path, ban.prefix)) continue;
      if (HasException(file.path, include.path)) continue;
      report.Add(
          file, include.line,
          "a public header may not include \"" + include.path + "\": " + std::string(ban.instead));
    }
  }
}

void CheckSoleIncluder(const std::vector<File>& files, Report& report) {
  for (const SoleIncluder& rule : kSoleIncluders) {
    std::vector<std::pair<const File*, int>> includers;
    for (const File& file : files) {
      const bool free = file.is_test || file.layer == Layer::kTesting ||
                        file.layer == Layer::kBench || file.layer == Layer::kOther;
      if (free) continue;
      const auto found = std::find_if(
          file.includes.begin(), file.includes.end(),
          [&](const Include& include) { return StartsWith(include.path, rule.prefix); });
      if (found != file.includes.end()) includers.emplace_back(&file, found->line);
    }
    for (std::size_t i = 1; i < includers.size(); ++i) {
      report.Add(*includers[i].first, includers[i].second,
                 includers[0].first->path + " includes " + std::string(rule.library) +
                     " already and is the only file that may; call it through its header");
    }
  }
}

// True if a comment stands close to line `at`, or one that says that it speaks for several
// operations ("all:", "both:") heads the block of lines without a gap that `at` belongs to.
bool IsExplained(const File& file, std::size_t at) {
  bool same_block = true;
  for (std::size_t j = at;; --j) {
    const std::string& comment = file.lines[j].comment;
    const bool near = at - j <= kCommentLinesAbove;
    if (near && comment.find_first_not_of(" /*") != std::string::npos) return true;
    for (const std::string_view several : {" all:", " both:"}) {
      if (same_block && comment.find(several) != std::string::npos) return true;
    }
    if (file.raw_lines[j].find_first_not_of(' ') == std::string::npos) same_block = false;
    if (j == 0 || (!same_block && !near)) return false;
  }
}

void CheckMemoryOrder(const File& file, Report& report) {
  if (!IsProduct(file)) return;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (file.lines[i].code.find("memory_order") == std::string::npos) continue;
    if (IsExplained(file, i)) continue;
    report.Add(file, i + 1,
               "say on this line or at most 4 above which operation it pairs with and what would "
               "break if it were weaker");
  }
}

// "std::thread" but not "std::thread::id" or "std::this_thread".
bool StartsThread(std::string_view code) {
  for (const std::string_view word : {"std::thread", "std::jthread", "std::async"}) {
    const std::size_t at = code.find(word);
    if (at == std::string_view::npos) continue;
    if (ContainsWord(code.substr(at, word.size() + 1), word) &&
        code.substr(at + word.size(), 2) != "::") {
      return true;
    }
  }
  return false;
}

void CheckHiddenThread(const File& file, Report& report) {
  if (!IsProduct(file)) return;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (!StartsThread(file.lines[i].code)) continue;
    report.Add(file, i + 1,
               "the library starts no threads; make the effect a function of the Clock, evaluated "
               "when a caller looks");
  }
}

// Markers are looked for in code and comments of C++, and everywhere else in the whole text.
void CheckMarker(const File& file, Report& report) {
  for (std::size_t i = 0; i < file.raw_lines.size(); ++i) {
    const bool split = file.is_cpp && i < file.lines.size();
    const std::string text =
        split ? file.lines[i].code + "\n" + file.lines[i].comment : file.raw_lines[i];
    for (const std::string_view marker : kMarkers) {
      if (!ContainsWord(text, marker)) continue;
      report.Add(file, i + 1,
                 "leftover \"" + std::string(marker) +
                     "\"; do it, or state the limit as a fact and open an issue");
    }
  }
}

void CheckDisabledTest(const File& file, Report& report) {
  const std::string disabled = std::string("DISABLED") + "_";
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (file.lines[i].code.find(disabled) == std::string::npos) continue;
    report.Add(file, i + 1, "repair the test or delete it; its history is in version control");
  }
}

// The accepted form is NOLINT(check): reason, also for the variants for a next line or a block.
void CheckNolint(const File& file, Report& report) {
  const std::string nolint = std::string("NO") + "LINT";
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& comment = file.lines[i].comment;
    const std::size_t at = comment.find(nolint);
    if (at == std::string::npos) continue;
    std::size_t end = at + nolint.size();
    while (end < comment.size() && std::isupper(static_cast<unsigned char>(comment[end])) != 0) {
      ++end;
    }
    if (comment.compare(at + nolint.size(), 3, "END") == 0) continue;
    const std::size_t close = comment.find("): ", end);
    const bool named = end < comment.size() && comment[end] == '(';
    const bool reasoned = close != std::string::npos && close > end + 1 &&
                          comment.find_first_not_of(' ', close + 3) != std::string::npos;
    if (named && reasoned) continue;
    report.Add(file, i + 1, "write " + nolint + "(name-of-check): why the finding is wrong here");
  }
}

void CheckWhitespace(const File& file, Report& report) {
  for (std::size_t i = 0; i < file.raw_lines.size(); ++i) {
    const std::string& line = file.raw_lines[i];
    if (line.find('\t') != std::string::npos) report.Add(file, i + 1, "use spaces for the tab");
    if (line.find('\r') != std::string::npos) {
      report.Add(file, i + 1, "end the line with a newline alone");
    } else if (!line.empty() && line.back() == ' ') {
      report.Add(file, i + 1, "remove the blanks at the end of the line");
    }
  }
  if (file.text.empty()) return;
  if (file.text.back() != '\n') {
    report.Add(file, file.raw_lines.size(), "end the file with a newline");
  } else if (file.raw_lines.back().empty()) {
    report.Add(file, file.raw_lines.size(), "remove the empty lines at the end of the file");
  }
}

// Characters, not bytes: counts every byte that does not continue a UTF-8 sequence.
std::size_t CharacterCount(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

void CheckLineLength(const File& file, Report& report) {
  // Tables, links and option files do not break.
  if (EndsWith(file.path, ".md") || StartsWith(file.path, ".")) return;
  for (std::size_t i = 0; i < file.raw_lines.size(); ++i) {
    const std::string& line = file.raw_lines[i];
    if (CharacterCount(line) <= kLineLengthMax) continue;
    if (line.find("://") != std::string::npos) continue;
    report.Add(file, i + 1,
               "break the line: " + std::to_string(CharacterCount(line)) + " characters, at most " +
                   std::to_string(kLineLengthMax));
  }
}

void CheckFileLength(const File& file, Report& report) {
  if (!file.is_cpp || file.raw_lines.size() < kFileLinesMax) return;
  report.Add(file, 0,
             "split the file by idea: " + std::to_string(file.raw_lines.size()) +
                 " lines, fewer than " + std::to_string(kFileLinesMax) + " are allowed");
}

// A C++ file that no BUILD file names is dead: nothing compiles, tests or checks it.
void CheckListedInBuild(const std::vector<File>& files, Report& report) {
  std::map<std::string, const File*> builds;
  for (const File& file : files) {
    const std::string folder(FolderOf(file.path));
    const std::string name = folder.empty() ? file.path : file.path.substr(folder.size() + 1);
    if (name == "BUILD.bazel" || name == "BUILD") builds[folder] = &file;
  }
  for (const File& file : files) {
    if (!file.is_cpp) continue;
    std::string folder(FolderOf(file.path));
    while (!folder.empty() && builds.count(folder) == 0) folder = FolderOf(folder);
    const auto build = builds.find(folder);
    const std::string name = folder.empty() ? file.path : file.path.substr(folder.size() + 1);
    if (build != builds.end() &&
        build->second->text.find("\"" + name + "\"") != std::string::npos) {
      continue;
    }
    report.Add(file, 0,
               "add \"" + name + "\" to a target of " + (folder.empty() ? "" : folder + "/") +
                   "BUILD.bazel, or delete the file");
  }
}

// Users depend on the few targets of the root, so that all others may change.
void CheckPublicTarget(const File& file, Report& report) {
  if (!EndsWith(file.path, "/BUILD.bazel") || StartsWith(file.path, "third_party/")) return;
  for (std::size_t i = 0; i < file.raw_lines.size(); ++i) {
    if (file.raw_lines[i].find("\"//visibility:public\"") == std::string::npos) continue;
    report.Add(file, i + 1,
               "write \"//:__subpackages__\"; what users need is reached by a target of the root's "
               "BUILD.bazel");
  }
}

// ------------------------------------------------------------------------------ All of them

struct Rule {
  std::string_view name;
  // Exactly one of the two is set.
  void (*check_file)(const File&, Report&);
  void (*check_tree)(const std::vector<File>&, Report&);
};

constexpr std::array kRules = {
    Rule{"include-direction", CheckIncludeDirection, nullptr},
    Rule{"include-spelling", CheckIncludeSpelling, nullptr},
    Rule{"include-guard", CheckIncludeGuard, nullptr},
    Rule{"public-header", CheckPublicHeader, nullptr},
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
  std::vector<File> described;
  described.reserve(files.size());
  for (const SourceFile& file : files) described.push_back(Describe(file));

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

std::string IncludeGuardFor(std::string_view path) {
  constexpr std::string_view kRoot = "kinesis_core/";
  if (StartsWith(path, kRoot)) path.remove_prefix(kRoot.size());
  std::string guard = "KINESIS_CORE_";
  for (const char c : path) {
    const unsigned char byte = static_cast<unsigned char>(c);
    guard += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return guard + "_";
}

}  // namespace kinesis::testing::tidy
