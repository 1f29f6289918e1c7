// kinesis_shell: Kinesis Data Streams in a process of its own, for people and for pipes.
//
//   kinesis_shell                                 on a terminal: a prompt, history, completion
//   kinesis_shell --clock=simulated < session     between pipes: a line in, a line out
//
// api/json/README.md has the contract.
#include <unistd.h>

#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "kinesis_core/api/shell/pipe.h"
#include "kinesis_core/api/shell/shell_session.h"
#include "kinesis_core/api/shell/terminal.h"

ABSL_FLAG(std::string, clock, "system", "system or simulated");
ABSL_FLAG(std::string, limits, "kinesis", "kinesis, kinesis2015 or unlimited");
ABSL_FLAG(std::string, rates, "on", "on or off: whether rate limits are enforced");
ABSL_FLAG(
    uint64_t, memory_mib, 1024,
    "what the records of all streams together may take, in MiB; a put that finds no room gets "
    "InternalFailureException, which says so");
ABSL_FLAG(std::string, account, "000000000000", "the account's number, twelve digits");
ABSL_FLAG(std::string, region, "us-east-1", "the region's name, as it appears in ARNs");

namespace {

using kinesis::testing::ShellOptions;
using kinesis::testing::ShellSession;

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
  options.account = absl::GetFlag(FLAGS_account);
  options.region = absl::GetFlag(FLAGS_region);
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

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "reads lines of \"OPERATION {JSON}\" and answers each with a line of JSON; \":help\" has "
      "more");
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    std::cerr << "kinesis_shell: takes flags alone, not '" << rest[1] << "'; see --help\n";
    return 2;
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread
  std::setlocale(LC_ALL, "");
  std::ios::sync_with_stdio(false);
  const std::optional<ShellOptions> options = OptionsFromFlags();
  if (!options.has_value()) return 2;
  auto session = ShellSession::Create(*options);
  if (!session.ok()) {
    std::cerr << "kinesis_shell: " << session.status().message() << "\n";
    return 2;
  }
  if (isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0) {
    kinesis::testing::RunTerminal(**session, HistoryFile());
    return 0;
  }
  if (!kinesis::testing::RunPipe(std::cin, std::cout, **session)) {
    std::cerr << "kinesis_shell: cannot write to standard output\n";
    return 1;
  }
  return 0;
}
