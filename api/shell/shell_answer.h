// The lines that kinesis_shell answers with.
#ifndef KINESIS_CORE_API_SHELL_SHELL_ANSWER_H_
#define KINESIS_CORE_API_SHELL_SHELL_ANSWER_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/json/json_service.h"

namespace kinesis::testing {

// {"status":200,"body":BODY}, where `write` writes BODY.
template <class Write>
std::string ShellAnswer(Write&& write) {
  std::string line;
  api::internal::JsonWriter writer(&line);
  writer.BeginObject();
  writer.Key("status").Number(200);
  writer.Key("body");
  write(writer);
  writer.EndObject();
  return line;
}

// {"status":...,"error":...,"body":...,"events":[...]}, the last of a subscription alone: what it
// has now, which is taken from the answer.
std::string ShellAnswer(api::JsonAnswer& answer);

// Events of a subscription: all that is new, or one to say that nothing is.
struct ShellEvents {
  std::vector<api::JsonEvent> events;
  bool ended = false;  // behind these
};

// Takes them, as many as are enough for a line; waits for the first until `deadline`.
ShellEvents TakeEvents(api::JsonEventStream& stream, absl::Time deadline);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_ANSWER_H_
