// What kinesis_shell says of operations and directives, from the descriptions of the API: as JSON
// for pipes, as text for people.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_SHELL_HELP_H_
#define KINESIS_CORE_API_SHELL_SHELL_HELP_H_

#include <span>
#include <string>
#include <string_view>

#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::testing {

struct ShellDirective {
  std::string_view usage;  // ":advance TIME"
  std::string_view does;
};
std::span<const ShellDirective> ShellDirectives();

// An object that lists operations and directives; the members of an operation's request and answer.
void WriteHelp(api::internal::JsonWriter& writer);
void WriteHelpOn(api::Operation operation, api::internal::JsonWriter& writer);

// The same as text of several lines.
std::string HelpText();
std::string HelpTextOn(api::Operation operation);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_HELP_H_
