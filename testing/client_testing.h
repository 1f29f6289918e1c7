// Short forms that tests of the API share, over the public fixture.
#ifndef KINESIS_CORE_TESTING_CLIENT_TESTING_H_
#define KINESIS_CORE_TESTING_CLIENT_TESTING_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/testing/client_fixture.h"

namespace kinesis::api::testing {

using ClientTest = kinesis::testing::ClientFixture;

// True if `status` is that error of the service, with exactly this message (any, if left out).
inline ::testing::AssertionResult Fails(const absl::Status& status, ErrorType type,
                                        std::optional<std::string> message = std::nullopt) {
  const std::optional<Error> error = ErrorOf(status);
  if (!error || error->name != ErrorName(type) || (message && error->message != *message)) {
    return ::testing::AssertionFailure()
           << "is " << status << " and not " << ErrorName(type) << ": " << message.value_or("");
  }
  return ::testing::AssertionSuccess();
}
template <class T>
::testing::AssertionResult Fails(const absl::StatusOr<T>& result, ErrorType type,
                                 std::optional<std::string> message = std::nullopt) {
  return Fails(result.status(), type, std::move(message));
}

}  // namespace kinesis::api::testing

#endif  // KINESIS_CORE_TESTING_CLIENT_TESTING_H_
