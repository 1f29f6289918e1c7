// Measures what one record costs on its way into the engine and out of it, on one thread.
//
//   bazel run --config=opt //bench:engine_benchmark
//
//     put       caller --Put--> [ shard ]                       one record a call
//     batch     caller --PutBatch of 500--> [ 4 shards ]        time per record
//     read      [ shard ] --Read--> caller                      every byte of data touched
//     life      engine, stream of one shard, put, read, all destroyed again
//     locked    what of it no log of several producers can do without: a locked operation, behind
//               so many loads of which each needs the one before
//     clock     a look at the clock, as a put takes it
//
// Each case checks what it did before it is reported. Records go round a log of 64 MiB, which is
// beyond the caches; the oldest are trimmed.
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/bench_environment.h"
#include "benchmark/benchmark.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/system_time.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::bench {
namespace {

enum KeyKind { kExplicit, kXxh3, kMd5 };
const char* const kKeyKindNames[] = {"explicit", "xxh3", "md5"};

constexpr uint64_t kLogBytes = uint64_t{64} << 20;
constexpr size_t kKeys = 4096;
constexpr size_t kBatch = 500;

// An engine with one stream, and records to put to it with 16-byte keys.
class Fixture {
 public:
  Fixture(KeyKind kind, size_t data_bytes, int64_t shards)
      : engine_(Engine::Create({.memory_budget_bytes = 2 * kLogBytes}).value()),
        stream_(engine_
                    ->CreateStream("bench", {.shard_count = shards,
                                             .shard_capacity_bytes = kLogBytes / shards,
                                             .overflow_policy = OverflowPolicy::kTrimOldest,
                                             .partitioner = kind == kMd5 ? Md5Partitioner()
                                                                         : Xxh3Partitioner()})
                    .value()),
        data_(data_bytes, 'd') {
    for (size_t i = 0; i < kKeys; ++i) {
      std::string digits = std::to_string(i * 2654435761u);
      keys_.push_back(digits.insert(0, 16 - digits.size(), 'k'));
    }
    for (const std::string& key : keys_) {
      Record record{.partition_key = key, .data = data_};
      // Spread over all shards like a hash would.
      if (kind == kExplicit) {
        record.explicit_hash_key = HashKey::FromHalves(records_.size() << 52, 0);
      }
      records_.push_back(record);
    }
  }

  Stream& stream() { return stream_; }
  const std::vector<Record>& records() const { return records_; }
  Shard first_shard() const { return stream_.ListShards().front(); }

  // Puts twice what the log holds.
  void Fill() {
    const uint64_t count = 2 * kLogBytes / (data_.size() + keys_.front().size());
    for (uint64_t i = 0; i < count; ++i) stream_.Put(records_[i % kKeys]).value();
  }

  uint64_t incoming_records() const {
    uint64_t count = 0;
    for (const Shard& shard : stream_.ListShards()) count += shard.Metrics().incoming_records;
    return count;
  }

