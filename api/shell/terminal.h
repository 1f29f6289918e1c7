// kinesis_shell on a terminal: a prompt, history, completion, answers over several lines.
#ifndef KINESIS_CORE_API_SHELL_TERMINAL_H_
#define KINESIS_CORE_API_SHELL_TERMINAL_H_

#include <string>

#include "kinesis_core/api/shell/shell_session.h"

namespace kinesis::testing {

// Talks to whoever sits at standard input and output, until the session is done or the input ends.
// History is read from and written to the file, unless its name is empty. The session's listener is
// set.
void RunTerminal(ShellSession& session, const std::string& history_file);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_TERMINAL_H_
