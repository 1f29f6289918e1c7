// Cases that show whether a put or read becomes slower with more records stored, or more iterators
// on one shard. For more shards, see routing_cases.cc.
//
//   growth/put         cpu 0 --put--> [ n records kept ]
//   growth/read                       [ n records kept ] --poll--> cpu 0
//   growth/metrics                    [ n records kept ] --Engine::Metrics--> cpu 0
//   growth/iterators   [ one shard ] --n iterators, each at its own place--> cpu 0
//   growth/sleepers    cpu 0 --put--> [ one shard ] --Wait--> n threads, all asleep
//
// raw-n is a raw log of the same size: what it gains and loses by the size of the caches is what
// the machine does.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "bench/cases/cases.h"
#include "bench/contenders/engine_contender.h"
#include "bench/contenders/raw_log.h"
#include "bench/fatal.h"
#include "bench/loops.h"
#include "bench/payload.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/lab/log_histogram.h"

namespace kinesis::bench {
namespace {

constexpr size_t kDataBytes = 100;
constexpr uint64_t kStoredBytes = 148;  // of a record, more or less

template <Contender C>
void Add(Case& into, std::string name, const Workload& workload, Timed timed) {
  into.participants.push_back(
      {std::move(name), [workload, timed](uint64_t messages) {
         return FillAndDrain<C>(workload, timed, messages, WarmUp::kWholeLog).Run();
       }});
}

// How long it takes to ask what an engine of one shard holds, which is `records` records.
Measurement AskForMetrics(uint64_t records, uint64_t messages) {
  SitDown(Seat::kProducer);
  const auto engine =
      kinesis::Engine::Create({.memory_budget_bytes = 4 * records * kStoredBytes + (8 << 20)})
          .value();
  Stream stream =
      engine
          ->CreateStream("growth", {.shard_capacity_bytes = 2 * records * kStoredBytes + (4 << 20)})
          .value();
  Messages buffer(0, kDataBytes, 1);
  for (uint64_t i = 0; i < records; ++i) stream.Put({.data = buffer.Next(1)[0]}).value();
  const uint64_t calls = std::clamp<uint64_t>(messages / 1000, 1, 1000);
  uint64_t wrong = 0;
  double seconds = 0;
  for (uint64_t i = 0; i < calls; ++i) {
    stream.Put({.data = buffer.Next(1)[0]}).value();
    const double began = NowSeconds();
    const EngineMetrics metrics = engine->Metrics();
    seconds += NowSeconds() - began;
    const ShardMetrics& shard = metrics.streams.front().shards.front();
    wrong += shard.incoming_records != records + i + 1 ||
             shard.incoming_bytes != (records + i + 1) * kDataBytes;
  }
  return {.seconds = seconds,
          .messages = calls,
          .error = wrong == 0 ? "" : "the metrics are not those of what was put"};
}

// One shard with `records` records, which `count` iterators read in turn, 500 at a time.
Measurement ReadByIterators(uint64_t records, uint64_t count, uint64_t messages) {
  SitDown(Seat::kProducer);
  const auto engine =
      kinesis::Engine::Create({.memory_budget_bytes = 4 * records * kStoredBytes + (8 << 20)})
          .value();
  Stream stream =
      engine
          ->CreateStream("growth", {.shard_capacity_bytes = 2 * records * kStoredBytes + (4 << 20)})
          .value();
  Messages buffer(0, kDataBytes, 1);
  std::vector<SequenceNumber> numbers;
  for (uint64_t i = 0; i < records; ++i) {
    numbers.push_back(stream.Put({.data = buffer.Next(1)[0]}).value().sequence_number);
  }
  const Shard shard = stream.ListShards().front();

  // Far from each other, so that none reads what another has just brought into the cache.
  struct Place {
    Iterator iterator;
    uint64_t left;
  };
  const uint64_t each = std::max(messages / count, uint64_t{1});
  const uint64_t passes = each / records + 1;
  std::vector<Place> places;
  for (uint64_t i = 0; i < count; ++i) {
    const SequenceNumber start = numbers[records * i / count];
    places.push_back(
        {shard.CreateIterator(IteratorStart::AtSequenceNumber(start)).value(), passes * records});
  }
  uint64_t sum = 0;
  uint64_t read = 0;
  const double began = NowSeconds();
  while (read < passes * records * count) {
    for (Place& place : places) {
      if (place.left == 0) continue;
      const RecordBatch batch =
          place.iterator.Read({.max_records = std::min<uint64_t>(place.left, kPollMessages)})
              .value();
      for (const RecordView& record : batch) sum += SumOfWords(record.data);
      place.left -= batch.size();
      read += batch.size();
      if (batch.empty()) {
        place.iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      }
    }
  }
  const double seconds = NowSeconds() - began;
  const uint64_t expected = passes * count * Messages::SumOf(0, kDataBytes, 0, records);
  return {.seconds = seconds,
          .messages = read,
          .error = sum == expected ? "" : "the checksum of what was read is wrong"};
}

// How long a put takes at whose shard `count` threads sleep, each for the next record; and, as
// quantiles in ns over all of them, how long it takes from the beginning of the put until one of
// them is awake.
Measurement PutToSleepers(uint64_t count, uint64_t messages) {
  // Until all have been woken and sleep again, which nobody tells: ample on two processors.
  const std::chrono::milliseconds fall_asleep(2 + count / 4);
  // As many wake-ups for each count, and a few puts at least.
  constexpr uint64_t kWakeUps = 320;
  constexpr uint64_t kFewestPuts = 20;
  const uint64_t puts =
      std::clamp<uint64_t>(messages / 50, 1, std::max(kWakeUps / count, kFewestPuts));
  SitDown(Seat::kProducer);
  const auto engine = kinesis::Engine::Create().value();
  Stream stream = engine->CreateStream("growth").value();
  const Shard shard = stream.ListShards().front();
  std::atomic<uint64_t> awake{0};
  std::vector<double> put_at(puts + 1);  // written before the put, read by who has its record
  std::vector<std::vector<double>> took(count);
  std::vector<std::thread> readers;
  for (uint64_t i = 0; i < count; ++i) {
    readers.emplace_back([&shard, &awake, &put_at, &mine = took[i], puts] {
      SitDown(Seat::kConsumer);
      Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      for (uint64_t read = 0; read <= puts;) {
        Require(iterator.Wait(absl::InfiniteFuture()).ok(), "a sleeper was woken for an error");
        const double woke = NowSeconds();
        const size_t found = iterator.Read().value().size();
        if (found > 0 && read > 0) mine.push_back(woke - put_at[read]);
        read += found;
        awake.fetch_add(found, std::memory_order_relaxed);  // a count
      }
    });
  }
  Messages buffer(0, kDataBytes, 1);
  double seconds = 0;
  for (uint64_t i = 0; i <= puts; ++i) {  // the first is not timed
    std::this_thread::sleep_for(fall_asleep);
    const double began = NowSeconds();
    put_at[i] = began;
    stream.Put({.data = buffer.Next(1)[0]}).value();
    if (i > 0) seconds += NowSeconds() - began;
    // Relaxed: as above.
    for (Backoff backoff; awake.load(std::memory_order_relaxed) < (i + 1) * count;) backoff.Wait();
  }
  for (std::thread& reader : readers) reader.join();
  lab::LogHistogram<6> wake_ups;
  for (const std::vector<double>& of_reader : took) {
    for (const double each : of_reader) wake_ups.Add(static_cast<uint64_t>(each * 1e9));
  }
  return {.seconds = seconds,
          .messages = puts,
          .figures = {{"wake_p50", static_cast<double>(wake_ups.Quantile(0.5))},
                      {"wake_p99", static_cast<double>(wake_ups.Quantile(0.99))}}};
}

}  // namespace

std::vector<Case> GrowthCases(const Scale& scale) {
  Case put{"growth/put", "cpu 0 --put--> [ n records kept ]"};
  Case read{"growth/read", "[ n records kept ] --poll--> cpu 0"};
  Case metrics{"growth/metrics", "[ n records kept ] --Engine::Metrics--> cpu 0"};
  Case iterators{"growth/iterators", "[ one shard ] --n iterators--> cpu 0"};
  for (const uint64_t stored : scale.stored) {
    const std::string count = std::to_string(stored);
    const Workload workload{.data_bytes = kDataBytes, .log_bytes = stored * kStoredBytes};
    Add<EngineContender<KeyKind::kExplicit>>(put, count, workload, Timed::kFill);
    Add<RawLog<false>>(put, "raw-" + count, workload, Timed::kFill);
    Add<EngineContender<KeyKind::kExplicit>>(read, count, workload, Timed::kDrain);
    Add<RawLog<false>>(read, "raw-" + count, workload, Timed::kDrain);
    metrics.participants.push_back(
        {count, [stored](uint64_t messages) { return AskForMetrics(stored, messages); }});
  }
  const uint64_t records = scale.log_bytes / kStoredBytes;
  for (const uint64_t count : scale.iterators) {
    iterators.participants.push_back({std::to_string(count), [records, count](uint64_t messages) {
                                        return ReadByIterators(records, count, messages);
                                      }});
  }
  Case sleepers{"growth/sleepers", "cpu 0 --put--> [ one shard ] --Wait--> n threads, asleep"};
  for (const uint64_t count : scale.iterators) {
    sleepers.participants.push_back({std::to_string(count), [count](uint64_t messages) {
                                       return PutToSleepers(count, messages);
                                     }});
  }
  return {put, read, metrics, iterators, sleepers};
}

}  // namespace kinesis::bench
