#include "kinesis_core/lab/shards_needed.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "kinesis_core/lab/capacity_meter.h"
#include "kinesis_core/lab/record_pass.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/strategy_set.h"
#include "kinesis_core/lab/write_simulation.h"

namespace kinesis::lab {
namespace {

constexpr uint64_t kRecordsBetweenChecks = 4'096;

// The search for one strategy: `enough_` shards will do and `too_few_` will not.
class Search {
 public:
  // Searches from min to max: from `guess` on in growing steps until the answer lies between two
  // numbers, and then by halves.
  Search(int64_t min, int64_t max, int64_t guess)
      : max_(max), too_few_(min - 1), next_(min > max ? 0 : std::clamp(guess, min, max)) {
    step_ = std::max<int64_t>(next_ / 16, 1);
  }

  bool is_done() const { return next_ == 0; }
  int64_t next() const { return next_; }

  void Learn(bool will_do) {
    if (will_do) {
      enough_ = next_;
    } else {
      too_few_ = next_;
      below_ = true;
    }
    if (!enough_) {
      next_ = too_few_ < max_ ? std::min(too_few_ + step_, max_) : 0;
    } else if (*enough_ - too_few_ <= 1) {
      next_ = 0;
    } else if (below_) {
      next_ = too_few_ + (*enough_ - too_few_) / 2;
    } else {
      next_ = std::max(too_few_ + 1, *enough_ - step_);
    }
    step_ *= 2;
  }

  std::optional<int64_t> Result() const { return enough_; }

 private:
  int64_t max_;
  int64_t too_few_;
  bool below_ = false;  // a number has been tried that will not do
  std::optional<int64_t> enough_;
  int64_t next_;  // 0: done
  int64_t step_;
};

// The replay of one strategy on a candidate number of shards.
struct Trial {
  Trial(size_t number_in_set, const Scenario& scenario, Search* search_of_it)
      : number(number_in_set),
        map(ShardMap::Uniform(search_of_it->next()).value()),
        simulation(map.size(), scenario.limits, scenario.duration_ns, 0),
        search(search_of_it) {}

  const size_t number;  // of its strategy in the set
  const ShardMap map;
  WriteSimulation simulation;
  Search* const search;
};

// Brings all searches to their end; all strategies try their next number in the same pass.
absl::Status Run(KeySource& source, std::span<const StrategyKind> kinds,
                 const StrategyContext& context, const Scenario& scenario, double share_max,
                 const std::string& what, std::vector<Search>& searches, Progress& progress) {
  for (int round = 1;; ++round) {
    std::vector<std::unique_ptr<Trial>> trials;
    StrategySet strategies;
    for (size_t i = 0; i < kinds.size(); ++i) {
      if (searches[i].is_done()) continue;
      trials.push_back(std::make_unique<Trial>(strategies.size(), scenario, &searches[i]));
      strategies.Add(kinds[i], context.On(trials.back()->map));
    }
    if (trials.empty()) return absl::OkStatus();
    progress.Begin(what + ", round " + std::to_string(round));
    Pace pace = scenario.pace;
    uint64_t replayed = 0;
    const auto queued_max =
        static_cast<uint64_t>(std::ceil(share_max * static_cast<double>(scenario.records)));
    const absl::Status status =
        ForSoManyRecords(scenario.records, source, progress, [&](const KeyRecord& record) {
          const int64_t arrival_ns = pace.Next(record.unix_time_ns);
          const std::span<const StrategySet::Placement> placements = strategies.Place(record);
          for (const auto& trial : trials) {
            trial->simulation.Offer(placements[trial->number].shard, arrival_ns, record.bytes);
          }
          // A trial of which too much has queued already will not do, whatever comes.
          if (++replayed % kRecordsBetweenChecks != 0) return absl::OkStatus();
          std::erase_if(trials, [&](const std::unique_ptr<Trial>& trial) {
            if (trial->simulation.queued() < queued_max) return false;
            trial->search->Learn(false);
            strategies.Retire(trial->number);
            return true;
          });
          return trials.empty() ? absl::CancelledError() : absl::OkStatus();
        });
    if (!status.ok() && !trials.empty()) return status;
    for (const auto& trial : trials) {
      trial->search->Learn(trial->simulation.Report().worst_share() < share_max);
    }
  }
}

}  // namespace

int64_t LeastShards(uint64_t records, uint64_t bytes, double seconds, const WriteLimits& limits) {
  const double full = Utilization(static_cast<double>(records), static_cast<double>(bytes),
                                  std::max(seconds, 1.0), limits);
  // A number that is above a whole one by rounding alone needs no shard for it.
  return std::max<int64_t>(static_cast<int64_t>(std::ceil(full * (1 - 1e-9))), 1);
}

absl::StatusOr<std::vector<ShardsNeeded>> FindShardsNeeded(
    KeySource& source, std::span<const StrategyKind> kinds, const StrategyContext& context,
    const Scenario& scenario, const ShardsSearch& options, Progress& progress) {
  const int64_t min = options.shards_min;
  const int64_t max = options.shards_max;
  std::vector<Search> searches(kinds.size(), Search(min, max, min));
  if (scenario.pace.is_even() && scenario.records > options.sample_records) {
    Scenario sample = scenario;
    sample.records = options.sample_records;
    sample.duration_ns = static_cast<int64_t>(static_cast<double>(sample.records) * 1e9 /
                                              sample.pace.records_per_second());
    const absl::Status status = Run(source, kinds, context, sample, options.share_max,
                                    "guessing the shards needed", searches, progress);
    if (!status.ok()) return status;
    for (Search& search : searches) search = Search(min, max, search.Result().value_or(max));
  }
  const absl::Status status = Run(source, kinds, context, scenario, options.share_max,
                                  "searching for the shards needed", searches, progress);
  if (!status.ok()) return status;
  std::vector<ShardsNeeded> needed;
  for (const Search& search : searches) needed.push_back({search.Result(), max});
  return needed;
}

}  // namespace kinesis::lab
