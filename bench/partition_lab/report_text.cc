#include "kinesis_core/lab/report_text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>

#include "kinesis_core/lab/text_table.h"

namespace kinesis::lab {
namespace {

// Longer lists are cut after so many lines, and end in the number of those that are left out.
constexpr size_t kShardsListedMax = 32;
constexpr size_t kStepsListedMax = 40;
constexpr size_t kHotKeysListedMax = 10;
constexpr size_t kChoicesListedMax = 20;
constexpr size_t kMessageCharactersMax = 300;

std::string OrDash(const std::optional<double>& share) { return share ? Percent(*share) : "-"; }

std::string Rounded(double value) { return WithCommas(static_cast<uint64_t>(std::llround(value))); }

std::string Input(const InputReport& input, size_t width) {
  std::string text = "Input: " + input.description + "\n  " + WithCommas(input.records) +
                     " records, " + WithCommas(input.bytes) + " bytes with keys, " +
                     (input.distinct_is_exact ? "" : "about ") + Rounded(input.distinct_keys) +
                     " distinct keys\n";
  if (!input.distinct_is_exact) {
    text += "  (numbers of keys are estimated from a sample of " + WithCommas(input.keys_sampled) +
            " keys: within " + Percent(2.4 / std::sqrt(static_cast<double>(input.keys_sampled))) +
            " with 95 % confidence)\n";
  }
  for (const SkippedLines& skipped : input.skipped) {
    text += "  skipped " + WithCommas(skipped.count) + ": " + skipped.reason + "; first at " +
            Printable(skipped.first, kMessageCharactersMax) + "\n";
  }
  for (const std::string& note : input.notes) {
    text += "  note: " + Printable(note, kMessageCharactersMax) + "\n";
  }
  TextTable table({"hottest keys", "records", "share", "bytes"});
  for (const KeyLoad& key : input.hottest) {
    const double share = static_cast<double>(key.records) / static_cast<double>(input.records);
    table.Add({Printable(key.key), WithCommas(key.records), Percent(share), WithCommas(key.bytes)});
  }
  text += "\n" + table.ToString(width);
  // The two lists differ where a few large records make a key hot.
  if (!input.hottest.empty() && input.hottest_by_bytes[0].key != input.hottest[0].key) {
    TextTable by_bytes({"hottest keys by bytes", "bytes", "share", "records"});
    for (const KeyLoad& key : input.hottest_by_bytes) {
      const double share = static_cast<double>(key.bytes) / static_cast<double>(input.bytes);
      by_bytes.Add(
          {Printable(key.key), WithCommas(key.bytes), Percent(share), WithCommas(key.records)});
    }
    text += "\n" + by_bytes.ToString(width);
  }
  if (input.count_error_max > 0) {
    text +=
        "(counts of keys may be too small by up to " + WithCommas(input.count_error_max) + ")\n";
  }
  return text;
}

std::string Balance(const LabReport& report, size_t width) {
  const StrategyReport& first = report.strategies.front();
  const size_t shards = first.shards.size();
  TextTable table({"strategy", "max/mean", "CV", "Gini", "hottest shard", "its hottest key", "idle",
                   "bytes max/mean"});
  for (const StrategyReport& one : report.strategies) {
    table.Add({one.name, Fixed(one.by_records.max_over_mean, 3),
               Fixed(one.by_records.coefficient_of_variation, 3), Fixed(one.by_records.gini, 3),
               Percent(one.by_records.hottest_share),
               one.hottest_key ? Percent(one.hottest_key_share) + " of it" : "-",
               std::to_string(one.by_records.idle), Fixed(one.by_bytes.max_over_mean, 3)});
  }
  return "\nBalance over " + WithCommas(shards) + " shards, in records (mean " +
         Fixed(first.by_records.mean, 1) + "; an even share is " +
         Percent(1 / static_cast<double>(shards)) + ")\n" + table.ToString(width);
}

std::string OrderText(const StrategyReport& one) {
  if (one.repeated_keys == 0) return "-";
  return one.spread_share == 0 ? "survives" : "lost for " + Percent(one.spread_share);
}

std::string Keys(const LabReport& report, size_t width) {
  TextTable table({"strategy", "keys/shard min", "mean", "max", "order per key", "moved by split",
                   "by merge", "by S+1", "ns/key"});
  for (const StrategyReport& one : report.strategies) {
    const auto [least, most] = std::minmax_element(one.keys.begin(), one.keys.end());
    const double sum = std::accumulate(one.keys.begin(), one.keys.end(), 0.0);
    table.Add({one.name, Rounded(*least), Rounded(sum / static_cast<double>(one.keys.size())),
               Rounded(*most), OrderText(one), OrDash(one.moves.split), OrDash(one.moves.merge),
               OrDash(one.moves.grow), one.nanos_per_key ? Fixed(*one.nanos_per_key, 1) : "-"});
  }
  return "\nKeys: distinct ones on each shard, and the share of them that resharding moves\n" +
         table.ToString(width);
}

std::string NeededText(const std::optional<ShardsNeeded>& needed) {
  if (!needed) return "-";
  return needed->shards ? WithCommas(static_cast<uint64_t>(*needed->shards))
                        : "more than " + WithCommas(static_cast<uint64_t>(needed->shards_tried));
}

std::vector<std::string> ThrottleHeader() {
  return {"over capacity", "queued", "delay p50", "p99", "max", "dropped"};
}

std::vector<std::string> ThrottleCells(const StrategyReport& one) {
  const ThrottleReport& throttle = one.replay->throttle;
  return {Percent(throttle.over_capacity_share()),
          Percent(throttle.queued_share()),
          HumanTime(static_cast<double>(throttle.delay_p50_ns)),
          HumanTime(static_cast<double>(throttle.delay_p99_ns)),
          HumanTime(static_cast<double>(throttle.delay_max_ns)),
          Percent(throttle.dropped_share())};
}

std::string RateText(double per_second) {
  return per_second == std::floor(per_second) ? Rounded(per_second) : Fixed(per_second, 3);
}

std::string ScenarioText(const LabReport& report) {
  const ScenarioReport& scenario = *report.scenario;
  std::string text = WithCommas(scenario.records) + " records ";
  text += scenario.records_per_second > 0
              ? "at " + RateText(scenario.records_per_second) + " a second"
              : "at their own times";
  text += " for " + HumanTime(scenario.seconds * 1e9);
  const uint64_t rounds = scenario.records / report.input.records;
  if (rounds > 1) text += ", the input " + WithCommas(rounds) + " times";
  return text;
}

// The lines on the stream that hold whatever the strategy.
std::string StreamText(const LabReport& report) {
  const ScenarioReport& scenario = *report.scenario;
  const bool by_bytes = scenario.bytes_utilization > scenario.records_utilization;
  std::string text = "(" + WithCommas(scenario.limits.records_per_second) + " records and " +
                     WithCommas(scenario.limits.bytes_per_second) +
                     " bytes a second for each shard; all of them are " +
                     Percent(scenario.utilization()) + " full, by " +
                     (by_bytes ? "bytes" : "records") + ")\n";
  if (scenario.utilization() > 1) {
    text += "The stream itself is too small: no strategy fits this load into fewer than " +
            WithCommas(static_cast<uint64_t>(scenario.least_shards)) + " shards.\n";
  }
  return text;
}

std::string Throttling(const LabReport& report, size_t width) {
  if (!report.scenario) return "";
  const bool searched = report.throttled_max > 0;
  std::vector<std::string> header = {"strategy"};
  for (std::string& name : ThrottleHeader()) header.push_back(std::move(name));
  if (searched) header.push_back("shards for < " + Percent(report.throttled_max));
  TextTable table(header);
  for (const StrategyReport& one : report.strategies) {
    std::vector<std::string> cells = {one.name};
    for (std::string& cell : ThrottleCells(one)) cells.push_back(std::move(cell));
    if (searched) cells.push_back(NeededText(one.needed));
    table.Add(cells);
  }
  return "\nThrough the engine under Kinesis's limits, in simulated time: " + ScenarioText(report) +
         "\n" + StreamText(report) + table.ToString(width);
}

std::string Dollars(const std::optional<double>& month) { return month ? Fixed(*month, 2) : "-"; }

// Order, readers, packing and dollars.
std::string Choosing(const LabReport& report, size_t width) {
  if (!report.price) return "";
  TextTable table({"strategy", "read out of order", "reader lag", "over capacity if packed",
                   "$ a month", "with the shards needed"});
  for (const StrategyReport& one : report.strategies) {
    int64_t lag_ns = 0;
    for (const ShardLag& lag : one.replay->lags) lag_ns = std::max(lag_ns, lag.max_ns);
    table.Add({one.name, Percent(one.replay->out_of_order_share),
               HumanTime(static_cast<double>(lag_ns)),
               Percent(one.replay->aggregated.over_capacity_share), Dollars(one.month),
               Dollars(one.month_needed)});
  }
  return "\nWhat else to choose by\n" + table.ToString(width) +
         "On demand, $ a month: " + Fixed(report.price->on_demand_month, 2) +
         "; Advantage: " + Fixed(report.price->advantage_month, 2) + " (" +
         report.price->prices.where + ")\n";
}

// The five windows of the records' own time with the most of them.
std::string HotTimes(const InputReport& input, size_t width) {
  if (input.windows.empty()) return "";
  std::vector<LoadWindow> windows = input.windows;
  std::stable_sort(windows.begin(), windows.end(),
                   [](const LoadWindow& a, const LoadWindow& b) { return a.records > b.records; });
  windows.resize(std::min<size_t>(windows.size(), 5));
  TextTable table({"hottest times, after", "for", "records", "bytes", "hottest key", "records"});
  for (const LoadWindow& window : windows) {
    if (!window.hottest) continue;
    table.Add({HumanTime(static_cast<double>(window.start_ns)),
               HumanTime(static_cast<double>(window.length_ns)), WithCommas(window.records),
               WithCommas(window.bytes), Printable(window.hottest->key),
               WithCommas(window.hottest->records)});
  }
  return "\n" + table.ToString(width);
}

std::string AllShards(const LabReport& report, size_t width) {
  const size_t shards = report.strategies.front().shards.size();
  std::vector<std::string> header = {"shard"};
  for (const StrategyReport& one : report.strategies) header.push_back(one.name);
  TextTable table(header);
  for (size_t shard = 0; shard < std::min(shards, kShardsListedMax); ++shard) {
    std::vector<std::string> row = {std::to_string(shard)};
    for (const StrategyReport& one : report.strategies) {
      row.push_back(WithCommas(one.loads.records[shard]));
    }
    table.Add(row);
  }
  return "\nRecords on each shard\n" + table.ToString(width) +
         More(shards - std::min(shards, kShardsListedMax), "--csv and --json have all");
}

std::string StepText(const SplitMergeStep& step) {
  const std::string shard = std::to_string(step.shard);
  if (step.kind == SplitMergeStep::Kind::kSplit) {
    return "SplitShard  " + shard + " into " + std::to_string(step.first_child) + " and " +
           std::to_string(step.first_child + 1) +
           ", NewStartingHashKey=" + step.new_start.ToString();
  }
  return "MergeShards " + shard + " and " + std::to_string(step.adjacent_shard) + " into " +
         std::to_string(step.first_child);
}

std::string Plan(const AdviceReport& advice) {
  const SplitMergePlan& plan = advice.advice.plan;
  if (plan.steps.empty()) return "The shards are best left as they are.\n";
  const std::string calls = std::to_string(plan.steps.size()) + " calls";
  if (!advice.is_advised()) {
    return "The shards are best left as they are: of a plan of " + calls +
           " the engine has shown that " + advice.why_not + ".\n";
  }
  std::string text = "Plan: " + calls + ", to " + std::to_string(plan.result.size()) +
                     " shards, at most " + std::to_string(plan.shards_max) +
                     " open on the way, in about " + HumanTime(advice.seconds * 1e9) + "\n";
  const size_t listed = std::min(plan.steps.size(), kStepsListedMax);
  for (size_t i = 0; i < listed; ++i) {
    text += "  " + std::to_string(i + 1) + ". " + StepText(plan.steps[i]) + "\n";
  }
  text += More(plan.steps.size() - listed, "--plan and --json have all");
  return text;
}

std::string HotKeys(const AdviceReport& advice, bool simulated) {
  std::string text;
  const size_t listed = std::min(advice.hot_keys.size(), kHotKeysListedMax);
  for (size_t i = 0; i < listed; ++i) {
    const HotKey& hot = advice.hot_keys[i];
    text += "Key " + Printable(hot.key) + " alone has " + Percent(hot.share()) + " of the " +
            (hot.by_bytes ? "bytes" : "records") + ", " + Fixed(hot.over_mean, 2) +
            " times the mean load of a shard: no plan splits it. ";
    if (hot.over_mean > 1) {
      text +=
          "Salted into " + std::to_string(hot.salt_to_mean) + " buckets it would fit an even share";
    } else {
      text += "It fits an even share";
    }
    if (simulated) {
      text += hot.salt_to_limit > 1 ? ", and it needs " + std::to_string(hot.salt_to_limit) +
                                          " to stay within a shard's limits at this rate"
                                    : "; at this rate it stays within a shard's limits";
    }
    text += ".\n";
  }
  text += More(advice.hot_keys.size() - listed, "--json has all");
  if (advice.advice.heavy_points > 0) {
    text += "So splitting and merging alone cannot even the load out.\n";
  }
  return text;
}

std::string Effect(const StrategyReport& before, const StrategyReport& after, size_t width) {
  std::vector<std::string> header = {"", "shards", "max/mean", "CV", "Gini", "hottest shard"};
  if (after.replay) {
    for (std::string& name : ThrottleHeader()) header.push_back(std::move(name));
  }
  TextTable table(header);
  for (const StrategyReport* one : {&before, &after}) {
    const LoadStats& stats = one->by_load;
    std::vector<std::string> row = {one == &before ? "before" : "after",
                                    std::to_string(one->shards.size()),
                                    Fixed(stats.max_over_mean, 3),
                                    Fixed(stats.coefficient_of_variation, 3),
                                    Fixed(stats.gini, 3),
                                    Percent(stats.hottest_share)};
    if (one->replay) {
      for (std::string& cell : ThrottleCells(*one)) row.push_back(std::move(cell));
    }
    table.Add(row);
  }
  return "\nApplied in the engine, and the same records measured again\n" + table.ToString(width);
}

std::string HottestText(const Advice::Hottest& hottest, bool has_plan) {
  const auto over_mean = [&hottest](uint64_t load) {
    return Fixed(hottest.mean > 0 ? static_cast<double>(load) / hottest.mean : 1, 3);
  };
  return over_mean(hottest.now) + " now; " +
         (has_plan ? "the plan: " + over_mean(hottest.plan) + "; " : "") +
         "the best possible: " + over_mean(hottest.best) + "\n";
}

std::string AdviceText(const LabReport& report, size_t width) {
  if (!report.advice)
    return report.no_advice.empty() ? "" : "\nNo advice: " + report.no_advice + "\n";
  const AdviceReport& advice = *report.advice;
  const bool has_plan = advice.is_advised();
  std::string text = "\nAdvice for " + advice.strategy + " with " + std::to_string(advice.shards) +
                     " shards, each judged by the limit that it comes nearer to\nmax/mean is " +
                     HottestText(advice.advice.hottest, has_plan);
  if (advice.advice.heavy_points > 0) {
    text += "without the hot keys it is " + HottestText(advice.advice.without_heavy, has_plan);
  }
  if (!advice.histogram_is_exact) {
    text += "(too many keys for a plan by the key: it is one by 2^20 cells of the key space)\n";
  }
  text += Plan(advice) + HotKeys(advice, report.scenario.has_value());
  if (!has_plan) return text;
  if (advice.advice.choices.size() > 1) {
    TextTable table({"calls", "best max/mean"});
    const std::vector<Advice::Choice>& choices = advice.advice.choices;
    const size_t listed = std::min(choices.size(), kChoicesListedMax);
    for (size_t i = 0; i < listed; ++i) {
      const Advice::Choice& choice = choices[i];
      const double over_mean = static_cast<double>(choice.hottest) / advice.advice.hottest.mean;
      table.Add({std::to_string(choice.calls), Fixed(over_mean, 3)});
    }
    text += "\nWhat other numbers of calls can reach\n" + table.ToString(width) +
            More(choices.size() - listed, "--json has all");
  }
  for (const StrategyReport& one : report.strategies) {
    if (one.name == advice.strategy) text += Effect(one, *advice.after, width);
  }
  return text;
}

}  // namespace

std::string ToText(const LabReport& report, size_t width) {
  return Input(report.input, width) + HotTimes(report.input, width) + Balance(report, width) +
         Keys(report, width) + Throttling(report, width) + Choosing(report, width) +
         AllShards(report, width) + AdviceText(report, width);
}

}  // namespace kinesis::lab
