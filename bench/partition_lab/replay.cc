#include "kinesis_core/lab/replay.h"

#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "kinesis_core/lab/aggregation.h"
#include "kinesis_core/lab/fingerprint.h"
#include "kinesis_core/lab/reader_lag.h"
#include "kinesis_core/lab/record_pass.h"
#include "kinesis_core/lab/strategy_set.h"
#include "kinesis_core/lab/write_simulation.h"

namespace kinesis::lab {
namespace {

// The replay for one strategy: its records, so far.
class StrategyReplay {
 public:
  StrategyReplay(size_t shards, const Scenario& scenario, EngineStream* engine)
      : simulation_(shards, scenario.limits, scenario.duration_ns, scenario.intervals),
        lag_(shards, scenario.readers),
        aggregation_(shards, scenario.limits, scenario.aggregation, scenario.duration_ns),
        records_(shards),
        engine_left_(scenario.engine_records),
        engine_(engine) {}

  // Sends a record where the strategy places it, and returns when it is accepted.
  absl::StatusOr<int64_t> Send(int64_t arrival_ns, const KeyRecord& record,
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

  absl::StatusOr<ReplayReport> Finish() {
    const absl::Status drained = engine_->Drain();
    if (!drained.ok()) return drained;
    if (engine_->RecordsPerShard() != records_) {
      return absl::InternalError("the engine counts other records per shard than were put");
    }
    return ReplayReport{.throttle = simulation_.Report(),
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

absl::StatusOr<std::vector<ReplayReport>> Replay(
    KeySource& source, std::span<const StrategyKind> kinds, const StrategyContext& context,
    const Scenario& scenario, std::span<const std::unique_ptr<EngineStream>> engines,
    Progress& progress) {
  assert(engines.size() == kinds.size());
  const size_t shards = context.shards.size();
  StrategySet strategies;
  std::vector<StrategyReplay> replays;
  bool watch_order = false;
  for (size_t i = 0; i < kinds.size(); ++i) {
    strategies.Add(kinds[i], context);
    replays.emplace_back(shards, scenario, engines[i].get());
    if (!strategies.depends_on_key_alone(i)) watch_order = true;
  }
  Pace pace = scenario.pace;
  ReadOrder order(kinds.size(), shards, scenario.order);
  const absl::Status status =
      ForSoManyRecords(scenario.records, source, progress, [&](const KeyRecord& record) {
        const int64_t arrival_ns = pace.Next(record.unix_time_ns);
        const bool watched = watch_order && order.Touch(Fingerprint(record.key));
        const std::span<const StrategySet::Placement> placements = strategies.Place(record);
        for (size_t i = 0; i < replays.size(); ++i) {
          const absl::StatusOr<int64_t> accepted_ns =
              replays[i].Send(arrival_ns, record, placements[i]);
          if (!accepted_ns.ok()) return accepted_ns.status();
          if (watched && !strategies.depends_on_key_alone(i)) {
            order.Mark(i, placements[i].shard, *accepted_ns);
          }
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  std::vector<ReplayReport> reports;
  for (size_t i = 0; i < replays.size(); ++i) {
    absl::StatusOr<ReplayReport> report = replays[i].Finish();
    if (!report.ok()) return report.status();
    report->out_of_order_share = order.OutOfOrderShare(i);
    reports.push_back(*std::move(report));
  }
  return reports;
}

}  // namespace kinesis::lab
