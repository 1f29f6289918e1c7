// Two workers share a stream over Kinesis's operations, as programs on the Kinesis Client Library
// do: leases, checkpoints, parents before children, back-off. The stream splits meanwhile.
//
// Prints:
//   100 orders, 100 bills
#include <iostream>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/worker.h"

namespace api = kinesis::api;

int main() {
  auto client = api::Client::Create().value();
  if (!client->CreateStream({.stream_name = "orders", .shard_count = 1}).ok()) return 1;
  const auto leases = api::MakeMemoryLeaseStore();  // one of yours outlives the process
  std::mutex mutex;
  std::multiset<std::string> bills;
  std::stop_source stop;

  const auto bill = [&](api::ShardRecords& records) {
    const std::lock_guard lock(mutex);
    for (const api::Record& record : records) bills.emplace(record.data);
    if (bills.size() == 100) stop.request_stop();
    return absl::OkStatus();  // and the worker checkpoints
  };
  const auto work = [&](const std::string& worker_id) {
    auto worker = api::Worker::Create(*client, {.stream_name = "orders",
                                                .worker_id = worker_id,
                                                .lease_store = leases,
                                                .poll_interval = absl::Milliseconds(250)});
    // Throttles, expired iterators and the like are no errors of Run: it tries again.
    const absl::Status status = worker->Run(stop.get_token(), bill);
    if (!status.ok()) std::cerr << status << "\n";
  };
  {
    std::jthread first(work, "billing-1");
    std::jthread second(work, "billing-2");
    for (int i = 0; i < 100; ++i) {
      const std::string order = std::to_string(i);
      client->PutRecord({.stream_name = "orders", .data = order, .partition_key = order}).value();
      if (i != 50) continue;
      api::UpdateShardCountRequest split{.stream_name = "orders", .target_shard_count = 2};
      split.scaling_type = api::ScalingType::kUniformScaling;
      client->UpdateShardCount(split).value();
    }
  }
  const std::set<std::string> orders(bills.begin(), bills.end());
  std::cout << orders.size() << " orders, " << bills.size() << " bills\n";
}
