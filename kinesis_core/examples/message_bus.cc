// A message bus between threads that could run for ever in 8 MiB: two producers, two groups of
// consumers that each read everything at their own pace. What both have committed makes room;
// producers wait for the slower one, and nothing is lost.
//
// Prints:
//   billing: 80000 orders, each producer's in order
//   audit: 80000 orders, each producer's in order
//   16000000 bytes went through, 8 MiB or less were held
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"

namespace {

constexpr int kOrders = 40'000;  // of each producer

void Produce(kinesis::Stream orders, const std::string& name) {
  for (int i = 0; i < kOrders; ++i) {
    std::string order = std::to_string(i);
    order.resize(200, ' ');
    orders.Put({.partition_key = name, .data = order}, absl::InfiniteFuture()).value();
  }
}

struct Seen {
  int orders = 0;
  bool in_order = true;
  uint64_t held = 0;  // bytes, at most
};

void Consume(kinesis::GroupMember member, kinesis::Engine* engine, Seen* seen) {
  std::map<std::string, int, std::less<>> next;  // order expected, by producer
  const auto handle = [&](const kinesis::Delivery& delivery) {
    for (const kinesis::RecordView& record : delivery.records()) {
      const int expected = next[std::string(record.partition_key)]++;
      seen->in_order &= std::stoi(std::string(record.data)) == expected;
      ++seen->orders;
    }
    seen->held = std::max(seen->held, engine->Metrics().memory_held_bytes);
    return absl::OkStatus();  // commits the delivery
  };
  member.Run(std::stop_token(), handle).IgnoreError();  // until the closed stream is read
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create({.memory_budget_bytes = uint64_t{8} << 20}).value();
  kinesis::Stream orders = engine->CreateStream("orders", {.keep_until_committed = true}).value();
  std::map<std::string, Seen> groups = {{"billing", {}}, {"audit", {}}};
  std::vector<std::jthread> consumers;
  for (auto& [name, seen] : groups) {
    auto group = kinesis::ConsumerGroup::Create(orders, name).value();
    consumers.emplace_back(Consume, group.Join().value(), engine.get(), &seen);
  }
  std::vector<std::jthread> producers;
  for (const char* name : {"web", "phone"}) producers.emplace_back(Produce, orders, name);
  producers.clear();  // joins them
  orders.Close().IgnoreError();
  consumers.clear();
  for (const char* name : {"billing", "audit"}) {
    std::cout << name << ": " << groups[name].orders << " orders, each producer's "
              << (groups[name].in_order ? "in order" : "out of order") << "\n";
  }
  const uint64_t held = std::max(groups["billing"].held, groups["audit"].held);
  const bool is_bounded = held <= engine->Metrics().memory_budget_bytes;
  std::cout << 2 * kOrders * 200 << " bytes went through, "
            << (is_bounded ? "8 MiB or less were held\n" : "too many were held\n");
}
