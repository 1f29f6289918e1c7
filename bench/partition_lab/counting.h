// Counting: the lab's first two passes, which take bounded memory. The first looks at the records
// alone; in the second every record goes to every strategy.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_COUNTING_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_COUNTING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/hash_histogram.h"
#include "kinesis_core/lab/key_counts.h"
#include "kinesis_core/lab/key_sample.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/load_windows.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// The load that went to each shard, by the shard's number.
struct ShardLoads {
  std::vector<uint64_t> records;
  std::vector<uint64_t> bytes;
};

// The records themselves, before any strategy places them.
struct Survey {
  uint64_t records = 0;
  uint64_t bytes = 0;
  int64_t first_ns = 0;     // the first one's own time
  int64_t recorded_ns = 0;  // from there to the latest of the records' own times
  KeyCounts keys;
  // The units that they are charged for (prices.h).
  uint64_t put_units = 0;
  uint64_t on_demand_bytes = 0;
};

// Makes the first pass. `memory_bytes` is about what the table of keys may take. kInvalidArgument:
// the source has no record. Otherwise an error of the source.
absl::StatusOr<Survey> SurveyRecords(KeySource& source, uint64_t memory_bytes, Progress& progress);

// The results of the second pass.
struct Counted {
  KeySample sample;
  std::vector<ShardLoads> loads;           // of each strategy
  std::optional<HashHistogram> histogram;  // of one strategy
  std::vector<LoadWindow> windows;         // of the records' own times, if they have any
};

// Counts all records of `source` for `kinds`, with a histogram of the hash keys of the strategy
// with the number `histogram_of`, if any. `memory_bytes` is about what the tables may take. If
// `windows` is not 0, so many windows of time over `recorded_ns` are counted, too. Errors are those
// of the source.
absl::StatusOr<Counted> Count(KeySource& source, std::span<const StrategyKind> kinds,
                              const StrategyContext& context, std::optional<size_t> histogram_of,
                              uint64_t memory_bytes, int64_t recorded_ns, size_t windows,
                              Progress& progress);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_COUNTING_H_
