// SplitMergePlan: the SplitShard and MergeShards calls that turn one shard map into another.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_SPLIT_MERGE_PLAN_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_SPLIT_MERGE_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/lab/shard_map.h"

namespace kinesis::lab {

// A call of SplitShard or MergeShards. Shards are numbered as Kinesis does: those of the map by
// their ShardIds if all are known as shardId-NUMBER, otherwise 0, 1, 2, ... in order of hash keys;
// then those that come out of calls, the lower child of a split first. (The highest number is
// always that of an open shard: who closes one opens one with a higher number.)
struct SplitMergeStep {
  enum class Kind { kSplit, kMerge };

  Kind kind = Kind::kSplit;
  HashKeyRange range;     // of the shard to split, or of the lower one to merge
  HashKeyRange adjacent;  // of a merge: of the upper one
  HashKey new_start;      // of a split: NewStartingHashKey
  uint32_t shard = 0;
  uint32_t adjacent_shard = 0;
  uint32_t first_child = 0;  // a split's second child is the next number
};

struct SplitMergePlan {
  std::vector<SplitMergeStep> steps;
  ShardMap result;
  size_t shards_max = 0;  // open at the same time on the way
};

// Makes the plan from `from` to shards that begin at `starts`, which are sorted and begin with
// HashKey::Min(). It has one split for each start that `from` lacks and one merge for each that is
// to go, which is the least possible: a split adds one start and a merge takes one away. It works
// its way up the hash keys and splits before it merges, so that every shard on the way is part of
// one that was there before or of one that is to be: none is hotter than those.
SplitMergePlan MakeSplitMergePlan(const ShardMap& from, std::span<const HashKey> starts);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_SPLIT_MERGE_PLAN_H_
