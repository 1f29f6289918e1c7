// JSON for reading: one member or element a line, indented.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_PRETTY_JSON_H_
#define KINESIS_CORE_API_SHELL_PRETTY_JSON_H_

#include <string>
#include <string_view>

namespace kinesis::testing {

// The same value. Behind a member "Data" that is base64 of text stands that text, as a comment:
//
//   "Data": "dGVh",  # tea
//
// Requires: `json` is valid, and has no blanks outside of text.
std::string PrettyJson(std::string_view json);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_PRETTY_JSON_H_
