// The trace of a scenario, which is what a failure of the exerciser shows.
#ifndef KINESIS_CORE_TESTING_INTERNAL_EXERCISE_TRACE_H_
#define KINESIS_CORE_TESTING_INTERNAL_EXERCISE_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing::internal {

// The trace of a scenario: all that happens in it, line by line. Steps that are alike are written
// once, long ones cut.
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

// "1 record", "2 records".
std::string CountOf(uint64_t count, std::string_view thing);

}  // namespace kinesis::testing::internal

#endif  // KINESIS_CORE_TESTING_INTERNAL_EXERCISE_TRACE_H_
