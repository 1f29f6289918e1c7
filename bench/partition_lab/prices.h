// Prices: the cost of a stream in a month. The one table of prices is in prices.cc, with its date;
// every entry can be replaced.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_PRICES_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_PRICES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace kinesis::lab {

// A payload unit of a put: each record is charged for one for every 25 KiB that it begins.
inline constexpr uint64_t kPutUnitBytes = 25 * 1'024;
inline uint64_t PutUnits(uint64_t bytes) {
  return bytes == 0 ? 1 : (bytes + kPutUnitBytes - 1) / kPutUnitBytes;
}
// On demand, each record is charged for every KiB that it begins.
inline uint64_t OnDemandBytes(uint64_t bytes) {
  return bytes == 0 ? 1'024 : (bytes + 1'023) / 1'024 * 1'024;
}

// In US dollars. A GB is 2^30 bytes, a month 730 hours, as AWS's calculator has them.
struct Prices {
  std::string where;  // the region and the date
  double shard_hour = 0;
  double million_put_units = 0;
  double on_demand_stream_hour = 0;
  double on_demand_gb_in = 0;
  double on_demand_gb_out = 0;
  // On-demand Advantage has no price for a stream, but one commits to 25 MiB a second at least
  // over all streams of an account.
  double advantage_gb_in = 0;
  double advantage_gb_out = 0;
};

// The prices of the table.
Prices DefaultPrices();

// Reads replacements for some entries of the table: "shard_hour=0.018,on_demand_gb_in=0.1". An
// entry that is replaced shows in `where`. kInvalidArgument: there is no entry of the name, or its
// price is no number of at least 0.
absl::StatusOr<Prices> ParsePrices(std::string_view text);

// The entries by name, in the table's order.
std::vector<std::pair<std::string, double>> PriceList(const Prices& prices);

// The load that one pays for, by the second.
struct BilledLoad {
  double put_units_per_second = 0;
  double on_demand_bytes_per_second = 0;
  double readers = 1;  // each reads everything once
};

// The cost at that load in dollars a month: provisioned with so many shards, on demand, and with
// On-demand Advantage.
double ProvisionedMonth(const Prices& prices, const BilledLoad& load, double shards);
double OnDemandMonth(const Prices& prices, const BilledLoad& load);
double AdvantageMonth(const Prices& prices, const BilledLoad& load);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_PRICES_H_
