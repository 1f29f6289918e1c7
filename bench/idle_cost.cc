// Measures the memory of open shards that nobody uses.
//
//   bazel run --config=opt //bench:idle_cost
//
// Opens shards by the hundred thousand in one process and prints what each adds to the resident
// memory of the process, before and after one record has been put to each.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "bench/bench_environment.h"
#include "kinesis_core/engine.h"

ABSL_FLAG(int64_t, streams, 10, "Streams to create");
ABSL_FLAG(int64_t, shards_per_stream, 10'000, "Open shards of each");

namespace {

// Resident memory of this process, from /proc/self/statm.
uint64_t ResidentBytes() {
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  kinesis::bench::PrintEnvironment();
  const int64_t streams = absl::GetFlag(FLAGS_streams);
  const int64_t shards_per_stream = absl::GetFlag(FLAGS_shards_per_stream);
  const auto shards = static_cast<uint64_t>(streams * shards_per_stream);
  const auto engine = kinesis::Engine::Create({.memory_budget_bytes = uint64_t{4} << 30}).value();
  const uint64_t before = ResidentBytes();
  for (int64_t i = 0; i < streams; ++i) {
    engine->CreateStream("stream-" + std::to_string(i), {.shard_count = shards_per_stream}).value();
  }
  const uint64_t idle = ResidentBytes();
  const kinesis::EngineMetrics metrics = engine->Metrics();
  std::printf("%llu open shards: %.0f bytes each (of which the engine accounts for %.0f)\n",
              static_cast<unsigned long long>(shards),
              static_cast<double>(idle - before) / static_cast<double>(shards),
              static_cast<double>(metrics.bookkeeping_bytes) / static_cast<double>(shards));
  for (const std::string& name : engine->ListStreams()) {
    kinesis::Stream stream = engine->OpenStream(name).value();
    for (const kinesis::Shard& shard : stream.ListShards()) {
      stream
          .Put({.partition_key = "k",
                .data = "one small record",
                .explicit_hash_key = shard.hash_key_range().start()})
          .value();
    }
  }
  std::printf("with one record in each: %.0f bytes more each\n",
              static_cast<double>(ResidentBytes() - idle) / static_cast<double>(shards));
  return 0;
}
