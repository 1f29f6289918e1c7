// The table of bad_input_test.cc: calls with one thing wrong, and what the service says to each.
#ifndef KINESIS_CORE_TESTING_CONFORMANCE_BAD_INPUT_CASES_H_
#define KINESIS_CORE_TESTING_CONFORMANCE_BAD_INPUT_CASES_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/testing/conformance/sample_world.h"

namespace kinesis::api::testing {

struct BadInputCase {
  // Operation, member and kind, with "_" in between: a name that gtest takes.
  std::string name;
  // Brings the world into the state that the case is about; null: the world as it is made.
  std::function<void(SampleWorld&)> prepare;
  std::function<absl::Status(SampleWorld&)> call;
  // The error that has to come of it. None if the value is at its bound: then the call may succeed,
  // or be refused for another reason.
  std::optional<ErrorType> error;
  std::string message;
  // Texts that must not be in the message of a call whose value is at its bound.
  std::vector<std::string> reasons;
};

// From the descriptions: every constraint of every member of every request.
std::vector<BadInputCase> ConstraintCases();
// Streams that are not there, names that disagree, names left out.
std::vector<BadInputCase> AddressCases();
// Streams that are CREATING, UPDATING or DELETING.
std::vector<BadInputCase> StateCases();
// Shards that are not there, and resources that are consumers and not there.
std::vector<BadInputCase> NotThereCases();
// Consumers that are not there, or in the wrong state; names of consumers that disagree.
std::vector<BadInputCase> ConsumerCases();

}  // namespace kinesis::api::testing

#endif  // KINESIS_CORE_TESTING_CONFORMANCE_BAD_INPUT_CASES_H_
