#include "kinesis_core/testing/tidy/cpp_text.h"

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing::tidy {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Walks over a source text and keeps, per character, which part of the line it belongs to.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<CppLine> Scan() {
    while (at_ < text_.size()) {
      if (text_.substr(at_, 2) == "//") {
        TakeLineComment();
      } else if (text_.substr(at_, 2) == "/*") {
        TakeUntil("*/", Part::kComment, 2);
      } else if (IsRawStringStart()) {
        TakeRawString();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && !IsDigitSeparator())) {
        TakeLiteral(text_[at_]);
      } else {
        Take(Part::kCode);
      }
    }
    if (!line_.whole.empty()) lines_.push_back(line_);
    return lines_;
  }

 private:
  enum class Part { kCode, kComment, kLiteral };

  void Take(Part part) {
    const char c = text_[at_++];
    if (c == '\n') {
      lines_.push_back(line_);
      line_ = CppLine();
      return;
    }
    line_.whole += c;
    line_.code += part == Part::kCode ? c : ' ';
    line_.comment += part == Part::kComment ? c : ' ';
  }

  void TakeLineComment() {
    while (at_ < text_.size() && text_[at_] != '\n') Take(Part::kComment);
  }

  // Takes through the next `end`, looking for it `skip` characters from here.
  void TakeUntil(std::string_view end, Part part, std::size_t skip) {
    const std::size_t found = text_.find(end, at_ + skip);
    const std::size_t stop = found == std::string_view::npos ? text_.size() : found + end.size();
    while (at_ < stop) Take(part);
  }

  // The quotes themselves count as code: rules can tell that a literal stands there.
  void TakeLiteral(char quote) {
    Take(Part::kCode);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) Take(Part::kLiteral);
      Take(Part::kLiteral);
    }
    if (at_ < text_.size()) Take(Part::kCode);
  }

  bool IsRawStringStart() const {
    return text_.substr(at_, 2) == "R\"" && (at_ == 0 || !IsWordCharacter(text_[at_ - 1]));
  }

  void TakeRawString() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return Take(Part::kCode);
    const std::string end = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    TakeUntil(end, Part::kLiteral, open - at_);
  }

  // In 1'000 the quote follows a digit; in L'x' or 'x' it does not.
  bool IsDigitSeparator() const {
    return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  CppLine line_;
  std::vector<CppLine> lines_;
};

}  // namespace

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<CppLine> ScanCpp(std::string_view text) { return Scanner(text).Scan(); }

std::vector<Include> FindIncludes(const std::vector<CppLine>& lines) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& code = lines[i].code;
    const std::size_t hash = code.find_first_not_of(' ');
    if (hash == std::string::npos || code[hash] != '#') continue;
    const std::size_t word = code.find_first_not_of(' ', hash + 1);
    if (word == std::string::npos || code.compare(word, 7, "include") != 0) continue;
    const std::size_t open = code.find_first_of("\"<", word);
    if (open == std::string::npos) continue;
    const bool quoted = code[open] == '"';
    const std::size_t close = lines[i].whole.find(quoted ? '"' : '>', open + 1);
    if (close == std::string::npos) continue;
    includes.push_back({.line = static_cast<int>(i) + 1,
                        .path = lines[i].whole.substr(open + 1, close - open - 1),
                        .quoted = quoted});
  }
  return includes;
}

bool ContainsWord(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !IsWordCharacter(text[at - 1]);
    const bool ends = end == text.size() || !IsWordCharacter(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

}  // namespace kinesis::testing::tidy
