#include "kinesis_core/lab/load_windows.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kinesis::lab {
namespace {

constexpr uint64_t kKeyBytes = uint64_t{1} << 20;

}  // namespace

LoadWindows::LoadWindows(int64_t duration_ns, size_t count)
    : windows_(count), keys_(kKeyBytes), length_ns_(duration_ns / static_cast<int64_t>(count) + 1) {
  assert(count >= 1 && duration_ns >= 0);
  for (size_t i = 0; i < count; ++i) {
    windows_[i].start_ns = static_cast<int64_t>(i) * length_ns_;
    windows_[i].length_ns = length_ns_;
  }
}

void LoadWindows::Add(uint64_t fingerprint, const KeyRecord& record) {
  if (!first_ns_) first_ns_ = record.unix_time_ns;
  const int64_t since_ns = std::max<int64_t>(record.unix_time_ns - *first_ns_, 0);
  const size_t window = std::min(static_cast<size_t>(since_ns / length_ns_), windows_.size() - 1);
  if (window > current_) {
    Close();
    current_ = window;
  }
  ++windows_[current_].records;
  windows_[current_].bytes += record.bytes;
  keys_.Add(fingerprint, record.key, record.bytes);
}

void LoadWindows::Close() {
  LoadWindow& window = windows_[current_];
  if (window.records == 0) return;
  window.hottest = keys_.Top(1).front();
  window.hottest_by_bytes = keys_.TopByBytes(1).front();
  keys_ = KeyCounts(kKeyBytes);
}

std::vector<LoadWindow> LoadWindows::Finish() && {
  Close();
  return std::move(windows_);
}

}  // namespace kinesis::lab
