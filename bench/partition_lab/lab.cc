#include "bench/partition_lab/lab.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "bench/partition_lab/advice.h"
#include "bench/partition_lab/counting.h"
#include "bench/partition_lab/engine_stream.h"
#include "bench/partition_lab/hot_keys.h"
#include "bench/partition_lab/pace.h"
#include "bench/partition_lab/playing.h"
#include "bench/partition_lab/random.h"
#include "bench/partition_lab/strategy_cost.h"

namespace kinesis::lab {
namespace {

// Among so many of the most frequent keys the hottest key of a shard is looked for.
constexpr size_t kCandidates = 1'024;
// So many are shown.
constexpr size_t kHottestShown = 5;
constexpr uint64_t kDefaultRatePerShard = 800;
constexpr uint64_t kRepeatedRecordsMax = 1'000'000;
constexpr double kSecond = 1e9;

// A run, step by step.
class Lab {
 public:
  Lab(KeySource& source, const LabOptions& options, Progress& progress)
      : source_(source), options_(options), progress_(progress) {}

  absl::StatusOr<LabReport> Run() {
    for (const auto step :
         {&Lab::CountAll, &Lab::PlayAll, &Lab::SearchShardsNeeded, &Lab::AdviseAndApply}) {
      const absl::Status status = (this->*step)();
      if (!status.ok()) return status;
    }
    progress_.End();
    return std::move(report_);
  }

 private:
  using Kinds = std::span<const StrategyKind>;

  absl::Status CountAll();
  absl::Status PlayAll();
  absl::Status SearchShardsNeeded();
  absl::Status AdviseAndApply();

  StrategyContext Context(const ShardMap& shards) const {
    return {.shards = shards,
            // Not the source's: or a generator's keys would say which salt they get.
            .seed = Random(options_.seed).Next(),
            .salt_buckets = options_.salt_buckets,
            .virtual_nodes = options_.virtual_nodes};
  }

  // What counting tells of `kinds` on `shards`.
  absl::StatusOr<std::vector<StrategyReport>> Describe(Kinds kinds, const ShardMap& shards,
                                                       const Counted& counted);
  Scenario MakeScenario() const;
  std::vector<HotKey> HotKeys(const AdviceReport& advice) const;

