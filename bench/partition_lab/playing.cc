#include "kinesis_core/lab/playing.h"

#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "kinesis_core/lab/fingerprint.h"
#include "kinesis_core/lab/record_pass.h"
#include "kinesis_core/lab/strategy_set.h"

namespace kinesis::lab {
namespace {

// One strategy on its way.
class Player {
 public:
  Player(size_t shards, const Scenario& scenario, EngineStream* engine)
      : simulation_(shards, scenario.limits, scenario.duration_ns, scenario.intervals),
        lag_(shards, scenario.readers),
        aggregation_(shards, scenario.limits, scenario.aggregation, scenario.duration_ns),
        records_(shards),
        engine_left_(scenario.engine_records),
        engine_(engine) {}

  // Sends a record where the strategy places it, and returns when it is accepted.
  absl::StatusOr<int64_t> Play(int64_t arrival_ns, const KeyRecord& record,
                               const StrategySet::Placement& placement) {
    const size_t shard = placement.shard;
    const int64_t accepted_ns = simulation_.Offer(shard, arrival_ns, record.bytes);
    lag_.Add(shard, accepted_ns, record.bytes);
    aggregation_.Add(shard, arrival_ns, record.bytes);
    if (engine_left_ > 0) {
      --engine_left_;
      ++records_[shard];
      const absl::Status put =
          engine_->Put(accepted_ns, record.key, record.bytes, placement.hash_key);
      if (!put.ok()) return put;
    }
    return accepted_ns;
  }

  absl::StatusOr<Played> Finish() {
    const absl::Status drained = engine_->Drain();
    if (!drained.ok()) return drained;
    if (engine_->RecordsPerShard() != records_) {
      return absl::InternalError("the engine counts other records per shard than were put");
    }
    return Played{.throttle = simulation_.Report(),
                  .series = simulation_.series(),
                  .lags = lag_.PerShard(),
                  .aggregated = aggregation_.Finish()};
  }

 private:
  WriteSimulation simulation_;
  ReaderLag lag_;
  Aggregation aggregation_;
  std::vector<uint64_t> records_;  // that went through the engine
  uint64_t engine_left_;
  EngineStream* const engine_;
};

}  // namespace

absl::StatusOr<std::vector<Played>> Play(KeySource& source, std::span<const StrategyKind> kinds,
                                         const StrategyContext& context, const Scenario& scenario,
                                         std::span<const std::unique_ptr<EngineStream>> engines,
                                         Progress& progress) {
  assert(engines.size() == kinds.size());
  const size_t shards = context.shards.size();
  StrategySet strategies;
  std::vector<Player> players;
  bool watch_order = false;
  for (size_t i = 0; i < kinds.size(); ++i) {
    strategies.Add(kinds[i], context);
    players.emplace_back(shards, scenario, engines[i].get());
    if (!strategies.depends_on_key_alone(i)) watch_order = true;
  }
  Pace pace = scenario.pace;
  ReadOrder order(kinds.size(), shards, scenario.order);
  const absl::Status status =
      ForSoManyRecords(scenario.records, source, progress, [&](const KeyRecord& record) {
        const int64_t arrival_ns = pace.Next(record.unix_time_ns);
        const bool watched = watch_order && order.Touch(Fingerprint(record.key));
        const std::span<const StrategySet::Placement> placements = strategies.Place(record);
        for (size_t i = 0; i < players.size(); ++i) {
          const absl::StatusOr<int64_t> accepted_ns =
              players[i].Play(arrival_ns, record, placements[i]);
          if (!accepted_ns.ok()) return accepted_ns.status();
          if (watched && !strategies.depends_on_key_alone(i)) {
            order.Mark(i, placements[i].shard, *accepted_ns);
          }
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  std::vector<Played> all;
  for (size_t i = 0; i < players.size(); ++i) {
    absl::StatusOr<Played> played = players[i].Finish();
    if (!played.ok()) return played.status();
    played->out_of_order_share = order.OutOfOrderShare(i);
    all.push_back(*std::move(played));
  }
  return all;
}

}  // namespace kinesis::lab
