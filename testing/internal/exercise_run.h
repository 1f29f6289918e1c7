// One scenario, run and judged. exercise_world.h has the world in which its consumers live.
#ifndef KINESIS_CORE_TESTING_INTERNAL_EXERCISE_RUN_H_
#define KINESIS_CORE_TESTING_INTERNAL_EXERCISE_RUN_H_

#include <string>

#include "kinesis_core/testing/consumer_exerciser.h"
#include "kinesis_core/testing/internal/exercise_trace.h"
#include "kinesis_core/testing/internal/guarded_run.h"
#include "kinesis_core/testing/scenario.h"

namespace kinesis::testing::internal {

// Runs a scenario. Returns what was wrong; empty if nothing was. `trace` may be null. The guard
// learns of every call and effect.
std::string RunOnce(const ConsumerFactory& make_consumer, const Scenario& scenario,
                    const ExerciseOptions& options, Guard& guard, Trace* trace);

}  // namespace kinesis::testing::internal

#endif  // KINESIS_CORE_TESTING_INTERNAL_EXERCISE_RUN_H_
