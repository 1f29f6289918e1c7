#include "kinesis_core/lab/checked_options.h"

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "kinesis_core/internal/base/status.h"

namespace kinesis::lab {
namespace {

absl::Status CheckStrategies(const LabOptions& options) {
  if (options.strategies.empty()) return internal::InvalidArgument("there is no strategy");
  std::set<std::string> names;
  for (const StrategyKind& kind : options.strategies) {
    if (kind.name.empty()) return internal::InvalidArgument("a strategy has no name");
    if (!names.insert(kind.name).second) {
      return internal::FieldError("strategy", kind.name, "have a name that no other one has");
    }
    if (!kind.make || kind.make({.shards = options.shards}) == nullptr) {
      return internal::FieldError("strategy", kind.name, "be made by its function");
    }
  }
  if (options.advise && *options.advise >= options.strategies.size()) {
    return internal::FieldRangeError("advise", *options.advise, "of the strategies' numbers");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOptions(const LabOptions& options) {
  struct Range {
    std::string_view field;
    double value;
    double min;
    double max;
    std::string_view text;
  };
  const Range ranges[] = {
      {"salt_buckets", 1.0 * options.salt_buckets, 1, 1e6, "[1, 1000000]"},
      {"virtual_nodes", 1.0 * options.virtual_nodes, 1, 1e4, "[1, 10000]"},
      {"memory_bytes", static_cast<double>(options.memory_bytes), 1 << 20, 0x1p40,
       "[1 MiB, 1 TiB]"},
      {"records_per_second", static_cast<double>(options.records_per_second), 0, 1e9,
       "[0, 1000000000]"},
      {"speedup", static_cast<double>(options.speedup), 1, 1e9, "[1, 1000000000]"},
      {"seconds_min", static_cast<double>(options.seconds_min), 0, 1e6, "[0, 1000000]"},
      {"limits.records_per_second", static_cast<double>(options.limits.records_per_second), 1, 1e9,
       "[1, 1000000000]"},
      {"limits.bytes_per_second", static_cast<double>(options.limits.bytes_per_second), 1, 0x1p30,
       "[1, 1 GiB]"},
      {"throttled_max", options.throttled_max, 0, 1, "[0, 1]"},
      {"shards_max", static_cast<double>(options.shards_max), 1, 1e4, "[1, 10000]"},
      {"advise_shards", static_cast<double>(options.advise_shards), 0, 1024, "[0, 1024]"},
      {"tolerance", options.tolerance, 0, 10, "[0, 10]"},
      {"readers.records_per_second", static_cast<double>(options.readers.records_per_second), 0,
       1e9, "[0, 1000000000]"},
      {"poll_ns", static_cast<double>(options.poll_ns), 1e6, 1e12, "[1 ms, 1000 s]"},
      {"aggregation.bytes_max", static_cast<double>(options.aggregation.bytes_max), 64, 1 << 20,
       "[64, 1048576]"},
      {"aggregation.wait_ns", static_cast<double>(options.aggregation.wait_ns), 0, 1e12,
       "[0, 1000 s]"},
      {"consumers", options.consumers, 0, 1e3, "[0, 1000]"},
  };
  for (const Range& range : ranges) {
    // Not a number is in no range.
    if (range.value >= range.min && range.value <= range.max) continue;
    std::ostringstream value;
    value << range.value;
    return internal::FieldRangeError(range.field, value.str(), range.text);
  }
  return CheckStrategies(options);
}

}  // namespace kinesis::lab
