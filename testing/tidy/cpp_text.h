// Splits C++ source into what the compiler sees and what the reader is told.
//
// Rules that look for a word have to know whether it stands in code, in a comment or inside a
// string. This is a scanner for exactly that question and no more: it knows comments, string,
// character and raw string literals, and digit separators. It does not know macros or trigraphs.
//
// Thread rule: functions without shared state; any thread may call them.
#ifndef KINESIS_CORE_TESTING_TIDY_CPP_TEXT_H_
#define KINESIS_CORE_TESTING_TIDY_CPP_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing::tidy {

// One line of a source file, three times over. Each part has the line's length; what belongs to
// another part is replaced by spaces, so columns agree.
struct CppLine {
  std::string whole;
  // Code; the insides of string and character literals are blank.
  std::string code;
  // Comment text, with its slashes and stars.
  std::string comment;
};

// An `#include` line.
struct Include {
  int line = 0;
  // As spelled between the quotes or brackets.
  std::string path;
  bool quoted = false;
};

// Splits `text` at its newlines. A final newline ends the last line and starts no new one.
std::vector<std::string> SplitLines(std::string_view text);

std::vector<CppLine> ScanCpp(std::string_view text);

// The includes among `lines`, in order.
std::vector<Include> FindIncludes(const std::vector<CppLine>& lines);

// Returns whether `word` stands in `text` with no letter, digit or underscore on either side.
bool ContainsWord(std::string_view text, std::string_view word);

}  // namespace kinesis::testing::tidy

#endif  // KINESIS_CORE_TESTING_TIDY_CPP_TEXT_H_
