// The Kinesis service inside the process: its operations, shapes, limits and errors by name.
//
// Prints:
//   put 3 records, 0 failed
//   alice: 1 x tea
//   bob: 2 x tea
//   alice: 1 x cake
//   ResourceNotFoundException: Stream coffee under account 000000000000 not found.
#include <iostream>
#include <optional>

#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"

namespace api = kinesis::api;

int main() {
  auto client = api::Client::Create().value();
  const absl::Status created = client->CreateStream({.stream_name = "orders", .shard_count = 1});
  if (!created.ok()) {
    std::cerr << created << "\n";
    return 1;
  }

  // As in the service, the call may succeed while some of its records fail.
  api::PutRecordsRequest request{.stream_name = "orders"};
  request.records = {{.data = "1 x tea", .partition_key = "alice"},
                     {.data = "2 x tea", .partition_key = "bob"},
                     {.data = "1 x cake", .partition_key = "alice"}};
  const api::PutRecordsResponse put = client->PutRecords(request).value();
  std::cout << "put " << put.records.size() << " records, " << put.failed_record_count
            << " failed\n";

  const api::ListShardsResponse listed = client->ListShards({.stream_name = "orders"}).value();
  for (const api::Shard& shard : listed.shards) {
    std::optional<api::ShardIterator> iterator =
        client
            ->GetShardIterator({.stream_name = "orders",
                                .shard_id = shard.shard_id,
                                .shard_iterator_type = api::ShardIteratorType::kTrimHorizon})
            .value()
            .shard_iterator;
    api::GetRecordsResponse response;
    do {
      response = client->GetRecords({.shard_iterator = iterator}).value();
      for (const api::Record& record : response.records) {
        std::cout << *record.partition_key << ": " << record.data << "\n";
      }
      iterator = response.next_shard_iterator;
    } while (iterator && response.millis_behind_latest > 0);
  }

  const auto refused =
      client->PutRecord({.stream_name = "coffee", .data = "1", .partition_key = "carol"});
  if (const std::optional<api::Error> error = api::ErrorOf(refused.status())) {
    std::cout << error->name << ": " << error->message << "\n";
  }
}
