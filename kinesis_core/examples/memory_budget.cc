// Memory is bounded: by the engine's budget for all streams, and by a capacity for each shard. When
// a put finds it full, the stream's policy decides what gives way: the put or the oldest records.
//
// Prints:
//   reject: refused with RESOURCE_EXHAUSTED, nothing lost
//   reject: put again after the consumer trimmed what it had read
//   trim_oldest: all 20000 puts taken
//   trim_oldest: a slow reader is told how many it lost: lost + got = 20000
//   the engine stayed within its 4 MiB
#include <cstdint>
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/engine.h"

namespace {

const std::string kData(100, 'x');

void Reject(kinesis::Stream stream) {
  kinesis::SequenceNumber last;
  uint64_t accepted = 0;
  absl::StatusOr<kinesis::PutResult> put;
  while ((put = stream.Put({.partition_key = "key", .data = kData})).ok()) {
    last = put->sequence_number;
    ++accepted;
  }
  const kinesis::Shard shard = stream.ListShards().front();
  auto it = shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  const uint64_t kept = it.Read({.max_records = 100'000}).value().size();
  std::cout << "reject: refused with " << absl::StatusCodeToString(put.status().code())
            << (kept == accepted ? ", nothing lost\n" : ", records lost\n");

  // A put with a deadline would wait for this instead of failing: Put(record, deadline).
  shard.TrimBefore(last).IgnoreError();
  stream.Put({.partition_key = "key", .data = kData}).value();
  std::cout << "reject: put again after the consumer trimmed what it had read\n";
}

void TrimOldest(kinesis::Stream stream) {
  const kinesis::Shard shard = stream.ListShards().front();
  auto slow_reader = shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  for (int i = 0; i < 20'000; ++i) stream.Put({.partition_key = "key", .data = kData}).value();
  std::cout << "trim_oldest: all 20000 puts taken\n";
  const kinesis::RecordBatch batch = slow_reader.Read({.max_records = 100'000}).value();
  std::cout << "trim_oldest: a slow reader is told how many it lost: lost + got = "
            << batch.records_lost() + batch.size() << "\n";
}

}  // namespace

int main() {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  auto engine = kinesis::Engine::Create({.memory_budget_bytes = 4 * kMiB}).value();
  Reject(engine->CreateStream("reject", {.shard_capacity_bytes = kMiB}).value());
  TrimOldest(
      engine
          ->CreateStream("trim_oldest", {.shard_capacity_bytes = kMiB,
                                         .overflow_policy = kinesis::OverflowPolicy::kTrimOldest})
          .value());
  const kinesis::EngineMetrics metrics = engine->Metrics();
  std::cout << "the engine "
            << (metrics.memory_held_bytes <= 4 * kMiB ? "stayed within" : "exceeded")
            << " its 4 MiB\n";
}
