// Strategy: how a producer spreads its records over shards. Subclass it to try one of yours, and
// hand it to LabMain (lab_main.h); own_strategy_example.cc shows all of it.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/partition_lab/shard_map.h"
#include "kinesis_core/hash_key.h"

namespace kinesis::lab {

// What a strategy may know when it is made.
struct StrategyContext {
  const ShardMap& shards;  // outlives the strategy
  uint64_t seed = 1;
  uint32_t salt_buckets = 4;     // at least 1
  uint32_t virtual_nodes = 100;  // of each shard, at least 1
};

// Thread-compatible: one thread at a time. The lab makes a new one for each pass over its records,
// and expects the same decisions for the same context and records.
class Strategy {
 public:
  virtual ~Strategy() = default;

  // The hash key that the next record is put with: the shard that owns it takes the record. Called
  // once for each record, in order. `bytes` are those of data and key.
  virtual HashKey Place(std::string_view key, uint64_t bytes) = 0;

  // True if Place depends on the key alone, so that all records of a key go to one shard.
  virtual bool depends_on_key_alone() const = 0;
};

struct StrategyKind {
  std::string name;     // as on the command line
  std::string summary;  // one line for reports
  std::function<std::unique_ptr<Strategy>(const StrategyContext&)> make;
};

// The strategies that come with the lab, in the order of its tables: md5, xxh3, round-robin,
// random, salted, two-choices, least-loaded, consistent.
std::vector<StrategyKind> BuiltInStrategies();

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_H_
