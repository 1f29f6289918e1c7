#include "kinesis_core/api/shell/shell_session.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/api/shell/shell_answer.h"
#include "kinesis_core/api/shell/shell_help.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/options.h"

namespace kinesis::testing {
namespace {

using api::internal::JsonWriter;

constexpr std::array<std::string_view, 2> kClockNames = {"system", "simulated"};
constexpr std::array<std::string_view, 3> kLimitsNames = {"kinesis", "kinesis2015", "unlimited"};
constexpr std::array<std::string_view, 2> kSwitchNames = {"off", "on"};

constexpr std::string_view kBlanks = " \t\r\n";

// Where ":advance" can take the clock: from 1970 to the end of the year 9999, which all languages
// can tell.
constexpr absl::Time kClockMin = absl::UnixEpoch();
constexpr absl::Time kClockMax = absl::FromUnixSeconds(253'402'300'799);

// With simulated time everything else is repeatable too, tokens included.
constexpr uint64_t kRepeatableSeed = 1;

template <size_t N>
std::optional<size_t> IndexOf(const std::array<std::string_view, N>& names, std::string_view name) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return std::nullopt;
}

template <class Enum, size_t N>
std::optional<Enum> ParseName(const std::array<std::string_view, N>& names, std::string_view name) {
  const std::optional<size_t> index = IndexOf(names, name);
  if (!index.has_value()) return std::nullopt;
  return static_cast<Enum>(*index);
}

std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// A line in two: up to the first blank or brace, and what follows.
std::pair<std::string_view, std::string_view> SplitLine(std::string_view line) {
  const size_t end = line.find_first_of(" \t{[");
  if (end == std::string_view::npos) return {line, {}};
  return {line.substr(0, end), Trim(line.substr(end))};
}

// Text that can be of any length, as a message shows it.
std::string Shown(std::string_view text) {
  constexpr size_t kShownMax = 100;
  return std::string(text.substr(0, kShownMax)) + (text.size() > kShownMax ? "..." : "");
}

}  // namespace

std::optional<ShellClock> ParseShellClock(std::string_view name) {
  return ParseName<ShellClock>(kClockNames, name);
}

std::optional<ShellLimits> ParseShellLimits(std::string_view name) {
  return ParseName<ShellLimits>(kLimitsNames, name);
}

std::optional<bool> ParseSwitch(std::string_view name) {
  return ParseName<bool>(kSwitchNames, name);
}

std::string ShellError(std::string_view message) {
  constexpr std::string_view kError = "InvalidLine";
  std::string line;
  JsonWriter writer(&line);
  writer.BeginObject();
  writer.Key("status").Number(400);
  writer.Key("error").Text(kError);
  writer.Key("body").BeginObject();
  writer.Key("__type").Text(kError);
  writer.Key("message").Text(message);
  writer.EndObject();
  writer.EndObject();
  return line;
}

absl::StatusOr<std::unique_ptr<ShellSession>> ShellSession::Create(const ShellOptions& options) {
  std::unique_ptr<ShellSession> session(new ShellSession(options));
  if (absl::Status status = session->Start(); !status.ok()) return status;
  return session;
}

absl::Status ShellSession::Start() {
  const bool simulated = options_.clock == ShellClock::kSimulated;
  auto clock = simulated ? std::make_unique<SimulatedClock>() : nullptr;
  EngineOptions engine_options;
  // More than fits is out of range, and told.
  constexpr uint64_t kMostMib = std::numeric_limits<uint64_t>::max() >> 20;
  engine_options.memory_budget_bytes = std::min(options_.memory_mib, kMostMib) << 20;
  if (simulated) engine_options.clock = clock.get();
  auto faults =
      std::make_unique<api::FaultPlan>(simulated ? *clock : SystemClock(), kRepeatableSeed);
  api::ClientOptions client_options = MakeClientOptions();
  client_options.faults = faults.get();
  auto client = api::Client::Create(client_options, engine_options);
  if (!client.ok()) return client.status();
  held_.clear();
  service_.reset();
  client_ = *std::move(client);
  faults_ = std::move(faults);
  simulated_clock_ = std::move(clock);
  service_.emplace(*client_);
  return absl::OkStatus();
}

api::ClientOptions ShellSession::MakeClientOptions() const {
  api::ClientOptions options;
  options.account_id = options_.account;
  options.region = options_.region;
  if (options_.clock == ShellClock::kSimulated) options.token_seed = kRepeatableSeed;
  switch (options_.limits) {
    case ShellLimits::kKinesis:
      options.limits = api::Limits::Kinesis();
      options.delays = api::LifecycleDelays::ServiceLike();
      break;
    case ShellLimits::kKinesis2015:
      options.limits = api::Limits::Kinesis2015();
      options.delays = api::LifecycleDelays::ServiceLike();
      break;
    case ShellLimits::kUnlimited:
      options.limits = api::Limits::Unlimited();
      break;
  }
  options.limits.rates = options.limits.rates && options_.rates;
  return options;
}

absl::Time ShellSession::Now() const {
  return simulated_clock_ != nullptr ? simulated_clock_->Now() : SystemClock().Now();
}

std::optional<std::string> ShellSession::Execute(std::string_view line) {
  line = Trim(line);
  if (line.empty() || line.front() == '#') return std::nullopt;
  const auto [name, rest] = SplitLine(line);
  if (name.starts_with(':')) return ExecuteDirective(name.substr(1), rest);
  if (name.empty()) return ShellError("A line begins with an operation or a directive; see :help.");
  return ExecuteOperation(name, rest.empty() ? "{}" : rest);
}

std::string ShellSession::ExecuteOperation(std::string_view name, std::string_view json) {
  return ShellAnswer(service_->Handle(name, json));
}

std::string ShellSession::ExecuteDirective(std::string_view name, std::string_view argument) {
  if (name == "advance") return Advance(argument);
  if (name == "clock") return SetClock(argument);
  if (name == "limits") return SetLimits(argument);
  if (name == "rates") return SetRates(argument);
  if (name == "help") return Help(argument);
  if (name == "fault") return AddFault(argument);
  if (name == "faults") return TellFaults(argument);
  if (name == "subscribe") return Subscribe(argument);
  if (name == "next") return NextEvents(argument, /*as_frames=*/false);
  if (name == "frames") return NextEvents(argument, /*as_frames=*/true);
  if (name == "unsubscribe") return Unsubscribe(argument);
  if (name != "now" && name != "quit") {
    return ShellError("There is no directive ':" + Shown(name) + "'; see :help.");
  }
  if (!argument.empty()) return ShellError(":" + std::string(name) + " stands alone.");
  return name == "now" ? TellTime(/*is_new_engine=*/false) : Quit();
}

std::string ShellSession::Quit() {
  done_ = true;
  return ShellAnswer([](JsonWriter& writer) {
    writer.BeginObject();
    writer.EndObject();
  });
}

std::string ShellSession::SetClock(std::string_view argument) {
  const std::optional<ShellClock> clock = ParseShellClock(argument);
  if (!clock.has_value()) return ShellError(":clock takes 'simulated' or 'system'.");
  options_.clock = *clock;
  if (const absl::Status status = Start(); !status.ok()) return ShellError(status.ToString());
  return TellTime(/*is_new_engine=*/true);
}

std::string ShellSession::SetLimits(std::string_view argument) {
  const std::optional<ShellLimits> limits = ParseShellLimits(argument);
  if (!limits.has_value())
    return ShellError(":limits takes 'kinesis', 'kinesis2015' or 'unlimited'.");
  options_.limits = *limits;
  const api::ClientOptions options = MakeClientOptions();
  const absl::Status changed = client_->SetLimits(options.limits, options.delays);
  if (!changed.ok()) return ShellError(changed.ToString());
  return TellLimits();
}

std::string ShellSession::SetRates(std::string_view argument) {
  const std::optional<bool> rates = ParseSwitch(argument);
  if (!rates.has_value()) return ShellError(":rates takes 'on' or 'off'.");
  options_.rates = *rates;
  const api::ClientOptions options = MakeClientOptions();
  const absl::Status changed = client_->SetLimits(options.limits, options.delays);
  if (!changed.ok()) return ShellError(changed.ToString());
  return TellLimits();
}

std::string ShellSession::Advance(std::string_view argument) {
  if (simulated_clock_ == nullptr) return ShellError(":advance needs ':clock simulated'.");
  absl::Duration step;
  const bool parsed =
      absl::ParseDuration(absl::string_view(argument.data(), argument.size()), &step);
  if (!parsed) return ShellError(":advance takes a time such as '300s', '1.5h' or '10ms'.");
  const absl::Time now = simulated_clock_->Now() + step;
  if (now < kClockMin || now > kClockMax) {
    return ShellError("The clock goes from 1970 to the end of 9999.");
  }
  simulated_clock_->Advance(step);
  return TellTime(/*is_new_engine=*/false);
}

std::string ShellSession::Help(std::string_view argument) const {
  if (argument.empty()) return ShellAnswer(WriteHelp);
  const std::optional<api::Operation> operation = api::ParseEnum<api::Operation>(argument);
  if (!operation.has_value()) {
    return ShellError("There is no operation '" + Shown(argument) + "'; :help lists them.");
  }
  return ShellAnswer([&](JsonWriter& writer) { WriteHelpOn(*operation, writer); });
}

std::string ShellSession::AddFault(std::string_view argument) {
  const absl::Status status = faults_->AddScript(argument);
  if (!status.ok()) return ShellError(FromAbsl(status.message()));
  if (argument.empty()) return ShellError(":fault takes a rule such as 'fail put, 2 times'.");
  return TellFaults("");
}

std::string ShellSession::TellFaults(std::string_view argument) {
  if (!argument.empty() && argument != "clear")
    return ShellError(":faults takes 'clear', or nothing.");
  if (argument == "clear") faults_->Clear();
  return ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Faults").Text(faults_->ToString());
    writer.EndObject();
  });
}

std::string ShellSession::TellTime(bool is_new_engine) const {
  return ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Clock").Text(kClockNames[static_cast<size_t>(options_.clock)]);
    writer.Key("Now").Seconds(Now());
    if (is_new_engine) writer.Key("Note").Text("A new engine: what was there before is gone.");
    writer.EndObject();
  });
}

std::string ShellSession::TellLimits() const {
  return ShellAnswer([&](JsonWriter& writer) {
    const bool rates = client_->options().limits.rates;
    writer.BeginObject();
    writer.Key("Limits").Text(kLimitsNames[static_cast<size_t>(options_.limits)]);
    writer.Key("Rates").Text(kSwitchNames[static_cast<size_t>(rates)]);
    writer.EndObject();
  });
}

}  // namespace kinesis::testing
