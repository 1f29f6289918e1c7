// ShellSession: what kinesis_shell does with a line, without a terminal and without standard input.
//
//   auto session = ShellSession::Create({.clock = ShellClock::kSimulated}).value();
//   session->Execute(R"(CreateStream {"StreamName":"orders","ShardCount":1})");
//   session->Execute(":advance 10s");
//   std::cout << *session->Execute("ListStreams") << "\n";
//
// A line is an operation and its JSON (left out: {}), or a directive, which begins with ':'. The
// answer is one line of JSON: api/json/README.md has the contract.
#ifndef KINESIS_CORE_API_SHELL_SHELL_SESSION_H_
#define KINESIS_CORE_API_SHELL_SHELL_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/fault_plan.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/simulated_clock.h"

namespace kinesis::testing {

enum class ShellClock { kSystem, kSimulated };
// Presets of api::Limits, with the life-cycle delays that go with them.
enum class ShellLimits { kKinesis, kKinesis2015, kUnlimited };

// Their names in flags and directives.
std::optional<ShellClock> ParseShellClock(std::string_view name);
std::optional<ShellLimits> ParseShellLimits(std::string_view name);
// "on" and "off".
std::optional<bool> ParseSwitch(std::string_view name);

// The answer to a line that is neither an operation nor a directive: the error InvalidLine.
std::string ShellError(std::string_view message);

struct ShellOptions {
  ShellClock clock = ShellClock::kSystem;
  ShellLimits limits = ShellLimits::kKinesis;
  // Whether the rates of the limits are enforced, where there are any.
  bool rates = true;
  // The engine's memory_budget_bytes, in MiB: what all streams together may hold of records. One
  // shard at its full rate, 1 MiB/s, fills the default in some 17 minutes; it is taken from the
  // system as records come.
  uint64_t memory_mib = 1024;
  std::string account = "000000000000";
  std::string region = "us-east-1";
};

// Thread-compatible.
class ShellSession {
 public:
  // Errors: those of api::Client::Create for the account and the region, and of Engine::Create for
  // the memory.
  static absl::StatusOr<std::unique_ptr<ShellSession>> Create(const ShellOptions& options = {});
  ShellSession(const ShellSession&) = delete;
  ShellSession& operator=(const ShellSession&) = delete;

  // The answer, without a newline; nothing if the line is empty or a comment ("# ...").
  std::optional<std::string> Execute(std::string_view line);

  // After ":quit".
  bool done() const { return done_; }

 private:
  explicit ShellSession(const ShellOptions& options) : options_(options) {}

  // A new engine and a new client, by options_.
  absl::Status Start();
  api::ClientOptions MakeClientOptions() const;
  absl::Time Now() const;

  std::string ExecuteOperation(std::string_view name, std::string_view json);
  std::string ExecuteDirective(std::string_view name, std::string_view argument);
  std::string Quit();
  std::string SetClock(std::string_view argument);
  std::string SetLimits(std::string_view argument);
  std::string SetRates(std::string_view argument);
  std::string Advance(std::string_view argument);
  std::string Help(std::string_view argument) const;
  std::string AddFault(std::string_view argument);
  std::string TellFaults(std::string_view argument);
  // These three are of subscriptions that are held open, in shell_subscriptions.cc.
  std::string Subscribe(std::string_view argument);
  std::string NextEvents(std::string_view argument, bool as_frames);
  std::string Unsubscribe(std::string_view argument);
  std::string TellTime(bool is_new_engine) const;
  std::string TellLimits() const;

  // A subscription that ":subscribe" opened.
  struct Held {
    api::JsonEventStream events;
    bool has_begun = false;  // the frame of the initial response was given
  };

  ShellOptions options_;
  bool done_ = false;
  // In the order in which they depend on each other.
  std::unique_ptr<SimulatedClock> simulated_clock_;
  std::unique_ptr<api::FaultPlan> faults_;
  std::unique_ptr<api::Client> client_;
  std::optional<api::JsonService> service_;
  std::map<uint64_t, Held> held_;  // by their numbers
  uint64_t held_number_ = 0;       // of the newest
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_SESSION_H_
