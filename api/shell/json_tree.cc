#include "kinesis_core/api/shell/json_tree.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "kinesis_core/internal/utf8.h"

namespace kinesis::testing {
namespace {

constexpr int kDepthMax = 64;
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kNameCharacters =
    "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void AppendUtf8(uint32_t code, std::string* text) {
  const auto byte = [text](uint32_t value) { *text += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | code >> 6);
    byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3f));
    byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3f));
    byte(0x80 | (code >> 6 & 0x3f));
    byte(0x80 | (code & 0x3f));
  }
}

// Walks the text once. What returns false has set fault().
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool ParseAll(JsonNode* root) {
    if (!ParseValue(root, 0)) return false;
    SkipBlanks();
    return at_ == text_.size() || Fail(at_, "there is more behind the end of the JSON");
  }
  JsonFault& fault() { return fault_; }

 private:
  bool Fail(size_t at, std::string_view reason) {
    fault_ = {at, std::string(reason)};
    return false;
  }
  // What was expected is not there.
  bool FailExpected(std::string_view expected) {
    std::string reason = "expected " + std::string(expected);
    if (at_ == text_.size()) reason += ", and the text ends";
    return Fail(at_, reason);
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipBlanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool TakeDigits() {
    const size_t begin = at_;
    at_ = std::min(text_.find_first_not_of(kDigits, at_), text_.size());
    return at_ > begin;
  }

  bool ParseValue(JsonNode* node, int depth) {
    SkipBlanks();
    node->begin = at_;
    if (!ParseKind(node, depth)) return false;
    node->end = at_;
    return true;
  }

  bool ParseKind(JsonNode* node, int depth) {
    using Kind = JsonNode::Kind;
    const char c = Peek();
    if (c == '"') {
      node->kind = Kind::kString;
      return ParseString(&node->text);
    }
    if (c == '{' || c == '[') {
      if (depth == kDepthMax) return Fail(at_, "more than 64 brackets within each other");
      node->kind = c == '{' ? Kind::kObject : Kind::kList;
      return ParseChildren(node, depth + 1);
    }
    if (c == '$') {
      node->kind = Kind::kReference;
      at_ += ReferenceSize(text_.substr(at_));
      return true;
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      node->kind = Kind::kNumber;
      return ParseNumber();
    }
    if (TakeWord("true") || TakeWord("false")) {
      node->kind = Kind::kBoolean;
      return true;
    }
    if (TakeWord("null")) return true;
    return FailExpected("a value");
  }

  bool ParseNumber() {
    const size_t begin = at_;
    Take('-');
    const bool zero = Peek() == '0';
    if (!TakeDigits() || (zero && at_ - begin > (text_[begin] == '-' ? 2U : 1U))) {
      return Fail(begin, "no such number");
    }
    if (Take('.') && !TakeDigits()) return Fail(begin, "no such number");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!TakeDigits()) return Fail(begin, "no such number");
    }
    return true;
  }

  // The members or elements, and the brackets around them.
  bool ParseChildren(JsonNode* node, int depth) {
    const char close = node->is_object() ? '}' : ']';
    const std::string_view separators = node->is_object() ? "',' or '}'" : "',' or ']'";
    ++at_;
    SkipBlanks();
    if (Take(close)) return true;
    do {
      JsonNode child;
      if (node->is_object() && !ParseName(&child)) return false;
      if (!ParseValue(&child, depth)) return false;
      node->children.push_back(std::move(child));
      SkipBlanks();
    } while (Take(','));
    return Take(close) || FailExpected(separators);
  }

  bool ParseName(JsonNode* member) {
    SkipBlanks();
    member->name_begin = at_;
    if (Peek() != '"') return FailExpected("a member's name in double quotes");
    if (!ParseString(&member->name)) return false;
    SkipBlanks();
    return Take(':') || FailExpected("':'");
  }

  bool ParseString(std::string* text) {
    const size_t begin = at_++;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\n') break;
      if (static_cast<unsigned char>(c) < 0x20) {
        return Fail(at_, "a control character within a string: write it as an escape");
      }
      if (c == '\\') {
        if (!ParseEscape(text)) return false;
        continue;
      }
      const size_t size = kinesis::internal::Utf8CharacterSize(text_.substr(at_));
      if (size == 0) return Fail(at_, "not UTF-8");
      text->append(text_, at_, size);
      at_ += size;
    }
    return Fail(begin, "a string begins here and does not end in its line");
  }

  bool ParseEscape(std::string* text) {
    constexpr std::string_view kLetters = R"("\/bfnrt)";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const size_t begin = at_++;
    if (Take('u')) {
      std::optional<uint32_t> code = TakeHex();
      if (code && *code >= 0xd800 && *code < 0xdc00 && TakeWord("\\u")) {
        const std::optional<uint32_t> low = TakeHex();
        const bool is_low = low && *low >= 0xdc00 && *low < 0xe000;
        code = is_low ? std::optional(0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00))
                      : std::nullopt;
      }
      if (!code || (*code >= 0xd800 && *code < 0xe000)) return Fail(begin, "no such escape");
      AppendUtf8(*code, text);
      return true;
    }
    const size_t index = at_ < text_.size() ? kLetters.find(text_[at_]) : std::string_view::npos;
    if (index == std::string_view::npos) return Fail(begin, "no such escape");
    *text += kMeanings[index];
    ++at_;
    return true;
  }

  std::optional<uint32_t> TakeHex() {
    constexpr std::string_view kHex = "0123456789abcdef";
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = Peek();
      const size_t digit = kHex.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
      if (digit == std::string_view::npos) return std::nullopt;
      code = code << 4 | static_cast<uint32_t>(digit);
      ++at_;
    }
    return code;
  }

  const std::string_view text_;
  size_t at_ = 0;
  JsonFault fault_;
};

}  // namespace

