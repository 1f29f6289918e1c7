// Strategy: the way in which a producer spreads its records over shards. Subclass it to try one of
// yours, and hand it to LabMain (lab_main.h); own_strategy_example.cc shows all of it.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/shard_map.h"

namespace kinesis::lab {

// A key that has more than its part of the load, as the lab has counted beforehand.
struct HeavyKey {
  std::string key;
  double share = 0;  // of the whole load, by whichever limit it comes nearer to
  // Parts that each fit the limits of a shard at the scenario's rate, at least 1.
  uint64_t parts_for_limit = 1;

  // Parts that each fit half of a shard, and half of an even share of the load of `shards` shards:
  // so two may fall on the same shard by chance. 1 if the whole key fits.
  uint64_t Parts(size_t shards) const;
};

// The facts that a strategy may use when it is made.
struct StrategyContext {
  const ShardMap& shards;  // outlives the strategy
  uint64_t seed = 1;
  uint32_t salt_buckets = 4;                  // at least 1
  uint32_t virtual_nodes = 100;               // of each shard, at least 1
  std::span<const HeavyKey> heavy_keys = {};  // the heaviest first; they outlive the strategy

  // Returns the same facts with other shards.
  StrategyContext On(const ShardMap& other) const {
    return {other, seed, salt_buckets, virtual_nodes, heavy_keys};
  }
};

// Thread-compatible: one thread at a time. The lab makes a new one for each pass over its records,
// and expects the same decisions for the same context and records.
class Strategy {
 public:
  virtual ~Strategy() = default;

  // Returns the hash key that the next record is put with: the shard that owns it takes the record.
  // Called once for each record, in order. `bytes` are those of data and key.
  virtual HashKey Place(std::string_view key, uint64_t bytes) = 0;

  // Returns the same for a record that may have an explicit hash key, which only a strategy that
  // overrides this looks at. The lab calls this one.
  virtual HashKey PlaceRecord(const KeyRecord& record) { return Place(record.key, record.bytes); }

  // True if Place depends on the key alone, so that all records of a key go to one shard.
  virtual bool depends_on_key_alone() const = 0;

  // True if Place is a pure function of the key, which neither reads nor changes anything that
  // other calls change. The lab then remembers hash keys and asks less often than once for each
  // record. False is always right.
  virtual bool is_pure() const { return false; }
};

// A strategy by name, with the function that makes it.
struct StrategyKind {
  std::string name;     // as on the command line
  std::string summary;  // one line for reports
  std::function<std::unique_ptr<Strategy>(const StrategyContext&)> make;
  // True if Kinesis itself does this, and only for streams on demand.
  bool on_demand_only = false;
};

// The strategies that come with the lab, in the order of its tables: md5, xxh3, round-robin,
// random, salted, salted-hot, two-choices, least-loaded, consistent, auto.
std::vector<StrategyKind> BuiltInStrategies();

// Returns the strategy "explicit", which sends each record to its own explicit hash key, and one
// without it by the MD5 of its key. It is for sources with KeySource::has_hash_keys.
StrategyKind ExplicitStrategy();

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_H_
