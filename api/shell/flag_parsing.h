// Flags as the programs take them: Abseil's, read so that the program says what is wrong with them
// and chooses its exit code. Abseil's own parser ends the program with 1, for --help, too.
#ifndef KINESIS_CORE_API_SHELL_FLAG_PARSING_H_
#define KINESIS_CORE_API_SHELL_FLAG_PARSING_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kinesis::testing {

struct ParsedFlags {
  std::set<std::string, std::less<>> given;  // names of the flags that were on the command line
  std::vector<std::string> arguments;        // what is no flag
  bool help = false;                         // --help
  bool version = false;                      // --version

  bool has(std::string_view flag) const { return given.find(flag) != given.end(); }
};

// Sets the flags of `arguments`, the program's name being the first: --name=value, --name value,
// and for truth values --name and --noname, with one dash or two, up to "--". kInvalidArgument:
// there is no such flag, or it cannot have that value. Not thread-safe.
absl::StatusOr<ParsedFlags> ParseFlags(const std::vector<std::string>& arguments);

// The flags that are defined in files whose names contain `file`, in order of their names, with
// what they do and their defaults.
std::string FlagsHelp(std::string_view file);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_FLAG_PARSING_H_
