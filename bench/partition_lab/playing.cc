#include "kinesis_core/lab/playing.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/fingerprint.h"
#include "kinesis_core/lab/record_pass.h"

namespace kinesis::lab {
namespace {

// One strategy on its way.
class Player {
 public:
  Player(const StrategyKind& kind, const StrategyContext& context, const Scenario& scenario,
         EngineStream* engine)
      : shards_(context.shards),
        strategy_(kind.make(context)),
        simulation_(shards_.size(), scenario.limits, scenario.duration_ns, scenario.intervals),
        lag_(shards_.size(), scenario.readers),
        aggregation_(shards_.size(), scenario.limits, scenario.aggregation, scenario.duration_ns),
        records_(shards_.size()),
        engine_left_(scenario.engine_records),
        engine_(engine) {}

  bool may_break_order() const { return !strategy_->depends_on_key_alone(); }

  struct Step {
    size_t shard = 0;
    int64_t accepted_ns = 0;
  };
  absl::StatusOr<Step> Play(int64_t arrival_ns, const KeyRecord& record) {
    const HashKey hash_key = strategy_->PlaceRecord(record);
    const size_t shard = shards_.IndexOf(hash_key);
    const int64_t accepted_ns = simulation_.Offer(shard, arrival_ns, record.bytes);
    lag_.Add(shard, accepted_ns, record.bytes);
    aggregation_.Add(shard, arrival_ns, record.bytes);
    if (engine_left_ > 0) {
      --engine_left_;
      ++records_[shard];
      const absl::Status put = engine_->Put(accepted_ns, record.key, record.bytes, hash_key);
      if (!put.ok()) return put;
    }
    return Step{shard, accepted_ns};
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
  const ShardMap& shards_;
  std::unique_ptr<Strategy> strategy_;
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
  std::vector<Player> players;
  for (size_t i = 0; i < kinds.size(); ++i) {
    players.emplace_back(kinds[i], context, scenario, engines[i].get());
  }
  Pace pace = scenario.pace;
  ReadOrder order(kinds.size(), context.shards.size(), scenario.order);
  const bool watch_order = std::any_of(players.begin(), players.end(), [](const Player& player) {
    return player.may_break_order();
  });
  const absl::Status status =
      ForSoManyRecords(scenario.records, source, progress, [&](const KeyRecord& record) {
        const int64_t arrival_ns = pace.Next(record.unix_time_ns);
        const bool watched = watch_order && order.Touch(Fingerprint(record.key));
        for (size_t i = 0; i < players.size(); ++i) {
          const absl::StatusOr<Player::Step> step = players[i].Play(arrival_ns, record);
          if (!step.ok()) return step.status();
          if (watched && players[i].may_break_order()) {
            order.Mark(i, step->shard, step->accepted_ns);
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
