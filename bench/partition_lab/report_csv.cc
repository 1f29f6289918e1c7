#include "kinesis_core/lab/report_csv.h"

#include <cstddef>
#include <string_view>
#include <vector>

#include "kinesis_core/lab/text_table.h"

namespace kinesis::lab {
namespace {

std::string Quoted(std::string_view field) {
  if (field.find_first_of("\",\r\n") == field.npos) return std::string(field);
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void AppendRecord(const std::vector<std::string>& fields, std::string* text) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) *text += ',';
    *text += Quoted(fields[i]);
  }
  *text += "\r\n";
}

std::string Number(double value) { return Fixed(value, 6); }

std::string Seconds(uint64_t nanoseconds) {
  return Fixed(static_cast<double>(nanoseconds) / 1e9, 9);
}

// The fields that are the same for all shards of a strategy; empty where nothing was measured.
std::vector<std::string> StrategyFields(const StrategyReport& report) {
  std::vector<std::string> fields = {
      Number(report.by_records.max_over_mean), Number(report.by_records.coefficient_of_variation),
      Number(report.by_records.gini), Number(report.by_bytes.max_over_mean),
      Number(report.spread_share)};
  for (const auto& share : {report.moves.split, report.moves.merge, report.moves.grow}) {
    fields.push_back(share ? Number(*share) : "");
  }
  fields.push_back(report.nanos_per_key ? Number(*report.nanos_per_key) : "");
  if (report.replay) {
    const ThrottleReport& throttle = report.replay->throttle;
    fields.insert(fields.end(),
                  {Number(throttle.over_capacity_share()), Number(throttle.queued_share()),
                   Seconds(throttle.delay_p50_ns), Seconds(throttle.delay_p99_ns),
                   Seconds(throttle.delay_max_ns), Number(throttle.dropped_share()),
                   Number(report.replay->out_of_order_share)});
  } else {
    fields.insert(fields.end(), 7, "");
  }
  const bool found = report.needed && report.needed->shards;
  fields.push_back(found ? std::to_string(*report.needed->shards) : "");
  for (const auto& month : {report.month, report.month_needed}) {
    fields.push_back(month ? Fixed(*month, 2) : "");
  }
  return fields;
}

void AppendStrategy(const StrategyReport& report, const std::string& name, std::string* text) {
  const std::vector<std::string> of_strategy = StrategyFields(report);
  for (size_t shard = 0; shard < report.shards.size(); ++shard) {
    std::vector<std::string> fields = {name,
                                       std::to_string(shard),
                                       report.shards[shard].start().ToString(),
                                       report.shards[shard].end().ToString(),
                                       std::to_string(report.loads.records[shard]),
                                       std::to_string(report.loads.bytes[shard]),
                                       Fixed(report.keys[shard], 0)};
    if (report.replay) {
      const ThrottleReport& throttle = report.replay->throttle;
      fields.insert(fields.end(),
                    {Number(throttle.utilization_per_shard[shard]),
                     Number(throttle.over_capacity_per_shard[shard]),
                     std::to_string(throttle.queued_per_shard[shard]),
                     std::to_string(throttle.dropped_per_shard[shard]),
                     Number(static_cast<double>(report.replay->lags[shard].max_ns) / 1e9)});
    } else {
      fields.insert(fields.end(), 5, "");
    }
    fields.insert(fields.end(), of_strategy.begin(), of_strategy.end());
    AppendRecord(fields, text);
  }
}

}  // namespace

std::string ToCsv(const LabReport& report) {
  std::string text;
  AppendRecord({"strategy",
                "shard",
                "starting_hash_key",
                "ending_hash_key",
                "records",
                "bytes",
                "keys",
                "utilization",
                "over_capacity",
                "queued",
                "dropped",
                "lag_max",
                "max_over_mean",
                "coefficient_of_variation",
                "gini",
                "bytes_max_over_mean",
                "spread_share",
                "moved_by_split",
                "moved_by_merge",
                "moved_by_grow",
                "nanoseconds_per_key",
                "over_capacity_share",
                "queued_share",
                "delay_p50",
                "delay_p99",
                "delay_max",
                "dropped_share",
                "out_of_order_share",
                "shards_needed",
                "month",
                "month_with_shards_needed"},
               &text);
  for (const StrategyReport& one : report.strategies) AppendStrategy(one, one.name, &text);
  if (report.advice && report.advice->is_advised()) {
    AppendStrategy(*report.advice->after, report.advice->strategy + " after plan", &text);
  }
  return text;
}

}  // namespace kinesis::lab
