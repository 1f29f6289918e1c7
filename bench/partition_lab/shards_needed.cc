#include "bench/partition_lab/shards_needed.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "bench/partition_lab/record_pass.h"
#include "bench/partition_lab/shard_map.h"
#include "bench/partition_lab/write_simulation.h"

namespace kinesis::lab {
namespace {

// The search of one strategy: `enough` shards will do and `too_few` will not.
class Search {
 public:
  Search(int64_t shards_min, int64_t shards_max)
      : shards_max_(shards_max),
        too_few_(shards_min - 1),
        next_(std::min(shards_min, shards_max)) {}

  bool is_done() const { return next_ == 0; }
  int64_t next() const { return next_; }

  void Learn(bool will_do) {
    tried_ = std::max(tried_, next_);
    if (will_do) {
      enough_ = next_;
    } else {
      too_few_ = next_;
    }
    if (enough_) {
      next_ = *enough_ - too_few_ > 1 ? too_few_ + (*enough_ - too_few_) / 2 : 0;
    } else {
      next_ = too_few_ < shards_max_ ? std::min(2 * too_few_, shards_max_) : 0;
    }
  }

  ShardsNeeded Result() const { return {enough_, tried_}; }

 private:
  const int64_t shards_max_;
  int64_t too_few_;
  std::optional<int64_t> enough_;
  int64_t next_;  // 0: done
  int64_t tried_ = 0;
};

// One strategy on a candidate number of shards.
struct Trial {
  Trial(const StrategyKind& kind, const StrategyContext& like, const Scenario& scenario,
        int64_t shards, Search* search_of_it)
      : map(ShardMap::Uniform(shards).value()),
        strategy(kind.make({.shards = map,
                            .seed = like.seed,
                            .salt_buckets = like.salt_buckets,
                            .virtual_nodes = like.virtual_nodes})),
        simulation(map.size(), scenario.limits, 0, 0),
        search(search_of_it) {}

  const ShardMap map;
  const std::unique_ptr<Strategy> strategy;
  WriteSimulation simulation;
  Search* const search;
};

}  // namespace

absl::StatusOr<std::vector<ShardsNeeded>> FindShardsNeeded(KeySource& source,
                                                           std::span<const StrategyKind> kinds,
                                                           const StrategyContext& context,
                                                           const Scenario& scenario,
                                                           double throttled_max, int64_t shards_min,
                                                           int64_t shards_max, Progress& progress) {
  std::vector<Search> searches(kinds.size(), Search(shards_min, shards_max));
  for (int round = 1;; ++round) {
    // All strategies try their next number in the same pass.
    std::vector<std::unique_ptr<Trial>> trials;
    for (size_t i = 0; i < kinds.size(); ++i) {
      if (searches[i].is_done()) continue;
      trials.push_back(
          std::make_unique<Trial>(kinds[i], context, scenario, searches[i].next(), &searches[i]));
    }
    if (trials.empty()) break;
    progress.Begin("searching for the shards needed, round " + std::to_string(round));
    Pace pace = scenario.pace;
    const absl::Status status =
        ForSoManyRecords(scenario.records, source, progress, [&](const KeyRecord& record) {
          const int64_t arrival_ns = pace.Next(record.unix_time_ns);
          for (const auto& trial : trials) {
            const HashKey hash_key = trial->strategy->Place(record.key, record.bytes);
            trial->simulation.Offer(trial->map.IndexOf(hash_key), arrival_ns, record.bytes);
          }
          return absl::OkStatus();
        });
    if (!status.ok()) return status;
    for (const auto& trial : trials) {
      trial->search->Learn(trial->simulation.Report().throttled_share() < throttled_max);
    }
  }
  std::vector<ShardsNeeded> needed;
  for (const Search& search : searches) needed.push_back(search.Result());
  return needed;
}

}  // namespace kinesis::lab
