#include "kinesis_core/api/shell/shell_reply.h"

#include <algorithm>
#include <cstddef>

#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/pretty_json.h"
#include "kinesis_core/api/shell/table_view.h"

namespace kinesis::testing {

std::string Render(const ShellReply& reply, ShellMode mode) {
  const bool wants_text = reply.is_help || mode == ShellMode::kTable || mode == ShellMode::kAuto;
  if (mode == ShellMode::kLine) return reply.line + "\n";
  if (wants_text && !reply.text.empty()) return reply.text;
  if (mode == ShellMode::kTable) return TableView(reply.line);
  return PrettyJson(reply.line) + "\n";
}

std::string HintLine(const ShellHint& hint, std::string_view typed) {
  if (!hint.at) return hint.message;
  const TextPosition position = PositionOf(typed, *hint.at);
  return "line " + std::to_string(position.line) + ", column " + std::to_string(position.column) +
         ": " + hint.message;
}

std::string RenderHint(const ShellHint& hint, std::string_view typed) {
  // Of a long line, what stands around the place.
  constexpr size_t kBefore = 50;
  constexpr size_t kShown = 76;
  std::string text = HintLine(hint, typed) + "\n";
  if (!hint.at) return text;
  const size_t at = std::min(*hint.at, typed.size());
  const size_t line_begin = typed.substr(0, at).find_last_of('\n') + 1;  // npos + 1 is 0
  const size_t line_end = std::min(typed.find('\n', at), typed.size());
  const auto goes_on = [typed](size_t i) {
    return i < typed.size() && (static_cast<unsigned char>(typed[i]) & 0xc0) == 0x80;
  };
  size_t begin = at - std::min(at - line_begin, kBefore);
  while (goes_on(begin)) ++begin;
  size_t end = std::min(line_end, begin + kShown);
  while (goes_on(end)) ++end;
  const size_t column = PositionOf(typed.substr(begin), at - begin).column;
  text.append("  ").append(typed.substr(begin, end - begin));
  return text + "\n" + std::string(column + 1, ' ') + "^\n";
}

}  // namespace kinesis::testing
