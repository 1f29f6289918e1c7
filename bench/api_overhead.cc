// Measures what a call of api::Client costs over the engine call that it wraps, on one thread.
//
//   bazel run --config=opt //bench:api_overhead
//
// Both sides of a row work on one stream, and on one log of 64 MiB that is beyond the caches and
// trims its oldest. They take turns, a few hundred calls each, and who begins changes; a row shows
// the median of each side, and the median of what the API took more in the same turn. 100 bytes of
// data, 16-byte keys, hashed with XXH3.
//
//   unlimited   Limits::Unlimited()
//   rates       Limits::Kinesis() with shard limits too high to refuse anything: all is counted
//   monitored   the same as unlimited, all seven shard-level metrics on
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "bench/bench_environment.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/partitioner.h"

ABSL_FLAG(int, turns, 300, "Turns of each side in every row");
ABSL_FLAG(std::string, only, "", "Run the rows whose names contain this");

namespace kinesis::bench {
namespace {

constexpr uint64_t kLogBytes = uint64_t{64} << 20;
constexpr size_t kKeys = 4096;
constexpr size_t kBatch = 500;

// For what cannot fail here, and would make all figures worthless if it did.
void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::abort();
}

api::Limits CountedRates() {
  constexpr int64_t kPlenty = int64_t{1} << 40;
  api::Limits limits = api::Limits::Kinesis();
  limits.shard_write_records_per_second = kPlenty;
  limits.shard_write_bytes_per_second = kPlenty;
  limits.shard_read_calls_per_second = kPlenty;
  limits.shard_read_bytes_per_second = kPlenty;
  limits.calls_per_second.fill(kPlenty);
  return limits;
}

// One stream, as seen by a client and by its engine, and records to put to it.
class Fixture {
 public:
  explicit Fixture(const api::Limits& limits)
      : client_(
            api::Client::Create({.limits = limits,
                                 .stream_options = {.shard_capacity_bytes = kLogBytes,
                                                    .overflow_policy = OverflowPolicy::kTrimOldest,
                                                    .partitioner = Xxh3Partitioner()}},
                                {.memory_budget_bytes = 2 * kLogBytes})
                .value()),
        stream_(MakeStream(*client_)),
        data_(100, 'd') {
    for (size_t i = 0; i < kKeys; ++i) {
      std::string digits = std::to_string(i * 2654435761u);
      keys_.push_back(digits.insert(0, 16 - digits.size(), 'k'));
    }
    for (const std::string& key : keys_) {
      records_.push_back({.partition_key = key, .data = data_});
    }
    const uint64_t count = 2 * kLogBytes / (data_.size() + keys_.front().size());
    for (uint64_t i = 0; i < count; ++i) stream_.Put(records_[i % kKeys]).value();
  }

  api::Client& client() { return *client_; }
  Stream& stream() { return stream_; }
  const std::vector<Record>& records() const { return records_; }

  void Monitor() {
    const auto enabled = client_->EnableEnhancedMonitoring(
        {.stream_name = "bench", .shard_level_metrics = {{api::MetricsName::kAll}}});
    Require(enabled.ok(), "EnableEnhancedMonitoring");
  }
  api::ShardIterator Horizon() {
    return client_
        ->GetShardIterator({.stream_name = "bench",
                            .shard_id = ShardId(0),
                            .shard_iterator_type = api::ShardIteratorType::kTrimHorizon})
        .value()
        .shard_iterator;
  }

 private:
  static Stream MakeStream(api::Client& client) {
    Require(client.CreateStream({.stream_name = "bench", .shard_count = 1}).ok(), "CreateStream");
    return client.engine().OpenStream("bench").value();
  }

  std::unique_ptr<api::Client> client_;
  Stream stream_;
  std::string data_;
  std::vector<std::string> keys_;
  std::vector<Record> records_;
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Runs `side`, which makes `calls` calls, and returns the nanoseconds of one `unit` of work.
template <class Side>
double Time(const Side& side, int calls, double units_per_call) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) side();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  return took.count() / calls / units_per_call;
}