const JsonNode* JsonNode::Find(std::string_view member) const {
  const JsonNode* found = nullptr;
  if (!is_object()) return found;
  for (const JsonNode& child : children) {
    if (child.name == member) found = &child;
  }
  return found;
}

JsonParse ParseJson(std::string_view text) {
  JsonParse parse;
  JsonNode root;
  Parser parser(text);
  if (parser.ParseAll(&root)) {
    parse.root = std::move(root);
  } else {
    parse.fault = std::move(parser.fault());
  }
  return parse;
}

size_t ReferenceSize(std::string_view text) {
  size_t size = 1;
  while (size < text.size() && (text[size] == '.' || text[size] == '[')) {
    const size_t end = std::min(text.find_first_not_of(kNameCharacters, size + 1), text.size());
    const bool is_element = text[size] == '[';
    if (is_element && !text.substr(end).starts_with(']')) break;
    size = end + (is_element ? 1 : 0);
  }
  return size;
}

void BracketScan::Add(std::string_view line) {
  bool in_string = false;
  for (size_t at = 0; at < line.size() && !is_wrong_; ++at) {
    const char c = line[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      closers_ += c == '{' ? '}' : ']';
    } else if (c == '}' || c == ']') {
      is_wrong_ = closers_.empty() || closers_.back() != c;
      if (is_wrong_) return;
      closers_.pop_back();
      // What follows the JSON makes it no longer.
      if (closers_.empty()) return;
    }
  }
  is_wrong_ = is_wrong_ || in_string;
}

TextPosition PositionOf(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  const size_t line_begin = before.find_last_of('\n') + 1;  // npos + 1 is 0
  TextPosition position;
  position.line += static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  // Bytes that go on with a character are none of their own.
  for (const char c : before.substr(line_begin)) {
    position.column += (static_cast<unsigned char>(c) & 0xc0) == 0x80 ? 0 : 1;
  }
  return position;
}

}  // namespace kinesis::testing
