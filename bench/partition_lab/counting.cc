#include "kinesis_core/lab/counting.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "kinesis_core/lab/fingerprint.h"
#include "kinesis_core/lab/prices.h"
#include "kinesis_core/lab/record_pass.h"
#include "kinesis_core/lab/strategy_set.h"

namespace kinesis::lab {

absl::StatusOr<Survey> SurveyRecords(KeySource& source, uint64_t memory_bytes, Progress& progress) {
  Survey survey = {.keys = KeyCounts(memory_bytes)};
  progress.Begin("looking at the records");
  const absl::Status status = ForEachRecord(source, progress, [&](const KeyRecord& record) {
    if (survey.records++ == 0) survey.first_ns = record.unix_time_ns;
    survey.recorded_ns = std::max(survey.recorded_ns, record.unix_time_ns - survey.first_ns);
    survey.bytes += record.bytes;
    survey.put_units += PutUnits(record.bytes);
    survey.on_demand_bytes += OnDemandBytes(record.bytes);
    survey.keys.Add(Fingerprint(record.key), record.key, record.bytes);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (survey.records > 0) return survey;
  std::string message = "the input has no record";
  for (const SkippedLines& skipped : source.skipped()) {
    message += "; skipped " + std::to_string(skipped.count) + " (" + skipped.reason + ", first " +
               skipped.first + ")";
  }
  return absl::InvalidArgumentError(message);
}

absl::StatusOr<Counted> Count(KeySource& source, std::span<const StrategyKind> kinds,
                              const StrategyContext& context, std::optional<size_t> histogram_of,
                              uint64_t memory_bytes, int64_t recorded_ns, size_t windows,
                              Progress& progress) {
  const size_t shards = context.shards.size();
  Counted counted = {
      .sample = KeySample(kinds.size(), shards, memory_bytes / 2),
      .loads = std::vector<ShardLoads>(
          kinds.size(), {std::vector<uint64_t>(shards), std::vector<uint64_t>(shards)}),
      .histogram = std::nullopt,
      .windows = {}};
  if (histogram_of) counted.histogram.emplace(memory_bytes / 2);
  StrategySet strategies;
  for (const StrategyKind& kind : kinds) strategies.Add(kind, context);
  std::optional<LoadWindows> load_windows;
  if (windows > 0) load_windows.emplace(recorded_ns, windows);

  progress.Begin("counting");
  const absl::Status status = ForEachRecord(source, progress, [&](const KeyRecord& record) {
    const uint64_t fingerprint = Fingerprint(record.key);
    if (load_windows) load_windows->Add(fingerprint, record);
    const bool sampled = counted.sample.Touch(fingerprint, record.key);
    const std::span<const StrategySet::Placement> placements = strategies.Place(record);
    for (size_t i = 0; i < placements.size(); ++i) {
      const auto [hash_key, shard] = placements[i];
      ++counted.loads[i].records[shard];
      counted.loads[i].bytes[shard] += record.bytes;
      if (sampled) counted.sample.MarkShard(i, shard);
      if (histogram_of == i) counted.histogram->Add(hash_key, record.bytes);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (load_windows) counted.windows = std::move(*load_windows).Finish();
  return counted;
}

}  // namespace kinesis::lab
