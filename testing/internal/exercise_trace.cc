#include "kinesis_core/testing/internal/exercise_trace.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace kinesis::testing::internal {
namespace {
// Lines of a step that are written; of one that loops there are thousands.
constexpr size_t kStepLinesMax = 60;
}  // namespace

void Trace::Line(std::string line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (depth_ == 0) {
    FlushRepeats();
    before_.clear();
    text_ += "  " + line + "\n";
    return;
  }
  if (++step_lines_ <= kStepLinesMax) step_.push_back(std::string(2 * depth_, ' ') + line);
}

void Trace::BeginStep(const std::string& title) {
  const std::lock_guard<std::mutex> lock(mutex_);
  step_.push_back(std::string(2 * depth_, ' ') + title);
  ++depth_;
}

void Trace::EndStep() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (--depth_ == 0) Flush();
}

std::string Trace::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!step_.empty()) Flush();
  FlushRepeats();
  return std::exchange(text_, std::string());
}

void Trace::Flush() {
  if (step_lines_ > kStepLinesMax) {
    step_.push_back("  and so on: " + CountOf(step_lines_ - kStepLinesMax, "line") + " more");
  }
  step_lines_ = 0;
  if (step_ == before_) {
    ++repeats_;
    step_.clear();
    return;
  }
  FlushRepeats();
  for (const std::string& line : step_) text_ += "  " + line + "\n";
  before_ = std::exchange(step_, {});
}

void Trace::FlushRepeats() {
  if (repeats_ != 0) text_ += "  the same step " + CountOf(repeats_, "time") + " more\n";
  repeats_ = 0;
}

std::string CountOf(uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace kinesis::testing::internal
