// A clean end. Close() lets no more puts in; producers learn it from their next put, also those
// that wait for room. Consumers read what is left, come to the end of every shard, and end by
// themselves: no record that says "end", no flag that both sides poll.
//
// Prints:
//   every producer was told: FAILED_PRECONDITION
//   consumers read all that was put, each shard to its end
//   what was put late was refused
#include <atomic>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"

namespace {

// Puts until the stream takes no more, and returns why in `*end`.
void Produce(kinesis::Stream stream, int id, std::atomic<uint64_t>* put, absl::Status* end) {
  const std::string key = "producer " + std::to_string(id);
  while (end->ok()) {
    *end = stream.Put({.partition_key = key, .data = "work"}, absl::InfiniteFuture()).status();
    if (end->ok()) put->fetch_add(1);
  }
}

// Reads one shard to its end.
void Consume(const kinesis::Shard& shard, std::atomic<uint64_t>* read) {
  auto it = shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  for (bool end = false; !end;) {
    it.Wait(absl::InfiniteFuture()).IgnoreError();
    const kinesis::RecordBatch batch = it.Read().value();
    read->fetch_add(batch.size());
    end = batch.end_of_shard();
    shard.TrimBefore(it.position()).IgnoreError();
  }
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream =
      engine->CreateStream("work", {.shard_count = 2, .shard_capacity_bytes = 1 << 20}).value();

  std::atomic<uint64_t> put{0};
  std::atomic<uint64_t> read{0};
  std::vector<absl::Status> ends(3);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back(Produce, stream, i, &put, &ends[static_cast<size_t>(i)]);
  }
  for (const kinesis::Shard& shard : stream.ListShards()) {
    threads.emplace_back(Consume, shard, &read);
  }
  while (put.load() < 10'000) std::this_thread::yield();

  const absl::Status closed = stream.Close();
  for (std::thread& thread : threads) thread.join();

  bool told = closed.ok();
  for (const absl::Status& end : ends) told = told && absl::IsFailedPrecondition(end);
  std::cout << (told ? "every producer was told: FAILED_PRECONDITION\n" : "somebody was not told\n")
            << "consumers read " << (read.load() == put.load() ? "all that was put" : "too little")
            << ", each shard to its end\n"
            << "what was put late was " << (stream.Put({.data = "late"}).ok() ? "taken" : "refused")
            << "\n";
}
