// What kinesis_shell does with the directory of an engine: --check=DIR and --directory=DIR.
#ifndef KINESIS_CORE_API_SHELL_DIRECTORY_COMMAND_H_
#define KINESIS_CORE_API_SHELL_DIRECTORY_COMMAND_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "kinesis_core/file_system.h"

namespace kinesis::testing {

// Prints what the directory holds and what is damaged of it, without changing it, also beside an
// engine that has it. Returns the exit code: 0, all is well; 1, there is damage; 2, it cannot be
// read, and `err` says why.
int CheckDirectoryCommand(FileSystem& files, const std::string& directory, std::ostream& out,
                          std::ostream& err);

// The process that has the directory's lock: "process 42 (orders)". Empty if nobody has, or the
// system does not say who.
std::string HolderOf(const std::string& directory);

// Why an engine could not be had: what the status says, and who has the directory if somebody has.
std::string WhyNoEngine(const absl::Status& status, const std::string& directory);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_DIRECTORY_COMMAND_H_