template <class Engine, class Api>
void Row(const char* name, int calls, double units_per_call, const Engine& engine, const Api& api) {
  if (!absl::StrContains(name, absl::GetFlag(FLAGS_only))) return;
  std::vector<double> engine_ns;
  std::vector<double> api_ns;
  std::vector<double> more_ns;
  for (int turn = 0; turn < absl::GetFlag(FLAGS_turns); ++turn) {
    double engine_took = 0;
    if (turn % 2 == 0) engine_took = Time(engine, calls, units_per_call);
    const double api_took = Time(api, calls, units_per_call);
    if (turn % 2 == 1) engine_took = Time(engine, calls, units_per_call);
    engine_ns.push_back(engine_took);
    api_ns.push_back(api_took);
    more_ns.push_back(api_took - engine_took);
  }
  std::printf("%-42s %10.1f %10.1f %10.1f\n", name, Median(engine_ns), Median(api_ns),
              Median(more_ns));
}

void PutRow(const char* name, Fixture& fixture) {
  constexpr int kCalls = 500;
  size_t next = 0;
  Row(
      name, kCalls, 1,
      [&] { Require(fixture.stream().Put(fixture.records()[next++ % kKeys]).ok(), "Put"); },
      [&] {
        const Record& record = fixture.records()[next++ % kKeys];
        Require(fixture.client()
                    .PutRecord({.stream_name = "bench",
                                .data = record.data,
                                .partition_key = record.partition_key})
                    .ok(),
                "PutRecord");
      });
}

void BatchRow(const char* name, Fixture& fixture) {
  constexpr int kCalls = 5;
  std::vector<absl::StatusOr<PutResult>> results;
  const std::span<const Record> records(fixture.records().data(), kBatch);
  api::PutRecordsRequest request{.stream_name = "bench"};
  request.records.emplace();
  for (const Record& record : records) {
    request.records->push_back({.data = record.data, .partition_key = record.partition_key});
  }
  Row(
      name, kCalls, static_cast<double>(kBatch),
      [&] {
        fixture.stream().PutBatch(records, &results);
        Require(results.back().ok(), "PutBatch");
      },
      [&] {
        const auto response = fixture.client().PutRecords(request);
        Require(response.ok() && response->failed_record_count == 0, "PutRecords");
      });
}

// Whoever comes to the newest record begins again at the oldest.
void ReadRow(const char* name, Fixture& fixture, int32_t records) {
  constexpr int kCalls = 200;
  const Shard shard = fixture.stream().FindShard(ShardId(0)).value();
  Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  api::GetRecordsRequest request{.shard_iterator = fixture.Horizon(), .limit = records};
  Row(
      name, kCalls, 1,
      [&] {
        const ReadResult batch = iterator.Read({.max_records = static_cast<uint64_t>(records)});
        Require(batch.ok(), "Read");
        if (batch->empty()) iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      },
      [&] {
        absl::StatusOr<api::GetRecordsResponse> response = fixture.client().GetRecords(request);
        Require(response.ok(), "GetRecords");
        request.shard_iterator = response->records.empty()
                                     ? fixture.Horizon()
                                     : *std::move(response->next_shard_iterator);
      });
}

void RunAll() {
  std::printf("%-42s %10s %10s %10s\n", "ns per call (per record in a batch)", "engine", "api",
              "more");
  {
    Fixture fixture(api::Limits::Unlimited());
    PutRow("Put, PutRecord: unlimited", fixture);
    BatchRow("PutBatch, PutRecords of 500: unlimited", fixture);
    ReadRow("Read, GetRecords of 1: unlimited", fixture, 1);
    ReadRow("Read, GetRecords of 100: unlimited", fixture, 100);
    fixture.Monitor();
    PutRow("Put, PutRecord: monitored", fixture);
    BatchRow("PutBatch, PutRecords of 500: monitored", fixture);
    ReadRow("Read, GetRecords of 1: monitored", fixture, 1);
  }
  Fixture fixture(CountedRates());
  PutRow("Put, PutRecord: rates", fixture);
  BatchRow("PutBatch, PutRecords of 500: rates", fixture);
  ReadRow("Read, GetRecords of 1: rates", fixture, 1);
  ReadRow("Read, GetRecords of 100: rates", fixture, 100);
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  kinesis::bench::PrintEnvironment();
  kinesis::bench::RunAll();
  return 0;
}
