#include "kinesis_core/lab/progress.h"

#include <algorithm>
#include <cstdio>

namespace kinesis::lab {
namespace {

constexpr std::chrono::seconds kInterval(1);

}  // namespace

void Progress::Begin(std::string_view step) {
  step_ = step;
  next_ = std::chrono::steady_clock::now() + kInterval;
}

void Progress::Update(double share) {
  if (!enabled_ || std::chrono::steady_clock::now() < next_) return;
  next_ += kInterval;
  const int percent = static_cast<int>(100 * std::clamp(share, 0.0, 1.0));
  std::fprintf(stderr, is_terminal_ ? "\r\033[K%s: %d %%" : "%s: %d %%\n", step_.c_str(), percent);
  printed_ = true;
}

void Progress::End() {
  if (printed_ && is_terminal_) std::fputs("\r\033[K", stderr);
  printed_ = false;
}

}  // namespace kinesis::lab
