// ReshardPlan: which shards to open, and from which, to get from one set of open shards to another
// by splits of one shard into two and merges of two neighbours into one.
//
// A plan is made before anything is touched, so that carrying it out is one step for readers and
// producers, and so that whatever fails has changed nothing. Shards that are both opened and
// replaced within a plan never take a record: they are there for the lineage, which knows splits in
// two and merges of two only.
//
// Pure functions.
#ifndef KINESIS_CORE_INTERNAL_RESHARD_PLAN_H_
#define KINESIS_CORE_INTERNAL_RESHARD_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kinesis_core/hash_key_range.h"

namespace kinesis::internal {

// Shards are named by place: 0 .. n-1 are the n present shards in order of hash keys, n + i is
// `opened[i]`.
struct ReshardPlan {
  static constexpr uint32_t kNoPlace = UINT32_MAX;

  struct Opened {
    HashKeyRange range;
    std::array<uint32_t, 2> parents;  // in order of hash keys; the second is kNoPlace in a split
  };
  static std::span<const uint32_t> ParentsOf(const Opened& shard) {
    return {shard.parents.data(), shard.parents[1] == kNoPlace ? size_t{1} : size_t{2}};
  }

  std::vector<Opened> opened;  // in order of their ids: parents before children
  std::vector<uint32_t> open;  // the shards that are open in the end, in order of hash keys
};

// Replaces shards of the ranges `present` by shards of the ranges `targets`. Requires: both cover
// the same hash keys, in order, without gap or overlap. O(present + targets).
//
// A boundary of `targets` that is not there is one split, and one that is there and not wanted is
// one merge; so the number of shards opened does not depend on their order. A shard is split at the
// middle one of the boundaries inside of it, and a target is merged from its two halves, so that no
// shard is more than ceil(log2(present)) + ceil(log2(targets)) generations from a present one.
// Ids are given out from the lowest key up: a shard is split when the first target that it reaches
// into comes, and a target is merged when its last piece is there. These are the shard ids that
// Kinesis was seen to give for 4 -> 3.
ReshardPlan PlanReshard(std::span<const HashKeyRange> present,
                        std::span<const HashKeyRange> targets);

// Replaces each of the shards of the ranges `present` by one of the same range.
ReshardPlan PlanSuccessors(std::span<const HashKeyRange> present);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_RESHARD_PLAN_H_
