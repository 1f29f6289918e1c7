#include "bench/partition_lab/counting.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "bench/partition_lab/fingerprint.h"
#include "bench/partition_lab/record_pass.h"
#include "kinesis_core/hash_key.h"

namespace kinesis::lab {

absl::StatusOr<Counted> Count(KeySource& source, std::span<const StrategyKind> kinds,
                              const StrategyContext& context, std::optional<size_t> histogram_of,
                              uint64_t memory_bytes, Progress& progress) {
  const size_t shards = context.shards.size();
  Counted counted = {
      .keys = KeyCounts(memory_bytes / 2),
      .sample = KeySample(kinds.size(), shards, memory_bytes / 4),
      .loads = std::vector<ShardLoads>(
          kinds.size(), {std::vector<uint64_t>(shards), std::vector<uint64_t>(shards)}),
      .histogram = std::nullopt};
  if (histogram_of) counted.histogram.emplace(memory_bytes / 4);
  std::vector<std::unique_ptr<Strategy>> strategies;
  for (const StrategyKind& kind : kinds) strategies.push_back(kind.make(context));

  int64_t first_ns = 0;
  progress.Begin("counting");
  const absl::Status status = ForEachRecord(source, progress, [&](const KeyRecord& record) {
    if (counted.records++ == 0) first_ns = record.unix_time_ns;
    counted.recorded_ns = std::max(counted.recorded_ns, record.unix_time_ns - first_ns);
    counted.bytes += record.bytes;
    const uint64_t fingerprint = Fingerprint(record.key);
    counted.keys.Add(fingerprint, record.key, record.bytes);
    const bool sampled = counted.sample.Touch(fingerprint, record.key);
    for (size_t i = 0; i < strategies.size(); ++i) {
      const HashKey hash_key = strategies[i]->Place(record.key, record.bytes);
      const size_t shard = context.shards.IndexOf(hash_key);
      ++counted.loads[i].records[shard];
      counted.loads[i].bytes[shard] += record.bytes;
      if (sampled) counted.sample.MarkShard(i, shard);
      if (histogram_of == i) counted.histogram->Add(hash_key, record.bytes);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (counted.records > 0) return counted;
  std::string message = "the input has no record";
  for (const SkippedLines& skipped : source.skipped()) {
    message += "; skipped " + std::to_string(skipped.count) + " (" + skipped.reason + ", first " +
               skipped.first + ")";
  }
  return absl::InvalidArgumentError(message);
}

}  // namespace kinesis::lab
