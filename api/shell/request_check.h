// Where in a request the trouble is: for a person whose request was refused, or had a member in it
// that the service passes over.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_REQUEST_CHECK_H_
#define KINESIS_CORE_API_SHELL_REQUEST_CHECK_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/operation.h"

namespace kinesis::testing {

struct ShellHint {
  std::string message = {};
  std::optional<size_t> at = std::nullopt;  // a byte of the line, or of the lines, that were typed
};

// The first thing in `json` that is no JSON; else, that has another type than the member it is for
// (which includes base64 that is none); else, a member that the operation does not have. Nothing if
// there is none of these: constraints are the service's, whose messages name the member. Nothing,
// either, if `json` is longer than kTypedBytesMax.
std::optional<ShellHint> CheckRequest(api::Operation operation, std::string_view json);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_REQUEST_CHECK_H_
