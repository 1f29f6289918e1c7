// The list of directives: for dispatch, help and completion.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinesis_core/api/shell/shell_session.h"
#include "kinesis_core/api/shell/suggestion.h"

namespace kinesis::testing {
namespace {

// What people type in other shells, and the directive that it is here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kAliases = {{
    {"help", ":help"},
    {"?", ":help"},
    {":?", ":help"},
    {"exit", ":quit"},
    {"quit", ":quit"},
    {":exit", ":quit"},
    {":q", ":quit"},
}};

}  // namespace

std::span<const ShellSession::Directive> ShellSession::Directives() {
  using Argument = DirectiveArgument;
  using S = ShellSession;
  static constexpr auto kDirectives = std::to_array<Directive>({
      {":put", "STREAM KEY TEXT",
       "PutRecord of a line's rest; \"quoted\" as in JSON if it begins so", Argument::kStream,
       &S::Put},
      {":read", "STREAM [SHARD] [COUNT]", "the oldest records, 100 if nothing is said, as text",
       Argument::kStream, &S::ReadStream},
      {":tail", "[STREAM [off]]", "follows a stream from now on, through splits and merges",
       Argument::kStream, &S::Tail},
      {":top", "[TIME]", "rates, lag and memory; on a terminal again after every TIME",
       Argument::kOther, &S::Top},
      {":mode", "auto|table|json|line", "how answers are shown", Argument::kWords, &S::SetMode},
      {":save", "FILE", "writes the lines of this session, for :source", Argument::kOther,
       &S::Save},
      {":source", "FILE", "carries out the lines of a file", Argument::kOther, &S::Source},
      {":clock", "simulated|system", "time that moves when told, or the system's; a new engine",
       Argument::kWords, &S::SetClock},
      {":now", "", "the clock's time", Argument::kNone, &S::ShowTime},
      {":advance", "TIME", "moves simulated time: 300s, 1.5h, 10ms", Argument::kOther, &S::Advance},
      {":limits", "kinesis|kinesis2015|unlimited", "limits and delays from now on",
       Argument::kWords, &S::SetLimits},
      {":rates", "on|off", "whether the rates of the limits are enforced", Argument::kWords,
       &S::SetRates},
      {":fault", "RULE", "what is to go wrong: fail put with InternalFailure, 2 times after 5",
       Argument::kOther, &S::AddFault},
      {":faults", "[clear]", "what goes wrong, and did; or forgets the rules", Argument::kWords,
       &S::TellFaults},
      {":subscribe", "JSON", "SubscribeToShard, held open: answers a number", Argument::kSubscribe,
       &S::Subscribe},
      {":next", "NUMBER [TIME]", "its events, after waiting for them for so long", Argument::kOther,
       &S::NextEvents},
      {":frames", "NUMBER [TIME]", "the same, as bytes of an event stream in base64",
       Argument::kOther, &S::NextFrames},
      {":unsubscribe", "NUMBER", "ends it", Argument::kOther, &S::Unsubscribe},
      {":help", "[OPERATION]", "this; or members and constraints of an operation",
       Argument::kOperation, &S::Help},
      {":quit", "", "ends the shell", Argument::kNone, &S::Quit},
  });
  return kDirectives;
}

std::vector<std::string_view> ShellSession::DirectiveNames() {
  std::vector<std::string_view> names;
  for (const Directive& directive : Directives()) names.push_back(directive.name);
  for (const auto& [alias, meant] : kAliases) {
    if (alias.starts_with(':')) names.push_back(alias);
  }
  return names;
}

std::string ShellSession::Directive::usage() const {
  return std::string(name) + (arguments.empty() ? "" : " ") + std::string(arguments);
}

const ShellSession::Directive* ShellSession::FindDirective(std::string_view name) {
  for (const auto& [alias, meant] : kAliases) {
    if (EqualsIgnoringCase(alias, name)) name = meant;
  }
  for (const Directive& directive : Directives()) {
    if (EqualsIgnoringCase(directive.name, name)) return &directive;
  }
  return nullptr;
}

}  // namespace kinesis::testing
