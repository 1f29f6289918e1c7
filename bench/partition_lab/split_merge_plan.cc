#include "kinesis_core/lab/split_merge_plan.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::lab {
namespace {

// The numbers in the ShardIds; nothing unless all are known.
std::optional<std::vector<uint32_t>> NumbersOf(const ShardMap& map) {
  std::vector<uint32_t> numbers;
  for (size_t shard = 0; shard < map.size(); ++shard) {
    const absl::StatusOr<ShardId> id = ShardId::Parse(map.name(shard));
    if (!id.ok() || id->ToString() != map.name(shard)) return std::nullopt;
    numbers.push_back(id->index());
  }
  return numbers;
}

// The state on the way: a map, and the number of each of its shards.
class Planner {
 public:
  explicit Planner(const ShardMap& from) : map_(from), shards_max_(from.size()) {
    const std::optional<std::vector<uint32_t>> numbers = NumbersOf(from);
    for (uint32_t i = 0; i < from.size(); ++i) numbers_.push_back(numbers ? (*numbers)[i] : i);
    next_number_ = *std::max_element(numbers_.begin(), numbers_.end()) + 1;
  }

  void Split(size_t shard, HashKey new_start) {
    steps_.push_back({.kind = SplitMergeStep::Kind::kSplit,
                      .range = map_.range(shard),
                      .adjacent = {},
                      .new_start = new_start,
                      .shard = numbers_[shard],
                      .first_child = next_number_});
    map_ = map_.Split(shard, new_start);
    numbers_[shard] = next_number_++;
    numbers_.insert(numbers_.begin() + static_cast<std::ptrdiff_t>(shard) + 1, next_number_++);
    shards_max_ = std::max(shards_max_, map_.size());
  }

  void Merge(size_t shard) {
    steps_.push_back({.kind = SplitMergeStep::Kind::kMerge,
                      .range = map_.range(shard),
                      .adjacent = map_.range(shard + 1),
                      .new_start = {},
                      .shard = numbers_[shard],
                      .adjacent_shard = numbers_[shard + 1],
                      .first_child = next_number_});
    map_ = map_.Merge(shard);
    numbers_[shard] = next_number_++;
    numbers_.erase(numbers_.begin() + static_cast<std::ptrdiff_t>(shard) + 1);
  }

  const ShardMap& map() const { return map_; }

  SplitMergePlan Finish() && { return {std::move(steps_), std::move(map_), shards_max_}; }

 private:
  ShardMap map_;
  std::vector<uint32_t> numbers_;
  uint32_t next_number_ = 0;
  size_t shards_max_;
  std::vector<SplitMergeStep> steps_;
};

}  // namespace

SplitMergePlan MakeSplitMergePlan(const ShardMap& from, std::span<const HashKey> starts) {
  assert(!starts.empty() && starts.front() == HashKey::Min());
  Planner planner(from);
  for (size_t i = 0; i < starts.size(); ++i) {
    // Shard i of the map begins at starts[i]; make it end before starts[i + 1].
    if (i + 1 < starts.size()) {
      const size_t last = planner.map().IndexOf(starts[i + 1]);
      if (planner.map().range(last).start() != starts[i + 1]) planner.Split(last, starts[i + 1]);
    }
    const auto is_whole = [&] {
      const HashKey end = planner.map().range(i).end();
      return i + 1 < starts.size() ? end.Next() == starts[i + 1] : end == HashKey::Max();
    };
    while (!is_whole()) planner.Merge(i);
  }
  return std::move(planner).Finish();
}

}  // namespace kinesis::lab
