// Calls of JsonService::Handle on one thread, and where their time goes. Records of 100 bytes with
// 16-byte keys; no rates.
//
//   bazel run --config=opt //bench:json_benchmark
//
//     handle    text --> Handle --> text
//     decode    text --> request                          the same request, alone
//     client    request --> Client's method --> response  likewise
//     encode    response --> text                         likewise
//
// Handle is about the sum of the three below it. Each case checks what it did before it is
// reported.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/bench_environment.h"
#include "benchmark/benchmark.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/api/json/internal/json_decoder.h"
#include "kinesis_core/api/json/internal/json_encoder.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/engine.h"

namespace kinesis::bench {
namespace {

using api::internal::EncodeJson;
using api::internal::JsonDecoder;

constexpr size_t kDataBytes = 100;
constexpr size_t kKeyBytes = 16;
constexpr size_t kBatch = 500;
constexpr size_t kPage = 10'000;
constexpr uint64_t kLogBytes = uint64_t{64} << 20;

std::string Base64(std::string_view bytes) {
  std::string text(api::internal::Base64Length(bytes.size()), '\0');
  api::internal::EncodeBase64(bytes, text.data());
  return text;
}

// A stream of one shard that keeps its newest 64 MiB.
class Fixture {
 public:
  Fixture() : client_(MakeClient()), service_(*client_) {
    client_->CreateStream({.stream_name = "bench", .shard_count = 1}).IgnoreError();
  }

  api::Client& client() { return *client_; }
  api::JsonService& service() { return service_; }

  void FillPage() {
    for (size_t i = 0; i < kPage; ++i) {
      client_->PutRecord({.stream_name = "bench", .data = Data(i), .partition_key = Key(i)})
          .status()
          .IgnoreError();
    }
  }
  api::ShardIterator Oldest() {
    return client_
        ->GetShardIterator({.stream_name = "bench",
                            .shard_id = "0",
                            .shard_iterator_type = api::ShardIteratorType::kTrimHorizon})
        ->shard_iterator;
  }
  uint64_t records_put() const {
    const Stream stream = client_->engine().OpenStream("bench").value();
    return stream.ListShards().front().Metrics().incoming_records;
  }

  static std::string Key(size_t i) {
    std::string digits = std::to_string(i * 2654435761U);
    return digits.insert(0, kKeyBytes - digits.size(), 'k');
  }
  // Bytes that are no text.
  static std::string Data(size_t i) {
    std::string data(kDataBytes, '\0');
    uint64_t state = i + 1;
    for (char& c : data) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      c = static_cast<char>(state >> 56);
    }
    return data;
  }

 private:
  static std::unique_ptr<api::Client> MakeClient() {
    api::ClientOptions options;
    options.limits.rates = false;
    options.stream_options.shard_capacity_bytes = kLogBytes;
    options.stream_options.overflow_policy = OverflowPolicy::kTrimOldest;
    return api::Client::Create(options, {.memory_budget_bytes = 4 * kLogBytes}).value();
  }

