#include "kinesis_core/api/shell/pretty_json.h"

#include <cstddef>

namespace kinesis::testing {
namespace {

// Where the text that begins at `at` ends: past its closing quote.
size_t EndOfText(std::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return at + 1;
}

bool IsEmptyAt(std::string_view json, size_t at) {
  const std::string_view both = json.substr(at, 2);
  return both == "{}" || both == "[]";
}

}  // namespace

std::string PrettyJson(std::string_view json) {
  std::string pretty;
  size_t depth = 0;
  const auto begin_line = [&pretty, &depth] { pretty += "\n" + std::string(2 * depth, ' '); };
  for (size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '"') {
      const size_t end = EndOfText(json, at);
      pretty += json.substr(at, end - at);
      at = end - 1;
    } else if (IsEmptyAt(json, at)) {
      pretty += json.substr(at++, 2);
    } else if (c == '{' || c == '[') {
      pretty += c;
      ++depth;
      begin_line();
    } else if (c == '}' || c == ']') {
      --depth;
      begin_line();
      pretty += c;
    } else {
      pretty += c;
      if (c == ',') begin_line();
      if (c == ':') pretty += ' ';
    }
  }
  return pretty;
}

}  // namespace kinesis::testing
