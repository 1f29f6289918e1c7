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
#include <stop_token>

#include "absl/status/status.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/worker.h"

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

  // A worker lists the shards, reads them, and tries again what is throttled.
  api::Worker worker =
      api::Worker::Create(*client, {.stream_name = "orders", .worker_id = "reader"}).value();
  std::stop_source stop;
  const absl::Status read = worker.Run(stop.get_token(), [&](api::ShardRecords& records) {
    for (const api::Record& record : records) {
      std::cout << *record.partition_key << ": " << record.data << "\n";
      if (record.data == "1 x cake") stop.request_stop();
    }
    return absl::OkStatus();
  });
  if (!read.ok()) std::cerr << read << "\n";

  const auto refused =
      client->PutRecord({.stream_name = "coffee", .data = "1", .partition_key = "carol"});
  if (const std::optional<api::Error> error = api::ErrorOf(refused.status())) {
    std::cout << error->name << ": " << error->message << "\n";
  }
}
