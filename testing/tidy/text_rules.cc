#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/testing/tidy/cpp_text.h"
#include "kinesis_core/testing/tidy/rule.h"
#include "kinesis_core/testing/tidy/rules.h"

namespace kinesis::testing::tidy {
namespace {

constexpr std::size_t kLineLengthMax = 100;
// As much as one idea takes. Test files may be longer: each test is read by itself, by its name.
constexpr std::size_t kFileLinesMax = 600;
// How far above an atomic operation its explanation may stand.
constexpr std::size_t kCommentLinesAbove = 4;

// Files that are longer, and why they are one idea. An entry that nothing needs any more is a
// finding itself.
struct LongFile {
  std::string_view path;
  std::string_view reason;
};

constexpr LongFile kLongFiles[] = {
    {"kinesis_core/internal/log/segment_pool.h",
     "lists, room and recycling of segments, whose ordering is one argument"},
    {"testing/deterministic_schedule.cc",
     "fibers, the memory model and the checks of memory change each other's state at each step"},
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

// Characters, not bytes: counts every byte that does not continue a UTF-8 sequence.
std::size_t CharacterCount(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

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
  if (!file.is_cpp || file.is_test) return;
  const bool is_long = file.raw_lines.size() > kFileLinesMax;
  const bool is_listed =
      std::any_of(std::begin(kLongFiles), std::end(kLongFiles),
                  [&](const LongFile& listed) { return listed.path == file.path; });
  if (is_long && !is_listed) {
    report.Add(file, 0,
               "split the file by idea: " + std::to_string(file.raw_lines.size()) +
                   " lines, at most " + std::to_string(kFileLinesMax) + " are allowed");
  }
  if (is_listed && !is_long) {
    report.Add(file, 0, "is no longer long; remove its line from kLongFiles in text_rules.cc");
  }
}

}  // namespace kinesis::testing::tidy
