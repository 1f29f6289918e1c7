// The service's errors, as absl::Status.
//
//   absl::StatusOr<PutRecordResponse> put = client->PutRecord(request);
//   if (!put.ok() && ErrorOf(put.status())->name == "ProvisionedThroughputExceededException") ...
//   if (IsError(put.status(), ErrorType::kProvisionedThroughputExceeded)) ...  // the same
//
// Every error that the api::Client of an engine returns has one of these types, with the service's
// own message as the status's message. Over a transport there are others as well: those by which a
// service refuses signatures, and statuses without a name where no answer came. Its canonical code
// says what kind of error it is to code that does not know Kinesis; kResourceExhausted,
// kUnavailable and kInternal may be retried as they are.
//
// Thread-safe: values and pure functions.
#ifndef KINESIS_CORE_API_ERRORS_H_
#define KINESIS_CORE_API_ERRORS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

// In the order of the table in errors.cc, which gives each its name, code and HTTP status.
enum class ErrorType {
  kAccessDenied,      // never returned: there are no identities here
  kDryRunOperation,   // nothing is wrong, and nothing was done: DryRun was set
  kExpiredIterator,   // get a new iterator after the last record's sequence number
  kExpiredNextToken,  // list from the beginning
  kInternalFailure,   // retry; or the engine's memory is full, and the message says how much it has
  kInvalidArgument,   // a value that is wrong as things stand; the message says which
  kKmsAccessDenied,   // the KMS errors: never returned, keys are only kept
  kKmsDisabled,
  kKmsInvalidState,
  kKmsNotFound,
  kKmsOptInRequired,
  kKmsThrottling,
  kLimitExceeded,                  // a count or a call rate; for a rate, retry a little later
  kProvisionedThroughputExceeded,  // a shard's rate: back off and retry
  kResourceInUse,                  // exists already, or is in the wrong state: wait for the state
  kResourceNotFound,               // no such stream, shard, consumer or policy
  kValidation,                     // a value that no state would make right
  // These are errors of the protocol, not of the model.
  kSerialization,     // a value of the wrong JSON type
  kUnknownOperation,  // no such operation, or not yet in the year of the limits
};

struct Error {
  std::string name;     // "ResourceNotFoundException"
  std::string message;  // the service's
};

// The service's error that `status` stands for; nothing if it is OK or comes from elsewhere.
KINESIS_CORE_EXPORT std::optional<Error> ErrorOf(const absl::Status& status);

// True if `status` is an error of that type.
KINESIS_CORE_EXPORT bool IsError(const absl::Status& status, ErrorType type);

// --- The table

// The name on the wire.
KINESIS_CORE_EXPORT std::string_view ErrorName(ErrorType type);
// The type of that name; nothing if there is none.
KINESIS_CORE_EXPORT std::optional<ErrorType> FindError(std::string_view name);
// The HTTP status that the service sends with it: 400, or 500 for kInternalFailure.
KINESIS_CORE_EXPORT int HttpStatus(ErrorType type);

// An error of that type and with that message.
KINESIS_CORE_EXPORT absl::Status MakeError(ErrorType type, std::string_view message);

// An error of a service elsewhere, by its name on the wire. One that the table does not have, such
// as "UnrecognizedClientException", keeps its name, and its code goes by the HTTP status.
KINESIS_CORE_EXPORT absl::Status MakeError(std::string_view name, int http_status,
                                           std::string_view message);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_ERRORS_H_
