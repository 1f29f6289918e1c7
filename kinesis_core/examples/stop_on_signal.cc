// A program that ends cleanly on SIGTERM or SIGINT. No call of the library may be made in a signal
// handler, so there is none: the signals are blocked in every thread, and main waits for one.
//
// Prints:
//   SIGTERM: no more orders are taken
//   all that were taken are done
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <stop_token>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"

int main() {
  // Before any thread starts, since threads inherit it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream orders = engine->CreateStream("orders").value();
  const auto group = kinesis::ConsumerGroup::Create(orders, "billing").value();
  std::atomic<uint64_t> taken = 0;
  std::atomic<uint64_t> done = 0;
  std::thread consumer([&] {
    const auto handle = [&done](const kinesis::Delivery& delivery) {
      done += delivery.records().size();
      return absl::OkStatus();
    };
    group.Join().value().Run(std::stop_token(), handle).IgnoreError();
  });
  std::thread producer([&] {
    while (orders.Put({.data = "an order"}, absl::InfiniteFuture()).ok()) {
      if (++taken == 1'000) kill(getpid(), SIGTERM);  // stands for whoever ends the program
    }
  });

  int signal = 0;
  sigwait(&signals, &signal);
  std::cout << (signal == SIGTERM ? "SIGTERM" : "SIGINT") << ": no more orders are taken\n";
  const absl::Status closed = orders.Close();  // ends producer and consumer
  producer.join();
  consumer.join();
  std::cout << (closed.ok() && done == taken ? "all that were taken are done\n"
                                             : "some are lost\n");
}
