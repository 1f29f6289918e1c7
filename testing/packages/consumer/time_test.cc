// A test under the consumer's control of time.
#include <cstdint>
#include <iostream>

#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/test_seed.h"
#include "testing/test_seed.h"

int main() {
  kinesis::SimulatedClock clock;
  auto engine = kinesis::Engine::Create({.clock = &clock}).value();
  kinesis::Stream orders = engine->CreateStream("orders").value();
  orders.Put({.partition_key = "alice", .data = "tea"}).value();
  auto it = orders.ListShards()[0].CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  const uint64_t hours = 25 + kinesis::testing::SeedOr(7) % 24;
  clock.Advance(absl::Hours(hours));
  const kinesis::RecordBatch batch = it.Read().value();
  std::cout << batch.records_lost() << " record expired; " << kOwnTestingHeader << "\n";
  return batch.records_lost() == 1 ? 0 : 1;
}
