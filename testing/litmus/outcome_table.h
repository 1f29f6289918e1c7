// Litmus tests as tables: which outcomes a small concurrent program may have.
#ifndef KINESIS_CORE_TESTING_LITMUS_OUTCOME_TABLE_H_
#define KINESIS_CORE_TESTING_LITMUS_OUTCOME_TABLE_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/testing/deterministic_schedule.h"

namespace kinesis::testing {

enum class Verdict {
  kExpected,   // allowed, and must show in some schedule: else the test does not test it
  kAllowed,    // may show
  kForbidden,  // must not show
};

struct Outcome {
  std::string_view name;
  Verdict verdict;
  std::string_view phrase;  // what it means
};

// Runs `body` under many seeds; it returns the name of an outcome. Prints how often each outcome
// showed. Fails the test on a forbidden outcome, an outcome that is not in the table, a schedule
// that failed, and an expected outcome that never showed. KINESIS_SCHEDULES=n in the environment
// overrides how many schedules are run.
void RunLitmus(const ExploreOptions& options, const std::vector<Outcome>& outcomes,
               const std::function<std::string(Schedule&)>& body);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LITMUS_OUTCOME_TABLE_H_
