#include "kinesis_core/api/shell/shell_session.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/limits.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/references.h"
#include "kinesis_core/api/shell/request_check.h"
#include "kinesis_core/api/shell/shell_answer.h"
#include "kinesis_core/api/shell/shell_help.h"
#include "kinesis_core/api/shell/suggestion.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"
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

// Where `part`, which is a part of `line`, begins in it; 0 if it is none.
size_t BeginOf(std::string_view line, std::string_view part) {
  const std::less<const char*> before;
  if (before(part.data(), line.data()) || before(line.data() + line.size(), part.data())) return 0;
  return static_cast<size_t>(part.data() - line.data());
}

ShellReply HelpReply(std::string answer, std::string text) {
  ShellReply reply(std::move(answer));
  reply.text = std::move(text);
  reply.is_help = true;
  return reply;
}

// Text that can be of any length, as a message shows it.
std::string Shown(std::string_view text) {
  constexpr size_t kShownMax = 100;
  return std::string(text.substr(0, kShownMax)) + (text.size() > kShownMax ? "..." : "");
}

std::string NoDirective(std::string_view name) {
  return "There is no directive '" + Shown(name) + "'";
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
  engine_options.directory = options_.directory;
  engine_options.disk_budget_bytes = std::min(options_.disk_mib, kMostMib) << 20;
  if (simulated) engine_options.clock = clock.get();
  auto faults =
      std::make_unique<api::FaultPlan>(simulated ? *clock : SystemClock(), kRepeatableSeed);
  api::ClientOptions client_options = MakeClientOptions();
  client_options.faults = faults.get();
  if (!options_.directory.empty()) client_options.stream_options.durability = Durability::kProcess;
  auto client = api::Client::Create(client_options, engine_options);
  if (!client.ok()) return client.status();
  held_.clear();
  tails_.clear();
  last_body_.clear();
  service_.reset();
  client_ = *std::move(client);
  faults_ = std::move(faults);
  simulated_clock_ = std::move(clock);
  service_.emplace(*client_);
  top_base_ = top_last_ = {Now(), {}};
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
  std::optional<ShellReply> reply = Run(line);
  if (!reply) return std::nullopt;
  return std::move(reply->line);
}

std::optional<ShellReply> ShellSession::Run(std::string_view line) {
  const std::string_view trimmed = Trim(line);
  if (trimmed.empty() || trimmed.front() == '#') return std::nullopt;
  ShellReply reply = RunLine(line);
  if (reply.failed) ++failures_;
  if (options_.for_people) KeepForSave(trimmed, reply);
  return reply;
}

ShellReply ShellSession::RunLine(std::string_view line) {
  const auto [name, rest] = SplitLine(Trim(line));
  if (name.empty()) return ShellError("A line begins with an operation or a directive; see :help.");
  if (const Directive* const directive = FindDirective(name)) {
    if (directive->argument == DirectiveArgument::kNone && !rest.empty()) {
      return ShellError(std::string(directive->name) + " stands alone.");
    }
    return (this->*directive->run)(rest);
  }
  if (!name.starts_with(':')) return RunOperation(line, name, rest);
  std::string suggestion = DidYouMean(name, DirectiveNames());
  if (!suggestion.empty()) return ShellError(NoDirective(name) + suggestion + " See :help.");
  return ShellError(NoDirective(name) + "; see :help.");
}

ShellReply ShellSession::RunOperation(std::string_view line, std::string_view name,
                                      std::string_view json) {
  if (json.empty()) json = "{}";
  const absl::StatusOr<std::string> expanded = ExpandReferences(json, last_body_);
  if (!expanded.ok()) return ShellError(FromAbsl(expanded.status().message()));
  ShellReply reply = Handle(name, *expanded);
  if (!reply.failed && !options_.for_people) return reply;
  const std::optional<api::Operation> operation = api::ParseEnum<api::Operation>(name);
  if (!operation) {
    std::string suggestion = DidYouMean(name, api::EnumNames<api::Operation>::kNames);
    // "hlep", and "advance" without its colon.
    if (suggestion.empty()) suggestion = DidYouMean(":" + std::string(name), DirectiveNames());
    if (suggestion.empty()) suggestion = "; ':help' lists the operations";
    reply.hint = {"operations are named exactly" + suggestion};
  } else if ((reply.hint = CheckRequest(*operation, json)) && reply.hint->at) {
    *reply.hint->at += BeginOf(line, json);
  }
  return reply;
}

std::string ShellSession::Handle(std::string_view name, std::string_view json) {
  api::JsonAnswer answer = service_->Handle(name, json);
  std::string line = ShellAnswer(answer);
  if (answer.http_status == 200) last_body_ = std::move(answer.json_text);
  return line;
}

void ShellSession::KeepForSave(std::string_view line, const ShellReply& reply) {
  // What only shows something is not worth a line, nor is what the lines of its file stand for.
  constexpr std::array<std::string_view, 8> kNotKept = {":help", ":quit", ":save", ":source",
                                                        ":top",  ":tail", ":now",  ":mode"};
  const Directive* const directive = FindDirective(SplitLine(line).first);
  if (directive != nullptr &&
      std::find(kNotKept.begin(), kNotKept.end(), directive->name) != kNotKept.end()) {
    return;
  }
  std::string kept = (reply.failed ? "# failed: " : "") + std::string(line);
  std::replace(kept.begin(), kept.end(), '\n', ' ');  // in JSON one blank is as good as another
  kept_.push_back(std::move(kept));
}

ShellReply ShellSession::ShowTime(std::string_view /*argument*/) {
  return TellTime(/*is_new_engine=*/false);
}

