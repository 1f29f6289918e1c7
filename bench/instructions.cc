// A fixed amount of one kind of work, to count instructions of: see instructions.sh.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"

ABSL_FLAG(
    std::string, work, "put",
    "put, put_xxh3, put_md5; put_built and reserve, which serialise the data first, or in place; "
    "batch; batch_ranges, batch_no_results by PutMany; batch_md5x4 to four shards; read; calls "
    "that read one record or none, by "
    "Iterator::Read: read_one, read_none, and by ReadInto: follow_one, follow_none; through "
    "the API with the engine's put: api_put, api_put_rates (which are counted), api_get "
    "(GetRecords of one), json_batch (PutRecords as JSON, MD5), json_get (GetRecords as JSON)");
ABSL_FLAG(uint64_t, count, 100'000, "Records to put or read, a multiple of 500");
ABSL_FLAG(uint64_t, data_bytes, 100, "Bytes of data of each");

namespace {

constexpr uint64_t kBatch = 500;
constexpr std::string_view kKey = "0123456789abcdef";
// Records that are there to be read singly: enough that segments are as large as a log has them.
constexpr uint64_t kStored = 10'000;

// Small, so that the figures have their share of trimming and recycling.
void SetSmallLog(kinesis::StreamOptions& options) {
  options.shard_capacity_bytes = uint64_t{4} << 20;
  options.overflow_policy = kinesis::OverflowPolicy::kTrimOldest;
}

std::unique_ptr<kinesis::api::Client> CreateClient(bool rates) {
  kinesis::api::ClientOptions options;
  options.limits.rates = rates;
  // Counted, and never met.
  options.limits.shard_write_records_per_second = 1'000'000'000;
  options.limits.shard_write_bytes_per_second = int64_t{1} << 40;
  SetSmallLog(options.stream_options);
  auto client = kinesis::api::Client::Create(options).value();
  client->CreateStream({.stream_name = "instructions", .shard_count = 1}).IgnoreError();
  return client;
}

// A PutRecords request of kBatch records; their data is base64 of `data_bytes` bytes.
std::string JsonBatch(uint64_t data_bytes) {
  const std::string data = std::string((data_bytes + 2) / 3 * 4, 'Z');
  std::string json = R"({"StreamName":"instructions","Records":[)";
  for (uint64_t i = 0; i < kBatch; ++i) {
    json += std::string(i == 0 ? "" : ",") + R"({"PartitionKey":")" + std::string(kKey) +
            R"(","Data":")" + data + "\"}";
  }
  return json + "]}";
}

// Puts `count` records through the API, and returns how many were stored.
uint64_t PutByApi(std::string_view work, uint64_t count, const std::string& data) {
  const auto client = CreateClient(work == "api_put_rates");
  uint64_t done = 0;
  if (work == "json_batch") {
    kinesis::api::JsonService service(*client);
    const std::string json = JsonBatch(data.size());
    while (done < count) {
      if (service.Handle("PutRecords", json).http_status != 200) return done;
      done += kBatch;
    }
    return done;
  }
  const kinesis::api::PutRecordRequest request{.stream_name = "instructions",
                                               .data = data,
                                               .partition_key = kKey,
                                               .explicit_hash_key = kinesis::HashKey::Min()};
  while (done < count && client->PutRecord(request).ok()) ++done;
  return done;
}

// A token for all that is in the stream.
kinesis::api::ShardIterator TokenOf(kinesis::api::Client& client) {
  return client
      .GetShardIterator({.stream_name = "instructions",
                         .shard_id = kinesis::ShardId(),
                         .shard_iterator_type = kinesis::api::ShardIteratorType::kTrimHorizon})
      ->shard_iterator;
}

// Reads `count` records through the API, always of the same few, and returns how many came.
uint64_t GetByApi(std::string_view work, uint64_t count, const std::string& data) {
  const auto client = CreateClient(/*rates=*/false);
  const uint64_t stored = work == "json_get" ? kBatch : kStored;
  for (uint64_t i = 0; i < stored; ++i) {
    client->PutRecord({.stream_name = "instructions", .data = data, .partition_key = kKey})
        .IgnoreError();
  }
  uint64_t done = 0;
  if (work == "json_get") {
    kinesis::api::JsonService service(*client);
    const std::string json = "{\"ShardIterator\":\"" + TokenOf(*client).ToString() + "\"}";
    while (done < count) {
      const kinesis::api::JsonAnswer answer = service.Handle("GetRecords", json);
      // Every record's data is there.
      if (answer.json_text.size() < kBatch * data.size()) return done;
      done += kBatch;
    }
    return done;
  }
  while (done < count) {
    kinesis::api::GetRecordsRequest request{.shard_iterator = TokenOf(*client), .limit = 1};
    for (uint64_t i = 0; i < kStored; ++i, ++done) {
      auto page = client->GetRecords(request);
      if (!page.ok() || page->records.size() != 1) return done;
      request.shard_iterator = *std::move(page->next_shard_iterator);
    }
  }
  return done;
}

kinesis::Stream CreateStream(kinesis::Engine& engine, std::string_view work) {
  kinesis::StreamOptions options;
  SetSmallLog(options);
  if (!work.ends_with("_md5") && work != "batch_md5x4") {
    options.partitioner = kinesis::Xxh3Partitioner();
  }
  if (work == "batch_md5x4") options.shard_count = 4;
  return engine.CreateStream("instructions", options).value();
}

// Puts `count` copies of a record in batches. To four shards with a key for each of a batch.
uint64_t PutBatches(kinesis::Stream& stream, std::string_view work, const kinesis::Record& record,
                    uint64_t count) {
  std::vector<kinesis::Record> batch(kBatch, record);
  std::vector<std::string> keys;
  for (uint64_t i = 0; i < kBatch; ++i) keys.push_back(std::to_string(1'000'000'000'000'000 + i));
  for (uint64_t i = 0; i < kBatch && work == "batch_md5x4"; ++i) batch[i].partition_key = keys[i];
  std::vector<absl::StatusOr<kinesis::PutResult>> results;
  std::vector<kinesis::PutRange> ranges;
  uint64_t done = 0;
  for (; done < count; done += kBatch) {
    if (work == "batch_ranges") {
      if (!stream.PutMany(batch, &ranges).empty()) return done;
    } else if (work == "batch_no_results") {
      if (!stream.PutMany(batch).empty()) return done;
    } else {
      stream.PutBatch(batch, &results);
    }
  }
  return done;
}

// Copies a message word by word, the least that a serialiser does.
void Serialise(std::string_view message, char* to) {
  for (size_t at = 0; at + sizeof(uint64_t) <= message.size(); at += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, message.data() + at, sizeof word);
    std::memcpy(to + at, &word, sizeof word);
  }
}

uint64_t PutSerialised(kinesis::Stream& stream, std::string_view work, std::string_view message,
                       uint64_t count) {
  std::string buffer(message.size(), ' ');
  uint64_t done = 0;
  for (; done < count; ++done) {
    if (work == "reserve") {
      absl::StatusOr<kinesis::Reservation> place =
          stream.Reserve(kKey, message.size(), kinesis::HashKey::Min());
      Serialise(message, place->data().data());
      if (!place->Commit().ok()) return done;
    } else {
      Serialise(message, buffer.data());
      const kinesis::Record record{
          .partition_key = kKey, .data = buffer, .explicit_hash_key = kinesis::HashKey::Min()};
      if (!stream.Put(record).ok()) return done;
    }
  }
  return done;
}

// Calls that each read one record, or none, of those in the first shard.
uint64_t ReadSingly(const kinesis::Stream& stream, std::string_view work, uint64_t count) {
  const bool follow = work.starts_with("follow");
  const bool none = work.ends_with("none");
  const size_t wanted = none ? 0 : 1;
  const auto start =
      none ? kinesis::IteratorStart::Latest() : kinesis::IteratorStart::TrimHorizon();
  const kinesis::ReadLimits limits{.max_records = 1};
  const kinesis::Shard shard = stream.ListShards().front();
  uint64_t done = 0;
  while (done < count) {
    kinesis::Iterator iterator = shard.CreateIterator(start).value();
    kinesis::RecordBatch batch;
    for (uint64_t i = 0; follow && i < kStored; ++i) {
      if (!iterator.ReadInto(batch, limits).ok() || batch.size() != wanted) return done;
    }
    for (uint64_t i = 0; !follow && i < kStored; ++i) {
      if (iterator.Read(limits)->size() != wanted) return done;
    }
    done += kStored;
  }
  return done;
}

// The exit code: 0 if all was done.
int Report(const std::string& work, uint64_t done, uint64_t count) {
  std::printf("%s: %llu records\n", work.c_str(), static_cast<unsigned long long>(done));
  return done == count ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const std::string work = absl::GetFlag(FLAGS_work);
  const uint64_t count = absl::GetFlag(FLAGS_count);
  const std::string data(absl::GetFlag(FLAGS_data_bytes), 'd');
  if (work.ends_with("_get")) return Report(work, GetByApi(work, count, data), count);
  if (work.starts_with("api_") || work == "json_batch") {
    return Report(work, PutByApi(work, count, data), count);
  }
  const auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream = CreateStream(*engine, work);
  kinesis::Record record{.partition_key = kKey, .data = data};
  if (work != "put_xxh3" && work != "put_md5" && work != "batch_md5x4") {
    record.explicit_hash_key = kinesis::HashKey::Min();
  }
  uint64_t done = 0;
  if (work.starts_with("batch")) {
    done = PutBatches(stream, work, record, count);
  } else if (work == "put_built" || work == "reserve") {
    done = PutSerialised(stream, work, data, count);
  } else if (work == "read") {
    // Always the same records are put, so that only the reading differs with the count.
    for (uint64_t i = 0; i < kBatch; ++i) stream.Put(record).value();
    const kinesis::Shard shard = stream.ListShards().front();
    while (done < count) {
      kinesis::Iterator iterator =
          shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
      const kinesis::RecordBatch batch = iterator.Read().value();
      for (const kinesis::RecordView& view : batch) done += view.data.empty() ? 0 : 1;
    }
  } else if (work.starts_with("put")) {
    for (; done < count; ++done) stream.Put(record).value();
  } else {
    for (uint64_t i = 0; i < kStored; ++i) stream.Put(record).value();
    done = ReadSingly(stream, work, count);
  }
  return Report(work, done, count);
}
