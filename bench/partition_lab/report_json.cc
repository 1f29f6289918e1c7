#include "kinesis_core/lab/report_json.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>

#include "nlohmann/json.hpp"

namespace kinesis::lab {
namespace {

using Json = nlohmann::ordered_json;

// Curves have so many points at most, and load over time is given for the hottest shards only.
constexpr size_t kLorenzPointsMax = 257;
constexpr size_t kSeriesShardsMax = 64;

double Seconds(double nanoseconds) { return nanoseconds / 1e9; }

template <class T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json KeyJson(const KeyLoad& key) {
  return {{"key", key.key}, {"records", key.records}, {"bytes", key.bytes}};
}

Json RunJson(const RunReport& run) {
  Json flags = Json::object();
  for (const auto& [name, value] : run.flags) flags[name] = value;
  return {{"seed", run.seed}, {"flags", flags}};
}

Json WindowJson(const LoadWindow& window) {
  const auto key_or_null = [](const std::optional<KeyLoad>& key) {
    return key ? KeyJson(*key) : Json(nullptr);
  };
  return {{"start", Seconds(static_cast<double>(window.start_ns))},
          {"seconds", Seconds(static_cast<double>(window.length_ns))},
          {"records", window.records},
          {"bytes", window.bytes},
          {"hottest_key", key_or_null(window.hottest)},
          {"hottest_key_by_bytes", key_or_null(window.hottest_by_bytes)}};
}

Json InputJson(const InputReport& input) {
  Json json = {{"description", input.description},
               {"records", input.records},
               {"bytes", input.bytes},
               {"distinct_keys", input.distinct_keys},
               {"distinct_keys_exact", input.distinct_is_exact},
               {"keys_sampled", input.keys_sampled},
               {"count_error_max", input.count_error_max},
               {"bytes_error_max", input.bytes_error_max},
               {"hottest_keys", Json::array()},
               {"hottest_keys_by_bytes", Json::array()},
               {"first_unix_time", nullptr},
               {"windows", Json::array()},
               {"skipped", Json::array()},
               {"notes", input.notes}};
  for (const KeyLoad& key : input.hottest) json["hottest_keys"].push_back(KeyJson(key));
  for (const KeyLoad& key : input.hottest_by_bytes) {
    json["hottest_keys_by_bytes"].push_back(KeyJson(key));
  }
  if (!input.windows.empty()) {
    json["first_unix_time"] = Seconds(static_cast<double>(input.first_unix_ns));
  }
  for (const LoadWindow& window : input.windows) json["windows"].push_back(WindowJson(window));
  for (const SkippedLines& skipped : input.skipped) {
    json["skipped"].push_back(
        {{"reason", skipped.reason}, {"count", skipped.count}, {"first", skipped.first}});
  }
  return json;
}

// Whole numbers as such.
Json Rate(double per_second) {
  if (per_second == std::floor(per_second)) return static_cast<uint64_t>(per_second);
  return per_second;
}

Json ScenarioJson(const ScenarioReport& scenario) {
  const uint64_t read_rate = scenario.readers.records_per_second;
  return {{"records_per_second",
           scenario.records_per_second > 0 ? Rate(scenario.records_per_second) : Json(nullptr)},
          {"records", scenario.records},
          {"engine_records", scenario.engine_records},
          {"seconds", scenario.seconds},
          {"shard_records_per_second", scenario.limits.records_per_second},
          {"shard_bytes_per_second", scenario.limits.bytes_per_second},
          {"stream_utilization",
           {{"records", scenario.records_utilization}, {"bytes", scenario.bytes_utilization}}},
          {"least_shards", scenario.least_shards},
          {"reader",
           {{"records_per_second", read_rate > 0 ? Json(read_rate) : Json(nullptr)},
            {"bytes_per_second", scenario.readers.bytes_per_second},
            {"poll", scenario.poll_seconds}}},
          {"aggregation",
           {{"bytes_max", scenario.aggregation.bytes_max},
            {"wait", Seconds(static_cast<double>(scenario.aggregation.wait_ns))}}}};
}

Json StatsJson(const LoadStats& stats) {
  return {{"total", stats.total},
          {"mean", stats.mean},
          {"max_over_mean", stats.max_over_mean},
          {"coefficient_of_variation", stats.coefficient_of_variation},
          {"gini", stats.gini},
          {"hottest_shard", stats.hottest},
          {"hottest_share", stats.hottest_share},
          {"idle_shards", stats.idle}};
}

Json ShardsJson(const StrategyReport& report) {
  Json shards = Json::array();
  for (size_t i = 0; i < report.shards.size(); ++i) {
    Json shard = {{"starting_hash_key", report.shards[i].start().ToString()},
                  {"ending_hash_key", report.shards[i].end().ToString()},
                  {"records", report.loads.records[i]},
                  {"bytes", report.loads.bytes[i]},
                  {"keys", report.keys[i]},
                  {"utilization", nullptr},
                  {"over_capacity", nullptr},
                  {"queued", nullptr},
                  {"dropped", nullptr},
                  {"lag_max", nullptr},
                  {"lag_last", nullptr}};
    if (report.replay) {
      const ThrottleReport& throttle = report.replay->throttle;
      const ShardLag& lag = report.replay->lags[i];
      shard["utilization"] = throttle.utilization_per_shard[i];
      shard["over_capacity"] = throttle.over_capacity_per_shard[i];
      shard["queued"] = throttle.queued_per_shard[i];
      shard["dropped"] = throttle.dropped_per_shard[i];
      shard["lag_max"] = Seconds(static_cast<double>(lag.max_ns));
      shard["lag_last"] = Seconds(static_cast<double>(lag.last_ns));
    }
    shards.push_back(std::move(shard));
  }
  return shards;
}

// Points of the Lorenz curve of records: [share of shards, share of load].
Json LorenzJson(const ShardLoads& loads) {
  const std::vector<double> curve = LorenzCurve(loads.records);
  const size_t last = curve.size() - 1;
  const size_t steps = std::min(last, kLorenzPointsMax - 1);
  Json points = Json::array();
  for (size_t step = 0; step <= steps; ++step) {
    const size_t i = step * last / steps;
    points.push_back({static_cast<double>(i) / static_cast<double>(last), curve[i]});
  }
  return points;
}

Json ThrottlingJson(const ThrottleReport& throttle) {
  return {{"records", throttle.records},
          {"over_capacity", throttle.over_capacity},
          {"over_capacity_share", throttle.over_capacity_share()},
          {"window", Seconds(static_cast<double>(throttle.window_ns))},
          {"peak",
           {{"shard", throttle.peak.shard},
            {"start", Seconds(static_cast<double>(throttle.peak.start_ns))},
            {"utilization", throttle.peak.utilization}}},
          {"queued", throttle.queued},
          {"queued_share", throttle.queued_share()},
          {"delay_p50", Seconds(static_cast<double>(throttle.delay_p50_ns))},
          {"delay_p99", Seconds(static_cast<double>(throttle.delay_p99_ns))},
          {"delay_max", Seconds(static_cast<double>(throttle.delay_max_ns))},
          {"delays_exact", throttle.delays_exact},
          {"last_arrival", Seconds(static_cast<double>(throttle.last_arrival_ns))},
          {"last_acceptance", Seconds(static_cast<double>(throttle.last_acceptance_ns))},
          {"dropped", throttle.dropped},
          {"dropped_share", throttle.dropped_share()}};
}

Json AggregatedJson(const AggregationReport& aggregated) {
  return {{"records", aggregated.records},
          {"bytes", aggregated.bytes},
          {"put_units", aggregated.put_units},
          {"over_capacity_share", aggregated.over_capacity_share}};
}

Json SeriesJson(const LoadSeries& series) {
  std::vector<size_t> shards(series.records.size());
  std::iota(shards.begin(), shards.end(), 0);
  if (shards.size() > kSeriesShardsMax) {
    const auto total = [&series](size_t shard) {
      const std::vector<uint64_t>& records = series.records[shard];
      return std::accumulate(records.begin(), records.end(), uint64_t{0});
    };
    std::stable_sort(shards.begin(), shards.end(),
                     [&total](size_t a, size_t b) { return total(a) > total(b); });
    shards.resize(kSeriesShardsMax);
    std::sort(shards.begin(), shards.end());
  }
  Json json = {{"interval", Seconds(static_cast<double>(series.interval_ns))},
               {"shards", shards},
               {"records", Json::array()},
               {"bytes", Json::array()}};
  for (const size_t shard : shards) {
    json["records"].push_back(series.records[shard]);
    json["bytes"].push_back(series.bytes[shard]);
  }
  return json;
}

Json HottestKeyJson(const StrategyReport& report) {
  if (!report.hottest_key) return nullptr;
  Json json = KeyJson(*report.hottest_key);
  json["share_of_shard"] = report.hottest_key_share;
  return json;
}

Json NeededJson(const std::optional<ShardsNeeded>& needed) {
  if (!needed) return nullptr;
  return {{"shards", OrNull(needed->shards)}, {"shards_tried", needed->shards_tried}};
}

Json StrategyJson(const StrategyReport& report) {
  return {{"name", report.name},
          {"summary", report.summary},
          {"by_records", StatsJson(report.by_records)},
          {"by_bytes", StatsJson(report.by_bytes)},
          {"by_load", StatsJson(report.by_load)},
          {"hottest_key_of_hottest_shard", HottestKeyJson(report)},
          {"order_per_key",
           {{"survives", report.spread_share == 0},
            {"repeated_keys", report.repeated_keys},
            {"spread_share", report.spread_share},
            {"out_of_order_share",
             report.replay ? Json(report.replay->out_of_order_share) : Json(nullptr)}}},
          {"moved_keys",
           {{"split", OrNull(report.moves.split)},
            {"merge", OrNull(report.moves.merge)},
            {"grow", OrNull(report.moves.grow)}}},
          {"nanoseconds_per_key", OrNull(report.nanos_per_key)},
          {"throttling", report.replay ? ThrottlingJson(report.replay->throttle) : Json(nullptr)},
          {"aggregated", report.replay ? AggregatedJson(report.replay->aggregated) : Json(nullptr)},
          {"shards_needed", NeededJson(report.needed)},
          {"month", OrNull(report.month)},
          {"month_with_shards_needed", OrNull(report.month_needed)},
          {"shards", ShardsJson(report)},
          {"lorenz", LorenzJson(report.loads)},
          {"series", report.replay ? SeriesJson(report.replay->series) : Json(nullptr)}};
}

Json StepJson(const SplitMergeStep& step) {
  if (step.kind == SplitMergeStep::Kind::kSplit) {
    return {{"call", "SplitShard"},
            {"shard", step.shard},
            {"starting_hash_key", step.range.start().ToString()},
            {"ending_hash_key", step.range.end().ToString()},
            {"new_starting_hash_key", step.new_start.ToString()},
            {"children", {step.first_child, step.first_child + 1}}};
  }
  return {{"call", "MergeShards"},
          {"shard", step.shard},
          {"starting_hash_key", step.range.start().ToString()},
          {"ending_hash_key", step.range.end().ToString()},
          {"adjacent_shard", step.adjacent_shard},
          {"children", Json::array({step.first_child})}};
}

// A load of the hottest shard against the mean.
Json HottestJson(const Advice::Hottest& hottest) {
  const auto over_mean = [&hottest](uint64_t load) {
    return hottest.mean > 0 ? static_cast<double>(load) / hottest.mean : 1.0;
  };
  return {{"now", over_mean(hottest.now)},
          {"plan", over_mean(hottest.plan)},
          {"best", over_mean(hottest.best)}};
}

Json RejectedJson(const AdviceReport& report) {
  if (report.why_not.empty()) return nullptr;
  Json json = {{"calls", report.advice.plan.steps.size()}, {"why", report.why_not}};
  if (report.after && report.after->replay) {
    json["throttling"] = ThrottlingJson(report.after->replay->throttle);
  }
  return json;
}

Json HotKeyJson(const HotKey& hot) {
  return {{"key", hot.key},
          {"share", hot.share()},
          {"share_of", hot.by_bytes ? "bytes" : "records"},
          {"records_share", hot.records_share},
          {"bytes_share", hot.bytes_share},
          {"over_mean", hot.over_mean},
          {"salt_to_mean", hot.salt_to_mean},
          {"salt_to_limit", hot.salt_to_limit}};
}

Json AdviceJson(const AdviceReport& report) {
  const Advice& advice = report.advice;
  Json json = {{"strategy", report.strategy},
               {"shards", report.shards},
               {"exact", report.histogram_is_exact},
               {"tolerance", report.tolerance},
               {"max_over_mean", HottestJson(advice.hottest)},
               {"heavy_points", advice.heavy_points},
               {"max_over_mean_without_heavy_points",
                advice.heavy_points > 0 ? HottestJson(advice.without_heavy) : Json(nullptr)},
               {"open_shards_max", advice.plan.shards_max},
               {"rejected", RejectedJson(report)},
               {"calls", Json::array()},
               {"seconds", nullptr},
               {"script", nullptr},
               {"choices", Json::array()},
               {"hot_keys", Json::array()},
               {"after", nullptr}};
  for (const HotKey& hot : report.hot_keys) json["hot_keys"].push_back(HotKeyJson(hot));
  // Calls that do not help are not to be made.
  if (!report.is_advised()) return json;
  for (const SplitMergeStep& step : advice.plan.steps) json["calls"].push_back(StepJson(step));
  for (const Advice::Choice& choice : advice.choices) {
    json["choices"].push_back(
        {{"calls", choice.calls},
         {"max_over_mean", static_cast<double>(choice.hottest) / advice.hottest.mean}});
  }
  json["seconds"] = report.seconds;
  json["script"] = report.script;
  json["after"] = StrategyJson(*report.after);
  return json;
}

Json PriceJson(const PriceReport& price) {
  Json table = {{"where", price.prices.where}};
  for (const auto& [name, dollars] : PriceList(price.prices)) table[name] = dollars;
  return {{"prices", std::move(table)},
          {"put_units_per_second", price.load.put_units_per_second},
          {"on_demand_bytes_per_second", price.load.on_demand_bytes_per_second},
          {"consumers", price.load.readers},
          {"on_demand_month", price.on_demand_month},
          {"on_demand_advantage_month", price.advantage_month}};
}

}  // namespace

std::string ToJson(const LabReport& report, bool pretty) {
  Json json = {{"version", kReportVersion},
               {"run", RunJson(report.run)},
               {"input", InputJson(report.input)},
               {"scenario", report.scenario ? ScenarioJson(*report.scenario) : Json(nullptr)},
               {"throttled_max", report.throttled_max},
               {"strategies", Json::array()},
               {"price", report.price ? PriceJson(*report.price) : Json(nullptr)},
               {"advice", report.advice ? AdviceJson(*report.advice) : Json(nullptr)},
               {"no_advice", report.no_advice.empty() ? Json(nullptr) : Json(report.no_advice)}};
  for (const StrategyReport& one : report.strategies) {
    json["strategies"].push_back(StrategyJson(one));
  }
  // Keys are UTF-8, but a path in the description may be anything.
  return json.dump(pretty ? 1 : -1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kinesis::lab