  KeySource& source_;
  const LabOptions& options_;
  Progress& progress_;
  LabReport report_;
  std::vector<KeyLoad> candidates_;
  std::optional<HashHistogram> histogram_;
  int64_t recorded_ns_ = 0;  // from the first to the last of the records' own times
  std::optional<Scenario> scenario_;
  std::vector<std::unique_ptr<EngineStream>> engines_;
};

InputReport DescribeInput(const KeySource& source, const Counted& counted) {
  return {.description = source.description(),
          .records = counted.records,
          .bytes = counted.bytes,
          .distinct_keys = counted.sample.distinct_keys(),
          .distinct_is_exact = counted.sample.is_exact(),
          .keys_sampled = counted.sample.size(),
          .hottest = counted.keys.Top(kHottestShown),
          .count_error_max = counted.keys.error_max(),
          .skipped = source.skipped()};
}

absl::Status Lab::CountAll() {
  absl::StatusOr<Counted> counted = Count(source_, options_.strategies, Context(options_.shards),
                                          options_.advise, options_.memory_bytes, progress_);
  if (!counted.ok()) return counted.status();
  report_.input = DescribeInput(source_, *counted);
  candidates_ = counted->keys.Top(kCandidates);
  recorded_ns_ = counted->recorded_ns;
  histogram_ = std::move(counted->histogram);
  absl::StatusOr<std::vector<StrategyReport>> described =
      Describe(options_.strategies, options_.shards, *counted);
  if (!described.ok()) return described.status();
  report_.strategies = *std::move(described);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StrategyReport>> Lab::Describe(Kinds kinds, const ShardMap& shards,
                                                          const Counted& counted) {
  std::vector<std::string> keys;
  counted.sample.ForEachKey([&keys](std::string_view key) { keys.emplace_back(key); });
  std::vector<StrategyReport> reports;
  std::vector<size_t> hottest_shards;
  for (size_t i = 0; i < kinds.size(); ++i) {
    StrategyReport report;
    report.name = kinds[i].name;
    report.summary = kinds[i].summary;
    report.shards = shards.ranges();
    report.loads = counted.loads[i];
    report.by_records = ComputeLoadStats(report.loads.records);
    report.by_bytes = ComputeLoadStats(report.loads.bytes);
    for (const uint64_t sampled : counted.sample.KeysPerShard(i)) {
      report.keys.push_back(counted.sample.scale() * static_cast<double>(sampled));
    }
    const KeySample::Order order = counted.sample.OrderOf(i);
    report.repeated_keys = counted.sample.scale() * static_cast<double>(order.repeated_keys);
    if (order.repeated_keys > 0) {
      report.spread_share =
          static_cast<double>(order.spread_keys) / static_cast<double>(order.repeated_keys);
    }
    report.moves = ComputeKeyMoves(kinds[i], Context(shards), report.loads.records, keys);
    if (options_.measure_cost) {
      report.nanos_per_key = MeasureNanosPerKey(kinds[i], Context(shards), keys);
    }
    hottest_shards.push_back(report.by_records.hottest);
    reports.push_back(std::move(report));
  }
  const auto hottest_keys =
      FindHottestKeys(source_, kinds, Context(shards), hottest_shards, candidates_, progress_);
  if (!hottest_keys.ok()) return hottest_keys.status();
  for (size_t i = 0; i < kinds.size(); ++i) reports[i].hottest_key = (*hottest_keys)[i];
  return reports;
}

Scenario Lab::MakeScenario() const {
  Scenario scenario;
  scenario.limits = options_.limits;
  scenario.records = report_.input.records;
  if (options_.records_per_second == 0 && source_.has_times()) {
    scenario.pace = Pace::Recorded(options_.speedup);
    scenario.duration_ns = recorded_ns_ / static_cast<int64_t>(options_.speedup);
    return scenario;
  }
  const uint64_t rate = options_.records_per_second > 0
                            ? options_.records_per_second
                            : kDefaultRatePerShard * options_.shards.size();
  scenario.pace = Pace::Even(rate);
  const double wanted = static_cast<double>(rate) * static_cast<double>(options_.seconds_min);
  const auto repeated = static_cast<uint64_t>(std::min<double>(wanted, kRepeatedRecordsMax));
  // Whole rounds of the input, so that its shares of keys stay what they are.
  const uint64_t rounds = (repeated + scenario.records - 1) / scenario.records;
  scenario.records *= std::max<uint64_t>(rounds, 1);
  scenario.duration_ns = static_cast<int64_t>(static_cast<double>(scenario.records) /
                                              static_cast<double>(rate) * kSecond);
  return scenario;
}

absl::Status Lab::PlayAll() {
  if (!options_.simulate) return absl::OkStatus();
  scenario_ = MakeScenario();
  report_.scenario = {.records_per_second = scenario_->pace.records_per_second(),
                      .records = scenario_->records,
                      .seconds = static_cast<double>(scenario_->duration_ns) / kSecond,
                      .limits = scenario_->limits};
  for (size_t i = 0; i < options_.strategies.size(); ++i) {
    absl::StatusOr<std::unique_ptr<EngineStream>> engine = EngineStream::Create(options_.shards);
    if (!engine.ok()) return engine.status();
    engines_.push_back(*std::move(engine));
  }
  progress_.Begin("putting records through the engine");
  absl::StatusOr<std::vector<Played>> played =
      Play(source_, options_.strategies, Context(options_.shards), *scenario_, engines_, progress_);
  if (!played.ok()) return played.status();
  for (size_t i = 0; i < played->size(); ++i) {
    report_.strategies[i].played = std::move((*played)[i]);
    // Only the stream that the plan will be applied to is needed any longer.
    if (options_.advise != i) engines_[i].reset();
  }
  return absl::OkStatus();
}

absl::Status Lab::SearchShardsNeeded() {
  report_.throttled_max = options_.throttled_max;
  if (!options_.simulate || options_.throttled_max <= 0) return absl::OkStatus();
  Scenario scenario = *scenario_;
  scenario.records = std::min(scenario.records, options_.search_records);
  // No fewer shards than the load fills to the brim.
  int64_t shards_min = 1;
  if (scenario.pace.is_even()) {
    const auto rate = static_cast<double>(scenario.pace.records_per_second());
    const double mean_bytes =
        static_cast<double>(report_.input.bytes) / static_cast<double>(report_.input.records);
    const double full =
        std::max(rate / static_cast<double>(scenario.limits.records_per_second),
                 rate * mean_bytes / static_cast<double>(scenario.limits.bytes_per_second));
    shards_min = std::clamp<int64_t>(static_cast<int64_t>(full), 1, options_.shards_max);
  }
  const auto needed =
      FindShardsNeeded(source_, options_.strategies, Context(options_.shards), scenario,
                       options_.throttled_max, shards_min, options_.shards_max, progress_);
  if (!needed.ok()) return needed.status();
  for (size_t i = 0; i < needed->size(); ++i) report_.strategies[i].needed = (*needed)[i];
  return absl::OkStatus();
}

// The keys that have more than the mean of a shard, with the salting that they need.
std::vector<HotKey> Lab::HotKeys(const AdviceReport& advice) const {
  std::vector<HotKey> hot;
  const InputReport& input = report_.input;
  for (const KeyLoad& key : candidates_) {
    const double records_share =
        static_cast<double>(key.records) / static_cast<double>(input.records);
    const double bytes_share = static_cast<double>(key.bytes) / static_cast<double>(input.bytes);
    const double share = advice.by_bytes ? bytes_share : records_share;
    const double over_mean = share * static_cast<double>(advice.shards);
    double over_limit = 0;
    if (report_.scenario && report_.scenario->seconds > 0) {
      const double rounds =
          static_cast<double>(report_.scenario->records) / static_cast<double>(input.records);
      const double per_second = rounds / report_.scenario->seconds;
      const WriteLimits& limits = report_.scenario->limits;
      over_limit = per_second * std::max(static_cast<double>(key.records) /
                                             static_cast<double>(limits.records_per_second),
                                         static_cast<double>(key.bytes) /
                                             static_cast<double>(limits.bytes_per_second));
    }
    if (over_mean <= 1 && over_limit <= 1) continue;
    hot.push_back(
        {.key = key.key,
         .share = share,
         .over_mean = over_mean,
         .salt_to_mean = static_cast<uint64_t>(std::ceil(over_mean)),
         .salt_to_limit = std::max<uint64_t>(static_cast<uint64_t>(std::ceil(over_limit)), 1)});
  }
  std::stable_sort(hot.begin(), hot.end(),
                   [](const HotKey& a, const HotKey& b) { return a.share > b.share; });
  return hot;
}

absl::Status Lab::AdviseAndApply() {
  if (!options_.advise) return absl::OkStatus();
  const size_t number = *options_.advise;
  const StrategyKind& kind = options_.strategies[number];
  const WriteLimits& limits = options_.limits;
  AdviceReport report;
  report.strategy = kind.name;
  report.shards = options_.advise_shards > 0 ? options_.advise_shards : options_.shards.size();
  report.histogram_is_exact = histogram_->is_exact();
  report.tolerance = options_.tolerance;
  // Whichever limit the load as a whole comes nearer to.
  report.by_bytes =
      static_cast<double>(report_.input.bytes) * static_cast<double>(limits.records_per_second) >
      static_cast<double>(report_.input.records) * static_cast<double>(limits.bytes_per_second);
  absl::StatusOr<Advice> advice = Advise(
      options_.shards, histogram_->Points(),
      {.shards = report.shards, .tolerance = options_.tolerance, .by_bytes = report.by_bytes});
  histogram_.reset();
  if (!advice.ok()) {
    report_.no_advice = std::string(advice.status().message());
    return absl::OkStatus();
  }
  report.advice = *std::move(advice);
  // Elsewhere a key has no shard that it could be too hot for.
  if (kind.make(Context(options_.shards))->depends_on_key_alone())
    report.hot_keys = HotKeys(report);

  const ShardMap& shards = report.advice.plan.result;
  const Kinds kinds(&kind, 1);
  absl::StatusOr<Counted> counted =
      Count(source_, kinds, Context(shards), std::nullopt, options_.memory_bytes, progress_);
  if (!counted.ok()) return counted.status();
  absl::StatusOr<std::vector<StrategyReport>> after = Describe(kinds, shards, *counted);
  if (!after.ok()) return after.status();
  report.after = std::move(after->front());
  if (scenario_) {
    const std::span<const std::unique_ptr<EngineStream>> engine(&engines_[number], 1);
    const absl::Status applied = engine.front()->Apply(report.advice.plan);
    if (!applied.ok()) return applied;
    progress_.Begin("putting records through the engine after the plan");
    absl::StatusOr<std::vector<Played>> played =
        Play(source_, kinds, Context(shards), *scenario_, engine, progress_);
    if (!played.ok()) return played.status();
    report.after.played = std::move(played->front());
  }
  report_.advice = std::move(report);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LabReport> RunLab(KeySource& source, const LabOptions& options, Progress& progress) {
  return Lab(source, options, progress).Run();
}

}  // namespace kinesis::lab
