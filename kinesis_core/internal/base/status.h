// Builders of absl::Status, and the one place where std::string_view meets Abseil's own.
//
// Debian's Abseil is compiled with an absl::string_view of its own, which std::string_view does not
// convert to. Code of the engine passes std::string_view to these functions and names absl's type
// nowhere else.

#ifndef KINESIS_CORE_INTERNAL_BASE_STATUS_H_
#define KINESIS_CORE_INTERNAL_BASE_STATUS_H_

#include <concepts>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace kinesis::internal {

// The same bytes as Abseil's type. The result points into `text`.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

// The same bytes as the standard type. The result points into `text`.
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

// One builder for each code the engine returns. A message names the thing that is wrong and what to
// do about it, begins in lower case and ends without a full stop.
absl::Status InvalidArgument(std::string_view message);
absl::Status OutOfRange(std::string_view message);
absl::Status NotFound(std::string_view message);
absl::Status AlreadyExists(std::string_view message);
absl::Status FailedPrecondition(std::string_view message);
absl::Status ResourceExhausted(std::string_view message);
absl::Status DeadlineExceeded(std::string_view message);
absl::Status Aborted(std::string_view message);
absl::Status Cancelled(std::string_view message);
absl::Status Unavailable(std::string_view message);

// A value from outside as it appears in a message: quoted, escaped to printable ASCII, and cut
// after 160 bytes, so that a stranger's text can neither forge a log line nor flood it.
std::string Quoted(std::string_view value);

// The same for a path, whose end says most: cut after 4,096 bytes, which Linux has no more of.
std::string QuotedPath(std::string_view path);

// kInvalidArgument: `field "value" must <requirement>`, for a value of the wrong form.
//   FieldError("shard id", "x", "end in decimal digits")
absl::Status FieldError(std::string_view field, std::string_view value,
                        std::string_view requirement);

// kOutOfRange: `field "value" must be in the range <range>`, for a well-formed value past a limit.
//   FieldRangeError("shard count", 0, "[1, 10000]")
absl::Status FieldRangeError(std::string_view field, std::string_view value,
                             std::string_view range);
template <std::integral Number>
absl::Status FieldRangeError(std::string_view field, Number value, std::string_view range) {
  return FieldRangeError(field, std::string_view(std::to_string(value)), range);
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_STATUS_H_
