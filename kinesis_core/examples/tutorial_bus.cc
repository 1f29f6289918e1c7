// The bus of doc/tutorial.md: two producers, a group of two members that share the work, and an end
// by which everything that was put has been billed.
//
// Prints:
//   alice owes 25000 cents
//   bob owes 50000 cents
//   given up: INVALID_ARGUMENT: an order without an amount
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/dead_letter.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/examples/tutorial_billing.h"

namespace {

// Puts 1,000 orders of one customer. Waits when there is no room, so none is lost.
void Order(kinesis::Stream orders, const std::string& customer, const std::string& cents) {
  for (int i = 0; i < 1'000; ++i) {
    const auto put = orders.Put({.partition_key = customer, .data = cents}, absl::InfiniteFuture());
    if (!put.ok()) std::cerr << put.status() << "\n";
  }
}

void PrintDeadLetters(const kinesis::Stream& failed) {
  for (const kinesis::Shard& shard : failed.ListShards()) {
    auto it = shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
    for (const kinesis::RecordView& record : it.Read().value()) {
      const auto letter = kinesis::DeadLetter::Parse(record);
      if (letter.ok()) std::cout << "given up: " << letter->cause << "\n";
    }
  }
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create({.memory_budget_bytes = uint64_t{8} << 20}).value();
  kinesis::Stream orders = engine->CreateStream("orders", {.shard_count = 4}).value();
  const kinesis::Stream failed = engine->CreateStream("failed").value();
  const auto group = kinesis::ConsumerGroup::Create(
                         orders, "billing", {.max_attempts = 3, .dead_letter_stream = failed})
                         .value();

  Billing billing;
  std::vector<std::jthread> members;
  for (int i = 0; i < 2; ++i) {
    members.emplace_back([&](const std::stop_token& stop) {
      const auto handle = [&](kinesis::Delivery& delivery) { return billing.Handle(delivery); };
      group.Join().value().Run(stop, handle).IgnoreError();  // until the stream's end
    });
  }
  orders.Put({.partition_key = "carol", .data = "a lot"}).value();
  std::vector<std::jthread> producers;
  producers.emplace_back(Order, orders, "alice", "25");
  producers.emplace_back(Order, orders, "bob", "50");
  producers.clear();  // joins them
  orders.Close().IgnoreError();
  for (std::jthread& member : members) member.join();
  for (const auto& [customer, cents] : billing.cents_by_customer()) {
    std::cout << customer << " owes " << cents << " cents\n";
  }
  PrintDeadLetters(failed);
}
