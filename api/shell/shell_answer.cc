#include "kinesis_core/api/shell/shell_answer.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace kinesis::testing {
namespace {

// Events of this size together are enough for a line.
constexpr size_t kEventBytesEnough = size_t{8} << 20;

}  // namespace

std::string ShellAnswer(api::JsonAnswer& answer) {
  std::string line;
  line.reserve(answer.json_text.size() + 64);
  api::internal::JsonWriter writer(&line);
  writer.BeginObject();
  writer.Key("status").Number(answer.http_status);
  if (!answer.error.empty()) writer.Key("error").Text(answer.error);
  writer.Key("body").Raw(answer.json_text);
  if (answer.events.has_value()) {
    writer.Key("events").BeginList();
    for (const api::JsonEvent& event : TakeEvents(*answer.events, absl::InfinitePast()).events) {
      writer.Raw(event.json_text);
    }
    writer.EndList();
  }
  writer.EndObject();
  return line;
}

ShellEvents TakeEvents(api::JsonEventStream& stream, absl::Time deadline) {
  ShellEvents taken;
  std::optional<api::JsonEvent> event = stream.Next(deadline);
  for (size_t bytes = 0; event.has_value(); event = stream.Next()) {
    bytes += event->json_text.size();
    const bool idle = event->idle;
    if (!idle || taken.events.empty()) taken.events.push_back(*std::move(event));
    if (idle || bytes >= kEventBytesEnough) return taken;
  }
  taken.ended = true;
  return taken;
}

}  // namespace kinesis::testing
