#include "kinesis_core/api/internal/on_demand_scaling.h"

#include <algorithm>
#include <cstddef>
#include <queue>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "kinesis_core/api/internal/on_demand_state.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/stream.h"

namespace kinesis::api::internal {
namespace {

constexpr int64_t kShard = 1000;  // demand of a shard at its limit

int64_t Part(int64_t amount, int64_t limit_per_second) {
  constexpr int64_t kSeconds = kMinuteMs / 1000;
  if (limit_per_second == kUnlimited) return 0;
  const int64_t of_a_minute = limit_per_second * kSeconds;
  return (amount * kShard + of_a_minute - 1) / of_a_minute;
}

// Plans to split shards of one stream, the busiest first.
class Splitter {
 public:
  Splitter(const kinesis::Stream& stream,
           const absl::flat_hash_map<ShardId, ShardMetrics::Writes>& loads, const Limits& limits) {
    for (const kinesis::Shard& shard : stream.ListShards()) {
      if (!shard.is_open()) continue;
      ++open_;
      const auto load = loads.find(shard.id());
      if (load == loads.end()) {
        busiest_.push({0, next_++, shard.hash_key_range()});
        continue;
      }
      const int64_t demand = DemandOf(load->second, limits);
      if (load->second.refused > 0 || demand > kShard) hot_.push_back(next_);
      busiest_.push({demand, next_++, shard.hash_key_range()});
    }
    ranges_.resize(next_);
    for (auto rest = busiest_; !rest.empty(); rest.pop())
      ranges_[rest.top().age] = rest.top().range;
  }

  // Until so many shards are open.
  void GrowTo(int64_t shards) {
    while (open_ + added() < shards && !busiest_.empty()) {
      const Candidate busiest = busiest_.top();
      busiest_.pop();
      if (!Split(busiest.range)) continue;
      if (busiest.age < ranges_.size()) ranges_[busiest.age].reset();
      const HashKey middle = new_starts_.back();
      for (const auto& [start, end] : {std::pair(busiest.range.start(), middle.Prev()),
                                       std::pair(middle, busiest.range.end())}) {
        busiest_.push({busiest.demand / 2, next_++, *kinesis::HashKeyRange::Create(start, end)});
      }
    }
  }

  // Those that were hot and are not split yet, while at most so many shards are open.
  void SplitHot(int64_t most) {
    for (const size_t age : hot_) {
      if (open_ + added() < most && ranges_[age]) Split(*ranges_[age]);
    }
  }

  // How many shards more there will be; and where they begin.
  int64_t added() const { return static_cast<int64_t>(new_starts_.size()); }
  std::vector<HashKey> TakeNewStarts() { return std::move(new_starts_); }

 private:
  struct Candidate {
    int64_t demand;
    size_t age;  // the place in order of shard ids, of those that there are and then of those to be
    kinesis::HashKeyRange range;

    // The busier comes first; of equal ones the older, which is the wider.
    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.demand != b.demand ? a.demand < b.demand : a.age > b.age;
    }
  };

  // In the middle, unless the range is too narrow.
  bool Split(const kinesis::HashKeyRange& range) {
    const HashKey middle = range.Midpoint();
    if (middle == range.start()) return false;
    new_starts_.push_back(middle);
    return true;
  }

  int64_t open_ = 0;
  size_t next_ = 0;  // age of the next shard
  std::priority_queue<Candidate> busiest_;
  std::vector<size_t> hot_;                                   // ages
  std::vector<std::optional<kinesis::HashKeyRange>> ranges_;  // by age, unless split
  std::vector<HashKey> new_starts_;
};

// Shards that give room for double the peak.
int64_t ShardsNeeded(int64_t peak) { return (2 * peak + kShard - 1) / kShard; }

}  // namespace

int64_t DemandOf(const ShardMetrics::Writes& writes, const Limits& limits) {
  return std::max(Part(writes.bytes, limits.shard_write_bytes_per_second),
                  Part(writes.records, limits.shard_write_records_per_second));
}

std::optional<PendingReshard> PlanGrowth(const Limits& limits, StreamEntry& stream,
                                         StreamState& state, bool may_grow, int64_t now_ms) {
  OnDemandState& scaling = state.on_demand;
  state.next_scaling_check_ms = (now_ms / kMinuteMs + 1) * kMinuteMs;
  const auto loads = stream.metrics().LoadsIn(scaling.minute);
  scaling.minute = now_ms / kMinuteMs;
  ShardMetrics::Writes total;
  for (const auto& [shard, load] : loads) {
    total.records += load.records;
    total.bytes += load.bytes;
  }
  scaling.peaks.Note(DemandOf(total, limits), now_ms);
  if (!may_grow || now_ms < scaling.not_before_ms) return std::nullopt;

  const int64_t needed = ShardsNeeded(scaling.peaks.Highest());
  const int64_t most = limits.on_demand_shards_max;
  Splitter splitter(stream.stream(), loads, limits);
  splitter.GrowTo(std::min(needed, most));
  splitter.SplitHot(std::min(2 * std::max(needed, limits.on_demand_initial_shards), most));
  if (splitter.added() == 0) return std::nullopt;
  scaling.not_before_ms = now_ms + absl::ToInt64Milliseconds(limits.on_demand_scale_interval);
  PendingReshard growth;
  growth.added = splitter.added();
  growth.new_starts = splitter.TakeNewStarts();
  return growth;
}

}  // namespace kinesis::api::internal
