// Counting: the lab's first pass. Every record goes to every strategy, and what is counted on the
// way takes bounded memory.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_COUNTING_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_COUNTING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/partition_lab/hash_histogram.h"
#include "bench/partition_lab/key_counts.h"
#include "bench/partition_lab/key_sample.h"
#include "bench/partition_lab/key_source.h"
#include "bench/partition_lab/progress.h"
#include "bench/partition_lab/strategy.h"

namespace kinesis::lab {

// What went to each shard.
struct ShardLoads {
  std::vector<uint64_t> records;
  std::vector<uint64_t> bytes;
};

struct Counted {
  uint64_t records = 0;
  uint64_t bytes = 0;
  int64_t recorded_ns = 0;  // from the first to the latest of the records' own times
  KeyCounts keys;
  KeySample sample;
  std::vector<ShardLoads> loads;           // of each strategy
  std::optional<HashHistogram> histogram;  // of one strategy
};

// Counts all records of `source` for `kinds`, with a histogram of the hash keys of the strategy
// with the number `histogram_of`, if any. `memory_bytes` is about what the tables may take.
// kInvalidArgument: the source has no record, or an error of it.
absl::StatusOr<Counted> Count(KeySource& source, std::span<const StrategyKind> kinds,
                              const StrategyContext& context, std::optional<size_t> histogram_of,
                              uint64_t memory_bytes, Progress& progress);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_COUNTING_H_
