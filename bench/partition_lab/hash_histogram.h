// HashHistogram: the load on each point of the hash key space, for planning where to split.
//
// Exact, one point for each hash key, as long as the points fit the memory budget. Beyond it the
// space is cut into 2^20 cells of the same size, and each is one point: a plan can then split only
// between cells, which is of no account up to some thousand shards.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_HASH_HISTOGRAM_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_HASH_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"

namespace kinesis::lab {

// The load on a range of hash keys that is not to be cut.
struct LoadPoint {
  HashKeyRange keys;
  uint64_t records = 0;
  uint64_t bytes = 0;
};

// Thread-compatible: one thread at a time.
class HashHistogram {
 public:
  // Takes 16 MiB when it is no longer exact, whatever the budget.
  explicit HashHistogram(uint64_t budget_bytes);

  void Add(HashKey key, uint64_t bytes);

  bool is_exact() const { return cells_.empty(); }

  // The points with a load, in order of hash keys.
  std::vector<LoadPoint> Points() const;

 private:
  struct Load {
    uint64_t records = 0;
    uint64_t bytes = 0;
  };

  struct HashOfKey {
    size_t operator()(const HashKey& key) const { return absl::HashOf(key.high(), key.low()); }
  };
  using PointTable = absl::flat_hash_map<HashKey, Load, HashOfKey>;

  void UseCells();

  size_t points_max_;
  PointTable points_;
  std::vector<Load> cells_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_HASH_HISTOGRAM_H_