 private:
  std::unique_ptr<Engine> engine_;
  Stream stream_;
  std::string data_;
  std::vector<std::string> keys_;
  std::vector<Record> records_;
};

void Put(benchmark::State& state, KeyKind kind) {
  Fixture fixture(kind, static_cast<size_t>(state.range(0)), 1);
  fixture.Fill();
  const uint64_t before = fixture.incoming_records();
  uint64_t put = 0;
  for (auto _ : state) {
    if (!fixture.stream().Put(fixture.records()[put++ % kKeys]).ok()) break;
  }
  if (fixture.incoming_records() - before != put) state.SkipWithError("records are missing");
  state.SetItemsProcessed(static_cast<int64_t>(put));
}

void PutBatch(benchmark::State& state, KeyKind kind) {
  Fixture fixture(kind, static_cast<size_t>(state.range(0)), 4);
  fixture.Fill();
  const uint64_t before = fixture.incoming_records();
  std::vector<absl::StatusOr<PutResult>> results;
  uint64_t put = 0;
  for (auto _ : state) {
    const std::span<const Record> records(&fixture.records()[put % (kKeys - kBatch)], kBatch);
    fixture.stream().PutBatch(records, &results);
    put += kBatch;
  }
  if (fixture.incoming_records() - before != put) state.SkipWithError("records are missing");
  state.SetItemsProcessed(static_cast<int64_t>(put));
  state.counters["time_per_record"] = benchmark::Counter(
      static_cast<double>(put), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

uint64_t SumBytes(std::string_view data) {
  uint64_t sum = 0;
  for (; data.size() >= sizeof sum; data.remove_prefix(sizeof sum)) {
    uint64_t word;
    std::memcpy(&word, data.data(), sizeof word);
    sum += word;
  }
  for (const char byte : data) sum += static_cast<uint8_t>(byte);
  return sum;
}

void Read(benchmark::State& state) {
  Fixture fixture(kXxh3, static_cast<size_t>(state.range(0)), 1);
  fixture.Fill();
  const Shard shard = fixture.first_shard();
  const uint64_t one = SumBytes(fixture.records().front().data);
  Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  uint64_t read = 0;
  uint64_t sum = 0;
  while (state.KeepRunningBatch(static_cast<int64_t>(kBatch))) {
    size_t wanted = kBatch;
    while (wanted > 0) {
      const RecordBatch batch = iterator.Read({.max_records = wanted}).value();
      for (const RecordView& record : batch) sum += SumBytes(record.data);
      wanted -= batch.size();
      read += batch.size();
      if (batch.empty()) iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    }
  }
  if (sum != read * one) state.SkipWithError("bytes are wrong");
  state.SetItemsProcessed(static_cast<int64_t>(read));
}

void Life(benchmark::State& state) {
  for (auto _ : state) {
    std::unique_ptr<Engine> engine = Engine::Create().value();
    Stream stream = engine->CreateStream("life").value();
    const PutResult put = stream.Put({.partition_key = "key", .data = "hello"}).value();
    Iterator iterator =
        stream.FindShard(put.shard_id).value().CreateIterator(IteratorStart::TrimHorizon()).value();
    const RecordBatch batch = iterator.Read().value();
    if (batch.size() != 1 || batch[0].data != "hello") state.SkipWithError("not what was put");
  }
}

void Locked(benchmark::State& state) {
  struct alignas(64) Line {
    const Line* next = nullptr;
    uint64_t step = 1;
  };
  std::array<Line, 64> lines;
  for (size_t i = 0; i < lines.size(); ++i) lines[i].next = &lines[(i + 1) % lines.size()];
  std::atomic<uint64_t> tail{0};
  for (auto _ : state) {
    const Line* line = lines.data();
    for (int64_t i = 0; i < state.range(0); ++i) {
      benchmark::DoNotOptimize(line);
      line = line->next;
    }
    tail.fetch_add(line->step, std::memory_order_relaxed);  // counts, publishes nothing
  }
  if (tail != static_cast<uint64_t>(state.iterations())) state.SkipWithError("it does not count");
}

void Clock(benchmark::State& state) {
  int64_t latest = 0;
  for (auto _ : state) {
    latest = internal::SystemNowMillis();
    benchmark::DoNotOptimize(latest);
  }
  if (latest <= 0) state.SkipWithError("the clock stands before 1970");
}

void RegisterAll() {
  for (const KeyKind kind : {kExplicit, kXxh3, kMd5}) {
    const std::string keys = kKeyKindNames[kind];
    benchmark::RegisterBenchmark(("put/" + keys).c_str(), Put, kind)->Arg(16)->Arg(100)->Arg(1024);
    benchmark::RegisterBenchmark(("batch/" + keys).c_str(), PutBatch, kind)
        ->Arg(16)
        ->Arg(100)
        ->Arg(1024);
  }
  benchmark::RegisterBenchmark("read", Read)->Arg(16)->Arg(100)->Arg(1024);
  benchmark::RegisterBenchmark("life", Life);
  benchmark::RegisterBenchmark("locked", Locked)->Arg(0)->Arg(12);
  benchmark::RegisterBenchmark("clock", Clock);
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  kinesis::bench::PrintEnvironment();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  kinesis::bench::RegisterAll();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
