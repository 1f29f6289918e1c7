// The help texts of kinesis_shell on operations and directives, made from the schemas of the API:
// as JSON for pipes, as text for people.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_SHELL_HELP_H_
#define KINESIS_CORE_API_SHELL_SHELL_HELP_H_

#include <string>
#include <string_view>

#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/shell_session.h"

namespace kinesis::testing {

// Writes an object that lists operations and directives.
void WriteHelp(api::internal::JsonWriter& writer);
// Writes an object with the members of an operation's request and answer.
void WriteHelpOn(api::Operation operation, api::internal::JsonWriter& writer);
// Writes an object with the usage of a directive and what it does.
void WriteHelpOn(const ShellSession::Directive& directive, api::internal::JsonWriter& writer);

// The same help as text of several lines: on everything, on one operation, and on one directive.
std::string HelpText();
std::string HelpTextOn(api::Operation operation);
std::string HelpTextOn(const ShellSession::Directive& directive);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_SHELL_HELP_H_
