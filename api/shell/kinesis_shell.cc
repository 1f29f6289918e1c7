// kinesis_shell: Kinesis Data Streams in a process of its own, for people and for pipes.
//
//   kinesis_shell                                 on a terminal: a prompt, history, completion
//   kinesis_shell --clock=simulated < session     between pipes: a line in, a line out
//   kinesis_shell ListStreams '{}'                one request: exit code 1 if it fails
//
// api/json/README.md has the contract.
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/shell/directory_command.h"
#include "kinesis_core/api/shell/flag_parsing.h"
#include "kinesis_core/api/shell/pipe.h"
#include "kinesis_core/api/shell/shell_reply.h"
#include "kinesis_core/api/shell/shell_script.h"
#include "kinesis_core/api/shell/shell_session.h"
#include "kinesis_core/api/shell/terminal.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/version.h"

ABSL_FLAG(std::string, clock, "system", "system or simulated");
ABSL_FLAG(std::string, limits, "kinesis", "kinesis, kinesis2015 or unlimited");
ABSL_FLAG(std::string, rates, "on", "on or off: whether rate limits are enforced");
ABSL_FLAG(
    uint64_t, memory_mib, 1024,
    "what the records of all streams together may take, in MiB; a put that finds no room gets "
    "InternalFailureException, which says so");
ABSL_FLAG(
    std::string, directory, "",
    "where the streams are kept, so that they outlive the shell; what is there is there again");
ABSL_FLAG(uint64_t, disk_mib, 4096, "what the blocks of --directory may take, in MiB");
ABSL_FLAG(std::string, check, "",
          "does nothing but print what a directory holds, without changing it, and whether records "
          "are as their copies in its write-ahead log; the exit code is 1 if it is damaged");
ABSL_FLAG(std::string, account, "000000000000", "the account's number, twelve digits");
ABSL_FLAG(std::string, region, "us-east-1", "the region's name, as it appears in ARNs");
ABSL_FLAG(bool, bail, false,
          "whether the first line that fails is the last: exit code 1, and why on standard error");
ABSL_FLAG(
    std::string, init, "",
    "a file whose lines are carried out first, as :source does; it says nothing of those that "
    "succeed");

namespace {

using kinesis::testing::ShellMode;
using kinesis::testing::ShellOptions;
using kinesis::testing::ShellReply;
using kinesis::testing::ShellSession;

constexpr std::string_view kUsage =
    "kinesis_shell [FLAG...] [OPERATION {JSON}]\n"
    "  Reads lines of \"OPERATION {JSON}\" and answers each with a line of JSON; \":help\" has "
    "more.\n"
    "  Arguments are such a line: kinesis_shell ListStreams '{}'\n\n";

// Sets `value` by a flag. False, with a message, if there is no such value.
template <class T>
bool Read(std::string_view name, const std::string& text,
          std::optional<T> (*parse)(std::string_view), T* value) {
  const std::optional<T> parsed = parse(text);
  if (parsed.has_value()) {
    *value = *parsed;
  } else {
    std::cerr << "kinesis_shell: --" << name << " does not take '" << text << "'; see --help\n";
  }
  return parsed.has_value();
}

std::optional<ShellOptions> OptionsFromFlags() {
  ShellOptions options;
  options.memory_mib = absl::GetFlag(FLAGS_memory_mib);
  options.directory = absl::GetFlag(FLAGS_directory);
  options.disk_mib = absl::GetFlag(FLAGS_disk_mib);
  options.account = absl::GetFlag(FLAGS_account);
  options.region = absl::GetFlag(FLAGS_region);
  options.bail = absl::GetFlag(FLAGS_bail);
  const bool all_read =
      Read("clock", absl::GetFlag(FLAGS_clock), &kinesis::testing::ParseShellClock,
           &options.clock) &&
      Read("limits", absl::GetFlag(FLAGS_limits), &kinesis::testing::ParseShellLimits,
           &options.limits) &&
      Read("rates", absl::GetFlag(FLAGS_rates), &kinesis::testing::ParseSwitch, &options.rates);
  return all_read ? std::optional(options) : std::nullopt;
}

std::string HistoryFile() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread
  const char* const home = std::getenv("HOME");
  return home == nullptr ? "" : std::string(home) + "/.kinesis_shell_history";
}

