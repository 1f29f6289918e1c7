#include "kinesis_core/internal/group_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kinesis_core/internal/base/check.h"

namespace kinesis::internal {

std::vector<int> AssignShards(size_t members, std::span<const int> owners) {
  KC_DCHECK(members > 0);
  std::vector<size_t> room(members, 0);  // first: shards that each has
  for (const int owner : owners) {
    if (owner != kNobody) ++room[static_cast<size_t>(owner)];
  }
  // Those that have most are the ones to have one more than the others: it stays where it is.
  std::vector<size_t> by_count(members);
  std::iota(by_count.begin(), by_count.end(), size_t{0});
  std::stable_sort(by_count.begin(), by_count.end(),
                   [&room](size_t a, size_t b) { return room[a] > room[b]; });
  const size_t base = owners.size() / members;
  const size_t larger = owners.size() % members;
  for (size_t i = 0; i < members; ++i) room[by_count[i]] = base + (i < larger ? 1 : 0);

  std::vector<int> assigned(owners.begin(), owners.end());
  for (int& owner : assigned) {
    if (owner == kNobody) continue;
    size_t& left = room[static_cast<size_t>(owner)];
    if (left == 0) {
      owner = kNobody;
    } else {
      --left;
    }
  }
  size_t next = 0;
  for (int& owner : assigned) {
    if (owner != kNobody) continue;
    while (room[next] == 0) ++next;
    --room[next];
    owner = static_cast<int>(next);
  }
  return assigned;
}

bool Lineage::Add(uint32_t shard, std::span<const uint32_t> parents) {
  size_t unfinished = 0;
  for (const uint32_t parent : parents) {
    const auto found = shards_.find(parent);
    if (found == shards_.end()) continue;
    found->second.children.push_back(shard);
    ++unfinished;
  }
  KC_DCHECK(!shards_.contains(shard));
  shards_[shard].parents = unfinished;
  return unfinished == 0;
}

std::vector<uint32_t> Lineage::Finish(uint32_t shard) {
  std::vector<uint32_t> readable;
  const auto found = shards_.find(shard);
  KC_DCHECK(found != shards_.end() && found->second.parents == 0);
  for (const uint32_t child : found->second.children) {
    if (--shards_.at(child).parents == 0) readable.push_back(child);
  }
  shards_.erase(found);
  return readable;
}

}  // namespace kinesis::internal
