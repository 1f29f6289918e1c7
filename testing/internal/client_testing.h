// Short forms that tests of the API share, over the public fixture.
#ifndef KINESIS_CORE_TESTING_INTERNAL_CLIENT_TESTING_H_
#define KINESIS_CORE_TESTING_INTERNAL_CLIENT_TESTING_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/testing/client_fixture.h"
#include "kinesis_core/testing/internal/loopback.h"
#include "kinesis_core/testing/internal/stepping_clock.h"

namespace kinesis::api::testing {

// The fixture, on a clock that steps back if the suite is run on one, and over a transport if it is
// run so.
class ClientTest : public kinesis::testing::ClientFixture {
 protected:
  explicit ClientTest(const ClientOptions& options = WithoutRates(), Faults faults = Faults::kOff)
      : ClientFixture(options, faults), stepping_(clock_, kinesis::testing::SuiteClockStep()) {
    client_ = kinesis::testing::AsTheSuiteIsRun(
        Client::Create(client_->options(), {.clock = &EngineClock()}).value());
  }
  // Before the clock.
  ~ClientTest() override { client_.reset(); }

  // The clock that an engine should run on which a test makes itself.
  Clock& EngineClock() {
    const bool steps = kinesis::testing::SuiteClockStep() > absl::ZeroDuration();
    return steps ? static_cast<Clock&>(stepping_) : clock_;
  }

 private:
  kinesis::testing::SteppingClock stepping_;
};

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

#endif  // KINESIS_CORE_TESTING_INTERNAL_CLIENT_TESTING_H_
