#include "kinesis_core/api/shell/pipe.h"

#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/shell/shell_reply.h"

namespace kinesis::testing {
namespace {

// Whoever does not read the notes need not fear that their pipe is full.
constexpr int kHintsMax = 20;

std::string HintText(const ShellHint& hint) {
  if (!hint.at) return hint.message;
  return "column " + std::to_string(*hint.at + 1) + ": " + hint.message;
}

}  // namespace

bool RunPipe(std::istream& in, std::ostream& out, ShellSession& session, size_t line_max,
             std::ostream* notes) {
  std::string line;
  size_t number = 0;
  int hints = 0;
  const auto note = [&](std::string_view text) {
    *notes << "kinesis_shell: line " << number << ": " << text << '\n' << std::flush;
  };
  while (out.good() && !session.done() && ReadLine(in, line_max, &line)) {
    ++number;
    const std::optional<ShellReply> reply = line.size() > line_max
                                                ? ShellReply(ShellError("The line is too long."))
                                                : session.Run(line);
    if (!reply) continue;
    out << Render(*reply, session.mode()) << std::flush;
    if (notes != nullptr && reply->hint && hints++ < kHintsMax) note(HintText(*reply->hint));
    if (!reply->failed || !session.bail()) continue;
    if (notes != nullptr) note("stopped by --bail: " + ErrorText(*reply));
    break;
  }
  return out.good();
}

}  // namespace kinesis::testing
