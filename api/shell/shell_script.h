// Lines of a script or a terminal, put together to requests: one is read on while its brackets are
// open.
#ifndef KINESIS_CORE_API_SHELL_SHELL_SCRIPT_H_
#define KINESIS_CORE_API_SHELL_SHELL_SCRIPT_H_

#include <cstddef>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/shell_session.h"

namespace kinesis::testing {

// Bytes of a line, and of a request of several: what JsonService takes, with an operation in front
// of it.
inline constexpr size_t kShellLineMax = size_t{65} << 20;

// Reads up to the next newline. What is past `line_max` bytes is not kept, but for one. False at
// the end of `in`; a last line without a newline is a line.
bool ReadLine(std::istream& in, size_t line_max, std::string* line);

// Thread-compatible.
class RequestLines {
 public:
  // Adds a line. Returns the request that ends with it, with line breaks between its lines; nothing
  // if it goes on in the next one, and is not too long for that.
  std::optional<std::string> Add(std::string_view line, size_t bytes_max = kShellLineMax);

  // Whether a request has begun and goes on.
  bool is_open() const { return !lines_.empty(); }
  // The lines of that so far, with a line break behind each.
  const std::string& lines() const { return lines_; }
  // Forgets them, and says so: "gave up a request of 2 lines, ...".
  std::string GiveUp();

 private:
  std::string lines_;
  BracketScan brackets_;
};

struct ScriptResult {
  uint64_t requests = 0;
  uint64_t failed = 0;
  // Of the first that failed: the line in which it begins, and its error.
  size_t first_line = 0;
  std::string first_error = {};
};

// Carries out what `in` has, until it ends, the session is done, or a request fails and the session
// bails. `listener`, if there is one, is told of each request and its reply. A line or a request of
// more than `line_max` bytes is one that fails.
ScriptResult RunScript(std::istream& in, ShellSession& session,
                       const ShellSession::Listener& listener, size_t line_max = kShellLineMax);

// The line that the arguments of a program stand for: with blanks between them, but for those of
// ":put", which are one word each, as whoever started the program had them.
std::string LineOfArguments(std::span<const std::string> arguments);

// "ResourceNotFoundException: Stream nope under account 000000000000 not found.", of an answer that
// is an error.
std::string ErrorText(const ShellReply& reply);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_SCRIPT_H_
