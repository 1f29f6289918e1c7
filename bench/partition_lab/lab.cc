#include "kinesis_core/lab/lab.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "kinesis_core/lab/advice.h"
#include "kinesis_core/lab/capacity_meter.h"
#include "kinesis_core/lab/checked_options.h"
#include "kinesis_core/lab/checked_source.h"
#include "kinesis_core/lab/counting.h"
#include "kinesis_core/lab/engine_stream.h"
#include "kinesis_core/lab/hot_keys.h"
#include "kinesis_core/lab/load_scale.h"
#include "kinesis_core/lab/pace.h"
#include "kinesis_core/lab/plan_script.h"
#include "kinesis_core/lab/plan_verdict.h"
#include "kinesis_core/lab/random.h"
#include "kinesis_core/lab/replay.h"
#include "kinesis_core/lab/shards_needed.h"
#include "kinesis_core/lab/strategy_cost.h"

namespace kinesis::lab {
namespace {

// The hottest key of a shard is looked for among so many of the most frequent keys.
constexpr size_t kCandidates = 1'024;
// The report shows so many of the hottest keys of the input.
constexpr size_t kHottestShown = 5;
// The default pace fills this share of the capacity of all shards.
constexpr double kDefaultUtilization = 0.8;
constexpr double kSecond = 1e9;

// A run of the lab, step by step. Each step adds its results to the report.
class Lab {
 public:
  Lab(KeySource& source, const LabOptions& options, Progress& progress)
      : source_(source), options_(options), progress_(progress), scale_(options.limits) {}

  absl::StatusOr<LabReport> Run() {
    for (const auto step : {&Lab::LookAtRecords, &Lab::CountAll, &Lab::ReplayAll,
                            &Lab::SearchShardsNeeded, &Lab::Price, &Lab::AdviseAndApply}) {
      const absl::Status status = (this->*step)();
      if (!status.ok()) return status;
    }
    progress_.End();
    return std::move(report_);
  }

 private:
  using Kinds = std::span<const StrategyKind>;

  absl::Status LookAtRecords();
  absl::Status CountAll();
  absl::Status ReplayAll();
  absl::Status SearchShardsNeeded();
  absl::Status Price();
  absl::Status AdviseAndApply();

  StrategyContext Context(const ShardMap& shards) const {
    return {.shards = shards,
            // Not the source's: or a generator's keys would say which salt they get.
            .seed = Random(options_.seed).Next(),
            .salt_buckets = options_.salt_buckets,
            .virtual_nodes = options_.virtual_nodes,
            .heavy_keys = heavy_keys_};
  }

  // The part of the report that counting gives for `kinds` on `shards`.
  absl::StatusOr<std::vector<StrategyReport>> Describe(Kinds kinds, const ShardMap& shards,
                                                       const Counted& counted);
  Scenario MakeScenario() const;
  ScenarioReport DescribeScenario() const;
  // The number of shards that the key alone would fill at the scenario's rate.
  double ShardsFilledBy(const KeyLoad& key) const;
  std::vector<HeavyKey> FindHeavyKeys() const;
  std::vector<HotKey> HotKeys(size_t shards) const;
  // Applies the plan to the engine, and measures the strategy again on the shards that come out.
  absl::StatusOr<StrategyReport> MeasurePlan(size_t number, const SplitMergePlan& plan);