// The arguments with "--" in front of the first directive: what follows it is the directive's, also
// "-1s".
std::vector<std::string> WithoutFlagsOfDirectives(std::vector<std::string> arguments) {
  const auto directive = std::find_if(
      arguments.begin() + 1, arguments.end(),
      [](std::string_view argument) { return !argument.empty() && argument[0] == ':'; });
  const bool has_end = std::find(arguments.begin() + 1, directive, "--") != directive;
  if (directive != arguments.end() && !has_end) arguments.insert(directive, "--");
  return arguments;
}

// Carries out the file of --init. False if a line failed, and why is told.
bool RunInit(ShellSession& session) {
  const std::string file = absl::GetFlag(FLAGS_init);
  if (file.empty()) return true;
  const std::optional<ShellReply> reply = session.Run(":source " + file);
  if (!reply->failed) return true;
  std::cerr << "kinesis_shell: " << kinesis::testing::ErrorText(*reply) << "\n";
  return false;
}

// Carries out what the arguments say, and returns the exit code.
int RunArguments(ShellSession& session, std::span<const std::string> arguments) {
  const auto show = [&session](std::string_view request, const ShellReply& reply) {
    std::cout << Render(reply, session.mode());
    if (reply.hint) std::cerr << RenderHint(*reply.hint, request);
  };
  session.set_listener(show);
  std::istringstream lines(kinesis::testing::LineOfArguments(arguments));
  const kinesis::testing::ScriptResult result = kinesis::testing::RunScript(lines, session, show);
  std::cout << std::flush;
  return result.failed == 0 && std::cout.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const absl::StatusOr<kinesis::testing::ParsedFlags> flags = kinesis::testing::ParseFlags(
      WithoutFlagsOfDirectives(std::vector<std::string>(argv, argv + argc)));
  if (!flags.ok()) {
    std::cerr << "kinesis_shell: " << flags.status().message() << "\n";
    return 2;
  }
  if (flags->help || flags->version) {
    if (flags->help) {
      std::cout << kUsage << kinesis::testing::FlagsHelp("shell/kinesis_shell.cc") << std::flush;
    } else {
      std::cout << "kinesis_shell " KINESIS_CORE_VERSION_TEXT "\n" << std::flush;
    }
    return std::cout.good() ? 0 : 1;
  }
  if (const std::string directory = absl::GetFlag(FLAGS_check); !directory.empty()) {
    return kinesis::testing::CheckDirectoryCommand(kinesis::FileSystem::Posix(), directory,
                                                   std::cout, std::cerr);
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread
  std::setlocale(LC_ALL, "");
  std::ios::sync_with_stdio(false);
  std::optional<ShellOptions> options = OptionsFromFlags();
  if (!options.has_value()) return 2;
  const bool has_arguments = !flags->arguments.empty();
  const bool shows_people = isatty(STDOUT_FILENO) != 0;
  const bool on_terminal = !has_arguments && isatty(STDIN_FILENO) != 0 && shows_people;
  options->for_people = has_arguments || on_terminal;
  if (options->for_people && shows_people) options->mode = ShellMode::kAuto;
  auto session = ShellSession::Create(*options);
  if (!session.ok()) {
    std::cerr << "kinesis_shell: "
              << kinesis::testing::WhyNoEngine(session.status(), options->directory) << "\n";
    return 2;
  }
  const bool begun = RunInit(**session);
  if (!begun && options->bail) return 1;
  if (has_arguments) {
    const int code = RunArguments(**session, flags->arguments);
    return begun ? code : 1;
  }
  if (on_terminal) {
    kinesis::testing::RunTerminal(**session, HistoryFile());
    return 0;
  }
  if (!kinesis::testing::RunPipe(std::cin, std::cout, **session, kinesis::testing::kShellLineMax,
                                 &std::cerr)) {
    std::cerr << "kinesis_shell: cannot write to standard output\n";
    return 1;
  }
  return !begun || (options->bail && (*session)->failures() > 0) ? 1 : 0;
}
