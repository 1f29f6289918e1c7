// The help texts of kinesis_shell on operations and directives, made from the schemas of the API:
// as JSON for pipes, as text for people.
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

// Writes an object that lists operations and directives.
void WriteHelp(api::internal::JsonWriter& writer);
// Writes an object with the members of an operation's request and answer.
void WriteHelpOn(api::Operation operation, api::internal::JsonWriter& writer);

// The same help as text of several lines: on everything, and on one operation.
std::string HelpText();
std::string HelpTextOn(api::Operation operation);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_HELP_H_