  KeySource& source_;
  const LabOptions& options_;
  Progress& progress_;
  LabReport report_;
  const LoadScale scale_;
  std::vector<KeyLoad> candidates_;  // for hot keys: those with the most records or bytes
  std::vector<HeavyKey> heavy_keys_;
  std::optional<HashHistogram> histogram_;
  int64_t recorded_ns_ = 0;  // from the first to the last of the records' own times
  BilledLoad billed_;        // of the input, in all
  std::optional<Scenario> scenario_;
  std::vector<std::unique_ptr<EngineStream>> engines_;
};

// The keys with the most records, and those with the most bytes that are not among them.
std::vector<KeyLoad> Candidates(const KeyCounts& counts) {
  std::vector<KeyLoad> candidates = counts.Top(kCandidates);
  std::set<std::string> known;
  for (const KeyLoad& key : candidates) known.insert(key.key);
  for (KeyLoad& key : counts.TopByBytes(kCandidates)) {
    if (!known.contains(key.key)) candidates.push_back(std::move(key));
  }
  return candidates;
}

absl::Status Lab::LookAtRecords() {
  const absl::StatusOr<Survey> survey =
      SurveyRecords(source_, options_.memory_bytes / 2, progress_);
  if (!survey.ok()) return survey.status();
  report_.run.seed = options_.seed;
  report_.input = {.description = source_.description(),
                   .records = survey->records,
                   .bytes = survey->bytes,
                   .hottest = survey->keys.Top(kHottestShown),
                   .hottest_by_bytes = survey->keys.TopByBytes(kHottestShown),
                   .count_error_max = survey->keys.records_error_max(),
                   .bytes_error_max = survey->keys.bytes_error_max(),
                   .windows = {},
                   .first_unix_ns = survey->first_ns,
                   .skipped = source_.skipped(),
                   .notes = source_.notes()};
  candidates_ = Candidates(survey->keys);
  recorded_ns_ = survey->recorded_ns;
  billed_ = {.put_units_per_second = static_cast<double>(survey->put_units),
             .on_demand_bytes_per_second = static_cast<double>(survey->on_demand_bytes)};
  if (options_.simulate) {
    scenario_ = MakeScenario();
    report_.scenario = DescribeScenario();
  }
  heavy_keys_ = FindHeavyKeys();
  return absl::OkStatus();
}

absl::Status Lab::CountAll() {
  const size_t windows = source_.has_times() ? Scenario().intervals : 0;
  absl::StatusOr<Counted> counted =
      Count(source_, options_.strategies, Context(options_.shards), options_.advise,
            options_.memory_bytes / 2, recorded_ns_, windows, progress_);
  if (!counted.ok()) return counted.status();
  report_.input.distinct_keys = counted->sample.distinct_keys();
  report_.input.distinct_is_exact = counted->sample.is_exact();
  report_.input.keys_sampled = counted->sample.size();
  report_.input.windows = std::move(counted->windows);
  if (scenario_) scenario_->order.sample_level = counted->sample.level();
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
    std::vector<uint64_t> loads;
    for (size_t shard = 0; shard < shards.size(); ++shard) {
      loads.push_back(scale_.Of(report.loads.records[shard], report.loads.bytes[shard]));
    }
    report.by_load = ComputeLoadStats(loads);
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
    hottest_shards.push_back(report.by_load.hottest);
    reports.push_back(std::move(report));
  }
  const auto hottest_keys = FindHottestKeys(source_, kinds, Context(shards), hottest_shards,
                                            candidates_, scale_, progress_);
  if (!hottest_keys.ok()) return hottest_keys.status();
  for (size_t i = 0; i < kinds.size(); ++i) {
    StrategyReport& report = reports[i];
    report.hottest_key = (*hottest_keys)[i];
    if (!report.hottest_key) continue;
    const KeyLoad& key = *report.hottest_key;
    const bool by_bytes = scale_.OfBytes(key.bytes) > scale_.OfRecords(key.records);
    const size_t shard = report.by_load.hottest;
    report.hottest_key_share =
        by_bytes
            ? static_cast<double>(key.bytes) / static_cast<double>(report.loads.bytes[shard])
            : static_cast<double>(key.records) / static_cast<double>(report.loads.records[shard]);
  }
  return reports;
}

Scenario Lab::MakeScenario() const {
  const InputReport& input = report_.input;
  Scenario scenario;
  scenario.limits = options_.limits;
  scenario.records = input.records;
  scenario.order.poll_ns = options_.poll_ns;
  scenario.readers = options_.readers;
  scenario.aggregation = options_.aggregation;
  if (options_.records_per_second == 0 && source_.has_times()) {
    scenario.pace = Pace::Recorded(options_.speedup);
    scenario.duration_ns = recorded_ns_ / static_cast<int64_t>(options_.speedup);
    return scenario;
  }
  if (options_.records_per_second > 0) {
    scenario.pace = Pace::Even(options_.records_per_second);
  } else {
    // The share of the capacity of all shards that one record a second takes.
    const auto records = static_cast<double>(input.records);
    const double taken =
        Utilization(1, static_cast<double>(input.bytes) / records, 1, options_.limits) /
        static_cast<double>(options_.shards.size());
    const double rate = kDefaultUtilization / taken;
    scenario.pace = rate >= 1 ? Pace::Even(static_cast<uint64_t>(rate * (1 + 1e-9)))
                              : Pace::Even(1, static_cast<uint64_t>(std::ceil(1 / rate)));
  }
  const double rate = scenario.pace.records_per_second();
  const double wanted = rate * static_cast<double>(options_.seconds_min);
  // Whole rounds of the input, so that its shares of keys stay what they are.
  const double rounds = std::ceil(wanted / static_cast<double>(input.records));
  scenario.records *= std::max<uint64_t>(static_cast<uint64_t>(rounds), 1);
  scenario.duration_ns =
      static_cast<int64_t>(std::ceil(static_cast<double>(scenario.records) / rate * kSecond));
  scenario.engine_records =
      std::max(input.records, std::min(scenario.records, options_.engine_records_max));
  return scenario;
}

ScenarioReport Lab::DescribeScenario() const {
  const InputReport& input = report_.input;
  ScenarioReport report = {
      .records_per_second = scenario_->pace.records_per_second(),
      .records = scenario_->records,
      .engine_records = std::min(scenario_->records, scenario_->engine_records),
      .seconds = static_cast<double>(scenario_->duration_ns) / kSecond,
      .limits = scenario_->limits,
      .readers = scenario_->readers,
      .poll_seconds = static_cast<double>(scenario_->order.poll_ns) / kSecond,
      .aggregation = scenario_->aggregation};
  // A run of less than a second counts as one of a second.
  const double seconds = std::max(report.seconds, 1.0);
  const uint64_t bytes = scenario_->records / input.records * input.bytes;
  const auto shards = static_cast<double>(options_.shards.size());
  report.records_utilization =
      Utilization(static_cast<double>(report.records) / shards, 0, seconds, report.limits);
  report.bytes_utilization =
      Utilization(0, static_cast<double>(bytes) / shards, seconds, report.limits);
  report.least_shards = LeastShards(report.records, bytes, seconds, report.limits);
  return report;
}

double Lab::ShardsFilledBy(const KeyLoad& key) const {
  if (!report_.scenario) return 0;
  const double rounds =
      static_cast<double>(report_.scenario->records) / static_cast<double>(report_.input.records);
  return Utilization(rounds * static_cast<double>(key.records),
                     rounds * static_cast<double>(key.bytes),
                     std::max(report_.scenario->seconds, 1.0), options_.limits);
}

std::vector<HeavyKey> Lab::FindHeavyKeys() const {
  std::vector<HeavyKey> heavy;
  const auto total = static_cast<double>(scale_.Of(report_.input.records, report_.input.bytes));
  for (const KeyLoad& key : candidates_) {
    const double share = static_cast<double>(scale_.Of(key.records, key.bytes)) / total;
    const auto parts = static_cast<uint64_t>(std::ceil(ShardsFilledBy(key)));
    heavy.push_back({key.key, share, std::max<uint64_t>(parts, 1)});
  }
  // Only those that are to be cut on some number of shards that is tried.
  const size_t shards_max =
      std::max(options_.shards.size(), static_cast<size_t>(options_.shards_max));
  std::erase_if(heavy, [&](const HeavyKey& key) { return key.Parts(shards_max) <= 1; });
  std::stable_sort(heavy.begin(), heavy.end(),
                   [](const HeavyKey& a, const HeavyKey& b) { return a.share > b.share; });
  return heavy;
}

absl::Status Lab::ReplayAll() {
  if (!options_.simulate) return absl::OkStatus();
  for (size_t i = 0; i < options_.strategies.size(); ++i) {
    absl::StatusOr<std::unique_ptr<EngineStream>> engine = EngineStream::Create(options_.shards);
    if (!engine.ok()) return engine.status();
    engines_.push_back(*std::move(engine));
  }
  progress_.Begin("putting records through the engine");
  absl::StatusOr<std::vector<ReplayReport>> replays = Replay(
      source_, options_.strategies, Context(options_.shards), *scenario_, engines_, progress_);
  if (!replays.ok()) return replays.status();
  for (size_t i = 0; i < replays->size(); ++i) {
    report_.strategies[i].replay = std::move((*replays)[i]);
    // Only the stream that the plan will be applied to is needed any longer.
    if (options_.advise != i) engines_[i].reset();
  }
  return absl::OkStatus();
}

absl::Status Lab::SearchShardsNeeded() {
  report_.throttled_max = options_.throttled_max;
  if (!options_.simulate || options_.throttled_max <= 0) return absl::OkStatus();
  const auto needed =
      FindShardsNeeded(source_, options_.strategies, Context(options_.shards), *scenario_,
                       {.share_max = options_.throttled_max,
                        .shards_min = report_.scenario->least_shards,
                        .shards_max = options_.shards_max,
                        .sample_records = options_.search_records},
                       progress_);
  if (!needed.ok()) return needed.status();
  for (size_t i = 0; i < needed->size(); ++i) report_.strategies[i].needed = (*needed)[i];
  return absl::OkStatus();
}

absl::Status Lab::Price() {
  if (!options_.simulate) return absl::OkStatus();
  const double rounds_per_second = static_cast<double>(report_.scenario->records) /
                                   static_cast<double>(report_.input.records) /
                                   std::max(report_.scenario->seconds, 1.0);
  const BilledLoad load = {
      .put_units_per_second = rounds_per_second * billed_.put_units_per_second,
      .on_demand_bytes_per_second = rounds_per_second * billed_.on_demand_bytes_per_second,
      .readers = options_.consumers};
  const Prices& prices = options_.prices;
  report_.price = {prices, load, OnDemandMonth(prices, load), AdvantageMonth(prices, load)};
  for (size_t i = 0; i < options_.strategies.size(); ++i) {
    if (options_.strategies[i].on_demand_only) continue;
    StrategyReport& one = report_.strategies[i];
    one.month = ProvisionedMonth(prices, load, static_cast<double>(one.shards.size()));
    if (!one.needed || !one.needed->shards) continue;
    one.month_needed = ProvisionedMonth(prices, load, static_cast<double>(*one.needed->shards));
  }
  return absl::OkStatus();
}

// The keys that have more than the mean of a shard, or more than one takes, with the salting that
// they need.
std::vector<HotKey> Lab::HotKeys(size_t shards) const {
  std::vector<std::pair<double, HotKey>> hot;
  const InputReport& input = report_.input;
  const auto total = static_cast<double>(scale_.Of(input.records, input.bytes));
  for (const KeyLoad& key : candidates_) {
    const double load = static_cast<double>(scale_.Of(key.records, key.bytes));
    const double over_mean = load / total * static_cast<double>(shards);
    const double over_limit = ShardsFilledBy(key);
    if (over_mean <= 1 && over_limit <= 1) continue;
    hot.push_back(
        {load,
         {.key = key.key,
          .records_share = static_cast<double>(key.records) / static_cast<double>(input.records),
          .bytes_share = static_cast<double>(key.bytes) / static_cast<double>(input.bytes),
          .by_bytes = scale_.OfBytes(key.bytes) > scale_.OfRecords(key.records),
          .over_mean = over_mean,
          .salt_to_mean = static_cast<uint64_t>(std::ceil(over_mean)),
          .salt_to_limit = std::max<uint64_t>(static_cast<uint64_t>(std::ceil(over_limit)), 1)}});
  }
  std::stable_sort(hot.begin(), hot.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<HotKey> keys;
  for (auto& [load, key] : hot) keys.push_back(std::move(key));
  return keys;
}

PlanOutcome OutcomeOf(const StrategyReport& report) {
  PlanOutcome outcome = {.max_over_mean = report.by_load.max_over_mean};
  if (!report.replay) return outcome;
  const ThrottleReport& throttle = report.replay->throttle;
  outcome.over_capacity = throttle.over_capacity_share();
  outcome.queued = throttle.queued_share();
  outcome.dropped = throttle.dropped_share();
  return outcome;
}

absl::Status Lab::AdviseAndApply() {
  if (!options_.advise) return absl::OkStatus();
  const size_t number = *options_.advise;
  const StrategyKind& kind = options_.strategies[number];
  AdviceReport report;
  report.strategy = kind.name;
  report.shards = options_.advise_shards > 0 ? options_.advise_shards : options_.shards.size();
  report.histogram_is_exact = histogram_->is_exact();
  report.tolerance = options_.tolerance;
  absl::StatusOr<Advice> advice =
      Advise(options_.shards, histogram_->Points(),
             {.shards = report.shards, .tolerance = options_.tolerance, .limits = options_.limits});
  histogram_.reset();
  if (!advice.ok()) {
    report_.no_advice = std::string(advice.status().message());
    return absl::OkStatus();
  }
  report.advice = *std::move(advice);
  // Elsewhere a key has no shard that it could be too hot for.
  if (kind.make(Context(options_.shards))->depends_on_key_alone()) {
    report.hot_keys = HotKeys(report.shards);
  }
  if (!report.advice.plan.steps.empty()) {
    absl::StatusOr<StrategyReport> after = MeasurePlan(number, report.advice.plan);
    if (!after.ok()) return after.status();
    report.after = *std::move(after);
    // Who asks for fewer shards knows that each gets more.
    if (report.shards >= options_.shards.size()) {
      report.why_not = WhyNoHelp(OutcomeOf(report_.strategies[number]), OutcomeOf(*report.after));
    }
  }
  if (report.is_advised()) {
    report.seconds = PlanSeconds(report.advice.plan.steps.size());
    report.script = PlanScript(options_.shards, report.advice.plan);
  }
  report_.advice = std::move(report);
  return absl::OkStatus();
}

absl::StatusOr<StrategyReport> Lab::MeasurePlan(size_t number, const SplitMergePlan& plan) {
  const ShardMap& shards = plan.result;
  const Kinds kinds(&options_.strategies[number], 1);
  absl::StatusOr<Counted> counted =
      Count(source_, kinds, Context(shards), std::nullopt, options_.memory_bytes, 0, 0, progress_);
  if (!counted.ok()) return counted.status();
  absl::StatusOr<std::vector<StrategyReport>> after = Describe(kinds, shards, *counted);
  if (!after.ok()) return after.status();
  if (scenario_) {
    const std::span<const std::unique_ptr<EngineStream>> engine(&engines_[number], 1);
    const absl::Status applied = engine.front()->Apply(plan);
    if (!applied.ok()) return applied;
    progress_.Begin("putting records through the engine after the plan");
    absl::StatusOr<std::vector<ReplayReport>> replays =
        Replay(source_, kinds, Context(shards), *scenario_, engine, progress_);
    if (!replays.ok()) return replays.status();
    after->front().replay = std::move(replays->front());
  }
  return std::move(after->front());
}

}  // namespace

absl::StatusOr<LabReport> RunLab(KeySource& source, const LabOptions& options, Progress& progress) {
  return Lab(source, options, progress).Run();
}

absl::StatusOr<LabReport> RunLab(LabOptions options, KeySource& source,
                                 std::vector<StrategyKind> strategies) {
  options.strategies = std::move(strategies);
  const absl::Status valid = CheckOptions(options);
  if (!valid.ok()) return valid;
  CheckedSource checked(source);
  Progress quiet(/*enabled=*/false, /*is_terminal=*/false);
  return RunLab(checked, options, quiet);
}

}  // namespace kinesis::lab
