// LoadWindows: the load and the hottest keys of each stretch of the records' own time, so that an
// hour shows that is hotter than the day.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_WINDOWS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_WINDOWS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kinesis_core/lab/key_counts.h"
#include "kinesis_core/lab/key_source.h"

namespace kinesis::lab {

struct LoadWindow {
  int64_t start_ns = 0;  // from the first record
  int64_t length_ns = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  // The keys with the most records and with the most bytes; nothing without records. Counts may be
  // too small in a window of more than some thousand keys.
  std::optional<KeyLoad> hottest;
  std::optional<KeyLoad> hottest_by_bytes;
};

// Thread-compatible: one thread at a time.
class LoadWindows {
 public:
  // `count` windows of the same length, at least 1, over `duration_ns`.
  LoadWindows(int64_t duration_ns, size_t count);

  // Counts a record; one from before an earlier one counts as of the same time.
  void Add(uint64_t fingerprint, const KeyRecord& record);

  std::vector<LoadWindow> Finish() &&;

 private:
  void Close();

  std::vector<LoadWindow> windows_;
  KeyCounts keys_;  // of the window
  size_t current_ = 0;
  int64_t length_ns_;
  std::optional<int64_t> first_ns_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LOAD_WINDOWS_H_
