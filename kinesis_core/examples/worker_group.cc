// Two groups that read one stream while it splits. Each group sees every order, and its two workers
// share them; three producers wait when the groups are behind. Nobody looks for new shards, keeps
// positions or makes room: the group does.
//
// Prints:
//   billing: 3000 orders by 2 workers
//   audit: 3000 orders by 2 workers
#include <array>
#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"

namespace {

constexpr int kOrders = 1000;  // of each of three producers

void Produce(kinesis::Stream orders, const std::string& name) {
  for (int i = 0; i < kOrders; ++i) {
    const std::string key = name + std::to_string(i % 10);
    orders.Put({.partition_key = key, .data = "an order"}, absl::InfiniteFuture()).value();
  }
}

void Work(kinesis::GroupMember member, std::atomic<int>* orders) {
  for (;;) {
    absl::StatusOr<kinesis::Delivery> delivery = member.Next(absl::InfiniteFuture());
    if (!delivery.ok()) break;  // the stream is closed, and all of it is done with
    *orders += static_cast<int>(delivery->records().size());
    if (!delivery->Commit().ok()) break;
  }
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create({.memory_budget_bytes = uint64_t{8} << 20}).value();
  kinesis::Stream orders =
      engine->CreateStream("orders", {.shard_count = 2, .keep_until_committed = true}).value();
  std::array<std::atomic<int>, 2> done = {};
  std::vector<std::thread> workers;
  for (const size_t g : {0, 1}) {
    const auto group = kinesis::ConsumerGroup::Create(orders, g == 0 ? "billing" : "audit").value();
    for (int i = 0; i < 2; ++i) workers.emplace_back(Work, group.Join().value(), &done[g]);
  }
  std::vector<std::thread> producers;
  for (const char* name : {"web", "phone", "shop"}) producers.emplace_back(Produce, orders, name);
  orders.SplitShard(orders.ListShards().front().id()).value();
  for (std::thread& thread : producers) thread.join();
  orders.Close().IgnoreError();
  for (std::thread& thread : workers) thread.join();
  std::cout << "billing: " << done[0] << " orders by 2 workers\n"
            << "audit: " << done[1] << " orders by 2 workers\n";
}
