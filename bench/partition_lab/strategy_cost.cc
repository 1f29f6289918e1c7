#include "kinesis_core/lab/strategy_cost.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "kinesis_core/hash_key.h"

namespace kinesis::lab {
namespace {

constexpr std::chrono::milliseconds kBudget(30);
// Few enough to stay in the cache, as the keys of a producer's next batch do.
constexpr size_t kKeysMax = 1'000;
constexpr int kRoundsMin = 3;

// Makes the compiler believe that the hash key is needed.
void Use(HashKey key) {
  volatile uint64_t sink = key.high() ^ key.low();
  static_cast<void>(sink);
}

}  // namespace

double MeasureNanosPerKey(const StrategyKind& kind, const StrategyContext& context,
                          std::span<const std::string> keys) {
  using Clock = std::chrono::steady_clock;
  keys = keys.first(std::min(keys.size(), kKeysMax));
  const std::unique_ptr<Strategy> strategy = kind.make(context);
  double fastest = std::numeric_limits<double>::max();
  const Clock::time_point end = Clock::now() + kBudget;
  Clock::time_point begin = Clock::now();
  for (int round = 0; round < kRoundsMin || begin < end; ++round) {
    for (const std::string& key : keys) Use(strategy->Place(key, 100));
    const Clock::time_point now = Clock::now();
    fastest = std::min(fastest, std::chrono::duration<double, std::nano>(now - begin).count());
    begin = now;
  }
  return fastest / static_cast<double>(std::max<size_t>(keys.size(), 1));
}

}  // namespace kinesis::lab
