#include "bench/partition_lab/playing.h"

#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "bench/partition_lab/record_pass.h"
#include "kinesis_core/hash_key.h"

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
        records_(shards_.size()),
        engine_(engine) {}

  absl::Status Play(int64_t arrival_ns, const KeyRecord& record) {
    const HashKey hash_key = strategy_->Place(record.key, record.bytes);
    const size_t shard = shards_.IndexOf(hash_key);
    const int64_t accepted_ns = simulation_.Offer(shard, arrival_ns, record.bytes);
    ++records_[shard];
    return engine_->Put(accepted_ns, record.key, record.bytes, hash_key);
  }

  absl::StatusOr<Played> Finish() {
    const absl::Status drained = engine_->Drain();
    if (!drained.ok()) return drained;
    if (engine_->RecordsPerShard() != records_) {
      return absl::InternalError("the engine counts other records per shard than were put");
    }
    return Played{simulation_.Report(), simulation_.series()};
  }

 private:
  const ShardMap& shards_;
  std::unique_ptr<Strategy> strategy_;
  WriteSimulation simulation_;
  std::vector<uint64_t> records_;
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
  const absl::Status status =
      ForSoManyRecords(scenario.records, source, progress, [&](const KeyRecord& record) {
        const int64_t arrival_ns = pace.Next(record.unix_time_ns);
        for (Player& player : players) {
          const absl::Status played = player.Play(arrival_ns, record);
          if (!played.ok()) return played;
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  std::vector<Played> all;
  for (Player& player : players) {
    absl::StatusOr<Played> played = player.Finish();
    if (!played.ok()) return played.status();
    all.push_back(*std::move(played));
  }
  return all;
}

}  // namespace kinesis::lab
