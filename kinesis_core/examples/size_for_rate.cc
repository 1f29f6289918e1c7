// How large a shard and a budget have to be for a rate and a retention, and the proof: five minutes
// of that rate, in simulated time. Change the three numbers, and see what it says.
//
// Prints:
//   2000 records of 200 bytes a second, kept for 60 s: 232 bytes each, 27 MiB
//   4 shards of 9 MiB, a budget of 37 MiB
//   5 minutes later: 0 of 600000 were refused, at most 30 MiB were held
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>

#include "absl/time/time.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

// Of a record in memory: 8 bytes of time with data and key, in words of 8, and an entry of 8.
constexpr uint64_t BytesOf(uint64_t data_and_key) { return (8 + data_and_key + 7) / 8 * 8 + 8; }

}  // namespace

int main() {
  constexpr uint64_t kPerSecond = 2'000;
  constexpr uint64_t kDataBytes = 200;
  constexpr absl::Duration kRetention = absl::Seconds(60);

  constexpr uint64_t kShards = 4;
  constexpr uint64_t kKeyBytes = 12;
  const auto seconds = static_cast<uint64_t>(absl::ToInt64Seconds(kRetention));
  const uint64_t all = kPerSecond * seconds * BytesOf(kDataBytes + kKeyBytes);
  // A quarter for keys that do not spread evenly; 1 MiB for blocks that go back as a whole.
  const uint64_t shard = all / kShards * 5 / 4 / kMiB * kMiB + kMiB;
  const uint64_t budget = kShards * shard + kMiB;
  std::cout << kPerSecond << " records of " << kDataBytes << " bytes a second, kept for " << seconds
            << " s: " << BytesOf(kDataBytes + kKeyBytes) << " bytes each, "
            << (all + kMiB - 1) / kMiB << " MiB\n"
            << kShards << " shards of " << shard / kMiB << " MiB, a budget of " << budget / kMiB
            << " MiB\n";

  kinesis::SimulatedClock clock;
  auto engine = kinesis::Engine::Create({.memory_budget_bytes = budget, .clock = &clock}).value();
  const kinesis::StreamOptions options = {
      .shard_count = kShards, .retention = kRetention, .shard_capacity_bytes = shard};
  kinesis::Stream stream = engine->CreateStream("events", options).value();
  const std::string data(kDataBytes, 'x');
  uint64_t puts = 0;
  uint64_t refused = 0;
  uint64_t held = 0;
  for (int second = 0; second < 5 * 60; ++second) {
    for (uint64_t i = 0; i < kPerSecond; ++i, ++puts) {
      std::string key = "key-" + std::to_string(puts % 1'000);
      key.resize(kKeyBytes, '-');
      if (!stream.Put({.partition_key = key, .data = data}).ok()) ++refused;
    }
    held = std::max(held, engine->Metrics().memory_held_bytes);
    clock.Advance(absl::Seconds(1));
  }
  std::cout << "5 minutes later: " << refused << " of " << puts << " were refused, at most "
            << (held + kMiB - 1) / kMiB << " MiB were held\n";
}