  std::unique_ptr<api::Client> client_;
  api::JsonService service_;
};

std::string Entry(size_t i) {
  return "\"Data\":\"" + Base64(Fixture::Data(i)) + "\",\"PartitionKey\":\"" + Fixture::Key(i) +
         "\"";
}

std::string PutRecordJson() { return R"({"StreamName":"bench",)" + Entry(0) + "}"; }

std::string PutRecordsJson() {
  std::string json = R"({"Records":[)";
  for (size_t i = 0; i < kBatch; ++i) json += (i == 0 ? "{" : ",{") + Entry(i) + "}";
  return json + R"(],"StreamName":"bench"})";
}

// --- The cases, which are alike for all requests -------------------------------------------------

size_t Calls(const benchmark::State& state) { return static_cast<size_t>(state.iterations()); }

void CountCalls(benchmark::State& state, size_t records) {
  const auto calls = static_cast<double>(Calls(state));
  state.counters["calls/s"] = benchmark::Counter(calls, benchmark::Counter::kIsRate);
  state.counters["records/s"] =
      benchmark::Counter(calls * static_cast<double>(records), benchmark::Counter::kIsRate);
}

void Handle(benchmark::State& state, Fixture& fixture, std::string_view operation,
            const std::string& json, size_t records) {
  size_t answered = 0;
  for (auto _ : state) {
    const api::JsonAnswer answer = fixture.service().Handle(operation, json);
    if (answer.http_status == 200) ++answered;
    benchmark::DoNotOptimize(answer.json_text.data());
  }
  if (answered != Calls(state)) state.SkipWithError("a call failed");
  CountCalls(state, records);
}

template <class Request>
void Decode(benchmark::State& state, const std::string& json) {
  JsonDecoder decoder;
  for (auto _ : state) {
    Request request;
    if (!decoder.Decode(json, &request).ok()) return state.SkipWithError("the text was refused");
    benchmark::DoNotOptimize(request);
  }
  state.SetBytesProcessed(static_cast<int64_t>(Calls(state) * json.size()));
}

template <class Response>
void Encode(benchmark::State& state, const Response& response) {
  size_t size = 0;
  for (auto _ : state) {
    std::string json;
    EncodeJson(response, &json);
    size = json.size();
    benchmark::DoNotOptimize(json.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(Calls(state) * size));
}

// --- PutRecord -----------------------------------------------------------------------------------

void HandlePutRecord(benchmark::State& state) {
  Fixture fixture;
  Handle(state, fixture, "PutRecord", PutRecordJson(), 1);
  if (fixture.records_put() < Calls(state)) state.SkipWithError("records are missing");
}
BENCHMARK(HandlePutRecord)->Name("PutRecord/handle");

void DecodePutRecord(benchmark::State& state) {
  Decode<api::PutRecordRequest>(state, PutRecordJson());
}
BENCHMARK(DecodePutRecord)->Name("PutRecord/decode");

void ClientPutRecord(benchmark::State& state) {
  Fixture fixture;
  JsonDecoder decoder;
  const std::string json = PutRecordJson();
  api::PutRecordRequest request;
  decoder.Decode(json, &request).IgnoreError();
  for (auto _ : state) benchmark::DoNotOptimize(fixture.client().PutRecord(request));
  if (fixture.records_put() < Calls(state)) state.SkipWithError("records are missing");
}
BENCHMARK(ClientPutRecord)->Name("PutRecord/client");

void EncodePutRecord(benchmark::State& state) {
  Fixture fixture;
  fixture.FillPage();
  const auto response =
      fixture.client().PutRecord({.stream_name = "bench", .data = "tea", .partition_key = "key"});
  Encode(state, *response);
}
BENCHMARK(EncodePutRecord)->Name("PutRecord/encode");

// --- PutRecords of 500 ---------------------------------------------------------------------------

void HandlePutRecords(benchmark::State& state) {
  Fixture fixture;
  Handle(state, fixture, "PutRecords", PutRecordsJson(), kBatch);
  if (fixture.records_put() < Calls(state) * kBatch) {
    state.SkipWithError("records are missing");
  }
}
BENCHMARK(HandlePutRecords)->Name("PutRecords500/handle");

void DecodePutRecords(benchmark::State& state) {
  Decode<api::PutRecordsRequest>(state, PutRecordsJson());
}
BENCHMARK(DecodePutRecords)->Name("PutRecords500/decode");

void ClientPutRecords(benchmark::State& state) {
  Fixture fixture;
  JsonDecoder decoder;
  const std::string json = PutRecordsJson();
  api::PutRecordsRequest request;
  decoder.Decode(json, &request).IgnoreError();
  for (auto _ : state) benchmark::DoNotOptimize(fixture.client().PutRecords(request));
  if (fixture.records_put() < Calls(state) * kBatch) {
    state.SkipWithError("records are missing");
  }
}
BENCHMARK(ClientPutRecords)->Name("PutRecords500/client");

void EncodePutRecords(benchmark::State& state) {
  Fixture fixture;
  JsonDecoder decoder;
  const std::string json = PutRecordsJson();
  api::PutRecordsRequest request;
  decoder.Decode(json, &request).IgnoreError();
  const auto response = fixture.client().PutRecords(request);
  Encode(state, *response);
}
BENCHMARK(EncodePutRecords)->Name("PutRecords500/encode");

// --- GetRecords of 10,000 ------------------------------------------------------------------------

std::string GetRecordsJson(const api::ShardIterator& iterator) {
  return R"({"ShardIterator":")" + iterator.ToString() + "\"}";
}

void HandleGetRecords(benchmark::State& state) {
  Fixture fixture;
  fixture.FillPage();
  Handle(state, fixture, "GetRecords", GetRecordsJson(fixture.Oldest()), kPage);
}
BENCHMARK(HandleGetRecords)->Name("GetRecords10000/handle");

void DecodeGetRecords(benchmark::State& state) {
  Fixture fixture;
  Decode<api::GetRecordsRequest>(state, GetRecordsJson(fixture.Oldest()));
}
BENCHMARK(DecodeGetRecords)->Name("GetRecords10000/decode");

void ClientGetRecords(benchmark::State& state) {
  Fixture fixture;
  fixture.FillPage();
  const api::GetRecordsRequest request{.shard_iterator = fixture.Oldest().ToString()};
  size_t records = 0;
  for (auto _ : state) records += fixture.client().GetRecords(request)->records.size();
  if (records != Calls(state) * kPage) state.SkipWithError("records are missing");
}
BENCHMARK(ClientGetRecords)->Name("GetRecords10000/client");

void EncodeGetRecords(benchmark::State& state) {
  Fixture fixture;
  fixture.FillPage();
  const auto response = fixture.client().GetRecords({.shard_iterator = fixture.Oldest()});
  if (response->records.size() != kPage) return state.SkipWithError("records are missing");
  Encode(state, *response);
}
BENCHMARK(EncodeGetRecords)->Name("GetRecords10000/encode");

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  kinesis::bench::PrintEnvironment();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
