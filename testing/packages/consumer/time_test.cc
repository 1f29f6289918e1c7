// A test under the consumer's control of time.
#include <iostream>

#include "kinesis_core/engine.h"
#include "kinesis_core/testing/simulated_clock.h"
#include "testing/simulated_clock.h"

int main() {
  kinesis::testing::SimulatedClock clock;
  auto engine = kinesis::Engine::Create({.clock = &clock}).value();
  kinesis::Stream orders = engine->CreateStream("orders").value();
  orders.Put({.partition_key = "alice", .data = "tea"}).value();
  auto it = orders.ListShards()[0].CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  clock.Advance(absl::Hours(25));
  const kinesis::RecordBatch batch = it.Read().value();
  std::cout << batch.records_lost() << " record expired; " << kOwnTestingHeader << "\n";
  return batch.records_lost() == 1 ? 0 : 1;
}
