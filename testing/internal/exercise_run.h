// One scenario, run: the world in which consumers live, their lives in it, and the judgement.
//
// Where the consumer's calls pass through: the client asks the world (an api::FaultInjector) before
// each call and tells it afterwards, and effects go through the consumer's context. There the
// step's budget is counted, the guard told that something happens, the consumer lost or held up,
// and the trace written.
#ifndef KINESIS_CORE_TESTING_INTERNAL_EXERCISE_RUN_H_
#define KINESIS_CORE_TESTING_INTERNAL_EXERCISE_RUN_H_

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "kinesis_core/testing/consumer_exerciser.h"
#include "kinesis_core/testing/internal/guarded_run.h"
#include "kinesis_core/testing/scenario.h"

namespace kinesis::testing::internal {

// What happens in a scenario, line by line. Steps that are alike are written once, long ones cut.
//
// Thread-safe: it may be taken while a thread that was let go of is still about to write.
class Trace {
 public:
  void Line(std::string line);
  // Lines between the two are those of a consumer's step. Steps may be inside each other.
  void BeginStep(const std::string& title);
  void EndStep();

  // All so far.
  std::string Take();

 private:
  // All of these require: mutex_ is held.
  void Flush();
  void FlushRepeats();

  std::mutex mutex_;
  std::string text_;
  size_t depth_ = 0;                 // of steps
  std::vector<std::string> step_;    // that is being written
  size_t step_lines_ = 0;            // including those that were cut
  std::vector<std::string> before_;  // the step before it, which has been written
  size_t repeats_ = 0;
};

// Runs a scenario: empty, or what was wrong. `trace` may be null. The guard is told of every call
// and effect.
std::string RunOnce(const ConsumerFactory& make_consumer, const Scenario& scenario,
                    const ExerciseOptions& options, Guard& guard, Trace* trace);

}  // namespace kinesis::testing::internal

#endif  // KINESIS_CORE_TESTING_INTERNAL_EXERCISE_RUN_H_
