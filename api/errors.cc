#include "kinesis_core/api/errors.h"

#include <array>
#include <cstddef>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace kinesis::api {
namespace {

// Where a status carries the name of its error.
constexpr char kPayload[] = "kinesis_core/api/error";

struct Row {
  ErrorType type;
  std::string_view name;
  absl::StatusCode code;
  int http_status = 400;
};

// Canonical codes: FailedPrecondition where a state has to change first, ResourceExhausted where
// time alone helps.
constexpr auto kTable = std::to_array<Row>({
    {ErrorType::kAccessDenied, "AccessDeniedException", absl::StatusCode::kPermissionDenied},
    {ErrorType::kDryRunOperation, "DryRunOperationException", absl::StatusCode::kCancelled},
    {ErrorType::kExpiredIterator, "ExpiredIteratorException", absl::StatusCode::kAborted},
    {ErrorType::kExpiredNextToken, "ExpiredNextTokenException", absl::StatusCode::kAborted},
    {ErrorType::kInternalFailure, "InternalFailureException", absl::StatusCode::kInternal, 500},
    {ErrorType::kInvalidArgument, "InvalidArgumentException", absl::StatusCode::kInvalidArgument},
    {ErrorType::kKmsAccessDenied, "KMSAccessDeniedException", absl::StatusCode::kPermissionDenied},
    {ErrorType::kKmsDisabled, "KMSDisabledException", absl::StatusCode::kFailedPrecondition},
    {ErrorType::kKmsInvalidState, "KMSInvalidStateException",
     absl::StatusCode::kFailedPrecondition},
    {ErrorType::kKmsNotFound, "KMSNotFoundException", absl::StatusCode::kNotFound},
    {ErrorType::kKmsOptInRequired, "KMSOptInRequired", absl::StatusCode::kPermissionDenied},
    {ErrorType::kKmsThrottling, "KMSThrottlingException", absl::StatusCode::kUnavailable},
    {ErrorType::kLimitExceeded, "LimitExceededException", absl::StatusCode::kResourceExhausted},
    {ErrorType::kProvisionedThroughputExceeded, "ProvisionedThroughputExceededException",
     absl::StatusCode::kResourceExhausted},
    {ErrorType::kResourceInUse, "ResourceInUseException", absl::StatusCode::kFailedPrecondition},
    {ErrorType::kResourceNotFound, "ResourceNotFoundException", absl::StatusCode::kNotFound},
    {ErrorType::kValidation, "ValidationException", absl::StatusCode::kInvalidArgument},
    {ErrorType::kSerialization, "SerializationException", absl::StatusCode::kInvalidArgument},
    {ErrorType::kUnknownOperation, "UnknownOperationException", absl::StatusCode::kUnimplemented},
});

constexpr bool TableIsInOrder() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].type != static_cast<ErrorType>(i)) return false;
  }
  return true;
}
static_assert(TableIsInOrder());

absl::StatusCode CodeOf(int http_status) {
  switch (http_status) {
    case 401:
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      return http_status >= 500 ? absl::StatusCode::kUnavailable
                                : absl::StatusCode::kFailedPrecondition;
  }
}

absl::Status NamedStatus(absl::StatusCode code, std::string_view name, std::string_view message) {
  absl::Status status(code, absl::string_view(message.data(), message.size()));
  status.SetPayload(kPayload, absl::Cord(absl::string_view(name.data(), name.size())));
  return status;
}

const Row& RowOf(ErrorType type) { return kTable[static_cast<size_t>(type)]; }

}  // namespace

std::optional<Error> ErrorOf(const absl::Status& status) {
  const auto name = status.GetPayload(kPayload);
  if (!name.has_value()) return std::nullopt;
  return Error{std::string(*name), std::string(status.message())};
}

bool IsError(const absl::Status& status, ErrorType type) {
  const std::string_view name = ErrorName(type);
  const auto found = status.GetPayload(kPayload);
  return found.has_value() && *found == absl::string_view(name.data(), name.size());
}

std::string_view ErrorName(ErrorType type) { return RowOf(type).name; }

std::optional<ErrorType> FindError(std::string_view name) {
  for (const Row& row : kTable) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}

int HttpStatus(ErrorType type) { return RowOf(type).http_status; }

absl::Status MakeError(ErrorType type, std::string_view message) {
  const Row& row = RowOf(type);
  return NamedStatus(row.code, row.name, message);
}

absl::Status MakeError(std::string_view name, int http_status, std::string_view message) {
  // What the service says where it has no other word, without the end that the model's name has.
  if (name == "InternalFailure") return MakeError(ErrorType::kInternalFailure, message);
  if (const std::optional<ErrorType> type = FindError(name)) return MakeError(*type, message);
  return NamedStatus(CodeOf(http_status), name, message);
}

}  // namespace kinesis::api
