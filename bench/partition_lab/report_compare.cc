#include "kinesis_core/lab/report_compare.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/lab/report_json.h"
#include "kinesis_core/lab/text_table.h"
#include "nlohmann/json.hpp"

namespace kinesis::lab {
namespace {

using Json = nlohmann::ordered_json;

absl::StatusOr<Json> ParseReport(const std::string& which, std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("version") || !json["version"].is_number_integer()) {
    return internal::InvalidArgument("the " + which +
                                     " report is no JSON of the lab: it has no "
                                     "version");
  }
  if (json["version"] != kReportVersion) {
    return internal::InvalidArgument("the " + which + " report has version " +
                                     json["version"].dump() + ", and only " +
                                     std::to_string(kReportVersion) + " can be compared");
  }
  if (!json.contains("strategies") || !json["strategies"].is_array()) {
    return internal::InvalidArgument("the " + which + " report has no list of strategies");
  }
  return json;
}

// A member however deep, or null.
Json At(const Json& json, std::string_view pointer) {
  const Json::json_pointer at{std::string(pointer)};
  return json.contains(at) ? json.at(at) : Json(nullptr);
}

std::string ShareText(double share) { return Percent(share); }
std::string FixedText(double value) { return Fixed(value, 3); }
std::string CountText(double value) { return Fixed(value, 0); }
std::string DollarText(double value) { return Fixed(value, 2); }
std::string TimeText(double seconds) { return HumanTime(seconds * 1e9); }

struct Measure {
  std::string_view name;
  std::string_view pointer;
  std::string (*text)(double value);
};

constexpr Measure kMeasures[] = {
    {"over capacity", "/throttling/over_capacity_share", &ShareText},
    {"queued", "/throttling/queued_share", &ShareText},
    {"delay p99", "/throttling/delay_p99", &TimeText},
    {"dropped", "/throttling/dropped_share", &ShareText},
    {"max/mean of the load", "/by_load/max_over_mean", &FixedText},
    {"shards needed", "/shards_needed/shards", &CountText},
    {"read out of order", "/order_per_key/out_of_order_share", &ShareText},
    {"$ a month", "/month", &DollarText},
    {"with the shards needed", "/month_with_shards_needed", &DollarText},
};

std::string Show(const Json& value, const Measure& measure) {
  return value.is_number() ? measure.text(value.get<double>()) : "-";
}

std::string Text(const Json& value) {
  return Printable(value.is_string() ? value.get<std::string>() : value.dump());
}

// The flags, and what the input was, as far as they differ.
std::string Circumstances(const Json& before, const Json& after) {
  TextTable table({"", "before", "after"});
  bool any = false;
  const auto add = [&](const std::string& name, const std::string& pointer) {
    const Json one = At(before, pointer);
    const Json other = At(after, pointer);
    if (one == other) return;
    table.Add({name, Text(one), Text(other)});
    any = true;
  };
  std::set<std::string> flags;
  for (const Json* const report : {&before, &after}) {
    const Json of_report = At(*report, "/run/flags");
    for (const auto& [name, value] : of_report.items()) flags.insert(name);
  }
  for (const std::string& flag : flags) add("--" + flag, "/run/flags/" + flag);
  add("input", "/input/description");
  add("records", "/input/records");
  add("bytes", "/input/bytes");
  add("distinct keys", "/input/distinct_keys");
  add("records a second", "/scenario/records_per_second");
  return any ? table.ToString() : "Both were made with the same flags, of the same input.\n";
}

}  // namespace

absl::StatusOr<std::string> CompareReports(std::string_view before, std::string_view after) {
  const absl::StatusOr<Json> one = ParseReport("first", before);
  if (!one.ok()) return one.status();
  const absl::StatusOr<Json> other = ParseReport("second", after);
  if (!other.ok()) return other.status();
  std::string text = Circumstances(*one, *other);
  TextTable table({"strategy", "", "before", "after"});
  std::string only_one;
  std::set<std::string> compared;
  for (const Json& strategy : (*one)["strategies"]) {
    const Json name = At(strategy, "/name");
    const Json& others = (*other)["strategies"];
    const auto found = std::find_if(others.begin(), others.end(), [&name](const Json& candidate) {
      return At(candidate, "/name") == name;
    });
    if (found == others.end()) {
      only_one += "Only the first report has " + Text(name) + ".\n";
      continue;
    }
    compared.insert(name.dump());
    std::string label = Text(name);
    for (const Measure& measure : kMeasures) {
      const std::string was = Show(At(strategy, measure.pointer), measure);
      const std::string is = Show(At(*found, measure.pointer), measure);
      if (was == is) continue;
      table.Add({label, std::string(measure.name), was, is});
      label.clear();
    }
    if (!label.empty()) table.Add({label, "nothing has changed"});
  }
  for (const Json& strategy : (*other)["strategies"]) {
    const Json name = At(strategy, "/name");
    if (!compared.contains(name.dump())) {
      only_one += "Only the second report has " + Text(name) + ".\n";
    }
  }
  return text + "\n" + table.ToString() + only_one;
}

}  // namespace kinesis::lab
