#include "kinesis_core/testing/tidy/build_text.h"

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing::tidy {
namespace {

// `text` with its comments blanked, so that brackets and quotes in them count for nothing.
std::string WithoutComments(std::string_view text) {
  std::string code(text);
  bool quoted = false;
  bool comment = false;
  for (char& c : code) {
    if (c == '\n') {
      quoted = comment = false;
    } else if (comment) {
      c = ' ';
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '#' && !quoted) {
      comment = true;
      c = ' ';
    }
  }
  return code;
}

// The index behind the bracket that closes the one at `open`; the end if there is none.
std::size_t BehindBracket(std::string_view text, std::size_t open) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth == 0) return i + 1;
  }
  return text.size();
}

// The value of `attribute` among the arguments of a call, up to the comma that ends it.
std::string_view ValueOf(std::string_view arguments, std::string_view attribute) {
  const std::string wanted = std::string(attribute) + " = ";
  for (std::size_t at = arguments.find(wanted); at != std::string_view::npos;
       at = arguments.find(wanted, at + 1)) {
    const char before = at == 0 ? ' ' : arguments[at - 1];
    if (before != ' ' && before != '\n' && before != '(') continue;
    const std::size_t begin = at + wanted.size();
    int depth = 0;
    bool quoted = false;
    std::size_t end = begin;
    for (; end < arguments.size(); ++end) {
      const char c = arguments[end];
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      if (depth < 0 || (depth == 0 && c == ',')) break;
    }
    return arguments.substr(begin, end - begin);
  }
  return "";
}

std::vector<std::string> StringsIn(std::string_view value) {
  std::vector<std::string> strings;
  while (true) {
    const std::size_t open = value.find('"');
    if (open == std::string_view::npos) return strings;
    const std::size_t close = value.find('"', open + 1);
    if (close == std::string_view::npos) return strings;
    strings.emplace_back(value.substr(open + 1, close - open - 1));
    value.remove_prefix(close + 1);
  }
}

std::string StringIn(std::string_view value) {
  const std::vector<std::string> strings = StringsIn(value);
  return strings.empty() ? "" : strings.front();
}

}  // namespace

std::vector<BuildTarget> FindTargets(std::string_view text) {
  const std::string code = WithoutComments(text);
  std::vector<BuildTarget> targets;
  for (std::size_t at = 0; at < code.size();) {
    // A call begins a line, but for the blanks in front of one in a list comprehension.
    std::size_t end = code.find_first_not_of(' ', at);
    const std::size_t begin = end;
    while (end < code.size() &&
           (std::isalnum(static_cast<unsigned char>(code[end])) != 0 || code[end] == '_')) {
      ++end;
    }
    if (begin == std::string::npos || end == begin || end >= code.size() || code[end] != '(') {
      at = code.find('\n', at);
      if (at == std::string::npos) break;
      ++at;
      continue;
    }
    const std::size_t behind = BehindBracket(code, end);
    const std::string_view arguments = std::string_view(code).substr(end + 1, behind - end - 2);
    BuildTarget target;
    target.kind = code.substr(begin, end - begin);
    target.name = StringIn(ValueOf(arguments, "name"));
    target.actual = StringIn(ValueOf(arguments, "actual"));
    target.srcs = StringsIn(ValueOf(arguments, "srcs"));
    target.hdrs = StringsIn(ValueOf(arguments, "hdrs"));
    for (const std::string& to : StringsIn(ValueOf(arguments, "visibility"))) {
      if (to == "//visibility:public") target.is_public = true;
    }
    if (!target.name.empty()) targets.push_back(target);
    at = behind;
  }
  return targets;
}

Label ParseLabel(std::string_view text, std::string_view package) {
  Label label;
  label.package = package;
  if (text.substr(0, 2) == "//") {
    text.remove_prefix(2);
    const std::size_t colon = text.find(':');
    label.package = text.substr(0, colon);
    const std::size_t slash = label.package.rfind('/');
    label.name = slash == std::string::npos ? label.package : label.package.substr(slash + 1);
    if (colon == std::string_view::npos) return label;
    text.remove_prefix(colon);
  }
  if (!text.empty() && text.front() == ':') text.remove_prefix(1);
  label.name = text;
  return label;
}

bool NamesFile(std::string_view package, std::string_view pattern, std::string_view path) {
  if (!package.empty()) {
    if (path.substr(0, package.size()) != package || path.size() <= package.size() ||
        path[package.size()] != '/') {
      return false;
    }
    path.remove_prefix(package.size() + 1);
  }
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  const std::string_view head = pattern.substr(0, star);
  const std::string_view tail = pattern.substr(star + 1);
  return path.size() >= head.size() + tail.size() && path.substr(0, head.size()) == head &&
         path.substr(path.size() - tail.size()) == tail &&
         path.substr(head.size(), path.size() - head.size() - tail.size()).find('/') ==
             std::string_view::npos;
}

}  // namespace kinesis::testing::tidy
