// Four threads work on one shard: each customer's orders stay in order, and one that takes long, or
// fails, holds up nobody else. What is committed is the lowest position that is not finished, so
// that nothing is left out if the program ends here.
//
// Prints:
//   1000 orders of 20 customers by 4 threads, each customer's in order
//   given up after 2 attempts: "no order"
#include <atomic>
#include <iostream>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/dead_letter.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/lanes.h"

namespace {

constexpr size_t kThreads = 4;
std::atomic<int> bad = 0;
std::atomic<int> done = 0;

// Of one thread: a customer is always with the same one.
class Biller {
 public:
  absl::Status Bill(const kinesis::RecordView& order) {
    if (order.data == "no order") return absl::InvalidArgumentError("no number");
    int& expected = next_[std::string(order.partition_key)];
    if (std::to_string(expected++) != order.data) ++bad;
    ++done;
    return absl::OkStatus();
  }

 private:
  std::map<std::string, int> next_;
};

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream orders = engine->CreateStream("orders").value();
  const kinesis::Stream failed = engine->CreateStream("failed").value();
  const auto group = kinesis::ConsumerGroup::Create(
                         orders, "billing", {.max_attempts = 2, .dead_letter_stream = failed})
                         .value();
  kinesis::Lanes lanes = kinesis::Lanes::Create(group.Join().value(), kThreads).value();
  std::vector<std::jthread> threads;
  for (size_t lane = 0; lane < kThreads; ++lane) {
    threads.emplace_back([&lanes, lane] {
      Biller biller;
      const auto bill = [&biller](const kinesis::RecordView& order) { return biller.Bill(order); };
      lanes.Run(lane, std::stop_token(), bill).IgnoreError();
    });
  }
  for (int i = 0; i < 1000; ++i) {
    const std::string customer = "customer " + std::to_string(i % 20);
    orders.Put({.partition_key = customer, .data = std::to_string(i / 20)}).value();
    if (i == 500) orders.Put({.partition_key = customer, .data = "no order"}).value();
  }
  orders.Close().IgnoreError();
  threads.clear();  // they end with the stream
  std::cout << done << " orders of 20 customers by 4 threads, each customer's "
            << (bad == 0 ? "in order\n" : "out of order\n");
  const auto start = kinesis::IteratorStart::TrimHorizon();
  kinesis::Iterator it = failed.ListShards().front().CreateIterator(start).value();
  const kinesis::RecordBatch letters = it.Read().value();
  const auto letter = kinesis::DeadLetter::Parse(letters[0]).value();
  std::cout << "given up after " << letter.attempts << " attempts: \"" << letter.data << "\"\n";
}
