// Replay: the records run through the engine under Kinesis's write limits in simulated time, once
// for each strategy.
//
// The producer keeps one queue for each shard and sends a record the moment the shard accepts it,
// so delays are the least that any producer could reach. Shards do not wait for one another, and
// every queue is in order, so a record can be put as soon as the time of its acceptance is known:
// at its arrival. No queue is held in memory.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPLAY_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPLAY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/engine_stream.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/pace.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/read_order.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/simulation_report.h"
#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// The records to replay, and the world that they meet.
struct Scenario {
  Pace pace = Pace::Even(1);
  uint64_t records = 0;     // if more than the source has, it begins anew
  int64_t duration_ns = 0;  // about when the last one arrives
  WriteLimits limits = {};
  size_t intervals = 60;  // of the series
  // So many records go through the engine; the rest of a long run is computed alone.
  uint64_t engine_records = std::numeric_limits<uint64_t>::max();
  ReadOrder::Options order = {};
  ReaderOptions readers = {};
  AggregationOptions aggregation = {};
};

// Replays the scenario for each of `kinds`. `engines` has a stream of the engine for each, whose
// shards are those of the context. kInternal: an engine did not store what it should. Otherwise an
// error of the source.
absl::StatusOr<std::vector<ReplayReport>> Replay(
    KeySource& source, std::span<const StrategyKind> kinds, const StrategyContext& context,
    const Scenario& scenario, std::span<const std::unique_ptr<EngineStream>> engines,
    Progress& progress);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPLAY_H_
