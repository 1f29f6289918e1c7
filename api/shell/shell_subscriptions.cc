// Subscriptions that stay open from line to line: ":subscribe", ":next", ":frames", ":unsubscribe".
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "kinesis_core/api/event_stream/event_frames.h"
#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/shell/references.h"
#include "kinesis_core/api/shell/shell_answer.h"
#include "kinesis_core/api/shell/shell_session.h"

namespace kinesis::testing {
namespace {

using api::internal::JsonWriter;

// NUMBER and, if there is one, how long to wait.
struct NextArguments {
  uint64_t number = 0;
  absl::Duration wait = absl::ZeroDuration();
};

std::optional<NextArguments> ParseArguments(std::string_view text) {
  NextArguments arguments;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), arguments.number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.empty()) return arguments;
  if (!text.starts_with(' ')) return std::nullopt;
  text.remove_prefix(text.find_first_not_of(' '));
  if (!absl::ParseDuration(absl::string_view(text.data(), text.size()), &arguments.wait) ||
      arguments.wait < absl::ZeroDuration() || arguments.wait > absl::Hours(24)) {
    return std::nullopt;
  }
  return arguments;
}

}  // namespace

ShellReply ShellSession::Subscribe(std::string_view argument) {
  const absl::StatusOr<std::string> json = ExpandReferences(argument, last_body_);
  if (!json.ok())
    return ShellError({json.status().message().data(), json.status().message().size()});
  api::JsonAnswer answer = service_->Handle("SubscribeToShard", json->empty() ? "{}" : *json);
  if (!answer.events.has_value()) return ShellAnswer(answer);
  held_.emplace(++held_number_, Held{*std::move(answer.events)});
  return ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("Subscription").Number(static_cast<int64_t>(held_number_));
    writer.EndObject();
  });
}

ShellReply ShellSession::NextEvents(std::string_view argument) {
  return TakeNext(argument, /*as_frames=*/false);
}

ShellReply ShellSession::NextFrames(std::string_view argument) {
  return TakeNext(argument, /*as_frames=*/true);
}

ShellReply ShellSession::TakeNext(std::string_view argument, bool as_frames) {
  const std::optional<NextArguments> arguments = ParseArguments(argument);
  const auto found = arguments.has_value() ? held_.find(arguments->number) : held_.end();
  if (found == held_.end()) {
    return ShellError(
        "It takes the number that :subscribe answered, and at most 24h to wait: '1 5s'.");
  }
  Held& held = found->second;
  absl::Time deadline = absl::InfinitePast();
  if (arguments->wait > absl::ZeroDuration()) deadline = Now() + arguments->wait;

  // Nobody else is there to move simulated time while this waits.
  if (simulated_clock_ != nullptr) simulated_clock_->SetAutoAdvance(1);
  const ShellEvents taken = TakeEvents(held.events, deadline);
  if (simulated_clock_ != nullptr) simulated_clock_->SetAutoAdvance(0);

  const bool idle = taken.events.size() == 1 && taken.events.front().idle;
  std::string line = ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    if (as_frames) {
      std::string frames;
      if (!std::exchange(held.has_begun, true)) api::AppendInitialResponse(&frames);
      for (const api::JsonEvent& each : taken.events) api::AppendEvent(each, &frames);
      std::string text(api::internal::Base64Length(frames.size()), '=');
      api::internal::EncodeBase64(frames, text.data());
      writer.Key("Frames").Text(text);
    } else {
      writer.Key("Events").BeginList();
      for (const api::JsonEvent& each : taken.events) writer.Raw(each.json_text);
      writer.EndList();
    }
    writer.Key("Idle").Boolean(idle);
    writer.Key("Ended").Boolean(taken.ended);
    writer.EndObject();
  });
  if (taken.ended) held_.erase(found);
  return line;
}

ShellReply ShellSession::Unsubscribe(std::string_view argument) {
  const std::optional<NextArguments> arguments = ParseArguments(argument);
  if (!arguments.has_value() || held_.erase(arguments->number) == 0) {
    return ShellError(":unsubscribe takes the number that :subscribe answered.");
  }
  return ShellAnswer([](JsonWriter& writer) {
    writer.BeginObject();
    writer.EndObject();
  });
}

}  // namespace kinesis::testing
