// What a consumer group decides, as functions of values: who reads which shard, and which shards
// may be read yet. The worker of the API (api/worker.h) decides by the same.
#ifndef KINESIS_CORE_INTERNAL_GROUP_PLAN_H_
#define KINESIS_CORE_INTERNAL_GROUP_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "kinesis_core/export.h"

namespace kinesis::internal {

// An owner that a shard has not.
inline constexpr int kNobody = -1;

// Who is to own each of the shards of which `owners` are the owners now: members, counted from 0,
// or kNobody. `members` is at least 1.
//
// Each member gets floor(shards / members) of them, or one more; of all ways to do that, with the
// fewest owners changed. So a member that joins is given at most as many as it is to have, which is
// at most ceil(shards / members), and nothing moves between the others. O(shards + members log
// members).
KINESIS_CORE_EXPORT std::vector<int> AssignShards(size_t members, std::span<const int> owners);

// In which order shards are read: a shard after its parents, so that the records of a key stay in
// order through splits and merges.
//
// Thread-compatible.
class KINESIS_CORE_EXPORT Lineage {
 public:
  // A shard of the stream; parents are added before their children. Those of `parents` that were
  // not added, or that are finished, hold nothing up. True if it can be read now.
  bool Add(uint32_t shard, std::span<const uint32_t> parents);

  // All of a readable shard has been read and committed. Returns those that can be read now for
  // that reason.
  std::vector<uint32_t> Finish(uint32_t shard);

  // Shards that are not finished.
  size_t size() const { return shards_.size(); }

 private:
  struct Node {
    size_t parents = 0;  // that are not finished
    std::vector<uint32_t> children;
  };

  std::map<uint32_t, Node> shards_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_GROUP_PLAN_H_
