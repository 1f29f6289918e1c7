#include "kinesis_core/api/internal/on_demand_scaling.h"

#include <algorithm>
#include <queue>
#include <vector>

#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/stream_record.h"

namespace kinesis::api::internal {
namespace {

constexpr int64_t kShard = 1000;  // demand of a shard at its limit

int64_t Part(int64_t amount, int64_t limit_per_second) {
  constexpr int64_t kSeconds = kMinuteMs / 1000;
  if (limit_per_second == kUnlimited) return 0;
  const int64_t of_a_minute = limit_per_second * kSeconds;
  return (amount * kShard + of_a_minute - 1) / of_a_minute;
}

// Splits shards of one stream, the busiest first.
class Splitter {
 public:
  Splitter(kinesis::Stream& stream, const absl::flat_hash_map<ShardId, ShardMinutes::Writes>& loads,
           const Limits& limits)
      : stream_(stream) {
    for (const kinesis::Shard& shard : stream.ListShards()) {
      if (!shard.is_open()) continue;
      ++open_;
      const auto load = loads.find(shard.id());
      if (load == loads.end()) {
        busiest_.push({0, shard.id()});
        continue;
      }
      const int64_t demand = DemandOf(load->second, limits);
      busiest_.push({demand, shard.id()});
      if (load->second.refused > 0 || demand > kShard) hot_.push_back(shard.id());
    }
  }

  int64_t open() const { return open_; }

  // Until so many shards are open.
  void GrowTo(int64_t shards) {
    while (open_ < shards && !busiest_.empty()) {
      const Candidate busiest = busiest_.top();
      busiest_.pop();
      const std::vector<ShardId> children = Split(busiest.shard);
      for (const ShardId child : children) busiest_.push({busiest.demand / 2, child});
    }
  }

  // Those that were hot and have not been split yet, while at most so many shards are open.
  void SplitHot(int64_t most) {
    for (const ShardId shard : hot_) {
      if (open_ < most) Split(shard);
    }
  }

 private:
  struct Candidate {
    int64_t demand;
    ShardId shard;

    // The busier comes first; of equal ones the older, which is the wider.
    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.demand != b.demand ? a.demand < b.demand : a.shard > b.shard;
    }
  };

  // Nothing if it is closed already, or too narrow, or there is no memory.
  std::vector<ShardId> Split(ShardId shard) {
    auto children = stream_.SplitShard(shard);
    if (!children.ok()) return {};
    ++open_;
    return *std::move(children);
  }

  kinesis::Stream& stream_;
  int64_t open_ = 0;
  std::priority_queue<Candidate> busiest_;
  std::vector<ShardId> hot_;
};

// Shards that give room for double the peak.
int64_t ShardsNeeded(int64_t peak) { return (2 * peak + kShard - 1) / kShard; }

}  // namespace

int64_t DemandOf(const ShardMinutes::Writes& writes, const Limits& limits) {
  return std::max(Part(writes.bytes, limits.shard_write_bytes_per_second),
                  Part(writes.records, limits.shard_write_records_per_second));
}

void DemandPeaks::Note(int64_t demand, int64_t now_ms) {
  constexpr int64_t kDayMs = kMinuteMs * 60 * 24;
  const int64_t day = now_ms / kDayMs;
  by_day_.erase(by_day_.begin(), by_day_.upper_bound(day - kDays));
  int64_t& peak = by_day_[day];
  peak = std::max(peak, demand);
}

int64_t DemandPeaks::Highest() const {
  int64_t highest = 0;
  for (const auto& [day, peak] : by_day_) highest = std::max(highest, peak);
  return highest;
}

void LookAtScaling(const ClientCore& core, StreamRecord& stream, int64_t now_ms) {
  if (!stream.BeginScalingLook(now_ms)) return;
  const Limits& limits = core.limits();
  StreamRecord::Locked state = stream.Lock();
  if (state->mode != StreamMode::kOnDemand) return;
  OnDemandState& scaling = state->on_demand;
  const auto loads = stream.minutes().LoadsIn(scaling.minute);
  scaling.minute = now_ms / kMinuteMs;
  ShardMinutes::Writes total;
  for (const auto& [shard, load] : loads) {
    total.records += load.records;
    total.bytes += load.bytes;
  }
  scaling.peaks.Note(DemandOf(total, limits), now_ms);
  if (state.StatusAt(now_ms) != StreamStatus::kActive || now_ms < scaling.not_before_ms) return;

  const int64_t needed = ShardsNeeded(scaling.peaks.Highest());
  const int64_t most = limits.on_demand_shards_max;
  Splitter splitter(stream.stream(), loads, limits);
  const int64_t before = splitter.open();
  splitter.GrowTo(std::min(needed, most));
  splitter.SplitHot(std::min(2 * std::max(needed, limits.on_demand_initial_shards), most));
  if (splitter.open() == before) return;
  scaling.not_before_ms = now_ms + absl::ToInt64Milliseconds(limits.on_demand_scale_interval);
  core.FinishReshard(stream, state);
}

}  // namespace kinesis::api::internal
