// What kinesis_shell has to say to a line: JSON for programs, and what people are shown instead.
#ifndef KINESIS_CORE_API_SHELL_SHELL_REPLY_H_
#define KINESIS_CORE_API_SHELL_SHELL_REPLY_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "kinesis_core/api/shell/request_check.h"

namespace kinesis::testing {

// How answers are shown: one line of JSON; JSON over several lines, with a comment behind data that
// is base64 of text; tables; or whichever of the last two suits the answer.
enum class ShellMode { kLine, kJson, kTable, kAuto };
inline constexpr std::array<std::string_view, 4> kShellModeNames = {"line", "json", "table",
                                                                    "auto"};

struct ShellReply {
  // The reply that an answer alone is.
  // NOLINTNEXTLINE(google-explicit-constructor): most replies are no more
  ShellReply(std::string answer)
      : line(std::move(answer)), failed(!line.starts_with(R"({"status":200)")) {}

  std::string line;  // the answer: {"status":...}, without a newline
  bool failed;
  // The same as a table or text, for people. Empty: there is only the answer.
  std::string text = {};
  // The text is help, which is for reading in every mode, and can be long.
  bool is_help = false;
  // Where the trouble is, or what was meant.
  std::optional<ShellHint> hint = std::nullopt;
  // The line is to be repeated after this time, until the person has seen enough.
  std::optional<absl::Duration> repeat_after = std::nullopt;
};

// The reply as `mode` shows it, with a newline at its end.
std::string Render(const ShellReply& reply, ShellMode mode);

// The hint with its place among the lines that were typed, and a caret below it; with a newline.
//
//   line 1, column 10: expected ':'
//     ListStreams {"Limit" 3}
//                          ^
std::string RenderHint(const ShellHint& hint, std::string_view typed);
// The first line of that alone.
std::string HintLine(const ShellHint& hint, std::string_view typed);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_REPLY_H_
