// The lines that kinesis_shell answers with.
#ifndef KINESIS_CORE_API_SHELL_SHELL_ANSWER_H_
#define KINESIS_CORE_API_SHELL_SHELL_ANSWER_H_

#include <string>

#include "kinesis_core/api/json/internal/json_writer.h"

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

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_ANSWER_H_
