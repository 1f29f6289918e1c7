// Progress: tells how far a long run has come, on standard error, about once a second.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_PROGRESS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_PROGRESS_H_

#include <chrono>
#include <string>
#include <string_view>

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class Progress {
 public:
  // Says nothing unless `enabled`; on a terminal, overwrites its own line.
  Progress(bool enabled, bool is_terminal) : enabled_(enabled), is_terminal_(is_terminal) {}

  // Begins a new step.
  void Begin(std::string_view step);
  // Notes that the step has come to `share`, 0 to 1. Cheap enough for every few thousand records.
  void Update(double share);
  // Ends the last step and clears the line.
  void End();

 private:
  const bool enabled_;
  const bool is_terminal_;
  std::string step_;
  bool printed_ = false;
  std::chrono::steady_clock::time_point next_ = {};
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_PROGRESS_H_