ShellReply ShellSession::Quit(std::string_view /*argument*/) {
  done_ = true;
  return ShellAnswer([](JsonWriter& writer) {
    writer.BeginObject();
    writer.EndObject();
  });
}

ShellReply ShellSession::SetMode(std::string_view argument) {
  if (!argument.empty()) {
    const std::optional<ShellMode> mode = ParseName<ShellMode>(kShellModeNames, argument);
    if (!mode) return ShellError(":mode takes 'auto', 'table', 'json' or 'line'.");
    options_.mode = *mode;
  }
  const std::string_view name = kShellModeNames[static_cast<size_t>(options_.mode)];
  ShellReply reply = ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Mode").Text(name);
    writer.EndObject();
  });
  reply.text = "mode " + std::string(name) + "\n";
  return reply;
}

ShellReply ShellSession::SetClock(std::string_view argument) {
  const std::optional<ShellClock> clock = ParseShellClock(argument);
  if (!clock.has_value()) return ShellError(":clock takes 'simulated' or 'system'.");
  if (!options_.directory.empty()) {
    return ShellError(":clock begins with a new engine, which a --directory does not.");
  }
  options_.clock = *clock;
  if (const absl::Status status = Start(); !status.ok()) return ShellError(status.ToString());
  return TellTime(/*is_new_engine=*/true);
}

ShellReply ShellSession::SetLimits(std::string_view argument) {
  const std::optional<ShellLimits> limits = ParseShellLimits(argument);
  if (!limits.has_value())
    return ShellError(":limits takes 'kinesis', 'kinesis2015' or 'unlimited'.");
  options_.limits = *limits;
  const api::ClientOptions options = MakeClientOptions();
  const absl::Status changed = client_->SetLimits(options.limits, options.delays);
  if (!changed.ok()) return ShellError(changed.ToString());
  return TellLimits();
}

ShellReply ShellSession::SetRates(std::string_view argument) {
  const std::optional<bool> rates = ParseSwitch(argument);
  if (!rates.has_value()) return ShellError(":rates takes 'on' or 'off'.");
  options_.rates = *rates;
  const api::ClientOptions options = MakeClientOptions();
  const absl::Status changed = client_->SetLimits(options.limits, options.delays);
  if (!changed.ok()) return ShellError(changed.ToString());
  return TellLimits();
}

ShellReply ShellSession::Advance(std::string_view argument) {
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

ShellReply ShellSession::Help(std::string_view argument) {
  if (argument.empty()) return HelpReply(ShellAnswer(WriteHelp), HelpText());
  const Directive* directive = FindDirective(argument);
  if (directive == nullptr) directive = FindDirective(":" + std::string(argument));
  const std::string_view name = NearestName(argument, api::EnumNames<api::Operation>::kNames);
  if (EqualsIgnoringCase(name, argument)) {
    const api::Operation operation = *api::ParseEnum<api::Operation>(name);
    const auto write = [&](JsonWriter& writer) { WriteHelpOn(operation, writer); };
    return HelpReply(ShellAnswer(write), HelpTextOn(operation));
  }
  if (directive != nullptr) {
    const auto write = [&](JsonWriter& writer) { WriteHelpOn(*directive, writer); };
    return HelpReply(ShellAnswer(write), HelpTextOn(*directive));
  }
  const std::string message = "There is no operation '" + Shown(argument) + "'";
  if (name.empty()) return ShellError(message + "; :help lists them.");
  return ShellError(message + "; did you mean '" + std::string(name) + "'?");
}

ShellReply ShellSession::AddFault(std::string_view argument) {
  const absl::Status status = faults_->AddScript(argument);
  if (!status.ok()) return ShellError(FromAbsl(status.message()));
  if (argument.empty()) return ShellError(":fault takes a rule such as 'fail put, 2 times'.");
  return TellFaults("");
}

ShellReply ShellSession::TellFaults(std::string_view argument) {
  if (!argument.empty() && argument != "clear")
    return ShellError(":faults takes 'clear', or nothing.");
  if (argument == "clear") faults_->Clear();
  return ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Faults").Text(faults_->ToString());
    writer.EndObject();
  });
}

std::vector<std::string> ShellSession::Streams() const { return client_->engine().ListStreams(); }

std::vector<std::string> ShellSession::ShardsOf(std::string_view stream) const {
  std::vector<std::string> shards;
  for (const std::string& name : Streams()) {
    if (!stream.empty() && name != stream) continue;
    const absl::StatusOr<Stream> found = client_->engine().OpenStream(name);
    if (!found.ok()) continue;
    for (const Shard& shard : found->ListShards()) shards.push_back(shard.id().ToString());
  }
  std::sort(shards.begin(), shards.end());
  shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
  return shards;
}

std::vector<std::string> ShellSession::References(std::string_view typed) const {
  return CompleteReference(typed, last_body_);
}

ShellReply ShellSession::TellTime(bool is_new_engine) const {
  return ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Clock").Text(kClockNames[static_cast<size_t>(options_.clock)]);
    writer.Key("Now").Seconds(Now());
    if (is_new_engine) writer.Key("Note").Text("A new engine: what was there before is gone.");
    writer.EndObject();
  });
}

ShellReply ShellSession::TellLimits() const {
  return ShellAnswer([&](JsonWriter& writer) {
    const bool rates = client_->options().limits.rates;
    writer.BeginObject();
    writer.Key("Limits").Text(kLimitsNames[static_cast<size_t>(options_.limits)]);
    writer.Key("Rates").Text(kSwitchNames[static_cast<size_t>(rates)]);
    writer.EndObject();
  });
}

}  // namespace kinesis::testing
