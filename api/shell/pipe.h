// kinesis_shell between pipes: a line in, a line out.
#ifndef KINESIS_CORE_API_SHELL_PIPE_H_
#define KINESIS_CORE_API_SHELL_PIPE_H_

#include <cstddef>
#include <istream>
#include <ostream>
#include <string>

#include "kinesis_core/api/shell/shell_script.h"
#include "kinesis_core/api/shell/shell_session.h"

namespace kinesis::testing {

// Answers every line of `in`, each at once, until `in` ends or the session is done. A line of more
// than `line_max` bytes is answered with an error, and is not kept in memory. False: an answer
// could not be written, and no more was read. A session that bails reads no more after a line that
// failed, either.
//
// `notes`, if there is one, gets what is for people: hints, of the first few lines that have one,
// with the number of the line; and why a session that bails ended.
bool RunPipe(std::istream& in, std::ostream& out, ShellSession& session,
             size_t line_max = kShellLineMax, std::ostream* notes = nullptr);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_PIPE_H_
