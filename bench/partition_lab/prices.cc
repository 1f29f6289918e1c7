#include "kinesis_core/lab/prices.h"

#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "kinesis_core/internal/base/status.h"

namespace kinesis::lab {
namespace {

constexpr double kHoursPerMonth = 730;
constexpr double kSecondsPerMonth = kHoursPerMonth * 3'600;
constexpr double kGigabyte = 0x1p30;

struct Entry {
  std::string_view name;
  double Prices::*price;
  double dollars;
};

// List prices of us-east-1 as its users knew them in 2025. They change, and were not compared with
// https://aws.amazon.com/kinesis/data-streams/pricing/, so the report says where they come from and
// --prices replaces them. Extended retention, enhanced fan-out and taxes come on top.
constexpr std::string_view kWhere = "us-east-1, 2025, to be checked";
constexpr Entry kTable[] = {
    {"shard_hour", &Prices::shard_hour, 0.015},
    {"million_put_units", &Prices::million_put_units, 0.014},
    {"on_demand_stream_hour", &Prices::on_demand_stream_hour, 0.04},
    {"on_demand_gb_in", &Prices::on_demand_gb_in, 0.08},
    {"on_demand_gb_out", &Prices::on_demand_gb_out, 0.04},
    {"advantage_gb_in", &Prices::advantage_gb_in, 0.032},
    {"advantage_gb_out", &Prices::advantage_gb_out, 0.016},
};
// On-demand Advantage is charged for so many bytes a second at least.
constexpr double kAdvantageBytesMin = 25 * 0x1p20;

absl::Status Replace(std::string_view assignment, Prices* prices) {
  const size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  std::string known;
  for (const Entry& entry : kTable) {
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
    if (entry.name != name || equals == assignment.npos) continue;
    const std::string_view text = assignment.substr(equals + 1);
    double dollars = 0;
    if (!absl::SimpleAtod(absl::string_view(text.data(), text.size()), &dollars) ||
        !std::isfinite(dollars) || dollars < 0) {
      return internal::FieldError(name, std::string(text), "be a number of dollars, 0 or more");
    }
    prices->*entry.price = dollars;
    prices->where += ", " + std::string(name) + " replaced";
    return absl::OkStatus();
  }
  return internal::FieldError("price", std::string(assignment),
                              "be NAME=DOLLARS, NAME of " + known);
}

double GigabytesPerMonth(double bytes_per_second) {
  return bytes_per_second * kSecondsPerMonth / kGigabyte;
}

}  // namespace

Prices DefaultPrices() {
  Prices prices;
  prices.where = kWhere;
  for (const Entry& entry : kTable) prices.*entry.price = entry.dollars;
  return prices;
}

absl::StatusOr<Prices> ParsePrices(std::string_view text) {
  Prices prices = DefaultPrices();
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const absl::Status replaced = Replace(text.substr(0, end), &prices);
    if (!replaced.ok()) return replaced;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return prices;
}

std::vector<std::pair<std::string, double>> PriceList(const Prices& prices) {
  std::vector<std::pair<std::string, double>> list;
  for (const Entry& entry : kTable) list.emplace_back(entry.name, prices.*entry.price);
  return list;
}

double ProvisionedMonth(const Prices& prices, const BilledLoad& load, double shards) {
  return shards * kHoursPerMonth * prices.shard_hour +
         load.put_units_per_second * kSecondsPerMonth / 1e6 * prices.million_put_units;
}

double OnDemandMonth(const Prices& prices, const BilledLoad& load) {
  return kHoursPerMonth * prices.on_demand_stream_hour +
         GigabytesPerMonth(load.on_demand_bytes_per_second) *
             (prices.on_demand_gb_in + load.readers * prices.on_demand_gb_out);
}

double AdvantageMonth(const Prices& prices, const BilledLoad& load) {
  const double in = load.on_demand_bytes_per_second;
  const double out = in * load.readers;
  return GigabytesPerMonth(std::max(in, kAdvantageBytesMin)) * prices.advantage_gb_in +
         GigabytesPerMonth(std::max(out, kAdvantageBytesMin)) * prices.advantage_gb_out;
}

}  // namespace kinesis::lab
