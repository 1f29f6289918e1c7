// LabReport: all that a run of the lab has found, as plain values. report_text.h, report_json.h,
// report_csv.h and report_html.h show it.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/partition_lab/advice.h"
#include "bench/partition_lab/counting.h"
#include "bench/partition_lab/key_counts.h"
#include "bench/partition_lab/key_moves.h"
#include "bench/partition_lab/key_source.h"
#include "bench/partition_lab/load_stats.h"
#include "bench/partition_lab/playing.h"
#include "bench/partition_lab/shards_needed.h"
#include "kinesis_core/hash_key_range.h"

namespace kinesis::lab {

struct InputReport {
  std::string description;
  uint64_t records = 0;
  uint64_t bytes = 0;  // of data and keys
  double distinct_keys = 0;
  bool distinct_is_exact = true;
  // Keys that the distinct number, keys per shard, order and moves are estimated from.
  uint64_t keys_sampled = 0;
  // The keys with the most records. Counts may be too small by so much: 0 if they are exact.
  std::vector<KeyLoad> hottest;
  uint64_t count_error_max = 0;
  std::vector<SkippedLines> skipped;
};

// What the records met in the simulation.
struct ScenarioReport {
  uint64_t records_per_second = 0;  // 0: the records' own times
  uint64_t records = 0;             // all of the input, several times over if need be
  double seconds = 0;               // until the last arrival
  WriteLimits limits;
};

// One strategy on one shard map.
struct StrategyReport {
  std::string name;
  std::string summary;
  std::vector<HashKeyRange> shards;
  ShardLoads loads;
  LoadStats by_records;
  LoadStats by_bytes;
  std::vector<double> keys;            // distinct ones on each shard
  std::optional<KeyLoad> hottest_key;  // of the hottest shard, by records, with its load there
  // Order per key survives if all records of a key go to one shard: there is no order between
  // shards. Shares are of the keys that came more than once.
  double repeated_keys = 0;
  double spread_share = 0;  // of them went to several shards
  KeyMoves moves;
  std::optional<double> nanos_per_key;
  std::optional<Played> played;
  std::optional<ShardsNeeded> needed;

  // The share of the hottest shard's records that its hottest key has.
  double hottest_key_share() const {
    if (!hottest_key || loads.records[by_records.hottest] == 0) return 0;
    return static_cast<double>(hottest_key->records) /
           static_cast<double>(loads.records[by_records.hottest]);
  }
};

// A key that has more than its shard's even part of the load.
struct HotKey {
  std::string key;
  double share = 0;            // of the whole load
  double over_mean = 0;        // against the mean of the shards
  uint64_t salt_to_mean = 1;   // buckets that bring each below the mean of a shard
  uint64_t salt_to_limit = 1;  // buckets that each fit the limits of a shard at the scenario's rate
};

struct AdviceReport {
  std::string strategy;
  size_t shards = 0;  // asked for
  bool by_bytes = false;
  bool histogram_is_exact = true;
  double tolerance = 0;
  Advice advice;
  std::vector<HotKey> hot_keys;  // hottest first
  // The same records after the plan has been applied in the engine.
  StrategyReport after;
};

struct LabReport {
  InputReport input;
  std::optional<ScenarioReport> scenario;
  double throttled_max = 0;  // the share that the shards needed are found for
  std::vector<StrategyReport> strategies;
  std::optional<AdviceReport> advice;
  std::string no_advice;  // why there is none
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_H_
