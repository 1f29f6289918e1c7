#include "kinesis_core/api/shell/pretty_json.h"

#include <cstddef>
#include <optional>

#include "kinesis_core/api/shell/record_text.h"

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

// The comment behind base64 that is in quotes; empty if it is not of text.
std::string CommentOn(std::string_view quoted) {
  constexpr size_t kColumns = 60;
  const std::optional<std::string> bytes = BytesOfBase64(quoted.substr(1, quoted.size() - 2));
  if (!bytes || bytes->empty() || !IsText(*bytes)) return "";
  return "  # " + ShownBytes(*bytes, kColumns);
}

}  // namespace

std::string PrettyJson(std::string_view json) {
  std::string pretty;
  size_t depth = 0;
  std::string comment;  // on what stands in the line
  std::string_view last_text;
  const auto begin_line = [&] {
    pretty += comment + "\n" + std::string(2 * depth, ' ');
    comment.clear();
  };
  for (size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '"') {
      const size_t end = EndOfText(json, at);
      const std::string_view text = json.substr(at, end - at);
      pretty += text;
      if (at > 0 && json[at - 1] == ':' && last_text == R"("Data")") comment = CommentOn(text);
      last_text = text;
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
