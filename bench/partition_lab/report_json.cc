#include "bench/partition_lab/report_json.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>

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

Json InputJson(const InputReport& input) {
  Json json = {{"description", input.description},
               {"records", input.records},
               {"bytes", input.bytes},
               {"distinct_keys", input.distinct_keys},
               {"distinct_keys_exact", input.distinct_is_exact},
               {"keys_sampled", input.keys_sampled},
               {"count_error_max", input.count_error_max},
               {"hottest_keys", Json::array()},
               {"skipped", Json::array()}};
  for (const KeyLoad& key : input.hottest) json["hottest_keys"].push_back(KeyJson(key));
  for (const SkippedLines& skipped : input.skipped) {
    json["skipped"].push_back(
        {{"reason", skipped.reason}, {"count", skipped.count}, {"first", skipped.first}});
  }
  return json;
}

Json ScenarioJson(const ScenarioReport& scenario) {
  return {{"records_per_second",
           scenario.records_per_second > 0 ? Json(scenario.records_per_second) : Json(nullptr)},
          {"records", scenario.records},
          {"seconds", scenario.seconds},
          {"shard_records_per_second", scenario.limits.records_per_second},
          {"shard_bytes_per_second", scenario.limits.bytes_per_second}};
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
    const Json throttled =
        report.played ? Json(report.played->throttle.throttled_per_shard[i]) : Json(nullptr);
    shards.push_back({{"starting_hash_key", report.shards[i].start().ToString()},
                      {"ending_hash_key", report.shards[i].end().ToString()},
                      {"records", report.loads.records[i]},
                      {"bytes", report.loads.bytes[i]},
                      {"keys", report.keys[i]},
                      {"throttled", throttled}});
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
          {"throttled", throttle.throttled},
          {"throttled_share", throttle.throttled_share()},
          {"delay_p50", Seconds(static_cast<double>(throttle.delay_p50_ns))},
          {"delay_p99", Seconds(static_cast<double>(throttle.delay_p99_ns))},
          {"delay_max", Seconds(static_cast<double>(throttle.delay_max_ns))},
          {"last_arrival", Seconds(static_cast<double>(throttle.last_arrival_ns))},
          {"last_acceptance", Seconds(static_cast<double>(throttle.last_acceptance_ns))}};
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
  json["share_of_shard"] = report.hottest_key_share();
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
          {"hottest_key_of_hottest_shard", HottestKeyJson(report)},
          {"order_per_key",
           {{"survives", report.spread_share == 0},
            {"repeated_keys", report.repeated_keys},
            {"spread_share", report.spread_share}}},
          {"moved_keys",
           {{"split", OrNull(report.moves.split)},
            {"merge", OrNull(report.moves.merge)},
            {"grow", OrNull(report.moves.grow)}}},
          {"nanoseconds_per_key", OrNull(report.nanos_per_key)},
          {"throttling", report.played ? ThrottlingJson(report.played->throttle) : Json(nullptr)},
          {"shards_needed", NeededJson(report.needed)},
          {"shards", ShardsJson(report)},
          {"lorenz", LorenzJson(report.loads)},
          {"series", report.played ? SeriesJson(report.played->series) : Json(nullptr)}};
}

Json StepJson(const ReshardStep& step) {
  if (step.kind == ReshardStep::Kind::kSplit) {
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

Json AdviceJson(const AdviceReport& report) {
  const Advice& advice = report.advice;
  const auto over_mean = [&advice](uint64_t load) {
    return static_cast<double>(load) / advice.mean;
  };
  Json json = {{"strategy", report.strategy},
               {"shards", report.shards},
               {"balances", report.by_bytes ? "bytes" : "records"},
               {"exact", report.histogram_is_exact},
               {"tolerance", report.tolerance},
               {"max_over_mean_before", over_mean(advice.hottest_before)},
               {"max_over_mean_after", over_mean(advice.hottest_after)},
               {"max_over_mean_optimum", over_mean(advice.hottest_optimum)},
               {"capped", advice.is_capped()},
               {"open_shards_max", advice.plan.shards_max},
               {"calls", Json::array()},
               {"choices", Json::array()},
               {"hot_keys", Json::array()}};
  for (const ReshardStep& step : advice.plan.steps) json["calls"].push_back(StepJson(step));
  for (const Advice::Choice& choice : advice.choices) {
    json["choices"].push_back(
        {{"calls", choice.calls}, {"max_over_mean", over_mean(choice.hottest)}});
  }
  for (const HotKey& hot : report.hot_keys) {
    json["hot_keys"].push_back({{"key", hot.key},
                                {"share", hot.share},
                                {"over_mean", hot.over_mean},
                                {"salt_to_mean", hot.salt_to_mean},
                                {"salt_to_limit", hot.salt_to_limit}});
  }
  json["after"] = StrategyJson(report.after);
  return json;
}

}  // namespace

std::string ToJson(const LabReport& report, bool pretty) {
  Json json = {{"input", InputJson(report.input)},
               {"scenario", report.scenario ? ScenarioJson(*report.scenario) : Json(nullptr)},
               {"throttled_max", report.throttled_max},
               {"strategies", Json::array()},
               {"advice", report.advice ? AdviceJson(*report.advice) : Json(nullptr)},
               {"no_advice", report.no_advice.empty() ? Json(nullptr) : Json(report.no_advice)}};
  for (const StrategyReport& one : report.strategies) {
    json["strategies"].push_back(StrategyJson(one));
  }
  // Keys are UTF-8, but a path in the description may be anything.
  return json.dump(pretty ? 1 : -1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kinesis::lab
