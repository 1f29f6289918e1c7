#include "kinesis_core/lab/strategy_benchmark.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "benchmark/benchmark.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/shard_map.h"

namespace kinesis::lab {
namespace {

constexpr size_t kKeys = 4096;

std::vector<std::string> MakeKeys(size_t bytes) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < kKeys; ++i) {
    std::string key = std::to_string(i * 2654435761u);
    key.insert(0, bytes - key.size(), 'k');
    keys.push_back(std::move(key));
  }
  return keys;
}

void Place(benchmark::State& state, const StrategyKind& kind, bool look_up, bool checked) {
  const ShardMap shards = ShardMap::Uniform(state.range(0)).value();
  const std::vector<std::string> keys = MakeKeys(static_cast<size_t>(state.range(1)));
  const std::unique_ptr<Strategy> strategy = kind.make({.shards = shards});
  std::vector<uint64_t> loads(shards.size());
  size_t next = 0;
  for (auto _ : state) {
    HashKey hash_key = strategy->Place(keys[next++ % kKeys], 100);
    if (look_up) {
      ++loads[shards.IndexOf(hash_key)];
    } else {
      benchmark::DoNotOptimize(hash_key);
    }
  }
  // With so many keys for each shard, one without any is an error.
  const bool all_have_keys = checked && look_up && next >= kKeys && kKeys >= 100 * loads.size();
  if (all_have_keys && std::count(loads.begin(), loads.end(), 0u) > 0) {
    state.SkipWithError("a shard got nothing");
  }
  state.SetItemsProcessed(static_cast<int64_t>(next));
}

}  // namespace

void RegisterStrategyBenchmarks(const std::vector<StrategyKind>& strategies,
                                bool leaves_shards_out) {
  for (const StrategyKind& kind : strategies) {
    for (const bool look_up : {false, true}) {
      const std::string name = (look_up ? "route/" : "place/") + kind.name;
      benchmark::RegisterBenchmark(name.c_str(), Place, kind, look_up, !leaves_shards_out)
          ->Args({8, 16})
          ->Args({1'000, 16})
          ->Args({8, 100});
    }
  }
}

}  // namespace kinesis::lab
