#include "kinesis_core/api/shell/pipe.h"

#include <optional>
#include <string>

namespace kinesis::testing {
namespace {

// Reads up to the next newline. What is past `line_max` bytes is not kept, but for one. False at
// the end of `in`; a last line without a newline is a line.
bool ReadLine(std::istream& in, size_t line_max, std::string* line) {
  using Traits = std::istream::traits_type;
  line->clear();
  for (bool any = false;; any = true) {
    const Traits::int_type c = in.rdbuf()->sbumpc();
    if (Traits::eq_int_type(c, Traits::eof())) return any;
    if (Traits::to_char_type(c) == '\n') return true;
    if (line->size() <= line_max) *line += Traits::to_char_type(c);
  }
}

}  // namespace

bool RunPipe(std::istream& in, std::ostream& out, ShellSession& session, size_t line_max) {
  std::string line;
  while (out.good() && !session.done() && ReadLine(in, line_max, &line)) {
    const std::optional<std::string> answer =
        line.size() > line_max ? ShellError("The line is too long.") : session.Execute(line);
    if (answer.has_value()) out << *answer << '\n' << std::flush;
  }
  return out.good();
}

}  // namespace kinesis::testing
