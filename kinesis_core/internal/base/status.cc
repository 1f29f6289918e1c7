#include "kinesis_core/internal/base/status.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace kinesis::internal {
namespace {

constexpr size_t kQuotedBytesMax = 160;
constexpr size_t kPathBytesMax = 4096;

std::string QuotedUpTo(size_t bytes_max, std::string_view value) {
  const std::string escaped = absl::CHexEscape(ToAbsl(value.substr(0, bytes_max)));
  return absl::StrCat("\"", escaped, value.size() > bytes_max ? "\"..." : "\"");
}

}  // namespace

absl::Status InvalidArgument(std::string_view message) {
  return absl::InvalidArgumentError(ToAbsl(message));
}

absl::Status OutOfRange(std::string_view message) { return absl::OutOfRangeError(ToAbsl(message)); }

absl::Status NotFound(std::string_view message) { return absl::NotFoundError(ToAbsl(message)); }

absl::Status AlreadyExists(std::string_view message) {
  return absl::AlreadyExistsError(ToAbsl(message));
}

absl::Status FailedPrecondition(std::string_view message) {
  return absl::FailedPreconditionError(ToAbsl(message));
}

absl::Status ResourceExhausted(std::string_view message) {
  return absl::ResourceExhaustedError(ToAbsl(message));
}

absl::Status DeadlineExceeded(std::string_view message) {
  return absl::DeadlineExceededError(ToAbsl(message));
}

absl::Status Aborted(std::string_view message) { return absl::AbortedError(ToAbsl(message)); }

absl::Status Cancelled(std::string_view message) { return absl::CancelledError(ToAbsl(message)); }

absl::Status Unavailable(std::string_view message) {
  return absl::UnavailableError(ToAbsl(message));
}

std::string Quoted(std::string_view value) { return QuotedUpTo(kQuotedBytesMax, value); }

std::string QuotedPath(std::string_view path) { return QuotedUpTo(kPathBytesMax, path); }

absl::Status FieldError(std::string_view field, std::string_view value,
                        std::string_view requirement) {
  return InvalidArgument(
      absl::StrCat(ToAbsl(field), " ", Quoted(value), " must ", ToAbsl(requirement)));
}

absl::Status FieldRangeError(std::string_view field, std::string_view value,
                             std::string_view range) {
  return OutOfRange(
      absl::StrCat(ToAbsl(field), " ", Quoted(value), " must be in the range ", ToAbsl(range)));
}

}  // namespace kinesis::internal
