// A message bus between threads. Two producers put to one shard; two consumers read all of it, each
// at its own pace. A consumer that has nothing to read is parked in Wait until something comes.
//
// Prints:
//   billing: 2000 orders, each producer's in order
//   audit: 2000 orders, each producer's in order
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/engine.h"

namespace {

constexpr int kProducers = 2;
constexpr int kOrders = 1000;  // of each producer

void Produce(kinesis::Stream orders, const std::string& name) {
  for (int i = 0; i < kOrders; ++i) {
    orders.Put({.partition_key = name, .data = std::to_string(i)}).value();
  }
  orders.Put({.partition_key = name, .data = "end"}).value();
}

struct Seen {
  int orders = 0;
  bool in_order = true;
};

void Consume(kinesis::Iterator it, Seen* seen) {
  std::map<std::string, int, std::less<>> next;  // order expected, by producer
  for (int ended = 0; ended < kProducers;) {
    const kinesis::RecordBatch batch = it.Read().value();
    // Sleeps; the put of the next record wakes it. An error (the stream is gone) shows in Read.
    if (batch.empty()) it.Wait(absl::InfiniteFuture()).IgnoreError();
    for (const kinesis::RecordView& record : batch) {
      if (record.data == "end") {
        ++ended;
        continue;
      }
      ++seen->orders;
      const int expected = next[std::string(record.partition_key)]++;
      if (record.data != std::to_string(expected)) seen->in_order = false;
    }
  }
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  const kinesis::Stream orders = engine->CreateStream("orders").value();
  const kinesis::Shard shard = orders.ListShards().front();

  std::map<std::string, Seen> consumers = {{"billing", {}}, {"audit", {}}};
  std::vector<std::thread> threads;
  for (auto& [name, seen] : consumers) {
    const auto start = kinesis::IteratorStart::TrimHorizon();
    threads.emplace_back(Consume, shard.CreateIterator(start).value(), &seen);
  }
  for (const char* name : {"web", "phone"}) threads.emplace_back(Produce, orders, name);
  for (std::thread& thread : threads) thread.join();

  for (const char* name : {"billing", "audit"}) {
    std::cout << name << ": " << consumers[name].orders << " orders, each producer's "
              << (consumers[name].in_order ? "in order" : "out of order") << "\n";
  }
}
