// Long text on a terminal, a screen at a time.
#ifndef KINESIS_CORE_API_SHELL_PAGER_H_
#define KINESIS_CORE_API_SHELL_PAGER_H_

#include <string>

namespace kinesis::testing {

// Shows the text on standard output: through the program that PAGER names, `more` if it names none,
// if standard output is a terminal and has fewer lines than the text. An empty PAGER, or one that
// cannot be run: as it is.
void ShowPaged(const std::string& text);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_PAGER_H_
