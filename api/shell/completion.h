// Completion of what a person types into kinesis_shell: operations, directives, and the names of
// members and values of enumerations where the JSON so far has room for them.
//
//   Complete("PutRec");                        // "PutRecord ", "PutRecords "
//   Complete(R"(CreateStream {"StreamM)");     // "StreamModeDetails":
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_COMPLETION_H_
#define KINESIS_CORE_API_SHELL_COMPLETION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing {

struct Completion {
  // Where in the line the word begins that a candidate replaces.
  size_t begin = 0;
  // In order. Each begins with what is there.
  std::vector<std::string> candidates;

  // The beginning that all candidates have in common.
  std::string CommonPrefix() const;
};

// The candidates for the end of `line`, which is the text to the left of the cursor.
Completion Complete(std::string_view line);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_COMPLETION_H_
