// The same program on an engine in the process and on a service elsewhere: one line differs. The
// service here is another client of this process, so that the example runs without a network;
// testing/services/curl_transport.cc is a transport over libcurl, to Amazon or an emulator of it.
//
// Prints:
//   here: 3 put, 0 failed; alice=tea bob=tea alice=cake; ResourceNotFoundException
//   there: 3 put, 0 failed; alice=tea bob=tea alice=cake; ResourceNotFoundException
#include <iostream>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/json/json_service.h"

namespace api = kinesis::api;

// Knows nothing of where the streams are.
void Run(std::string_view where, api::Client& client) {
  client.CreateStream({.stream_name = "orders", .shard_count = 1}).IgnoreError();
  api::PutRecordsRequest request{.stream_name = "orders"};
  request.records = {{.data = "tea", .partition_key = "alice"},
                     {.data = "tea", .partition_key = "bob"},
                     {.data = "cake", .partition_key = "alice"}};
  const api::PutRecordsResponse put = client.PutRecords(request).value();
  std::cout << where << ": " << put.records.size() << " put, " << put.failed_record_count
            << " failed;";

  const auto iterator = client.GetShardIterator({.stream_name = "orders",
                                                 .shard_id = "shardId-000000000000",
                                                 .shard_iterator_type = "TRIM_HORIZON"});
  const api::GetRecordsResponse got =
      client.GetRecords({.shard_iterator = iterator.value().shard_iterator}).value();
  for (const api::Record& record : got.records) {
    std::cout << " " << *record.partition_key << "=" << record.data;
  }
  const auto refused = client.DescribeStream({.stream_name = "coffee"});
  std::cout << "; " << api::ErrorOf(refused.status())->name << "\n";
}

// What is at the other end of the transport.
absl::StatusOr<api::HttpResponse> Serve(api::Client& service, const api::HttpRequest& request) {
  std::string_view target;
  for (const api::HttpHeader& header : request.headers) {
    if (header.name == "X-Amz-Target") target = header.value;
  }
  api::JsonAnswer answer = api::JsonService(service).Handle(target, request.body);
  return api::HttpResponse{.status = answer.http_status, .body = answer.json_text};
}

int main() {
  const auto here = api::Client::Create().value();
  Run("here", *here);

  const auto service = api::Client::Create().value();
  const auto there =
      api::Client::Create([&](const api::HttpRequest& request) { return Serve(*service, request); },
                          {.region = "eu-central-1", .credentials = {"AKIDEXAMPLE", "secret"}});
  Run("there", **there);
}
