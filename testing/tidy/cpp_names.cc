#include "kinesis_core/testing/tidy/cpp_names.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing::tidy {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool IsWord(const std::string& token) {
  return IsWordCharacter(token[0]) && std::isdigit(static_cast<unsigned char>(token[0])) == 0;
}

// Words and single other characters, without preprocessor lines; "::" and "->" are one token each.
std::vector<std::string> Tokens(const std::vector<CppLine>& lines) {
  std::vector<std::string> tokens;
  bool directive = false;
  for (const CppLine& line : lines) {
    const std::string& code = line.code;
    const std::size_t first = code.find_first_not_of(' ');
    const bool continues = directive;
    if (first != std::string::npos && code[first] == '#') directive = true;
    const bool skipped = directive || continues;
    if (first == std::string::npos || line.whole.back() != '\\') directive = false;
    if (skipped) continue;
    for (std::size_t i = 0; i < code.size();) {
      std::size_t end = i + 1;
      if (IsWordCharacter(code[i])) {
        while (end < code.size() && IsWordCharacter(code[end])) ++end;
      } else if (code.compare(i, 2, "::") == 0 || code.compare(i, 2, "->") == 0) {
        ++end;
      }
      if (code[i] != ' ') tokens.push_back(code.substr(i, end - i));
      i = end;
    }
  }
  return tokens;
}

using Head = std::vector<std::string>;

// Where the word that opens a type stands in the head of a block: not inside of the brackets of a
// template or of parameters, and not in front of a function. The size of `head` if nowhere.
std::size_t FindTypeWord(const Head& head) {
  int angle = 0;
  int round = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == "<") ++angle;
    if (head[i] == ">") angle = std::max(0, angle - 1);
    if (head[i] == "(") ++round;
    if (head[i] == ")") --round;
    if (angle == 0 && round == 0 &&
        (head[i] == "class" || head[i] == "struct" || head[i] == "union" || head[i] == "enum")) {
      return i;
    }
  }
  return head.size();
}

// Returns whether the token may follow the name of something that is declared.
bool EndsName(const std::string& token) {
  static const std::set<std::string> kEnds = {"(", "{", "=", ";", ",", "[", ":", "}"};
  return kEnds.count(token) != 0;
}

}  // namespace

void DeclaredNames::Add(const std::vector<CppLine>& lines) {
  for (const CppLine& line : lines) {
    // Literals, too: names of the service's members and errors stand in them.
    for (std::size_t i = 0; i < line.whole.size();) {
      std::size_t end = i;
      while (end < line.whole.size() && IsWordCharacter(line.whole[end])) ++end;
      if (end > i && line.comment[i] == ' ') words_.insert(line.whole.substr(i, end - i));
      i = std::max(end, i + 1);
    }
  }

  // The types that are open, innermost last; empty for a block of another kind.
  std::vector<std::string> scopes;
  Head head;
  int round = 0;
  for (const std::string& token : Tokens(lines)) {
    const bool in_type = !scopes.empty() && !scopes.back().empty();
    if (in_type && round == 0 && EndsName(token) && !head.empty() && IsWord(head.back())) {
      members_[scopes.back()].insert(head.back());
    }
    if (!head.empty() && IsWord(token) && (head.back() == "class" || head.back() == "typename") &&
        head.size() > 1 && (head[head.size() - 2] == "<" || head[head.size() - 2] == ",")) {
      parameters_.insert(token);
    }
    if (token == "(") ++round;
    if (token == ")") --round;
    if (token == "{") {
      round = 0;
      std::string type;
      std::size_t at = FindTypeWord(head);
      if (at < head.size()) {
        // The name is the last word before the bases; macros and "final" stand beside it.
        std::size_t end = at;
        while (end < head.size() && head[end] != ":") ++end;
        int angle = 0;
        int depth = 0;
        for (std::size_t i = at + 1; i < end; ++i) {
          if (head[i] == "<") ++angle;
          if (head[i] == ">") --angle;
          if (head[i] == "(") ++depth;
          if (head[i] == ")") --depth;
          const bool is_name = IsWord(head[i]) && head[i] != "final" && head[i] != "class" &&
                               head[i] != "struct" && head[i] != "alignas";
          if (angle == 0 && depth == 0 && is_name) type = head[i];
        }
        if (!type.empty()) {
          members_[type];
          if (in_type) members_[scopes.back()].insert(type);
          for (std::size_t i = end; i < head.size(); ++i) {
            if (IsWord(head[i])) bases_[type].insert(head[i]);
          }
        }
      }
      scopes.push_back(type);
      head.clear();
      continue;
    }
    if (token == "}") {
      if (!scopes.empty()) scopes.pop_back();
      head.clear();
      continue;
    }
    if (token == ";") {
      // using A = B<C>; in a class or outside of any.
      const auto equals = std::find(head.begin(), head.end(), "=");
      const auto use = std::find(head.begin(), head.end(), "using");
      if (use != head.end() && equals != head.end() && std::next(use) != head.end()) {
        const std::string& alias = *std::next(use);
        members_[alias];
        for (auto it = equals; it != head.end(); ++it) {
          if (IsWord(*it)) bases_[alias].insert(*it);
        }
      }
      // class A; names a type whose members are elsewhere, if anywhere.
      if (head.size() == 2 && FindTypeWord(head) == 0) members_[head[1]];
      head.clear();
      round = 0;
      continue;
    }
    head.push_back(token);
  }
}

bool DeclaredNames::HasMember(std::string_view type, std::string_view member) const {
  std::set<std::string> seen;
  return HasMemberWithin(std::string(type), std::string(member), &seen);
}

bool DeclaredNames::HasMemberWithin(const std::string& type, const std::string& member,
                                    std::set<std::string>* seen) const {
  if (!seen->insert(type).second) return false;
  const auto members = members_.find(type);
  if (members != members_.end() && members->second.count(member) != 0) return true;
  const auto bases = bases_.find(type);
  return bases != bases_.end() &&
         std::any_of(bases->second.begin(), bases->second.end(),
                     [&](const std::string& base) { return HasMemberWithin(base, member, seen); });
}

}  // namespace kinesis::testing::tidy
