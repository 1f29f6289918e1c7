// Kinesis's operations as JSON, and the events of subscriptions, in C.
#include <string_view>
#include <utility>

#include "kinesis_core/api/c/internal/objects.h"
#include "kinesis_core/api/c/kinesis.h"
#include "kinesis_core/api/event_stream/event_frames.h"

namespace kinesis::c {
namespace {

constexpr size_t kFirstAnswer = 48;
constexpr size_t kFirstEvent = 48;

int Call(ClientObject& client, std::string_view operation, std::string_view json,
         kinesis_answer* out) {
  client.answer = client.service.Handle(operation, json);
  kinesis_answer answer = {};
  if (client.answer.events.has_value()) {
    auto events = std::make_shared<EventsObject>(*std::move(client.answer.events));
    client.answer.events.reset();
    const int code = AddChild(client.engine, std::move(events), &answer.events);
    if (code != 0) return code;
  }
  answer.http_status = client.answer.http_status;
  answer.json = client.answer.json_text.c_str();
  answer.json_size = client.answer.json_text.size();
  answer.error = client.answer.error.c_str();
  WriteResult(answer, out);
  return KINESIS_OK;
}

int Next(EventsObject& events, int64_t wait_ms, kinesis_event* out) {
  kinesis_event event = {};
  events.frames.clear();
  events.event = {};
  if (std::exchange(events.has_begun, true)) {
    const absl::Time deadline =
        wait_ms == 0 ? absl::InfinitePast() : Deadline(events.engine->clock(), wait_ms);
    std::optional<api::JsonEvent> next = events.stream.Next(deadline);
    if (!next.has_value()) return Fail(KINESIS_END, "the subscription has ended");
    events.event = *std::move(next);
    api::AppendEvent(events.event, &events.frames);
  } else {
    api::AppendInitialResponse(&events.frames);
  }
  event.frames = events.frames.data();
  event.frames_size = events.frames.size();
  event.json = events.event.json_text.c_str();
  event.json_size = events.event.json_text.size();
  event.idle = events.event.idle ? 1 : 0;
  WriteResult(event, out);
  return KINESIS_OK;
}

}  // namespace
}  // namespace kinesis::c

using kinesis::c::ClientObject;
using kinesis::c::EngineObject;
using kinesis::c::EventsObject;
using kinesis::c::FailNull;

int kinesis_client_open(kinesis_engine* engine, kinesis_client** out) {
  return kinesis::c::Guarded([&] {
    if (out == nullptr) return FailNull("out");
    const std::shared_ptr<EngineObject> object = kinesis::c::Find<EngineObject>(engine);
    if (object == nullptr) return kinesis::c::FailBadHandle(EngineObject::kKind);
    return kinesis::c::AddChild(object, std::make_shared<ClientObject>(*object->client), out);
  });
}

int kinesis_client_close(kinesis_client* client) {
  return kinesis::c::CloseChild<ClientObject>(client);
}

int kinesis_client_call(kinesis_client* client, const char* operation, size_t operation_size,
                        const char* json, size_t json_size, kinesis_answer* answer) {
  return kinesis::c::WithAlone<ClientObject>(client, [&](ClientObject& object) {
    std::string_view name;
    std::string_view text;
    int code = kinesis::c::CheckResult("kinesis_answer", answer, kinesis::c::kFirstAnswer);
    if (code == 0) code = kinesis::c::ReadText("operation", operation, operation_size, &name);
    if (code == 0) code = kinesis::c::ReadText("json", json, json_size, &text);
    return code != 0 ? code : kinesis::c::Call(object, name, text, answer);
  });
}

int kinesis_events_next(kinesis_events* events, int64_t wait_ms, kinesis_event* event) {
  return kinesis::c::WithAlone<EventsObject>(events, [&](EventsObject& object) {
    const int code = kinesis::c::CheckResult("kinesis_event", event, kinesis::c::kFirstEvent);
    return code != 0 ? code : kinesis::c::Next(object, wait_ms, event);
  });
}

int kinesis_events_close(kinesis_events* events) {
  return kinesis::c::CloseChild<EventsObject>(events);
}
