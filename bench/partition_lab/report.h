// LabReport: all that a run of the lab has found, as plain values. report_text.h, report_json.h,
// report_csv.h and report_html.h show it.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/lab/advice.h"
#include "kinesis_core/lab/counting.h"
#include "kinesis_core/lab/key_counts.h"
#include "kinesis_core/lab/key_moves.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/load_stats.h"
#include "kinesis_core/lab/load_windows.h"
#include "kinesis_core/lab/prices.h"
#include "kinesis_core/lab/simulation_options.h"
#include "kinesis_core/lab/simulation_report.h"

namespace kinesis::lab {

// The settings that a report was made with: the same again give the same report.
struct RunReport {
  uint64_t seed = 0;
  // The flags of the program that decide what is in the report, in order of their names; none if it
  // was made by a call.
  std::vector<std::pair<std::string, std::string>> flags;
};

struct InputReport {
  std::string description;
  uint64_t records = 0;
  uint64_t bytes = 0;  // of data and keys
  double distinct_keys = 0;
  bool distinct_is_exact = true;
  // Keys that the distinct number, keys per shard, order and moves are estimated from.
  uint64_t keys_sampled = 0;
  // The keys with the most records, and those with the most bytes. Counts may be too small by so
  // much: 0 if they are exact.
  std::vector<KeyLoad> hottest;
  std::vector<KeyLoad> hottest_by_bytes;
  uint64_t count_error_max = 0;
  uint64_t bytes_error_max = 0;
  // Stretches of the records' own time, if they have any; the first begins with the first record.
  std::vector<LoadWindow> windows;
  int64_t first_unix_ns = 0;
  std::vector<SkippedLines> skipped;
  std::vector<std::string> notes;  // remarks on the records: KeySource::notes
};

// The conditions that the records met in the simulation.
struct ScenarioReport {
  double records_per_second = 0;  // 0: the records' own times
  uint64_t records = 0;           // all of the input, several times over if need be
  uint64_t engine_records = 0;    // the first of them, which also went through the engine
  double seconds = 0;             // until the last arrival
  WriteLimits limits;
  // All of the load against what all shards accept, by records and by bytes. Above 1 the stream is
  // too small, whatever the strategy.
  double records_utilization = 0;
  double bytes_utilization = 0;
  int64_t least_shards = 0;  // that can hold the load, were it spread evenly
  ReaderOptions readers;
  double poll_seconds = 0;  // between two reads of a shard, for what is read out of order
  AggregationOptions aggregation;

  double utilization() const { return std::max(records_utilization, bytes_utilization); }
};

// The results of one strategy on one shard map.
struct StrategyReport {
  std::string name;
  std::string summary;
  std::vector<HashKeyRange> shards;
  ShardLoads loads;
  LoadStats by_records;
  LoadStats by_bytes;
  // By whichever limit each shard comes nearer to (load_scale.h); totals and means are on that
  // scale.
  LoadStats by_load;
  std::vector<double> keys;            // distinct ones on each shard
  std::optional<KeyLoad> hottest_key;  // of the hottest shard, by load, with what it has there
  double hottest_key_share = 0;  // of that shard's load, by the limit that the key is nearer to
  // Order per key survives if all records of a key go to one shard: there is no order between
  // shards. Shares are of the keys that came more than once.
  double repeated_keys = 0;
  double spread_share = 0;  // of them went to several shards
  KeyMoves moves;
  std::optional<double> nanos_per_key;
  std::optional<ReplayReport> replay;
  std::optional<ShardsNeeded> needed;
  // Dollars a month, provisioned: with these shards, and with those needed. Nothing where Kinesis
  // has the strategy on demand only.
  std::optional<double> month;
  std::optional<double> month_needed;
};

// A key that has more than its shard's even part of the load, or more than a shard takes.
struct HotKey {
  std::string key;
  double records_share = 0;    // of all records
  double bytes_share = 0;      // of all bytes
  bool by_bytes = false;       // it is nearer to the limit on bytes
  double over_mean = 0;        // its load against the mean of the shards
  uint64_t salt_to_mean = 1;   // buckets that bring each below the mean of a shard
  uint64_t salt_to_limit = 1;  // buckets that each fit the limits of a shard at the scenario's rate

  double share() const { return by_bytes ? bytes_share : records_share; }
};

struct AdviceReport {
  std::string strategy;
  size_t shards = 0;  // asked for
  bool histogram_is_exact = true;
  double tolerance = 0;
  Advice advice;
  // The reason for which the calls are not advised although there are some: the engine has shown
  // that they do not help. Empty if they are advised, or there are none.
  std::string why_not;
  std::vector<HotKey> hot_keys;  // hottest first
  // The same records after the plan has been applied in the engine; nothing if it has no calls.
  std::optional<StrategyReport> after;

  // The time of the calls, and a script that makes them, if they are advised (plan_script.h).
  double seconds = 0;
  std::string script;

  bool is_advised() const { return why_not.empty() && !advice.plan.steps.empty(); }
};

// Dollars a month at the scenario's rate, whatever the strategy.
struct PriceReport {
  Prices prices;
  BilledLoad load;
  double on_demand_month = 0;
  double advantage_month = 0;
};

struct LabReport {
  RunReport run;
  InputReport input;
  std::optional<ScenarioReport> scenario;
  double throttled_max = 0;  // the share that the shards needed are found for
  std::vector<StrategyReport> strategies;
  std::optional<PriceReport> price;
  std::optional<AdviceReport> advice;
  std::string no_advice;  // the reason if advice was asked for and there is none
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_H_
