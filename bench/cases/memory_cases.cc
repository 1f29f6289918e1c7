// Cases that measure the memory held beyond the bytes that users put.
//
//   memory/record       cpu 0 --put--> [ one shard, until it refuses ]     bytes_beyond
//   memory/idle-shard   [ a stream of 10,000 shards that nobody uses ]     bytes
//
// bytes_beyond: of record memory and bookkeeping, for each record, less its data and key. The time
// is that of a put, and of the making of a shard.
#include <malloc.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/payload.h"
#include "bench/pinning.h"
#include "bench/waiting.h"
#include "kinesis_core/engine.h"

namespace kinesis::bench {
namespace {

// The bytes that the program has from malloc and has not freed.
uint64_t HeapBytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

uint64_t HeldBytes(const kinesis::Engine& engine) {
  const EngineMetrics metrics = engine.Metrics();
  return metrics.memory_held_bytes + metrics.bookkeeping_bytes;
}

Measurement FillShard(uint64_t log_bytes, size_t data_bytes) {
  SitDown(Seat::kProducer);
  const std::string key = "16 bytes of key.";
  const auto engine = kinesis::Engine::Create({.memory_budget_bytes = 2 * log_bytes}).value();
  Stream stream = engine->CreateStream("memory", {.shard_capacity_bytes = log_bytes}).value();
  Messages buffer(0, data_bytes, 1);
  const uint64_t empty = HeldBytes(*engine);
  const double began = NowSeconds();
  uint64_t records = 0;
  while (stream.Put({.partition_key = key, .data = buffer.Next(1)[0]}).ok()) ++records;
  const double seconds = NowSeconds() - began;
  const double held = static_cast<double>(HeldBytes(*engine) - empty);
  const double payload = static_cast<double>(data_bytes + key.size());
  const bool all_there =
      records > 0 && stream.ListShards()[0].Metrics().incoming_records == records;
  return {.seconds = seconds,
          .messages = records,
          .figures = {{"bytes_beyond", held / static_cast<double>(records) - payload}},
          .error = all_there ? "" : "records are missing"};
}

Measurement OpenIdleShards(uint64_t shards) {
  SitDown(Seat::kProducer);
  const auto engine = kinesis::Engine::Create().value();
  const uint64_t before = HeapBytes();
  const double began = NowSeconds();
  const Stream stream =
      engine->CreateStream("idle", {.shard_count = static_cast<int64_t>(shards)}).value();
  const double seconds = NowSeconds() - began;
  const double held = static_cast<double>(HeapBytes() - before) +
                      static_cast<double>(engine->Metrics().memory_held_bytes);
  return {.seconds = seconds,
          .messages = shards,
          .figures = {{"bytes", held / static_cast<double>(shards)}},
          .error = stream.ListShards().size() == shards ? "" : "shards are missing"};
}

}  // namespace

std::vector<Case> MemoryCases(const Scale& scale) {
  Case record{"memory/record", "cpu 0 --put--> [ one shard, until it refuses ]"};
  ForEach(DataSizes(), [&](auto size) {
    constexpr size_t kBytes = decltype(size)::value;
    record.participants.push_back(
        {std::to_string(kBytes), [log_bytes = scale.log_bytes](uint64_t /*messages*/) {
           return FillShard(log_bytes, kBytes);
         }});
  });
  Case idle{"memory/idle-shard", "[ a stream of shards that nobody uses ]"};
  idle.participants.push_back(
      {std::to_string(scale.idle_shards),
       [shards = scale.idle_shards](uint64_t /*messages*/) { return OpenIdleShards(shards); }});
  return {record, idle};
}

}  // namespace kinesis::bench
